using static Patchwise.TiffPages;

namespace Patchwise.Benchmarks;

/// <summary>
/// A pyramid of TIFF tiles as if it lay side by side many times: its directories name the same stored tiles again and again, so that a slide of billions of
/// pixels is a file of a few megabytes. Whoever reads it decodes every tile that it asks for.
/// </summary>
static class RepeatedTiff
{
    /// <param name="bytes">A little-endian TIFF below 2 GiB; from the first level on that has part of a tile at its edge, levels are left out.</param>
    /// <param name="times">Across, and as often down.</param>
    internal static byte[] Of(byte[] bytes, int times)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write(bytes);
        var link = 4L;
        foreach (var page in Read(bytes))
        {
            if (Number(page, Width) % Number(page, TileWidth) + Number(page, Height) % Number(page, TileHeight) > 0)
                break;
            var (across, down) = (Number(page, Width) / Number(page, TileWidth), Number(page, Height) / Number(page, TileHeight));
            foreach (var tag in (ushort[])[TileOffsets, TileLengths])
            {
                var tiles = page[tag].Numbers;
                page[tag] = Entry.Of([.. Enumerable.Range(0, times * down).SelectMany(row => Enumerable.Range(0, times * across)
                    .Select(column => tiles[row % down * across + column % across]))]);
            }
            foreach (var tag in (ushort[])[Width, Height])
                page[tag] = Entry.Of((uint)(times * Number(page, tag)));
            link = Write(page, writer, link);
        }
        return file.ToArray();
    }

    static int Number(SortedDictionary<ushort, Entry> page, ushort tag) => (int)page[tag].Numbers[0];
}
