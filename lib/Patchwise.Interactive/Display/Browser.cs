using PuppeteerSharp;

namespace Patchwise;

/// <summary>
/// A page of an installed browser that draws stills. It is started by the first and kept for the next, ends a minute after the last, and with this process in
/// any case: it listens to a pipe from here, which closes when this process ends, however it ends.
/// </summary>
static class Browser
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Kept = TimeSpan.FromMinutes(1);
    static readonly SemaphoreSlim One = new(1);
    static readonly Timer Idle = new(_ => End());
    static IBrowser? _browser;
    static IPage? _page;
    static string? _document;

    /// <summary>Debian's without windows, which starts in half of the time. On the path is a script, which would be ended in its place.</summary>
    const string Windowless = "/usr/lib/chromium/chromium-headless-shell";

    static readonly string[] Names = ["chrome-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge",
        "microsoft-edge-stable", "chrome.exe", "msedge.exe"];

    /// <summary>Where browsers stand on macOS and on Windows, which have them on no path.</summary>
    static readonly string[] Places =
        [.. ((string[])["Google Chrome", "Chromium", "Microsoft Edge"]).Select(name => $"/Applications/{name}.app/Contents/MacOS/{name}"),
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe"];

    static Browser() => AppDomain.CurrentDomain.ProcessExit += (_, _) => End();

    /// <summary>Opens the document in the page, where it stays for the next, and asks it for something: the script's value, or its promise's.</summary>
    internal static string Ask(string document, string script) => Do(document, page => page.EvaluateExpressionAsync<string>(script));

    /// <summary>As <see cref="Ask(string, string)"/>, while the part of HTML lies on the document's page.</summary>
    internal static string Ask(string document, string part, string script) =>
        Do(document, page => With(page, part, () => page.EvaluateExpressionAsync<string>(script)));

    /// <summary>What the part of HTML draws on the document's page, within the selector, as a PNG of twice its size.</summary>
    internal static byte[] Picture(string document, string part, string selector) => Do(document, page => With(page, part, async () =>
    {
        var box = await (await page.QuerySelectorAsync(selector)).BoundingBoxAsync();
        // Packed in haste, which takes a third of the time and twice the bytes: what is sought here is a picture soon.
        var picture = await page.Client.SendAsync<Captured>("Page.captureScreenshot", new
        {
            format = "png",
            optimizeForSpeed = true,
            captureBeyondViewport = true,
            clip = new { x = box.X, y = box.Y, width = box.Width, height = box.Height, scale = 1 },
        });
        return Convert.FromBase64String(picture.Data);
    }));

    sealed record Captured(string Data);

    static async Task<T> With<T>(IPage page, string part, Func<Task<T>> work)
    {
        await page.EvaluateFunctionAsync("""
            part => {
              const place = document.createElement('div');
              place.id = 'part';
              place.innerHTML = part;
              document.body.prepend(place);
              return Promise.all([...place.querySelectorAll('img')].map(image => image.decode().catch(() => null)));
            }
            """, part);
        try
        {
            return await work();
        }
        finally
        {
            await page.EvaluateExpressionAsync("document.getElementById('part').remove()");
        }
    }

    /// <exception cref="PatchwiseException">There is no browser, or it does not work.</exception>
    static T Do<T>(string document, Func<IPage, Task<T>> work) => Task.Run(async () =>
    {
        await One.WaitAsync();
        try
        {
            Idle.Change(Timeout.Infinite, Timeout.Infinite);
            _page ??= await Start();
            if (_document != document)
                await _page.SetContentAsync(document, new SetContentOptions { Timeout = (int)Patience.TotalMilliseconds });
            _document = document;
            return await work(_page).WaitAsync(Patience);
        }
        catch (Exception error) when (error is PuppeteerException or TimeoutException or IOException)
        {
            Close();
            throw new PatchwiseException($"the browser that draws stills failed: {error.Message}", error);
        }
        finally
        {
            Idle.Change(Kept, Timeout.InfiniteTimeSpan);
            One.Release();
        }
    }).GetAwaiter().GetResult();

    static async Task<IPage> Start()
    {
        _browser = await Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = Find(),
            Pipe = true,
            Timeout = (int)Patience.TotalMilliseconds,
            Args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic"],
            DefaultViewport = new ViewPortOptions { Width = 1200, Height = 900, DeviceScaleFactor = 2 },
        });
        var page = await _browser.NewPageAsync();
        await page.SetOfflineModeAsync(true);
        return page;
    }

    internal static string Find(string? path = null)
    {
        if (Environment.GetEnvironmentVariable("PATCHWISE_BROWSER") is { Length: > 0 } named)
            return File.Exists(named) ? named
                : throw new PatchwiseException($"PATCHWISE_BROWSER names {named}, which does not exist: expected the program of a Chromium, Chrome or Edge");
        var onPath = (path ?? Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)));
        return (path is null ? [Windowless, .. onPath, .. Places] : onPath).FirstOrDefault(File.Exists)
            ?? throw new PatchwiseException(
                "no browser that draws stills was found: expected Chromium, Chrome or Edge (apt-get install chromium), or its program named by "
                    + "PATCHWISE_BROWSER; .html and .json are written without one");
    }

    static void End()
    {
        if (!One.Wait(0))
            return; // at work
        Close();
        One.Release();
    }

    static void Close()
    {
        var browser = _browser;
        (_browser, _page, _document) = (null, null, null);
        try
        {
            Task.Run(async () => await (browser?.CloseAsync() ?? Task.CompletedTask)).Wait(TimeSpan.FromSeconds(3));
        }
        catch (AggregateException)
        {
            // It has ended by itself.
        }
    }
}
