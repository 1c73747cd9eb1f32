using System.Text.Json;

namespace Patchwise;

/// <param name="Sha256">The one that was seen.</param>
sealed record FetchedFile(string Path, long Bytes, string Sha256)
{
    internal const string RecordName = ".fetched.json";
}

public sealed partial class Manifest
{
    static readonly JsonSerializerOptions RecordOptions = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    internal FetchTiming Timing { get; init; } = FetchTiming.Default;

    /// <param name="Unpacked">The files that archives held; empty where there was none.</param>
    sealed record FetchRecord(string Id, DateTime Fetched, List<FetchedFile> Files, List<FetchedFile> Unpacked);

    /// <summary>
    /// Makes an entry present on this machine: at once where it is, else from its addresses into <see cref="DataFolder"/>. A transfer that was
    /// broken or killed goes on where it stopped; size and digest are checked; zip archives are unpacked; the entry's folder appears when all is
    /// there and right, never before. A second fetch of the same entry waits for the first.
    /// </summary>
    /// <param name="maxUnpacked">Bytes that an archive may unpack to; null: what images and tables give, 200 times its own.</param>
    /// <exception cref="BadInputException">The id is not known, or an archive is damaged or hostile.</exception>
    /// <exception cref="PatchwiseException">No address gave the file, or it cannot be stored; the message names each and the reason.</exception>
    public async Task<LocatedData> FetchAsync(string id, IProgress<FetchProgress>? progress, long? maxUnpacked, CancellationToken cancel)
    {
        var entry = this[id];
        if (maxUnpacked <= 0)
            throw new BadInputException(FormattableString.Invariant($"{maxUnpacked} bytes that an archive may unpack to: expected 1 or more (--max-unpacked)"));
        if (entry.IsEmbedded || TryLocate(entry) is not null)
            return Locate(id);
        try
        {
            Directory.CreateDirectory(DataFolder);
            using var _ = await OnlyOne(id, progress, cancel);
            return TryLocate(entry) ?? await Fetch(entry, progress, maxUnpacked, cancel);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PatchwiseException($"{id} cannot be stored in {DataFolder}: {error.Message}: make it writable, or name another folder by PATCHWISE_DATA",
                error);
        }
    }

    async Task<LocatedData> Fetch(ManifestEntry entry, IProgress<FetchProgress>? progress, long? maxUnpacked, CancellationToken cancel)
    {
        var work = Path.Combine(DataFolder, $".{entry.Id}.partial");
        var (files, folder) = (Path.Combine(work, "files"), FolderOf(entry));
        Directory.CreateDirectory(work);
        var fetched = new List<FetchedFile>();
        foreach (var (i, file) in entry.Files.Index())
        {
            // A whole one may be there of an earlier try.
            var (whole, part) = (Whole(i), Path.Combine(work, FormattableString.Invariant($"{i}.part")));
            var digest = File.Exists(whole) ? await Digest.Of(whole, cancel) : null;
            if (digest is null || digest != (file.Sha256 ?? digest))
            {
                digest = await new Download(entry.Id, file, part, progress, Timing, whole).Run(cancel);
                File.Move(part, whole, overwrite: true);
            }
            fetched.Add(new(file.Path, new FileInfo(whole).Length, digest));
        }

        if (Directory.Exists(files))
            Directory.Delete(files, recursive: true);
        Directory.CreateDirectory(files);
        var unpacked = new List<FetchedFile>();
        foreach (var (i, file) in entry.Files.Index().OrderBy(one => !one.Item.Unpack))
            if (file.Unpack)
                try
                {
                    progress?.Report(new(entry.Id, file.Path, fetched[i].Bytes, fetched[i].Bytes, "unpacking"));
                    unpacked.AddRange(Archive.Unpack(Whole(i), files, maxUnpacked));
                }
                catch (BadInputException)
                {
                    // It would fail again: the next fetch is to get it anew.
                    File.Delete(Whole(i));
                    throw;
                }
            else
            {
                var target = SafePath.Below(files, file.Path, FilePath);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(Whole(i), target);
            }
        WholeFile.WriteText(Path.Combine(files, FetchedFile.RecordName),
            JsonSerializer.Serialize(new FetchRecord(entry.Id, DateTime.UtcNow, fetched, unpacked), RecordOptions));
        if (Directory.Exists(folder))
            Directory.Move(folder, Path.Combine(work, "old"));
        Directory.Move(files, folder);
        Directory.Delete(work, recursive: true);
        return Locate(entry.Id) with
        {
            Warnings = [.. entry.Files.Zip(fetched).Where(pair => pair.First.Sha256 is null).Select(pair => FormattableString.Invariant(
                $"{entry.Id}: the sha256 of {pair.First.Path} is not known, so its content could not be checked; the one seen, {pair.Second.Sha256} ")
                + FormattableString.Invariant($"({pair.Second.Bytes} bytes), is recorded in {Path.Combine(folder, FetchedFile.RecordName)}"))],
        };

        string Whole(int i) => Path.Combine(work, FormattableString.Invariant($"{i}.whole"));
    }

