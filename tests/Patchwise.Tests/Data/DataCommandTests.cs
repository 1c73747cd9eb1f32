using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace Patchwise.Tests;

public sealed class DataCommandTests : IDisposable
{
    static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7))];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    Process Start(params string[] arguments) => File.Exists(_folder.At("m.json"))
        ? Cli.Start(arguments, ("PATCHWISE_DATA", _folder.At("data")), ("PATCHWISE_MANIFEST", _folder.At("m.json")))
        : Cli.Start(arguments, ("PATCHWISE_DATA", _folder.At("data")));

    async Task<(int Exit, string Out, string Error)> Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    void Write(string url, bool known) => _folder.Write("m.json", JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["$schema"] = "",
        ["entries"] = new[]
        {
            new
            {
                id = "one", title = "t", kind = "model", licence = "MIT", source = "s",
                files = new[] { new { path = "one.pth", bytes = (int?)(known ? Content.Length : null),
                    sha256 = known ? Convert.ToHexStringLower(SHA256.HashData(Content)) : null, urls = new[] { url } } },
            },
        },
    }));

    [Fact]
    public async Task List_shows_every_entry_and_verify_passes_the_embedded_set()
    {
        var (exit, text, _) = await Run("data", "list");
        Assert.Equal(0, exit);
        foreach (var entry in Manifest.Load().Entries)
            Assert.Contains(entry.Id + " ", text, StringComparison.Ordinal);
        foreach (var (id, files) in new[] { ("dsb2018-nuclei", 49), ("chula-rbc-12", 52) })
            Assert.Equal((0, true), await Run("data", "verify", id) is var r
                ? (r.Exit, r.Out.Contains($"{files} files as expected", StringComparison.Ordinal)) : default);
    }

    [Fact]
    public async Task A_fetch_that_is_killed_goes_on_where_it_stopped()
    {
        using var server = new LoopbackServer(async r =>
        {
            await r.Ranged(Content, "\"a\"", most: r.Number == 0 ? 80_000 : int.MaxValue);
            if (r.Number == 0)
                await Task.Delay(Timeout.Infinite, r.Stop);
        });
        Write(server.Url(), known: false);
        using (var killed = Start("data", "fetch", "one"))
        {
            var part = _folder.At("data/.one.partial/0.part");
            while (!killed.HasExited && !(File.Exists(part) && new FileInfo(part).Length >= 80_000))
                await Task.Delay(10);
            killed.Kill();
            await killed.WaitForExitAsync();
        }
        Assert.False(Directory.Exists(_folder.At("data/one")));
        var (exit, text, error) = await Run("data", "fetch", "one");
        Assert.Equal(0, exit);
        Assert.Equal(Content, File.ReadAllBytes(_folder.At("data/one/one.pth")));
        Assert.Equal(80_000, server.Requests.Last().From);
        Assert.Contains("one: 1 file in", text, StringComparison.Ordinal);
        Assert.Contains("0.2 MB of 0.2 MB", error, StringComparison.Ordinal);
        Assert.Contains("warning: one: the sha256 of one.pth is not known", error, StringComparison.Ordinal);
        File.WriteAllText(_folder.At("data/one/one.pth"), "changed");
        var verified = await Run("data", "verify", "one");
        Assert.Equal(1, verified.Exit);
        Assert.Contains("one.pth has 7 bytes, expected 200000", verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_take_one_line_and_tell_input_from_failure_by_the_exit_code()
    {
        using var server = new LoopbackServer(r => r.Head("404 Not Found", "Content-Length: 0"));
        Write(server.Url(), known: true);
        var failed = await Run("data", "fetch", "one");
        Assert.Equal(1, failed.Exit);
        Assert.Contains("404 Not Found", failed.Error, StringComparison.Ordinal);
        var unknown = await Run("data", "fetch", "two");
        Assert.Equal((2, 1), (unknown.Exit, unknown.Error.TrimEnd().Split('\n').Length));
        Assert.Contains("'two' is no id in", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("data", "fetch")).Exit);
    }
}
