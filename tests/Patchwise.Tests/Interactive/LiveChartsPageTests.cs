using Microsoft.Playwright;
using Plotly.NET;

namespace Patchwise.Tests;

/// <summary>Figures that a reader plays with, by keys alone, beside what the library gives for the same parameters.</summary>
public sealed class LiveChartsPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly SyntheticSet _made = SyntheticSet.Varied(28);
    readonly List<string> _complaints = [];

    public void Dispose()
    {
        _folder.Dispose();
        _made.Dispose();
    }

    async Task<IPage> Open(string file, int width = 1280) => await chromium.OpenAsync(_folder.At(file), _complaints, width, 1000);

    /// <summary>Takes a slider to a step as its words name it.</summary>
    static async Task Turn(IPage page, string label, string step)
    {
        var slider = page.GetByLabel(label);
        await slider.FocusAsync();
        await page.Keyboard.PressAsync("Home");
        while (await slider.GetAttributeAsync("aria-valuetext") is var at && at != step)
        {
            await page.Keyboard.PressAsync("ArrowRight");
            Assert.NotEqual(at, await slider.GetAttributeAsync("aria-valuetext"));
        }
    }

    static Task<string?> Words(IPage page) => page.GetByRole(AriaRole.Status).TextContentAsync();

    static async Task<double[]> Values(IPage page, string name, string axis) => await page.EvaluateAsync<double[]>(
        $"Array.from(document.querySelector('.js-plotly-plot').data.find(trace => trace.name === '{name}').{axis}).map(value => value === null ? -1 : value)");

    [Fact]
    public async Task The_line_that_is_drawn_gives_the_suggestion_of_a_test_with_it()
    {
        var set = _made.Open();
        var regions = RegionTable.Measure(set);
        ClarityOptions options = new() { Trials = [36, 20, 10, 5], Sample = 30, Threshold = 0.73, Share = 0.85 };
        ClarityTest.Of(set, regions, options).ClearObjects().Save(_folder.At("clear.html"));
        var page = await Open("clear.html");
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        Assert.Equal(ClarityTest.Of(set, regions, options).Suggestion.Reason, await Words(page));
        var suggestions = 0;
        foreach (var (threshold, share) in ((string, string)[])[("0.50", "50 %"), ("0.80", "90 %"), ("0.73", "95 %"), ("0.98", "100 %"), ("0.73", "85 %")])
        {
            await Turn(page, "an object is clear from an SSIM of", threshold);
            await Turn(page, "objects that must be clear", share);
            var test = ClarityTest.Of(set, regions, options with { Threshold = Number(threshold), Share = Number(share[..^2]) / 100 });
            Assert.Equal(test.Suggestion.Reason, await Words(page));
            var (x, y) = (await Values(page, "all objects", "x"), await Values(page, "all objects", "y"));
            foreach (var trial in test.Trials)
            {
                var rows = test.Table.Where(row => row.Trial == trial).ToArray();
                Assert.Equal(100.0 * rows.Sum(row => row.Clear) / rows.Sum(row => row.Objects), y[Array.IndexOf(x, trial.Power)], 0.01);
            }
            var suggested = test.Suggestion.Magnification?.Power ?? -1;
            suggestions += suggested > 0 ? 1 : 0;
            Assert.Equal([suggested, suggested], await Values(page, "suggested magnification", "x"));
            var asked = 100 * test.Options.Share;
            Assert.All(await Values(page, "share that is asked for", "y"), value => Assert.Equal(asked, value, 1e-9));
            // From the suggestion on the line of all objects stays above the share.
            Assert.All(x.Zip(y).Where(point => suggested > 0 && point.First >= suggested), point => Assert.True(point.Second >= asked - 0.01));
        }
        Assert.InRange(suggestions, 1, 4);
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task Patch_size_and_magnification_tell_who_fits_as_a_test_of_them_does()
    {
        var regions = RegionTable.Measure(_made.Open());
        var test = SizeTest.Of(regions.At(17.5), [24, 9], 0.9, 8);
        test.FittingObjects().Save(_folder.At("fit.html"));
        var page = await Open("fit.html");
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        foreach (var (power, size) in ((double, int)[])[(17.5, test.Suggestion.Size), (17.5, 9), (40, 24), (10, 8), (5, 9), (30, 40)])
        {
            await Turn(page, "magnification", new Magnification(power).ToString());
            await Turn(page, "patch size", $"{size} px");
            var known = SizeTest.Of(regions.At(new(power)), [size], 0.9, 8);
            var words = (await Words(page))!;
            Assert.StartsWith($"{known.Fit[0]} at {new Magnification(power)} (95 % interval ", words, StringComparison.Ordinal);
            Assert.EndsWith($"Suggested is {known.Suggestion.Reason}", words, StringComparison.Ordinal);
            var (fit, not) = (await Values(page, "fit", "y"), await Values(page, "do not fit", "y"));
            Assert.Equal((known.Fit[0].Fits, regions.Count - known.Fit[0].Fits), ((int)fit.Sum(), (int)not.Sum()));
            Assert.Equal(size, await page.EvaluateAsync<int>("document.querySelector('.js-plotly-plot').layout.shapes[0].x1"));
        }
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task Without_a_magnification_only_the_size_can_be_turned()
    {
        var test = SizeTest.Of(RegionTable.Measure(Mask.Load(Directory.GetFiles(_made.Folder, "image0_mask.png").Single())), [32, 16], step: 8);
        test.FittingObjects().Save(_folder.At("px.html"));
        var page = await Open("px.html");
        Assert.Equal(1, await page.GetByRole(AriaRole.Slider).CountAsync());
        await Turn(page, "patch size", "16 px");
        Assert.StartsWith($"{test.Fit[0]} (95 %", await Words(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_gallery_shows_the_pixels_of_the_magnification_and_the_surroundings_that_are_chosen()
    {
        var set = _made.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20, 10], Sample = 9, Padding = 4 });
        var live = test.LiveGallery(paddings: [0, 4, 12], magnifications: [20, 10, 5]);
        live.Save(_folder.At("live.html"));
        var page = await Open("live.html", 900);
        Assert.Equal(["5x", "10x", "20x", "Original, 40x"], live.Controls[0].Steps);
        foreach (var (step, column, padding) in ((string, int, int)[])[("Original, 40x", 0, 4), ("10x", 2, 4), ("10x", 2, 12), ("5x", 3, 0),
            ("Original, 40x", 0, 12)])
        {
            await Turn(page, "magnification", step);
            await Turn(page, "px of surroundings", $"{padding}");
            Assert.Equal(1, await page.Locator("[data-gallery]:visible").CountAsync());
            var shown = await page.Locator("[data-gallery]:visible img").EvaluateAllAsync<string[]>("images => images.map(image => image.src)");
            var cells = test.Look(padding, [20, 10, 5]).Rows.Select(row => row.Cells[column].Image!).ToArray();
            Assert.Equal(cells.Length, shown.Length);
            foreach (var (cell, source) in cells.Zip(shown))
                Assert.True(Raster.Decode(Convert.FromBase64String(source.Split(',')[1])).AsBytes().SequenceEqual(cell.AsBytes()), $"{step}, {padding}");
            Assert.Empty(await Chromium.FaultsOf(page));
        }
        await page.GetByText("as at first").ClickAsync();
        Assert.Equal(("Original, 40x", "4"), (await page.GetByLabel("magnification").GetAttributeAsync("aria-valuetext"),
            await page.GetByLabel("px of surroundings").GetAttributeAsync("aria-valuetext")));
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task The_misfits_are_those_of_the_patch_size_with_the_surroundings_that_are_chosen()
    {
        var set = _made.Open();
        var test = SizeTest.Of(RegionTable.Measure(set), [512, 24, 16, 8], 0.9, 8);
        CutOffOptions options = new() { Examples = 3, Padding = 6 };
        var live = test.LiveCutOff(set, options, [0, 6, 20]);
        live.Save(_folder.At("cut.html"));
        Assert.Equal(Shown.Html(test.CutOff(set, options)), Shown.Html(live.Chosen));
        var columns = test.CutOff(set, options).Columns;
        Assert.InRange(columns.Count, 2, 3);
        Assert.Equal(["all", .. columns], live.Controls[0].Steps);
        var page = await Open("cut.html", 900);
        foreach (var (column, padding) in ((int, int)[])[(-1, 6), (0, 6), (1, 0), (1, 20), (-1, 20)])
        {
            await Turn(page, "patch size", column < 0 ? "all" : columns[column]);
            await Turn(page, "px of surroundings", $"{padding}");
            var cells = test.CutOff(set, options with { Padding = padding }).Rows
                .SelectMany(row => column < 0 ? row.Cells.ToArray() : [row.Cells[column]]).Where(cell => cell.Image is not null).ToArray();
            Assert.NotEmpty(cells);
            var shown = await page.Locator("[data-gallery]:visible img").EvaluateAllAsync<string[]>("images => images.map(image => image.src)");
            Assert.Equal(cells.Select(cell => Pictures.DataUri(cell.Image!)), shown);
            Assert.Empty(await Chromium.FaultsOf(page));
        }
        // Where all fit there is nothing to choose, and that is said.
        var fits = SizeTest.Of(RegionTable.Measure(set), [512]).LiveCutOff(set);
        Assert.Equal(["all"], fits.Controls[0].Steps);
        Assert.Contains("none is larger than 512 px", Shown.Html(fits), StringComparison.Ordinal);
        Assert.Empty(_complaints);
    }

    [Fact]
    public void The_misfits_of_a_slide_are_shown_and_of_large_ones_fewer()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        var regions = RegionTable.Of(AnnotationSet.Load(Path.Combine(Repository.Root, "notebooks/data/slides/CMU-1-Small-Region.geojson")), slide);
        var test = SizeTest.Of(regions.At(20), [256, 128, 64]);
        var live = test.LiveCutOff(slide, new() { Examples = 20 }, [0, 512]);
        Assert.Equal("0", live.Controls[1].Steps[live.Controls[1].Chosen]);
        Assert.InRange(live.Chosen.Rows.Length, 1, test.CutOff(slide, new() { Examples = 20 }).Rows.Length - 1);
        Assert.Contains("rows the first", live.Chosen.Title, StringComparison.Ordinal);
        Assert.InRange(Shown.Html(live).Length, 100_000, 8_000_000);
        // As notebook 5 shows them: all that it asks for.
        Assert.Equal(3, test.LiveCutOff(slide, new() { Examples = 3 }).Chosen.Rows.Length);
    }

    [Fact]
    public void Of_large_objects_fewer_are_shown_so_that_a_page_stays_small()
    {
        using var folder = new SyntheticSet().Add("large", 1500, 1000, 40, [.. Enumerable.Range(0, 6).Select(i =>
            (new Box(i % 3 * 500 + 20, i / 3 * 500 + 20, i % 3 * 500 + 420, i / 3 * 500 + 420), 1))]);
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20, 10], Sample = 6 });
        var live = test.LiveGallery();
        Assert.InRange(live.Chosen.Rows.Sum(row => row.Cells.Length), 1, test.Gallery.Rows.Length - 1);
        Assert.All(live.Galleries, gallery => Assert.Equal(live.Chosen.Rows.Sum(row => row.Cells.Length), gallery.Rows.Sum(row => row.Cells.Length)));
        Assert.InRange(Shown.Html(live).Length, 10_000, 4_000_000);
    }

    [Fact]
    public async Task Where_no_script_runs_the_first_choice_is_there_and_no_slider_that_does_nothing()
    {
        var set = _made.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20, 10], Sample = 9 });
        var live = test.LiveGallery();
        test.ClearObjects().Save(_folder.At("clear.html"));
        live.Save(_folder.At("live.html"));
        await using var context = await chromium.NewContextAsync(new() { JavaScriptEnabled = false });
        var page = await context.NewPageAsync();
        foreach (var file in (string[])["live.html", "clear.html"])
        {
            await page.GotoAsync(new Uri(_folder.At(file)).AbsoluteUri);
            Assert.Equal(0, await page.Locator("input, button").CountAsync());
        }
        Assert.Contains(test.Suggestion.Reason, await page.Locator("pre").TextContentAsync(), StringComparison.Ordinal);
        await page.GotoAsync(new Uri(_folder.At("live.html")).AbsoluteUri);
        Assert.Equal(live.Chosen.Rows.Sum(row => row.Cells.Length), await page.Locator("img:visible").CountAsync());
        Assert.Contains("magnification: 2.5x, 5x, 7.5x, 10x, 15x, 20x, [Original, 40x]", Shown.Text(live), StringComparison.Ordinal);
    }

    /// <summary>Of a page of 900 px a notebook takes 110 at the left.</summary>
    [Theory, InlineData(790), InlineData(1400)]
    public async Task No_title_is_cut_and_no_label_lies_over_a_line_before_and_after_turning(int width)
    {
        var set = _made.Open();
        var regions = RegionTable.Measure(set);
        GenericChart[] charts = [ClarityTest.Of(set, regions, new() { Trials = [30, 29, 20, 5], Sample = 12 }).ClearObjects(),
            SizeTest.Of(regions.At(17.5), [512, 26, 25, 1]).FittingObjects()];
        _folder.Write("charts.html", ChartPage.Page("charts", charts));
        var page = await Open("charts.html", width);
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg:first-child")).ToHaveCountAsync(charts.Length);
        Assert.Empty(await Chromium.FaultsOf(page));
        var sliders = await page.GetByRole(AriaRole.Slider).AllAsync();
        Assert.Equal(4, sliders.Count);
        foreach (var slider in sliders)
        {
            await slider.FocusAsync();
            await page.Keyboard.PressAsync("End");
            Assert.Empty(await Chromium.FaultsOf(page));
        }
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
        Assert.Empty(_complaints);
    }

    static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
