using System.Diagnostics;

namespace Notebooks.Tests;

/// <summary>The clone under test: its files, and its programs run as a user runs them.</summary>
static class Repository
{
    internal static string Root { get; } = FindRoot();

    internal static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>Of all notebooks, by which they are called: 01 and so on.</summary>
    internal static string[] All => [.. Directory.GetFiles(Path("notebooks"), "*.ipynb").Select(file => System.IO.Path.GetFileName(file))
        .Where(name => System.Text.RegularExpressions.Regex.IsMatch(name, @"^\d\d-[^.]*\.ipynb$")).Select(name => name[..2]).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Numbers => [.. All];

    internal static string Notebook(string number) => Directory.GetFiles(Path("notebooks"), $"{number}-*.ipynb").Single();

    /// <summary>What a program wrote and how it ended.</summary>
    internal sealed record Ended(int ExitCode, string Output, string Error);

    internal static Ended Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true
        })!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }

    internal static Ended RunNotebook(string number, string output, params string[] options) =>
        Run(Path("lib", "bin", "csnb"), ["run", Notebook(number), "-o", output, .. options]);

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "global.json")))
            folder = System.IO.Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"no global.json above {AppContext.BaseDirectory}");
        return folder;
    }
}

/// <summary>A folder of a test's own, deleted after it.</summary>
sealed class Folder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("patchwise notebooks ü ").FullName;

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
