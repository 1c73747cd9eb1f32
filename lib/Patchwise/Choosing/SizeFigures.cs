using System.Globalization;

namespace Patchwise;

/// <summary>The figures of a <see cref="SizeTest"/>.</summary>
static class SizeFigures
{
    internal static Figure Histograms(SizeTest test, SizeLimits limits)
    {
        var areaLimit = limits.Area ?? Rounded(Limit(test.Areas, test.Marked.Select(marked => marked.Circle)));
        var sideLimit = limits.Side ?? WholeSteps(Limit(test.Sides, test.Marked.Select(marked => (double)marked.Size)), limits.Bins * test.Regions.Min(row => row.Scale));
        var areas = new Figure("Areas").Histogram(test.Areas.Values, limits.Bins, 0, areaLimit, color: Bars);
        var sides = new Figure("Longer sides").Histogram(test.Sides.Values, limits.Bins, 0, sideLimit, color: Bars);
        foreach (var marked in test.Marked)
        {
            if (marked.Circle <= areaLimit)
                areas = areas.VerticalLine(marked.Circle, $"{marked.Size} px", marked.Color);
            if (marked.Size <= sideLimit)
                sides = sides.VerticalLine(marked.Size, $"{marked.Size} px", marked.Color);
        }
        return Figure.SideBySide(
        [
            areas.X("area; lines: circle within the patch", $"px²{At(test)}").Y("objects"),
            sides.X("longer side; lines: patch", $"px{At(test)}").Y("objects"),
        ], "Sizes of the objects, and the patches in question");
    }

    internal static Figure Coverage(SizeTest test)
    {
        var end = Rounded(1.05 * Math.Max(Math.Max(test.Sides.Largest, test.Suggestion.Size), Near(test.Sides, test.Marked.Select(marked => (double)marked.Size))));
        var figure = Curve(new Figure("Objects that fit in a patch"), test.Sides, end, "all objects", "#333333");
        // Values stand for classes where they are few and have many objects each; in an instance mask each object has its own.
        var classes = test.Regions.ByValue();
        if (classes.Count is > 1 and <= 8 && classes.All(group => group.Regions.Count >= 20))
            foreach (var group in classes)
                figure = Curve(figure, new(group.Regions.Select(row => row.Side)), end, $"value {group.Value}", null);
        foreach (var marked in test.Marked.Where(marked => marked.Size <= end))
            figure = figure.VerticalLine(marked.Size, $"{marked.Size} px", marked.Color);
        return figure
            .HorizontalLine(100 * test.Suggestion.Target, string.Create(CultureInfo.InvariantCulture, $"target {100 * test.Suggestion.Target:0.##} %"), dashed: true)
            .X("patch size", $"px{At(test)}", from: 0, to: end).Y("objects that fit", "%", from: 0, to: 100.5);
    }

    const string Bars = "#9db4c8";

    static string At(SizeTest test) => test.Regions.Magnification is { } magnification ? $" at {magnification}" : "";

    /// <summary>Steps up at the side of every object.</summary>
    static Figure Curve(Figure figure, Distribution sides, double end, string name, string? color)
    {
        List<double> x = [0], y = [0];
        for (var i = 0; i < sides.Count; i++)
            if (i + 1 == sides.Count || sides.Values[i + 1] > sides.Values[i])
            {
                x.Add(sides.Values[i]);
                y.Add(100.0 * (i + 1) / sides.Count);
            }
        return figure.Steps([.. x, end], [.. y, 100], name, color);
    }

    /// <summary>Past all but the largest 0.5 % of the objects, and past the marks that are not far beyond the largest.</summary>
    static double Limit(Distribution values, IEnumerable<double> marks) =>
        1.05 * Math.Max(Math.Min(values.Largest, 1.5 * values.Percentile(99.5)), Near(values, marks));

    /// <summary>The largest mark that is not far beyond the largest value; 0 where none is.</summary>
    static double Near(Distribution values, IEnumerable<double> marks) => marks.Where(mark => mark <= 1.3 * values.Largest).DefaultIfEmpty(0).Max();

    /// <summary>Up to two digits.</summary>
    static double Rounded(double value)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(value)) - 1);
        return Math.Ceiling(value / step) * step;
    }

    /// <summary>
    /// Up to a multiple of <paramref name="step"/>, where that is not far: sides come in whole px of the mask, and bins that hold unequal numbers of these look ragged.
    /// </summary>
    static double WholeSteps(double value, double step) => Math.Ceiling(value / step) * step is var whole && whole <= 1.3 * value ? whole : Rounded(value);
}
