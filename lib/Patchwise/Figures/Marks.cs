using System.Collections.Immutable;
using System.Globalization;

namespace Patchwise;

/// <summary>What is drawn in a panel; each kind holds plain, checked numbers. A color of null is chosen from the palette by the panel.</summary>
abstract record Mark(string Name, string? Color);

/// <summary>Counts between edges (one more edge than counts), and how many values lie outside the edges.</summary>
sealed record BinsMark(string Name, string? Color, double[] Edges, int[] Counts, int Below, int Above) : Mark(Name, Color);

sealed record BarsMark(string Name, string? Color, string[] Labels, double[] Values, bool Horizontal) : Mark(Name, Color);

/// <summary>A curve; with <paramref name="Lower"/> the area between it and the curve is filled.</summary>
sealed record CurveMark(string Name, string? Color, double[] X, double[] Y, double[]? Lower, bool Step, bool Dashed, bool Markers) : Mark(Name, Color);

sealed record PointsMark(string Name, string? Color, double[] X, double[] Y, string[]? Text) : Mark(Name, Color);

/// <summary>Values indexed [y, x], the first row on top.</summary>
sealed record HeatMark(string Name, string[] XLabels, string[] YLabels, double[,] Values, string[,]? Text, double From, double To) : Mark(Name, null);

sealed record RuleMark(string Name, string? Color, double At, bool Vertical, bool Dashed) : Mark(Name, Color);

/// <summary>Boxes as X0, Y0, X1, Y1 in the units of the axes; <paramref name="Fill"/> is the opacity of their inside.</summary>
sealed record BoxesMark(string Name, string? Color, (double X0, double Y0, double X1, double Y1)[] Boxes, string[]? Text, double Fill) : Mark(Name, Color);

/// <summary>An image whose pixel (x, y) covers x..x+1, y..y+1 times <paramref name="Pixel"/> of the axes' units, y downwards.</summary>
sealed record ImageMark(Raster Image, double Pixel, double Opacity) : Mark("", null);

/// <summary>
/// Cells over an image, between edges in the axes' units: values 0 to 1 indexed [y, x], NaN where there is no cell. All in one color, or, where that is null,
/// each in its value's color of <see cref="Palette.Heat"/>.
/// </summary>
/// <param name="Title">Says on hovering what the name stands for.</param>
/// <param name="Value">What the values are.</param>
sealed record CellsMark(string Name, string Title, string? Color, string Value, double[] X, double[] Y, float[,] Values, double Opacity) : Mark(Name, Color);

/// <summary>Limits, ticks and scale that are null are chosen from the data.</summary>
sealed record Axis(string Title = "", string Unit = "", double? From = null, double? To = null, bool Log = false, ImmutableArray<double>? Ticks = null)
{
    public string Text => Unit is "" ? Title : Title is "" ? Unit : $"{Title} ({Unit})";
}

/// <summary>One pair of axes and what is drawn in it.</summary>
sealed record Panel(string Title, ImmutableArray<Mark> Marks, Axis X, Axis Y)
{
    public static readonly Panel Empty = new("", [], new(), new());

    public bool IsHeat => Marks.Any(mark => mark is HeatMark);

    public bool IsImage => Marks.Any(mark => mark is ImageMark);

    /// <summary>y runs downwards from the top, as in images and tables.</summary>
    public bool YDown => IsHeat || IsImage || YLabels is not null;

    /// <summary>The names along x where x is an axis of names, in order of first appearance.</summary>
    public string[]? XLabels => Labels(mark => mark switch { BarsMark { Horizontal: false } bars => bars.Labels, HeatMark heat => heat.XLabels, _ => null });

    public string[]? YLabels => Labels(mark => mark switch { BarsMark { Horizontal: true } bars => bars.Labels, HeatMark heat => heat.YLabels, _ => null });

    string[]? Labels(Func<Mark, string[]?> of)
    {
        var named = Marks.Select(of).OfType<string[]>().ToArray();
        return named.Length == 0 ? null : [.. named.SelectMany(labels => labels).Distinct()];
    }

    /// <summary>The marks with the colors they are drawn in: those that name none take the palette's in turn.</summary>
    public IEnumerable<(Mark Mark, string Color)> Colored()
    {
        var next = 0;
        foreach (var mark in Marks)
            yield return (mark, mark switch
            {
                HeatMark or ImageMark or CellsMark { Color: null } => "",
                RuleMark => mark.Color ?? Palette.Ink,
                // One histogram alone is the ground on which marked lines must stand out.
                BinsMark when next == 0 && Marks.All(other => other == mark || other is RuleMark) => mark.Color ?? Palette.Quiet,
                _ => mark.Color ?? Palette.Series(next++),
            });
    }
}

/// <summary>Checks of what comes in; the messages name the series and the place.</summary>
static class Checked
{
    internal static double[] Finite(IEnumerable<double> values, string what, bool gaps = false)
    {
        double[] copy = [.. values];
        for (var i = 0; i < copy.Length; i++)
            if (!double.IsFinite(copy[i]) && !(gaps && double.IsNaN(copy[i])))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"{what}: value {i} is {copy[i]}, expected {(gaps ? "finite numbers, or NaN for a gap" : "finite numbers; leave the others out")}"));
        return copy;
    }

    internal static void SameCount(int found, int expected, string what, string beside)
    {
        if (found != expected)
            throw new BadInputException($"{what}: {found} values beside {expected} {beside}, expected as many");
    }

    internal static double Number(double value, string what) => double.IsFinite(value)
        ? value
        : throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{what} is {value}: expected a finite number"));

    internal static string Series(string kind, string name) => name is "" ? kind : $"{kind} '{name}'";
}
