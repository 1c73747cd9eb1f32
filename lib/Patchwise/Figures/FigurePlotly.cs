using System.Text.Json.Nodes;

namespace Patchwise;

/// <summary>
/// The figure for plotly.js, placed as in the static drawing. Bars carry their own widths and offsets, so that panels of grouped bars and of overlaid histograms
/// stand in one figure (plotly.js has one bar mode for all).
/// </summary>
static class FigurePlotly
{
    internal static string Json(Figure figure)
    {
        var layout = new FigureLayout(figure);
        var (data, shapes, notes, images) = (new JsonArray(), new JsonArray(), new JsonArray(), new JsonArray());
        var page = new Page(layout);
        var plotly = page.Layout(figure);
        HashSet<(string, string)> named = [];
        foreach (var (i, at) in layout.Panels.Index())
        {
            var (xAxis, yAxis) = (i == 0 ? "x" : $"x{i + 1}", i == 0 ? "y" : $"y{i + 1}");
            plotly[xAxis.Insert(1, "axis")] = page.Axis(at, isX: true, yAxis);
            plotly[yAxis.Insert(1, "axis")] = page.Axis(at, isX: false, xAxis);
            var bars = at.Panel.Marks.OfType<BarsMark>().ToArray();
            foreach (var (mark, color) in at.Panel.Colored())
            {
                JsonObject[] traces = mark switch
                {
                    BinsMark bins => [Bins(at, bins, color)],
                    BarsMark one => [Bars(at, one, color, Array.IndexOf(bars, one), bars.Length)],
                    CurveMark curve => Curve(at, curve, color),
                    PointsMark points => [Points(at, points, color)],
                    HeatMark heat => [Heat(at, heat)],
                    BoxesMark boxes => Boxes(boxes, color),
                    ImageMark image => [Image(image)],
                    CellsMark cells => [Cells(cells)],
                    _ => [],
                };
                foreach (var (part, trace) in traces.Index())
                {
                    (trace["xaxis"], trace["yaxis"]) = (xAxis, yAxis);
                    if (mark is not (HeatMark or ImageMark))
                    {
                        trace["name"] = Text(mark.Name);
                        trace["legendgroup"] = $"{Text(mark.Name)} {color}";
                        trace["showlegend"] = part == traces.Length - 1 && mark.Name is not "" && mark is not CellsMark { Color: null } && named.Add((mark.Name, color));
                    }
                    data.Add(trace);
                }
                if (mark is RuleMark rule && (rule.Vertical ? at.X : at.Y).Holds(rule.At))
                    shapes.Add(Rule(rule, color, xAxis, yAxis));
            }
            page.Notes(at, xAxis, notes);
        }
        plotly["shapes"] = shapes;
        plotly["annotations"] = notes;
        var root = new JsonObject
        {
            ["data"] = data,
            ["layout"] = plotly,
            // The buttons are named because the usual set holds one that sends the data to a server.
            // typesetMath off: a label with two dollar signs is no formula, though MathJax is on many notebook pages.
            ["config"] = new JsonObject
            {
                ["displaylogo"] = false,
                ["modeBarButtons"] = new JsonArray(new JsonArray("zoom2d", "pan2d", "resetScale2d", "toImage")),
                ["typesetMath"] = false,
                ["responsive"] = false,
            },
        };
        return root.ToJsonString();
    }

