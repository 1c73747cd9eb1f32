using System.Text.Json;

namespace Patchwise;

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
        var files = Path.Combine(work, "files");
        Directory.CreateDirectory(work);
        var fetched = new List<FetchedFile>();
        for (var i = 0; i < entry.Files.Count; i++)
            fetched.Add(await Whole(entry, i, work, progress, cancel));

        if (Directory.Exists(files))
            Directory.Delete(files, recursive: true);
        Directory.CreateDirectory(files);
        var unpacked = new List<FetchedFile>();
        for (var i = 0; i < entry.Files.Count; i++)
            if (entry.Files[i].Unpack)
            {
                progress?.Report(new(entry.Id, entry.Files[i].Path, fetched[i].Bytes, fetched[i].Bytes, "unpacking"));
                try
                {
                    unpacked.AddRange(Archive.Unpack(WholePath(work, i), files, maxUnpacked));
                }
                catch (BadInputException)
                {
                    // It would fail again: the next fetch is to get it anew.
                    File.Delete(WholePath(work, i));
                    throw;
                }
            }
        for (var i = 0; i < entry.Files.Count; i++)
            if (!entry.Files[i].Unpack)
            {
                var target = SafePath.Below(files, entry.Files[i].Path, FilePath);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(WholePath(work, i), target);
            }
        WholeFile.WriteText(Path.Combine(files, FetchedFile.RecordName),
            JsonSerializer.Serialize(new FetchRecord(entry.Id, DateTime.UtcNow, fetched, unpacked), RecordOptions));

        var folder = FolderOf(entry);
        if (Directory.Exists(folder))
            Directory.Move(folder, Path.Combine(work, "old"));
        Directory.Move(files, folder);
        Directory.Delete(work, recursive: true);
        return Locate(entry.Id) with
        {
            Warnings = [.. fetched.Where(f => !f.Known).Select(f =>
                $"{entry.Id}: the sha256 of {f.Path} is not known, so its content could not be checked; the one seen, {f.Sha256} ({f.Bytes} bytes from "
                + $"{f.Url}), is recorded in {Path.Combine(folder, FetchedFile.RecordName)}")],
        };
    }

    static string WholePath(string work, int i) => Path.Combine(work, FormattableString.Invariant($"{i}.whole"));

    /// <summary>The i-th file, whole and verified, in the work folder: from an earlier try, or fetched.</summary>
    async Task<FetchedFile> Whole(ManifestEntry entry, int i, string work, IProgress<FetchProgress>? progress, CancellationToken cancel)
    {
        var whole = WholePath(work, i);
        var record = whole + ".json";
        if (File.Exists(whole) && ReadJson<FetchedFile>(record) is { } earlier && earlier.Path == entry.Files[i].Path
            && earlier.Sha256 == (entry.Files[i].Sha256 ?? earlier.Sha256) && await Digest.Of(whole, cancel) == earlier.Sha256)
            return earlier;
        File.Delete(whole);
        var part = Path.Combine(work, FormattableString.Invariant($"{i}.part"));
        var fetched = await new Download(entry.Id, entry.Files[i], part, progress, Timing).Run(cancel);
        WholeFile.WriteText(record, JsonSerializer.Serialize(fetched, RecordOptions));
        File.Move(part, whole);
        return fetched;
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

    FetchRecord? RecordOf(ManifestEntry entry) =>
        ReadJson<FetchRecord>(Path.Combine(FolderOf(entry), FetchedFile.RecordName)) is { } record && !record.Files.Contains(null!)
        && !record.Unpacked.Contains(null!) ? record : null;

    static T? ReadJson<T>(string path) where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), RecordOptions) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
