using System.Runtime.CompilerServices;

namespace Patchwise.Tests;

/// <summary>The slides that come with the notebooks.</summary>
static class SlideFiles
{
    static readonly string Folder = Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "..", "notebooks", "data", "slides");

    internal static readonly string Aperio = At("CMU-1-Small-Region.svs"), Hamamatsu = At("fluorescence-40x.ndpi");

    internal static readonly string Goldens = Environment.GetEnvironmentVariable("PATCHWISE_GOLDENS") is { Length: > 0 } goldens
        ? Path.Combine(goldens, "slides") : Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "data", "slides");

    internal static string At(string name) => Path.Combine(Folder, name);

    static string Here([CallerFilePath] string path = "") => path;
}
