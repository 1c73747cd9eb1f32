namespace Patchwise;

/// <summary>Pages of a TIFF file in little-endian order, to make slides for tests of those that there are.</summary>
static class TiffPages
{
    internal const ushort Width = 256, Height = 257, StripOffsets = 273, StripLengths = 279, TileWidth = 322, TileHeight = 323, TileOffsets = 324,
        TileLengths = 325;

    const ushort Short = 3, Long = 4;

    /// <summary>Bytes of a value of each type.</summary>
    static readonly int[] Sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

    internal sealed record Entry(ushort Type, byte[] Data)
    {
        internal uint[] Numbers => [.. Enumerable.Range(0, Data.Length / Sizes[Type]).Select(i =>
            Type == Short ? BitConverter.ToUInt16(Data, 2 * i) : BitConverter.ToUInt32(Data, 4 * i))];

        internal static Entry Of(params uint[] numbers) => new(Long, [.. numbers.SelectMany(BitConverter.GetBytes)]);
    }

    /// <summary>The entries of each page by their tags.</summary>
    internal static IEnumerable<SortedDictionary<ushort, Entry>> Read(byte[] file)
    {
        for (var at = BitConverter.ToInt32(file, 4); at != 0;)
        {
            var entries = new SortedDictionary<ushort, Entry>();
            int count = BitConverter.ToUInt16(file, at);
            for (at += 2; count > 0; count--, at += 12)
            {
                var type = BitConverter.ToUInt16(file, at + 2);
                var length = Sizes[type] * BitConverter.ToInt32(file, at + 4);
                entries[BitConverter.ToUInt16(file, at)] = new(type, file.AsSpan(length <= 4 ? at + 8 : BitConverter.ToInt32(file, at + 8), length).ToArray());
            }
            yield return entries;
            at = BitConverter.ToInt32(file, at);
        }
    }

    /// <summary>Writes a page at the file's end.</summary>
    /// <param name="link">Where its place is to be written; 4 for the first page.</param>
    /// <returns>The same for the next.</returns>
    internal static long Write(SortedDictionary<ushort, Entry> entries, BinaryWriter writer, long link)
    {
        var file = writer.BaseStream;
        var places = entries.Values.Select(entry =>
        {
            var place = (uint)file.Position;
            writer.Write(entry.Data.Length <= 4 ? [] : entry.Data);
            return place;
        }).ToArray();
        var directory = (uint)file.Position;
        writer.Write((ushort)entries.Count);
        foreach (var (i, (tag, entry)) in entries.Index())
        {
            writer.Write(tag);
            writer.Write(entry.Type);
            writer.Write(entry.Data.Length / Sizes[entry.Type]);
            if (entry.Data.Length <= 4)
                writer.Write([.. entry.Data, .. new byte[4 - entry.Data.Length]]);
            else
                writer.Write(places[i]);
        }
        var next = file.Position;
        // NDPI has wider links, and the upper halves of values below.
        writer.Write(new byte[8 + 4 * entries.Count]);
        file.Position = link;
        writer.Write(directory);
        file.Position = file.Length;
        return next;
    }
}
