using System.Net;
using System.Text.Json.Nodes;

namespace Patchwise.Tests;

/// <summary>A browser's part in talking to a viewer: it opened the address once and has the cookie since.</summary>
sealed class Visitor : IDisposable
{
    readonly HttpClient _client;

    internal Uri Origin { get; }

    internal Visitor(SlideViewer viewer)
    {
        (Origin, _client) = (new(viewer.Address, "/"), new(new SocketsHttpHandler { CookieContainer = new() }));
        using var page = _client.GetAsync(viewer.Address).Result;
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    internal HttpResponseMessage Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, headers);

    internal HttpResponseMessage Send(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(Origin, path));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return _client.Send(request);
    }

    internal byte[] Bytes(string path)
    {
        using var response = Get(path);
        var bytes = response.Content.ReadAsByteArrayAsync().Result;
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode}, "
            + System.Text.Encoding.UTF8.GetString(bytes.AsSpan()[..Math.Min(bytes.Length, 500)]));
        return bytes;
    }

    internal JsonNode Json(string path) => JsonNode.Parse(Bytes(path))!;

    internal Raster Image(string path) => Raster.Decode(Bytes(path));

    internal HttpStatusCode Status(string path, params (string Name, string Value)[] headers)
    {
        using var response = Get(path, headers);
        return response.StatusCode;
    }

    public void Dispose() => _client.Dispose();
}
