namespace Patchwise;

public sealed partial class Manifest
{
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
        var seen = record?.Files.ToDictionary(f => f.Path, StringComparer.Ordinal) ?? [];
        var problems = new List<string>();
        var notes = new List<string>();
        var count = 0;
        foreach (var file in entry.Files.Where(f => !f.Unpack))
            await Compare(file.Path, file.Bytes ?? seen.GetValueOrDefault(file.Path)?.Bytes, file.Sha256 ?? seen.GetValueOrDefault(file.Path)?.Sha256,
                file.Sha256 is not null);
        foreach (var file in record?.Unpacked ?? [])
            await Compare(file.Path, file.Bytes, file.Sha256, entry.Files.All(f => f.Sha256 is not null));
        if (record is null && entry.Files.Any(f => f.Unpack))
            problems.Add($"{Path.Combine(folder, FetchedFile.RecordName)} is missing: expected the record of what was unpacked");
        return new Verification(entry, folder, count, problems, notes);

        async Task Compare(string relative, long? bytes, string? sha256, bool known)
        {
            count++;
            var path = SafePath.Below(folder, relative, FilePath);
            if (!File.Exists(path))
                problems.Add($"{relative} is missing");
            else if (bytes is not null && new FileInfo(path).Length != bytes)
                problems.Add(FormattableString.Invariant($"{relative} has {new FileInfo(path).Length} bytes, expected {bytes}"));
            else if (await Digest.Of(path, cancel) is var found && found != (sha256 ?? found))
                problems.Add($"{relative} has the sha256 {found}, expected {sha256}");
            else if (sha256 is null)
                notes.Add($"the sha256 of {relative} is not known; it is {found}");
            else if (!known)
                notes.Add($"{relative} is as it was when fetched; whether that was right is not known");
        }
    }
}

/// <summary>What a verification found.</summary>
/// <param name="Files">Number of files compared.</param>
/// <param name="Problems">Files that are missing or differ; empty where all is well.</param>
/// <param name="Notes">What could not be checked.</param>
public sealed record Verification(ManifestEntry Entry, string Folder, int Files, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);
