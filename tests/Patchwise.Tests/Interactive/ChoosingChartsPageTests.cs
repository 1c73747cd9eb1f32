using Microsoft.Playwright;
using Plotly.NET;

namespace Patchwise.Tests;

/// <summary>The charts of objects and sizes as a browser lays them out on a wide and on a narrow page.</summary>
public sealed class ChoosingChartsPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Marked sizes that lie close to each other, at the ends of the axis, and beyond it. Of a page of 900 px a notebook takes 110 at the left.
    /// </summary>
    [Theory]
    [InlineData(790, new[] { 64, 48, 32, 16 }), InlineData(1400, new[] { 64, 48, 32, 16 })]
    [InlineData(790, new[] { 23, 24, 25, 26, 27, 28 }), InlineData(1400, new[] { 23, 24, 25, 26, 27, 28 })]
    [InlineData(790, new[] { 1, 26, 10000, 4096, 2048, 1024, 512 }), InlineData(1400, new[] { 1, 26, 10000, 4096, 2048, 1024, 512 })]
    public async Task No_title_is_cut_and_no_label_lies_over_a_line(int width, int[] sizes)
    {
        using var folder = SyntheticSet.Varied(28);
        var set = folder.Open();
        var regions = RegionTable.Measure(set, RegionProperties.All);
        var (test, clarity) = (SizeTest.Of(regions.At(17.5), sizes), ClarityTest.Of(set, regions, new() { Trials = [30, 29, 20, 5], Sample = 12 }));
        GenericChart[] bySize = [test.Histograms(), test.Histograms(areaLimit: 20, sideLimit: 3), test.Coverage()];
        GenericChart[] charts = sizes[0] == 64 ? [.. bySize, regions.Sizes(), regions.SizesByImage(), regions.Shapes(), clarity.Curve()] : bySize;
        _folder.Write("charts.html", ChartPage.Page("charts", charts));
        List<string> complaints = [];
        var page = await chromium.OpenAsync(_folder.At("charts.html"), complaints, width);
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg:first-child")).ToHaveCountAsync(charts.Length);
        Assert.Empty(await Chromium.FaultsOf(page));
        Assert.Empty(complaints);
        await page.CloseAsync();
    }

    [Fact]
    public async Task What_would_be_complained_about_is_found()
    {
        var chart = new Panel("Two labels that lie over each other, under a title that goes on beyond the page without a place where it may be broken")
            .X("x", "", 0, 1).Y("y", "", 0, 1).VerticalLine(0.5, "label").ToChart();
        var layout = GenericChart.getLayout(chart);
        var notes = layout.Get<Plotly.NET.LayoutObjects.Annotation[]>("annotations")!;
        layout.SetProperty("annotations", new[] { notes[0], notes[0], new Plotly.NET.LayoutObjects.Annotation().With(
            new { text = "on the line", xref = "x", x = 0.5, yref = "y", y = 0.5, showarrow = false }), new Plotly.NET.LayoutObjects.Annotation().With(
            new { text = "half outside", xref = "paper", x = 1, xanchor = "left", yref = "paper", y = 0.5, showarrow = false }) });
        GenericChart.setLayout(layout, chart).Save(_folder.At("bad.html"));
        var faults = string.Join('\n', await Chromium.FaultsOf(await chromium.OpenAsync(_folder.At("bad.html"), [], 900)));
        foreach (var fault in (string[])["'label' lies over 'label'", "'on the line' lies over a line", "'half outside' is cut"])
            Assert.Contains(fault, faults.Replace("■ ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
