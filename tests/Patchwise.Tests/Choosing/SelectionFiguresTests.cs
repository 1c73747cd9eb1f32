namespace Patchwise.Tests;

public class SelectionFiguresTests
{
    [Fact]
    public void Histograms_count_every_object_and_mark_the_circle_and_the_side_of_each_size()
    {
        using var folder = SyntheticSet.Varied(21);
        var regions = RegionTable.Measure(folder.Open()).At(20);
        var figure = SizeTest.Of(regions, [24, 16, 8], bins: 10).Histograms;

        var areas = Assert.Single(figure.Panels[0].Marks.OfType<BinsMark>());
        var sides = Assert.Single(figure.Panels[1].Marks.OfType<BinsMark>());
        foreach (var (bins, of) in new[] { (areas, (Func<Region, double>)(row => row.Area)), (sides, row => row.Side) })
        {
            Assert.Equal(10, bins.Counts.Length);
            for (var i = 0; i < 10; i++)
                Assert.Equal(regions.Count(row => of(row) >= bins.Edges[i] && (of(row) < bins.Edges[i + 1] || (i == 9 && of(row) == bins.Edges[10]))), bins.Counts[i]);
            Assert.Equal(regions.Count, bins.Counts.Sum() + bins.Above);
        }
        Assert.Equal([Math.PI * 12 * 12, Math.PI * 8 * 8, Math.PI * 4 * 4], Rules(figure.Panels[0]), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([24, 16, 8], Rules(figure.Panels[1]));
        // One color means one size everywhere.
        Assert.Equal(figure.Panels[0].Marks.OfType<RuleMark>().Select(rule => rule.Color), figure.Panels[1].Marks.OfType<RuleMark>().Select(rule => rule.Color));
        Assert.Equal(3, figure.Panels[1].Marks.OfType<RuleMark>().Select(rule => rule.Color).Distinct().Count());
    }

    [Fact]
    public void Limits_that_are_given_are_kept_and_what_lies_beyond_is_counted()
    {
        using var folder = SyntheticSet.Varied(22);
        var regions = RegionTable.Measure(folder.Open()).At(20);
        var figure = SizeTest.Of(regions, [16, 8], bins: 5, areaLimit: 100, sideLimit: 12).Histograms;
        var (areas, sides) = (figure.Panels[0].Marks.OfType<BinsMark>().Single(), figure.Panels[1].Marks.OfType<BinsMark>().Single());
        Assert.Equal((100, 12), (areas.Edges[^1], sides.Edges[^1]));
        Assert.Equal(regions.Count(row => row.Area > 100), areas.Above);
        Assert.Equal(regions.Count(row => row.Side > 12), sides.Above);
        Assert.Equal([8], Rules(figure.Panels[1]));
    }

    [Fact]
    public void Coverage_is_the_share_that_fits_at_every_size()
    {
        using var folder = SyntheticSet.Varied(23);
        var regions = RegionTable.Measure(folder.Open()).At(20);
        var panel = Assert.Single(SizeTest.Of(regions, [16, 8], target: 0.9).Coverage.Panels);
        var curve = Assert.Single(panel.Marks.OfType<CurveMark>());
        foreach (var (x, y) in curve.X.Zip(curve.Y))
            Assert.Equal(100.0 * regions.Count(row => row.Side <= x) / regions.Count, y, 1e-9);
        Assert.All(regions.Select(row => row.Side).Distinct(), side => Assert.Contains(side, curve.X));
        Assert.Equal([16, 8, 90], Rules(panel));
    }

    [Fact]
    public void Coverage_has_a_curve_for_each_value_where_values_are_classes()
    {
        using var folder = new SyntheticSet().Add("a", 400, 200, 40, [.. from i in Enumerable.Range(0, 50) select (new Box(i % 10 * 40, i / 10 * 40, i % 10 * 40 + 3 + i % 30, i / 10 * 40 + 4), 1 + i % 2)]);
        var regions = RegionTable.Measure(folder.Open());
        var curves = SizeTest.Of(regions).Coverage.Panels[0].Marks.OfType<CurveMark>().ToArray();
        Assert.Equal(["all objects", "value 1", "value 2"], curves.Select(curve => curve.Name));
        foreach (var (x, y) in curves[2].X.Zip(curves[2].Y))
            Assert.Equal(100.0 * regions.Count(row => row.Value == 2 && row.Side <= x) / 25, y, 1e-9);
    }

    [Fact]
    public void The_clarity_curve_draws_the_numbers_of_the_table()
    {
        using var folder = SyntheticSet.Varied(24);
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20, 10, 5], Sample = 12, Threshold = 0.85 });
        foreach (var (panel, of) in test.Curve.Panels.Zip((Func<ClarityRow, (double, double)>[])[row => (row.Ssim, row.SsimLow), row => (100 * row.Energy, 100 * row.EnergyLow)]))
        {
            var curves = panel.Marks.OfType<CurveMark>().ToArray();
            Assert.Equal(6, curves.Length);
            foreach (var (i, group) in new[] { "small", "median", "large" }.Index())
            {
                var rows = test.Table.Where(row => row.Group == group).OrderBy(row => row.Trial.Power).ToArray();
                Assert.StartsWith($"{group} (", curves[2 * i].Name);
                Assert.Equal([5, 10, 20], curves[2 * i].X);
                Assert.Equal(rows.Select(of).Select(value => value.Item1), curves[2 * i].Y);
                Assert.Equal(rows.Select(of).Select(value => value.Item2), curves[2 * i + 1].Y);
            }
        }
        Assert.Equal([0.85], Rules(test.Curve.Panels[0]));
    }

    [Theory]
    [InlineData(new[] { 512, 256 }, "The smallest marked size, 256 px, holds 100 % of the objects: smaller ones tell more, such as marked: [64, 48, 32, 16].")]
    [InlineData(new[] { 4, 2 }, "The largest marked size, 4 px, holds less than half of the objects: larger ones tell more, such as marked: [64, 48, 32, 16].")]
    [InlineData(new[] { 32, 8 }, "")]
    public void Marked_sizes_that_say_little_are_noted(int[] marked, string expected)
    {
        using var folder = SyntheticSet.Varied(25);
        var test = SizeTest.Of(RegionTable.Measure(folder.Open()).At(20), marked);
        Assert.Equal(expected, test.Note);
        Assert.Equal(marked.Length + (expected is "" ? 1 : 2), test.ToString().Split('\n').Length);
    }

    [Fact]
    public void What_notebooks_show_is_escaped_html_and_text()
    {
        using var folder = SyntheticSet.Varied(26);
        var set = folder.Open();
        var regions = RegionTable.Measure(set).At(20);
        var (clarity, sizes) = (ClarityTest.Of(set, regions, new() { Trials = [80, 20], Sample = 6 }), SizeTest.Of(regions));
        foreach (var view in (INotebookView[])[clarity, clarity.Table, clarity.Suggestion, clarity.Gallery, clarity.Curve, sizes, sizes.Fit, sizes.Suggestion, sizes.ByValue, sizes.Coverage, sizes.Histograms])
        {
            Assert.StartsWith("<", view.ToMime("text/html"));
            Assert.Equal(view.ToString(), view.ToMime("text/plain"));
            Assert.DoesNotContain("<", view.ToMime("text/plain"));
        }
        Assert.Contains("80x was left out", ((INotebookView)clarity).ToMime("text/html"));
    }

    static double[] Rules(Panel panel) => [.. panel.Marks.OfType<RuleMark>().Select(rule => rule.At)];
}
