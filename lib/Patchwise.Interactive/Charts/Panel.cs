using System.Globalization;
using Plotly.NET;
using Plotly.NET.LayoutObjects;
using Note = Plotly.NET.LayoutObjects.Annotation;

namespace Patchwise;

/// <summary>
/// One pair of axes while it is being drawn: series and marked lines are added in turn, <see cref="ToChart"/> makes Plotly.NET's chart of it. Series without a
/// color take those of the style in turn; series with a name appear in the legend.
/// </summary>
sealed class Panel(string title)
{
    const double Margin = 16;
    readonly List<Trace> _traces = [];
    readonly List<Shape> _lines = [];
    readonly List<Note> _notes = [];
    readonly List<(double At, string Text, string? Color)> _marked = [];
    readonly List<string> _beyond = [], _corner = [];
    LinearAxis _x = new(), _y = new();
    string _xSays = "x", _ySays = "y";
    (double From, double To) _xRange;
    (double Width, double Height)? _image;
    int _colors;
    int? _threshold;
    double _right = 24;

    /// <summary>The horizontal axis; call it before adding series, whose hover texts speak of it.</summary>
    internal Panel X(string name, string unit, double from, double to, double[]? ticks = null)
    {
        (_xRange, _xSays) = ((from, to), Says(name, unit, "%{x}"));
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

    internal Panel Y(string name, string unit = "", double? from = null, double? to = null)
    {
        _ySays = Says(name, unit, "%{y}");
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

    /// <summary>Axes of names; of y the first is on top.</summary>
    internal Panel Names(string x, IEnumerable<string> names, string? y = null)
    {
        var all = Style.Plain(names);
        LinearAxis Of(string name) => Axis(name, "").With(new
        {
            type = "category",
            categoryorder = "array",
            categoryarray = all,
            tickvals = all,
            tickmode = "array",
            ticktext = all.Select(Cut).ToArray()
        });
        (_x, _xSays) = (Of(x), Says(x, "", "%{x}"));
        if (y is not null)
            (_y, _ySays) = (Of(y).With(new { autorange = "reversed" }), Says(y, "", "%{y}"));
        return this;
    }

    /// <summary>
    /// Counts of values in equal parts of from..to; a part holds its lower edge, the last one both. Values outside are counted in a note.
    /// </summary>
    internal Panel Histogram(IReadOnlyList<double> values, int bins, double from, double to, string? color = null)
    {
        double[] edges = [.. Enumerable.Range(0, bins + 1).Select(i => i == bins ? to : from + (to - from) * i / bins)];
        var counts = new int[bins];
        foreach (var value in values.Where(value => value >= from && value <= to))
        {
            var bin = Math.Min(bins - 1, (int)((value - from) / (to - from) * bins));
            // The division may round across an edge; the edges as drawn decide.
            bin += bin > 0 && value < edges[bin] ? -1 : bin < bins - 1 && value >= edges[bin + 1] ? 1 : 0;
            counts[bin]++;
        }
        var outside = values.Count - counts.Sum();
        if (outside > 0)
            _corner.Add(string.Create(CultureInfo.InvariantCulture, $"{outside:N0} of {values.Count:N0} above {to:#,0.###} not shown"));
        return Counts(edges, counts, color);
    }

    /// <summary>Bars between edges, of which there is one more than counts.</summary>
    internal Panel Counts(double[] edges, int[] counts, string? color = null) => Add("bar", "", color ?? Style.Quiet, new
    {
        x = counts.Select((_, i) => (edges[i] + edges[i + 1]) / 2).ToArray(),
        y = counts,
        width = counts.Select((_, i) => edges[i + 1] - edges[i]).ToArray(),
        customdata = counts.Select((_, i) => new[] { edges[i], edges[i + 1] }).ToArray(),
        hovertemplate = $"{_xSays.Replace("%{x}", "%{customdata[0]:,.4~r} to %{customdata[1]:,.4~r}", StringComparison.Ordinal)}<br>{_ySays}<extra></extra>",
        marker = new { color = color ?? Style.Quiet, line = new { color = "#ffffff", width = 0.5 } },
    });

    /// <summary>One bar a name; several series stand beside each other.</summary>
    internal Panel Bars(IReadOnlyList<string> names, IReadOnlyList<double> values, string name = "") => Next(color => Add("bar", name, color, new
    {
        x = Style.Plain(names),
        y = Style.Gaps(values),
        text = values.Select(value => value.ToString("#,0.##", CultureInfo.InvariantCulture)).ToArray(),
        textposition = "outside",
        textangle = 0,
        cliponaxis = false,
        hovertemplate = $"{_xSays}<br>{_ySays}<extra>{Style.Plain(name)}</extra>",
        marker = new { color },
    }));

    /// <summary>A line from point to point, or one that keeps each y until the next x; NaN in y is a gap.</summary>
    internal Panel Line(IReadOnlyList<double> x, IReadOnlyList<double> y, string name = "", string? color = null, bool dashed = false, bool markers = false,
        bool steps = false) => Next(next => Add("scatter", name, color ?? next, new
        {
            mode = markers ? "lines+markers" : "lines",
            x,
            y = Style.Gaps(y),
            hovertemplate = $"{_xSays}<br>{_ySays}<extra>{Style.Plain(name)}</extra>",
            line = new { color = color ?? next, width = 2.5, shape = steps ? "hv" : "linear", dash = dashed ? "7px,5px" : "solid" },
            marker = new { color = color ?? next, size = 8 },
        }), color);

    /// <summary>Points; the texts show on hovering.</summary>
    internal Panel Points(double[] x, double[] y, string name, IEnumerable<string> texts) => Next(color => Add("scatter", name, color, new
    {
        mode = "markers",
        x,
        y,
        text = Style.Plain(texts),
        hovertemplate = $"%{{text}}<br>{_xSays}<br>{_ySays}<extra></extra>",
        marker = new { color, size = x.Length > 2000 ? 4 : 6, opacity = 0.75 },
    }));

    /// <summary>Values [y][x] from 0 to 1 as colors with a text in each cell; NaN is an empty cell.</summary>
    internal Panel HeatMap(IReadOnlyList<string> names, double[][] values, string[][] texts, string says) => Add("heatmap", "", "", new
    {
        x = Style.Plain(names),
        y = Style.Plain(names),
        z = values.Select(row => Style.Gaps(row)).ToArray(),
        text = texts.Select(Style.Plain).ToArray(),
        texttemplate = "%{text}",
        zmin = 0,
        zmax = 1,
        colorscale = Style.Amounts,
        showscale = false,
        xgap = 1,
        ygap = 1,
        hoverongaps = false,
        hovertemplate = $"{_ySays}<br>{_xSays}<br>{says}: %{{z:.3f}}<extra></extra>",
    });

    /// <summary>An image under everything else, y downwards; its px are <paramref name="pixel"/> units of the axes wide and high.</summary>
    internal Panel Image(Raster image, double pixel, string unit)
    {
        if (_image is null)
        {
            _image = (image.Width * pixel, image.Height * pixel);
            LinearAxis Of(string name, double from, double to) =>
                Axis(name, unit).With(new { range = new[] { from, to }, showline = true, mirror = true, constrain = "domain" });
            (_x, _y) = (Of("x", 0, image.Width * pixel), Of("y", image.Height * pixel, 0).With(new { scaleanchor = "x" }));
        }
        // The trace puts the middle of pixels at whole numbers; ours cover x..x+1.
        return Add("image", "", "", new
        {
            source = Pictures.DataUri(image),
            x0 = pixel / 2,
            y0 = pixel / 2,
            dx = pixel,
            dy = pixel,
            zsmooth = false,
            hoverinfo = "x+y"
        });
    }

    /// <summary>
    /// A layer of cells between edges over an image; without a color in those of the scale, which then has a bar, and a slider that hides what is below it.
    /// </summary>
    /// <param name="outlined">Lines around the cells, which are not filled.</param>
    internal Panel Cells(OverlayLayer layer, double opacity, bool outlined)
    {
        var name = Style.Plain(layer.Class.Name);
        if (layer.Color is not { } color)
            (_threshold, _right) = (_traces.Count, 110);
        else if (outlined)
            Lines(BorderLines.Around(layer.X, layer.Y, (x, y) => !float.IsNaN(layer.Values[y, x])), layer.Class.Name, color);
        else
            // What the legend shows: as clear as the cells, which it would show as a line.
            Add("scatter", layer.Class.Name, color, new
            {
                x = Nowhere,
                y = Nowhere,
                mode = "markers",
                marker = new { symbol = "square", size = 14, color, opacity },
                hoverinfo = "skip"
            });
        return Add("heatmap", layer.Class.Name, layer.Color, new
        {
            x = layer.X,
            y = layer.Y,
            z = Enumerable.Range(0, layer.Values.GetLength(0)).Select(y =>
                Style.Gaps(Enumerable.Range(0, layer.Values.GetLength(1)).Select(x => Math.Round((double)layer.Values[y, x], 3)))).ToArray(),
            zmin = 0,
            zmax = 1,
            colorscale = layer.Color is { } of ? Style.Scale(of, of) : Style.From(0),
            opacity = outlined && layer.Color is not null ? 0 : opacity,
            hoverongaps = false,
            hovertemplate = $"{Style.Plain(layer.Class.Title)}{(layer.Value is "" ? "" : $"<br>{Style.Plain(layer.Value)}: %{{z}}")}<extra>{name}</extra>",
            showscale = layer.Color is null,
            colorbar = layer.Color is null ? new { title = new { text = Style.Plain(layer.Value), side = "right" }, thickness = 14, outlinewidth = 0 } : null,
        }, inLegend: false);
    }

    static readonly double?[] Nowhere = [null];

    /// <summary>Lines in the colors of the legend.</summary>
    internal Panel Lines(BorderLines outline, string name, string color)
    {
        var (x, y) = outline.Lines();
        return Add("scatter", name, color, new { x, y, mode = "lines", line = new { color, width = 1.5 }, hoverinfo = "skip" });
    }

    /// <summary>How many points each cell of an even raster holds, the more the darker; of few the points themselves, with their texts.</summary>
    internal Panel Density(double[] x, double[] y, double end, string name, IEnumerable<string> texts)
    {
        const int Few = 300, Cells = 60;
        if (x.Length <= Few)
            return Points(x, y, name, texts);
        var counts = new int[Cells, Cells];
        foreach (var (across, up) in x.Zip(y))
            counts[Math.Clamp((int)(up / end * Cells), 0, Cells - 1), Math.Clamp((int)(across / end * Cells), 0, Cells - 1)]++;
        int?[][] shown = [.. Enumerable.Range(0, Cells).Select(row => Enumerable.Range(0, Cells)
            .Select(column => counts[row, column] is > 0 and var count ? count : (int?)null).ToArray())];
        double[] edges = [.. Enumerable.Range(0, Cells + 1).Select(i => end * i / Cells)];
        return Add("heatmap", name, "", new
        {
            x = edges,
            y = edges,
            z = shown.Select(row => row.Select(count => count is { } some ? Math.Log10(some) : (double?)null).ToArray()).ToArray(),
            text = shown,
            zmin = -1, // a single one is to be seen
            colorscale = Style.Amounts,
            showscale = false,
            hoverongaps = false,
            hovertemplate = $"{_xSays}<br>{_ySays}<br>{Style.Plain(name)}: %{{text}}<extra></extra>",
        }, inLegend: false);
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

    /// <summary>A line across the panel with its label on its right end.</summary>
    internal Panel HorizontalLine(double y, string label)
    {
        AddNote(Style.Plain(label), new
        {
            xref = "x domain",
            x = 1,
            yref = "y",
            y,
            xanchor = "right",
            yanchor = "bottom",
            yshift = 2,
            bgcolor = "rgba(255,255,255,0.8)"
        }, Style.Ink);
        return Rule(new { xref = "x domain", yref = "y", x0 = 0, x1 = 1, y0 = y, y1 = y }, null, dashed: true);
    }

    /// <param name="width">Px of the whole; the page makes it narrower where it must.</param>
    /// <param name="plot">Px of the plot's height; an image's follows from its shape.</param>
    internal GenericChart ToChart(double width = 720, double plot = 300)
    {
        if (_image is { } image)
            plot = Math.Min(720, (width - 90 - _right) * image.Height / image.Width);
        PlaceLabels(width - 90 - _right);
        if (_beyond.Count > 0)
            _corner.Add($"beyond the axis: {string.Join(", ", _beyond)}");
        if (_corner.Count > 0)
            AddNote(string.Join("<br>", _corner.Select(Style.Plain)), new
            {
                xref = "x domain",
                x = 1,
                yref = "y domain",
                y = 1,
                xanchor = "right",
                yanchor = "top",
                align = "right",
                bgcolor = "rgba(255,255,255,0.8)"
            }, Style.Muted);
        var heading = Heading.Of(title, _traces, width);
        var (above, below) = (heading.Height + Charts.LabelRows(_notes) * Style.Row + 10, _threshold is null ? 62.0 : 140);
        var layout = heading.Layout(width, above + plot + below, new { l = 70, r = _right, t = above, b = below })
            .With(new
            {
                xaxis = _x,
                yaxis = _y,
                shapes = _lines.ToArray(),
                annotations = _notes.ToArray(),
                sliders = _threshold is { } trace ? (object[])[Threshold(trace)] : null,
                barmode = _traces.Count(trace => trace.Get<string>("type") == "bar") > 1 ? "group" : "overlay"
            });
        return Charts.Of(_traces, layout);
    }

    /// <summary>A slider of Plotly's own, which works in a saved page: what is less than it has no color.</summary>
    static object Threshold(int trace) => new
    {
        active = 0,
        pad = new { t = 58 },
        currentvalue = new { prefix = "shown from ", font = new { size = Style.Text } },
        steps = Enumerable.Range(0, 20).Select(step => step / 20.0).Select(from => new
        {
            label = from.ToString("0.00", CultureInfo.InvariantCulture),
            method = "restyle",
            args = new object[] { new { colorscale = new[] { Style.From(from) } }, new[] { trace } },
        }).ToArray(),
    };

    /// <summary>Gives each label of a vertical line the lowest row in which it touches no other; one at the edge is moved inwards.</summary>
    void PlaceLabels(double width)
    {
        List<(int Row, double From, double To)> placed = [];
        foreach (var (at, text, color) in _marked.OrderBy(mark => mark.At))
        {
            var (middle, half) = ((at - _xRange.From) / (_xRange.To - _xRange.From) * width, Style.Width(text) / 2 + 12);
            var centre = Math.Clamp(middle, Math.Min(half - 40, width / 2), Math.Max(width + 20 - half, width / 2));
            var row = Enumerable.Range(0, placed.Count + 1)
                .First(row => placed.All(other => other.Row != row || centre + half < other.From || centre - half > other.To));
            placed.Add((row, centre - half, centre + half));
            // Anchored to the line, so that it follows when the reader zooms.
            AddNote((color is null ? "" : $"<span style=\"color:{color}\">■</span> ") + Style.Plain(text),
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

    Panel Next(Func<string, Panel> add, string? given = null) => add(given ?? Style.Color(_colors++));

    /// <param name="color">In the legend; null: it is not there.</param>
    Panel Add(string type, string name, string? color, object properties, bool inLegend = true)
    {
        var trace = new Trace(type).With(properties).With(new { showlegend = inLegend && name is not "" && color is not null });
        if (name is not "")
            trace.With(new { name = Style.Plain(name), legendgroup = $"{Style.Plain(name)} {color}" });
        _traces.Add(trace);
        return this;
    }

    Panel Rule(object ends, string? color, bool dashed)
    {
        _lines.Add(new Shape().With(ends).With(new
        {
            type = "line",
            line = new { color = color ?? Style.Ink, width = 2, dash = dashed ? "7px,5px" : "solid" }
        }));
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
    });

    static string Says(string name, string unit, string value) => $"{Style.Plain(name)}: {value}{(unit is "" ? "" : $" {Style.Plain(unit)}")}";

    static string Cut(string name) => name.Length > 28 ? name[..27] + "…" : name;
}
