using Plotly.NET;
using Plotly.NET.LayoutObjects;

namespace Patchwise;

/// <summary>What is drawn between the axes.</summary>
sealed partial class Panel
{
    /// <summary>
    /// Counts of values in equal parts of from..to; a part holds its lower edge, the last one both. Values outside are counted in a note.
    /// </summary>
    internal Panel Histogram(IReadOnlyList<double> values, int bins, double from, double to, string? color = null)
    {
        var (edges, counts) = Count(values, bins, from, to);
        var outside = values.Count - counts.Sum();
        if (outside > 0)
            Note(string.Create(CultureInfo.InvariantCulture, $"{outside:N0} of {values.Count:N0} above {to:#,0.###} not shown"));
        return Counts(edges, counts, color);
    }

    /// <summary>How many values each of equal parts holds, and the edges between these.</summary>
    internal static (double[] Edges, int[] Counts) Count(IReadOnlyList<double> values, int bins, double from, double to)
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
        return (edges, counts);
    }

    /// <summary>Bars between edges, of which there is one more than counts; those with a name stand on each other.</summary>
    internal Panel Counts(double[] edges, int[] counts, string? color = null, string name = "") => Add("bar", name, color ?? Style.Quiet, new
    {
        x = counts.Select((_, i) => (edges[i] + edges[i + 1]) / 2).ToArray(),
        y = counts,
        width = counts.Select((_, i) => edges[i + 1] - edges[i]).ToArray(),
        customdata = counts.Select((_, i) => new[] { edges[i], edges[i + 1] }).ToArray(),
        hovertemplate = _xSays.Replace($"%{{x{Digits}}}", $"%{{customdata[0]{Digits}}} to %{{customdata[1]{Digits}}}", StringComparison.Ordinal)
            + $"<br>{_ySays}<extra>{Style.Plain(name)}</extra>",
        marker = new { color = color ?? Style.Quiet, line = new { color = "#ffffff", width = 0.5 } },
    });

    /// <summary>One bar a name.</summary>
    internal Panel Bars(IReadOnlyList<string> names, IReadOnlyList<double> values) => Add("bar", "", Style.Color(0), new
    {
        x = Style.Plain(names),
        y = values,
        text = values.Select(value => value.ToString("#,0.##", CultureInfo.InvariantCulture)).ToArray(),
        textposition = "outside",
        textangle = 0,
        cliponaxis = false,
        hovertemplate = $"{_xSays}<br>{_ySays}<extra></extra>",
        marker = new { color = Style.Color(0) },
    });

    /// <summary>A box from the lower to the upper quarter of each name's values, with its median and whiskers to the 5th and the 95th of a hundred.</summary>
    internal Panel Boxes(IReadOnlyList<string> names, IReadOnlyList<Distribution> values)
    {
        double[] At(double percent) => [.. values.Select(one => one.Percentile(percent))];
        return Add("box", "", Style.Color(0), new
        {
            x = Style.Plain(names),
            lowerfence = At(5),
            q1 = At(25),
            median = At(50),
            q3 = At(75),
            upperfence = At(95),
            fillcolor = Style.Quiet,
            line = new { color = Style.Color(0), width = 1.5 },
            hoverinfo = "y",
        });
    }

    /// <summary>A line from point to point, or one that keeps each y until the next x; NaN in y is a gap.</summary>
    /// <param name="objects">How many objects each point speaks of.</param>
    internal Panel Line(IReadOnlyList<double> x, IReadOnlyList<double> y, string name = "", string? color = null, bool dashed = false, bool markers = false,
        bool steps = false, IEnumerable<int>? objects = null) => Next(next => Add("scatter", name, color ?? next, new
        {
            mode = markers ? "lines+markers" : "lines",
            x,
            y = Style.Gaps(y),
            customdata = objects?.ToArray(),
            hovertemplate = $"{_xSays}<br>{_ySays}{(objects is null ? "" : "<br>objects: %{customdata:,}")}<extra>{Style.Plain(name)}</extra>",
            line = new { color = color ?? next, width = 2.5, shape = steps ? "hv" : "linear", dash = dashed ? "7px,5px" : "solid" },
            marker = new { color = color ?? next, size = 8 },
        }), color);

    /// <summary>Points of one kind, which hovering tells about; the hollow ones are less.</summary>
    internal Panel Marks(double[] x, double[] y, string name, IEnumerable<string> texts, (string Symbol, double[] Sizes, bool[] Hollow) look) =>
        Next(color => Add("scatter", name, color, new
        {
            mode = "markers",
            x,
            y,
            text = Style.Plain(texts).Select(text => text.Replace("\n", "<br>", StringComparison.Ordinal)).ToArray(),
            hovertemplate = $"%{{text}}<extra>{Style.Plain(name)}</extra>",
            marker = new
            {
                symbol = look.Symbol,
                color = look.Hollow.Select(hollow => hollow ? "#ffffff" : color).ToArray(),
                size = look.Sizes,
                line = new { color, width = 2 },
            },
        }));

    /// <summary>Cells at numbered places [y][x] in colors from the least value to the largest, with texts of several lines; NaN is an empty cell.</summary>
    internal Panel Surface(double[][] values, string[][] texts, string[][] says)
    {
        static string[][] Lines(string[][] all) => [.. all.Select(row => Style.Plain(row)
            .Select(text => text.Replace("\n", "<br>", StringComparison.Ordinal)).ToArray())];
        foreach (var (y, row) in values.Index())
            foreach (var (x, _) in row.Index().Where(cell => double.IsNaN(cell.Item)))
                AddNote("not tried", new { xref = "x", yref = "y", x, y }, Style.Muted);
        return Add("heatmap", "", "", new
        {
            z = values.Select(row => Style.Gaps(row)).ToArray(),
            text = Lines(texts),
            texttemplate = "%{text}",
            customdata = Lines(says),
            colorscale = Style.Amounts,
            showscale = false,
            xgap = 2,
            ygap = 2,
            hoverongaps = false,
            hovertemplate = "%{customdata}<extra></extra>",
        });
    }

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

    /// <summary>Shares with their intervals and the counts that they are of, joined by a line; some are pale.</summary>
    internal Panel Shares(double[] x, Estimate[] shares, int[] counts, bool[] pale) => Next(color => Add("scatter", "found", color, new
    {
        mode = "lines+markers+text",
        x,
        y = shares.Select(share => share.Value).ToArray(),
        text = counts.Select(count => count.ToString("N0", CultureInfo.InvariantCulture)).ToArray(),
        // Below the lowest there is no room.
        textposition = x.Zip(shares, (at, share) => (share.Value < 0.08 ? "top " : "bottom ") + (at < 0.85 ? "right" : "left")).ToArray(),
        customdata = shares.Select((share, i) => new object[] { share.HasInterval ? FormattableString.Invariant($"{share.Low:0.00} to {share.High:0.00}")
            : "no interval", counts[i] }).ToArray(),
        hovertemplate = $"{_xSays}<br>{_ySays} (%{{customdata[0]}})<br>patches: %{{customdata[1]}}<extra></extra>",
        line = new { color, width = 1 },
        marker = new { color, size = 9, opacity = pale.Select(one => one ? 0.3 : 1).ToArray() },
        error_y = new
        {
            type = "data",
            symmetric = false,
            array = shares.Select(share => share.HasInterval ? share.High - share.Value : 0).ToArray(),
            arrayminus = shares.Select(share => share.HasInterval ? share.Value - share.Low : 0).ToArray(),
            color = color + "80",
            thickness = 1.5
        },
    }));

    /// <summary>A click on a cell of the heat map opens a viewer at the patches of its row's and column's class.</summary>
    /// <param name="viewer">Null: cells lead nowhere.</param>
    /// <param name="classes">The numbers of rows and columns in the viewer.</param>
    internal Panel Leads(Uri? viewer, int[] classes)
    {
        _meta = viewer is null ? _meta : _meta with { Viewer = viewer.AbsoluteUri, Classes = classes };
        return this;
    }

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
        hovertemplate = $"{_ySays}<br>{_xSays}<br>{says}: %{{text}}<extra></extra>",
    });

    /// <summary>
    /// An image under everything else, y downwards, with a scale bar where the axes are in mm; its px are <paramref name="pixel"/> units of the axes wide and
    /// high. Below the chart the page tells the px of level 0 under the pointer.
    /// </summary>
    /// <param name="level0">Px of level 0 in a unit of the axes.</param>
    internal Panel Image(Raster image, double pixel, string unit, double level0)
    {
        if (_image is null)
        {
            var own = pixel * level0;
            _meta = _meta with
            {
                Level0 = level0,
                Says = (own < 1.001 ? "Zooming reaches the pixels of the image" : FormattableString.Invariant(
                    $"Zooming reaches the {image.Width:N0} x {image.Height:N0} px that are embedded here, each {own:0.#} px of level 0 wide"))
                    + "; pointing at a place tells its px of level 0.",
            };
            if (unit == "mm")
                ScaleBar(image.Width * pixel);
            _image = (image.Width * pixel, image.Height * pixel);
            LinearAxis Of(string name, double from, double to) =>
                Axis(name, unit).With(new { range = new[] { from, to }, showline = true, mirror = true, constrain = "domain" });
            (_x, _y) = (Of("x", 0, image.Width * pixel), Of("y", image.Height * pixel, 0).With(new { scaleanchor = "x" }));
        }
        // The trace puts the middle of pixels at whole numbers; ours cover x..x+1.
        return Add("image", "", "",
            new { source = Pictures.DataUri(image), x0 = pixel / 2, y0 = pixel / 2, dx = pixel, dy = pixel, zsmooth = false, hoverinfo = "x+y" });
    }

    /// <summary>A bar of a round length in the lower left, black within white.</summary>
    void ScaleBar(double width)
    {
        var (from, length) = (0.03 * width, Style.Bar(0.8 * width));
        foreach (var (color, thick, more) in new[] { ("#ffffff", 7, 0.003 * width), ("#000000", 4, 0) })
            _lines.Add(new Shape().With(new
            {
                type = "line",
                xref = "x",
                yref = "y domain",
                x0 = from - more,
                x1 = from + length + more,
                y0 = 0.03,
                y1 = 0.03,
                line = new { color, width = thick }
            }));
        AddNote(length >= 1 ? FormattableString.Invariant($"{length} mm") : FormattableString.Invariant($"{1000 * length:0.###} µm"),
            new { xref = "x", x = from, yref = "y domain", y = 0.03, xanchor = "left", yanchor = "bottom", yshift = 6, bgcolor = "rgba(255,255,255,0.75)" },
            "#000000");
    }

    /// <summary>
    /// A layer of cells between edges over an image; without a color in those of the scale, which then has a bar, and a control that hides what is below.
    /// </summary>
    /// <param name="outlined">Lines around the cells, which are not filled.</param>
    internal Panel Cells(OverlayLayer layer, double opacity, bool outlined)
    {
        var name = Style.Plain(layer.Class.Name);
        if (layer.Color is not { } color)
        {
            // What is less likely than the step has no color.
            double[] steps = [.. Enumerable.Range(0, 20).Select(step => step / 20.0)];
            Control([Patchwise.Control.Of("shown from", steps, 0, from => from.ToString("0.00", CultureInfo.InvariantCulture))],
                steps.Select(from => new State("", new { colorscale = new[] { Style.From(from) } }, Traces: [_traces.Count])).ToArray());
            _right = 110;
        }
        else if (outlined)
            Lines(BorderLines.Around(layer.X, layer.Y, (x, y) => !float.IsNaN(layer.Values[y, x])), layer.Class.Name, color);
        else
            // What the legend shows: as clear as the cells, which it would show as a line.
            Add("scatter", layer.Class.Name, color,
                new { x = Nowhere, y = Nowhere, mode = "markers", marker = new { symbol = "square", size = 14, color, opacity }, hoverinfo = "skip" });
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
            hovertemplate = $"{Style.Plain(layer.Class.Title)}{(layer.Value is "" ? "" : $"<br>{Style.Plain(layer.Value)}: %{{z{Digits}}}")}"
                + $"{(layer.Rows is null ? "" : "<br>%{text}")}<extra>{name}</extra>",
            text = layer.Rows is { } rows ? Enumerable.Range(0, rows.GetLength(0)).Select(y => Enumerable.Range(0, rows.GetLength(1))
                .Select(x => rows[y, x]).ToArray()).ToArray() : null,
            showscale = layer.Color is null,
            colorbar = layer.Color is null ? new { title = new { text = Style.Plain(layer.Value), side = "right" }, thickness = 14, outlinewidth = 0 } : null,
        }, inLegend: false);
    }

    static readonly double?[] Nowhere = [null];

    /// <summary>Lines in the colors of the legend.</summary>
    /// <param name="ground">A wider line under them, which keeps them apart from any stain; null: there is none.</param>
    internal Panel Lines(BorderLines outline, string name, string color, string? ground = null)
    {
        var (x, y) = outline.Lines();
        if (ground is not null)
            Add("scatter", name, color, new { x, y, mode = "lines", line = new { color = ground, width = 3.5 }, hoverinfo = "skip" }, inLegend: false);
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
            zmax = Math.Log10(shown.Max(row => row.Max()) ?? 1),
            colorscale = Style.Amounts,
            showscale = false,
            hoverongaps = false,
            hovertemplate = $"{_xSays}<br>{_ySays}<br>{Style.Plain(name)}: %{{text}}<extra></extra>",
        }, inLegend: false);
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
}
