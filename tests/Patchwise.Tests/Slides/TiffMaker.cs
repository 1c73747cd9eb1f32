using System.IO.Compression;

namespace Patchwise.Tests;

/// <summary>
/// Writes TIFF files of 8-bit RGB, also with a fourth sample of which nobody says what it is. All strips or tiles may be one and the same, which the file then
/// holds once: so an image of any size is made in no time, and reading it is as much work as ever.
/// </summary>
static class TiffMaker
{
    enum Compression { None = 1, Jpeg = 7, Deflate = 8 }

    /// <summary>Strips of so many rows, not compressed.</summary>
    internal static byte[] Strips(Raster image, int rows) =>
        File(new Page(image.Size, new(image.Width, rows), false, Compression.None, [.. Rows(image, rows).Select(strip => strip.AsBytes().ToArray())]));

    /// <summary>Tiles compressed without loss.</summary>
    internal static byte[] Tiles(Raster image, PixelSize tile, double? micronsPerPixel = null, string? description = null,
        int orientation = 1) =>
        File(new Page(image.Size, tile, true, Compression.Deflate, [.. Parts(image, tile).Select(Deflated)], micronsPerPixel,
            Description: description, Orientation: orientation, Samples: image.Channels));

    /// <summary>The same, a page for each image, of which none is said to be a smaller copy.</summary>
    internal static byte[] Pages(PixelSize tile, params Raster[] images) => File([.. images.Select(image =>
        new Page(image.Size, tile, true, Compression.Deflate, [.. Parts(image, tile).Select(Deflated)], Samples: image.Channels))]);

    /// <summary>The same, all but the first said to be smaller copies.</summary>
    internal static byte[] Levels(PixelSize tile, params Raster[] images) => Levels(tile, images, image => image != images[0]);

    /// <param name="isReduced">Which are said to be smaller copies; null: all but the first.</param>
    /// <param name="with">An entry of each page that takes the place of the usual one: its tag and value.</param>
    internal static byte[] Levels(PixelSize tile, Raster[] images, Func<Raster, bool>? isReduced = null, (int Tag, ushort Value)? with = null) =>
        File([.. images.Select(image => new Page(image.Size, tile, true, Compression.Deflate, [.. Parts(image, tile).Select(Deflated)],
            IsReduced: isReduced?.Invoke(image) ?? image != images[0], Samples: image.Channels, With: with))]);

    /// <summary>The image again and again as strips, cut at the right and bottom; <paramref name="size"/> is as wide as it is or narrower.</summary>
    internal static byte[] RepeatedStrips(Raster image, PixelSize size) =>
        File(new Page(size, image.Size, false, Compression.None, [image.AsBytes().ToArray()]));

    /// <summary>The image again and again as JPEG tiles.</summary>
    internal static byte[] RepeatedTiles(Raster image, PixelSize size) =>
        File(new Page(size, image.Size, true, Compression.Jpeg, [image.ToJpeg(80)]));

    static IEnumerable<Raster> Rows(Raster image, int rows)
    {
        for (var y = 0; y < image.Height; y += rows)
            yield return image.Crop(new(0, y, image.Width, Math.Min(y + rows, image.Height)));
    }

