using System.Text.Json.Nodes;

namespace Patchwise.Tests;

public class FigurePlotlyTests
{
    [Fact]
    public void A_histogram_is_bars_with_their_own_edges() => Same("""
        {"type": "bar", "x": [1, 3, 5], "y": [2, 0, 1], "width": [2, 2, 2], "customdata": [["0", "2"], ["2", "4"], ["4", "6"]],
         "hovertemplate": "area: %{customdata[0]} to %{customdata[1]} px²<br>objects: %{y}<extra>nuclei</extra>",
         "marker": {"color": "#d55e00", "line": {"color": "#ffffff", "width": 0.5}}, "opacity": 1,
         "xaxis": "x", "yaxis": "y", "name": "nuclei", "legendgroup": "nuclei #d55e00", "showlegend": true}
        """, new Figure().Histogram([0, 1, 5, 7], bins: 3, from: 0, to: 6, name: "nuclei", color: "#D55E00").X("area", "px²").Y("objects"));

    [Fact]
    public void Bars_of_two_series_stand_beside_each_other_and_match_by_label()
    {
        var figure = new Figure().Bars(["ADI", "TUM"], [3, 12.5], "true").Bars(["TUM", "LYM"], [4, double.NaN], "found");
        var data = Data(figure);
        Same("""
            {"type": "bar", "x": ["ADI", "TUM"], "y": [3, 12.5], "width": 0.4, "offset": -0.4, "hovertemplate": "%{x}<br>value: %{y}<extra>true</extra>",
             "marker": {"color": "#0072b2"}, "text": ["3", "12.5"], "textposition": "outside", "textangle": 0, "cliponaxis": false,
             "xaxis": "x", "yaxis": "y", "name": "true", "legendgroup": "true #0072b2", "showlegend": true}
            """, data[0]!);
        Same("""
            {"type": "bar", "x": ["TUM", "LYM"], "y": [4, null], "width": 0.4, "offset": 0, "hovertemplate": "%{x}<br>value: %{y}<extra>found</extra>",
             "marker": {"color": "#e69f00"}, "text": ["4", ""], "textposition": "outside", "textangle": 0, "cliponaxis": false,
             "xaxis": "x", "yaxis": "y", "name": "found", "legendgroup": "found #e69f00", "showlegend": true}
            """, data[1]!);
        var layout = Layout(figure);
        Same("""["ADI", "TUM", "LYM"]""", layout["xaxis"]!["categoryarray"]!);
        Assert.Equal(("category", "overlay"), ((string)layout["xaxis"]!["type"]!, (string)layout["barmode"]!));
    }

    [Fact]
    public void Horizontal_bars_run_from_the_top_down()
    {
        var figure = new Figure().Bars(["a", "b"], [1, 2], horizontal: true);
        Same("""
            {"type": "bar", "y": ["a", "b"], "x": [1, 2], "width": 0.8, "offset": -0.4, "hovertemplate": "%{y}<br>value: %{x}<extra></extra>", "marker": {"color": "#0072b2"},
             "orientation": "h", "text": ["1", "2"], "textposition": "outside", "textangle": 0, "cliponaxis": false,
             "xaxis": "x", "yaxis": "y", "name": "", "legendgroup": " #0072b2", "showlegend": false}
            """, figure);
        Same("[1.5, -0.5]", Layout(figure)["yaxis"]!["range"]!);
    }

    [Fact]
    public void A_line_has_gaps_where_values_are_missing() => Same("""
        {"type": "scatter", "mode": "lines+markers", "x": [5, 10, 20, 40], "y": [0.5, null, 0.9, 1],
         "hovertemplate": "magnification: %{x} x<br>SSIM: %{y}<extra>median</extra>",
         "line": {"color": "#009e73", "width": 2.5, "shape": "linear", "dash": "7px,5px"}, "marker": {"color": "#009e73", "size": 8},
         "xaxis": "x", "yaxis": "y", "name": "median", "legendgroup": "median #009e73", "showlegend": true}
        """, new Figure().Line([5, 10, 20, 40], [0.5, double.NaN, 0.9, 1], "median", "#009e73", dashed: true).X("magnification", "x").Y("SSIM"));

