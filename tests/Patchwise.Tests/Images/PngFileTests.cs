namespace Patchwise.Tests;

public class PngFileTests
{
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

    /// <summary>The bytes that the rows stand for, one after another.</summary>
    static byte[] Undone(byte[] rows, int rowBytes, int pixel)
    {
        var (all, above) = (new List<byte>(), new byte[rowBytes]);
        foreach (var row in rows.Chunk(rowBytes + 1))
            all.AddRange(above = SlowPng.Undo(row[0], row[1..], above, pixel));
        return [.. all];
    }

    [Fact]
    public void Any_filters_bits_and_colors_give_the_pixels_that_the_specification_says()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(12);
        for (var trial = 0; trial < 400; trial++)
        {
            var (width, height, bits, color, rowBytes, rows) = AnyRows(random);
            var file = SlowPng.Of(width, height, bits, color, rows, split: random.Next(2) == 0 ? int.MaxValue : random.Next(1, 300));
            var expected = Undone(rows, rowBytes, Math.Max(1, bits / 8 * color switch { 2 => 3, 6 => 4, _ => 1 }));
            if (bits == 16)
                for (var i = 0; i < expected.Length; i += 2)
                    (expected[i], expected[i + 1]) = (expected[i + 1], expected[i]);
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
    public void Pixels_that_end_too_early_behind_a_right_checksum_are_refused()
    {
        var packed = Packed([.. ImageFiles.Noise(28, 7, 1, 8, 15).Data.ToArray().Select((value, i) => i % 28 == 0 ? (byte)(value % 5) : value)]);
        static byte[] Png(byte[] pixels) => SlowPng.OfChunks(9, 7, 8, 2, SlowPng.Chunk("IDAT", pixels));
        Assert.Equal(new(9, 7), Raster.Decode(Png(packed.ToArray())).Size);
        Assert.Throws<BadInputException>(() => Raster.Decode(Png(packed[..^12])));
    }

    static byte[] Packed(byte[] rows)
    {
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(rows);
        return packed.ToArray();
    }

    [Fact]
    public void Pixels_whose_own_checksum_is_wrong_or_cut_off_are_refused_though_each_chunk_is_right()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(16);
        for (var trial = 0; trial < 200; trial++)
        {
            var (width, height, bits, color, _, rows) = AnyRows(random);
            var packed = Packed(rows);
            var damaged = (byte[])packed.Clone();
            if (random.Next(2) == 0)
                damaged[^random.Next(1, 5)] ^= (byte)(1 << random.Next(8));
            else
                damaged = damaged[..^random.Next(1, 5)];
            // Where the checksum begins a chunk, libspng does not come to it.
            var at = random.Next(2) == 0 ? packed.Length - 4 : random.Next(1, damaged.Length);
            byte[] Png(byte[] pixels) => SlowPng.OfChunks(width, height, bits, color, SlowPng.Chunk("IDAT", pixels[..at]), SlowPng.Chunk("IDAT", []),
                SlowPng.Chunk("IDAT", pixels[at..]));
            Assert.Equal(new(width, height), Raster.Decode(Png(packed)).Size);
            Assert.Contains("damaged", Assert.Throws<BadInputException>(() => Raster.Decode(Png(damaged))).Message, StringComparison.Ordinal);
            Assert.Throws<BadInputException>(() => Raster.Load(folder.Write("mask.png", Png(damaged)), new Reading(1 << 20, Stored: true)));
        }
    }

    [Fact]
    public void Pixels_that_take_a_dictionary_to_unpack_are_refused()
    {
        var packed = Packed(new byte[10 * 11]);
        Assert.Throws<BadInputException>(() =>
            Raster.Decode(SlowPng.OfChunks(10, 10, 8, 0, SlowPng.Chunk("IDAT", [0x78, 0xBB, 0, 0, 0, 1, .. packed[2..]]))));
    }

    [Fact]
    public void Pixels_behind_a_filter_that_does_not_exist_are_refused_with_the_row()
    {
        var rows = new byte[10 * 11];
        rows[4 * 11] = 5;
        var message = Assert.Throws<BadInputException>(() => Raster.Decode(SlowPng.Of(10, 10, 8, 0, rows))).Message;
        Assert.Contains("invalid scanline filter", message, StringComparison.Ordinal);
        Assert.Matches("after (3|4) of 10 rows", message);
    }
}
