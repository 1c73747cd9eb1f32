namespace Patchwise.Tests;

public class PngRowsTests
{
    [Fact]
    public void Filters_are_undone_as_the_specification_says()
    {
        var random = new Random(11);
        for (var trial = 0; trial < 3000; trial++)
        {
            var (filter, pixel, length) = (trial % 5, random.Next(1, 9), random.Next(1, 90));
            byte[] row = new byte[length], above = new byte[length], undone = new byte[length];
            random.NextBytes(row);
            random.NextBytes(above);
            PngFilters.Undo(filter, row, above, pixel, undone);
            Assert.Equal(SlowPng.Undo(filter, row, above, pixel), undone);
        }
    }

    static (int Width, int Height, int Bits, int Color, int RowBytes, byte[] Rows) AnyRows(Random random)
    {
        var (width, height, color) = (random.Next(1, 60), random.Next(1, 30), ((int[])[0, 2, 3, 6])[random.Next(4)]);
        var bits = color == 3 ? 1 << random.Next(4) : 8 << random.Next(2);
        var rowBytes = (width * bits * color switch { 2 => 3, 6 => 4, _ => 1 } + 7) / 8;
        var rows = new byte[(rowBytes + 1) * height];
        random.NextBytes(rows);
        for (var y = 0; y < height; y++)
            rows[y * (rowBytes + 1)] = (byte)random.Next(5);
        return (width, height, bits, color, rowBytes, rows);
    }

    static int FormatOf(int color, int bits) => (color, bits) switch
    {
        (0, 8) => Spng.Grey8,
        (2, 8) => Spng.Rgb8,
        (3, _) => Spng.AsStored,
        (6, 8) => Spng.Rgba8,
        (6, _) => Spng.Rgba16,
        _ => Spng.AsStored
    };

    [Fact]
    public void Any_filters_bits_and_colors_give_the_pixels_of_libspng()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(12);
        for (var trial = 0; trial < 400; trial++)
        {
            var (width, height, bits, color, rowBytes, rows) = AnyRows(random);
            var file = SlowPng.Of(width, height, bits, color, rows, split: random.Next(2) == 0 ? int.MaxValue : random.Next(1, 300));
            var expected = new byte[rowBytes * height];
            Assert.Null(Spng.Decode(file, expected, FormatOf(color, bits), 0));
            if (color != 3)
                Assert.Equal(expected, Raster.Decode(file).Data);
            else
                Assert.Equal(Unpacked(expected, rowBytes, width, height, bits),
                    Raster.Load(folder.Write("mask.png", file), new Reading(1 << 20, Stored: true)).Data.ToArray());
        }
    }

    static byte[] Unpacked(byte[] rows, int rowBytes, int width, int height, int bits) =>
        [.. Enumerable.Range(0, height).SelectMany(y =>
            Enumerable.Range(0, width).Select(x => (byte)(rows[y * rowBytes + x * bits / 8] >> (8 - bits - x * bits % 8) & ((1 << bits) - 1))))];

    [Fact]
    public void What_libspng_refuses_of_damage_behind_right_checksums_is_refused_and_what_it_reads_is_the_same()
    {
        var random = new Random(13);
        var read = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var (width, height, bits, color, rowBytes, rows) = AnyRows(random);
            if (color == 3)
                continue;
            var file = SlowPng.Of(width, height, bits, color, rows, split: random.Next(20, 4000));
            for (var count = 1 << random.Next(3); count > 0; count--)
                file[random.Next(random.Next(2) == 0 ? Math.Min(80, file.Length) : file.Length)] = (byte)random.Next(256);
            SlowPng.RepairChecksums(file);
            Raster found;
            try
            {
                found = Raster.Decode(file, "sample", 1 << 20);
            }
            catch (BadInputException)
            {
                continue;
            }
            if (found.Bits != bits || found.Channels != color switch { 0 => 1, 2 => 3, _ => 4 })
                continue;
            read++;
            var expected = new byte[found.Data.Length];
            Assert.Null(Spng.Decode(file, expected, FormatOf(color, bits), 0));
            Assert.Equal(expected, found.Data);
        }
        Assert.InRange(read, 20, 1900);
    }

    [Fact]
    public void A_changed_byte_of_the_pixels_is_always_seen()
    {
        var random = new Random(14);
        var good = ImageFiles.Slope(40, 30, 3).ToPng();
        var from = good.AsSpan().IndexOf("IDAT"u8);
        for (var trial = 0; trial < 300; trial++)
        {
            var file = (byte[])good.Clone();
            file[random.Next(from, file.Length - 12)] ^= (byte)(1 << random.Next(8));
            Assert.Contains("sample: a PNG that is damaged", Assert.Throws<BadInputException>(() => Raster.Decode(file, "sample")).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pixels_whose_own_sum_is_wrong_or_missing_are_refused_behind_a_right_checksum()
    {
        var random = new Random(15);
        var (width, height, bits, color, _, rows) = (9, 7, 8, 2, 27, new byte[28 * 7]);
        random.NextBytes(rows);
        for (var y = 0; y < height; y++)
            rows[28 * y] = (byte)random.Next(5);
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(rows);
        var stream = packed.ToArray();
        byte[] Png(byte[] pixels) => SlowPng.OfChunks(width, height, bits, color, SlowPng.Chunk("IDAT", pixels));
        Assert.Equal(new(9, 7), Raster.Decode(Png(stream)).Size);
        Assert.Contains("invalid sum of all pixels",
            Assert.Throws<BadInputException>(() => Raster.Decode(Png([.. stream[..^1], (byte)(stream[^1] + 1)]))).Message, StringComparison.Ordinal);
        Assert.Contains("invalid sum of all pixels", Assert.Throws<BadInputException>(() => Raster.Decode(Png(stream[..^4]))).Message,
            StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => Raster.Decode(Png(stream[..^12])));
    }

    [Fact]
    public void Pixels_behind_a_filter_that_does_not_exist_are_refused_with_the_row()
    {
        var rows = new byte[10 * 11];
        rows[4 * 11] = 5;
        Assert.Contains("invalid scanline filter", Assert.Throws<BadInputException>(() => Raster.Decode(SlowPng.Of(10, 10, 8, 0, rows))).Message,
            StringComparison.Ordinal);
    }
}
