using System.Runtime.CompilerServices;

namespace Patchwise.Tests;

/// <summary>Where the files of these tests lie: golden files can be replaced by others of the same script through PATCHWISE_GOLDENS.</summary>
static class ModelFiles
{
    internal static string Root { get; } = Above(Source(), 4);

    internal static string Golden(string name) => Environment.GetEnvironmentVariable("PATCHWISE_GOLDENS") is { Length: > 0 } goldens
        ? Path.Combine(goldens, name) : Path.Combine(Root, "tests", "data", name);

    static string Source([CallerFilePath] string path = "") => path;

    static string Above(string path, int levels) => levels == 0 ? path : Above(Path.GetDirectoryName(path)!, levels - 1);
}
