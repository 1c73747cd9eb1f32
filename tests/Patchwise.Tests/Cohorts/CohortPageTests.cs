using System.Globalization;
using Microsoft.Playwright;

namespace Patchwise.Tests;

/// <summary>The report of a cohort in a real browser.</summary>
public sealed class CohortPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    readonly CohortFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    async Task<IPage> Show(List<string> complaints, int width = 1400)
    {
        _folder.Open(new() { Resamples = 200 }).SavePage(_folder.At("report.html"));
        var page = await chromium.OpenAsync(_folder.At("report.html"), complaints, width, 900);
        await Assertions.Expect(page.Locator("#cohort tbody tr").First).ToBeVisibleAsync();
        return page;
    }

    static Task<string[]> Names(IPage page) => page.EvaluateAsync<string[]>("[...document.querySelectorAll('#cohort tbody b')].map(one => one.textContent)");

    [Theory]
    [InlineData(900)]
    [InlineData(1400)]
    public async Task Foreign_text_is_text_pictures_keep_their_shape_and_nothing_is_fetched(int width)
    {
        _folder.Add(30).Add(CohortFolder.Hostile, CohortFolder.Hostile, CohortFolder.Hostile, tissue: 0.2)
            .Add("</script><script>alert(2)", "</script><script>alert(3)</script>").List("late", "normal");
        // An id is the name of a folder, and a folder is not called so.
        var list = _folder.Listed();
        Assert.Contains("no name of a folder", Assert.Throws<BadInputException>(() => Cohort.Open(list, new(), default)).Message, StringComparison.Ordinal);
        File.WriteAllText(_folder.At("slides.csv"), File.ReadAllText(_folder.At("slides.csv")).Replace("\"</script><script>alert(2)\"", "\"twice\"",
            StringComparison.Ordinal));
        _folder.Write("twice", "predict", $$"""{"failure":"{{CohortFolder.Hostile}}</script>","step":"predict"}""").Write("twice", "check", "{}")
            .Write("twice", "tissue", "{}");
        Cohort.Open(list, new() { Resamples = 200 }, default).SavePage(_folder.At("report.html"));
        List<string> complaints = [];
        var page = await chromium.OpenAsync(_folder.At("report.html"), complaints, width, 900);
        await Assertions.Expect(page.Locator("#cohort tbody tr")).ToHaveCountAsync(33);
        Assert.Equal(CohortFolder.Hostile, (await Names(page))[0]);
        Assert.Contains("</script><script>alert(3)</script>", await page.Locator("#cohort").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await page.Locator("img[src=x]").CountAsync());
        Assert.Empty(await Chromium.FaultsOf(page));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth + 1"));
        // All that are seen are loaded, and no picture is drawn in another shape than its own.
        await page.Locator("#cohort tbody tr").Nth(1).ScrollIntoViewIfNeededAsync();
        await page.WaitForFunctionAsync("document.querySelector('#cohort tbody img').naturalWidth > 0");
        Assert.True(await page.EvaluateAsync<bool>("[...document.querySelectorAll('#cohort img')].every(one => getComputedStyle(one).objectFit === 'contain' "
            + "&& one.loading === 'lazy')"));
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task The_odd_come_first_and_the_table_sorts_and_is_searched()
    {
        _folder.Add(70).Add("tiny", "normal", tissue: 0.05).List("missing", "normal");
        List<string> complaints = [];
        var page = await Show(complaints);
        Assert.Equal("tiny", (await Names(page))[0]);
        Assert.Contains("tissue 0.05\u00a0mm², usually", await page.Locator("#cohort tbody tr").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(50, (await Names(page)).Length);
        await page.GetByText("next ›").ClickAsync();
        Assert.Equal(22, (await Names(page)).Length);

        async Task<double[]> Column(string heading, int cell)
        {
            await page.GetByRole(AriaRole.Button, new() { Name = heading }).ClickAsync();
            return await page.EvaluateAsync<double[]>("place => [...document.querySelectorAll('#cohort tbody tr')].map(row => "
                + "parseFloat(row.cells[place].textContent)).filter(value => !isNaN(value))", cell);
        }
        var falling = await Column("tissue, mm²", 3);
        Assert.Equal(falling.OrderDescending(), falling);
        Assert.Equal("descending", await page.Locator("#cohort th").Nth(3).GetAttributeAsync("aria-sort"));
        var rising = await Column("tissue, mm²", 3);
        Assert.Equal(rising.Order(), rising);
        Assert.Equal("tiny", (await Names(page))[0]);
        await page.GetByLabel("sort by the share").SelectOptionAsync("TUM");
        var shares = await page.EvaluateAsync<double[]>("[...document.querySelectorAll('#cohort .shares')].map(cell => "
            + "parseFloat((cell.textContent.match(/TUM (\\d+)/) || [0, NaN])[1])).filter(value => !isNaN(value))");
        Assert.Equal(50, shares.Length);
        Assert.Equal(shares.OrderDescending(), shares);

        await page.GetByLabel("show").SelectOptionAsync("failed or missing");
        Assert.Equal(["missing"], await Names(page));
        await page.GetByLabel("show").SelectOptionAsync("all slides");
        await page.GetByLabel("find").FillAsync("TIN");
        Assert.Equal(["tiny"], await Names(page));
        await page.GetByLabel("find").FillAsync("nothing is called so");
        Assert.Contains("no slide", await page.Locator("#cohort .bar").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [Theory]
    [InlineData(900)]
    [InlineData(1400)]
    public async Task A_thousand_classes_stay_legible_and_each_that_occurs_can_be_sorted_by(int width)
    {
        var labelled = width == 900;
        _folder.Add(60, labels: labelled);
        for (var i = 1; i <= 60; i++)
            _folder.WithManyClasses(string.Create(CultureInfo.InvariantCulture, $"slide-{i:0000}"));
        List<string> complaints = [];
        var page = await Show(complaints, width);
        await Assertions.Expect(page.Locator(".js-plotly-plot .main-svg").First).ToBeVisibleAsync();
        Assert.Empty(await Chromium.FaultsOf(page));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth + 1"));
        Assert.InRange(await page.EvaluateAsync<int>("document.querySelectorAll('#cohort *').length"), 500, 9000);

        var cohort = _folder.Open(new() { Class = "n0001 tub", Resamples = 200 });
        var occurring = cohort.Classes.Where(one => cohort.Slides.Any(slide => slide.Of(one.Name)!.Count > 0)).Select(one => one.Name).ToArray();
        Assert.InRange(occurring.Length, 100, 1000);
        Assert.Contains($"Share of the 24 most frequent of {occurring.Length} classes",
            string.Join('\n', await page.Locator(".gtitle").AllTextContentsAsync()), StringComparison.Ordinal);
        Assert.Equal(labelled ? CohortPage.MostScores + 1 : 0, await page.Locator("details tr").CountAsync());
        var by = page.GetByLabel("sort by the share");
        Assert.Equal(occurring.Length + 1, await by.Locator("option").CountAsync());
        var key = await page.Locator("#cohort .key > span").AllTextContentsAsync();
        Assert.Equal(25, key.Count);
        Assert.StartsWith($"and {occurring.Length - 24} more", key[24], StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("(key => key.scrollHeight <= key.clientHeight + 1)(document.querySelector('#cohort .key'))"));
        // All of a slide is drawn, with what is too narrow to be seen by itself as one part.
        Assert.All(await page.EvaluateAsync<double[]>("[...document.querySelectorAll('#cohort .stack')].map(one => [...one.children]"
            + ".reduce((sum, part) => sum + parseFloat(part.style.width), 0))"), sum => Assert.Equal(100, sum, 0.5));

        // One that most slides do not have: those that do come first, each with its share.
        var rare = occurring.Where(name => name.EndsWith(" tub", StringComparison.Ordinal))
            .MinBy(name => cohort.Slides.Count(slide => slide.Of(name)!.Count > 0))!;
        await by.SelectOptionAsync(rare);
        Assert.Equal(cohort.Slides.OrderByDescending(slide => slide.Of(rare)!.Share.Value).Select(slide => slide.Id).Take(50), await Names(page));
        var share = 100 * cohort.Slides.Max(slide => slide.Of(rare)!.Share.Value);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{rare} {(share < 10 ? $"{share:0.0}" : $"{share:0}")}\u00a0%"),
            await page.Locator("#cohort .shares").First.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Contains($"{rare} 0\u00a0%", await page.Locator("#cohort .shares").Last.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task What_could_not_be_measured_is_said_at_the_slide()
    {
        _folder.Add(3).Write("slide-0001", "tissue", new { tissueMm2 = 3.5, tissueShare = 0.2, notes = (string[])["it glows <b>"], quality = (object?)null });
        List<string> complaints = [];
        var page = await Show(complaints);
        var row = page.Locator("#cohort tbody tr").First;
        Assert.Contains("it glows <b>", await row.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("–", await row.Locator("td").Nth(4).InnerTextAsync());
        Assert.Equal("3.5", await row.Locator("td").Nth(3).InnerTextAsync());
        Assert.Empty(complaints);
    }

    [Fact]
    public async Task Two_thousand_slides_are_looked_at_in_less_than_300_MB()
    {
        _folder.Add(2000);
        List<string> complaints = [];
        var page = await Show(complaints);
        await Assertions.Expect(page.Locator("#cohort tbody tr")).ToHaveCountAsync(50);
        await page.GetByRole(AriaRole.Button, new() { Name = "tissue, mm²" }).ClickAsync();
        for (var i = 0; i < 5; i++)
        {
            await page.GetByText("next ›").ClickAsync();
            await page.EvaluateAsync("window.scrollTo(0, document.body.scrollHeight)");
            await page.WaitForTimeoutAsync(100);
        }
        Assert.Contains("251 to 300 of 2,000 slides", await page.Locator("#cohort .bar").InnerTextAsync(), StringComparison.Ordinal);
        Assert.InRange(await page.EvaluateAsync<int>("document.querySelectorAll('*').length"), 500, 6000);
        var memory = await chromium.LargestPageAsync();
        Assert.True(memory is > 1_000_000 and < 300_000_000, string.Create(CultureInfo.InvariantCulture, $"{memory / 1e6:0} MB"));
        Assert.Empty(complaints);
    }
}
