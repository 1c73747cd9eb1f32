using System.IO.Compression;

namespace Patchwise;

/// <summary>A file of weights, or a zip of them: nothing of it is loaded before it is asked for, and every read is checked against the length.</summary>
sealed class WeightsFile : IDisposable
{
    readonly FileStream _stream;
    readonly ZipArchive? _zip;
    readonly Lock _one = new();

    internal string Path { get; }
    internal long Length => _stream.Length;

    /// <summary>Of a zip by name; null where the file is none.</summary>
    internal IReadOnlyDictionary<string, ZipArchiveEntry>? Entries { get; }

    internal WeightsFile(string path)
    {
        Path = path;
        try
        {
            _stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(error is FileNotFoundException or DirectoryNotFoundException
                ? $"{path} does not exist: give the path of a file of weights, or the name of a model in the manifest"
                : $"{path} cannot be read: {error.Message}", error);
        }
        try
        {
            if (Length == 0)
                throw new BadInputException($"{path} is empty: expected a file of weights; fetch or copy it again");
            if (!StartsWith("PK\u0003\u0004"u8))
                return;
            _zip = new(_stream);
            if (_zip.Entries.FirstOrDefault(entry => entry.FullName.Contains('\\', StringComparison.Ordinal) || entry.FullName.Split('/').Contains(".."))
                is { FullName: var outside })
                throw new BadInputException($"{path} has an entry named {outside}, which points outside it: it was made to do harm; nothing was read");
            Entries = _zip.Entries.ToDictionary(entry => entry.FullName);
        }
        catch (Exception error)
        {
            Dispose();
            throw error is PatchwiseException ? error : Damaged(error);
        }
    }

    /// <summary>Bytes of an entry, or of the file where it is null.</summary>
    internal byte[] Read(ZipArchiveEntry? entry, long offset, long count)
    {
        lock (_one)
        {
            var length = entry?.Length ?? Length;
            if (offset < 0 || count < 0 || count > Array.MaxLength || offset > length - count)
                throw new BadInputException(
                    $"{Path} ends at byte {length} where {count} bytes at {offset} were expected: it is truncated or damaged; fetch or copy it again");
            try
            {
                var bytes = new byte[count];
                if (entry is null)
                {
                    _stream.Position = offset;
                    _stream.ReadExactly(bytes);
                    return bytes;
                }
                using var stream = entry.Open();
                for (var skipped = new byte[Math.Min(offset, 1 << 16)]; offset > 0; offset -= skipped.Length)
                    stream.ReadExactly(skipped.AsSpan(0, (int)Math.Min(offset, skipped.Length)));
                stream.ReadExactly(bytes);
                return bytes;
            }
            catch (Exception error) when (error is not ObjectDisposedException)
            {
                throw Damaged(error);
            }
        }
    }

    internal bool StartsWith(ReadOnlySpan<byte> signature) => Length >= signature.Length && Read(null, 0, signature.Length).AsSpan().SequenceEqual(signature);

    BadInputException Damaged(Exception error) => new($"{Path} is damaged: {error.Message} Fetch or copy it again", error);

    public void Dispose()
    {
        _zip?.Dispose();
        _stream.Dispose();
    }
}
