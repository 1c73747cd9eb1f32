using System.Buffers.Binary;

namespace Patchwise;

/// <summary>The chunks of a PNG in order, those that the file holds whole.</summary>
ref struct PngChunks(ReadOnlySpan<byte> file, int at = PngChunks.SignatureLength)
{
    const int SignatureLength = 8, Around = 12;

    readonly ReadOnlySpan<byte> _file = file;
    ReadOnlySpan<byte> _chunk;

    /// <summary>Where the next chunk begins.</summary>
    internal int At { get; private set; } = at;

    internal readonly ReadOnlySpan<byte> Data => _chunk[8..^4];

    internal readonly bool IsFirst => At == SignatureLength + _chunk.Length;

    /// <summary>Whether the picture depends on the chunk: a small first letter says that it does not, though transparency has one too.</summary>
    internal readonly bool IsNeeded => (_chunk[4] & 0x20) == 0 || Is("tRNS"u8);

    internal readonly bool Is(ReadOnlySpan<byte> kind) => _chunk[4..8].SequenceEqual(kind);

    /// <summary>Whether the chunk's checksum is right.</summary>
    internal readonly bool IsSound => LibDeflate.Checksum(_chunk[4..^4]) == BinaryPrimitives.ReadUInt32BigEndian(_chunk[^4..]);

    internal bool Next()
    {
        if (_file.Length - At < Around || BinaryPrimitives.ReadUInt32BigEndian(_file[At..]) is var length && length > _file.Length - At - Around)
            return false;
        _chunk = _file.Slice(At, (int)length + Around);
        At += _chunk.Length;
        return true;
    }

    /// <summary>Whether the next chunk holds pixels, though perhaps not all of them.</summary>
    internal readonly bool PixelsAreNext => _file.Length - At >= Around && _file.Slice(At + 4, 4).SequenceEqual("IDAT"u8);

    /// <summary>Whether the checksums of all chunks are right that a picture needs.</summary>
    internal static bool AreSound(ReadOnlySpan<byte> file)
    {
        for (var chunks = new PngChunks(file); chunks.Next();)
            if (chunks.IsNeeded && !chunks.IsSound)
                return false;
        return true;
    }
}