    /// <summary>plotly.js reads a little HTML in texts, and in names and hover texts the places of variables; ours is plain.</summary>
    static string Text(string plain) => plain.Replace("&", "&amp;", StringComparison.Ordinal).Replace("%{", "%&#123;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(Number)]);

    static JsonArray Texts(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)Text(value))]);

    /// <summary>A hover line "title: value unit".</summary>
    static string Says(Axis axis, string otherwise, string value) =>
        $"{Text(axis.Title is "" ? otherwise : axis.Title)}: {value}{(axis.Unit is "" ? "" : $" {Text(axis.Unit)}")}";

    static JsonObject Bins(PanelLayout at, BinsMark bins, string color)
    {
        var parts = bins.Counts.Index().ToArray();
        return new()
        {
            ["type"] = "bar",
            ["x"] = Numbers(parts.Select(part => (bins.Edges[part.Index] + bins.Edges[part.Index + 1]) / 2)),
            ["y"] = Numbers(bins.Counts.Select(count => (double)count)),
            ["width"] = Numbers(parts.Select(part => bins.Edges[part.Index + 1] - bins.Edges[part.Index])),
            ["customdata"] = new JsonArray([.. parts.Select(part => new JsonArray(Ticks.Text(bins.Edges[part.Index]), Ticks.Text(bins.Edges[part.Index + 1])))]),
            ["hovertemplate"] = $"{Says(at.Panel.X, "from", "%{customdata[0]} to %{customdata[1]}")}<br>{Says(at.Panel.Y, "count", "%{y}")}<extra>{Text(bins.Name)}</extra>",
            ["marker"] = new JsonObject { ["color"] = color, ["line"] = new JsonObject { ["color"] = "#ffffff", ["width"] = 0.5 } },
            ["opacity"] = at.Panel.Marks.Count(mark => mark is BinsMark) == 1 ? 1 : 0.6,
        };
    }

    static JsonObject Bars(PanelLayout at, BarsMark bars, string color, int place, int count)
    {
        var trace = new JsonObject
        {
            ["type"] = "bar",
            [bars.Horizontal ? "y" : "x"] = Texts(bars.Labels),
            [bars.Horizontal ? "x" : "y"] = Numbers(bars.Values),
            ["width"] = BarPlace.Width(count),
            ["offset"] = BarPlace.Offset(place, count),
            ["hovertemplate"] = bars.Horizontal
                ? $"%{{y}}<br>{Says(at.Panel.X, "value", "%{x}")}<extra>{Text(bars.Name)}</extra>"
                : $"%{{x}}<br>{Says(at.Panel.Y, "value", "%{y}")}<extra>{Text(bars.Name)}</extra>",
            ["marker"] = new JsonObject { ["color"] = color },
        };
        if (bars.Horizontal)
            trace["orientation"] = "h";
        if (BarPlace.Labelled(at))
        {
            trace["text"] = Texts(bars.Values.Select(value => double.IsNaN(value) ? "" : Ticks.Short(value)));
            trace["textposition"] = "outside";
            trace["textangle"] = 0;
            trace["cliponaxis"] = false;
        }
        return trace;
    }

    static JsonObject[] Curve(PanelLayout at, CurveMark curve, string color)
    {
        // A point with gaps on both sides has no line to be seen by.
        var dots = curve.Markers || Runs.Of(curve).Any(run => run.Count == 1);
        var line = new JsonObject
        {
            ["type"] = "scatter",
            ["mode"] = dots ? "lines+markers" : "lines",
            ["x"] = Numbers(curve.X),
            ["y"] = Numbers(curve.Y),
            ["hovertemplate"] = $"{Says(at.Panel.X, "x", "%{x}")}<br>{Says(at.Panel.Y, "y", "%{y}")}<extra>{Text(curve.Name)}</extra>",
            ["line"] = new JsonObject { ["color"] = color, ["width"] = 2.5, ["shape"] = curve.Step ? "hv" : "linear", ["dash"] = curve.Dashed ? "7px,5px" : "solid" },
        };
        if (dots)
            line["marker"] = new JsonObject { ["color"] = color, ["size"] = 8 };
        if (curve.Lower is null)
            return [line];
        // The inside of each run as a closed outline, with gaps between runs.
        var runs = Runs.Of(curve).Select(run => Runs.Outline(run).Append((X: double.NaN, Y: double.NaN))).SelectMany(points => points).ToArray();
        return [Outline(runs, color, 0, 0.25), line];
    }

    static JsonObject Outline(IReadOnlyList<(double X, double Y)> points, string color, double width, double fill)
    {
        var trace = new JsonObject
        {
            ["type"] = "scatter",
            ["mode"] = "lines",
            ["x"] = Numbers(points.Select(point => point.X)),
            ["y"] = Numbers(points.Select(point => point.Y)),
            ["hoverinfo"] = "skip",
            ["line"] = new JsonObject { ["color"] = color, ["width"] = width },
        };
        if (fill > 0)
            (trace["fill"], trace["fillcolor"]) = ("toself", Palette.Faint(color, fill));
        return trace;
    }

    static JsonObject Points(PanelLayout at, PointsMark points, string color)
    {
        var trace = new JsonObject
        {
            ["type"] = "scatter",
            ["mode"] = "markers",
            ["x"] = Numbers(points.X),
            ["y"] = Numbers(points.Y),
            ["hovertemplate"] = $"{(points.Text is null ? "" : "%{text}<br>")}{Says(at.Panel.X, "x", "%{x}")}<br>{Says(at.Panel.Y, "y", "%{y}")}<extra>{Text(points.Name)}</extra>",
            ["marker"] = new JsonObject { ["color"] = color, ["size"] = FigureSvg.PointSize(points), ["opacity"] = 0.75 },
        };
        if (points.Text is not null)
            trace["text"] = Texts(points.Text);
        return trace;
    }

    static JsonObject Heat(PanelLayout at, HeatMark heat)
    {
        JsonArray Rows(Func<int, int, JsonNode?> cell) =>
            new([.. Enumerable.Range(0, heat.YLabels.Length).Select(y => (JsonNode)new JsonArray([.. Enumerable.Range(0, heat.XLabels.Length).Select(x => cell(y, x))]))]);
        var trace = new JsonObject
        {
            ["type"] = "heatmap",
            ["x"] = Texts(heat.XLabels),
            ["y"] = Texts(heat.YLabels),
            ["z"] = Rows((y, x) => Number(heat.Values[y, x])),
            ["zmin"] = heat.From,
            ["zmax"] = heat.To,
            ["colorscale"] = Scale(Palette.Scale),
            ["xgap"] = 1,
            ["ygap"] = 1,
            ["hovertemplate"] = $"{Says(at.Panel.Y, "row", "%{y}")}<br>{Says(at.Panel.X, "column", "%{x}")}<br>{Text(heat.Name is "" ? "value" : heat.Name)}: %{{z}}<extra></extra>",
            ["hoverongaps"] = false,
            ["showscale"] = heat.Text is null,
        };
        if (heat.Text is not null)
        {
            trace["text"] = Rows((y, x) => Text(heat.Text[y, x]));
            trace["texttemplate"] = "%{text}";
        }
        else
            trace["colorbar"] = ColorBar(heat.Name);
        return trace;
    }

    static JsonObject[] Boxes(BoxesMark boxes, string color)
    {
        var corners = boxes.Boxes.SelectMany(box => ((double, double)[])
            [(box.X0, box.Y0), (box.X1, box.Y0), (box.X1, box.Y1), (box.X0, box.Y1), (box.X0, box.Y0), (double.NaN, double.NaN)]).ToArray();
        var outline = Outline(corners, color, 2, boxes.Fill);
        if (boxes.Text is null)
            return [outline];
        // Points that are not seen carry the words.
        return
        [
            new()
            {
                ["type"] = "scatter",
                ["mode"] = "markers",
                ["x"] = Numbers(boxes.Boxes.Select(box => (box.X0 + box.X1) / 2)),
                ["y"] = Numbers(boxes.Boxes.Select(box => (box.Y0 + box.Y1) / 2)),
                ["text"] = Texts(boxes.Text),
                ["hovertemplate"] = $"%{{text}}<extra>{Text(boxes.Name)}</extra>",
                ["marker"] = new JsonObject { ["color"] = color, ["opacity"] = 0, ["size"] = 12 },
            },
            outline,
        ];
    }

    static JsonObject Cells(CellsMark cells)
    {
        var (height, width) = (cells.Values.GetLength(0), cells.Values.GetLength(1));
        var trace = new JsonObject
        {
            ["type"] = "heatmap",
            ["x"] = Numbers(cells.X),
            ["y"] = Numbers(cells.Y),
            ["z"] = new JsonArray([.. Enumerable.Range(0, height).Select(y => (JsonNode)Numbers(Enumerable.Range(0, width).Select(x => Math.Round((double)cells.Values[y, x], 3))))]),
            ["zmin"] = 0,
            ["zmax"] = 1,
            ["colorscale"] = Scale(cells.Color is { } color ? [color, color] : Palette.Heat),
            ["opacity"] = cells.Opacity,
            ["hovertemplate"] = $"{Text(cells.Title)}{(cells.Value is "" ? "" : $"<br>{Text(cells.Value)}: %{{z}}")}<extra>{Text(cells.Name)}</extra>",
            ["hoverongaps"] = false,
            ["showscale"] = cells.Color is null,
        };
        if (cells.Color is null)
            trace["colorbar"] = ColorBar(cells.Value);
        return trace;
    }

    static JsonObject ColorBar(string name) =>
        new() { ["title"] = new JsonObject { ["text"] = Text(name), ["side"] = "right" }, ["thickness"] = 14, ["outlinewidth"] = 0 };

    static JsonArray Scale(string[] colors) => new([.. colors.Index().Select(step => new JsonArray(step.Index / (colors.Length - 1.0), step.Item))]);

    // The trace puts pixel centres at whole numbers; ours cover x..x+1.
    static JsonObject Image(ImageMark image) => new()
    {
        ["type"] = "image",
        ["source"] = SvgImage.DataUri(image.Image),
        ["x0"] = image.Pixel / 2,
        ["y0"] = image.Pixel / 2,
        ["dx"] = image.Pixel,
        ["dy"] = image.Pixel,
        ["zsmooth"] = false,
        ["opacity"] = image.Opacity,
        ["hoverinfo"] = "x+y",
    };

    static JsonObject Rule(RuleMark rule, string color, string xAxis, string yAxis) => new()
    {
        ["type"] = "line",
        ["xref"] = rule.Vertical ? xAxis : $"{xAxis} domain",
        ["yref"] = rule.Vertical ? $"{yAxis} domain" : yAxis,
        ["x0"] = rule.Vertical ? rule.At : 0,
        ["x1"] = rule.Vertical ? rule.At : 1,
        ["y0"] = rule.Vertical ? 0 : rule.At,
        ["y1"] = rule.Vertical ? 1 : rule.At,
        ["line"] = new JsonObject { ["color"] = color, ["width"] = 2, ["dash"] = rule.Dashed ? "7px,5px" : "solid" },
    };

    /// <summary>Turns px of the layout into the shares of the plotting area that plotly.js counts in.</summary>
    sealed class Page(FigureLayout layout)
    {
        readonly double _left = layout.Panels.Min(panel => panel.Left), _right = layout.Panels.Max(panel => panel.Right);
        readonly double _top = layout.Panels.Min(panel => panel.Top), _bottom = layout.Panels.Max(panel => panel.Bottom);

        double X(double px) => Math.Round((px - _left) / (_right - _left), 5);

        double Y(double px) => Math.Round((_bottom - px) / (_bottom - _top), 5);

        internal JsonObject Layout(Figure figure)
        {
            var plotly = new JsonObject
            {
                ["width"] = layout.Width,
                ["height"] = layout.Height,
                ["margin"] = new JsonObject { ["l"] = Px(_left), ["r"] = Px(layout.Width - _right), ["t"] = Px(_top), ["b"] = Px(layout.Height - _bottom), ["pad"] = 0, ["autoexpand"] = false },
                ["font"] = new JsonObject { ["family"] = SvgText.Fonts, ["size"] = FigureLayout.TickSize, ["color"] = Palette.Ink },
                ["paper_bgcolor"] = "#ffffff",
                ["plot_bgcolor"] = "#ffffff",
                ["hovermode"] = "closest",
                ["showlegend"] = layout.Legend.Length > 0,
            };
            if (figure.Panels.Any(panel => panel.Marks.Any(mark => mark is BinsMark or BarsMark)))
                plotly["barmode"] = "overlay";
            if (layout.Legend.Length > 0)
                plotly["legend"] = new JsonObject { ["orientation"] = "h", ["x"] = X(0), ["xanchor"] = "left", ["y"] = Y(layout.LegendTop - 4), ["yanchor"] = "top", ["tracegroupgap"] = 0, ["bgcolor"] = "rgba(0,0,0,0)", ["itemsizing"] = "constant" };
            if (layout.Title.Length > 0)
                plotly["title"] = new JsonObject
                {
                    ["text"] = $"<b>{string.Join("<br>", layout.Title.Select(Text))}</b>",
                    ["font"] = new JsonObject { ["size"] = FigureLayout.TitleSize },
                    ["x"] = Math.Round(FigureLayout.Margin / layout.Width, 5),
                    ["xanchor"] = "left",
                    ["xref"] = "container",
                    // plotly.js lowers a title of one line by the height of its capitals, one of several not.
                    ["y"] = Math.Round(1 - (12 + (layout.Title.Length > 1 ? 0.7 * FigureLayout.TitleSize : 0)) / layout.Height, 5),
                    ["yanchor"] = "top",
                    ["yref"] = "container",
                };
            return plotly;
        }

        internal JsonObject Axis(PanelLayout at, bool isX, string other)
        {
            var (view, axis, panel) = (isX ? at.X : at.Y, isX ? at.Panel.X : at.Panel.Y, at.Panel);
            double At(double value) => Math.Round(view.Log ? Math.Log10(value) : value, 10);
            var (grid, outside) = (view.Labels is null && !panel.IsHeat && !panel.IsImage, view.Labels is null && isX);
            var json = new JsonObject
            {
                ["type"] = view.Labels is not null ? "category" : view.Log ? "log" : "linear",
                ["anchor"] = other,
                ["domain"] = isX ? new JsonArray(X(at.Left), X(at.Right)) : new JsonArray(Y(at.Bottom), Y(at.Top)),
                ["range"] = new JsonArray(At(view.Start), At(view.End)),
                ["title"] = new JsonObject { ["text"] = Text(axis.Text), ["font"] = new JsonObject { ["size"] = FigureLayout.AxisSize }, ["standoff"] = isX ? 4 : 10 },
                ["showgrid"] = grid,
                ["zeroline"] = false,
                ["showline"] = !panel.IsHeat,
                ["ticks"] = outside ? "outside" : "",
                ["automargin"] = false,
            };
            if (!panel.IsHeat)
                (json["linecolor"], json["mirror"]) = (Palette.Frame, panel.IsImage);
            if (grid)
                json["gridcolor"] = Palette.Grid;
            if (outside)
                json["tickcolor"] = Palette.Frame;
            else
                json["ticklabelstandoff"] = 4;
            if (view.Labels is not null)
            {
                json["categoryorder"] = "array";
                json["categoryarray"] = Texts(view.Labels);
                json["tickangle"] = isX && at.Slanted ? -35 : 0;
                json["tickmode"] = "array";
                json["tickvals"] = Texts(view.Labels);
                json["ticktext"] = Texts(view.Labels.Select(label => TextWidth.Cut(label, isX ? at.Slanted ? 150 : at.Width : 200, FigureLayout.TickSize)));
            }
            else if (axis.Ticks is not null || view.Log)
            {
                json["tickmode"] = "array";
                json["tickvals"] = Numbers(view.Ticks.Select(tick => tick.At));
                json["ticktext"] = Texts(view.Ticks.Select(tick => tick.Text));
            }
            else
            {
                json["nticks"] = view.Ticks.Length + 1;
                json["separatethousands"] = true;
                json["exponentformat"] = "power";
                json["minexponent"] = 8;
            }
            if (panel.IsImage && !isX)
            {
                json["scaleanchor"] = other;
                json["constrain"] = "domain";
            }
            return json;
        }

        /// <summary>Titles of panels, labels of lines and remarks, as annotations.</summary>
        internal void Notes(PanelLayout at, string xAxis, JsonArray notes)
        {
            if (at.Panel.Title is not "")
                notes.Add(Note($"<b>{Text(at.Panel.Title)}</b>", X(at.Left), Y(at.TitleAt + 4), "left", "bottom", FigureLayout.PanelTitleSize));
            foreach (var (rule, text, color, row, centre) in at.Above)
            {
                // Anchored to the line, so that it follows when the reader zooms; moved as in the static drawing.
                var note = Note(Marked(text, color), 0, Y(at.Top), "center", "bottom", FigureLayout.TickSize);
                note["xref"] = xAxis;
                note["x"] = at.X.Log ? Math.Log10(rule.At) : rule.At;
                note["xshift"] = Px(centre - at.PxX(rule.At));
                note["yshift"] = 2 + row * FigureLayout.Row;
                notes.Add(note);
            }
            foreach (var (rule, text, color, x, y) in FigureSvg.HorizontalLabels(at))
            {
                var note = Note(Marked(text, color), X(x + TextWidth.Of(text, FigureLayout.TickSize)), 0, "right", "bottom", FigureLayout.TickSize);
                note["yref"] = xAxis.Replace('x', 'y');
                note["y"] = at.Y.Log ? Math.Log10(rule.At) : rule.At;
                note["yshift"] = Px(at.PxY(rule.At) - y - 4);
                note["bgcolor"] = "rgba(255,255,255,0.8)";
                notes.Add(note);
            }
            if (FigureSummary.Outside(at.Panel) is { } outside)
                notes.Add(Note(Text(outside), X(at.Right), Y(at.XTitleAt + (at.Panel.X.Text is "" ? 0 : FigureLayout.Row + 2) + 4), "right", "bottom", FigureLayout.TickSize - 1, Palette.Muted));
            if (FigureSvg.IsEmpty(at.Panel))
                notes.Add(Note("no data", X(at.Left + at.Width / 2), Y(at.Top + at.Height / 2), "center", "middle", FigureLayout.AxisSize, Palette.Muted));
        }

        static string Marked(string label, string color) => color == Palette.Ink ? Text(label) : $"<span style=\"color:{color}\">■</span> {Text(label)}";

        static JsonObject Note(string text, double x, double y, string xAnchor, string yAnchor, double size, string color = Palette.Ink) => new()
        {
            ["text"] = text,
            ["showarrow"] = false,
            ["xref"] = "paper",
            ["yref"] = "paper",
            ["x"] = x,
            ["y"] = y,
            ["xanchor"] = xAnchor,
            ["yanchor"] = yAnchor,
            ["borderpad"] = 0,
            ["font"] = new JsonObject { ["size"] = size, ["color"] = color },
        };

        static double Px(double px) => Math.Round(px, 2);
    }
}
