using System.Text.Json;

namespace Patchwise;

/// <summary>The data sets and models of data-manifest.json: what they are, where they lie, where they come from.</summary>
public sealed partial class Manifest : ITabular
{
    const string FileName = "data-manifest.json";

    /// <summary>The manifest's own path; embedded sets lie relative to its folder.</summary>
    public string FilePath { get; }

    public IReadOnlyList<ManifestEntry> Entries { get; }

    /// <summary>Where fetched sets lie, each in a folder of its id: PATCHWISE_DATA, or patchwise in XDG_CACHE_HOME or ~/.cache.</summary>
    public string DataFolder { get; internal init; } = DefaultDataFolder();

    Manifest(string path, IReadOnlyList<ManifestEntry> entries) => (FilePath, Entries) = (path, entries);

    /// <summary>
    /// Reads <paramref name="path"/>, or the file named by PATCHWISE_MANIFEST, or the first data-manifest.json in the folders upwards of this
    /// library (in a clone, its top folder) and then of the current folder.
    /// </summary>
    /// <exception cref="BadInputException">There is none, or it is at fault: the message names the place in it.</exception>
    public static Manifest Load(string? path = null)
    {
        path = Path.GetFullPath(path ?? Find() ?? throw new BadInputException(
            $"no {FileName}, which lists what has an id, was found upwards of {string.Join(" or ", Starts)}: a clone of Patchwise has it. "
            + "Set PATCHWISE_MANIFEST to its path, or name a file or folder instead of an id"));
        return new Manifest(path, ManifestReader.Read(path));
    }

    internal static Manifest Load(string path, string dataFolder, FetchTiming timing) =>
        new(Path.GetFullPath(path), ManifestReader.Read(path)) { DataFolder = dataFolder, Timing = timing };

    /// <summary>As <see cref="Load(string?)"/> without a path, but null where there is none (the library is used outside a clone).</summary>
    public static Manifest? TryLoad() => Find() is { } path ? Load(path) : null;

    /// <exception cref="BadInputException">There is no such entry; the message lists the ids that begin most alike.</exception>
    public ManifestEntry this[string id] => Entries.FirstOrDefault(e => e.Id == id) ?? throw new BadInputException(
        $"'{id}' is no id in {FilePath}; expected one such as {string.Join(", ", Alike(id))}; 'patchwise data list' shows all");

    /// <summary>A folder of the user's, or the entry of this kind that an id names.</summary>
    /// <param name="manifest">Null: there is none.</param>
    /// <param name="expected">For messages, such as a folder of images and masks.</param>
    internal static (string Folder, ManifestEntry? Entry) Open(Manifest? manifest, string folderOrId, DataKind kind, string expected)
    {
        if (string.IsNullOrWhiteSpace(folderOrId))
            throw new BadInputException($"no folder and no id of a data set was given: expected {expected}");
        if (manifest?.Entries.FirstOrDefault(known => known.Id == folderOrId) is { } entry)
            return entry.Kind == kind ? (manifest.Locate(entry.Id).Folder, entry)
                : throw new BadInputException($"'{folderOrId}' is {entry.Title} (kind: {Words(entry.Kind)}): expected {Words(kind)}");
        if (Directory.Exists(folderOrId))
            return (Path.TrimEndingDirectorySeparator(Path.GetFullPath(folderOrId)), null);
        var ids = manifest?.Entries.Where(known => known.Kind == kind).Select(known => known.Id).ToList() ?? [];
        throw new BadInputException(File.Exists(folderOrId) ? $"'{folderOrId}' is a file: expected {expected}"
            : $"'{folderOrId}' is no folder (looked for {Path.GetFullPath(folderOrId)}) and no id of {Words(kind)}: expected {expected}"
                + (ids.Count > 0 ? $", or {string.Join(" or ", ids)}" : ""));

        static string Words(DataKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()).Replace('-', ' ');
    }

    IEnumerable<string> Alike(string id) =>
        Entries.Select(e => e.Id).OrderByDescending(known => known.Zip(id).TakeWhile(pair => pair.First == pair.Second).Count()).Take(6);

