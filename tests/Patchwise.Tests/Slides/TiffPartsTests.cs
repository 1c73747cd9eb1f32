namespace Patchwise.Tests;

/// <summary>Plain TIFF images read by strip or tile.</summary>
public sealed class TiffPartsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Images =>
        [.. Directory.EnumerateFiles(Path.GetDirectoryName(ImageFiles.At("x"))!, "*.tif").Select(Path.GetFileName).OfType<string>().Where(ImageFiles.IsReadable)
        .Order(StringComparer.Ordinal)];

    static readonly string[] Whole = ["orientation", "planes", "ycbcr-raw"];

    [Theory, MemberData(nameof(Images))]
    public void Parts_hold_the_pixels_of_the_whole(string name)
    {
        using var parts = TiffParts.TryOpen(ImageFiles.At(name));
        if (parts is null)
        {
            Assert.True(Whole.Any(word => name.Contains(word, StringComparison.Ordinal)), $"{name} could be read in parts");
            return;
        }
        var whole = Raster.Load(ImageFiles.At(name)).OnWhite();
        using var cache = new TileCache(parts, capacity: 0);
        Assert.Equal(whole.AsBytes(), cache.Read(whole.Bounds).AsBytes());
        var box = new Box(-3, whole.Height / 2, whole.Width - 1, whole.Height + 4);
        Assert.Equal(whole.Crop(box, fill: 255).AsBytes(), cache.Read(box).AsBytes());
    }

    [Fact]
    public void Many_threads_read_what_one_reads_while_parts_come_and_go()
    {
        var image = ImageFiles.Slope(500, 411, 3);
        foreach (var bytes in (byte[][])[TiffMaker.Strips(image, 7), TiffMaker.Tiles(image, new(64, 48))])
        {
            using var cache = new TileCache(TiffParts.TryOpen(_folder.Write("image.tif", bytes))!, capacity: 20_000);
            Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            {
                var box = new Box(0, 0, 150, 90).Shift(new Random(i).Next(-20, 480), new Random(i + 1).Next(-20, 400));
                Assert.True(image.Crop(box, fill: 255).AsBytes().SequenceEqual(cache.Read(box).AsBytes()));
            });
            Assert.True(cache.Decoded > 100);
        }
    }

    [Theory, InlineData(112, 112, 1), InlineData(112, 56, 3.1), InlineData(48, 48, 1)]
    public void Tiles_between_two_rows_of_patches_are_decoded_once_though_a_row_has_more_than_are_kept(int patch, int stride, double times)
    {
        const int Across = 40, Down = 21, Kept = 60, Side = 64;
        var file = _folder.Write("wide.tif", TiffMaker.RepeatedTiles(ImageFiles.Slope(Side, Side, 3), new(Across * Side, Down * Side)));
        using var cache = new TileCache(TiffParts.TryOpen(file)!, capacity: 3 * Side * Side * Kept);
        for (var y = 0; y < Down * Side; y += stride)
            for (var x = 0; x < Across * Side; x += stride)
                cache.Read(new(x, y, x + patch, y + patch));
        Assert.InRange(cache.Decoded, Across * Down, times * Across * Down);
    }

    [Fact]
    public void A_file_cut_short_is_refused_where_its_pixels_are_missing()
    {
        // The directory stands before the pixels, as in files that are written as they grow.
        var bytes = TiffMaker.Strips(ImageFiles.Slope(300, 200, 3), 10);
        var path = _folder.Write("broken.tif", bytes);
        using var slide = Slide.Open(path);
        Assert.Equal(new PixelSize(300, 20), slide.Read(new(0, 0, 300, 20), Resolution.Level(0)).Size);
        File.WriteAllBytes(path, bytes[..100_000]);
        var error = Assert.Throws<BadInputException>(() => slide.Read(new(0, 150, 300, 200), Resolution.Level(0)));
        Assert.Contains("broken.tif: a TIFF that is damaged or cut short after 150 of 200 rows", error.Message, StringComparison.Ordinal);
        Assert.Equal(new PixelSize(300, 20), slide.Read(new(0, 0, 300, 20), Resolution.Level(0)).Size);
    }
}
