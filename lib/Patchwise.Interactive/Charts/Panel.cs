using Plotly.NET;
using Plotly.NET.LayoutObjects;
using Note = Plotly.NET.LayoutObjects.Annotation;

namespace Patchwise;

/// <summary>
/// One pair of axes while it is being drawn: series and marked lines are added in turn, <see cref="ToChart"/> makes Plotly.NET's chart of it. Series without a
/// color take those of the style in turn; series with a name appear in the legend.
/// </summary>
sealed partial class Panel(string title)
{
    /// <summary>Px of a plot that shares a page of 900 px with another.</summary>
    const double Narrow = 270;

    readonly List<Trace> _traces = [];
    readonly List<Shape> _lines = [];
    readonly List<Note> _notes = [];
    readonly List<(double At, string Text, string? Color)> _marked = [];
    readonly List<string> _beyond = [], _left = [];
    LinearAxis _x = new(), _y = new();
    string _xSays = "x", _ySays = "y";
    (double From, double To) _xRange;
    (double Width, double Height)? _image;
    int _colors;
    double _right = 24;
    Meta _meta = new();

    /// <summary>The horizontal axis; call it before adding series, whose hover texts speak of it.</summary>
    internal Panel X(string name, string unit, double from, double to, double[]? ticks = null)
    {
        (_xRange, _xSays) = ((from, to), Says(name, unit, $"%{{x{Digits}}}"));
        _x = Axis(name, unit).With(new
        {
            range = new[] { from, to },
            showgrid = true,
            gridcolor = Style.Grid,
            showline = true,
            ticks = "outside",
            tickcolor = Style.Frame,
            tickmode = ticks is null ? null : "array",
            tickvals = ticks
        });
        return this;
    }

    /// <param name="to">Without an end the axis is of counts, which are told in full.</param>
    internal Panel Y(string name, string unit = "", double? from = null, double? to = null)
    {
        _ySays = Says(name, unit, to is null ? "%{y:,}" : $"%{{y{Digits}}}");
        _y = Axis(name, unit).With(new
        {
            range = from is null || to is null ? null : new[] { from, to },
            rangemode = "tozero",
            showgrid = true,
            gridcolor = Style.Grid,
            showline = true,
            ticklabelstandoff = 4
        });
        return this;
    }

    /// <summary>A unit is as long on both axes, whose ranges are equal.</summary>
    internal Panel Equal()
    {
        _image = (1, 1);
        _x.With(new { constrain = "domain" });
        _y.With(new { scaleanchor = "x", constrain = "domain" });
        return this;
    }

    /// <summary>Axes of numbered places, 0 in the middle of the first, with a name each; of y the first is on top.</summary>
    internal Panel Places(string x, string[] columns, string y, string[] rows)
    {
        static object Named(string[] names) => new { tickmode = "array", tickvals = names.Select((_, i) => i).ToArray(), ticktext = Style.Plain(names) };
        X(x, "", -0.5, columns.Length - 0.5).Y(y, "", rows.Length - 0.5, -0.5);
        foreach (var (axis, names) in new[] { (_x, columns), (_y, rows) })
            axis.With(Named(names)).With(new { showgrid = false });
        return this;
    }

    /// <summary>A frame around a place, black with a white edge on both sides so that it is seen on any color.</summary>
    internal Panel Frame(int x, int y, bool dashed)
    {
        foreach (var (color, width) in new[] { ("#ffffff", 7), (Style.Ink, 3) })
            _lines.Add(new Shape().With(new
            {
                type = "rect",
                xref = "x",
                yref = "y",
                x0 = x - 0.46,
                x1 = x + 0.46,
                y0 = y - 0.44,
                y1 = y + 0.44,
                line = new { color, width, dash = dashed && width == 3 ? "6px,4px" : "solid" },
            }));
        return this;
    }

    /// <summary>A mark at both ends of a row, or between two, with its label on the right; it leaves the texts of the cells free.</summary>
    internal Panel MarkRow(double y, string label, string color)
    {
        _right = Math.Max(_right, Style.Width(label) + 40);
        AddNote(Marked(label, color), new { xref = "x domain", x = 1, xshift = 4, yref = "y", y, xanchor = "left", yanchor = "middle" }, Style.Ink);
        foreach (var (from, to) in new[] { (0.0, 0.04), (0.96, 1.0) })
            Rule(new { xref = "x domain", yref = "y", x0 = from, x1 = to, y0 = y, y1 = y }, color, dashed: false, width: 4);
        return this;
    }

