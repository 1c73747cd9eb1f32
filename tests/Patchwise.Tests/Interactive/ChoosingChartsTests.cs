namespace Patchwise.Tests;

public class ChoosingChartsTests
{
    [Fact]
    public void Histograms_count_every_object_and_mark_the_circle_and_the_side_of_each_size()
    {
        using var folder = SyntheticSet.Varied(21);
        var regions = RegionTable.Measure(folder.Open()).At(20);
        var chart = SizeTest.Of(regions, [24, 16, 8]).Histograms(bins: 10);

        foreach (var (axis, of) in new[] { ("x", (Func<Region, double>)(row => row.Area)), ("x2", row => row.Side) })
        {
            var bars = Assert.Single(Shown.Traces(chart, "bar", axis));
            var (counts, edges) = (Shown.Numbers(bars["y"]), bars["customdata"]!.AsArray().Select(pair => Shown.Numbers(pair)).ToArray());
            Assert.Equal(10, counts.Length);
            for (var i = 0; i < 10; i++)
                Assert.Equal(regions.Count(row => of(row) >= edges[i][0] && (of(row) < edges[i][1] || (i == 9 && of(row) == edges[9][1]))), counts[i]);
        }
        var (circles, sides) = (Shown.Lines(chart, "x"), Shown.Lines(chart, "x2"));
        Assert.Equal([Math.PI * 12 * 12, Math.PI * 8 * 8, Math.PI * 4 * 4], Shown.At(circles), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([24, 16, 8], Shown.At(sides));
        // One color means one size everywhere.
        Assert.Equal(circles.Select(Color), sides.Select(Color));
        Assert.Equal(3, sides.Select(Color).Distinct().Count());
    }

    static string Color(System.Text.Json.Nodes.JsonNode line) => (string)line["line"]!["color"]!;

    [Fact]
    public void Limits_that_are_given_are_kept_and_what_lies_beyond_is_counted()
    {
        using var folder = SyntheticSet.Varied(22);
        var regions = RegionTable.Measure(folder.Open()).At(20);
        var test = SizeTest.Of(regions, [16, 8]);
        var chart = test.Histograms(bins: 5, areaLimit: 100, sideLimit: 12);
        Assert.Equal((100, 12),
            ((double)Shown.Traces(chart, "bar", "x")[0]["customdata"]![4]![1]!, (double)Shown.Traces(chart, "bar", "x2")[0]["customdata"]![4]![1]!));
        var (areas, sides) = (regions.Count(row => row.Area > 100), regions.Count(row => row.Side > 12));
        Assert.True(areas > 0 && sides > 0);
        Assert.Contains($"{areas} of {regions.Count} above 100 not shown", Shown.Text(chart));
        Assert.Contains($"{sides} of {regions.Count} above 12 not shown", Shown.Text(chart));
        Assert.Equal([8], Shown.At(Shown.Lines(chart, "x2")));
        Assert.Contains("beyond the axis: 16 px", Shown.Text(chart));
        Assert.Contains("expected 1 to 1000", Assert.Throws<BadInputException>(() => test.Histograms(bins: 0)).Message);
        Assert.Contains("side limit 0", Assert.Throws<BadInputException>(() => test.Histograms(sideLimit: 0)).Message);
    }

    [Fact]
    public void Coverage_is_the_share_that_fits_at_every_size()
    {
        using var folder = SyntheticSet.Varied(23);
        var regions = RegionTable.Measure(folder.Open()).At(20);
        var chart = SizeTest.Of(regions, [16, 8], target: 0.9).Coverage();
        var curve = Assert.Single(Shown.Traces(chart, "scatter"));
        var x = Shown.Numbers(curve["x"]);
        foreach (var (size, share) in x.Zip(Shown.Numbers(curve["y"])))
            Assert.Equal(100.0 * regions.Count(row => row.Side <= size) / regions.Count, share, 1e-9);
        Assert.All(regions.Select(row => row.Side).Distinct(), side => Assert.Contains(side, x));
        Assert.Equal([16, 8, 90], Shown.At(Shown.Lines(chart)));
    }

    [Fact]
    public void Coverage_has_a_curve_for_each_value_where_values_are_classes()
    {
        using var folder = new SyntheticSet().Add("a", 400, 200, 40,
            [.. from i in Enumerable.Range(0, 50) select (new Box(i % 10 * 40, i / 10 * 40, i % 10 * 40 + 3 + i % 30, i / 10 * 40 + 4), 1 + i % 2)]);
        var regions = RegionTable.Measure(folder.Open());
        var curves = Shown.Traces(SizeTest.Of(regions).Coverage(), "scatter");
        Assert.Equal(["all objects", "value 1", "value 2"], curves.Select(curve => (string)curve["name"]!));
        foreach (var (x, y) in Shown.Numbers(curves[2]["x"]).Zip(Shown.Numbers(curves[2]["y"])))
            Assert.Equal(100.0 * regions.Count(row => row.Value == 2 && row.Side <= x) / 25, y, 1e-9);
    }

    [Fact]
    public void The_clarity_curve_draws_the_numbers_of_the_table()
    {
        using var folder = SyntheticSet.Varied(24);
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20, 10, 5], Sample = 12, Threshold = 0.85 });
        foreach (var (axis, of) in new[] { ("x", (Func<ClarityRow, (double, double)>)(row => (row.Ssim, row.SsimLow))),
            ("x2", row => (100 * row.Energy, 100 * row.EnergyLow)) })
        {
            var curves = Shown.Traces(test.Curve(), "scatter", axis);
            Assert.Equal(6, curves.Length);
            foreach (var (i, group) in new[] { "smallest third", "middle third", "largest third" }.Index())
            {
                var rows = test.Table.Where(row => row.Group == group).OrderBy(row => row.Trial.Power).ToArray();
                Assert.StartsWith($"{group} (", (string)curves[2 * i]["name"]!);
                Assert.Equal([5, 10, 20], Shown.Numbers(curves[2 * i]["x"]));
                Assert.Equal(rows.Select(of).Select(value => value.Item1), Shown.Numbers(curves[2 * i]["y"]));
                Assert.Equal(rows.Select(of).Select(value => value.Item2), Shown.Numbers(curves[2 * i + 1]["y"]));
                Assert.All(curves[(2 * i)..(2 * i + 2)], curve =>
                {
                    Assert.Equal(rows.Select(row => (double)row.Objects), Shown.Numbers(curve["customdata"]));
                    Assert.Contains(":,.3~r}", (string)curve["hovertemplate"]!, StringComparison.Ordinal);
                    Assert.Contains("<br>objects: %{customdata:,}", (string)curve["hovertemplate"]!, StringComparison.Ordinal);
                });
            }
        }
        Assert.Equal([0.85], Shown.At(Shown.Lines(test.Curve())));
    }

    [Theory]
    [InlineData(new[] { 512, 256 }, "The smallest marked size, 256 px, holds 100 % of the objects: smaller ones tell more, such as marked: [64, 48, 32, 16].")]
    [InlineData(new[] { 4, 2 }, "The largest marked size, 4 px, holds less than half of the objects: larger ones tell more, such as marked: [64, 48, 32, 16].")]
    [InlineData(new[] { 32, 8 }, "")]
    public void Marked_sizes_that_say_little_are_noted(int[] marked, string expected)
    {
        using var folder = SyntheticSet.Varied(25);
        var test = SizeTest.Of(RegionTable.Measure(folder.Open()).At(20), marked);
        Assert.Equal(expected, string.Join('\n', test.Notes));
        Assert.Equal(marked.Length + (expected is "" ? 1 : 2), test.ToString().Split('\n').Length);
    }

    [Fact]
    public void What_notebooks_show_is_escaped_html_and_text()
    {
        using var folder = SyntheticSet.Varied(26);
        var set = folder.Open();
        var regions = RegionTable.Measure(set).At(20);
        var (clarity, sizes) = (ClarityTest.Of(set, regions, new() { Trials = [80, 20], Sample = 6 }), SizeTest.Of(regions));
        foreach (var value in (object[])[clarity, clarity.Table, clarity.Suggestion, clarity.Gallery, clarity.Curve(), sizes, sizes.Fit, sizes.Suggestion,
            sizes.ByValue, sizes.Coverage(), sizes.Histograms(), regions.Sizes()])
        {
            Assert.Contains("text/html", Shown.Types(value));
            Assert.StartsWith("<", Shown.Html(value).TrimStart());
            Assert.DoesNotContain("<", Shown.Text(value));
        }
        Assert.Contains("80x was left out", Shown.Html(clarity));
    }

    [Fact]
    public void Shapes_are_points_where_few_and_counts_where_many_on_axes_of_one_scale()
    {
        var random = new Random(6);
        var mask = new byte[900 * 900];
        for (var i = 0; i < 900; i++)
            for (int width = random.Next(2, 28), height = random.Next(2, 28), y = 0; y < height; y++)
                mask.AsSpan((i / 30 * 30 + y) * 900 + i % 30 * 30, width).Fill((byte)(1 + i % 200));
        var many = RegionTable.Measure(Raster.FromSamples(900, 900, 1, mask), properties: RegionProperties.All);
        var chart = many.Shapes();
        var layout = Shown.Json(chart)["layout"]!;
        Assert.Equal(Shown.Numbers(layout["xaxis"]!["range"]), Shown.Numbers(layout["yaxis"]!["range"]));
        Assert.Equal("x", (string)layout["yaxis"]!["scaleanchor"]!);
        var counts = Assert.Single(Shown.Traces(chart, "heatmap"));
        Assert.Equal(many.Count, counts["text"]!.AsArray().Sum(row => row!.AsArray().Sum(count => (int?)count ?? 0)));
        Assert.All(counts["text"]!.AsArray().Zip(counts["z"]!.AsArray()), row => Assert.All(row.First!.AsArray().Zip(row.Second!.AsArray()),
            cell => Assert.Equal(cell.First is null ? null : Math.Log10((int)cell.First), (double?)cell.Second)));
        Assert.Equal(20, Shown.Traces(many.Where(row => row.Label <= 20).Shapes(), "scatter")[0]["x"]!.AsArray().Count);
    }

    [Fact]
    public void A_table_without_objects_or_shapes_says_what_to_do()
    {
        var table = RegionTable.Measure(Raster.FromSamples(3, 1, 1, (ReadOnlySpan<byte>)[0, 1, 0]));
        Assert.Contains("RegionProperties.All", Assert.Throws<BadInputException>(() => table.Shapes()).Message, StringComparison.Ordinal);
        foreach (var draw in (Action[])[() => table.Where(_ => false).Sizes(), () => table.Where(_ => false).Shapes()])
            Assert.Contains("this table is empty", Assert.Throws<BadInputException>(draw).Message, StringComparison.Ordinal);
    }
}
