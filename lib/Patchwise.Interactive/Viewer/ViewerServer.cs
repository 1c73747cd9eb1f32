using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Patchwise;

/// <summary>
/// Answers the viewer's page on this machine only: at 127.0.0.1, to who has the token, under the names of this machine only (so that no page of the web
/// reaches it by a name of its own). Nothing of a request is the name of a file.
/// </summary>
sealed class ViewerServer : IDisposable
{
    const string Jpeg = "image/jpeg", Png = "image/png", Json = "application/json", Pages = "viewer/", Alive = "/alive";

    /// <summary>Escapes what HTML would take for its own.</summary>
    static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.Default };

    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];
    static readonly Assembly Own = typeof(ViewerServer).Assembly;
    static readonly HashSet<string> Files = [.. Own.GetManifestResourceNames().Where(name => name.StartsWith(Pages, StringComparison.Ordinal))];

    /// <summary>Of all viewers of the process: a notebook may open one in each run of a cell.</summary>
    static readonly TileStore Store = new();

    readonly WebApplication _web;
    readonly IReadOnlyList<(string Name, ViewerSlide? Slide, string Error)> _slides;
    readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Answers are the same as long as the server lives, so this and their address tell them apart.</summary>
    readonly string _session = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>More at once would only wait for each other.</summary>
    readonly SemaphoreSlim _working = new(Environment.ProcessorCount);

    internal int Port { get; }

    /// <summary>With the token.</summary>
    internal Uri Address => new($"http://127.0.0.1:{Port}/?token={_token}");

    internal Uri AliveAddress => new($"http://127.0.0.1:{Port}/{_token}{Alive}");

    /// <param name="port">0: any that is free.</param>
    /// <exception cref="PatchwiseException">The port is taken.</exception>
    internal ViewerServer(IReadOnlyList<(string Name, ViewerSlide? Slide, string Error)> slides, int port)
    {
        _slides = slides;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            (kestrel.AddServerHeader, kestrel.Limits.MaxRequestBodySize, kestrel.Limits.MaxConcurrentConnections) = (false, 0, 256);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, OfTheProcess>();
        _web = builder.Build();
        _web.Use(Guard);
        _web.UseRouting(); // by the path that is left then
        Map();
        try
        {
            _web.Start();
        }
        catch (IOException error)
        {
            throw new PatchwiseException(FormattableString.Invariant(
                $"port {port} of this machine is taken: give another, or none for any that is free (port, ") + "on the command line --port)", error);
        }
        Port = new Uri(_web.Urls.First()).Port;
    }

    /// <summary>Ctrl-C and the like are the business of the program that the server is in.</summary>
    sealed class OfTheProcess : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    async Task Guard(HttpContext context, RequestDelegate next)
    {
        var (request, headers, cookie) = (context.Request, context.Response.Headers, $"patchwise-{Port}");
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors http://127.0.0.1:* http://localhost:* vscode-webview:";
        headers.CacheControl = "no-cache";
        try
        {
            if (request.Host.Value != $"127.0.0.1:{Port}" && request.Host.Value != $"localhost:{Port}")
                throw new Refusal(400, $"this server is http://127.0.0.1:{Port} and has no other name");
            if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
                throw new Refusal(405, "expected GET");
            if (request.Path == "/" && request.Query["token"] is [{ } token])
            {
                Check(token);
                context.Response.Cookies.Append(cookie, token, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
                // Coming from a page of another site, such as a notebook in VS Code, a browser leaves such a cookie out: that one stays below the token.
                context.Response.Redirect(request.Headers["Sec-Fetch-Site"] == "cross-site" ? $"/{token}/" : "/");
                return;
            }
            var (own, rest) = Parted(request.Path.Value ?? "");
            if (IsToken(own))
                (request.PathBase, request.Path) = ($"/{own}", rest);
            else
                Check(request.Cookies[cookie]);
            await next(context);
            if (context.Response.StatusCode == 404 && !context.Response.HasStarted)
                throw new Refusal(404, "there is nothing here");
        }
        catch (Exception error) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = error is Refusal refusal ? refusal.Status : 500;
            await context.Response.WriteAsJsonAsync(new { error = error.Message }, Written);
        }
    }

    /// <summary>The first part of a path, and what follows.</summary>
    static (string, string) Parted(string path) => path.IndexOf('/', Math.Min(1, path.Length)) is > 1 and var end ? (path[1..end], path[end..]) : ("", path);

    bool IsToken(string? text) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text ?? ""), Encoding.UTF8.GetBytes(_token));

    void Check(string? token)
    {
        if (!IsToken(token))
            throw new Refusal(403, "open the address that was shown with its token: http://127.0.0.1:"
                + FormattableString.Invariant($"{Port}/?token=..."));
    }

    void Map()
    {
        const string Slide = "/api/slides/{s}", Tile = "/{level}/{x}_{y}", One = Slide + "/predictions/{p}";
        Get("/", Html, _ => File("index.html"));
        _web.MapGet(Alive, context =>
        {
            // A notebook's page asks whether anybody is there, and learns no more.
            context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        });
        _web.MapMethods("/{file}", Methods, context => Answer(context, TypeOf((string)context.Request.RouteValues["file"]!),
            _ => File((string)context.Request.RouteValues["file"]!)));
        Get("/api/slides", Json, _ => Text(new
        {
            slides = _slides.Select((one, id) => one.Slide?.Described(id) ?? new { id, name = one.Name, error = one.Error }),
            heat = Overlay.Scale,
        }));
        Get($"{Slide}/thumbnail.jpg", Jpeg, asked => asked.Slide.Tiles.Thumbnail());
        Get($"{Slide}/tiles{Tile}.jpg", Jpeg, asked => asked.Slide.Tiles.Jpeg(asked.Level, asked.Box, asked.Flag("grey")));
        Get($"{Slide}/annotations", Json, asked => Text(asked.Slide.Outlines()));
        Get($"{Slide}/tissue{Tile}.png", Png, asked => asked.Slide.Tissue(asked.Level, asked.Box));
        Get($"{Slide}/grid/{{p}}{Tile}.png", Png, asked => asked.Slide.Grid(asked.Prediction(), asked.Level, asked.Box));
        Get($"{Slide}/map/{{p}}{Tile}.png", Png, asked => asked.Slide.Map(asked.Prediction(), asked.Level, asked.Box,
            asked.Filter(Table(asked).Classes.Count), asked.Choice("style", "filled", "outline") == "outline"));
        Get($"{Slide}/probability/{{p}}/{{class}}{Tile}.png", Png, asked => asked.Slide.Probability(
            Table(asked).HasProbabilities ? asked.Prediction() : throw new Refusal(404, "the probabilities were not kept: predict again and keep them"),
            asked.Route("class", Table(asked).Classes.Count), asked.Level, asked.Box, asked.Real("from") ?? 0));
        Get($"{Slide}/disagreement/{{p}}/{{q}}{Tile}.png", Png,
            asked => asked.Slide.Disagreement(asked.Prediction(), asked.Prediction("q"), asked.Level, asked.Box));
        Get($"{Slide}/disagreement/{{p}}/{{q}}", Json, asked => Text(Of(asked).Compared(asked.Slide.Predictions[asked.Prediction("q")])));
        Get($"{One}/at", Json, asked => Text(Of(asked).Index.At(asked.Real("x") ?? double.NaN, asked.Real("y") ?? double.NaN) is { } row
            ? Of(asked).Item(row) : null));
        Get($"{One}/items/{{index}}", Json, asked => Text(Of(asked).Item(Row(asked))));
        Get($"{One}/find", Json, asked => Text(Of(asked).Find(asked.Filter(Table(asked).Classes.Count), asked.Number("after", int.MaxValue),
            asked.Choice("step", "1", "-1") == "-1", asked.Number("differs", asked.Slide.Predictions.Count) is { } q ? asked.Slide.Predictions[q] : null)));
        Get($"{One}/patch/{{index}}.jpg", Jpeg, asked => Of(asked).Patch(asked.Slide.Slide, Row(asked)).ToJpeg());
    }

    static ViewedPrediction Of(Asked asked) => asked.Slide.Predictions[asked.Prediction()];
    static PredictionTable Table(Asked asked) => Of(asked).Table;
    static int Row(Asked asked) => asked.Route("index", Table(asked).Count);
    static byte[] Text(object? value) => JsonSerializer.SerializeToUtf8Bytes(value, Written);

    const string Html = "text/html; charset=utf-8";

    static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => Html,
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    /// <summary>A part of the page by its name among those that the library carries.</summary>
    static byte[] File(string name)
    {
        if (!Files.Contains(Pages + name))
            throw new Refusal(404, "there is nothing here");
        using var stream = Own.GetManifestResourceStream(Pages + name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    void Get(string path, string type, Func<Asked, byte[]> make) => _web.MapMethods(path, Methods, context => Answer(context, type, make));

    async Task Answer(HttpContext context, string type, Func<Asked, byte[]> make)
    {
        var key = _session + context.Request.Path + context.Request.QueryString.Value;
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..16]}\"";
        var bytes = Store.Find(key);
        // Only who was answered before knows the tag.
        if (context.Request.Headers.IfNoneMatch.Contains(tag))
        {
            context.Response.Headers.ETag = tag;
            context.Response.StatusCode = 304;
            return;
        }
        if (bytes is null)
        {
            await _working.WaitAsync(context.RequestAborted);
            try
            {
                bytes = make(new(context, _slides));
            }
            finally
            {
                _working.Release();
            }
            Store.Keep(key, bytes);
        }
        (context.Response.ContentType, context.Response.ContentLength, context.Response.Headers.ETag) = (type, bytes.Length, tag);
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    public void Dispose()
    {
        _web.StopAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();
        ((IDisposable)_web).Dispose();
        _working.Dispose();
    }
}