    [Fact]
    public void Steps_keep_a_value_until_the_next() => Same("""
        {"type": "scatter", "mode": "lines", "x": [0, 16, 32], "y": [0, 40, 100], "hovertemplate": "x: %{x}<br>y: %{y}<extra></extra>",
         "line": {"color": "#0072b2", "width": 2.5, "shape": "hv", "dash": "solid"},
         "xaxis": "x", "yaxis": "y", "name": "", "legendgroup": " #0072b2", "showlegend": false}
        """, new Figure().Steps([0, 16, 32], [0, 40, 100]));

    [Fact]
    public void An_area_is_an_outline_for_each_run_below_the_line()
    {
        var data = Data(new Figure().Area([1, 2, 3, 4, 5], [10, 20, double.NaN, 30, 40], "share", lower: [1, 2, 3, 4, 5]));
        Same("""
            {"type": "scatter", "mode": "lines", "x": [1, 2, 2, 1, null, 4, 5, 5, 4, null], "y": [10, 20, 2, 1, null, 30, 40, 5, 4, null], "hoverinfo": "skip",
             "line": {"color": "#0072b2", "width": 0}, "fill": "toself", "fillcolor": "rgba(0,114,178,0.25)",
             "xaxis": "x", "yaxis": "y", "name": "share", "legendgroup": "share #0072b2", "showlegend": false}
            """, data[0]!);
        Assert.Equal((true, 5), ((bool)data[1]!["showlegend"]!, data[1]!["y"]!.AsArray().Count));
    }

    [Fact]
    public void Points_carry_their_words() => Same("""
        {"type": "scatter", "mode": "markers", "x": [10, 20], "y": [1, 2], "hovertemplate": "%{text}<br>area: %{x} px²<br>side: %{y} px<extra></extra>",
         "marker": {"color": "#0072b2", "size": 7, "opacity": 0.75}, "text": ["first", "second"],
         "xaxis": "x", "yaxis": "y", "name": "", "legendgroup": " #0072b2", "showlegend": false}
        """, new Figure().Scatter([10, 20], [1, 2], text: ["first", "second"]).X("area", "px²").Y("side", "px"));

    [Fact]
    public void A_heat_map_shows_its_first_row_on_top_and_its_numbers_in_the_cells()
    {
        var figure = new Figure().HeatMap(["ADI", "TUM"], ["true ADI", "true TUM"], new[,] { { 9, 1.25 }, { double.NaN, 1200 } }).X("predicted").Y("true");
        Same("""
            {"type": "heatmap", "x": ["ADI", "TUM"], "y": ["true ADI", "true TUM"], "z": [[9, 1.25], [null, 1200]], "zmin": 0, "zmax": 1200,
             "colorscale": [[0, "#f7fbff"], [0.16666666666666666, "#d6e6f4"], [0.3333333333333333, "#abd0e6"], [0.5, "#6aaed6"], [0.6666666666666666, "#3787c0"], [0.8333333333333334, "#105ba4"], [1, "#08306b"]],
             "xgap": 1, "ygap": 1, "hovertemplate": "true: %{y}<br>predicted: %{x}<br>value: %{z}<extra></extra>", "hoverongaps": false, "showscale": false,
             "text": [["9", "1.25"], ["", "1,200"]], "texttemplate": "%{text}", "xaxis": "x", "yaxis": "y"}
            """, figure);
        Same("[1.5, -0.5]", Layout(figure)["yaxis"]!["range"]!);
    }

    [Fact]
    public void Marked_lines_are_shapes_with_their_label_outside_the_plot()
    {
        var figure = new Figure().Histogram([1, 2, 3], from: 0, to: 4).VerticalLine(2, "64 px", "#d55e00").HorizontalLine(0.5, "half", dashed: true).VerticalLine(9, "beyond");
        var layout = Layout(figure.X("side", "px", 0, 4));
        Same("""
            [{"type": "line", "xref": "x", "yref": "y domain", "x0": 2, "x1": 2, "y0": 0, "y1": 1, "line": {"color": "#d55e00", "width": 2, "dash": "solid"}},
             {"type": "line", "xref": "x domain", "yref": "y", "x0": 0, "x1": 1, "y0": 0.5, "y1": 0.5, "line": {"color": "#333333", "width": 2, "dash": "7px,5px"}}]
            """, layout["shapes"]!);
        Same("""
            {"text": "<span style=\"color:#d55e00\">■</span> 64 px", "showarrow": false, "xref": "x", "yref": "paper", "x": 2, "y": 1, "xanchor": "center", "yanchor": "bottom", "borderpad": 0,
             "font": {"size": 13, "color": "#333333"}, "xshift": 0, "yshift": 2}
            """, layout["annotations"]![0]!);
    }

