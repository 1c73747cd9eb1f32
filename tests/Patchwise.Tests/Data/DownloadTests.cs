using System.Security.Cryptography;
using System.Text.Json;

namespace Patchwise.Tests;

public sealed class DownloadTests : IDisposable
{
    static readonly byte[] File1 = RandomBytes(300_000, 1);

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static byte[] RandomBytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    string Data => _folder.At("data");

    Manifest Make(string[] urls, long? bytes = null, string? sha256 = null, bool unpack = false, string name = "file.bin", double stall = 30)
    {
        var manifest = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["$schema"] = "",
            ["entries"] = new[] { new { id = "one", title = "t", kind = "model", licence = "l", source = "s",
                files = new[] { new { path = name, bytes, sha256, urls, unpack } } } },
        });
        return Manifest.Load(_folder.Write("data-manifest.json", manifest), Data,
            new FetchTiming(TimeSpan.FromSeconds(stall), TimeSpan.FromMilliseconds(1), 3));
    }

    Manifest Known(params string[] urls) => Make(urls, File1.Length, Sha(File1));

    Manifest Impatient(string url, double stall) => Make([url], File1.Length, Sha(File1), stall: stall);

    /// <summary>Nothing of the entry is visible, and no half file lies where a whole one belongs.</summary>
    void AssertNothingThere(Manifest manifest)
    {
        Assert.False(Directory.Exists(Path.Combine(Data, "one")));
        Assert.Contains("patchwise data fetch one", Assert.Throws<BadInputException>(() => manifest.Locate("one")).Message, StringComparison.Ordinal);
    }

    static async Task<string> Fails<T>(Manifest manifest, string expected) where T : Exception
    {
        var message = (await Assert.ThrowsAsync<T>(() => manifest.FetchAsync("one"))).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        return message;
    }

    [Fact]
    public async Task A_file_is_fetched_once_and_then_located_without_a_network()
    {
        using var server = new LoopbackServer(r => r.Whole(File1));
        var manifest = Known(server.Url());
        AssertNothingThere(manifest);
        var progress = new Progress();
        var located = await manifest.FetchAsync("one", progress);
        Assert.Equal(File1, File.ReadAllBytes(Assert.Single(located.Files)));
        Assert.Empty(located.Warnings);
        Assert.Equal((File1.Length, (long?)File1.Length), (progress.Last!.Received, progress.Last.Total));
        await manifest.FetchAsync("one");
        Assert.Equal(located.Files, manifest.Locate("one").Files);
        Assert.Single(server.Requests);
        Assert.Empty((await manifest.VerifyAsync("one")).Problems);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Data), p => p.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_transfer_that_breaks_goes_on_where_it_stopped(bool known)
    {
        using var server = new LoopbackServer(r => r.Ranged(File1, "\"v1\"", most: 100_000));
        var manifest = known ? Known(server.Url()) : Make([server.Url()]);
        Assert.Equal(File1, File.ReadAllBytes((await manifest.FetchAsync("one")).Files[0]));
        Assert.Equal([null, 100_000, 200_000], server.Requests.Select(r => r.From));
        Assert.Equal("\"v1\"", server.Requests.Last().Headers["If-Range"]);
    }

    [Fact]
    public async Task A_file_that_has_changed_on_the_server_is_fetched_anew_and_never_joined()
    {
        var changed = RandomBytes(250_000, 2);
        using var server = new LoopbackServer(r => r.Number == 0 ? r.Ranged(File1, "\"v1\"", most: 100_000) : r.Ranged(changed, "\"v2\""));
        Assert.Equal(changed, File.ReadAllBytes((await Make([server.Url()]).FetchAsync("one")).Files[0]));
    }

    [Fact]
    public async Task A_weak_tag_is_no_ground_to_join_parts_of_a_file_of_unknown_digest()
    {
        using var server = new LoopbackServer(r => r.Ranged(File1, "W/\"v1\"", most: r.Number == 0 ? 100_000 : int.MaxValue));
        Assert.Equal(File1, File.ReadAllBytes((await Make([server.Url()]).FetchAsync("one")).Files[0]));
        Assert.Equal([null, null], server.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task A_server_that_ignores_the_range_is_read_from_the_start()
    {
        using var server = new LoopbackServer(async r =>
        {
            await r.Head("200 OK", $"Content-Length: {File1.Length}", "ETag: \"a\"");
            await r.Out.WriteAsync(File1.AsMemory(0, r.Number == 0 ? 1000 : File1.Length));
        });
        Assert.Equal(File1, File.ReadAllBytes((await Known(server.Url()).FetchAsync("one")).Files[0]));
        Assert.Equal([null, 1000], server.Requests.Select(r => r.From));
    }

    [Theory]
    [InlineData("206 Partial Content", "Content-Range: bytes 7-299999/300000")]
    [InlineData("206 Partial Content", "X: no range")]
    [InlineData("416 Range Not Satisfiable", "Content-Range: bytes */5")]
    public async Task A_server_that_lies_about_the_range_is_asked_for_all(string status, string header)
    {
        using var server = new LoopbackServer(r => r.Number == 0 ? r.Ranged(File1, "\"a\"", most: 5000)
            : r.From is null ? r.Ranged(File1, "\"a\"") : r.Head(status, header, "Content-Length: 0"));
        Assert.Equal(File1, File.ReadAllBytes((await Known(server.Url()).FetchAsync("one")).Files[0]));
        Assert.Equal([null, 5000, null], server.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task A_stalled_transfer_is_broken_off_and_goes_on()
    {
        using var server = new LoopbackServer(async r =>
        {
            await r.Ranged(File1, "\"a\"", most: r.Number == 0 ? 150_000 : int.MaxValue);
            if (r.Number == 0)
                await Task.Delay(Timeout.Infinite, r.Stop);
        });
        var progress = new Progress();
        Assert.Equal(File1, File.ReadAllBytes((await Impatient(server.Url(), 1).FetchAsync("one", progress)).Files[0]));
        Assert.Equal([null, 150_000], server.Requests.Select(r => r.From));
        Assert.Contains(progress.Notes, n => n.Contains("nothing arrived for 1 s; trying again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        using var server = new LoopbackServer(r => Task.Delay(Timeout.Infinite, r.Stop));
        var manifest = Impatient(server.Url(), 0.2);
        await Fails<PatchwiseException>(manifest, "nothing arrived for 0.2 s (tried 3 times)");
        AssertNothingThere(manifest);
    }

    [Fact]
    public async Task The_next_address_is_tried_where_one_fails()
    {
        using var server = new LoopbackServer(r => r.Path switch
        {
            "/404" => r.Head("404 Not Found", "Content-Length: 0"),
            "/500" => r.Head("500 Internal Server Error", "Content-Length: 0"),
            "/page" => r.Whole("<html>log in</html>"u8.ToArray(), "Content-Type: text/html; charset=utf-8"),
            "/gzip" => r.Whole(File1, "Content-Encoding: gzip"),
            "/other" => r.Whole(RandomBytes(File1.Length, 9)),
            "/moved" => r.Head("302 Found", $"Location: /good", "Content-Length: 0"),
            _ => r.Whole(File1),
        });
        var progress = new Progress();
        var urls = new[] { "/404", "/500", "/page", "/gzip", "/other", "/moved" }.Select(server.Url).ToArray();
        Assert.Equal(File1, File.ReadAllBytes((await Known(urls).FetchAsync("one", progress)).Files[0]));
        Assert.Equal(["/404", "/500", "/500", "/500", "/page", "/gzip", "/other", "/moved", "/good"], server.Requests.Select(r => r.Path));
        foreach (var reason in (string[])["404 Not Found", "500 Internal Server Error (tried 3 times)", "a web page", "as gzip", "has the sha256"])
            Assert.Contains(progress.Notes, n => n.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_second_address_goes_on_from_the_part_of_the_first_where_the_digest_is_known()
    {
        using var server = new LoopbackServer(r => r.Path == "/a" && r.From is null ? r.Ranged(File1, "\"a\"", most: 70_000)
            : r.Path == "/a" ? r.Head("404 Not Found", "Content-Length: 0") : r.Ranged(File1, "\"b\""));
        Assert.Equal(File1, File.ReadAllBytes((await Known(server.Url("/a"), server.Url("/b")).FetchAsync("one")).Files[0]));
        Assert.Equal(("/b", 70_000), (server.Requests.Last().Path, server.Requests.Last().From));
    }

    [Fact]
    public async Task Wrong_bytes_a_wrong_size_and_no_bytes_leave_nothing_behind()
    {
        var wrong = RandomBytes(File1.Length, 3);
        using var server = new LoopbackServer(r => r.Path switch
        {
            "/wrong" => r.Whole(wrong),
            "/long" => r.Whole([.. File1, 1]),
            "/endless" => Endless(r),
            "/empty" => r.Whole([]),
            _ => Task.CompletedTask,
        });
        await Fails<PatchwiseException>(Known(server.Url("/wrong")), $"has the sha256 {Sha(wrong)}, the manifest says {Sha(File1)}");
        await Fails<PatchwiseException>(Known(server.Url("/long")), "the server has 300001 bytes, the manifest says 300000");
        await Fails<PatchwiseException>(Known(server.Url("/endless")), "the server sends more than 300000 bytes");
        await Fails<PatchwiseException>(Make([server.Url("/empty")]), "an empty file");
        var manifest = Known(server.Url("/closes"));
        var message = await Fails<PatchwiseException>(manifest, "(tried 3 times)");
        Assert.Contains("nothing was kept", message, StringComparison.Ordinal);
        AssertNothingThere(manifest);
        Assert.DoesNotContain(Directory.EnumerateFiles(Data, "*.part", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }),
            _ => true);

        static async Task Endless(LoopbackServer.Request r)
        {
            await r.Head("200 OK");
            while (true)
                await r.Out.WriteAsync(File1);
        }
    }

    [Fact]
    public async Task A_joined_file_with_a_wrong_digest_is_fetched_once_more_from_the_start()
    {
        using var server = new LoopbackServer(r => r.Number == 0 ? r.Ranged(RandomBytes(File1.Length, 4), "\"a\"", most: 9000) : r.Ranged(File1, "\"a\""));
        Assert.Equal(File1, File.ReadAllBytes((await Known(server.Url()).FetchAsync("one")).Files[0]));
        Assert.Equal([null, 9000, null], server.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task An_unknown_digest_is_recorded_and_warned_of_and_verified_later()
    {
        using var server = new LoopbackServer(r => r.Whole(File1));
        var manifest = Make([server.Url()]);
        var located = await manifest.FetchAsync("one");
        Assert.Contains(Sha(File1), Assert.Single(located.Warnings), StringComparison.Ordinal);
        var found = await manifest.VerifyAsync("one");
        Assert.Empty(found.Problems);
        Assert.Contains("whether that was right is not known", Assert.Single(found.Notes), StringComparison.Ordinal);
        File.WriteAllBytes(located.Files[0], RandomBytes(File1.Length, 5));
        Assert.Contains($"expected {Sha(File1)}", Assert.Single((await manifest.VerifyAsync("one")).Problems), StringComparison.Ordinal);
        File.WriteAllBytes(located.Files[0], [1]);
        Assert.Contains("has 1 bytes, expected 300000", Assert.Single((await manifest.VerifyAsync("one")).Problems), StringComparison.Ordinal);
        File.Delete(located.Files[0]);
        Assert.Contains("is missing", Assert.Single((await manifest.VerifyAsync("one")).Problems), StringComparison.Ordinal);
        Assert.Equal(File1, File.ReadAllBytes((await manifest.FetchAsync("one")).Files[0]));
    }

    [Fact]
    public async Task A_file_put_into_its_place_by_hand_is_found_and_verified()
    {
        var manifest = Known("https://nowhere.invalid/file.bin");
        _folder.Write("data/one/file.bin", File1);
        Assert.Equal(_folder.At("data/one/file.bin"), Assert.Single(manifest.Locate("one").Files));
        Assert.Empty((await manifest.VerifyAsync("one")).Problems);
        Assert.Contains("it is " + Sha(File1), Assert.Single((await Make(["https://nowhere.invalid/file.bin"]).VerifyAsync("one")).Notes),
            StringComparison.Ordinal);
    }

    /// <summary>Also of an archive, which is unpacked then.</summary>
    [Fact]
    public async Task A_file_brought_by_other_means_is_taken_from_where_the_message_says()
    {
        using var server = new LoopbackServer(r => r.Head("404 Not Found", "Content-Length: 0"));
        var message = await Fails<PatchwiseException>(Known(server.Url()), "bring the file by other means, as ");
        var place = System.Text.RegularExpressions.Regex.Match(message, "by other means, as (.*), and try again").Groups[1].Value;
        File.WriteAllBytes(place, RandomBytes(File1.Length, 2));
        await Fails<PatchwiseException>(Known(server.Url()), "could not be fetched"); // of another content
        File.WriteAllBytes(place, File1);
        Assert.Equal(File1, File.ReadAllBytes(Assert.Single((await Known(server.Url()).FetchAsync("one")).Files)));
        Assert.Contains("--max-unpacked", (await Assert.ThrowsAsync<BadInputException>(() =>
            Known(server.Url()).FetchAsync("one", null, maxUnpacked: 0, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_fetch_waits_for_the_first()
    {
        var go = new TaskCompletionSource();
        using var server = new LoopbackServer(async r =>
        {
            await go.Task;
            await r.Whole(File1);
        });
        var manifest = Known(server.Url());
        var (first, second) = (new Progress(), new Progress());
        var fetches = new[] { manifest.FetchAsync("one", first), manifest.FetchAsync("one", second) };
        while (first.Notes.Count + second.Notes.Count == 0)
            await Task.Delay(5);
        go.SetResult();
        var both = await Task.WhenAll(fetches);
        Assert.Equal(both[0].Files, both[1].Files);
        Assert.Single(server.Requests);
        Assert.Contains("waiting for another fetch", Assert.Single(first.Notes.Concat(second.Notes)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_fetch_keeps_what_arrived_and_the_next_goes_on()
    {
        using var cancel = new CancellationTokenSource();
        using var server = new LoopbackServer(async r =>
        {
            await r.Ranged(File1, "\"a\"", most: r.Number == 0 ? 120_000 : int.MaxValue);
            if (r.Number == 0)
                await Task.Delay(Timeout.Infinite, r.Stop);
        });
        var manifest = Known(server.Url());
        var fetch = manifest.FetchAsync("one", null, null, cancel.Token);
        var part = Path.Combine(Data, ".one.partial", "0.part");
        while (!File.Exists(part) || new FileInfo(part).Length < 120_000)
            await Task.Delay(5);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        AssertNothingThere(manifest);
        Assert.Equal(File1, File.ReadAllBytes((await manifest.FetchAsync("one")).Files[0]));
        Assert.Equal([null, 120_000], server.Requests.Select(r => r.From));
    }

    [Fact]
    public async Task An_archive_is_replaced_by_what_it_holds()
    {
        var zip = ArchiveTests.Zip(("TUM/b é.tif", [1, 2, 3]), ("TUM/", []), ("ADI/a.tif", [4]));
        using var server = new LoopbackServer(r => r.Whole(zip));
        var manifest = Make([server.Url()], zip.Length, Sha(zip), unpack: true, name: "all.zip");
        var located = await manifest.FetchAsync("one");
        Assert.Equal([Path.Combine(Data, "one", "ADI", "a.tif"), Path.Combine(Data, "one", "TUM", "b é.tif")], located.Files);
        Assert.Equal(located.Files, manifest.Locate("one").Files);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(located.Files[1]));
        Assert.Empty((await manifest.VerifyAsync("one")).Problems);
        File.WriteAllBytes(located.Files[0], [5]);
        Assert.StartsWith("ADI/a.tif has the sha256", Assert.Single((await manifest.VerifyAsync("one")).Problems), StringComparison.Ordinal);
        File.Delete(located.Files[1]);
        AssertNotWhole(manifest);

        static void AssertNotWhole(Manifest manifest) =>
            Assert.Contains("is missing or not whole", Assert.Throws<BadInputException>(() => manifest.Locate("one")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hostile_archive_leaves_nothing_and_is_fetched_anew_the_next_time()
    {
        var (bad, good) = (ArchiveTests.Zip(("ok.tif", [1]), ("../evil.tif", [2])), ArchiveTests.Zip(("ok.tif", [1])));
        using var server = new LoopbackServer(r => r.Whole(r.Number == 0 ? bad : good));
        var manifest = Make([server.Url()], unpack: true, name: "all.zip");
        await Fails<BadInputException>(manifest, "the entry '../evil.tif' has the part '..'; nothing was unpacked");
        AssertNothingThere(manifest);
        Assert.Equal(Path.Combine(Data, "one", "ok.tif"), Assert.Single((await manifest.FetchAsync("one")).Files));
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_written_is_named_with_the_cure()
    {
        _folder.Write("data", "a file in place of the folder");
        await Fails<PatchwiseException>(Known("https://nowhere.invalid/file.bin"), "name another folder by PATCHWISE_DATA");
    }

    sealed class Progress : IProgress<FetchProgress>
    {
        readonly List<FetchProgress> _all = [];

        internal FetchProgress? Last => _all.LastOrDefault(p => p.Note is null);

        internal List<string> Notes
        {
            get
            {
                lock (_all)
                    return [.. _all.Select(p => p.Note).OfType<string>()];
            }
        }

        public void Report(FetchProgress value)
        {
            lock (_all)
                _all.Add(value);
        }
    }
}
