using Plotly.NET;

namespace Patchwise.Tests;

public class PanelTests
{
    static Panel Plain(string title = "") => new Panel(title).X("side", "px", 0, 100).Y("objects");

    [Fact]
    public void Long_names_that_begin_alike_are_told_apart()
    {
        const string Begins = "Adenocarcinoma with mucin, ";
        Assert.Equal(["Adenocarcinom…ade 1, stage 2", "Adenocarcinom…ade 2, stage 2", "short", "A name of its own that is t…"], Panel.Cut(
            [Begins + "grade 1, stage 2", Begins + "grade 2, stage 2", "short", "A name of its own that is too long"]));
    }

    [Fact]
    public void Each_value_is_counted_once_in_the_bin_whose_edges_hold_it()
    {
        var random = new Random(5);
        double[] values = [0, 0.3, 0.6, 0.9, 1, .. Enumerable.Range(0, 500).Select(_ => Math.Round(random.NextDouble(), 1))];
        var bars = Shown.Traces(new Panel("").X("x", "", 0, 0.9).Y("y").Histogram(values, 3, 0, 0.9).ToChart())[0];
        foreach (var (count, edges) in Shown.Numbers(bars["y"]).Zip(bars["customdata"]!.AsArray().Select(pair => Shown.Numbers(pair))))
            Assert.Equal(values.Count(value => value >= edges[0] && (value < edges[1] || value == 0.9 && edges[1] == 0.9)), count);
    }

    [Fact]
    public void A_line_has_gaps_where_values_are_missing_and_series_take_the_colors_in_turn()
    {
        var chart = Plain().Line([1, 2, 3], [4, double.NaN, 6], "first").Line([1], [2], "second", dashed: true, markers: true).ToChart();
        var traces = Shown.Traces(chart);
        Assert.Equal([4, double.NaN, 6], Shown.Numbers(traces[0]["y"]));
        Assert.Equal(["#0072b2", "#e69f00"], traces.Select(trace => (string)trace["line"]!["color"]!));
        Assert.Equal("side: %{x:,.3~r} px<br>objects: %{y:,}<extra>first</extra>", (string)traces[0]["hovertemplate"]!);
        Assert.True((bool)Shown.Json(chart)["layout"]!["showlegend"]!);
    }

    [Theory]
    [InlineData(new double[] { 50, 51, 52, 53 }, 4)]
    [InlineData(new double[] { 10, 40, 70, 95 }, 2)]
    [InlineData(new double[] { 0, 1, 99, 100 }, 2)]
    public void Labels_of_marked_lines_touch_no_other_and_stay_on_the_page(double[] at, int rows)
    {
        var panel = Plain();
        foreach (var x in at)
            panel.VerticalLine(x, FormattableString.Invariant($"{x} px patch"), "#d55e00");
        var layout = Shown.Json(panel.ToChart())["layout"]!;
        var width = (double)layout["width"]! - (double)layout["margin"]!["l"]! - (double)layout["margin"]!["r"]!;
        var placed = layout["annotations"]!.AsArray()
            .Select(note => (Middle: (double)note!["x"]! / 100 * width + (double)note["xshift"]!, Up: (double)note["yshift"]!)).ToArray();
        Assert.Equal(rows, placed.Select(label => label.Up).Distinct().Count());
        var half = Style.Width("100 px patch") / 2;
        foreach (var (i, label) in placed.Index())
        {
            Assert.All(placed.Skip(i + 1).Where(other => other.Up == label.Up),
                other => Assert.True(Math.Abs(other.Middle - label.Middle) > 2 * half, $"{label} and {other}"));
            Assert.InRange(label.Middle, half - 70, width + 24 - half + 1);
            Assert.InRange(label.Up + 18, 0, (double)layout["margin"]!["t"]!);
        }
        Assert.All(layout["annotations"]!.AsArray(), note =>
            Assert.StartsWith("<span style=\"color:#d55e00\">■</span> ", (string)note!["text"]!, StringComparison.Ordinal));
    }

