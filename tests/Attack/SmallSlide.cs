namespace Patchwise.Attack;

/// <summary>
/// A small slide out of a large one, a TIFF file in little-endian order: the same pages with less on them, where damage hits more of what is read, and is seen
/// in a tenth of the time.
/// </summary>
static class SmallSlide
{
    const ushort Width = 256, Height = 257, StripOffsets = 273, StripLengths = 279, TileWidth = 322, TileHeight = 323, TileOffsets = 324, TileLengths = 325;
    const ushort Short = 3, Long = 4;

    /// <summary>Bytes of a value of each type.</summary>
    static readonly int[] Sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

    sealed record Entry(ushort Type, byte[] Data)
    {
        internal uint[] Numbers => [.. Enumerable.Range(0, Data.Length / Sizes[Type]).Select(i =>
            Type == Short ? BitConverter.ToUInt16(Data, 2 * i) : BitConverter.ToUInt32(Data, 4 * i))];

        internal static Entry Of(params uint[] numbers) => new(Long, [.. numbers.SelectMany(BitConverter.GetBytes)]);
    }

    /// <param name="from">The first page that is kept.</param>
    /// <returns>Of a page in tiles the two by two at the upper left, of others all.</returns>
    internal static byte[] Of(string path, int from = 0)
    {
        var large = File.ReadAllBytes(path);
        using var small = new MemoryStream();
        using var writer = new BinaryWriter(small);
        writer.Write("II*\0"u8);
        writer.Write(0L);
        var link = 4L;
        var at = BitConverter.ToInt32(large, 4);
        for (var page = 0; at != 0; page++)
        {
            int count = BitConverter.ToUInt16(large, at);
            if (page >= from)
                link = Write(Cut(Read(large, at + 2, count)), large, writer, link);
            at = BitConverter.ToInt32(large, at + 2 + 12 * count);
        }
        return small.ToArray();
    }

    static SortedDictionary<ushort, Entry> Read(byte[] file, int at, int count)
    {
        var entries = new SortedDictionary<ushort, Entry>();
        for (; count > 0; count--, at += 12)
        {
            var type = BitConverter.ToUInt16(file, at + 2);
            var length = Sizes[type] * BitConverter.ToInt32(file, at + 4);
            entries[BitConverter.ToUInt16(file, at)] = new(type, file.AsSpan(length <= 4 ? at + 8 : BitConverter.ToInt32(file, at + 8), length).ToArray());
        }
        return entries;
    }

    static SortedDictionary<ushort, Entry> Cut(SortedDictionary<ushort, Entry> entries)
    {
        if (!entries.TryGetValue(TileOffsets, out var offsets))
            return entries;
        var (width, height) = (entries[TileWidth].Numbers[0], entries[TileHeight].Numbers[0]);
        var columns = (entries[Width].Numbers[0] + width - 1) / width;
        uint[] Four(Entry entry) => [entry.Numbers[0], entry.Numbers[1], entry.Numbers[columns], entry.Numbers[columns + 1]];
        (entries[TileOffsets], entries[TileLengths]) = (Entry.Of(Four(offsets)), Entry.Of(Four(entries[TileLengths])));
        (entries[Width], entries[Height]) = (Entry.Of(2 * width), Entry.Of(2 * height));
        return entries;
    }

    /// <param name="link">Where the place of this page is to be written.</param>
    /// <returns>The same for the next.</returns>
    static long Write(SortedDictionary<ushort, Entry> entries, byte[] large, BinaryWriter writer, long link)
    {
        var file = writer.BaseStream;
        var (offsets, lengths) = entries.ContainsKey(TileOffsets) ? (TileOffsets, TileLengths) : (StripOffsets, StripLengths);
        entries[offsets] = Entry.Of([.. entries[offsets].Numbers.Zip(entries[lengths].Numbers, (from, length) =>
        {
            var place = (uint)file.Position;
            writer.Write(large.AsSpan((int)from, (int)length));
            return place;
        })]);
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
