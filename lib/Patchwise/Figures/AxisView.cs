using System.Globalization;

namespace Patchwise;

/// <summary>An axis with everything decided: its ends (Start is left or bottom), scale, ticks and names.</summary>
sealed record AxisView(double Start, double End, bool Log, string[]? Labels, (double At, string Text)[] Ticks)
{
    /// <summary>Where a value lies, 0 at the start and 1 at the end.</summary>
    public double Share(double value) => Log
        ? (Math.Log10(Math.Max(value, 1e-300)) - Math.Log10(Start)) / (Math.Log10(End) - Math.Log10(Start))
        : (value - Start) / (End - Start);

    public bool Holds(double value) => Share(value) is >= -1e-9 and <= 1 + 1e-9;

    /// <summary>Chooses ends and ticks for about <paramref name="wanted"/> of them.</summary>
    internal static AxisView Of(Panel panel, bool isX, int wanted)
    {
        var axis = isX ? panel.X : panel.Y;
        var down = !isX && panel.YDown;
        if ((isX ? panel.XLabels : panel.YLabels) is { } labels)
        {
            var ends = (-0.5, labels.Length - 0.5);
            return new(down ? ends.Item2 : ends.Item1, down ? ends.Item1 : ends.Item2, false, labels, [.. labels.Select((label, i) => ((double)i, label))]);
        }
        var (from, to) = Ends(panel, isX, axis);
        if (!double.IsFinite(to - from) || to - from < 1e-12 * Math.Max(Math.Abs(from), Math.Abs(to)))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"the axis '{axis.Title}' from {from} to {to}: the numbers are too far apart or too close together to draw"));
        var at = axis.Ticks is { } fixedTicks ? [.. fixedTicks.Where(tick => tick >= from && tick <= to)]
            : axis.Log ? Patchwise.Ticks.Log(from, to) : Patchwise.Ticks.Linear(from, to, wanted);
        return new(down ? to : from, down ? from : to, axis.Log, null, [.. at.Select(tick => (tick, Patchwise.Ticks.Text(tick)))]);
    }

    static (double From, double To) Ends(Panel panel, bool isX, Axis axis)
    {
        double[] all = [.. panel.Marks.SelectMany(mark => Extent(mark, isX)).Where(value => !double.IsNaN(value) && (!axis.Log || value > 0))];
        var tight = panel.Marks.Any(mark => mark is ImageMark || isX && mark is BinsMark);
        if (panel.IsImage)
            all = [.. panel.Marks.OfType<ImageMark>().SelectMany(mark => Extent(mark, isX))];
        if (all.Length == 0)
            all = axis.Log ? [1, 10] : [0, 1];
        var (low, high) = (axis.From ?? all.Min(), axis.To ?? all.Max());
        if (axis.Log)
        {
            if (high <= low)
                (low, high) = axis.To is not null ? (high / 10, high) : (low, low * 10);
            var reach = Math.Pow(high / low, 0.04);
            return (axis.From ?? (tight ? low : low / reach), axis.To ?? (tight ? high : high * reach));
        }
        // Counts and shares are judged from 0; so is a line that comes near it.
        if (axis.From is null && (Grounded(panel, isX) && low > 0 || !isX && !tight && low > 0 && low < high / 2))
            low = Math.Min(0, high);
        if (axis.To is null && Grounded(panel, isX) && high < 0)
            high = 0;
        if (high <= low)
            (low, high) = axis.From is not null ? (low, low + 1) : axis.To is not null ? (high - 1, high) : low == 0 ? (0, 1) : (low - Math.Abs(low) / 2, high + Math.Abs(high) / 2);
        var margin = tight ? 0 : (high - low) * (panel.Marks.Any(mark => mark is BarsMark) ? 0.1 : 0.04);
        return (axis.From ?? (low == 0 ? 0 : low - margin), axis.To ?? (high == 0 ? 0 : high + margin));
    }

    static bool Grounded(Panel panel, bool isX) => panel.Marks.Any(mark => mark switch
    {
        BarsMark bars => bars.Horizontal == isX,
        BinsMark or CurveMark { Lower: not null } => !isX,
        _ => false,
    });

    static IEnumerable<double> Extent(Mark mark, bool isX) => mark switch
    {
        BinsMark bins => isX ? [bins.Edges[0], bins.Edges[^1]] : [bins.Counts.Min(), bins.Counts.Max()],
        BarsMark bars => bars.Horizontal == isX ? bars.Values : [],
        CurveMark curve => isX ? curve.X : curve.Y.Concat(curve.Lower ?? []),
        PointsMark points => isX ? points.X : points.Y,
        RuleMark rule => rule.Vertical == isX ? [rule.At] : [],
        BoxesMark boxes => boxes.Boxes.SelectMany(box => isX ? (double[])[box.X0, box.X1] : [box.Y0, box.Y1]),
        ImageMark image => [0, (isX ? image.Image.Width : image.Image.Height) * image.Pixel],
        _ => [],
    };
}