    [Fact]
    public void Rectangles_are_one_series_of_closed_outlines()
    {
        var data = Data(new Figure().Rectangles([new(0, 0, 4, 2), new(4, 2, 6, 8)], "patches", "#cc79a7", ["a", "b"], fill: 0.3));
        Same("""{"x": [2, 5], "y": [1, 5], "text": ["a", "b"]}""", new JsonObject([.. ((string[])["x", "y", "text"]).Select(key => KeyValuePair.Create(key, data[0]![key]?.DeepClone()))]));
        Same("""
            {"type": "scatter", "mode": "lines", "x": [0, 4, 4, 0, 0, null, 4, 6, 6, 4, 4, null], "y": [0, 0, 2, 2, 0, null, 2, 2, 8, 8, 2, null], "hoverinfo": "skip",
             "line": {"color": "#cc79a7", "width": 2}, "fill": "toself", "fillcolor": "rgba(204,121,167,0.3)",
             "xaxis": "x", "yaxis": "y", "name": "patches", "legendgroup": "patches #cc79a7", "showlegend": true}
            """, data[1]!);
    }

    [Fact]
    public void The_pixels_of_an_image_begin_at_whole_numbers_and_y_runs_down()
    {
        var figure = new Figure().Image(Raster.FromSamples(2, 1, 3, (byte[])[1, 2, 3, 4, 5, 6]), pixel: 4);
        var trace = Data(figure)[0]!;
        Assert.StartsWith("data:image/png;base64,iVBOR", (string)trace["source"]!, StringComparison.Ordinal);
        trace["source"] = "";
        Same("""{"type": "image", "source": "", "x0": 2, "y0": 2, "dx": 4, "dy": 4, "zsmooth": false, "opacity": 1, "hoverinfo": "x+y", "xaxis": "x", "yaxis": "y"}""", trace);
        var layout = Layout(figure);
        Same("[0, 8]", layout["xaxis"]!["range"]!);
        Same("[4, 0]", layout["yaxis"]!["range"]!);
        Assert.Equal("x", (string)layout["yaxis"]!["scaleanchor"]!);
    }

    [Fact]
    public void Cells_are_a_layer_that_the_legend_switches_and_their_words_are_not_read_as_templates()
    {
        var figure = new Figure().Image(new Raster(4, 2, 3)).Cells("%{x}<b>", "tumour & more", "#d55e00", "probability", [0, 1, 4], [0, 2], new[,] { { 0.97f, float.NaN } }, 0.35);
        Same("""
            {"type": "heatmap", "x": [0, 1, 4], "y": [0, 2], "z": [[0.97, null]], "zmin": 0, "zmax": 1, "colorscale": [[0, "#d55e00"], [1, "#d55e00"]], "opacity": 0.35,
             "hovertemplate": "tumour &amp; more<br>probability: %{z}<extra>%&#123;x}&lt;b&gt;</extra>", "hoverongaps": false, "showscale": false,
             "xaxis": "x", "yaxis": "y", "name": "%&#123;x}&lt;b&gt;", "legendgroup": "%&#123;x}&lt;b&gt; #d55e00", "showlegend": true}
            """, Data(figure)[1]!);
        Assert.True((bool)Layout(figure)["showlegend"]!);
        var scaled = new Figure().Image(new Raster(4, 2, 3)).Cells("tumour", "tumour", null, "probability", [0, 1, 4], [0, 2], new[,] { { 0.97f, 0f } }, 1);
        var trace = Data(scaled)[1]!;
        Assert.Equal((true, false, 9, "#0a2a6b"), ((bool)trace["showscale"]!, (bool)trace["showlegend"]!, trace["colorscale"]!.AsArray().Count, (string)trace["colorscale"]![0]![1]!));
        Assert.Equal("probability", (string)trace["colorbar"]!["title"]!["text"]!);
    }

