using System.Globalization;

namespace Patchwise;

/// <summary>A figure in words, for where neither scripts nor drawings show.</summary>
static class FigureSummary
{
    internal static string Of(Figure figure)
    {
        List<string> lines = [$"Figure{(figure.Title is "" ? "" : $" \"{figure.Title}\"")}"];
        foreach (var panel in figure.Panels)
        {
            var indent = figure.Panels.Length > 1 ? "    " : "  ";
            if (figure.Panels.Length > 1)
                lines.Add($"  {(panel.Title is "" ? "panel" : panel.Title)}");
            if (panel.X.Text is not "" || panel.Y.Text is not "")
                lines.Add($"{indent}x: {Or(panel.X.Text, "-")}, y: {Or(panel.Y.Text, "-")}");
            lines.AddRange(panel.Marks.Select(mark => indent + Line(mark)));
        }
        return string.Join('\n', lines);
    }

    /// <summary>Says which values of the histograms lie outside their edges; null when all are drawn.</summary>
    internal static string? Outside(Panel panel)
    {
        var bins = panel.Marks.OfType<BinsMark>().ToArray();
        var (below, above, all) = (bins.Sum(mark => (long)mark.Below), bins.Sum(mark => (long)mark.Above), bins.Sum(mark => mark.Below + (long)mark.Above + mark.Counts.Sum(count => (long)count)));
        return (below, above) switch
        {
            (0, 0) => null,
            (0, _) => $"{Count(above)} of {Count(all)} above {Ticks.Text(bins[0].Edges[^1])} not shown",
            (_, 0) => $"{Count(below)} of {Count(all)} below {Ticks.Text(bins[0].Edges[0])} not shown",
            _ => $"{Count(below)} below and {Count(above)} above the axis of {Count(all)} not shown",
        };
    }

    static string Line(Mark mark) => mark switch
    {
        BinsMark bins => $"{Checked.Series("histogram", bins.Name)}: {Count(bins.Counts.Sum(count => (long)count))} values in {bins.Counts.Length} bins from {Ticks.Text(bins.Edges[0])} to {Ticks.Text(bins.Edges[^1])}, the fullest holds {Count(bins.Counts.Max())}"
            + (bins.Below + bins.Above > 0 ? $", {Count(bins.Below + (long)bins.Above)} outside" : ""),
        BarsMark bars => $"{Checked.Series("bars", bars.Name)}: {string.Join(", ", bars.Labels.Zip(bars.Values, (label, value) => $"{label} {(double.IsNaN(value) ? "none" : Ticks.Short(value))}").Take(12))}{(bars.Labels.Length > 12 ? ", ..." : "")}",
        CurveMark curve => $"{Checked.Series(curve.Lower is null ? "line" : "area", curve.Name)}: {curve.X.Length} points, x {Range(curve.X)}, y {Range(curve.Y)}",
        PointsMark points => $"{Checked.Series("scatter", points.Name)}: {points.X.Length} points, x {Range(points.X)}, y {Range(points.Y)}",
        HeatMark heat => $"{Checked.Series("heat map", heat.Name)}: {heat.YLabels.Length} rows x {heat.XLabels.Length} columns, values {Range([.. heat.Values.Cast<double>()])}",
        RuleMark rule => $"{Checked.Series(rule.Vertical ? "vertical line" : "horizontal line", rule.Name)}: at {Ticks.Text(rule.At)}",
        BoxesMark { Boxes: [var box] } one => $"{Checked.Series("rectangle", one.Name)}: ({Ticks.Text(box.X0)}, {Ticks.Text(box.Y0)})-({Ticks.Text(box.X1)}, {Ticks.Text(box.Y1)})",
        BoxesMark boxes => $"{Checked.Series("rectangles", boxes.Name)}: {boxes.Boxes.Length}",
        ImageMark image => $"image: {image.Image.Size} px",
        CellsMark cells => $"{Checked.Series("cells", cells.Name)}{(cells.Title == cells.Name ? "" : $" ({cells.Title})")}: {Count(cells.Values.Cast<float>().LongCount(value => !float.IsNaN(value)))}, {cells.Value} {Range([.. cells.Values.Cast<float>().Select(value => (double)value)])}",
        _ => throw new NotSupportedException(mark.GetType().Name),
    };

    static string Range(double[] values)
    {
        var known = values.Where(double.IsFinite).ToArray();
        return known.Length == 0 ? "none" : $"{Ticks.Text(known.Min())} to {Ticks.Text(known.Max())}";
    }

    static string Or(string text, string other) => text is "" ? other : text;

    static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
