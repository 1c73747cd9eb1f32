using Microsoft.Playwright;
using static Patchwise.Tests.ViewerVisit;

namespace Patchwise.Tests;

public sealed partial class SlideViewerPageTests
{
    [Fact]
    public async Task A_picture_is_saved_with_a_scale_bar_of_its_length_and_the_legend()
    {
        var page = await visit.OpenAsync("#layers=slide:100,map:50&hide=1");
        var (look, words) = (await LookAsync(page), (await page.Locator(".scale").TextContentAsync())!);
        var saved = await page.RunAndWaitForDownloadAsync(() => page.ClickAsync("#picture"));
        Assert.StartsWith("CMU-1-Small-Region-x", saved.SuggestedFilename, StringComparison.Ordinal);
        var picture = Raster.Load((await saved.PathAsync())!);
        var stage = (await page.Locator(".stage").BoundingBoxAsync())!;
        Assert.Equal((int)stage.Width, picture.Width);
        Assert.True(picture.Height > stage.Height + 40);
        bool Is(int x, int y, string color) => Rgb(color).Select((part, c) => Math.Abs(picture[x, y, c] - part)).All(off => off <= 2);
        // The bar is a run of the dark of words, five px high, in the lower left of the slide: the longest one there.
        var longest = Enumerable.Range((int)stage.Height - 40, 60).Max(y => Run(y, "#1b2328"));
        Assert.Equal(Microns(words), longest * look.Scale * visit.Slide.Mpp!.Value.X, Microns(words) * 0.03);
        foreach (var (known, k) in One.Classes.Select((known, k) => (known, k)))
            Assert.Equal(k != 1, Enumerable.Range((int)stage.Height + 28, picture.Height - (int)stage.Height - 28)
                .Any(y => Enumerable.Range(0, picture.Width - 10).Any(x => Enumerable.Range(x, 10).All(at => Is(at, y, known.Color)))));
        await page.Context.CloseAsync();

        int Run(int y, string color)
        {
            var (most, now) = (0, 0);
            for (var x = 0; x < 300; x++)
                most = Math.Max(most, now = Is(x, y, color) ? now + 1 : 0);
            return most;
        }
    }

    [Fact]
    public async Task A_link_shows_the_same_place_layers_filter_and_patch()
    {
        var page = await visit.OpenAsync();
        await page.ClickAsync("#compare");
        await page.CheckAsync("#layer-tissue");
        await page.SelectOptionAsync("#style", "outline");
        await page.Locator("#legends input").Nth(3).UncheckAsync();
        await page.SelectOptionAsync("#filter-label", "1");
        await page.ClickAsync("#next");
        await page.WaitForFunctionAsync("() => document.querySelector('#patch .verdict') && location.hash.includes('label=1')");
        await page.ClickAsync("#in");
        await RestAsync(page);
        await page.WaitForTimeoutAsync(400);
        var link = await page.EvaluateAsync<string>("location.hash");
        var (look, right, patch) = (await LookAsync(page), await LookAsync(page, "right"), await page.Locator("#patch").InnerTextAsync());

        var other = await visit.OpenAsync(link);
        foreach (var (expected, side) in new[] { (look, "left"), (right, "right") })
        {
            var found = await LookAsync(other, side);
            Assert.Equal(expected.X, found.X, 0.2);
            Assert.Equal(expected.Y, found.Y, 0.2);
            Assert.Equal(expected.Scale, found.Scale, expected.Scale * 1e-3);
        }
        await Assertions.Expect(other.Locator("#patch .verdict")).ToBeVisibleAsync();
        Assert.Equal(patch, await other.Locator("#patch").InnerTextAsync());
        Assert.Equal("outline", await other.InputValueAsync("#style"));
        Assert.True(await other.IsCheckedAsync("#layer-tissue"));
        Assert.False(await other.Locator("#legends input").Nth(3).IsCheckedAsync());
        Assert.Equal("1", await other.InputValueAsync("#filter-label"));
        Assert.Equal(link, await other.EvaluateAsync<string>("location.hash"));
        // Back: before the patch was chosen, and before the comparison.
        await page.GoBackAsync();
        await page.WaitForFunctionAsync("() => !document.querySelector('#patch .verdict')");
        await page.GoBackAsync();
        await page.WaitForFunctionAsync("() => viewer.right === null");
        await page.GoForwardAsync();
        await page.WaitForFunctionAsync("() => viewer.right !== null");
        await other.Context.CloseAsync();
        // Nonsense is no reason to show nothing.
        var odd = await visit.OpenAsync("#slide=7&view=a,b&layers=map:900,nothing&shown=99&hide=x,5&above=-3&patch=1e9&right=9.9");
        await Assertions.Expect(odd.Locator("#notices")).ToContainTextAsync("slide 7");
        Assert.Equal("CMU-1-Small-Region.svs", await odd.Locator("h1").TextContentAsync());
        await odd.Context.CloseAsync();
        await page.Context.CloseAsync();
    }
}
