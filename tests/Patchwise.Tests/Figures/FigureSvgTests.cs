using System.Globalization;

namespace Patchwise.Tests;

public class FigureSvgTests
{
    const string Hostile = "<script>alert('1')</script> & \"q\" </svg> ]]> 😀 \u0001 \ud800";

    [Fact]
    public void The_height_of_a_bar_is_its_share_of_the_axis()
    {
        var svg = Drawing.Of(new Figure().Bars(["a", "b", "c"], [10, 40, 25], color: "#123456").Y("count", from: 0, to: 50).ToSvg());
        var bars = svg.All("rect").Where(rect => rect.Say("fill") is "#123456").ToArray();
        var zero = svg.Text("0").Number("y");
        var fifty = svg.Text("50").Number("y");
        Assert.Equal([10, 40, 25], bars.Select(bar => bar.Number("height") / (zero - fifty) * 50), (a, b) => Math.Abs(a - b) < 0.01);
        // The number is written just above its bar.
        Assert.Equal(bars.Select(bar => bar.Number("y") - 5), ((string[])["10", "40", "25"]).Select(count => svg.All("text").Last(text => text.Value == count && text.Say("text-anchor") is "middle").Number("y")), (a, b) => Math.Abs(a - b) < 0.02);
        // Each name stands under the middle of its bar.
        Assert.Equal(bars.Select(bar => bar.Number("x") + bar.Number("width") / 2), ((string[])["a", "b", "c"]).Select(name => svg.Text(name).Number("x")), (a, b) => Math.Abs(a - b) < 0.02);
    }

    [Fact]
    public void The_bars_of_a_histogram_reach_from_edge_to_edge_and_their_areas_are_the_counts()
    {
        var random = new Random(5);
        double[] values = [.. Enumerable.Range(0, 500).Select(_ => random.NextDouble() * 80)];
        var svg = Drawing.Of(new Figure().Histogram(values, 20, 0, 80, color: "#123456").X("side", "px").Y("objects").ToSvg());
        var bars = svg.All("rect").Where(rect => rect.Say("fill") is "#123456").ToArray();
        var below = svg.All("text").Where(text => text.Say("text-anchor") is "middle").ToArray();
        var (left, right, top) = (below.Single(text => text.Value is "20").Number("x"), below.Single(text => text.Value is "60").Number("x"), svg.All("text").Where(text => text.Say("text-anchor") is "end").ToArray());
        var px = (right - left) / 40;
        Assert.Equal(20, bars.Length);
        Assert.All(bars.Index(), bar => Assert.Equal(left + (bar.Index * 4 - 20) * px, bar.Item.Number("x"), 0.02));
        Assert.All(bars, bar => Assert.Equal(4 * px, bar.Number("width"), 0.02));
        var unit = (top.Single(text => text.Value is "0").Number("y") - top.Single(text => text.Value is "20").Number("y")) / 20;
        Assert.Equal(Enumerable.Range(0, 20).Select(bin => (double)values.Count(value => value >= bin * 4 && value < bin * 4 + 4)), bars.Select(bar => Math.Round(bar.Number("height") / unit, 2)));
    }

    [Fact]
    public void Points_stand_where_the_ticks_say_also_on_logarithmic_axes()
    {
        double[] x = [10, 20, 100, 1000], y = [0.2, 0.4, 0.6, 0.8];
        var svg = Drawing.Of(new Figure().Scatter(x, y).X("area", log: true).Y("share", from: 0, to: 1).ToSvg());
        var (ten, thousand) = (svg.Text("10").Number("x"), svg.Text("1,000").Number("x"));
        var (none, all) = (svg.Text("0").Number("y") - 4.5, svg.Text("1").Number("y") - 4.5);
        var points = svg.All("circle");
        Assert.Equal(x.Select(value => ten + Math.Log(value / 10) / Math.Log(100) * (thousand - ten)), points.Select(point => point.Number("cx")), (a, b) => Math.Abs(a - b) < 0.02);
        Assert.Equal(y.Select(value => none + value * (all - none)), points.Select(point => point.Number("cy")), (a, b) => Math.Abs(a - b) < 0.02);
    }

