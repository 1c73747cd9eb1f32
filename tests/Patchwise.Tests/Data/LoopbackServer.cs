using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Patchwise.Tests;

/// <summary>An http server on this machine that does to each connection what a test wants done, well-behaved or not.</summary>
sealed class LoopbackServer : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Func<Request, Task> _answer;

    internal ConcurrentQueue<Request> Requests { get; } = [];

    internal LoopbackServer(Func<Request, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Accept();
    }

    internal string Url(string path = "/file.bin") => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{path}";

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            TcpClient client;
            try
            {
                client = await _listener.AcceptTcpClientAsync(_stop.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            _ = Serve(client);
        }
    }

    async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1, leaveOpen: true);
            var path = (await reader.ReadLineAsync())?.Split(' ')[1] ?? "";
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await reader.ReadLineAsync() is { Length: > 0 } line)
                headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 1)..].Trim();
            var request = new Request(path, headers, client.GetStream(), Requests.Count, _stop.Token);
            Requests.Enqueue(request);
            await _answer(request);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone, or the test is over.
        }
    }

    internal sealed record Request(string Path, Dictionary<string, string> Headers, Stream Out, int Number, CancellationToken Stop)
    {
        /// <summary>Where the client asks to go on, or null.</summary>
        internal int? From => Headers.TryGetValue("Range", out var range)
            ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;

        internal Task Head(string status, params string[] headers) =>
            Out.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{string.Concat(headers.Select(h => h + "\r\n"))}Connection: close\r\n\r\n")).AsTask();

        internal async Task Whole(byte[] file, params string[] headers)
        {
            await Head("200 OK", [$"Content-Length: {file.Length}", .. headers]);
            await Out.WriteAsync(file);
        }

        /// <summary>As a good server does: all, or the rest from where the client asks.</summary>
        internal Task Ranged(byte[] file, string tag, int most = int.MaxValue) =>
            From is { } from && (!Headers.TryGetValue("If-Range", out var mark) || mark == tag)
            ? Send("206 Partial Content", from, file, most, $"Content-Range: bytes {from}-{file.Length - 1}/{file.Length}", $"ETag: {tag}")
            : Send("200 OK", 0, file, most, $"ETag: {tag}");

        async Task Send(string status, int from, byte[] file, int most, params string[] headers)
        {
            await Head(status, [$"Content-Length: {file.Length - from}", .. headers]);
            await Out.WriteAsync(file.AsMemory(from, Math.Min(most, file.Length - from)));
        }
    }
}
