using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Patchwise;

/// <summary>How far a fetch is.</summary>
/// <param name="Received">Bytes of <paramref name="File"/> that have arrived, those of an earlier try included.</param>
/// <param name="Total">Null where not known.</param>
/// <param name="Note">Something to tell once, such as a second try.</param>
public sealed record FetchProgress(string Id, string File, long Received, long? Total, string? Note = null);

/// <summary>What is remembered of a file that has been fetched.</summary>
/// <param name="Known">Its digest was known before; otherwise it is only the one that was seen.</param>
sealed record FetchedFile(string Path, string? Url, long Bytes, string Sha256, bool Known)
{
    /// <summary>Lies in the folder of a fetched entry: where its files came from, and the digests that were seen.</summary>
    internal const string RecordName = ".fetched.json";
}

/// <summary>
/// Fetches one file over http into a part file, from the first of its addresses that gives it whole. A broken transfer goes on where it
/// stopped, in this run or the next: with the server's own mark of the version (If-Range), or where the digest is known and tells in the end.
/// </summary>
sealed class Download(string id, ManifestFile file, string part, IProgress<FetchProgress>? progress, FetchTiming timing)
{
    const long LimitOfUnknown = 64L << 30;
    const int MostTries = 100;

    static readonly HttpClient Http = MakeClient();

    readonly string _statePath = part + ".json";

    /// <summary>Which version of the file the part belongs to.</summary>
    sealed record State(string Url, string? Mark);

    /// <summary>The transfer broke: another try may go on from there.</summary>
    sealed class BrokenException(string message) : Exception(message);

    /// <summary>This address does not give the file: only another one may.</summary>
    sealed class RefusedException(string message) : Exception(message);

    /// <summary>Leaves the whole, verified file at the part's path.</summary>
    internal async Task<FetchedFile> Run(CancellationToken cancel)
    {
        var failures = new List<string>();
        foreach (var url in file.Urls)
            try
            {
                return await From(url, cancel);
            }
            catch (RefusedException refused)
            {
                failures.Add($"{url}: {refused.Message}");
                Report(0, null, failures[^1]);
            }
        throw new PatchwiseException(
            $"{id}: {file.Path} could not be fetched. {string.Join(". ", failures)}. Try again later "
                + $"({(Have > 0 ? "the part that has arrived is kept" : "nothing was kept")}), or put the file into the data folder by hand");
    }

    long Have => File.Exists(part) ? new FileInfo(part).Length : 0;

    async Task<FetchedFile> From(string url, CancellationToken cancel)
    {
        long best = Have;
        for (int tries = 0, idle = 0; ; tries++)
        {
            var resumed = Have > 0;
            try
            {
                await Transfer(url, cancel);
                return await Verify(url, resumed, cancel);
            }
            catch (BrokenException broken)
            {
                idle = Have > best ? 0 : idle + 1;
                best = Math.Max(best, Have);
                if (idle >= timing.Tries || tries >= MostTries)
                    throw new RefusedException($"{broken.Message} (tried {tries + 1} times)");
                Report(Have, file.Bytes, $"{url}: {broken.Message}; trying again");
                await Task.Delay(timing.Pause, cancel);
            }
        }
    }

