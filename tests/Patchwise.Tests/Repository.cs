using System.Runtime.CompilerServices;

namespace Patchwise.Tests;

/// <summary>Where the files of these tests lie: in the sources, or in the folder that PATCHWISE_REPOSITORY names, for a build that runs elsewhere.</summary>
static class Repository
{
    internal static string Root { get; } = Path.GetFullPath(Environment.GetEnvironmentVariable("PATCHWISE_REPOSITORY") is { Length: > 0 } other ? other
        : Path.Combine(Path.GetDirectoryName(Source())!, "..", ".."));

    /// <summary>
    /// A golden file or folder: in the folder that PATCHWISE_GOLDENS names, where that holds it, else ours. Others of the same scripts must pass as well.
    /// </summary>
    internal static string Golden(string name) =>
        Environment.GetEnvironmentVariable("PATCHWISE_GOLDENS") is { Length: > 0 } goldens && Path.Combine(goldens, name) is var other && Path.Exists(other)
            ? other
            : Path.Combine(Root, "tests", "data", name);

    static string Source([CallerFilePath] string path = "") => path;
}
