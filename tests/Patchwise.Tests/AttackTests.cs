using System.Diagnostics;
using Xunit.Abstractions;

namespace Patchwise.Tests;

/// <summary>Damaged files of every format, few of each; tests/Attack/run feeds as many as one likes.</summary>
public class AttackTests(ITestOutputHelper output)
{
    const int Each = 500;

    public static TheoryData<string> Formats => ["png", "jpeg", "tiff", "bmp", "webp", "jpeg 2000", "mask", "label image",
        "numpy", "svs", "ndpi", "tiled tiff", "pyramidal tiff", "checkpoint", "safetensors",
        "onnx", "torchscript", "predictions", "unfinished run", "notebook", "geojson", "imagescope xml", "csv", "manifest", "model card", "connection file",
            "jupyter frames", "jupyter requests"];

    [Theory, MemberData(nameof(Formats))]
    public async Task Damaged_files_are_read_or_refused_with_a_clear_error(string format) =>
        Assert.Contains($"| {format} | {Each} |", await Attack(Repository.Root, $"{Each}", "1", format));

    [Fact]
    public async Task Killed_or_without_disk_space_a_writer_leaves_nothing_the_old_file_or_the_new_one() =>
        Assert.Contains(" broken 0;", await Attack("kill", Repository.Root, "15", "1"));

    [Fact]
    public async Task Cancelled_on_eight_threads_a_predictor_leaves_nothing_open_and_nothing_behind() =>
        Assert.Contains("; 0 problems", await Attack("cancel", Repository.Root, "200", "1"));

    [Fact]
    public async Task Names_may_be_long_and_of_any_script() => Assert.Contains(": 0 problems", await Attack("names", Repository.Root));

    [Fact]
    public async Task At_the_time_limit_the_stacks_of_all_threads_are_shown()
    {
        using var attack = Process.Start(new ProcessStartInfo(Program, ["within", "4", "deadlock"]) { RedirectStandardError = true })!;
        var error = await attack.StandardError.ReadToEndAsync();
        await attack.WaitForExitAsync();
        Assert.Equal(124, attack.ExitCode);
        Assert.Contains("deadlock was not done after 4 s", error, StringComparison.Ordinal);
        foreach (var method in (string[])["TakeFirst", "TakeSecond"])
            Assert.Contains(error.Split("\nthread "), thread => thread.Contains("System.Threading.Monitor.Enter", StringComparison.Ordinal)
                && thread.Contains(method, StringComparison.Ordinal));
    }

    static string Program => Path.Combine(Repository.Root, "lib", "obj", "bin", "Attack", "release", "Attack");

    async Task<string> Attack(params string[] arguments)
    {
        using var attack = Process.Start(new ProcessStartInfo(Program, ["within", "400", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        })!;
        var finds = attack.StandardError.ReadToEndAsync();
        var found = await attack.StandardOutput.ReadToEndAsync();
        await attack.WaitForExitAsync();
        output.WriteLine(found);
        // The console shows the output of tests that fail only.
        if (Environment.GetEnvironmentVariable("PATCHWISE_FIGURES") is { Length: > 0 } figures)
            await File.AppendAllTextAsync(figures, found);
        Assert.True(attack.ExitCode == 0, await finds);
        return found;
    }
}