    static byte[] Deflated(Raster tile)
    {
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest))
            deflate.Write(tile.AsBytes());
        return packed.ToArray();
    }

    /// <summary>JPEG tiles in a page for each level, the largest first.</summary>
    internal static byte[] Pyramid(IReadOnlyList<Raster> levels, PixelSize tile, int orientation = 1) =>
        File([.. levels.Select(image => new Page(image.Size, tile, true, Compression.Jpeg, [.. Parts(image, tile).Select(part => part.ToJpeg(80))],
            IsReduced: image != levels[0], Orientation: orientation))]);

    static IEnumerable<Raster> Parts(Raster image, PixelSize tile) =>
        from y in Enumerable.Range(0, (image.Height - 1) / tile.Height + 1)
        from x in Enumerable.Range(0, (image.Width - 1) / tile.Width + 1)
        select image.Crop(Box.Of(tile).Shift(x * tile.Width, y * tile.Height));

    /// <param name="Blocks">All of them, or one that stands for all.</param>
    sealed record Page(PixelSize Size, PixelSize Block, bool Tiled, Compression Compression, byte[][] Blocks, double? MicronsPerPixel = null,
        bool IsReduced = false, string? Description = null, int Orientation = 1, int Samples = 3,
        (int Tag, ushort Value)? With = null);

    static byte[] File(params Page[] pages)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("II*\0\0\0\0\0"u8);
        var link = 4L;
        foreach (var page in pages)
            link = Write(page, writer, link);
        return file.ToArray();
    }

    /// <param name="link">Where the place of this page is to be written.</param>
    /// <returns>The same for the next.</returns>
    static long Write(Page page, BinaryWriter writer, long link)
    {
        var (size, block, tiled, compression, blocks, micronsPerPixel, reduced, description, orientation, samples, with) = page;
        var file = writer.BaseStream;
        var count = ((size.Width - 1) / block.Width + 1) * ((size.Height - 1) / block.Height + 1);
        var places = Array.ConvertAll(blocks, bytes =>
        {
            var at = (uint)file.Position;
            writer.Write(bytes);
            return (At: at, Length: (uint)bytes.Length);
        });
        uint[] Each(Func<(uint At, uint Length), uint> of) => [.. Enumerable.Range(0, count).Select(i => of(places[i % places.Length]))];
        var (offsets, lengths) = (Stored(Each(place => place.At)), Stored(Each(place => place.Length)));
        var bits = (uint)file.Position;
        writer.Write([8, 0, 8, 0, 8, 0, 8, 0]);

        // Pixels per centimetre as a fraction.
        var density = (uint)file.Position;
        writer.Write((uint)Math.Round(1e7 / (micronsPerPixel ?? 1)));
        writer.Write(1000u);

        var words = (uint)file.Position;
        byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(description ?? ""), 0];
        writer.Write(text);

        const ushort Text = 2, Short = 3, Long = 4, Fraction = 5;
        (ushort Tag, ushort Type, uint Count, uint Value)[] entries =
        [
            .. reduced ? ((ushort, ushort, uint, uint)[])[(254, Long, 1, 1)] : [],
            (256, Long, 1, (uint)size.Width), (257, Long, 1, (uint)size.Height), (258, Short, (uint)samples, bits), (259, Short, 1, (uint)compression),
                (262, Short, 1, compression == Compression.Jpeg ? 6u : 2),
            .. description is null ? [] : ((ushort, ushort, uint, uint)[])[(270, Text, (uint)text.Length, words)],
            .. tiled ? [] : ((ushort, ushort, uint, uint)[])[(273, Long, (uint)count, offsets)],
            .. orientation == 1 ? [] : ((ushort, ushort, uint, uint)[])[(274, Short, 1, (uint)orientation)], (277, Short, 1, (uint)samples),
            .. tiled ? [] : ((ushort, ushort, uint, uint)[])[(278, Long, 1, (uint)block.Height), (279, Long, (uint)count, lengths)],
            .. micronsPerPixel is null ? [] : ((ushort, ushort, uint, uint)[])[(282, Fraction, 1, density), (283, Fraction, 1, density), (296, Short, 1, 3)],
            .. tiled ? ((ushort, ushort, uint, uint)[])[(322, Long, 1, (uint)block.Width), (323, Long, 1, (uint)block.Height),
                (324, Long, (uint)count, offsets), (325, Long, (uint)count, lengths)] : [],
        ];
        if (with is { } own)
            entries = [.. entries.Where(entry => entry.Tag != own.Tag).Append(((ushort)own.Tag, Short, 1u, (uint)own.Value)).OrderBy(entry => entry.Item1)];
        var directory = (uint)file.Position;
        writer.Write((ushort)entries.Length);
        foreach (var (tag, type, number, value) in entries)
        {
            writer.Write(tag);
            writer.Write(type);
            writer.Write(number);
            writer.Write(value);
        }
        var next = file.Position;
        writer.Write(0u);
        file.Position = link;
        writer.Write(directory);
        file.Position = file.Length;
        return next;

        // One number stands in its entry, more stand elsewhere.
        uint Stored(uint[] numbers)
        {
            if (numbers.Length == 1)
                return numbers[0];
            var at = (uint)file.Position;
            Array.ForEach(numbers, writer.Write);
            return at;
        }
    }
}
