using Microsoft.Playwright;

namespace Patchwise.Tests;

/// <summary>The chart of an overlay in a real browser.</summary>
public sealed class OverlayPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    const string Hostile = "<b>TUM</b><img src=x onerror=alert(1)> %{x}", Plain = "STR";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>300 x 200 px: the left third of one class, the middle of another, the right not predicted.</summary>
    async Task<IPage> Show(Overlay overlay, List<string> complaints)
    {
        overlay.Save(_folder.At("overlay.html"));
        var page = await chromium.OpenAsync(_folder.At("overlay.html"), complaints);
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        await page.EvaluateAsync("window.spoken = 0; document.querySelector('.js-plotly-plot').on('plotly_hover', () => window.spoken++)");
        return page;
    }

    static PredictionTable Table => MadeUp.Table(MadeUp.Frame(300, 200), [new(Hostile, "tumour <i>", "#984ea3"), new(Plain, "stroma", "#f781bf")],
        (new(0, 0, 100, 200), [.875f, .125f]), (new(100, 0, 200, 200), [.25f, .75f]));

    /// <summary>What the chart says at a share of the plot's width.</summary>
    static async Task<string> Hover(IPage page, double share)
    {
        var plot = (await page.Locator(".nsewdrag").First.BoundingBoxAsync())!;
        // In from outside, so that the chart speaks again where it did before.
        await page.Mouse.MoveAsync(plot.X - 15, plot.Y + plot.Height / 2);
        await page.WaitForFunctionAsync("!document.querySelector('.hoverlayer .hovertext')");
        var spoken = await page.EvaluateAsync<int>("window.spoken");
        await page.Mouse.MoveAsync((float)(plot.X + plot.Width * share), plot.Y + plot.Height / 2, new() { Steps = 3 });
        await page.WaitForFunctionAsync($"window.spoken > {spoken}");
        await page.WaitForFunctionAsync("document.querySelector('.hoverlayer .hovertext')");
        // Words that stay are those of the last place.
        await page.WaitForTimeoutAsync(200);
        return string.Join(" | ", await page.Locator(".hoverlayer .hovertext text").AllTextContentsAsync());
    }

    [Fact]
    public async Task Hovering_tells_class_and_probability_and_the_legend_hides_a_class()
    {
        List<string> complaints = [];
        var page = await Show(Overlay.Of(new Raster(300, 200, 3), PredictionMap.Of(Table), 0.5), complaints);
        var left = await Hover(page, 1 / 6.0);
        Assert.Contains("tumour <i>", left, StringComparison.Ordinal);
        Assert.Contains("mean probability: 0.875", left, StringComparison.Ordinal);
        Assert.Contains("<b>TUM</b>", left, StringComparison.Ordinal);
        var middle = await Hover(page, 3 / 6.0);
        Assert.Contains("stroma", middle, StringComparison.Ordinal);
        Assert.Contains("mean probability: 0.75", middle, StringComparison.Ordinal);
        Assert.Contains(Plain, middle, StringComparison.Ordinal);
        Assert.DoesNotContain("probability", await Hover(page, 5 / 6.0), StringComparison.Ordinal);

        var entries = page.Locator(".legend .legendtext");
        Assert.Equal([Hostile, Plain], await entries.AllTextContentsAsync());
        Assert.Equal(2, await Layers(page));
        await page.Locator(".legend .legendtoggle").First.ClickAsync();
        await Assertions.Expect(page.Locator(".heatmaplayer image")).ToHaveCountAsync(1);
        Assert.DoesNotContain("probability", await Hover(page, 1 / 6.0), StringComparison.Ordinal);
        Assert.Contains("0.75", await Hover(page, 3 / 6.0), StringComparison.Ordinal);
        await page.Locator(".legend .legendtoggle").First.ClickAsync();
        await Assertions.Expect(page.Locator(".heatmaplayer image")).ToHaveCountAsync(2);
        Assert.Contains("0.875", await Hover(page, 1 / 6.0), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task The_image_is_not_stretched_on_a_wide_or_narrow_page_and_the_legend_stands_above_it()
    {
        List<string> complaints = [];
        var overlay = Overlay.Of(new Raster(300, 200, 3), PredictionMap.Of(Table), options: new() { Rest = "black" });
        var page = await Show(overlay, complaints);
        var plot = (await page.Locator(".nsewdrag").First.BoundingBoxAsync())!;
        Assert.Equal(1.5, plot.Width / plot.Height, 0.01);
        Assert.InRange(plot.Width, 500, 720);
        var legend = (await page.Locator(".legend").First.BoundingBoxAsync())!;
        Assert.True(legend.Y + legend.Height <= plot.Y + 2, $"the legend ends at {legend.Y + legend.Height}, the plot begins at {plot.Y}");
        Assert.Equal(3, await Layers(page));
        await page.SetViewportSizeAsync(480, 700);
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        var narrow = (await page.Locator(".bglayer rect, .nsewdrag").First.BoundingBoxAsync())!;
        Assert.InRange(narrow.Width, 200, 460);
        Assert.Equal(1.5, narrow.Width / narrow.Height, 0.02);
        await page.EvaluateAsync("window.spoken = 0; document.querySelector('.js-plotly-plot').on('plotly_hover', () => window.spoken++)");
        Assert.Contains("not predicted", await Hover(page, 5 / 6.0), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task Two_maps_of_one_place_are_zoomed_together_and_share_their_image()
    {
        List<string> complaints = [];
        var noise = new byte[300 * 200 * 3];
        new Random(3).NextBytes(noise);
        var one = Overlay.Of(Raster.FromSamples(300, 200, 3, noise), PredictionMap.Of(Table), 0.5).Chart();
        Charts.SideBySide([one, one], "Twice").Save(_folder.At("two.html"));
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(await File.ReadAllTextAsync(_folder.At("two.html")), "\"data:image/jpeg"));
        var page = await chromium.OpenAsync(_folder.At("two.html"), complaints);
        await Assertions.Expect(page.Locator(".imagelayer image")).ToHaveCountAsync(2);
        var (left, right) = (await Plot(0), await Plot(1));
        Assert.Equal((1.5, 1.5), (left.Width / left.Height, right.Width / right.Height),
            (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 0.03);
        await page.Mouse.MoveAsync(left.X + left.Width * 0.25f, left.Y + left.Height * 0.25f);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(left.X + left.Width * 0.5f, left.Y + left.Height * 0.5f, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        await page.WaitForFunctionAsync("document.querySelector('.js-plotly-plot').layout.xaxis2.range[0] > 50");
        var ranges = await page.EvaluateAsync<double[][]>("(function (layout) { return ['xaxis', 'xaxis2', 'yaxis', 'yaxis2'].map(function (name) { "
            + "return layout[name].range; }); })(document.querySelector('.js-plotly-plot')._fullLayout)");
        Assert.Equal(ranges[0], ranges[1]);
        Assert.Equal(ranges[2], ranges[3]);
        Assert.Empty(complaints);

        async Task<LocatorBoundingBoxResult> Plot(int panel) => (await page.Locator(".nsewdrag").Nth(panel).BoundingBoxAsync())!;
    }

    [Fact]
    public async Task Pointing_at_a_place_tells_its_px_of_level_0_also_when_zoomed_and_below_stands_how_far_zooming_goes()
    {
        List<string> complaints = [];
        using var slide = Slide.Of(new Raster(3000, 2000, 3), "slide.png", mpp: 0.5);
        var table = MadeUp.Table(MadeUp.Frame(3000, 2000, mpp: 0.5), [new("TUM", "tumour", "#984ea3")], (new(0, 0, 1000, 2000), [1]));
        var page = await Show(Overlay.Of(slide, PredictionMap.Of(table, Resolution.Baseline(0.1)), 0.5), complaints);
        var (line, plot) = (page.Locator("[data-place]"), (await page.Locator(".nsewdrag").First.BoundingBoxAsync())!);
        Assert.Equal("Zooming reaches the 1,024 x 683 px that are embedded here, each 2.9 px of level 0 wide; pointing at a place tells its px of level 0.",
            await line.TextContentAsync());
        async Task<double[]> At(double x, double y)
        {
            await page.Mouse.MoveAsync((float)(plot.X + plot.Width * x), (float)(plot.Y + plot.Height * y), new() { Steps = 2 });
            var text = (await line.TextContentAsync())!;
            Assert.StartsWith("px of level 0: ", text, StringComparison.Ordinal);
            return [.. text[15..].Split("; ").Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
        }
        static void Near(double[] expected, double[] found) =>
            Assert.All(expected.Zip(found), pair => Assert.InRange(pair.Second, pair.First - 8, pair.First + 8));
        Near([1500, 500], await At(0.5, 0.25));
        await page.EvaluateAsync("patchwisePlotly.relayout(document.querySelector('.js-plotly-plot'), "
            + "{ 'xaxis.range': [0.75, 1.5], 'yaxis.range': [0.5, 0] })");
        Near([2250, 500], await At(0.5, 0.5));
        Assert.Empty(await Chromium.FaultsOf(page));
        await page.Mouse.MoveAsync(plot.X, plot.Y - 500);
        Assert.StartsWith("Zooming", await line.TextContentAsync(), StringComparison.Ordinal);
        // A bar of a round length: 500 microns of 1500.
        var bar = Shown.Lines(Overlay.Of(slide, PredictionMap.Of(table, Resolution.Baseline(0.1)), 0.5).Chart())[1];
        Assert.Equal(0.2, (double)bar["x1"]! - (double)bar["x0"]!, 1e-9);
        Assert.Contains("200 µm", Shown.Text(Overlay.Of(slide, PredictionMap.Of(table, Resolution.Baseline(0.1)), 0.5)), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task A_slider_hides_what_is_less_likely()
    {
        List<string> complaints = [];
        var page = await Show(Overlay.Of(new Raster(300, 200, 3), ProbabilityMap.Of(Table, Plain), 0.5), complaints);
        var slider = page.GetByLabel("shown from");
        await slider.FocusAsync();
        for (var i = 0; i < 10; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal("0.50", await slider.GetAttributeAsync("aria-valuetext"));
        await page.WaitForFunctionAsync("document.querySelector('.js-plotly-plot').data[1].colorscale[0][1] === 'rgba(0,0,0,0)'");
        Assert.InRange(await page.EvaluateAsync<double>("document.querySelector('.js-plotly-plot').data[1].colorscale[1][0]"), 0.49, 0.51);
        await page.GetByText("as at first").ClickAsync();
        await page.WaitForFunctionAsync("document.querySelector('.js-plotly-plot').data[1].colorscale[0][1] !== 'rgba(0,0,0,0)'");
        Assert.Empty(complaints);
    }

    static Task<int> Layers(IPage page) => page.Locator(".heatmaplayer image").CountAsync();
}
