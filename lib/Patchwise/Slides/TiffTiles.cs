using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Patchwise;

/// <summary>
/// Where the JPEG tiles of the first image of a TIFF file lie, classic or BigTIFF, little-endian, so that many threads can decode them at once and none twice.
/// Knows the one common layout of slides; for whatever else there is OpenSlide.
/// </summary>
sealed class TiffTiles : ITiles
{
    const int Jpeg = 7, Rgb = 2, YCbCr = 6, LargestTile = 4096, MostTiles = 1 << 24;

    readonly SafeFileHandle _file;
    readonly long[] _offsets, _lengths;

    /// <summary>What stands before the data of every tile: the tables that they share, and the colors that the file states.</summary>
    readonly byte[] _head;

    public PixelSize Size { get; }
    public PixelSize Tile { get; }
    public int Across { get; }

    TiffTiles(SafeFileHandle file, PixelSize size, PixelSize tile, long[] offsets, long[] lengths, byte[] head) =>
        (_file, Size, Tile, Across, _offsets, _lengths, _head) = (file, size, tile, (size.Width + tile.Width - 1) / tile.Width, offsets, lengths, head);

    /// <summary>Null where the file is laid out in another way.</summary>
    internal static TiffTiles? TryOpen(string path)
    {
        SafeFileHandle? file = null;
        TiffTiles? tiles = null;
        try
        {
            file = File.OpenHandle(path);
            return tiles = Read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or OverflowException or ArgumentException or IndexOutOfRangeException)
        {
            return null;
        }
        finally
        {
            if (tiles is null)
                file?.Dispose();
        }
    }

    static TiffTiles? Read(SafeFileHandle file)
    {
        var start = Bytes(file, 0, 16);
        var big = start.AsSpan().StartsWith("II+\0"u8);
        if (!big && !start.AsSpan().StartsWith("II*\0"u8))
            return null;
        var at = big ? BinaryPrimitives.ReadInt64LittleEndian(start.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(4));
        var (countBytes, entryBytes, wordBytes) = big ? (8, 20, 8) : (2, 12, 4);
        var count = (int)Number(Bytes(file, at, countBytes));
        if (count is < 1 or > 1000)
            return null;
        var entries = Bytes(file, at + countBytes, count * entryBytes);
        Dictionary<int, byte[]> tags = [];
        Dictionary<int, int> widths = [];
        for (var i = 0; i < count; i++)
        {
            var entry = entries.AsSpan(i * entryBytes, entryBytes);
            int tag = BinaryPrimitives.ReadUInt16LittleEndian(entry),
                width = BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]) switch { 1 or 7 => 1, 3 => 2, 4 => 4, 16 => 8, _ => 0 };
            var bytes = checked(Number(entry.Slice(4, wordBytes)) * width);
            if (width == 0 || bytes > (long)MostTiles * 8 || tag is not (256 or 257 or 258 or 259 or 262 or 277 or 284 or 322 or 323 or 324 or 325 or 347))
                continue;
            var value = entry.Slice(4 + wordBytes, wordBytes);
            tags[tag] = bytes <= wordBytes ? value[..(int)bytes].ToArray() : Bytes(file, Number(value), (int)bytes);
            widths[tag] = width;
        }

        long[] All(int tag) => tags.TryGetValue(tag, out var bytes) ? [.. bytes.Chunk(widths[tag]).Select(word => Number(word))] : [];
        long One(int tag, long otherwise = 0) => All(tag) is [var first, ..] ? first : otherwise;
        var size = new PixelSize(checked((int)One(256)), checked((int)One(257)));
        var tile = new PixelSize(checked((int)One(322)), checked((int)One(323)));
        var (offsets, lengths, photometric) = (All(324), All(325), One(262));
        if (size.Width < 1 || size.Height < 1 || tile.Width is < 8 or > LargestTile || tile.Height is < 8 or > LargestTile || One(259) != Jpeg || One(277) != 3
            || One(284, 1) != 1
            || All(258).Any(bits => bits != 8) || photometric is not (Rgb or YCbCr))
            return null;
        var tiles = ((size.Width + tile.Width - 1L) / tile.Width) * ((size.Height + tile.Height - 1L) / tile.Height);
        if (tiles > MostTiles || offsets.Length != tiles || lengths.Length != tiles)
            return null;
        var tables = tags.GetValueOrDefault(347, [0xFF, 0xD8, 0xFF, 0xD9]);
        if (tables is not [0xFF, 0xD8, .., 0xFF, 0xD9])
            return null;
        // Adobe's segment says whether the three components are RGB (0) or YCbCr (1).
        byte[] head = [0xFF, 0xD8, 0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, photometric == Rgb ? (byte)0 : (byte)1,
            .. tables.AsSpan(2, tables.Length - 4)];
        return new(file, size, tile, offsets, lengths, head);
    }

    public bool TryDecode(int index, Span<byte> rgb)
    {
        var length = _lengths[index];
        if (_offsets[index] <= 0 || length < 4 || length > 4L * LargestTile * LargestTile)
            return false;
        var rented = System.Buffers.ArrayPool<byte>.Shared.Rent(_head.Length + (int)length);
        try
        {
            // The tile begins with two bytes (start of image) that the head has already.
            _head.CopyTo(rented, 0);
            var data = rented.AsSpan(_head.Length, (int)length - 2);
            return RandomAccess.Read(_file, data, _offsets[index] + 2) == data.Length
                && TurboJpeg.Decode(rented.AsSpan(0, _head.Length + data.Length), rgb, Tile.Width, Tile.Height, 3) is null;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        }
    }

    static byte[] Bytes(SafeFileHandle file, long at, int count)
    {
        var bytes = new byte[count];
        return RandomAccess.Read(file, bytes, at) == count ? bytes : throw new EndOfStreamException();
    }

    static long Number(ReadOnlySpan<byte> word) => word.Length switch
    {
        1 => word[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(word),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(word),
        _ => BinaryPrimitives.ReadInt64LittleEndian(word),
    };

    public void Dispose() => _file.Dispose();
}
