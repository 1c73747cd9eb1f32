using static Patchwise.TiffPages;

namespace Patchwise.Attack;

/// <summary>
/// A small slide out of a large one, a TIFF file in little-endian order: the same pages with less on them, where damage hits more of what is read, and is seen
/// in a tenth of the time.
/// </summary>
static class SmallSlide
{
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
        foreach (var page in Read(large).Skip(from))
        {
            Cut(page);
            Copy(page, large, writer);
            link = Write(page, writer, link);
        }
        return small.ToArray();
    }

    static void Cut(SortedDictionary<ushort, Entry> entries)
    {
        if (!entries.TryGetValue(TileOffsets, out var offsets))
            return;
        var (width, height) = (entries[TileWidth].Numbers[0], entries[TileHeight].Numbers[0]);
        var columns = (entries[Width].Numbers[0] + width - 1) / width;
        uint[] Four(Entry entry) => [entry.Numbers[0], entry.Numbers[1], entry.Numbers[columns], entry.Numbers[columns + 1]];
        (entries[TileOffsets], entries[TileLengths]) = (Entry.Of(Four(offsets)), Entry.Of(Four(entries[TileLengths])));
        (entries[Width], entries[Height]) = (Entry.Of(2 * width), Entry.Of(2 * height));
    }

    /// <summary>What the page's tiles or strips hold.</summary>
    static void Copy(SortedDictionary<ushort, Entry> entries, byte[] large, BinaryWriter writer)
    {
        var (offsets, lengths) = entries.ContainsKey(TileOffsets) ? (TileOffsets, TileLengths) : (StripOffsets, StripLengths);
        entries[offsets] = Entry.Of([.. entries[offsets].Numbers.Zip(entries[lengths].Numbers, (from, length) =>
        {
            var place = (uint)writer.BaseStream.Position;
            writer.Write(large.AsSpan((int)from, (int)length));
            return place;
        })]);
    }
}