    [Fact]
    public void Panels_beside_each_other_have_axes_of_their_own_and_one_legend_entry_a_series()
    {
        static GenericChart Of(string title) => Plain(title).Line([1, 2], [1, 2], "kept").VerticalLine(50, "64 px").HorizontalLine(2, "target").ToChart();
        var chart = Charts.SideBySide([Of("first"), Of("second"), Of("third")], "all", columns: 2);
        var layout = Shown.Json(chart)["layout"]!;
        Assert.Equal(["x", "x2", "x3"], Shown.Traces(chart).Select(trace => (string)trace["xaxis"]!));
        Assert.Equal([true, false, false], Shown.Traces(chart).Select(trace => (bool)trace["showlegend"]!));
        Assert.Equal(["x", "x domain", "x2", "x2 domain", "x3", "x3 domain"], layout["shapes"]!.AsArray().Select(shape => (string)shape!["xref"]!));
        Assert.Equal(["y domain", "y", "y2 domain", "y2", "y3 domain", "y3"], layout["shapes"]!.AsArray().Select(shape => (string)shape!["yref"]!));
        foreach (var title in (string[])["first", "second", "third"])
            Assert.Single(layout["annotations"]!.AsArray(), note => (string)note!["text"]! == $"<b>{title}</b>");
        Assert.True((double)layout["xaxis"]!["domain"]![1]! < (double)layout["xaxis2"]!["domain"]![0]!);
        Assert.True((double)layout["yaxis3"]!["domain"]![1]! < (double)layout["yaxis"]!["domain"]![0]!);
        Assert.All(Enumerable.Range(1, 3), i => Assert.All((string[])["x", "y"],
            axis => Assert.All(Shown.Numbers(layout[$"{axis}axis{(i == 1 ? "" : i)}"]!["domain"]), end => Assert.InRange(end, -1e-9, 1 + 1e-9))));
        Assert.Equal("<b>all</b>", (string)layout["title"]!["text"]!);
        // What was put together is as it was.
        Assert.Equal(ChartPage.Json(Of("first")), ChartPage.Json(Of("first")));
        Assert.Contains("no charts", Assert.Throws<BadInputException>(() => Charts.SideBySide([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pixels_of_an_image_begin_at_whole_numbers_and_y_runs_down()
    {
        var chart = new Panel("").Image(Raster.FromSamples(2, 1, 3, (byte[])[1, 2, 3, 4, 5, 6]), 4, "px", 1).ToChart();
        var (trace, layout) = (Shown.Traces(chart)[0], Shown.Json(chart)["layout"]!);
        Assert.StartsWith("data:image/png;base64,iVBOR", (string)trace["source"]!, StringComparison.Ordinal);
        Assert.Equal((2, 2, 4, 4), ((double)trace["x0"]!, (double)trace["y0"]!, (double)trace["dx"]!, (double)trace["dy"]!));
        Assert.Equal([0, 8, 4, 0], [.. Shown.Numbers(layout["xaxis"]!["range"]), .. Shown.Numbers(layout["yaxis"]!["range"])]);
        Assert.Equal(("x", "domain"), ((string)layout["yaxis"]!["scaleanchor"]!, (string)layout["yaxis"]!["constrain"]!));
    }

    [Fact]
    public void A_chart_is_restyled_with_the_functions_of_plotly_net_and_keeps_what_they_leave()
    {
        var layout = new Layout();
        layout.SetProperty("height", 900);
        var restyled = GenericChart.addLayout(layout, Plain("Sides").Histogram([1, 2, 3], 3, 0, 3).ToChart());
        Assert.Equal(900, (double)Shown.Json(restyled)["layout"]!["height"]!);
        Assert.Equal([0, 100], Shown.Numbers(Shown.Json(restyled)["layout"]!["xaxis"]!["range"]));
    }
}
