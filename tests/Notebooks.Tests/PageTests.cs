using Microsoft.Playwright;
using Patchwise.Tests;

namespace Notebooks.Tests;

/// <summary>The pages of the default run in a real browser.</summary>
[Collection("default run")]
public sealed class PageTests(DefaultRun run, Chromium chromium) : IClassFixture<Chromium>
{
    [Theory, InlineData("01"), InlineData("02"), InlineData("03"), InlineData("04"), InlineData("05"), InlineData("06"), InlineData("07")]
    public async Task Every_chart_draws_without_an_error_and_nothing_leaves_the_page(string number)
    {
        List<string> complaints = [];
        var page = await chromium.OpenAsync(run[number].Page, complaints);
        var figures = run[number].Charts;
        Assert.True(figures > 0);
        await Assertions.Expect(page.Locator(".js-plotly-plot")).ToHaveCountAsync(figures);
        for (var i = 0; i < figures; i++)
        {
            // A drawn chart has marks: bars, lines, points or an image.
            var marks = page.Locator(".js-plotly-plot").Nth(i).Locator(".bars path, .lines path, .points path, .imagelayer image, .heatmaplayer image");
            await Assertions.Expect(marks.First).ToBeAttachedAsync();
            Assert.True(await page.Locator(".js-plotly-plot").Nth(i).Locator(".main-svg").First.IsVisibleAsync());
        }
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.Empty(complaints);
        await page.CloseAsync();
    }

    [Theory, InlineData("01", 900), InlineData("02", 900), InlineData("03", 900), InlineData("04", 900), InlineData("05", 900), InlineData("06", 900)]
    [InlineData("07", 900), InlineData("01", 1400), InlineData("02", 1400), InlineData("03", 1400), InlineData("04", 1400), InlineData("05", 1400)]
    [InlineData("06", 1400), InlineData("07", 1400)]
    public async Task No_title_is_cut_and_no_label_lies_over_a_line_on_wide_and_narrow_pages(string number, int width)
    {
        var page = await chromium.OpenAsync(run[number].Page, [], width, 1000);
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg:first-child")).ToHaveCountAsync(run[number].Charts);
        Assert.Empty(await Chromium.FaultsOf(page));
        // Wide code and tables scroll in boxes of their own.
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
        await page.CloseAsync();
    }

    [Theory, InlineData("01"), InlineData("02"), InlineData("03"), InlineData("04"), InlineData("05"), InlineData("06"), InlineData("07")]
    public async Task Without_scripts_every_chart_is_there_in_words(string number)
    {
        await using var context = await chromium.Browser.NewContextAsync(new() { JavaScriptEnabled = false });
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