    /// <summary>Holds the entry's lock file; waits where another process or task holds it. The system lets go of it when a process is killed.</summary>
    async Task<FileStream> OnlyOne(string id, IProgress<FetchProgress>? progress, CancellationToken cancel)
    {
        var path = Path.Combine(DataFolder, $".{id}.lock");
        for (var told = false; ; told = true)
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (OutputLock.IsHeld(error))
            {
                if (!told)
                    progress?.Report(new(id, "", 0, null, $"waiting for another fetch of {id} (which holds {path})"));
                await Task.Delay(100, cancel);
            }
    }

    FetchRecord? RecordOf(ManifestEntry entry)
    {
        var path = Path.Combine(FolderOf(entry), FetchedFile.RecordName);
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<FetchRecord>(File.ReadAllBytes(path), RecordOptions) is { } record
                && !record.Files.Concat(record.Unpacked).Contains(null!) ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads every file of an entry that is on this machine and compares size and sha256 with the manifest, or else with what was seen when it was fetched.
    /// </summary>
    /// <exception cref="BadInputException">The id is not known, or the entry is not on this machine.</exception>
    public async Task<Verification> VerifyAsync(string id, CancellationToken cancel)
    {
        var entry = this[id];
        var folder = FolderOf(entry);
        if (!Directory.Exists(folder))
            Locate(id);
        var record = entry.IsEmbedded ? null : RecordOf(entry);
        var seen = record?.Files.ToDictionary(file => file.Path, StringComparer.Ordinal) ?? [];
        var (problems, notes) = (new List<string>(), new List<string>());
        var isKnown = entry.Files.All(file => file.Sha256 is not null);
        (string Path, long? Bytes, string? Sha256, bool IsKnown)[] files = [
            .. entry.Files.Where(file => !file.Unpack).Select(file => (file.Path, file.Bytes ?? seen.GetValueOrDefault(file.Path)?.Bytes,
                file.Sha256 ?? seen.GetValueOrDefault(file.Path)?.Sha256, file.Sha256 is not null)),
            .. record?.Unpacked.Select(file => (file.Path, (long?)file.Bytes, (string?)file.Sha256, isKnown)) ?? []];
        if (record is null && entry.Files.Any(file => file.Unpack))
            problems.Add($"{Path.Combine(folder, FetchedFile.RecordName)} is missing: expected the record of what was unpacked");
        foreach (var file in files)
        {
            var path = SafePath.Below(folder, file.Path, FilePath);
            if (!File.Exists(path))
                problems.Add($"{file.Path} is missing");
            else if (file.Bytes is not null && new FileInfo(path).Length != file.Bytes)
                problems.Add(FormattableString.Invariant($"{file.Path} has {new FileInfo(path).Length} bytes, expected {file.Bytes}"));
            else if (await Digest.Of(path, cancel) is var found && found != (file.Sha256 ?? found))
                problems.Add($"{file.Path} has the sha256 {found}, expected {file.Sha256}");
            else if (!file.IsKnown)
                notes.Add(file.Sha256 is null ? $"the sha256 of {file.Path} is not known; it is {found}"
                    : $"{file.Path} is as it was when fetched; whether that was right is not known");
        }
        return new Verification(entry, folder, files.Length, problems, notes);
    }
}

/// <summary>What a verification found.</summary>
/// <param name="Files">Number of files compared.</param>
/// <param name="Problems">Files that are missing or differ; empty where all is well.</param>
/// <param name="Notes">What could not be checked.</param>
public sealed record Verification(ManifestEntry Entry, string Folder, int Files, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);