    [Fact]
    public void Axes_have_title_unit_limits_and_ticks()
    {
        var layout = Layout(new Figure("A <title> & more").Line([5, 40], [1, 1000]).X("magnification", "x", 0, 40, ticks: [5, 20, 40, 60]).Y("count", from: 1, to: 1000, log: true));
        Same("""
            {"type": "linear", "anchor": "y", "domain": [0, 1], "range": [0, 40], "title": {"text": "magnification (x)", "font": {"size": 14}, "standoff": 4}, "showgrid": true,
             "zeroline": false, "showline": true, "ticks": "outside", "automargin": false, "linecolor": "#9aa3ad", "mirror": false, "gridcolor": "#e3e6ea", "tickcolor": "#9aa3ad",
             "tickmode": "array", "tickvals": [5, 20, 40], "ticktext": ["5", "20", "40"]}
            """, layout["xaxis"]!);
        Assert.Equal("log", (string)layout["yaxis"]!["type"]!);
        Same("[0, 3]", layout["yaxis"]!["range"]!);
        Assert.Equal("<b>A &lt;title&gt; &amp; more</b>", (string)layout["title"]!["text"]!);
    }

    [Fact]
    public void Panels_have_axes_of_their_own_and_one_legend_entry_a_series()
    {
        static Figure Panel(string title) => new Figure(title).Line([1, 2], [1, 2], "kept").X("x");
        var figure = Figure.SideBySide([Panel("first"), Panel("second"), Panel("third")], columns: 2);
        var (data, layout) = (Data(figure), Layout(figure));
        Assert.Equal(["x", "x2", "x3"], data.Select(trace => (string)trace!["xaxis"]!));
        Assert.Equal([true, false, false], data.Select(trace => (bool)trace!["showlegend"]!));
        Assert.Equal(["<b>first</b>", "<b>second</b>", "<b>third</b>"], layout["annotations"]!.AsArray().Select(note => (string)note!["text"]!));
        var (left, right) = (layout["xaxis"]!["domain"]!, layout["xaxis2"]!["domain"]!);
        Assert.True((double)left[1]! < (double)right[0]!);
        Assert.True((double)layout["yaxis3"]!["domain"]![1]! < (double)layout["yaxis"]!["domain"]![0]!);
    }

    [Fact]
    public void The_chart_stands_where_the_static_drawing_has_it()
    {
        var figure = Figure.SideBySide([new Figure("a").Histogram([1, 2, 3]), new Figure("b").Bars(["x"], [12345])], "title");
        var (placed, layout) = (new FigureLayout(figure), Layout(figure));
        double Number(string name) => (double)layout["margin"]![name]!;
        var (width, height) = ((double)layout["width"]! - Number("l") - Number("r"), (double)layout["height"]! - Number("t") - Number("b"));
        foreach (var (i, panel) in placed.Panels.Index())
        {
            var (x, y) = (layout[i == 0 ? "xaxis" : "xaxis2"]!["domain"]!, layout[i == 0 ? "yaxis" : "yaxis2"]!["domain"]!);
            Assert.Equal(panel.Left, Number("l") + (double)x[0]! * width, 0.05);
            Assert.Equal(panel.Right, Number("l") + (double)x[1]! * width, 0.05);
            Assert.Equal(panel.Bottom, (double)layout["height"]! - Number("b") - (double)y[0]! * height, 0.05);
            Assert.Equal(panel.Top, (double)layout["height"]! - Number("b") - (double)y[1]! * height, 0.05);
        }
    }

    [Fact]
    public void No_button_of_the_chart_leads_to_a_server_and_no_label_is_read_as_a_formula() => Same("""
        {"displaylogo": false, "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d", "toImage"]], "typesetMath": false, "responsive": false}
        """, JsonNode.Parse(new Figure().ToPlotly())!["config"]!);

    static JsonArray Data(Figure figure) => JsonNode.Parse(figure.ToPlotly())!["data"]!.AsArray();

    static JsonObject Layout(Figure figure) => JsonNode.Parse(figure.ToPlotly())!["layout"]!.AsObject();

    static void Same(string expected, Figure figure) => Same(expected, Assert.Single(Data(figure))!);

    static void Same(string expected, JsonNode found) =>
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), found.ToJsonString());
}