    [Fact]
    public void A_line_is_cut_where_a_value_is_missing_and_a_lone_point_is_a_dot()
    {
        var svg = Drawing.Of(new Figure().Line([1, 2, 3, 4, 5, 6], [1, 2, double.NaN, 4, double.NaN, 6], color: "#123456").ToSvg());
        Assert.Single(svg.All("path"), path => path.Say("stroke") is "#123456");
        Assert.Equal(4, svg.All("circle").Length);
        Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_goes_across_then_up()
    {
        var path = Drawing.Of(new Figure().Steps([0, 10, 20], [0, 5, 10], color: "#123456").ToSvg()).All("path").Single(path => path.Say("stroke") is "#123456").Say("d")!;
        var points = path[1..].Split('L').Select(point => point.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal(5, points.Length);
        Assert.Equal((points[0][1], points[1][0], points[2][1]), (points[1][1], points[2][0], points[3][1]));
    }

    [Fact]
    public void A_marked_line_stands_at_its_value_and_labels_of_close_lines_do_not_touch()
    {
        var figure = new Figure().Line([0, 100], [0, 1]).X("side", "px", 0, 100);
        foreach (var at in (int[])[20, 21, 22, 60, 99])
            figure = figure.VerticalLine(at, $"a label at {at} px", "#123456");
        var svg = Drawing.Of(figure.ToSvg());
        var (zero, full) = (svg.All("text").Where(text => text.Value is "0").Select(text => text.Number("x")).Max(), svg.Text("100").Number("x"));
        Assert.Equal([20, 21, 22, 60, 99], svg.All("line").Where(line => line.Say("stroke") is "#123456").Select(line => Math.Round((line.Number("x1") - zero) / (full - zero) * 100, 1)));
        var plot = svg.All("svg").Single();
        var labels = svg.All("text").Where(text => text.Value.StartsWith("a label", StringComparison.Ordinal)).Select(text => text.Extent()).ToArray();
        Assert.Equal(5, labels.Length);
        Assert.All(labels, label => Assert.True(label.Y1 < plot.Number("y")));
        foreach (var (i, a) in labels.Index())
            Assert.All(labels.Skip(i + 1), b => Assert.True(a.X1 <= b.X0 || b.X1 <= a.X0 || a.Y1 <= b.Y0 || b.Y1 <= a.Y0));
    }

    [Fact]
    public void The_cells_of_a_heat_map_hold_their_numbers_row_by_row_from_the_top()
    {
        var svg = Drawing.Of(new Figure("Confusion").HeatMap(["p", "q"], ["r", "s", "t"], new[,] { { 11.0, 12 }, { 21, 22 }, { 31, double.NaN } }).X("predicted").Y("true").ToSvg());
        Assert.True(svg.Text("11").Number("y") < svg.Text("21").Number("y") && svg.Text("21").Number("y") < svg.Text("31").Number("y"));
        Assert.Equal(svg.Text("p").Number("x"), svg.Text("31").Number("x"), 0.01);
        Assert.Equal(svg.Text("s").Number("y"), svg.Text("22").Number("y"), 0.01);
        // White on dark, ink on light.
        Assert.Equal(("#ffffff", Palette.Ink), (svg.Text("31").Say("fill"), svg.Text("11").Say("fill")));
        Assert.Equal(5, svg.All("rect").Count(rect => rect.Say("stroke") is "#ffffff"));
    }

    [Fact]
    public void A_heat_map_without_numbers_has_a_scale_that_says_what_its_colors_mean()
    {
        var svg = Drawing.Of(new Figure().HeatMap(["a", "b"], ["c"], new[,] { { 0.0, 100 } }, "probability (%)", format: "").ToSvg());
        Assert.Contains("probability (%)", svg.Texts());
        Assert.Contains("80", svg.Texts());
    }

    [Fact]
    public void An_image_keeps_its_shape_and_boxes_lie_over_their_pixels()
    {
        var svg = Drawing.Of(new Figure().Image(new Raster(200, 50, 1)).Rectangle(100, 25, 200, 50, "half", "#123456").X("x", "px").Y("y", "px").ToSvg());
        var image = svg.All("image").Single();
        Assert.Equal(4, image.Number("width") / image.Number("height"), 0.01);
        var box = svg.All("svg").Single().All("rect").Single(rect => rect.Say("stroke") is "#123456");
        Assert.Equal((image.Number("x") + image.Number("width") / 2, image.Number("y") + image.Number("height") / 2), (box.Number("x"), box.Number("y")));
        Assert.Equal((image.Number("width") / 2, image.Number("height") / 2), (box.Number("width"), box.Number("height")));
        Assert.Equal("pixelated", image.Say("image-rendering"));
    }

    [Fact]
    public void Cells_lie_over_the_pixels_of_their_edges_and_equal_neighbours_are_one_rectangle()
    {
        var figure = new Figure().Image(new Raster(40, 20, 3)).Cells("tumour", "", "#d55e00", "probability", [0, 10, 20, 40], [0, 5, 20], new[,] { { 1, .5f, float.NaN }, { float.NaN, float.NaN, .2f } }, 0.35);
        var svg = Drawing.Of(figure.ToSvg());
        var (image, cells) = (Assert.Single(svg.All("image")), Assert.Single(svg.All("path"), path => path.Say("fill") is "#d55e00"));
        var (x, y, px) = (image.Number("x"), image.Number("y"), image.Number("width") / 40);
        double[] expected = [x, y, x + 20 * px, y + 5 * px, x, x + 20 * px, y + 5 * px, x + 40 * px, y + 20 * px, x + 20 * px];
        var found = System.Text.RegularExpressions.Regex.Matches(cells.Say("d")!, @"[0-9.]+").Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(expected, found, (a, b) => Math.Abs(a - b) < 0.02);
        Assert.Equal((0.35, "crispEdges"), (cells.Number("fill-opacity"), cells.Say("shape-rendering")));
        svg.Text("tumour");
        // With a scale in place of a color: a path a shade, and what the shades mean.
        var scaled = Drawing.Of(new Figure().Image(new Raster(40, 20, 3)).Cells("tumour", "", null, "probability", [0, 20, 40], [0, 20], new[,] { { 0, 1f } }, 1).ToSvg());
        Assert.Equal(["#0a2a6b", "#ffe84a"], scaled.All("path").Select(path => path.Say("fill")));
        Assert.Equal(60 + 2, scaled.All("rect").Length);
        scaled.Text("probability");
        Assert.DoesNotContain("tumour", scaled.Texts());
    }

    [Fact]
    public void The_legend_is_broken_where_plotly_breaks_it_at_the_right_edge_of_a_narrow_image()
    {
        var names = Enumerable.Range(0, 9).Select(i => $"class {i}").ToArray();
        Figure Of(Raster image) => names.Aggregate(new Figure().Image(image), (figure, name) => figure.Cells(name, "", "#d55e0" + name[^1], "p", [0, 1], [0, 1], new[,] { { 1f } }, 1));
        var (narrow, wide) = (new FigureLayout(Of(new Raster(100, 300, 3))), new FigureLayout(Of(new Raster(300, 100, 3))));
        Assert.All(narrow.Legend, entry => Assert.True(entry.X + 26 + TextWidth.Of(entry.Name, FigureLayout.TickSize) <= narrow.Panels[0].Right));
        Assert.True(narrow.Legend[^1].Y > wide.Legend[^1].Y);
        Assert.True(narrow.Panels[0].Top > narrow.Legend[^1].Y + FigureLayout.Row);
        // In less height the image is narrower still.
        var low = new FigureLayout(Of(new Raster(100, 300, 3)).Size(720, 500));
        Assert.All(low.Legend, entry => Assert.True(entry.X + 26 + TextWidth.Of(entry.Name, FigureLayout.TickSize) <= Math.Max(low.Panels[0].Right, FigureLayout.Margin + 26 + TextWidth.Of(entry.Name, FigureLayout.TickSize))));
        Assert.Equal((500, true), (low.Height, low.Panels[0].Bottom < 500));
    }

    [Fact]
    public void A_large_photo_travels_as_jpeg_and_what_is_looked_at_px_by_px_does_not()
    {
        static string Source(Figure figure, double device = 0) => Assert.Single(Drawing.Of(FigureSvg.Draw(figure, device)).All("image")).Attributes().Single(attribute => attribute.Name.LocalName == "href").Value;
        Assert.StartsWith("data:image/jpeg;base64,", Source(new Figure().Image(new Raster(200, 200, 3))), StringComparison.Ordinal);
        Assert.StartsWith("data:image/png;base64,", Source(new Figure().Image(new Raster(200, 200, 4))), StringComparison.Ordinal);
        // Enlarged for the screen it is larger than that.
        Assert.StartsWith("data:image/png;base64,", Source(new Figure().Image(new Raster(180, 180, 3)), device: 2), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_any_kind_stay_text()
    {
        foreach (var figure in EveryKind(Hostile))
        {
            var svg = Drawing.Of(figure.ToSvg());
            Assert.All(svg.Descendants(), element => Assert.True(element.Name.LocalName is "rect" or "text" or "svg" or "line" or "path" or "circle" or "image" && element.Name.NamespaceName is Drawing.Namespace, element.Name.ToString()));
            Assert.Contains(svg.Texts(), text => text.Contains("<script>alert('1')</script>", StringComparison.Ordinal));
            // Characters that no XML file may hold, and halves of characters, are replaced.
            Assert.DoesNotContain(figure.ToSvg(), letter => letter is '\u0001' || char.IsSurrogate(letter) && letter is not ('\ud83d' or '\ude00'));
        }
    }

    [Fact]
    public void Nothing_is_cut_off_at_the_edges_of_the_drawing()
    {
        string[] labels = ["x", "a name of usual length", "a very long name that a class of tissue may well have in some data sets of today", "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM", "😀😀😀 Gewebe µm²"];
        foreach (var figure in labels.SelectMany(EveryKind).SelectMany(figure => (Figure[])[figure, figure.Size(420), figure.Size(900, 640), Figure.SideBySide([figure, figure], "both")]))
        {
            var svg = Drawing.Of(figure.ToSvg());
            var (width, height) = (svg.Number("width"), svg.Number("height"));
            Assert.All(svg.All("text"), text =>
            {
                var (x0, y0, x1, y1) = text.Extent();
                Assert.True(x0 >= -0.5 && y0 >= -0.5 && x1 <= width + 0.5 && y1 <= height + 0.5, $"'{text.Value}' at ({x0:0}, {y0:0})-({x1:0}, {y1:0}) in {width} x {height} of {figure}");
            });
        }
    }

    [Fact]
    public void Labels_do_not_lie_over_each_other()
    {
        foreach (var figure in ((string[])["x", "a name of usual length"]).SelectMany(EveryKind))
        {
            var texts = Drawing.Of(figure.ToSvg()).All("text").Where(text => text.Say("transform") is null).Select(text => (text.Value, At: text.Extent())).ToArray();
            foreach (var (i, a) in texts.Index())
                Assert.All(texts.Skip(i + 1), b => Assert.True(a.At.X1 <= b.At.X0 + 1 || b.At.X1 <= a.At.X0 + 1 || a.At.Y1 <= b.At.Y0 + 1 || b.At.Y1 <= a.At.Y0 + 1, $"'{a.Value}' and '{b.Value}' in {figure}"));
        }
    }

    [Fact]
    public void A_figure_of_nothing_says_so()
    {
        foreach (var figure in (Figure[])[new("empty"), new Figure().Histogram([]), new Figure().Line([], []), new Figure().Bars([], []), new Figure().Scatter([], []).X("x", log: true)])
        {
            Assert.Contains("no data", Drawing.Of(figure.ToSvg()).Texts());
            Assert.Contains("no data", figure.ToPlotly(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Values_left_out_by_the_limits_are_counted_below_the_axis()
    {
        var svg = Drawing.Of(new Figure().Histogram([1, 2, 3, 700, 800], from: 0, to: 600).X("side", "px").ToSvg());
        Assert.Contains("2 of 5 above 600 not shown", svg.Texts());
    }

    [Fact]
    public void A_size_that_leaves_no_room_is_refused()
    {
        var crowded = Figure.SideBySide([.. Enumerable.Repeat(new Figure("a").Bars(["a long name of a class"], [1], horizontal: true), 4)], columns: 4).Size(300);
        Assert.Contains("wider", Assert.Throws<BadInputException>(() => crowded.ToSvg()).Message, StringComparison.Ordinal);
        Assert.Contains("expected more", Assert.Throws<BadInputException>(() => new Figure(string.Join(' ', Enumerable.Repeat("title", 200))).Size(400, 160).ToSvg()).Message, StringComparison.Ordinal);
    }

    /// <summary>Every kind of figure with one text in every place that takes one.</summary>
    static IEnumerable<Figure> EveryKind(string text) =>
    [
        new Figure(text).Histogram([1, 2, 3, 99], from: 0, to: 10, name: text).VerticalLine(5, text).VerticalLine(5.5, text).HorizontalLine(1, text).X(text, text).Y(text),
        new Figure(text).Bars([text, $"{text} 2", "c"], [1, 123456, 3], text).Bars([text, "c"], [1, 1], $"{text} again").X(text).Y(text),
        new Figure(text).Bars([text, $"{text} 2", "c"], [1, 2, 123456], horizontal: true).X(text).Y(text),
        new Figure(text).Line([1, 2], [1e-7, 3e8], text).Steps([1, 2], [3, 4], $"{text} 2").Area([1, 2], [3, 4], text, "#123456").X(text).Y(text),
        new Figure(text).Scatter([1e-5, 1e5], [1, 2], text, text: [text, text]).X(text, log: true).Y(text),
        new Figure(text).HeatMap([text, "b"], [text, "d", "e"], new double[3, 2], text).X(text).Y(text),
        new Figure(text).HeatMap([text, "b"], [text, "d", "e"], new[,] { { 1.0, 2 }, { 3, 4 }, { 5, 1e6 } }, text, format: ""),
        new Figure(text).Image(new Raster(40, 30, 3)).Rectangles([new(1, 1, 9, 9)], text, text: [text], fill: 0.5).Rectangle(0, 0, 9, 9, $"{text} 2").X(text).Y(text),
    ];
}
