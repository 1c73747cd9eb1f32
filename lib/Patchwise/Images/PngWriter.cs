using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>A PNG that is written to a stream as its rows come: memory is that of a few rows.</summary>
sealed class PngWriter : IDisposable
{
    /// <summary>Packed bytes are kept until they are so many.</summary>
    const int ChunkBytes = 1 << 16;

    readonly Stream _stream;
    readonly MemoryStream _packed = new();
    readonly ZLibStream _rows;
    readonly int _rowBytes, _bits, _pixel;
    readonly bool _indexed;

    // A row behind the byte that names its filter: less the row above, or of a palette's numbers as it is.
    readonly byte[] _row, _filtered, _above;
    int _left;

    /// <param name="palette">R, G, B of up to 256 entries that the samples of one 8-bit channel are numbers of; empty: they are grey or colors.</param>
    internal PngWriter(Stream stream, PixelSize size, int channels, int bits, Mpp? mpp, ReadOnlySpan<byte> palette = default)
    {
        (_stream, _bits, _pixel, _left, _indexed) = (stream, bits, channels * bits / 8, size.Height, !palette.IsEmpty);
        _rowBytes = checked(size.Width * _pixel);
        (_row, _filtered, _above) = (new byte[_rowBytes + 1], new byte[_rowBytes + 1], new byte[_rowBytes]);
        _filtered[0] = PngFilters.FromAbove;

        // Filtered samples hold few repeats but runs: looking for runs only is twice as fast as level 1 is otherwise, and smaller. Numbers of a palette do
        // repeat.
        _rows = new(_packed, _indexed ? new ZLibCompressionOptions { CompressionLevel = 2 }
            : new ZLibCompressionOptions { CompressionLevel = 1, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding }, leaveOpen: true);

        stream.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, size.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], size.Height);
        (header[8], header[9]) = ((byte)bits, (byte)(_indexed ? 3 : channels switch { 1 => 0, 3 => 2, _ => 6 }));
        Chunk("IHDR"u8, header);
        if (_indexed)
            Chunk("PLTE"u8, palette);
        if (mpp is { } known && PerMetre(known.X) is { } x && PerMetre(known.Y) is { } y)
        {
            Span<byte> density = stackalloc byte[9];
            BinaryPrimitives.WriteInt32BigEndian(density, x);
            BinaryPrimitives.WriteInt32BigEndian(density[4..], y);
            density[8] = 1;
            Chunk("pHYs"u8, density);
        }
    }

    /// <summary>The next rows, whole ones, of samples in the machine's byte order.</summary>
    internal void Write(ReadOnlySpan<byte> rows)
    {
        for (; !rows.IsEmpty; rows = rows[_rowBytes..], _left--)
        {
            if (_left == 0)
                throw new PatchwiseException("a PNG is full: it was given more rows than it has");
            var row = _row.AsSpan(1);
            if (_bits == 16 && BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(rows[.._rowBytes]), MemoryMarshal.Cast<byte, ushort>(row));
            else
                rows[.._rowBytes].CopyTo(row);
            if (!_indexed)
            {
                PngFilters.Apply(row, _above, _filtered.AsSpan(1));
                row.CopyTo(_above);
            }
            _rows.Write(_indexed ? _row : _filtered);
            if (_packed.Length >= ChunkBytes)
                Flush();
        }
    }

    /// <exception cref="PatchwiseException">Not all rows were written.</exception>
    internal void End()
    {
        if (_left > 0)
            throw new PatchwiseException($"a PNG of which {_left} rows are missing");
        _rows.Dispose();
        Flush();
        Chunk("IEND"u8, []);
    }

    void Flush()
    {
        Chunk("IDAT"u8, _packed.GetBuffer().AsSpan(0, (int)_packed.Length));
        _packed.SetLength(0);
    }

    void Chunk(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        _stream.Write(number);
        _stream.Write(kind);
        _stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, LibDeflate.Checksum(data, LibDeflate.Checksum(kind)));
        _stream.Write(number);
    }

    static int? PerMetre(double microns) => PixelSpacing.MicronsPerMetre / microns is >= 1 and <= int.MaxValue and var perMetre
        ? (int)Math.Round(perMetre) : null;

    public void Dispose() => _rows.Dispose();
}
