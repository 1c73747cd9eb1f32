using System.Collections.Immutable;
using System.Globalization;

namespace Patchwise;

/// <summary>
/// A chart as a value: every call returns a new figure with one thing more. In a notebook it shows as an interactive chart where scripts run and as
/// a static drawing of the same numbers elsewhere; <see cref="Save"/> writes it to a file.
/// <code>
///   new Figure("Areas").Histogram(areas, bins: 40).VerticalLine(3217, "64 px").X("area", "px²").Y("objects")
/// </code>
/// Series without a color take those of a palette for any color vision, in turn. Series with a name appear in the legend.
/// Values must be finite; NaN is a gap where a member says so. Colors are written #rrggbb or by their CSS name.
/// </summary>
[TypeFormatterSource(typeof(NotebookFormatters), PreferredMimeTypes = [NotebookFormatters.Html, NotebookFormatters.Plotly, NotebookFormatters.Text])]
public sealed record Figure : INotebookView
{
    internal string Title { get; init; }
    internal ImmutableArray<Panel> Panels { get; init; } = [Panel.Empty];
    internal int Columns { get; init; } = 1;
    internal int? Width { get; init; }
    internal int? Height { get; init; }

    public Figure(string title = "") => Title = title;

    /// <summary>The panels of several figures in one, each with its own axes and its own title above it, filled row by row.</summary>
    /// <param name="columns">Panels in a row; 0: all in one row up to three, then as square as it gets.</param>
    public static Figure SideBySide(IReadOnlyList<Figure> figures, string title = "", int columns = 0)
    {
        if (figures.Count == 0)
            throw new BadInputException("no figures to put side by side: expected at least one");
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ImmutableArray<Panel> panels =
            [.. figures.SelectMany(figure => figure.Panels.Select(panel => figure.Panels.Length == 1 ? panel with { Title = figure.Title } : panel))];
        return new(title) { Panels = panels, Columns = columns > 0 ? Math.Min(columns, panels.Length) : panels.Length <= 3 ? panels.Length : (int)Math.Ceiling(Math.Sqrt(panels.Length)) };
    }

    /// <summary>
    /// Counts of the values in <paramref name="bins"/> equal parts of from..to (by default the least and the largest value); a part holds its lower edge, the last
    /// one both. Values outside are not drawn but counted in a note below the axis.
    /// </summary>
    public Figure Histogram(IEnumerable<double> values, int bins = 40, double? from = null, double? to = null, string name = "", string? color = null)
    {
        if (bins is < 1 or > 10_000)
            throw new BadInputException($"{bins} bins: expected 1 to 10000");
        var finite = Checked.Finite(values, Checked.Series("histogram", name));
        return Add(Binning.Count(finite, bins, from, to, name, Palette.Checked(color)));
    }

