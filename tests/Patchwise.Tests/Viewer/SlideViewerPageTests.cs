using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Patchwise.Tests.ViewerVisit;

namespace Patchwise.Tests;

/// <summary>The viewer's page in a real browser.</summary>
public sealed partial class SlideViewerPageTests(ViewerVisit visit) : IClassFixture<ViewerVisit>, IDisposable
{
    const string OnlyMap = "#layers=map:100", Mpp = "viewer.left.slide.mpp[0]";

    /// <summary>Every test ends with a page that has nothing to complain about.</summary>
    public void Dispose()
    {
        string[] complaints = [.. visit.Complaints];
        visit.Complaints.Clear();
        Assert.Empty(complaints);
    }

    PredictionTable One => visit.One;
    PredictionTable Other => visit.Other;

    static void Near(IReadOnlyList<int> expected, IReadOnlyList<int> found, int within = 3) =>
        Assert.True(expected.Zip(found).All(pair => Math.Abs(pair.First - pair.Second) <= within),
            $"expected the color {string.Join(' ', expected)}, found {string.Join(' ', found)}");

    static int[] Seen(string color) => [.. Rgb(color), 255];

    /// <summary>A length as the page writes it, in microns.</summary>
    static double Microns(string text) => Regex.Match(text, @"([\d,.]+) (µm|mm)") is { Success: true } found
        ? double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) * (found.Groups[2].Value == "mm" ? 1000 : 1) : throw new FormatException(text);

    static async Task ScaleHolds(IPage page, double power)
    {
        var look = await LookAsync(page);
        var bar = (await page.Locator(".pane:first-child .bar").BoundingBoxAsync())!;
        var words = (await page.Locator(".pane:first-child .scale").TextContentAsync())!;
        Assert.Equal(Microns(words), bar.Width * look.Scale * await page.EvaluateAsync<double>(Mpp), Microns(words) * 0.02);
        var shown = double.Parse(Regex.Match(words, @"([\d.]+)×").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(shown, power / look.Scale * 0.9, power / look.Scale * 1.1);
    }

    [Fact]
    public async Task The_slide_opens_whole_and_is_zoomed_and_moved_with_its_scale_in_microns()
    {
        var page = await visit.OpenAsync(glides: true);
        var (whole, size) = (await LookAsync(page), visit.Slide.Size);
        Assert.Equal((size.Width / 2.0, size.Height / 2.0), (whole.X, whole.Y), (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 2);
        await ScaleHolds(page, 20);
        Assert.Equal("CMU-1-Small-Region.svs", await page.Locator("h1").TextContentAsync());
        foreach (var (known, k) in One.Classes.Select((known, k) => (known, k)))
            Assert.Contains(One.Count(row => row.Class == k).ToString("N0", CultureInfo.InvariantCulture),
                await page.Locator("#legends li").Nth(k).TextContentAsync() ?? "", StringComparison.Ordinal);
        Assert.Contains("the file ends after 3 bytes", await page.Locator("#slides").TextContentAsync() ?? "", StringComparison.Ordinal);
        Assert.True(await page.Locator("#slides button").Nth(2).IsDisabledAsync());

        await page.ClickAsync("#in");
        await RestAsync(page);
        Assert.Equal(whole.Scale / 1.5, (await LookAsync(page)).Scale, 0.02);
        await ScaleHolds(page, 20);
        var stage = (await page.Locator(".stage").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(stage.X + stage.Width / 2, stage.Y + stage.Height / 2);
        await page.Mouse.WheelAsync(0, -300);
        await RestAsync(page);
        var near = await LookAsync(page);
        Assert.True(near.Scale < whole.Scale / 1.6, $"{near}");
        await ScaleHolds(page, 20);
        // 100 px of the screen to the right: one looks as far to the left.
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(stage.X + stage.Width / 2 + 100, stage.Y + stage.Height / 2, new() { Steps = 5 });
        await page.WaitForTimeoutAsync(300);
        await page.Mouse.UpAsync();
        await RestAsync(page);
        var moved = await LookAsync(page);
        Assert.Equal(near.X - 100 * near.Scale, moved.X, 12 * near.Scale);
        Assert.Equal(near.Y, moved.Y, 12 * near.Scale);
        await page.SelectOptionAsync("#power", "10");
        await RestAsync(page);
        Assert.Equal(2, (await LookAsync(page)).Scale, 0.01);
        await ScaleHolds(page, 20);
        // The thumbnail leads anywhere.
        var small = (await page.Locator(".navigator img").BoundingBoxAsync())!;
        await page.Mouse.ClickAsync(small.X + small.Width / 4, small.Y + small.Height / 4);
        await RestAsync(page);
        var there = await LookAsync(page);
        Assert.Equal((size.Width / 4.0, size.Height / 4.0), (there.X, there.Y),
            (a, b) => Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 60);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Classes_have_their_colors_and_the_legend_hides_one_and_no_other()
    {
        var page = await visit.OpenAsync(OnlyMap);
        var (hidden, kept) = (One.First(row => row.Class == 1), One.First(row => row.Class == 2));
        Near(Seen(One.Classes[1].Color), await PixelAsync(page, Middle(hidden)));
        Near(Seen(One.Classes[2].Color), await PixelAsync(page, Middle(kept)));
        await page.Locator("#legends input").Nth(1).UncheckAsync();
        await RestAsync(page);
        Assert.Equal(0, (await PixelAsync(page, Middle(hidden)))[3]);
        Near(Seen(One.Classes[2].Color), await PixelAsync(page, Middle(kept)));
        await page.GetByRole(AriaRole.Button, new() { Name = "None" }).ClickAsync();
        await RestAsync(page);
        Assert.Equal(0, (await PixelAsync(page, Middle(kept)))[3]);
        await page.GetByRole(AriaRole.Button, new() { Name = "All", Exact = true }).ClickAsync();
        await RestAsync(page);
        Near(Seen(One.Classes[1].Color), await PixelAsync(page, Middle(hidden)));
        // Outlined: the middle of what is alone among others is bare.
        await page.SelectOptionAsync("#style", "outline");
        await page.EvaluateAsync($"viewer.left.look({{ x: {Middle(kept).X}, y: {Middle(kept).Y}, scale: 1 }})");
        await RestAsync(page);
        Assert.Equal(0, (await PixelAsync(page, Middle(kept)))[3]);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Layers_lie_over_the_slide_as_opaque_as_their_sliders_say()
    {
        var (row, page) = (One.First(row => row.Class == 2 && row.Box.X0 > 900 && row.Box.Y0 > 900), await visit.OpenAsync("#layers=slide:100"));
        var bare = await PixelAsync(page, Middle(row));
        await page.CheckAsync("#layer-map");
        await RestAsync(page);
        Near([.. bare.Zip(Seen(One.Classes[2].Color), (a, b) => (a + b) / 2)], await PixelAsync(page, Middle(row)), 4);
        var opacity = page.Locator("#row-map > input[type=range]");
        await opacity.FillAsync("100");
        await RestAsync(page);
        Near(Seen(One.Classes[2].Color), await PixelAsync(page, Middle(row)), 4);
        await page.UncheckAsync("#layer-map");
        await page.CheckAsync("#layer-grey");
        await RestAsync(page);
        var grey = await PixelAsync(page, Middle(row));
        Assert.True(grey[0] == grey[1] && grey[1] == grey[2] && grey[3] == 255, string.Join(' ', grey));
        foreach (var (name, path) in new[] { ("grid", "/grid/0/"), ("tissue", "/tissue/") })
        {
            var came = page.WaitForResponseAsync(response => response.Url.Contains(path, StringComparison.Ordinal));
            await page.CheckAsync($"#layer-{name}");
            Assert.Equal(200, (await came).Status);
        }
        await RestAsync(page);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_threshold_hides_what_is_less_likely()
    {
        var page = await visit.OpenAsync("#layers=map:100&above=0.1");
        float Share(int row) => One.Probabilities(row)[3];
        int First(Func<float, bool> which) => Enumerable.Range(0, One.Count).First(row => which(Share(row)));
        var (less, more) = (First(share => share is > 0.25f and < 0.3f), First(share => share > 0.6f));
        await page.UncheckAsync("#layer-map");
        await page.CheckAsync("#layer-probability");
        await page.SelectOptionAsync("#shown", "3");
        await page.FillAsync("#row-probability > input[type=range]", "100");
        await page.WaitForFunctionAsync("() => location.hash.includes('shown=3')");
        await RestAsync(page);
        Near(Seen(Palette.HeatAt(Share(less))), await PixelAsync(page, Middle(One[less])), 6);
        Near(Seen(Palette.HeatAt(Share(more))), await PixelAsync(page, Middle(One[more])), 6);
        await page.FocusAsync("#above");
        for (var i = 0; i < 30; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForFunctionAsync("() => location.hash.includes('above=0.4')");
        await RestAsync(page);
        Assert.Equal(0, (await PixelAsync(page, Middle(One[less])))[3]);
        Near(Seen(Palette.HeatAt(Share(more))), await PixelAsync(page, Middle(One[more])), 6);
        await page.Context.CloseAsync();
    }
}
