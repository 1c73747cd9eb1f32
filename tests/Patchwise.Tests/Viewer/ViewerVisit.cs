using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Playwright;

namespace Patchwise.Tests;

/// <summary>One browser and one viewer for all tests of the page.</summary>
[CollectionDefinition(nameof(ViewerVisit))]
public sealed class ViewerVisits : ICollectionFixture<ViewerVisit>;

/// <summary>The sample slide in the viewer with what two made-up networks say of it, and a browser to look at it.</summary>
public sealed class ViewerVisit : IAsyncLifetime
{
    internal const int Patch = 64;
    static readonly string[] Names = ["ADI", "LYM", "STR", "TUM"];
    readonly Chromium _chromium = new();
    readonly Slide _slide = Slide.Open(Path.Combine(Repository.Root, "notebooks/data/slides/CMU-1-Small-Region.svs"));

    /// <summary>Half as large a pixel as the sample slide, so that linked zoom has something to do.</summary>
    readonly Slide _fine = Slide.Of(Speckled(1500, 1000), "fine.png", mpp: 0.25);
    SlideViewer _viewer = null!;

    internal Slide Slide => _slide;
    internal PredictionTable One { get; private set; } = null!;
    internal PredictionTable Other { get; private set; } = null!;

    /// <summary>What pages complained about: errors on the console or of scripts, dialogs, requests for other machines.</summary>
    internal ConcurrentQueue<string> Complaints { get; } = [];

    public async Task InitializeAsync()
    {
        await _chromium.InitializeAsync();
        ClassInfo[] classes = [.. Names.Select((name, k) => new ClassInfo(name, $"tissue number {k}", Palette.Distinct(k)))];
        var frame = _slide.At(Resolution.Baseline(1));
        One = Table("first-network", 1);
        One = One.WithLabels(row => row.Box.X0 / Patch % 5 == 0 ? null : row.Box.Y0 / Patch % 3 == 0 ? (row.Class + 1) % Names.Length : row.Class);
        Other = Table("second-network", 2);
        var outlines = Path.Combine(Path.GetTempPath(), $"viewer-{Guid.NewGuid():N}.geojson");
        await File.WriteAllTextAsync(outlines, """
            {"type":"FeatureCollection","features":[{"type":"Feature",
             "geometry":{"type":"Polygon","coordinates":[[[200,200],[900,200],[900,800],[200,800],[200,200]]]},
             "properties":{"objectType":"annotation","classification":{"name":"Region","color":[200,30,30]}}}]}
            """);
        _viewer = SlideViewer.Open([new(_slide) { Predictions = [One, Other], Annotations = AnnotationSet.Load(outlines) }, new(_fine)],
            new() { Problems = [new("broken.svs", "the file ends after 3 bytes", true)] });
        File.Delete(outlines);

        PredictionTable Table(string model, int seed)
        {
            var rows = Rows(seed).ToArray();
            return new(model, classes, [new(_slide.Path, frame)], [.. rows.Select(one => one.Row)], [.. rows.SelectMany(one => one.Shares)]);
        }

        // The right margin is left without predictions.
        IEnumerable<(Prediction Row, float[] Shares)> Rows(int seed)
        {
            var random = new Random(seed);
            for (var y = 0; y + Patch <= frame.Size.Height; y += Patch)
                for (var x = 0; x + Patch <= frame.Size.Width - 3 * Patch; x += Patch)
                {
                    var weights = Names.Select(_ => MathF.Pow(random.NextSingle() + 0.05f, 3)).ToArray();
                    float[] shares = [.. weights.Select(weight => weight / weights.Sum())];
                    var (box, best) = (new Box(x, y, x + Patch, y + Patch), Array.IndexOf(shares, shares.Max()));
                    yield return (new(0, box, box, best, shares[best]), shares);
                }
        }
    }

    public async Task DisposeAsync()
    {
        _viewer?.Dispose();
        _slide.Dispose();
        _fine.Dispose();
        await _chromium.DisposeAsync();
    }

    static Raster Speckled(int width, int height)
    {
        var bytes = new byte[width * height * 3];
        new Random(5).NextBytes(bytes);
        return Raster.FromSamples(width, height, 3, bytes);
    }

