using System.Globalization;
using Microsoft.Playwright;
using Xunit.Abstractions;

namespace Patchwise.Tests;

/// <summary>What a page costs that shows very many predictions.</summary>
[Collection(nameof(ViewerVisit))]
public sealed class SlideViewerMemoryTests(ViewerVisit visit, ITestOutputHelper output)
{
    const int Across = 1000, Patch = 2;

    /// <summary>A million patches of 2 px.</summary>
    static PredictionTable Million(Slide slide, PredictionTable like)
    {
        var (random, classes) = (new Random(9), like.Classes.Count);
        var rows = new Prediction[Across * Across];
        var shares = new float[rows.Length * classes];
        for (var i = 0; i < rows.Length; i++)
        {
            var (x, y, best) = (i % Across * Patch, i / Across * Patch, random.Next(classes));
            var box = new Box(x, y, x + Patch, y + Patch);
            for (var k = 0; k < classes; k++)
                shares[i * classes + k] = k == best ? 0.7f : 0.3f / (classes - 1);
            rows[i] = new(0, box, box, best, 0.7f);
        }
        return new("a million", like.Classes, [new(slide.Path, slide.At(Resolution.Baseline(1)))], rows, shares);
    }

    [Fact]
    public async Task A_million_predictions_are_looked_at_in_less_than_300_MB()
    {
        using var viewer = SlideViewer.Open(visit.Slide, Million(visit.Slide, visit.One));
        var page = await visit.OpenAsync(viewer, "#view=600,600,1&layers=slide:100,map:50");
        // One looks around for three seconds, each frame a little further.
        var frames = await page.EvaluateAsync<double[]>("""
            () => new Promise(done => {
              const begun = performance.now(), took = [];
              let last = begun;
              const step = now => {
                took.push(now - last);
                last = now;
                const turn = (now - begun) / 1500;
                viewer.left.look({ x: 1000 + 400 * Math.sin(2 * Math.PI * turn), y: 1000 + 400 * Math.cos(2 * Math.PI * turn), scale: 1 });
                if (now - begun < 3000)
                  requestAnimationFrame(step);
                else
                  done(took.slice(1).sort((a, b) => a - b));
              };
              requestAnimationFrame(step);
            })
            """);
        foreach (var scale in new[] { 0.5, 2, 3 })
        {
            await page.EvaluateAsync($"viewer.left.look({{ x: 1000, y: 1000, scale: {scale.ToString(CultureInfo.InvariantCulture)} }})");
            await ViewerVisit.RestAsync(page);
        }
        await ViewerVisit.ClickAsync(page, (1001, 1001));
        await Assertions.Expect(page.Locator("#patch .verdict .value")).ToHaveTextAsync("0.700");
        Assert.InRange(await page.EvaluateAsync<int>("document.querySelectorAll('*').length"), 100, 1000);
        var heap = await page.EvaluateAsync<double>("performance.memory.usedJSHeapSize");
        var memory = await visit.LargestPageAsync();
        output.WriteLine(FormattableString.Invariant($"{1000 * frames.Length / frames.Sum():0} frames a second, median {frames[frames.Length / 2]:0.0} ms, ")
            + FormattableString.Invariant($"95 % below {frames[frames.Length * 95 / 100]:0.0} ms; JavaScript {heap / 1e6:0} MB, process {memory / 1e6:0} MB"));
        Assert.InRange(memory, 1e6, 300e6);
        await page.Context.CloseAsync();
    }
}
