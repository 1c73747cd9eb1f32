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

/// <summary>A folder with a space and a letter beyond ASCII in its name, deleted at the end.</summary>
sealed class ModelFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("models \u00e9 ").FullName;

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
