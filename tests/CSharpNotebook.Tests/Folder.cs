namespace CSharpNotebook.Tests;

/// <summary>A folder of its own, gone after the test. Its name has a space and letters beyond ASCII, as users' folders do.</summary>
sealed class Folder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("csnb tests ä ").FullName;

    internal string At(string name) => System.IO.Path.Combine(Path, name);

    internal string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
