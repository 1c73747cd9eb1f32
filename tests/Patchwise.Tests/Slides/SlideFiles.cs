
namespace Patchwise.Tests;

/// <summary>The slides that come with the notebooks.</summary>
static class SlideFiles
{
    static readonly string Folder = Path.Combine(Repository.Root, "notebooks", "data", "slides");

    internal static readonly string Aperio = At("CMU-1-Small-Region.svs"), Hamamatsu = At("fluorescence-40x.ndpi");

    internal static readonly string Goldens = Repository.Golden("slides");

    internal static string At(string name) => Path.Combine(Folder, name);
}
