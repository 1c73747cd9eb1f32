using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>A PNG that is written to a stream as its rows come: memory is that of a few rows.</summary>
sealed class PngWriter : IDisposable
{
    const int ChunkBytes = 1 << 16;

    /// <summary>A row is stored less the one above it.</summary>
    const byte FromAbove = 2;

    readonly Stream _stream;
    readonly MemoryStream _packed = new();
    readonly ZLibStream _rows;
    readonly int _bits;
    readonly bool _indexed;

    // The stored one stands behind the byte that names its filter.
    byte[] _row, _above;
    readonly byte[] _stored;
    int _left;

    /// <param name="palette">R, G, B of up to 256 entries that the samples of one 8-bit channel are numbers of; empty: they are grey or colors.</param>
    /// <param name="level">How hard repeats in numbers of a palette are looked for, 1 to 9.</param>
    internal PngWriter(Stream stream, PixelSize size, int channels, int bits, Mpp? mpp, ReadOnlySpan<byte> palette = default, int level = 2)
    {
        (_stream, _bits, _left, _indexed) = (stream, bits, size.Height, !palette.IsEmpty);
        var rowBytes = checked((int)((long)size.Width * channels * bits / 8));
        (_row, _above, _stored) = (new byte[rowBytes], new byte[rowBytes], new byte[rowBytes + 1]);

        // Filtered samples hold few repeats but runs: looking for runs only is twice as fast as level 1 is otherwise, and smaller. Numbers of a palette do
        // repeat.
        _rows = new(_packed, _indexed ? new ZLibCompressionOptions { CompressionLevel = level }
            : new ZLibCompressionOptions { CompressionLevel = 1, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding }, leaveOpen: true);

        stream.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var color = _indexed ? 3 : channels switch { 1 => 0, 3 => 2, _ => 6 };
        Chunk("IHDR"u8, [.. Number(size.Width), .. Number(size.Height), (byte)bits, (byte)color, 0, 0, 0]);
        if (_indexed)
            Chunk("PLTE"u8, palette);
        if (mpp is { } known && PerMetre(known.X) is { } x && PerMetre(known.Y) is { } y)
            Chunk("pHYs"u8, [.. Number(x), .. Number(y), 1]);
    }

    /// <summary>The next rows, whole ones, of samples in the machine's byte order.</summary>
    internal void Write(ReadOnlySpan<byte> rows)
    {
        for (; !rows.IsEmpty; rows = rows[_row.Length..], _left--)
        {
            if (_left == 0)
                throw new PatchwiseException("a PNG is full: it was given more rows than it has");
            rows[.._row.Length].CopyTo(_row);
            var words = MemoryMarshal.Cast<byte, ushort>(_row.AsSpan());
            if (_bits == 16 && BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(words, words);
            if (_indexed)
                _row.CopyTo(_stored, 1);
            else
            {
                _stored[0] = FromAbove;
                Subtract(_row, _above, _stored.AsSpan(1));
                (_row, _above) = (_above, _row);
            }
            _rows.Write(_stored);
            if (_packed.Length >= ChunkBytes)
                Flush();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Subtract(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> stored)
    {
        for (var i = 0; i < row.Length; i++)
            stored[i] = (byte)(row[i] - above[i]);
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
        var sum = new Crc32();
        sum.Append(kind);
        sum.Append(data);
        _stream.Write(Number(data.Length));
        _stream.Write(kind);
        _stream.Write(data);
        _stream.Write(Number((int)sum.GetCurrentHashAsUInt32()));
    }

    static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    static int? PerMetre(double microns) => PixelSpacing.MicronsPerMetre / microns is >= 1 and <= int.MaxValue and var perMetre
        ? (int)Math.Round(perMetre) : null;

    public void Dispose() => _rows.Dispose();
}
