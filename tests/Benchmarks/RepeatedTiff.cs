using System.Buffers.Binary;

namespace Patchwise.Benchmarks;

/// <summary>
/// A pyramid of TIFF tiles as if it lay side by side many times: its directories name the same stored tiles again and again, so that a slide of billions of
/// pixels is a file of a few megabytes. Whoever reads it decodes every tile that it asks for.
/// </summary>
static class RepeatedTiff
{
    const ushort Width = 256, Height = 257, TileWidth = 322, TileHeight = 323, TileOffsets = 324, TileByteCounts = 325;

    /// <summary>Bytes of a value, by its type.</summary>
    static readonly int[] Bytes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

    /// <param name="bytes">A little-endian TIFF below 4 GiB; from the first level on that has part of a tile at its edge, levels are left out.</param>
    /// <param name="times">Across, and as often down.</param>
    internal static byte[] Of(byte[] bytes, int times)
    {
        var file = new MemoryStream();
        file.Write(bytes);
        var link = 4;
        for (var at = UInt32(bytes, 4); at != 0;)
        {
            var entries = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan((int)at));
            var fields = Enumerable.Range(0, entries).Select(i => Field.At(bytes, (int)at + 2 + 12 * i)).ToDictionary(field => field.Tag);
            var (width, height, side) = (fields[Width].Values[0], fields[Height].Values[0], (fields[TileWidth].Values[0], fields[TileHeight].Values[0]));
            if (width % side.Item1 + height % side.Item2 > 0)
                break;
            var (across, down) = ((int)(width / side.Item1), (int)(height / side.Item2));
            uint[] Repeated(uint[] tiles) => [.. Enumerable.Range(0, times * down).SelectMany(row => Enumerable.Range(0, times * across)
                .Select(column => tiles[row % down * across + column % across]))];
            fields[Width] = Field.Long(Width, [width * (uint)times]);
            fields[Height] = Field.Long(Height, [height * (uint)times]);
            foreach (var tag in (ushort[])[TileOffsets, TileByteCounts])
                fields[tag] = Field.Long(tag, Repeated(fields[tag].Values));
            link = Write(file, [.. fields.Values.OrderBy(field => field.Tag)], link);
            at = UInt32(bytes, (int)at + 2 + 12 * entries);
        }
        return file.ToArray();
    }

    /// <param name="Raw">Its values as they are stored: in the entry up to 4 bytes, else elsewhere in the file.</param>
    sealed record Field(ushort Tag, ushort Type, byte[] Raw)
    {
        internal uint[] Values => [.. Enumerable.Range(0, Raw.Length / Bytes[Type]).Select(i =>
            Type == 3 ? BinaryPrimitives.ReadUInt16LittleEndian(Raw.AsSpan(2 * i)) : UInt32(Raw, 4 * i))];

        internal static Field Long(ushort tag, uint[] values)
        {
            var raw = new byte[4 * values.Length];
            for (var i = 0; i < values.Length; i++)
                BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(4 * i), values[i]);
            return new(tag, 4, raw);
        }

        internal static Field At(byte[] file, int place)
        {
            var (tag, type) = (BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(place)), BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(place + 2)));
            var length = checked((int)UInt32(file, place + 4) * Bytes[type]);
            return new(tag, type, file.AsSpan(length <= 4 ? place + 8 : (int)UInt32(file, place + 8), length).ToArray());
        }
    }

    /// <summary>Appends a directory and names it where <paramref name="link"/> says; returns where the next is to be named.</summary>
    static int Write(MemoryStream file, Field[] fields, int link)
    {
        void Align() => file.Write(new byte[file.Length % 2]);
        var elsewhere = new uint[fields.Length];
        for (var i = 0; i < fields.Length; i++)
            if (fields[i].Raw is { Length: > 4 } raw)
            {
                Align();
                elsewhere[i] = (uint)file.Length;
                file.Write(raw);
            }
        Align();
        var here = (uint)file.Length;
        var directory = new byte[2 + 12 * fields.Length + 4];
        BinaryPrimitives.WriteUInt16LittleEndian(directory, (ushort)fields.Length);
        for (var i = 0; i < fields.Length; i++)
        {
            var entry = directory.AsSpan(2 + 12 * i, 12);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, fields[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], fields[i].Type);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)(fields[i].Raw.Length / Bytes[fields[i].Type]));
            if (elsewhere[i] > 0)
                BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], elsewhere[i]);
            else
                fields[i].Raw.CopyTo(entry[8..]);
        }
        file.Write(directory);
        BinaryPrimitives.WriteUInt32LittleEndian(file.GetBuffer().AsSpan(link), here);
        return (int)file.Length - 4;
    }

    static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