    async Task Transfer(string url, CancellationToken cancel)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stall.CancelAfter(timing.Stall);
        try
        {
            var have = Have;
            if (have > 0 && have == file.Bytes)
                return;
            using var request = Request(url, ref have);
            using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token);
            have = Accept(response, have);
            var total = response.Content.Headers.ContentLength + have ?? response.Content.Headers.ContentRange?.Length;
            if (total is not null && file.Bytes is not null && total != file.Bytes)
                throw new RefusedException(Invariant($"the server has {total} bytes, the manifest says {file.Bytes}"));
            CheckSpace((total ?? file.Bytes ?? 0) - have);
            Save(url, response.Headers);
            await Copy(response, have, total, stall, cancel);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new BrokenException(Invariant($"nothing arrived for {timing.Stall.TotalSeconds:0.###} s"));
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new RefusedException(error.InnerException?.Message ?? error.Message);
        }
        catch (HttpRequestException error)
        {
            throw new BrokenException(error.InnerException?.Message ?? error.Message);
        }
    }

    /// <summary>Asks for the rest of the part where it can belong to the same version; otherwise sets <paramref name="have"/> to 0.</summary>
    HttpRequestMessage Request(string url, ref long have)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        var mark = ReadState() is { } state && state.Url == url ? state.Mark : null;
        if (have > 0 && (mark is not null || file.Sha256 is not null))
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            if (mark is not null)
                request.Headers.TryAddWithoutValidation("If-Range", mark);
        }
        else
            have = 0;
        return request;
    }

    /// <summary>The number of bytes of the part that the response goes on from.</summary>
    long Accept(HttpResponseMessage response, long have)
    {
        var at = response.RequestMessage!.RequestUri!;
        if (at.Scheme != Uri.UriSchemeHttps && !at.IsLoopback)
            throw new RefusedException($"leads to {at}: expected an https address");
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent when have > 0 && response.Content.Headers.ContentRange is { Unit: "bytes" } range && range.From == have:
                break;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable when have > 0:
                Forget();
                throw new BrokenException("the server does not go on from what had arrived");
            case HttpStatusCode.OK:
                have = 0;
                break;
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw new BrokenException(Answer());
            default:
                throw new RefusedException(Answer());
        }
        if (response.Content.Headers.ContentType?.MediaType == "text/html" && !file.Path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            throw new RefusedException("the server answers with a web page in place of the file");
        if (response.Content.Headers.ContentEncoding.Any(e => e != "identity"))
            throw new RefusedException($"the server sends the file as {string.Join(", ", response.Content.Headers.ContentEncoding)}, which was not asked for");
        return have;

        string Answer() => Invariant($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}");
    }

    async Task Copy(HttpResponseMessage response, long have, long? total, CancellationTokenSource stall, CancellationToken cancel)
    {
        var limit = file.Bytes ?? total ?? LimitOfUnknown;
        var buffer = new byte[1 << 17];
        var next = Environment.TickCount64;
        using (var output = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            output.SetLength(have);
            output.Seek(0, SeekOrigin.End);
            using var body = await response.Content.ReadAsStreamAsync(stall.Token);
            while (await Read() is var read and > 0)
            {
                if ((have += read) > limit)
                    break;
                output.Write(buffer, 0, read);
                if (Environment.TickCount64 >= next)
                {
                    Report(have, total ?? file.Bytes);
                    next = Environment.TickCount64 + 100;
                }
            }

            async Task<int> Read()
            {
                stall.CancelAfter(timing.Stall);
                try
                {
                    return await body.ReadAsync(buffer, stall.Token);
                }
                catch (IOException error) when (!cancel.IsCancellationRequested)
                {
                    throw new BrokenException(Invariant($"the transfer broke after {have} bytes ({error.Message})"));
                }
            }
        }
        Report(Math.Min(have, limit), total ?? file.Bytes);
        if (have > limit)
        {
            Forget();
            throw new RefusedException(Invariant($"the server sends more than {limit} bytes"));
        }
        if (have < (total ?? file.Bytes ?? 0))
            throw new BrokenException(Invariant($"the transfer ended after {have} of {total ?? file.Bytes} bytes"));
    }

    async Task<FetchedFile> Verify(string url, bool resumed, CancellationToken cancel)
    {
        var bytes = Have;
        if (bytes == 0)
        {
            Forget();
            throw new RefusedException("the server sends an empty file");
        }
        var seen = await Digest.Of(part, cancel);
        if (seen == (file.Sha256 ?? seen))
        {
            File.Delete(_statePath);
            return new FetchedFile(file.Path, url, bytes, seen, file.Sha256 is not null);
        }
        Forget();
        var wrong = $"the file that arrived has the sha256 {seen}, the manifest says {file.Sha256}";
        throw resumed ? new BrokenException(wrong + " (it was joined from several tries)") : new RefusedException(wrong);
    }

    void CheckSpace(long needed)
    {
        var free = new DriveInfo(Path.GetDirectoryName(part)!).AvailableFreeSpace;
        if (needed > free)
            throw new PatchwiseException(
                Invariant($"{id}: {file.Path} needs {needed / 1e6:0} MB more, but {Path.GetDirectoryName(part)} has {free / 1e6:0} MB left")
                + ": make room, or name another folder by PATCHWISE_DATA");
    }

    State? ReadState()
    {
        try
        {
            return File.Exists(_statePath) ? JsonSerializer.Deserialize<State>(File.ReadAllBytes(_statePath)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A weak ETag does not promise equal bytes, so it is no mark.</summary>
    void Save(string url, HttpResponseHeaders headers)
    {
        var mark = headers.ETag is { IsWeak: false } tag ? tag.Tag : null;
        WholeFile.WriteText(_statePath, JsonSerializer.Serialize(new State(url, mark)));
    }

    void Forget()
    {
        File.Delete(part);
        File.Delete(_statePath);
    }

    void Report(long received, long? total, string? note = null) => progress?.Report(new FetchProgress(id, file.Path, received, total, note));

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    static HttpClient MakeClient()
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(20),
            MaxAutomaticRedirections = 10,
            AutomaticDecompression = DecompressionMethods.None,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("patchwise/" + typeof(Download).Assembly.GetName().Version!.ToString(3));
        return client;
    }
}

/// <summary>When a transfer counts as stalled, how long to wait before another try, and how many tries without a new byte an address gets.</summary>
sealed record FetchTiming(TimeSpan Stall, TimeSpan Pause, int Tries)
{
    internal static readonly FetchTiming Default = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(2), 4);
}

static class Digest
{
    /// <summary>The sha256 of a file as 64 lower-case hex digits.</summary>
    internal static async Task<string> Of(string path, CancellationToken cancel = default)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel));
    }
}
