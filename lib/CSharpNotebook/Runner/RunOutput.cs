using System.Text;

namespace CSharpNotebook.Runner;

/// <summary>
/// Where a run writes: beside its place while it lasts, and into it only when it has ended well. An earlier good one stays until then, and what failed has
/// another name.
/// </summary>
sealed class RunOutput(string place) : IDisposable
{
    const int LongestName = 255;

    readonly OutputFile _lock = new(place);

    internal string Place { get; } = Path.GetFullPath(place);

    internal string Unfinished => Named("unfinished");

    internal string Failed => Named("failed");

    internal void Save(NotebookFile notebook) => notebook.Save(Unfinished);

    /// <summary>Gives what was saved last the name that it has earned.</summary>
    /// <returns>That name.</returns>
    internal string End(bool good)
    {
        if (File.Exists(Unfinished))
            File.Move(Unfinished, good ? Place : Failed, overwrite: true);
        if (good)
            File.Delete(Failed);
        return good ? Place : Failed;
    }

    string Named(string how)
    {
        var (stem, ending) = (Path.GetFileNameWithoutExtension(Place), $".{how}{Path.GetExtension(Place)}");
        while (stem.Length > 1 && Encoding.UTF8.GetByteCount(stem + ending) > LongestName)
            stem = stem[..^(char.IsLowSurrogate(stem[^1]) ? 2 : 1)];
        return Path.Combine(Path.GetDirectoryName(Place)!, stem + ending);
    }

    public void Dispose() => _lock.Dispose();
}
