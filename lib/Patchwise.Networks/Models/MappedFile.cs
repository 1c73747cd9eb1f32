using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;

namespace Patchwise;

/// <summary>
/// A file mapped into memory and read by position: nothing of it is loaded before it is asked for. Every read is checked against the length,
/// and a read that runs while another thread disposes this either finishes or throws.
/// </summary>
sealed class MappedFile : IDisposable
{
    readonly MemoryMappedFile _file;
    readonly MemoryMappedViewAccessor _view;

    internal string Path { get; }
    internal long Length { get; }

    internal MappedFile(string path)
    {
        Path = path;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            Length = stream.Length;
            if (Length == 0)
                throw new BadInputException($"{path} is empty: expected a file of weights; fetch or copy it again");
            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(error is FileNotFoundException or DirectoryNotFoundException
                ? $"{path} does not exist: give the path of a file of weights, or the name of a model in the manifest"
                : $"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Fills <paramref name="bytes"/> from <paramref name="offset"/> on.</summary>
    /// <exception cref="BadInputException">The file ends before.</exception>
    internal void Read(long offset, Span<byte> bytes)
    {
        Check(offset, bytes.Length);
        _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, bytes);
    }

    /// <summary>The bytes from <paramref name="offset"/> on, copied; nothing is allocated where the file ends before.</summary>
    internal byte[] Read(long offset, int count)
    {
        Check(offset, count);
        var bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    internal ulong ReadUInt64(long offset)
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(offset, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    internal bool StartsWith(ReadOnlySpan<byte> signature)
    {
        Span<byte> start = stackalloc byte[signature.Length];
        if (Length < signature.Length)
            return false;
        Read(0, start);
        return start.SequenceEqual(signature);
    }

    void Check(long offset, long count)
    {
        if (offset < 0 || count < 0 || offset > Length - count)
            throw new BadInputException(
                $"{Path} ends at byte {Length} where {count} bytes at {offset} were expected: it is truncated or damaged; fetch or copy it again");
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
