using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Patchwise.Tests;

/// <summary>Runs that end early, in every way that a run can, and go on.</summary>
[Collection("networks")]
public sealed class PatchPredictorResumeTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _model;

    public PatchPredictorResumeTests() => _model = SmallModel.Write(_folder, mpp: 0.5, patch: 32);

    public void Dispose() => _folder.Dispose();

    /// <summary>About 3,000 patches of the embedded slide in batches of 8.</summary>
    string[] Command(params string[] more) => ["predict", SlideFiles.Aperio, "--model", _model, "--stride", "40", "--mask", "none", "--out", _folder.At("out"),
        .. more, .. more.Contains("--batch") ? (string[])[] : ["--batch", "8"]];

    string Result => _folder.At("out/CMU-1-Small-Region.sqlite");

    PredictOptions Resumed => new() { Stride = 40, Mask = MaskChoice.None, SaveTo = Result, Resume = true };

    static PatchGrid Grid(Slide slide) => PatchGrid.Over(slide, 32, Resolution.Mpp(0.5), new() { Stride = 40 });

    PredictionTable Uninterrupted(int batch = 8)
    {
        using var predictor = new PatchPredictor(_model, batch);
        using var slide = Slide.Open(SlideFiles.Aperio);
        return predictor.Predict(slide, new PredictOptions { Stride = 40, Mask = MaskChoice.None });
    }

    static void AssertSame(PredictionTable expected, PredictionTable found)
    {
        Assert.Equal(expected, found);
        Assert.Equal(expected.Sources, found.Sources);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(expected.Probabilities(i).SequenceEqual(found.Probabilities(i)), $"patch {i}");
    }

    [Fact]
    public void Killed_twenty_times_at_random_moments_a_run_gives_what_it_gives_without()
    {
        var random = new Random(20);
        var (killed, written) = (0, 0L);
        for (var i = 0; i < 20; i++)
        {
            using var process = Cli.Start(Command("--resume"));
            // Most kills come while it writes, some before.
            if (i % 5 != 0)
                SpinWait.SpinUntil(() => process.HasExited || (File.Exists($"{Result}.partial-wal") && new FileInfo($"{Result}.partial-wal").Length > written),
                    Chromium.Patience);
            written = 0;
            Thread.Sleep(random.Next(i % 5 == 0 ? 400 : 25));
            if (!process.HasExited)
                killed++;
            process.Kill();
            process.WaitForExit();
            Assert.Equal(File.Exists(Result), process.ExitCode == 0);
        }
        Assert.InRange(killed, 15, 20);
        Assert.Equal((0, ""), Cli.Run(Command("--resume")));
        AssertSame(Uninterrupted(), PredictionTable.Load(Result));
        Assert.Equal([_folder.At("out/CMU-1-Small-Region.csv"), Result], Directory.GetFiles(_folder.At("out")).Order(StringComparer.Ordinal));
        // What is finished is not predicted again.
        var time = File.GetLastWriteTimeUtc(Result);
        Assert.Equal((0, ""), Cli.Run(Command("--resume")));
        Assert.Equal(time, File.GetLastWriteTimeUtc(Result));
    }

    /// <summary>No program that sends the signal: on a busy machine it would begin when all is predicted.</summary>
    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int kill(int process, int signal);

    [Fact]
    public async Task Interrupted_it_ends_in_order_and_goes_on()
    {
        using var process = Cli.Start(Command());
        var error = process.StandardError.ReadToEndAsync();
        Assert.True(SpinWait.SpinUntil(() => process.HasExited
            || (File.Exists($"{Result}.partial-wal") && new FileInfo($"{Result}.partial-wal").Length > 20_000), Chromium.Patience));
        _ = kill(process.Id, 2);
        Assert.True(process.WaitForExit(180_000));
        Assert.True(process.ExitCode == 130, $"{process.ExitCode}: {await error}");
        Assert.Contains("the same command with --resume goes on", await error, StringComparison.Ordinal);
        Assert.Single((await error).TrimEnd().Split('\n'));
        Assert.Equal([$"{Result}.partial"], Directory.GetFiles(_folder.At("out")));

        var (code, again) = Cli.Run(Command());
        Assert.Equal(2, code);
        Assert.Contains("--resume", again, StringComparison.Ordinal);
        Assert.Equal((0, ""), Cli.Run(Command("--resume")));
        AssertSame(Uninterrupted(), PredictionTable.Load(Result));
    }

    /// <summary>Predicts until so many patches are done, and stops.</summary>
    void Begin(PatchPredictor predictor, Slide slide, int patches, string? file = null)
    {
        using var cancel = new CancellationTokenSource();
        var feed = new WatchedFeed(new GridFeed(predictor.Card, slide, Grid(slide), ReadRule.Plain, []), index =>
        {
            if (index == patches)
                cancel.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => predictor.Predict(feed, new() { SaveTo = file ?? Result, Resume = true }, cancel.Token));
    }

    [Fact]
    public void Other_parameters_on_the_same_output_are_refused_by_name()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        using (var predictor = new PatchPredictor(_model, batch: 8))
            Begin(predictor, slide, 400);
        var other = SmallModel.Write(_folder, mpp: 0.5, patch: 32, name: "other");
        foreach (var (name, make, stride, rule, mask) in ((string, Func<PatchPredictor>, int, ReadRule, MaskChoice)[])[
            ("stride 40 x 40 (now 41 x 41)", () => new(_model, batch: 8), 41, ReadRule.Plain, MaskChoice.None),
            ("model colors (now other)", () => new(other, batch: 8), 40, ReadRule.Plain, MaskChoice.None),
            ("read rule Plain (now Toolbox)", () => new(_model, batch: 8), 40, ReadRule.Toolbox, MaskChoice.None),
            ("mask leaves", () => new(_model, batch: 8), 40, ReadRule.Plain, MaskChoice.Automatic)])
        {
            using var predictor = make();
            var message = Assert.Throws<BadInputException>(() => predictor.Predict(slide, Resumed with { Stride = stride, Mask = mask, Rule = rule })).Message;
            Assert.Contains(name, message, StringComparison.Ordinal);
            if (name.StartsWith("model", StringComparison.Ordinal))
                Assert.DoesNotContain("stride", message, StringComparison.Ordinal);
        }
        var (code, error) = Cli.Run(["predict", SlideFiles.Aperio, "--model", _model, "--stride", "40", "--mask", "none", "--batch", "8", "--patch", "33",
            "--out", _folder.At("out"), "--resume"]);
        Assert.Equal(2, code);
        Assert.Contains("patch 32 x 32 (now 33 x 33)", error, StringComparison.Ordinal);
        using var same = new PatchPredictor(_model, batch: 8);
        AssertSame(Uninterrupted(), same.Predict(slide, Resumed));
        // Killed after the last patch, before the file had its name.
        File.Move(Result, $"{Result}.partial");
        AssertSame(Uninterrupted(), same.Predict(slide, Resumed));
        Assert.Equal([Result], Directory.GetFiles(_folder.At("out")));
        // The finished file is guarded likewise.
        Assert.Contains("stride", Assert.Throws<BadInputException>(() => same.Predict(slide, Resumed with { Stride = 44 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_process_on_the_same_output_is_refused()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        using var predictor = new PatchPredictor(_model, batch: 8);
        using var cancel = new CancellationTokenSource();
        (int Code, string Error) second = default;
        var feed = new WatchedFeed(new GridFeed(predictor.Card, slide, Grid(slide), ReadRule.Plain, []), index =>
        {
            if (index == 200)
                second = Cli.Run(Command("--resume"));
        });
        AssertSame(Uninterrupted(), predictor.Predict(feed, new() { SaveTo = Result }, default));
        Assert.Equal(2, second.Code);
        Assert.Contains("written by another process", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slide_that_is_unreadable_half_way_keeps_what_was_predicted()
    {
        // The tiles of level 0 end at byte 1,275,950: some of the later ones are overwritten. OpenSlide opens the file and fails at them.
        var bytes = File.ReadAllBytes(SlideFiles.Aperio);
        bytes.AsSpan(700_000, 400_000).Clear();
        var broken = _folder.Write("broken.svs", bytes);
        var (code, output, error) = Cli.RunForOutput(["predict", broken, SlideFiles.Aperio, _folder.At("missing.svs"), "--model", _model, "--stride", "40",
            "--mask", "none", "--batch", "8", "--out", _folder.At("out")]);
        Assert.Equal(2, code);
        Assert.Contains("2 of 3 inputs failed", error, StringComparison.Ordinal);
        var lines = output.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("broken.svs", StringComparison.Ordinal) && line.Contains("failed: ", StringComparison.Ordinal)
            && line.Contains("broken.svs", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("missing.svs", StringComparison.Ordinal) && line.Contains("does not exist", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("CMU-1-Small-Region.svs", StringComparison.Ordinal)
            && !line.Contains("failed", StringComparison.Ordinal));
        AssertSame(Uninterrupted(), PredictionTable.Load(Result));
        Assert.True(File.Exists(_folder.At("out/broken.sqlite.partial")));
        Assert.False(File.Exists(_folder.At("out/broken.sqlite")));
        using var partial = new SqliteConnection($"Data Source={_folder.At("out/broken.sqlite.partial")};Pooling=False");
        partial.Open();
        using var count = partial.CreateCommand();
        count.CommandText = "SELECT count(*) FROM predictions";
        Assert.InRange((long)count.ExecuteScalar()!, 8, Uninterrupted().Count - 1);
    }

    [Theory, InlineData("sqlite", 300, "8"), InlineData("geojson", 1000, "512")]
    public void A_full_disk_is_said_and_what_was_predicted_is_kept(string format, int blocks, string batch)
    {
        // The limit of a file's size, in units of 512 bytes (bash would tell of locales that it does not know), stands for the disk: with the signal ignored,
        // writes beyond it fail. The runtime's own mapped code would hit it, too.
        string[] limited = ["-c", $"trap '' XFSZ; ulimit -f {2 * blocks}; exec \"$@\"", "sh", "dotnet", "exec",
            Path.Combine(AppContext.BaseDirectory, "Patchwise.Cli.dll"), .. Command("--format", format, "--batch", batch)];
        var start = new ProcessStartInfo("sh", limited) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using (var process = Process.Start(start)!)
        {
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(1, process.ExitCode);
            Assert.Contains("could not be written", error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
        Assert.Equal(format == "sqlite", !File.Exists(Result));
        Assert.False(File.Exists(_folder.At("out/CMU-1-Small-Region.geojson")));
        Assert.Equal((0, ""), Cli.Run(Command("--resume", "--format", format, "--batch", batch)));
        AssertSame(Uninterrupted(int.Parse(batch, System.Globalization.CultureInfo.InvariantCulture)), PredictionTable.Load(Result));
        Assert.True(File.Exists(Path.ChangeExtension(Result, format)));
    }
}
