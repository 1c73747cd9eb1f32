using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Patchwise;

/// <summary>How far a fetch is.</summary>
/// <param name="Received">Bytes of <paramref name="File"/> that have arrived, those of an earlier try included.</param>
/// <param name="Total">Null where not known.</param>
/// <param name="Note">Something to tell once, such as a second try.</param>
public sealed record FetchProgress(string Id, string File, long Received, long? Total, string? Note = null);

/// <summary>When a transfer counts as stalled, how long to wait before another try, and how many tries without a new byte an address gets.</summary>
sealed record FetchTiming(TimeSpan Stall, TimeSpan Pause, int Tries)
{
    internal static readonly FetchTiming Default = new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(2), 4);
}

/// <summary>
/// Fetches one file over http into a part file, from the first of its addresses that gives it whole. A broken transfer goes on where it
/// stopped, in this run or the next: with the server's own mark of the version (If-Range), or where the digest is known and tells in the end.
/// </summary>
/// <param name="whole">Where the file is looked for before it is fetched, for who brings it by other means.</param>
sealed class Download(string id, ManifestFile file, string part, IProgress<FetchProgress>? progress, FetchTiming timing, string whole)
{
    const long LimitOfUnknown = 64L << 30;
    const int MostTries = 100;

    static readonly HttpClient Http = MakeClient();

    /// <summary>The address that the part is from and the version there, a line each.</summary>
    readonly string _mark = part + ".mark";

    /// <param name="again">Another try may go on from there; else only another address gives the file.</param>
    sealed class FetchFault(string message, bool again) : Exception(message)
    {
        internal bool Again => again;
    }

    long Have => File.Exists(part) ? new FileInfo(part).Length : 0;

    /// <summary>Leaves the whole, verified file at the part's path.</summary>
    /// <returns>Its digest.</returns>
    internal async Task<string> Run(CancellationToken cancel)
    {
        var failures = new List<string>();
        foreach (var url in file.Urls)
            for (var (tries, idle, best) = (1, 0, Have); ; tries++)
                try
                {
                    return await Transfer(url, cancel);
                }
                catch (FetchFault fault)
                {
                    (idle, best) = Have > best ? (0, Have) : (idle + 1, best);
                    if (fault.Again && idle < timing.Tries && tries < MostTries)
                    {
                        Report(Have, file.Bytes, $"{url}: {fault.Message}; trying again");
                        await Task.Delay(timing.Pause, cancel);
                        continue;
                    }
                    failures.Add($"{url}: {fault.Message}{(fault.Again ? Invariant($" (tried {tries} times)") : "")}");
                    Report(0, null, failures[^1]);
                    break;
                }
        throw new PatchwiseException($"{id}: {file.Path} could not be fetched. {string.Join(". ", failures)}. Try again later "
            + $"({(Have > 0 ? "the part that has arrived is kept" : "nothing was kept")}), or bring the file by other means, as {whole}, and try again");
    }