    /// <summary>The same of a column, with its label above.</summary>
    internal Panel MarkColumn(double x, string label, string color)
    {
        _marked.Add((x, label, color));
        foreach (var (from, to) in new[] { (0.0, 0.06), (0.94, 1.0) })
            Rule(new { xref = "x", yref = "y domain", x0 = x, x1 = x, y0 = from, y1 = to }, color, dashed: false, width: 4);
        return this;
    }

    /// <summary>What lies between two heights, under everything else.</summary>
    internal Panel Band(double from, double to, string label)
    {
        _lines.Add(new Shape().With(new
        {
            type = "rect",
            xref = "x domain",
            yref = "y",
            x0 = 0,
            x1 = 1,
            y0 = from,
            y1 = to,
            layer = "below",
            fillcolor = "#e9eef4",
            line = new { width = 0 },
        }));
        AddNote(Style.Plain(label), new { xref = "x domain", x = 0.005, yref = "y", y = to, xanchor = "left", yanchor = "bottom", yshift = 1 }, Style.Muted);
        return this;
    }

    /// <summary>A ring around a point, which the legend names.</summary>
    internal Panel Ring(double x, double y, string name, string symbol) => Add("scatter", name, Style.Ink, new
    {
        mode = "markers",
        x = new[] { x },
        y = new[] { y },
        marker = new { symbol = $"{symbol}-open", size = 24, color = Style.Ink, line = new { width = 2 } },
        hoverinfo = "skip",
    });

    /// <summary>Equal steps are equal factors; call it after <see cref="X"/>, whose range is of the logarithms.</summary>
    internal Panel Logarithmic(double[] ticks, string[] texts)
    {
        _x.With(new { type = "log", tickmode = "array", tickvals = ticks, ticktext = Style.Plain(texts), tickangle = 0 });
        return this;
    }

    /// <summary>Axes of names; of y the first is on top.</summary>
    internal Panel Names(string x, IEnumerable<string> names, string? y = null)
    {
        var all = Style.Plain(names);
        LinearAxis Of(string name) => Axis(name, "").With(
            new { type = "category", categoryorder = "array", categoryarray = all, tickvals = all, tickmode = "array", ticktext = Cut(all) });
        (_x, _xSays) = (Of(x), Says(x, "", "%{x}"));
        if (y is not null)
            (_y, _ySays) = (Of(y).With(new { autorange = "reversed" }), Says(y, "", "%{y}"));
        return this;
    }

    /// <summary>A line across the panel with its label above it; one beyond the axis is named in a note.</summary>
    internal Panel VerticalLine(double x, string label, string? color = null, bool dashed = false)
    {
        if (x > _xRange.To)
        {
            _beyond.Add(label);
            return this;
        }
        _marked.Add((x, label, color));
        return Rule(new { xref = "x", yref = "y domain", x0 = x, x1 = x, y0 = 0, y1 = 1 }, color, dashed);
    }

    /// <summary>A dashed line across the panel, which is explained above it, where nothing lies over the words.</summary>
    internal Panel HorizontalLine(double y, string label) =>
        Note($"dashed line: {label}").Rule(new { xref = "x domain", yref = "y", x0 = 0, x1 = 1, y0 = y, y1 = y }, null, dashed: true);

    /// <summary>Words between the title and the plot.</summary>
    internal Panel Note(string text)
    {
        if (text is not "")
            _left.Add(text);
        return this;
    }

    /// <summary>Controls above the chart on a page, which choose among states.</summary>
    internal Panel Control(IReadOnlyList<Control> controls, IEnumerable<State> states)
    {
        _meta = _meta with { Controls = new(controls, [.. states]) };
        return this;
    }

