using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Tests;

/// <summary>The command as a process.</summary>
public sealed class CohortCollectTests : IDisposable
{
    static readonly string[] Files = ["cohort.csv", "cohort.sqlite", "failures.csv", "provenance.json", "report.html", "scores.csv"];

    readonly CohortFolder _folder = new(2);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tables_and_page_are_written_and_failures_are_said()
    {
        var list = _folder.Add(20).List("missing", "normal").Listed();
        var (code, output, error) = Cli.RunForOutput("cohort", "collect", list, "--class", "TUM");
        Assert.True(code == 0, error);
        Assert.All(Files, file => Assert.True(new FileInfo(_folder.At(file)).Length > 0, file));
        Assert.Empty(Directory.EnumerateFiles(list, "*partial*"));
        Assert.Contains("failed or missing at check", output, StringComparison.Ordinal);
        Assert.Contains("mean probability of TUM for tumor", output, StringComparison.Ordinal);

        // The same again is the same, but for when.
        var before = Files.Where(file => file is not ("provenance.json" or "cohort.sqlite")).ToDictionary(file => file,
            file => File.ReadAllText(_folder.At(file)));
        Assert.Equal(0, Cli.Run("cohort", "collect", list, "--class", "TUM").Code);
        Assert.All(before, one => Assert.Equal(one.Value, File.ReadAllText(_folder.At(one.Key))));
    }

    [Fact]
    public void What_cannot_be_collected_is_said_in_one_line()
    {
        var (code, error) = Cli.Run("cohort", "collect", _folder.Path);
        Assert.Equal(2, code);
        Assert.Contains("slides.csv does not exist", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Contains("no slide has the label x", Cli.Run("cohort", "collect", _folder.Add(3).Listed(), "--positive", "x").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_times_as_many_slides_take_hardly_more_memory()
    {
        using CohortFolder some = new(0), many = new(0);
        var (few, more) = (PeakMiB(some.Add(500).Listed()), PeakMiB(many.Add(5000).Listed()));
        Assert.InRange(more - few, -20, 45);
        Assert.InRange(more, 50, 300);
    }

    /// <summary>Peak resident memory of the command, as the system counts it for a process that has ended.</summary>
    static double PeakMiB(string folder)
    {
        const string Program =
            "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
            + "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3",
            ["-c", Program, .. Cli.Command, "cohort", "collect", folder, "--class", "TUM"])
        { RedirectStandardOutput = true })!;
        var kib = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return double.Parse(kib, CultureInfo.InvariantCulture) / 1024;
    }
}