    internal Task<IPage> OpenAsync(string fragment = "", int width = 1400, int height = 900, bool glides = false) =>
        OpenAsync(_viewer, fragment, width, height, glides);

    /// <summary>A new visitor's page, once everything on it is there.</summary>
    /// <param name="glides">For a visitor who did not ask for less motion: a processor draws each step on the way.</param>
    internal async Task<IPage> OpenAsync(SlideViewer viewer, string fragment, int width = 1400, int height = 900, bool glides = false)
    {
        var page = await _chromium.NewPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            AcceptDownloads = true,
            ReducedMotion = glides ? ReducedMotion.NoPreference : ReducedMotion.Reduce,
        });
        var origin = new Uri(viewer.Address, "/").AbsoluteUri;
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
                Complaints.Enqueue(message.Text + " " + message.Location);
        };
        page.PageError += (_, error) => Complaints.Enqueue(error);
        page.Dialog += (_, dialog) => Complaints.Enqueue(dialog.Message);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(origin, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:" + origin, StringComparison.Ordinal))
                Complaints.Enqueue(request.Url);
        };
        await page.GotoAsync(viewer.Address + fragment);
        await RestAsync(page);
        return page;
    }

    internal Task<long> LargestPageAsync() => _chromium.LargestPageAsync();

    /// <summary>Waits until nothing moves and every tile that is seen has come.</summary>
    internal static async Task RestAsync(IPage page)
    {
        await page.WaitForFunctionAsync("""
            () => {
              if (!window.viewer?.left?.slide)
                return false;
              const now = JSON.stringify(viewer.panes.map(pane => pane.view)), same = now === window.before && viewer.panes.every(pane => pane.finished);
              window.before = now;
              window.quiet = same ? (window.quiet ?? 0) + 1 : 0;
              return window.quiet > 8;
            }
            """);
        await page.EvaluateAsync("window.quiet = 0");
    }

    internal sealed record View(double X, double Y, double Scale);

    internal static async Task<View> LookAsync(IPage page, string side = "left")
    {
        var values = await page.EvaluateAsync<double[]>($"[viewer.{side}.view.x, viewer.{side}.view.y, viewer.{side}.view.scale]");
        return new(values[0], values[1], values[2]);
    }

    /// <summary>Red, green, blue and opacity of what stands at a place of level 0.</summary>
    internal static Task<int[]> PixelAsync(IPage page, (double X, double Y) at, string side = "left") => page.EvaluateAsync<int[]>($$"""
        ([x, y]) => {
          const pane = viewer.{{side}}, view = pane.view, canvas = pane.viewer.drawer.canvas, dense = canvas.width / pane.size.width;
          const place = [(x - view.x) / view.scale + pane.size.width / 2, (y - view.y) / view.scale + pane.size.height / 2];
          return [...canvas.getContext('2d').getImageData(Math.round(place[0] * dense), Math.round(place[1] * dense), 1, 1).data];
        }
        """, new[] { at.X, at.Y });

    /// <summary>Clicks at a place of level 0.</summary>
    internal static async Task ClickAsync(IPage page, (double X, double Y) at, string side = "left")
    {
        var place = await page.EvaluateAsync<float[]>($$"""
            ([x, y]) => {
              const pane = viewer.{{side}}, view = pane.view, box = pane.stage.getBoundingClientRect();
              return [box.left + (x - view.x) / view.scale + box.width / 2, box.top + (y - view.y) / view.scale + box.height / 2];
            }
            """, new[] { at.X, at.Y });
        await page.Mouse.ClickAsync(place[0], place[1]);
    }

    internal static (double X, double Y) Middle(Prediction row) => ((row.Level0.X0 + row.Level0.X1) / 2.0, (row.Level0.Y0 + row.Level0.Y1) / 2.0);

    internal static int[] Rgb(string color) => [.. Enumerable.Range(0, 3).Select(i => int.Parse(color.AsSpan(1 + 2 * i, 2), NumberStyles.HexNumber,
        CultureInfo.InvariantCulture))];
}
