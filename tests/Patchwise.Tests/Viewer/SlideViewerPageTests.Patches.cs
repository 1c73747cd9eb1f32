using System.Globalization;
using Microsoft.Playwright;
using static Patchwise.Tests.ViewerVisit;

namespace Patchwise.Tests;

public sealed partial class SlideViewerPageTests
{
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
        await page.WaitForFunctionAsync($"() => document.querySelector('#patch img').naturalWidth === {Patch}");
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
        await page.WaitForFunctionAsync("() => location.hash.includes('only=1')");
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
}
