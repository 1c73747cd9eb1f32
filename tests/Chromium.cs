using System.Globalization;
using Microsoft.Playwright;

namespace Patchwise.Tests;

/// <summary>The system's Chromium, kept for the tests of a class; it calls nobody of its own accord.</summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>How long a test waits for what must come, in ms: also where all else that runs leaves the browser little of a processor.</summary>
    public const int Patience = 180_000;

    IPlaywright? _playwright;
    IBrowser _browser = null!;

    public async Task InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = ((string[])["/usr/lib/chromium/chromium-headless-shell", "/usr/bin/chromium"]).First(File.Exists),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                "--disable-quic"],
        });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright!.Dispose();
    }

    public async Task<IBrowserContext> NewContextAsync(BrowserNewContextOptions? options = null)
    {
        var context = await _browser.NewContextAsync(options);
        context.SetDefaultTimeout(Patience);
        return context;
    }

    /// <summary>A page of its own context.</summary>
    public async Task<IPage> NewPageAsync(BrowserNewPageOptions? options = null)
    {
        var page = await _browser.NewPageAsync(options);
        page.SetDefaultTimeout(Patience);
        return page;
    }

    /// <summary>Bytes of memory of the largest process that shows pages: its own, and its part of what it shares with others.</summary>
    public async Task<long> LargestPageAsync()
    {
        var session = await _browser.NewBrowserCDPSessionAsync();
        var processes = (await session.SendAsync("SystemInfo.getProcessInfo"))!.Value.GetProperty("processInfo").EnumerateArray()
            .Where(one => one.GetProperty("type").GetString() == "renderer").Select(one => one.GetProperty("id").GetInt32()).ToArray();
        return processes.Max(id => 1024 * File.ReadLines($"/proc/{id}/smaps_rollup").Where(line => line.StartsWith("Pss:", StringComparison.Ordinal))
            .Select(line => long.Parse(line[4..^2], CultureInfo.InvariantCulture)).First());
    }

    /// <summary>
    /// What a reader of the page would complain about: a title, label, legend or axis title that is cut, that lies over another or over a marked line, or under
    /// the buttons, or a chart or gallery that does not fit the window. By bounding boxes; empty is good.
    /// </summary>
    public static Task<string[]> FaultsOf(IPage page) => page.EvaluateAsync<string[]>("""
        () => {
          const faults = [], wide = document.documentElement.clientWidth;
          const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
          document.querySelectorAll('.js-plotly-plot').forEach(chart => {
            const boxes = query => [...chart.querySelectorAll(query)].map(one => ({ box: one.getBoundingClientRect(), name: one.textContent || query }))
              .filter(one => one.box.width > 0 && one.box.height > 0);
            const title = chart.querySelector('.gtitle')?.textContent ?? '', frame = chart.querySelector('.main-svg').getBoundingClientRect();
            const words = boxes('.gtitle, .annotation-text, .legendtext, .xtitle, .ytitle, .cbtitle text');
            // A path's box is without the width of its line.
            const lines = [...chart.querySelectorAll('.shapelayer path')].map(one => one.getBoundingClientRect())
              .map(box => ({ name: 'a line', box: { left: box.left - 1, right: box.right + 1, top: box.top - 1, bottom: box.bottom + 1 } }))
              .concat(boxes('.modebar').map(({ box }) => ({ name: 'the buttons', box })));
            if (frame.right > wide + 1 || frame.left < 0) faults.push(`'${title}' is ${frame.right} px wide on a page of ${wide}`);
            words.forEach(({ box, name }, i) => {
              if (box.left < frame.left - 1 || box.right > Math.min(frame.right, wide) + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
                faults.push(`'${title}': '${name}' is cut`);
              words.slice(i + 1).filter(other => meet(box, other.box)).forEach(other => faults.push(`'${title}': '${name}' lies over '${other.name}'`));
              lines.filter(line => meet(box, line.box)).forEach(line => faults.push(`'${title}': '${name}' lies over ${line.name}`));
            });
          });
          document.querySelectorAll('[data-gallery]').forEach(gallery => [gallery, ...gallery.querySelectorAll('img, th, [data-bar]')].forEach(part => {
            const box = part.getBoundingClientRect();
            if (box.left < 0 || box.right > wide + 1) faults.push(`a gallery's ${part.tagName} ends at ${box.right} on a page of ${wide}`);
          }));
          return faults;
        }
        """);

    /// <summary>Opens a file; errors on the page, dialogs and requests for anything outside it are added to the complaints.</summary>
    public async Task<IPage> OpenAsync(string file, List<string> complaints, int width = 1280, int height = 720)
    {
        var page = await NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height } });
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
                complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);
        page.Dialog += (_, dialog) => complaints.Add(dialog.Message);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                complaints.Add(request.Url);
        };
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        return page;
    }
}
