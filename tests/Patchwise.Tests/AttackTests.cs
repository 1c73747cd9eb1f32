using System.Diagnostics;
using Xunit.Abstractions;

namespace Patchwise.Tests;

/// <summary>Damaged files of every format, few of each; tests/Attack/run feeds as many as one likes.</summary>
public class AttackTests(ITestOutputHelper output)
{
    const int Each = 500;

    public static TheoryData<string> Formats => ["png", "jpeg", "tiff", "mask", "svs", "ndpi", "tiled tiff", "checkpoint", "safetensors", "onnx", "notebook", "geojson", "imagescope xml", "csv", "manifest", "model card"];

    [Theory, MemberData(nameof(Formats))]
    public async Task Damaged_files_are_read_or_refused_with_a_clear_error(string format)
    {
        var program = Path.Combine(Repository.Root, "lib", "obj", "bin", "Attack", "release", "Attack");
        var start = new ProcessStartInfo(program, [Repository.Root, $"{Each}", "1", format]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var attack = Process.Start(start)!;
        var finds = attack.StandardError.ReadToEndAsync();
        var table = await attack.StandardOutput.ReadToEndAsync();
        await attack.WaitForExitAsync();
        output.WriteLine(table);
        Assert.True(attack.ExitCode == 0, await finds);
        Assert.Contains($"| {format} | {Each} |", table);
    }
}