    /// <summary>One bar a label. Several series in one panel stand beside each other, matched by label. NaN: no bar.</summary>
    public Figure Bars(IReadOnlyList<string> labels, IReadOnlyList<double> values, string name = "", string? color = null, bool horizontal = false)
    {
        var what = Checked.Series("bars", name);
        Checked.SameCount(values.Count, labels.Count, what, "labels");
        if (labels.GroupBy(label => label).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new BadInputException($"{what}: the label '{twice.Key}' comes {twice.Count()} times, expected once");
        return Add(new BarsMark(name, Palette.Checked(color), [.. labels], Checked.Finite(values, what, gaps: true), horizontal));
    }

    /// <summary>A line from point to point; NaN in <paramref name="y"/> is a gap.</summary>
    public Figure Line(IReadOnlyList<double> x, IReadOnlyList<double> y, string name = "", string? color = null, bool dashed = false, bool markers = false) =>
        Curve("line", x, y, null, name, color, step: false, dashed, markers);

    /// <summary>A line that keeps each y until the next x, as counts and shares do; NaN in <paramref name="y"/> is a gap.</summary>
    public Figure Steps(IReadOnlyList<double> x, IReadOnlyList<double> y, string name = "", string? color = null, bool dashed = false) =>
        Curve("steps", x, y, null, name, color, step: true, dashed, markers: false);

    /// <summary>A line with the area filled down to <paramref name="lower"/>, 0 by default; NaN is a gap.</summary>
    public Figure Area(IReadOnlyList<double> x, IReadOnlyList<double> y, string name = "", string? color = null, IReadOnlyList<double>? lower = null) =>
        Curve("area", x, y, lower ?? new double[y.Count], name, color, step: false, dashed: false, markers: false);

    /// <summary>Points; <paramref name="text"/> shows on hovering.</summary>
    public Figure Scatter(IReadOnlyList<double> x, IReadOnlyList<double> y, string name = "", string? color = null, IReadOnlyList<string>? text = null)
    {
        var what = Checked.Series("scatter", name);
        Checked.SameCount(y.Count, x.Count, what, "x values");
        if (text is not null)
            Checked.SameCount(text.Count, x.Count, $"text of {what}", "points");
        return Add(new PointsMark(name, Palette.Checked(color), Checked.Finite(x, $"x of {what}"), Checked.Finite(y, $"y of {what}"), text?.ToArray()));
    }

    /// <summary>
    /// A table of values [y, x] as colors, the first row on top, light for <paramref name="from"/> and dark for <paramref name="to"/> (by default 0 or the least, and the
    /// largest). The cells hold <paramref name="text"/>, or the values in <paramref name="format"/>; with "" no text. NaN: an empty cell.
    /// <paramref name="name"/> says what the colors mean.
    /// </summary>
    public Figure HeatMap(IReadOnlyList<string> xLabels, IReadOnlyList<string> yLabels, double[,] values, string name = "",
        string format = "#,0.###", string[,]? text = null, double? from = null, double? to = null)
    {
        var what = Checked.Series("heat map", name);
        if (values.GetLength(0) != yLabels.Count || values.GetLength(1) != xLabels.Count || xLabels.Count == 0 || yLabels.Count == 0)
            throw new BadInputException($"{what}: a table of {values.GetLength(0)} rows and {values.GetLength(1)} columns with {yLabels.Count} row labels and {xLabels.Count} column labels: expected one label each");
        if (text is not null && (text.GetLength(0) != yLabels.Count || text.GetLength(1) != xLabels.Count))
            throw new BadInputException($"{what}: {text.GetLength(0)} x {text.GetLength(1)} texts for {yLabels.Count} x {xLabels.Count} cells");
        if (xLabels.Distinct().Count() != xLabels.Count || yLabels.Distinct().Count() != yLabels.Count)
            throw new BadInputException($"{what}: a label comes twice on one side, expected each once");
        var known = Checked.Finite(values.Cast<double>(), what, gaps: true).Where(value => !double.IsNaN(value)).DefaultIfEmpty(0).ToArray();
        var low = Checked.Number(from ?? Math.Min(0, known.Min()), $"{what}: from");
        var high = Checked.Number(to ?? known.Max(), $"{what}: to");
        return Add(new HeatMark(name, [.. xLabels], [.. yLabels], (double[,])values.Clone(), text is null ? Formatted(values, format) : (string[,])text.Clone(), low, high > low ? high : low + 1));
    }

    /// <summary>A vertical line across the panel with its label above it.</summary>
    public Figure VerticalLine(double x, string label = "", string? color = null, bool dashed = false) =>
        Add(new RuleMark(label, Palette.Checked(color), Checked.Number(x, Checked.Series("vertical line", label)), Vertical: true, dashed));

    /// <summary>A horizontal line across the panel with its label at its right end.</summary>
    public Figure HorizontalLine(double y, string label = "", string? color = null, bool dashed = false) =>
        Add(new RuleMark(label, Palette.Checked(color), Checked.Number(y, Checked.Series("horizontal line", label)), Vertical: false, dashed));

    /// <summary>A rectangle in the axes' units; <paramref name="fill"/> is the opacity of its inside, 0 to 1.</summary>
    public Figure Rectangle(double x0, double y0, double x1, double y1, string name = "", string? color = null, double fill = 0) =>
        Add(new BoxesMark(name, Palette.Checked(color), [(Checked.Number(x0, "x0"), Checked.Number(y0, "y0"), Checked.Number(x1, "x1"), Checked.Number(y1, "y1"))], null, Fraction(fill)));

    /// <summary>Many boxes as one series, in the axes' units (px over an image); <paramref name="text"/> shows on hovering, one for each.</summary>
    public Figure Rectangles(IReadOnlyList<Box> boxes, string name = "", string? color = null, IReadOnlyList<string>? text = null, double fill = 0)
    {
        if (text is not null)
            Checked.SameCount(text.Count, boxes.Count, $"text of {Checked.Series("rectangles", name)}", "boxes");
        return Add(new BoxesMark(name, Palette.Checked(color), [.. boxes.Select(box => ((double)box.X0, (double)box.Y0, (double)box.X1, (double)box.Y1))], text?.ToArray(), Fraction(fill)));
    }

    /// <summary>
    /// An image under everything else, y downwards; pixel (x, y) covers x..x+1 and y..y+1 times <paramref name="pixel"/> units of the axes. A second image lies over the first.
    /// </summary>
    public Figure Image(Raster image, double pixel = 1, double opacity = 1)
    {
        if (Checked.Number(pixel, "pixel") <= 0)
            throw new BadInputException("pixel: expected a size above 0");
        return Add(new ImageMark(image, pixel, Fraction(opacity)));
    }

    /// <summary>A layer of cells over the image, see <see cref="CellsMark"/>; the arrays belong to the figure from here on.</summary>
    internal Figure Cells(string name, string title, string? color, string value, double[] x, double[] y, float[,] values, double opacity) =>
        Add(new CellsMark(name, title, Palette.Checked(color), value, x, y, values, Fraction(opacity)));

    /// <summary>The horizontal axis: title, unit, limits, a logarithmic scale, where the ticks are. What is null is chosen from the data.</summary>
    public Figure X(string title, string unit = "", double? from = null, double? to = null, bool log = false, IReadOnlyList<double>? ticks = null) =>
        Replace(Only() with { X = NewAxis(title, unit, from, to, log, ticks) });

    /// <summary>The vertical axis, as <see cref="X"/>.</summary>
    public Figure Y(string title, string unit = "", double? from = null, double? to = null, bool log = false, IReadOnlyList<double>? ticks = null) =>
        Replace(Only() with { Y = NewAxis(title, unit, from, to, log, ticks) });

    /// <summary>Width and height in CSS px of the whole figure; 0: chosen from what it holds.</summary>
    public Figure Size(int width, int height = 0)
    {
        if (width is not 0 and (< 200 or > 10_000) || height is not 0 and (< 150 or > 10_000))
            throw new BadInputException($"a figure of {width} x {height} px: expected 200 x 150 to 10000 x 10000, or 0 for a size chosen from what it holds");
        return this with { Width = width == 0 ? null : width, Height = height == 0 ? null : height };
    }

    /// <summary>The chart for plotly.js: an object with data, layout and config.</summary>
    public string ToPlotly() => FigurePlotly.Json(this);

    /// <summary>A static drawing, complete in itself.</summary>
    public string ToSvg() => FigureSvg.Draw(this);

    /// <summary>Writes the figure as a static drawing (.svg, .png at twice the size), an interactive page (.html, complete in itself) or data for plotly.js (.json).</summary>
    /// <exception cref="BadInputException">Another extension.</exception>
    /// <exception cref="PatchwiseException">The file cannot be written, or for .png librsvg is not installed.</exception>
    public void Save(string path) => FigureFile.Save(path, device => FigureSvg.Draw(this, device), () => FigureHtml.Page(this), ToPlotly);

    string? INotebookView.ToMime(string mimeType) => mimeType switch
    {
        NotebookFormatters.Html => FigureHtml.ForNotebook(this),
        NotebookFormatters.Plotly => ToPlotly(),
        NotebookFormatters.Text => ToString(),
        _ => null,
    };

    /// <summary>Title, and a line for each series with its range.</summary>
    public override string ToString() => FigureSummary.Of(this);

    public bool Equals(Figure? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    Figure Curve(string kind, IReadOnlyList<double> x, IReadOnlyList<double> y, IReadOnlyList<double>? lower, string name, string? color, bool step, bool dashed, bool markers)
    {
        var what = Checked.Series(kind, name);
        Checked.SameCount(y.Count, x.Count, what, "x values");
        if (lower is not null)
            Checked.SameCount(lower.Count, x.Count, $"lower edge of {what}", "x values");
        return Add(new CurveMark(name, Palette.Checked(color), Checked.Finite(x, $"x of {what}"), Checked.Finite(y, $"y of {what}", gaps: true),
            lower is null ? null : Checked.Finite(lower, $"lower edge of {what}", gaps: true), step, dashed, markers));
    }

    static Axis NewAxis(string title, string unit, double? from, double? to, bool log, IReadOnlyList<double>? ticks)
    {
        foreach (var limit in (double?[])[from, to])
            if (limit is { } number && (Checked.Number(number, $"a limit of the axis '{title}'") <= 0 && log))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"the logarithmic axis '{title}' with the limit {number}: expected limits above 0"));
        if (from >= to)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"the axis '{title}' from {from} to {to}: expected the lower limit first"));
        return new(title, unit, from, to, log, ticks is null ? null : [.. Checked.Finite(ticks, $"ticks of the axis '{title}'").Order()]);
    }

    static double Fraction(double value) => value is >= 0 and <= 1
        ? value
        : throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"an opacity of {value}: expected 0 to 1"));

    static string[,]? Formatted(double[,] values, string format)
    {
        if (format is "")
            return null;
        var text = new string[values.GetLength(0), values.GetLength(1)];
        for (var y = 0; y < text.GetLength(0); y++)
            for (var x = 0; x < text.GetLength(1); x++)
                text[y, x] = double.IsNaN(values[y, x]) ? "" : values[y, x].ToString(format, CultureInfo.InvariantCulture);
        return text;
    }

    Panel Only() => Panels is [var panel] ? panel : throw new InvalidOperationException("a figure of several panels: draw in each before putting them side by side");

    Figure Replace(Panel panel) => this with { Panels = [panel] };

    Figure Add(Mark mark)
    {
        var panel = Only();
        if (panel.Marks.Length > 0 && mark is HeatMark)
            throw new BadInputException("a heat map with something else in its panel: expected it first and alone but for lines and rectangles");
        panel = panel with { Marks = panel.Marks.Add(mark) };
        if ((panel.XLabels is not null && panel.YLabels is not null && !panel.IsHeat) || (panel.XLabels ?? panel.YLabels) is not null && panel.Marks.Any(other => other is BinsMark or CurveMark or PointsMark or ImageMark))
            throw new BadInputException("bars or a heat map, whose axis shows names, with numbers on the same axis in one panel: expected two figures (Figure.SideBySide)");
        return Replace(panel);
    }
}
