using System.Globalization;
using Microsoft.Playwright;
using Patchwise;
using Patchwise.Tests;

namespace Notebooks.Tests;

/// <summary>The pages of the default run in a real browser.</summary>
[Collection("default run")]
public sealed class PageTests(DefaultRun run, Chromium chromium) : IClassFixture<Chromium>
{
    [Theory, MemberData(nameof(Repository.Numbers), MemberType = typeof(Repository))]
    public async Task On_wide_and_narrow_pages_every_chart_draws_no_title_is_cut_no_label_lies_over_a_line_and_nothing_leaves_the_page(string number)
    {
        var figures = run[number].Charts;
        Assert.True(figures > 0);
        foreach (var width in (int[])[900, 1400])
        {
            List<string> complaints = [];
            var page = await chromium.OpenAsync(run[number].Page, complaints, width, 1000);
            await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg:first-child")).ToHaveCountAsync(figures);
            for (var i = 0; i < figures; i++)
            {
                // A drawn chart has marks: bars, lines, points or an image.
                var chart = page.Locator(".js-plotly-plot").Nth(i);
                var marks = chart.Locator(".bars path, .lines path, .points path, .imagelayer image, .heatmaplayer image");
                await Assertions.Expect(marks.First).ToBeAttachedAsync();
                Assert.True(await chart.Locator(".main-svg").First.IsVisibleAsync());
            }
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            Assert.Empty(await Chromium.FaultsOf(page));
            // Wide code and tables scroll in boxes of their own.
            Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
            Assert.Empty(complaints);
            await page.CloseAsync();
        }
    }

    /// <summary>By keys alone: the controls of a page without a kernel say what the library says of the same objects.</summary>
    [Fact]
    public async Task Sliders_of_a_saved_page_give_what_the_library_computes()
    {
        var set = ImageSet.Open(Repository.Path("notebooks", "data", "dsb2018-nuclei"), magnification: 40);
        var regions = RegionTable.Measure(set, RegionProperties.All).AwayFromEdge(1);
        List<string> complaints = [];
        var page = await chromium.OpenAsync(run["02"].Page, complaints, 1400, 1000);
        var bar = page.Locator("[data-patchwise] [data-controls]");
        foreach (var (threshold, share) in ((double, double)[])[(0.8, 0.95), (0.96, 0.9)])
        {
            await Turn(bar, 0, threshold.ToString("0.00", CultureInfo.InvariantCulture));
            await Turn(bar, 1, FormattableString.Invariant($"{100 * share} %"));
            var known = ClarityTest.Of(set, regions, new() { Trials = [30, 20, 10, 5], Seed = 7, Sample = 200, Threshold = threshold, Share = share });
            await Assertions.Expect(bar.GetByRole(AriaRole.Status)).ToHaveTextAsync(known.Suggestion.Reason);
        }
        await Turn(page.Locator("[data-live] [data-controls]"), 0, "5x");
        await Assertions.Expect(page.Locator("[data-live] [data-gallery]:visible img")).ToHaveCountAsync(10);
        Assert.Empty(await Chromium.FaultsOf(page));

        page = await chromium.OpenAsync(run["03"].Page, complaints, 900, 1000);
        bar = page.Locator("[data-patchwise] [data-controls]");
        foreach (var (power, size) in ((double, int)[])[(40, 32), (10, 16)])
        {
            await Turn(bar, 0, new Magnification(power).ToString());
            await Turn(bar, 1, $"{size} px");
            var known = SizeTest.Of(regions.At(new(power)), [size], 0.95, 8);
            await Assertions.Expect(bar.GetByRole(AriaRole.Status)).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(
                $"^{System.Text.RegularExpressions.Regex.Escape($"{known.Fit[0]} at {new Magnification(power)} (95 %")}.*"
                + $"{System.Text.RegularExpressions.Regex.Escape($"Suggested is {known.Suggestion.Reason}")}$"));
        }
        Assert.Empty(await Chromium.FaultsOf(page));
        Assert.Empty(complaints);
    }

    static async Task Turn(ILocator bar, int control, string step)
    {
        var slider = bar.GetByRole(AriaRole.Slider).Nth(control);
        await slider.PressAsync("Home");
        for (var i = 0; i < 60 && await slider.GetAttributeAsync("aria-valuetext") != step; i++)
            await slider.PressAsync("ArrowRight");
        Assert.Equal(step, await slider.GetAttributeAsync("aria-valuetext"));
    }

    [Theory, MemberData(nameof(Repository.Numbers), MemberType = typeof(Repository))]
    public async Task Without_scripts_every_chart_is_there_in_words(string number)
    {
        await using var context = await chromium.NewContextAsync(new() { JavaScriptEnabled = false });
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(run[number].Page).AbsoluteUri);
        var words = page.Locator("[data-patchwise] > pre");
        await Assertions.Expect(words).ToHaveCountAsync(run[number].Charts);
        foreach (var drawing in await words.AllAsync())
        {
            Assert.True(await drawing.IsVisibleAsync());
            Assert.StartsWith("Chart \"", await drawing.TextContentAsync(), StringComparison.Ordinal);
        }
    }
}