    /// <summary>The files of an embedded or fetched entry, without a network.</summary>
    /// <exception cref="BadInputException">The id is not known, or the entry is not on this machine: the message says how to fetch it.</exception>
    public LocatedData Locate(string id)
    {
        var entry = this[id];
        return TryLocate(entry) ?? throw new BadInputException(HowToGet(entry));
    }

    /// <summary>That an entry is not on this machine, and what to do.</summary>
    public string HowToGet(ManifestEntry entry) => entry.IsEmbedded
        ? $"{entry.Id} should lie in {FolderOf(entry)}, but {Missing(entry)} is not there: restore it, for example with 'git checkout -- {entry.Folder}'"
        : $"{entry.Id} is not on this machine ({FromHome(FolderOf(entry))} is missing or not whole): "
            + $"fetch it with 'patchwise data fetch {entry.Id}'{SizeInWords(entry)}";

    /// <summary>As people write it, and without their name: what is said ends up in notebooks that are passed on.</summary>
    static string FromHome(string folder) => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 1 } home
        && folder.StartsWith(home + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? "~" + folder[home.Length..] : folder;

    string FolderOf(ManifestEntry entry) => entry.Folder is { } folder
        ? SafePath.Below(Path.GetDirectoryName(FilePath)!, folder, FilePath)
        : Path.Combine(DataFolder, entry.Id);

    /// <summary>An entry with an archive needs the record of its fetch; another may have been put in its folder by hand.</summary>
    public LocatedData? TryLocate(ManifestEntry entry)
    {
        var folder = FolderOf(entry);
        var paths = entry.Files.Where(f => !f.Unpack).Select(f => f.Path).ToList();
        if (paths.Count < entry.Files.Count)
        {
            if (RecordOf(entry) is not { } record)
                return null;
            paths.AddRange(record.Unpacked.Select(f => f.Path));
        }
        var files = paths.ConvertAll(path => SafePath.Below(folder, path, FilePath));
        return files.TrueForAll(File.Exists) ? new LocatedData(entry, folder, files) : null;
    }

    string Missing(ManifestEntry entry) =>
        entry.Files.Select(f => SafePath.Below(FolderOf(entry), f.Path, FilePath)).First(path => !File.Exists(path));

    static string SizeInWords(ManifestEntry entry) =>
        entry.Bytes is { } bytes ? string.Create(CultureInfo.InvariantCulture, $" ({bytes / 1e6:0.#} MB, {entry.Licence})") : $" ({entry.Licence})";

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => new(["id", "kind", "size", "here", "licence", "title"], [.. Entries.Select(e => (string[])
    [
        e.Id, JsonNamingPolicy.KebabCaseLower.ConvertName(e.Kind.ToString()),
            e.Bytes is { } bytes ? FormattableString.Invariant($"{bytes / 1e6:0.0} MB") : "not known",
        TryLocate(e) is null ? "no" : e.IsEmbedded ? "embedded" : "fetched", e.Licence, e.Title,
    ])]);

    static IEnumerable<string> Starts =>
        new[] { Path.GetDirectoryName(typeof(Manifest).Assembly.Location) ?? "", AppContext.BaseDirectory, Environment.CurrentDirectory }.Where(s => s != "")
        .Distinct();

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("PATCHWISE_MANIFEST") is { Length: > 0 } named)
            return named;
        foreach (var start in Starts)
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
                if (Path.Combine(folder, FileName) is var path && File.Exists(path))
                    return path;
        return null;
    }

    static string DefaultDataFolder()
    {
        if (Environment.GetEnvironmentVariable("PATCHWISE_DATA") is { Length: > 0 } named)
            return Path.GetFullPath(named);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg)
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "patchwise");
    }
}

/// <summary>An entry that is on this machine.</summary>
/// <param name="Folder">Full path.</param>
/// <param name="Files">Full paths: the entry's files in their order, or what was unpacked, ordered by name.</param>
public sealed record LocatedData(ManifestEntry Entry, string Folder, IReadOnlyList<string> Files)
{
    /// <summary>What to tell after a fetch, such as a digest that was not known.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