    /// <param name="width">Px of the whole; the page makes it narrower where it must.</param>
    /// <param name="plot">Px of the plot's height; an image's follows from its shape.</param>
    internal GenericChart ToChart(double width = 720, double plot = 300)
    {
        if (_image is { } image)
            plot = Math.Min(720, (width - 90 - _right) * image.Height / image.Width);
        PlaceLabels();
        if (_beyond.Count > 0)
            Note($"beyond the axis: {string.Join(", ", _beyond)}");
        // Above the labels, in lines that also a panel of a narrow page holds.
        foreach (var line in _left.SelectMany(text => Style.Wrap(text, Narrow, Style.Text)).Reverse())
            AddNote(Style.Plain(line), new
            {
                xref = "x domain",
                x = 0,
                yref = "y domain",
                y = 1,
                xanchor = "left",
                yanchor = "bottom",
                yshift = Charts.LabelShift(Charts.LabelRows(_notes))
            }, Style.Muted);
        var heading = Heading.Of(title, _traces, width);
        var (above, below) = (heading.Height + Charts.LabelRows(_notes) * Style.Row + 10, 62.0);
        var layout = heading.Layout(width, above + plot + below, new { l = 70, r = _right, t = above, b = below })
            .With(new
            {
                xaxis = _x,
                yaxis = _y,
                shapes = _lines.ToArray(),
                annotations = _notes.ToArray(),
                meta = _meta == new Meta() ? null : _meta,
                barmode = _traces.Any(trace => trace.Get<string>("type") == "bar" && trace.TryGetPropertyValue("showlegend")?.Value is true) ? "stack" : null,
            });
        return Charts.Of(_traces, layout);
    }

    /// <summary>
    /// Gives each label of a vertical line the lowest row in which it touches no other, also on a narrow page; one at the edge is moved inwards.
    /// </summary>
    void PlaceLabels()
    {
        const double width = Narrow;
        List<(int Row, double From, double To)> placed = [];
        foreach (var (at, text, color) in _marked.OrderBy(mark => mark.At))
        {
            var (middle, half) = ((at - _xRange.From) / (_xRange.To - _xRange.From) * width, Style.Width(text) / 2 + (color is null ? 4 : 12));
            var centre = Math.Clamp(middle, Math.Min(half - 40, width / 2), Math.Max(width + 20 - half, width / 2));
            var row = Enumerable.Range(0, placed.Count + 1)
                .First(row => placed.All(other => other.Row != row || centre + half < other.From || centre - half > other.To));
            placed.Add((row, centre - half, centre + half));
            // Anchored to the line, so that it follows when the reader zooms.
            AddNote(Marked(text, color),
                new
                {
                    xref = "x",
                    x = at,
                    xshift = Math.Round(centre - middle),
                    yref = "y domain",
                    y = 1,
                    yshift = Charts.LabelShift(row),
                    xanchor = "center",
                    yanchor = "bottom"
                }, Style.Ink);
        }
    }

    static string Marked(string label, string? color) => (color is null ? "" : $"<span style=\"color:{color}\">■</span> ") + Style.Plain(label);

    internal Panel Rule(object ends, string? color, bool dashed, int width = 2)
    {
        _lines.Add(new Shape().With(ends).With(
            new { type = "line", line = new { color = color ?? Style.Ink, width, dash = dashed ? "7px,5px" : "solid" } }));
        return this;
    }

    void AddNote(string text, object place, string color) =>
        _notes.Add(new Note().With(place).With(new { text, showarrow = false, borderpad = 0, font = new { size = Style.Text, color } }));

    static LinearAxis Axis(string name, string unit) => new LinearAxis().With(new
    {
        title = new Title().With(new { text = Style.Plain(unit is "" ? name : $"{name} ({unit})"), font = new { size = 14 }, standoff = 8 }),
        showgrid = false,
        zeroline = false,
        linecolor = Style.Frame,
        automargin = true,
        separatethousands = true,
        exponentformat = "power",
        minexponent = 8,
        hoverformat = Digits[1..],
    });

    /// <summary>Three that count.</summary>
    internal const string Digits = ":,.3~r";

    static string Says(string name, string unit, string value) => $"{Style.Plain(name)}: {value}{(unit is "" ? "" : $" {Style.Plain(unit)}")}";

    /// <summary>Long names without their end; those that this makes alike without their middle.</summary>
    internal static string[] Cut(IReadOnlyCollection<string> names)
    {
        static string End(string name) => name.Length > 28 ? name[..27] + "…" : name;
        var alike = names.CountBy(End).Where(one => one.Value > 1).Select(one => one.Key).ToHashSet();
        return [.. names.Select(name => alike.Contains(End(name)) && name.Length > 28 ? $"{name[..13]}…{name[^14..]}" : End(name))];
    }
}
