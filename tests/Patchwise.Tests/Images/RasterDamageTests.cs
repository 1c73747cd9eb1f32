using System.Buffers.Binary;

namespace Patchwise.Tests;

public class RasterDamageTests
{
    static string Refusal(byte[] file, long maxPixels = Raster.DefaultPixelLimit) =>
        Assert.Throws<BadInputException>(() => Raster.Decode(file, "sample", maxPixels)).Message;

    [Theory, InlineData("rgb8.png"), InlineData("rgb8-interlaced.png"), InlineData("yuv420.jpg"), InlineData("progressive.jpg"),
     InlineData("rgb-lzw.tif"), InlineData("ycbcr-jpeg-tiles.tif"), InlineData("rgb-packbits.tif"), InlineData("grey16-deflate-big-endian.tif"),
     InlineData("bmp.bmp"), InlineData("webp.webp"), InlineData("jp2.jp2")]
    public void A_file_cut_short_is_refused_with_its_name(string name)
    {
        var whole = ImageFiles.Bytes(name);
        // The last bytes may be the end mark only, or tags that are not needed.
        for (var length = 0; length < whole.Length * 3 / 4; length += 1 + length / 20)
            Assert.Contains("sample", Refusal(whole[..length]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_says_how_many_rows_it_holds()
    {
        // libspng looks one row ahead, so the last whole row may count as lost.
        Assert.Matches("after (9|10) of 13 rows", Refusal(PngWithRows(10, 13)));
        Assert.Contains("after 7 of 31 rows", Refusal(TiffWithoutPixelsOfStrip(1)), StringComparison.Ordinal);
        Assert.Contains("Premature end of JPEG file", Refusal(ImageFiles.Bytes("yuv420.jpg")[..^200]), StringComparison.Ordinal);
    }

    [Theory, InlineData("rgb8.png"), InlineData("palette4-trns-interlaced.png"), InlineData("yuv420.jpg"), InlineData("progressive.jpg"),
     InlineData("orientation6.jpg"), InlineData("rgb-strips.tif"), InlineData("rgb-lzw.tif"), InlineData("ycbcr-jpeg-strips.tif"),
     InlineData("bilevel-group4.tif"), InlineData("rgb16-planes-tiles.tif"), InlineData("palette.tif"), InlineData("bmp.bmp"), InlineData("webp.webp"),
     InlineData("jp2.jp2")]
    public void A_damaged_file_is_read_or_refused_never_more(string name)
    {
        var random = new Random(5);
        var whole = ImageFiles.Bytes(name);
        for (var trial = 0; trial < 150; trial++)
        {
            var bytes = (byte[])whole.Clone();
            // Half of the damage hits the headers, which hold what memory depends on.
            var reach = trial % 2 == 0 ? Math.Min(400, bytes.Length) : bytes.Length;
            for (var count = 1 << random.Next(5); count > 0; count--)
                bytes[random.Next(reach)] = (byte)random.Next(256);
            if (name.EndsWith(".png", StringComparison.Ordinal))
                SlowPng.RepairChecksums(bytes);
            try
            {
                Assert.True(Raster.Decode(bytes, "sample", maxPixels: 1 << 22).Size.Area <= 1 << 22);
            }
            catch (BadInputException refusal)
            {
                Assert.StartsWith("sample", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory, InlineData("rgb8.png", 16), InlineData("yuv420.jpg", -1), InlineData("rgb-strips.tif", -1)]
    public void A_header_that_claims_too_many_pixels_is_refused_before_memory_is_taken(string name, int widthAt)
    {
        var bytes = ImageFiles.Bytes(name);
        if (name.EndsWith(".png", StringComparison.Ordinal))
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(widthAt), 100_000_000);
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(widthAt + 4), 100_000_000);
            SlowPng.RepairChecksums(bytes);
        }
        else if (name.EndsWith(".jpg", StringComparison.Ordinal))
            bytes.AsSpan(bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 5, 4).Fill(0xFF);
        else
            SetTag(bytes, 256, 400_000_000);
        var before = GC.GetTotalAllocatedBytes();
        var message = Refusal(bytes);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 << 20);
        Assert.Contains("above the limit of 268,435,456", message, StringComparison.Ordinal);
        Assert.Contains("maxPixels", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pixel_limit_can_be_set()
    {
        var bytes = ImageFiles.Bytes("rgb8.png");
        Assert.Equal(19 * 13, Raster.Decode(bytes, maxPixels: 19 * 13).Size.Area);
        Assert.Contains("19 x 13 px are 247 pixels, above the limit of 246", Refusal(bytes, 246), StringComparison.Ordinal);
    }

    [Theory, InlineData("", "is empty"), InlineData("hello", "is text"), InlineData("<html>", "web page"), InlineData("PK\u0003\u0004", "a zip file"),
     InlineData("%PDF-1.7", "a PDF"), InlineData("\0\0\0\0", "zeros only"), InlineData("version https://git-lfs.github.com/spec/v1", "git lfs pull")]
    public void Files_of_other_kinds_are_named(string content, string words)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("slide one.png", content);
        var message = Assert.Throws<BadInputException>(() => Raster.Load(path)).Message;
        Assert.Contains(path, message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_a_missing_file_and_no_name_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("is a folder", Assert.Throws<BadInputException>(() => Raster.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<BadInputException>(() => Raster.ReadInfo(folder.At("none.png"))).Message, StringComparison.Ordinal);
        Assert.Contains("no image file was named", Assert.Throws<BadInputException>(() => Raster.Load(" ")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_jpeg_of_12_bits_is_refused_in_words()
    {
        var bytes = ImageFiles.Bytes("yuv420.jpg");
        bytes[bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 4] = 12;
        Assert.Contains("12 bits a sample", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_bytes_between_the_pixels_and_the_end_of_a_jpeg_do_no_harm()
    {
        var bytes = ImageFiles.Bytes("yuv420.jpg");
        var padded = Raster.Decode([.. bytes[..^2], 1, 2, 3, .. bytes[^2..]]);
        Assert.Equal(ImageFiles.Of("yuv420.jpg").Sha256, ImageFiles.Digest(padded));
    }

    [Theory, InlineData(0), InlineData(9), InlineData(0xFFFF)]
    public void An_orientation_beyond_8_counts_as_upright(int orientation)
    {
        var bytes = ImageFiles.Bytes("orientation6.jpg");
        var tag = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x01, 0x12, 0x00, 0x03]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(tag + 8), (ushort)orientation);
        Assert.Equal(ImageFiles.Of("orientation1.jpg").Sha256, ImageFiles.Digest(Raster.Decode(bytes)));
    }

    [Fact]
    public void An_exif_block_of_any_bytes_never_stops_a_reader()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 2000; trial++)
        {
            var block = new byte[random.Next(80)];
            random.NextBytes(block);
            (trial % 2 == 0 ? "MM\0*\0\0\0\b\0\u0003"u8 : "II*\0\b\0\0\0\u0003\0"u8)[..Math.Min(10, block.Length)].CopyTo(block);
            Assert.InRange(Exif.Read(block).Orientation, 1, 8);
        }
    }

    /// <summary>A PNG of 5 px wide grey rows, not compressed, whose header claims more rows than it holds.</summary>
    static byte[] PngWithRows(int rows, int claimed)
    {
        var png = ImageFiles.Noise(5, rows, 1, 8, 1).ToPng();
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), claimed);
        SlowPng.RepairChecksums(png);
        return png;
    }

    static byte[] TiffWithoutPixelsOfStrip(int strip)
    {
        var bytes = ImageFiles.Bytes("rgb-strips.tif");
        var at = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(TagAt(bytes, 273) + 8)) + 4 * strip;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), bytes.Length - 10);
        return bytes;
    }

    static int TagAt(byte[] tiff, int tag)
    {
        var at = BinaryPrimitives.ReadInt32LittleEndian(tiff.AsSpan(4)) + 2;
        while (BinaryPrimitives.ReadUInt16LittleEndian(tiff.AsSpan(at)) != tag)
            at += 12;
        return at;
    }

    static void SetTag(byte[] tiff, int tag, int value)
    {
        var at = TagAt(tiff, tag);
        BinaryPrimitives.WriteInt16LittleEndian(tiff.AsSpan(at + 2), 4);
        BinaryPrimitives.WriteInt32LittleEndian(tiff.AsSpan(at + 8), value);
    }
}