    async Task<string> Transfer(string url, CancellationToken cancel)
    {
        var resumed = Have > 0;
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stall.CancelAfter(timing.Stall);
        try
        {
            if (Have == 0 || Have != file.Bytes)
                await Receive(url, stall);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new FetchFault(Invariant($"nothing arrived for {timing.Stall.TotalSeconds:0.###} s"), again: true);
        }
        catch (HttpRequestException error)
        {
            throw new FetchFault(error.InnerException?.Message ?? error.Message,
                again: error.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError));
        }
        if (Have == 0)
            throw Forget("the server sends an empty file", again: false);
        var seen = await Digest.Of(part, cancel);
        if (seen != (file.Sha256 ?? seen))
            throw Forget($"the file that arrived has the sha256 {seen}, the manifest says {file.Sha256}"
                + (resumed ? " (it was joined from several tries)" : ""), again: resumed);
        File.Delete(_mark);
        return seen;
    }

    async Task Receive(string url, CancellationTokenSource stall)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        var mark = File.Exists(_mark) && File.ReadAllLines(_mark) is [var from, var version] && from == url ? version : null;
        var asked = Have > 0 && (mark is not null || file.Sha256 is not null) ? Have : 0;
        if (asked > 0)
            request.Headers.Range = new RangeHeaderValue(asked, null);
        if (asked > 0 && mark is not null)
            request.Headers.TryAddWithoutValidation("If-Range", mark);
        using var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token);
        var have = Accept(response, asked);
        var total = response.Content.Headers.ContentLength + have ?? response.Content.Headers.ContentRange?.Length;
        if (total is not null && file.Bytes is not null && total != file.Bytes)
            throw new FetchFault(Invariant($"the server has {total} bytes, the manifest says {file.Bytes}"), again: false);
        CheckSpace((total ?? file.Bytes ?? 0) - have);
        // A weak tag does not promise equal bytes.
        WholeFile.WriteText(_mark, response.Headers.ETag is { IsWeak: false } tag ? $"{url}\n{tag.Tag}" : "");
        await Copy(await response.Content.ReadAsStreamAsync(stall.Token), have, total ?? file.Bytes, stall);
    }

    /// <summary>The number of bytes of the part that the response goes on from.</summary>
    long Accept(HttpResponseMessage response, long asked)
    {
        var (at, content) = (response.RequestMessage!.RequestUri!, response.Content.Headers);
        if (at.Scheme != Uri.UriSchemeHttps && !at.IsLoopback)
            throw new FetchFault($"leads to {at}: expected an https address", again: false);
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent && asked > 0
            && content.ContentRange is { Unit: "bytes" } range && range.From == asked;
        if (!goesOn && asked > 0 && response.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
            throw Forget("the server does not go on from what had arrived", again: true);
        if (!goesOn && response.StatusCode != HttpStatusCode.OK)
            throw new FetchFault(Invariant($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}"), again: response.StatusCode
                is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError);
        if (content.ContentType?.MediaType == "text/html" && !file.Path.EndsWith(".html", StringComparison.OrdinalIgnoreCase))
            throw new FetchFault("the server answers with a web page in place of the file", again: false);
        if (content.ContentEncoding.Any(encoding => encoding != "identity"))
            throw new FetchFault($"the server sends the file as {string.Join(", ", content.ContentEncoding)}, which was not asked for", again: false);
        return goesOn ? asked : 0;
    }

    async Task Copy(Stream body, long have, long? total, CancellationTokenSource stall)
    {
        var limit = total ?? LimitOfUnknown;
        var buffer = new byte[1 << 17];
        var next = Environment.TickCount64;
        using (var output = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            output.SetLength(have);
            output.Seek(0, SeekOrigin.End);
            while (await Read() is var read and > 0 && (have += read) <= limit)
            {
                output.Write(buffer, 0, read);
                if (Environment.TickCount64 < next)
                    continue;
                Report(have, total);
                next = Environment.TickCount64 + 100;
            }
        }
        Report(Math.Min(have, limit), total);
        if (have > limit)
            throw Forget(Invariant($"the server sends more than {limit} bytes"), again: false);
        if (have < (total ?? 0))
            throw new FetchFault(Invariant($"the transfer ended after {have} of {total} bytes"), again: true);

        async Task<int> Read()
        {
            stall.CancelAfter(timing.Stall);
            try
            {
                return await body.ReadAsync(buffer, stall.Token);
            }
            catch (IOException error)
            {
                throw new FetchFault(Invariant($"the transfer broke after {have} bytes ({error.Message})"), again: true);
            }
        }
    }

    void CheckSpace(long needed)
    {
        var free = new DriveInfo(Path.GetDirectoryName(part)!).AvailableFreeSpace;
        if (needed > free)
            throw new PatchwiseException(
                Invariant($"{id}: {file.Path} needs {needed / 1e6:0} MB more, but {Path.GetDirectoryName(part)} has {free / 1e6:0} MB left")
                + ": make room, or name another folder by PATCHWISE_DATA");
    }

    FetchFault Forget(string why, bool again)
    {
        File.Delete(part);
        File.Delete(_mark);
        return new(why, again);
    }

    void Report(long received, long? total, string? note = null) => progress?.Report(new FetchProgress(id, file.Path, received, total, note));

    static HttpClient MakeClient()
    {
        var client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(20), MaxAutomaticRedirections = 10 })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("patchwise/" + typeof(Download).Assembly.GetName().Version!.ToString(3));
        return client;
    }
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
