using System.IO.Compression;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Patchwise;

/// <summary>Unpacks zip archives that others made: every name is checked before the first byte is written, every size while writing.</summary>
static class Archive
{
    const int MostEntries = 200_000, MostRatio = 200;
    const long RatioCountsFrom = 64 << 20, Most = 256L << 30;

    /// <summary>Unpacks below <paramref name="folder"/>, which is new.</summary>
    /// <param name="maxUnpacked">
    /// Bytes of all files together; null: 64 MiB, or more where that is no more than 200 times the archive and no more than 256 GiB.
    /// </param>
    internal static List<FetchedFile> Unpack(string path, string folder, long? maxUnpacked = null)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            Check(zip, path, folder, maxUnpacked);
            Directory.CreateDirectory(folder);
            return [.. zip.Entries.Where(e => !IsFolder(e)).Select(e => Write(e, path, folder)).OrderBy(f => f.Path, StringComparer.Ordinal)];
        }
        catch (InvalidDataException error)
        {
            throw new BadInputException($"{path} is no whole zip archive: {error.Message}", error);
        }
    }

    static bool IsFolder(ZipArchiveEntry entry) => entry.FullName.EndsWith('/');

    static void Check(ZipArchive zip, string path, string folder, long? maxUnpacked)
    {
        if (zip.Entries.Count > MostEntries)
            throw new BadInputException($"{path} holds {zip.Entries.Count} entries: expected at most {MostEntries}; unpack it yourself and open the folder");
        var all = zip.Entries.Aggregate((Int128)0, (sum, entry) => sum + entry.Length);
        var files = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var folders = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long total = 0, packed = 0;
        foreach (var entry in zip.Entries)
        {
            var name = entry.FullName.TrimEnd('/');
            Refuse(SafePath.Fault(name) is not null, entry, SafePath.Fault(name)!);
            Refuse(name.Equals(FetchedFile.RecordName, StringComparison.OrdinalIgnoreCase), entry, "has the name of the record of a fetch");
            // The upper half of the attributes is the Unix mode: only plain files (0x8000), folders (0x4000) and archives made without it are taken.
            Refuse((entry.ExternalAttributes >>> 16 & 0xF000) is not (0 or 0x8000 or 0x4000), entry, "is a link or a device: expected plain files and folders");
            Refuse(entry.IsEncrypted, entry, "is encrypted");
            Refuse(!IsFolder(entry) && !files.Add(name), entry, "is there twice (capitals do not count)");
            for (var slash = name.IndexOf('/'); slash > 0; slash = name.IndexOf('/', slash + 1))
                folders.Add(name[..slash]);
            if (IsFolder(entry))
                folders.Add(name);
            packed += entry.CompressedLength;
            var limit = maxUnpacked ?? Math.Min(Most, Math.Max(RatioCountsFrom, MostRatio * packed));
            // A sum might pass the end of the numbers.
            Refuse(entry.Length > limit - total, entry, string.Create(CultureInfo.InvariantCulture,
                $"brings the unpacked size above the limit of {limit:N0} bytes, more than images and tables give: if you trust it, raise the limit "
                    + $"(maxUnpacked: {all}, on the command line --max-unpacked)"));
            total += entry.Length;
        }
        if (files.FirstOrDefault(folders.Contains) is { } both)
            throw new BadInputException($"{path}: '{both}' is a file and a folder");
        var free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(folder))!).AvailableFreeSpace;
        if (total > free)
            throw new PatchwiseException(string.Create(CultureInfo.InvariantCulture,
                $"{path} unpacks to {total / 1e6:0} MB, but {free / 1e6:0} MB are left: make room, or name another folder by PATCHWISE_DATA"));

        void Refuse(bool isHostile, ZipArchiveEntry entry, string what)
        {
            if (isHostile)
                throw new BadInputException($"{path}: the entry '{SafePath.Printable(entry.FullName)}' {what}; nothing was unpacked");
        }
    }

    static FetchedFile Write(ZipArchiveEntry entry, string path, string folder)
    {
        var target = SafePath.Below(folder, entry.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var source = entry.Open();
        using var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[1 << 16];
        long length = 0;
        var sum = new Crc32();
        while (source.Read(buffer) is var read and > 0)
        {
            if ((length += read) > entry.Length)
                break;
            sum.Append(buffer.AsSpan(0, read));
            digest.AppendData(buffer, 0, read);
            output.Write(buffer, 0, read);
        }
        if (length != entry.Length || sum.GetCurrentHashAsUInt32() != entry.Crc32)
            throw new BadInputException($"{path}: the entry '{entry.FullName}' is damaged: its size or checksum is not as the archive states");
        return new FetchedFile(entry.FullName, length, Convert.ToHexStringLower(digest.GetHashAndReset()));
    }
}
