using System.Net;
using Microsoft.Playwright;

namespace Patchwise.Tests;

/// <summary>The viewer in a cell, where its kernel runs and where it does not, in a page of the same site and of another.</summary>
public sealed class ViewerFrameTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    readonly Slide _slide = Slide.Open(SlideFiles.Aperio);

    HttpListener? _pages;

    public void Dispose()
    {
        _pages?.Close();
        _slide.Dispose();
    }

    PredictionTable Table() => new("made-up", MadeUp.Classes(3), [new(_slide.Path, _slide.At(Resolution.Mpp(1)))],
        [.. MadeUp.Grid(_slide.At(Resolution.Mpp(1)), 64, 64, MadeUp.Classes(3)).WithLabels(row => row.Box.X0 / 64 % 3)], null);

    /// <summary>A notebook's page, from a server of this machine.</summary>
    async Task<(IPage Page, List<string> Faults, List<string> Asked)> Show(string host, string html)
    {
        var (page, faults, asked) = (await chromium.NewPageAsync(), new List<string>(), new List<string>());
        _pages = new();
        string origin;
        using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            origin = $"http://{host}:{((IPEndPoint)free.LocalEndpoint).Port}";
        }
        _pages.Prefixes.Add(origin + "/");
        _pages.Start();
        _ = Task.Run(async () =>
        {
            while (_pages.IsListening)
            {
                var asked = await _pages.GetContextAsync();
                asked.Response.ContentType = "text/html; charset=utf-8";
                await asked.Response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(
                    asked.Request.Url!.AbsolutePath == "/notebook" ? $"<!DOCTYPE html><html><body>{html}</body></html>" : ""));
                asked.Response.Close();
            }
        });
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                faults.Add(message.Text);
        };
        page.PageError += (_, error) => faults.Add(error);
        page.Request += (_, request) => asked.Add(request.Url);
        await page.GotoAsync($"{origin}/notebook");
        return (page, faults, asked);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task While_the_kernel_runs_the_cell_holds_the_page_whatever_site_the_notebook_is_of(string host)
    {
        using var viewer = SlideViewer.Open(_slide, Table());
        var (page, faults, asked) = await Show(host, Shown.Html(viewer));
        var frame = page.FrameLocator("iframe");
        await frame.Locator("body").WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await page.WaitForFunctionAsync("() => document.querySelector('iframe') && getComputedStyle(document.querySelector('img')).display === 'none'");
        var inside = page.Frames.Single(one => one != page.MainFrame);
        await inside.WaitForLoadStateAsync(LoadState.DOMContentLoaded);
        Assert.True(await inside.EvaluateAsync<bool>("async () => (await fetch('api/slides')).ok"));
        Assert.Equal("_blank", await page.Locator("a").GetAttributeAsync("target"));
        Assert.All(asked, url => Assert.True(new Uri(url).Host is "127.0.0.1" or "localhost" || url.StartsWith("data:", StringComparison.Ordinal), url));
        Assert.DoesNotContain(faults, fault => fault.Contains("403", StringComparison.Ordinal));
        await page.CloseAsync();
    }

    [Fact]
    public async Task A_stored_page_keeps_the_picture_and_asks_nobody()
    {
        string html;
        using (var viewer = SlideViewer.Open(_slide, Table()))
            html = Shown.Html(viewer);
        using var folder = new TemporaryFolder();
        var file = folder.Write("stored.html", $"<!DOCTYPE html><html><body>{html}</body></html>");
        var old = System.Text.RegularExpressions.Regex.Replace(html, @"Date\.now\(\) - \d+", "Date.now() - 1000");
        var page = await chromium.NewPageAsync();
        var (faults, asked) = (new List<string>(), new List<string>());
        page.Console += (_, message) => faults.Add(message.Text);
        page.Request += (_, request) => asked.Add(request.Url);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        await page.WaitForTimeoutAsync(200);
        Assert.Equal(0, await page.Locator("iframe").CountAsync());
        Assert.True(await page.Locator("img").IsVisibleAsync());
        Assert.Empty(faults);
        Assert.All(asked, url => Assert.True(url.StartsWith("file:", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal), url));
        await page.CloseAsync();

        // Shown by a server later on: nobody is asked before the button is pressed.
        var (later, noise, requests) = await Show("localhost", old);
        await later.WaitForTimeoutAsync(200);
        Assert.Empty(noise);
        Assert.DoesNotContain(requests, url => url.StartsWith("http://127.0.0.1", StringComparison.Ordinal));
        await later.Locator("button").ClickAsync();
        await later.GetByText("run the cell again").WaitForAsync();
        Assert.True(await later.Locator("img").IsVisibleAsync());
        await later.CloseAsync();
    }

    [Fact]
    public async Task A_cell_of_the_confusion_matrix_opens_the_viewer_at_its_patches()
    {
        var table = Table();
        using var viewer = SlideViewer.Open(_slide, table);
        var chart = Evaluation.Of(table).ConfusionChart(viewer);
        var (page, _, _) = await Show("localhost", ChartPage.Page(chart));
        var opened = page.Context.WaitForPageAsync();
        var box = (await page.Locator(".heatmaplayer image").First.BoundingBoxAsync())!;
        // The upper right cell: the first row is the first known class, the last column the last predicted one.
        await page.Mouse.ClickAsync(box.X + box.Width - 10, box.Y + 10);
        var view = await opened;
        await view.WaitForLoadStateAsync();
        var cell = new Uri(view.Url);
        Assert.Equal(viewer.Address.Port, cell.Port);
        Assert.Contains("class=2", cell.Fragment, StringComparison.Ordinal);
        Assert.Contains("label=0", cell.Fragment, StringComparison.Ordinal);
        await page.CloseAsync();
        Assert.DoesNotContain("viewer", ChartPage.Json(Evaluation.Of(table).ConfusionChart()), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_shown_is_a_picture_and_words_of_a_size_to_be_stored()
    {
        using var viewer = SlideViewer.Open(_slide, Table());
        Assert.Equal(["text/html", "text/plain"], Shown.Types(viewer));
        Assert.InRange(Shown.Html(viewer).Length, 10_000, 400_000);
        Assert.Equal("Viewer of CMU-1-Small-Region.svs", Shown.Text(viewer));
        Assert.DoesNotContain("token", Shown.Text(viewer), StringComparison.Ordinal);
    }
}
