using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Xunit.Abstractions;

namespace Patchwise.Tests;

/// <summary>Code with vectors is compared with its slow twin once more as a machine with narrower vectors, or with none, runs it.</summary>
public class NarrowVectorTests(ITestOutputHelper output)
{
    /// <summary>The tests of all files that use vectors, and the one below.</summary>
    static readonly string[] Vectorised = [nameof(RasterResizeTests), nameof(ResizeMethodGoldenTests), nameof(SlideGoldenTests), nameof(SsimTests),
        nameof(SpectralShareTests), nameof(Regions.RegionTableTests), nameof(Regions.RegionShapeTests), nameof(DenseTests),
        nameof(Vectors_are_as_wide_as_was_asked)];

    const string Widest = "PATCHWISE_WIDEST_VECTOR";

    [Theory]
    [InlineData("256", "DOTNET_EnableAVX512F", "DOTNET_EnableAVX512")]
    [InlineData("128", "DOTNET_EnableAVX512F", "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableAVX")]
    [InlineData("0", "DOTNET_EnableHWIntrinsic")]
    public async Task Results_are_the_same_with_narrower_vectors(string bits, params string[] off)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(typeof(NarrowVectorTests).Assembly.Location, null), Vectorised) { RedirectStandardOutput = true };
        foreach (var name in off)
            start.Environment[name] = "0";
        start.Environment[Widest] = bits;
        using var narrow = Process.Start(start)!;
        var lines = (await narrow.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await narrow.WaitForExitAsync();
        output.WriteLine($"at most {bits} bits: {lines[^1]}");
        Assert.True(narrow.ExitCode == 0, string.Join('\n', lines.Where(line => !line.StartsWith("passed", StringComparison.Ordinal))));
        foreach (var tests in Vectorised)
            Assert.Contains(lines, line => line.Contains(tests, StringComparison.Ordinal));
    }

    [Fact]
    public void Vectors_are_as_wide_as_was_asked()
    {
        if (Environment.GetEnvironmentVariable(Widest) is not { } bits)
            return;
        Assert.False(Vector512.IsHardwareAccelerated || Avx512F.IsSupported);
        Assert.Equal(bits == "256", Vector256.IsHardwareAccelerated || Avx2.IsSupported);
        Assert.Equal(bits != "0", Vector128.IsHardwareAccelerated);
    }
}
