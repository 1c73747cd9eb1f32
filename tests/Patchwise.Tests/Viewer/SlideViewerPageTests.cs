using System.Globalization;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Patchwise.Tests.ViewerVisit;

namespace Patchwise.Tests;

/// <summary>The viewer's page in a real browser.</summary>
public sealed class SlideViewerPageTests(ViewerVisit visit) : IClassFixture<ViewerVisit>, IDisposable
{
    const string OnlyMap = "#layers=map:100", Mpp = "viewer.left.slide.mpp[0]";

    /// <summary>Every test ends with a page that has nothing to complain about.</summary>
    public void Dispose() => Assert.Empty(visit.Complaints);

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
        var page = await visit.OpenAsync();
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
        var opacity = page.Locator("#row-map input[type=range]");
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
        await RestAsync(page);
        await page.WaitForFunctionAsync("location.hash.includes('shown=3')");
        await RestAsync(page);
        Near(Seen(Palette.HeatAt(Share(less))), await PixelAsync(page, Middle(One[less])), 6);
        Near(Seen(Palette.HeatAt(Share(more))), await PixelAsync(page, Middle(One[more])), 6);
        await page.FocusAsync("#above");
        for (var i = 0; i < 30; i++)
            await page.Keyboard.PressAsync("ArrowRight");
        await page.WaitForFunctionAsync("location.hash.includes('above=0.4')");
        await RestAsync(page);
        Assert.Equal(0, (await PixelAsync(page, Middle(One[less])))[3]);
        Near(Seen(Palette.HeatAt(Share(more))), await PixelAsync(page, Middle(One[more])), 6);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_click_tells_what_the_table_says_of_the_patch()
    {
        var page = await visit.OpenAsync();
        var index = Enumerable.Range(0, One.Count).First(row => One[row].Label is { } label && label != One[row].Class && One[row].Box.X0 > 800);
        var (row, mpp) = (One[index], visit.Slide.Mpp!.Value);
        await ClickAsync(page, Middle(row));
        await Assertions.Expect(page.Locator("#patch .verdict b")).ToHaveTextAsync(One.Classes[row.Class].Name);
        Assert.Equal(row.Probability.ToString("F3", CultureInfo.InvariantCulture), await page.Locator("#patch .verdict .value").TextContentAsync());
        Assert.Equal($"Wrong: known as {One.Classes[row.Label!.Value].Name}",
            (await page.Locator("#patch .known").TextContentAsync())!.Replace("  ", " ", StringComparison.Ordinal));
        var table = await page.Locator("#patch tbody tr").AllTextContentsAsync();
        var expected = Enumerable.Range(0, 4).OrderByDescending(k => One.Probabilities(index)[k])
            .Select(k => One.Classes[k].Name + One.Probabilities(index)[k].ToString("F3", CultureInfo.InvariantCulture));
        Assert.Equal(expected, table);
        var facts = await page.Locator("#patch dl").TextContentAsync();
        Assert.Contains(FormattableString.Invariant($"x {row.Box.X0:N0} px, y {row.Box.Y0:N0} px"), facts, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"x {row.Box.X0 * mpp.X:N0} µm, y {row.Box.Y0 * mpp.Y:N0} µm"), facts, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"{Patch * mpp.X:N0} × {Patch * mpp.Y:N0} µm"), facts, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"{index + 1:N0} of {One.Count:N0}"), facts, StringComparison.Ordinal);
        await page.WaitForFunctionAsync($"document.querySelector('#patch img').naturalWidth === {Patch}");
        Assert.Contains(One.Classes[row.Class].Name, await page.Locator("#said").TextContentAsync() ?? "", StringComparison.Ordinal);
        // Beside them nothing was predicted, and beside the slide there is nothing to say.
        await ClickAsync(page, (visit.Slide.Size.Width - 40, 500));
        await Assertions.Expect(page.Locator("#patch")).ToContainTextAsync("Nothing was predicted at");
        // With keys: the one in the middle.
        await page.EvaluateAsync($"viewer.left.look({{ x: {Middle(One[0]).X}, y: {Middle(One[0]).Y}, scale: 1 }})");
        await RestAsync(page);
        await page.FocusAsync(".openseadragon-canvas");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#patch .verdict .value")).ToHaveTextAsync(One[0].Probability.ToString("F3", CultureInfo.InvariantCulture));
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Filters_find_what_matches_one_after_another()
    {
        var page = await visit.OpenAsync();
        int[] matches = [.. Enumerable.Range(0, One.Count).Where(row => One[row] is { Class: 2, Probability: >= 0.5f and <= 0.9f } one
            && one.Label is { } label && label != one.Class)];
        await page.SelectOptionAsync("#filter-class", "2");
        await page.FillAsync("#filter-from", "0.5");
        await page.FillAsync("#filter-to", "0.9");
        await page.CheckAsync("#filter-wrong");
        await Assertions.Expect(page.Locator("#found")).ToHaveTextAsync(FormattableString.Invariant($"{matches.Length:N0} match"));
        for (var i = 0; i < 3; i++)
        {
            await page.ClickAsync("#next");
            await Assertions.Expect(page.Locator("#found")).ToHaveTextAsync(FormattableString.Invariant($"{i + 1} of {matches.Length:N0}"));
            await Shows(matches[i]);
        }
        await page.FocusAsync(".openseadragon-canvas");
        await page.Keyboard.PressAsync("p");
        await Shows(matches[1]);
        await page.Keyboard.PressAsync("p");
        await Shows(matches[0]);
        await page.Keyboard.PressAsync("p");
        await Shows(matches[^1]);
        await RestAsync(page);
        // One looks there.
        var (look, middle) = (await LookAsync(page), Middle(One[matches[^1]]));
        Assert.Equal(middle, (look.X, look.Y), (a, b) => Math.Abs(a.X - b.X) + Math.Abs(a.Y - b.Y) < 4);
        // On the slide only these.
        await page.CheckAsync("#filter-only");
        await page.UncheckAsync("#layer-slide");
        await page.ClickAsync("#whole");
        await page.WaitForFunctionAsync("location.hash.includes('only=1')");
        await RestAsync(page);
        Assert.NotEqual(0, (await PixelAsync(page, Middle(One[matches[1]])))[3]);
        Assert.Equal(0, (await PixelAsync(page, Middle(One.First(row => row.Class == 2 && row.Probability < 0.5f))))[3]);
        Assert.Equal(0, (await PixelAsync(page, Middle(One.First(row => row.Class != 2))))[3]);
        // What nothing matches says so.
        await page.FillAsync("#filter-from", "1");
        await page.FillAsync("#filter-to", "1");
        await Assertions.Expect(page.Locator("#found")).ToHaveTextAsync("0 match");
        Assert.True(await page.Locator("#next").IsDisabledAsync());
        // A cell of a confusion matrix leads to its first patch.
        var cell = Enumerable.Range(0, One.Count).First(row => One[row] is { Class: 2, Label: 3 });
        var linked = await visit.OpenAsync("#class=2&label=3");
        await Assertions.Expect(linked.Locator("#patch dl")).ToContainTextAsync(FormattableString.Invariant($"{cell + 1:N0} of"));
        await linked.Context.CloseAsync();
        await page.Context.CloseAsync();

        Task Shows(int row) =>
            Assertions.Expect(page.Locator("#patch dl")).ToContainTextAsync(FormattableString.Invariant($"{row + 1:N0} of {One.Count:N0}"));
    }

    [Fact]
    public async Task Two_networks_stand_side_by_side_zoomed_together_and_where_they_disagree_is_seen()
    {
        var page = await visit.OpenAsync();
        await page.ClickAsync("#compare");
        await RestAsync(page);
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
        await page.FillAsync("#row-disagreement input[type=range]", "100");
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
        await page.ClickAsync("#in");
        await page.FocusAsync(".pane:first-child .openseadragon-canvas");
        await page.Keyboard.PressAsync("ArrowRight");
        await RestAsync(page);
        Assert.Equal(still, await LookAsync(page, "right"));
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
        await page.WaitForFunctionAsync("document.querySelector('#patch .verdict') && location.hash.includes('label=1')");
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
        await page.WaitForFunctionAsync("!document.querySelector('#patch .verdict')");
        await page.GoBackAsync();
        await page.WaitForFunctionAsync("viewer.right === null");
        await page.GoForwardAsync();
        await page.WaitForFunctionAsync("viewer.right !== null");
        await other.Context.CloseAsync();
        // Nonsense is no reason to show nothing.
        var odd = await visit.OpenAsync("#slide=7&view=a,b&layers=map:900,nothing&shown=99&hide=x,5&above=-3&patch=1e9&right=9.9");
        await Assertions.Expect(odd.Locator("#notices")).ToContainTextAsync("slide 7");
        Assert.Equal("CMU-1-Small-Region.svs", await odd.Locator("h1").TextContentAsync());
        await odd.Context.CloseAsync();
        await page.Context.CloseAsync();
    }

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
        await page.WaitForFunctionAsync("!location.hash.includes('map:')");
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
        Assert.All(visit.Complaints, one => Assert.Contains("Failed to load resource", one, StringComparison.Ordinal));
        visit.Complaints.Clear();
    }
}
