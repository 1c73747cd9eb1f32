using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Patchwise.Tests.ViewerVisit;

namespace Patchwise.Tests;

public sealed partial class SlideViewerPageTests
{
    [Fact]
    public async Task Everything_is_reached_with_keys_and_the_focus_is_seen()
    {
        var page = await visit.OpenAsync("#class=2");
        await Assertions.Expect(page.Locator("#patch .verdict")).ToBeVisibleAsync();
        var wanted = await page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll('button, select, input, summary, .openseadragon-canvas')]
              .filter(one => one.checkVisibility() && !one.disabled).map((one, i) => one.dataset.walk = String(i))
            """);
        HashSet<string> reached = [];
        for (var i = 0; i < wanted.Length + 5; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var (at, line) = (await page.EvaluateAsync<string?>("document.activeElement.dataset.walk ?? null"),
                await page.EvaluateAsync<double>("parseFloat(getComputedStyle(document.activeElement).outlineWidth)"));
            if (at is null)
                continue;
            reached.Add(at);
            Assert.True(line >= 2, $"no focus is seen on {await page.EvaluateAsync<string>("document.activeElement.outerHTML.slice(0, 200)")}");
        }
        Assert.Equal(wanted.Order(), reached.Order());
        await page.FocusAsync("#layer-map");
        await page.Keyboard.PressAsync("Space");
        await page.WaitForFunctionAsync("() => !location.hash.includes('map:')");
        await page.FocusAsync(".openseadragon-canvas");
        var before = await LookAsync(page);
        await page.Keyboard.PressAsync("+");
        await RestAsync(page);
        Assert.True((await LookAsync(page)).Scale < before.Scale);
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("f");
        await RestAsync(page);
        Assert.Equal(0, await page.EvaluateAsync<double>("viewer.left.viewer.viewport.getRotation()"));
        Assert.False(await page.EvaluateAsync<bool>("viewer.left.viewer.viewport.getFlip()"));
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData(1400, 900)]
    [InlineData(900, 600)]
    public async Task Names_roles_and_contrast_are_as_assistive_programs_need_them_and_nothing_is_cut(int width, int height)
    {
        var page = await visit.OpenAsync("", width, height);
        await Check("as it opens");
        await ClickAsync(page, Middle(One[40]));
        await Assertions.Expect(page.Locator("#patch .verdict")).ToBeVisibleAsync();
        await Check("with a patch");
        await page.ClickAsync("#compare");
        await RestAsync(page);
        await page.EvaluateAsync("viewer.notice('Something went wrong.')");
        if (width < 1200)
            await page.ClickAsync(".sides button:first-child");
        await page.CheckAsync("#layer-probability");
        await page.ClickAsync("summary");
        await Check("comparing");
        await page.Context.CloseAsync();

        async Task Check(string state)
        {
            var found = await page.RunAxe();
            Assert.Empty(found.Violations.Select(one => $"{state}: {one.Id}: {string.Join("; ", one.Nodes.Select(node => node.Html))}"));
            Assert.Contains(found.Passes, rule => rule.Id == "color-contrast");
            Assert.Empty(await page.EvaluateAsync<string[]>("""
                [...document.querySelectorAll('button, select, input, h1, h2, label, p, td, dd')]
                  .filter(one => one.checkVisibility() && !one.closest('.unseen'))
                  .filter(one => { const box = one.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; })
                  .map(one => `${one.outerHTML.slice(0, 100)} lies outside the page`)
                """));
            Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollHeight > innerHeight + 1"), "the page is higher than its window");
        }
    }

    [Fact]
    public async Task What_cannot_be_shown_is_said_in_words()
    {
        var page = await visit.OpenAsync("#layers=slide:100");
        await page.RouteAsync("**/map/**", route => route.FulfillAsync(new()
        {
            Status = 500,
            ContentType = "application/json",
            Body = """{"error":"slide.svs: the tile at 3, 4 is damaged"}""",
        }));
        await page.CheckAsync("#layer-map");
        await Assertions.Expect(page.Locator("#notices")).ToContainTextAsync("A part of the picture cannot be shown: slide.svs: the tile at 3, 4 is damaged");
        await page.Locator("#notices button").ClickAsync();
        await page.UncheckAsync("#layer-map");
        await page.RouteAsync("**/api/**", route => route.AbortAsync());
        await ClickAsync(page, Middle(One[40]));
        await Assertions.Expect(page.Locator("#notices")).ToContainTextAsync("does not answer any more");
        await page.Context.CloseAsync();
        // The browser writes these down itself.
        Assert.All(visit.Complaints, one => Assert.Contains("ailed to load", one, StringComparison.Ordinal));
        visit.Complaints.Clear();
    }

    [Fact]
    public async Task Who_asked_for_less_motion_is_there_at_once()
    {
        var page = await visit.OpenAsync();
        var whole = await LookAsync(page);
        var next = await page.EvaluateAsync<double>("""
            () => new Promise(done => {
              document.getElementById('in').click();
              requestAnimationFrame(() => requestAnimationFrame(() => done(viewer.left.view.scale)));
            })
            """);
        Assert.Equal(whole.Scale / 1.5, next, 0.001);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Without_predictions_it_shows_the_slide_and_where_microns_are_not_known_it_says_px()
    {
        using var plain = Slide.Of(new Raster(1200, 800, 3), "plain.png");
        using var viewer = SlideViewer.Open(plain);
        var page = await visit.OpenAsync(viewer, "", 900, 600);
        Assert.Matches(@"^[\d,]+ px · \d+ % of full size$", await page.Locator(".scale").TextContentAsync());
        Assert.False(await page.Locator("#patches").IsVisibleAsync());
        Assert.False(await page.Locator("#row-map").IsVisibleAsync());
        Assert.False(await page.Locator("#power").IsVisibleAsync());
        await ClickAsync(page, (600, 400));
        await page.ClickAsync("#compare");
        await RestAsync(page);
        Assert.Equal(2, await page.Locator(".stage").CountAsync());
        await page.Context.CloseAsync();
    }
}
