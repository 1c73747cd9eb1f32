using System.Globalization;
using Microsoft.Playwright;
using static Patchwise.Tests.ViewerVisit;

namespace Patchwise.Tests;

public sealed partial class SlideViewerPageTests
{
    [Fact]
    public async Task Two_networks_stand_side_by_side_zoomed_together_and_where_they_disagree_is_seen()
    {
        var page = await visit.OpenAsync(glides: true);
        var alone = await LookAsync(page);
        await page.ClickAsync("#compare");
        await RestAsync(page);
        // The slide keeps its size on the screen, though there is less room for it.
        Assert.Equal(alone.Scale, (await LookAsync(page)).Scale, 0.01);
        Assert.Equal(["0", "1"], await page.EvaluateAsync<string[]>("viewer.panes.map(pane => String(pane.network.id))"));
        await Together();
        var box = (await page.Locator(".stage").Nth(1).BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width / 3, box.Y + box.Height / 3);
        await page.Mouse.WheelAsync(0, -400);
        await RestAsync(page);
        await Together();
        await page.FocusAsync(".pane:first-child .openseadragon-canvas");
        await page.Keyboard.PressAsync("ArrowLeft");
        await RestAsync(page);
        await Together();

        int[] differ = [.. Enumerable.Range(0, One.Count).Where(row => One[row].Class != Other[row].Class)];
        await page.ClickAsync("#whole");
        await page.UncheckAsync("#layer-slide");
        await page.CheckAsync("#layer-disagreement");
        Assert.False(await page.IsCheckedAsync("#layer-map"));
        await Assertions.Expect(page.Locator("#row-disagreement"))
            .ToContainTextAsync(FormattableString.Invariant($"{differ.Length:N0} of {One.Count:N0} patches"));
        await page.FillAsync("#row-disagreement > input[type=range]", "100");
        await RestAsync(page);
        var (unlike, alike) = (Inside(row => One[row].Class != Other[row].Class), Inside(row => One[row].Class == Other[row].Class));
        foreach (var side in new[] { "left", "right" })
        {
            Near(Seen("#d55e00"), await PixelAsync(page, Middle(One[unlike]), side));
            Assert.Equal(0, (await PixelAsync(page, Middle(One[alike]), side))[3]);
        }
        await page.CheckAsync("#filter-differs");
        await Assertions.Expect(page.Locator("#found")).ToHaveTextAsync(FormattableString.Invariant($"{differ.Length:N0} match"));
        await ClickAsync(page, Middle(One[unlike]), "right");
        await Assertions.Expect(page.Locator("#patch .verdict b")).ToHaveTextAsync(Other.Classes[Other[unlike].Class].Name);
        await Assertions.Expect(page.Locator("#patch .others")).ToContainTextAsync($"first-network: {One.Classes[One[unlike].Class].Name} "
            + One[unlike].Probability.ToString("F3", CultureInfo.InvariantCulture));

        // Not together, one stays where it is; and together again they keep how they lie.
        await page.UncheckAsync("#linked");
        var still = await LookAsync(page, "right");
        await page.FocusAsync(".pane:first-child .openseadragon-canvas");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.ClickAsync("#in");
        await RestAsync(page);
        Assert.Equal(still.Scale, (await LookAsync(page, "right")).Scale, 1e-6);
        Assert.Equal(still.X, (await LookAsync(page, "right")).X, 1e-6);
        // Alone again, it is the one that the buttons mean.
        await page.FocusAsync(".pane:nth-child(2) .openseadragon-canvas");
        await page.ClickAsync("#compare");
        var before = await LookAsync(page);
        await page.ClickAsync("#in");
        await RestAsync(page);
        Assert.Equal(before.Scale / 1.5, (await LookAsync(page)).Scale, before.Scale * 0.05);
        await page.Context.CloseAsync();

        // Of patches that lie in both stages.
        int Inside(Func<int, bool> which) => Enumerable.Range(0, One.Count).First(row => One[row].Box is { X0: > 800 and < 1200, Y0: > 1200 } && which(row));
        async Task Together()
        {
            var (left, right) = (await LookAsync(page), await LookAsync(page, "right"));
            Assert.Equal((left.X, left.Y, left.Scale), (right.X, right.Y, right.Scale),
                (a, b) => Math.Abs(a.Item1 - b.Item1) < 1 && Math.Abs(a.Item2 - b.Item2) < 1 && Math.Abs(a.Item3 / b.Item3 - 1) < 1e-3);
        }
    }

    [Fact]
    public async Task Two_slides_are_zoomed_together_in_microns()
    {
        var page = await visit.OpenAsync("#slide=0&right=1.none");
        await page.SelectOptionAsync("#power", "5");
        await RestAsync(page);
        var (left, right, mpp) = (await LookAsync(page), await LookAsync(page, "right"), visit.Slide.Mpp!.Value);
        Assert.Equal(left.Scale * mpp.X, right.Scale * 0.25, 0.01);
        await page.FocusAsync(".pane:first-child .openseadragon-canvas");
        await page.Keyboard.PressAsync("ArrowDown");
        await RestAsync(page);
        var (then, also) = (await LookAsync(page), await LookAsync(page, "right"));
        Assert.True(then.Y > left.Y + 10);
        Assert.Equal((then.Y - left.Y) * mpp.Y, (also.Y - right.Y) * 0.25, 0.5);
        // The list opens another one on the left.
        await page.Locator("#slides button").Nth(1).ClickAsync();
        await RestAsync(page);
        Assert.Equal("fine.png", await page.Locator("h1").TextContentAsync());
        await page.GoBackAsync();
        await RestAsync(page);
        Assert.Equal("CMU-1-Small-Region.svs", await page.Locator("h1").TextContentAsync());
        await page.Context.CloseAsync();
    }
}
