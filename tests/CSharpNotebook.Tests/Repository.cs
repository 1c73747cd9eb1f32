namespace CSharpNotebook.Tests;

/// <summary>The clone under test.</summary>
static class Repository
{
    internal static string Root { get; } = FindRoot();

    /// <summary>The published program, which lib/setup makes.</summary>
    internal static string Csnb => Path.Combine(Root, "lib", "bin", "csnb");

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "global.json")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"no global.json above {AppContext.BaseDirectory}");
        return folder;
    }
}
