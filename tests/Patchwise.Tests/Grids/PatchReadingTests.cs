namespace Patchwise.Tests;

public sealed class PatchReadingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static PatchGrid Grid(Slide slide) => PatchGrid.Over(slide, 100, Resolution.Mpp(0.8), new() { Stride = 90 });

    [Fact]
    public void Patches_come_in_the_order_of_the_grid_with_the_pixels_of_single_reads()
    {
        foreach (var file in (string[])[SlideFiles.Aperio, SlideFiles.Hamamatsu])
        {
            using var slide = Slide.Open(file);
            var grid = PatchGrid.Over(slide, 100, Resolution.Baseline(0.3), new() { Stride = 190 });
            var count = 0;
            foreach (var (patch, pixels) in slide.Read(grid, ahead: 7))
            {
                Assert.Equal(grid[count++], patch);
                Assert.Equal(slide.Read(patch.Box, Resolution.Baseline(0.3)).AsBytes(), pixels.AsBytes());
            }
            Assert.Equal(grid.Count, count);
        }
    }

    [Fact]
    public void A_grid_serves_the_same_file_opened_again()
    {
        PatchGrid grid;
        using (var slide = Slide.Open(SlideFiles.Aperio))
            grid = Grid(slide);
        using var again = Slide.Open(SlideFiles.Aperio);
        Assert.Equal(grid[0], again.Read(grid).First().Patch);
    }

    [Fact]
    public void Tiles_read_directly_are_those_of_openslide_and_decoded_once()
    {
        using var slide = OpenSlideSource.TryOpen(SlideFiles.Aperio)!;
        using var reference = OpenSlide.Open(SlideFiles.Aperio)!;
        var random = new Random(6);
        var size = slide.Levels[0].Size;
        for (var i = 0; i < 60; i++)
        {
            var box = new Box(0, 0, random.Next(1, 700), random.Next(1, 700));
            box = box.Shift(random.Next(0, size.Width - box.Width), random.Next(0, size.Height - box.Height));
            var argb = new uint[box.Size.Area];
            OpenSlide.ReadRegion(reference, box.X0, box.Y0, 0, box.Size, argb);
            Assert.True(ArgbPixels.ToRaster(argb, box.Size).AsBytes().SequenceEqual(slide.Read(0, box.X0, box.Y0, box).AsBytes()), $"{box}");
        }
        Assert.InRange(slide.DecodedTiles, 1, 10 * 13);
    }

    /// <summary>Three levels: of the second each pixel covers 4 x 4 whole ones, of the third not quite 10 x 10.</summary>
    string Pyramid()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        var image = slide.Read(new(300, 700, 1900, 2604), Resolution.Level(0));
        Raster Smaller(int width, int height) => image.Resize(new(width, height), ResizeMethod.Area);
        return _folder.Write("pyramid.tif", TiffMaker.Pyramid([image, Smaller(400, 476), Smaller(161, 191)], new(64, 48)));
    }

    [Fact]
    public void Tiles_of_all_levels_are_read_directly_as_openslide_reads_them()
    {
        var path = Pyramid();
        using var slide = OpenSlideSource.TryOpen(path)!;
        using var reference = OpenSlide.Open(path)!;
        Assert.Equal((3, 4.0), (slide.Levels.Count, slide.Levels[1].Downsample));
        var random = new Random(6);
        for (var i = 0; i < 240; i++)
        {
            var (level, decoded) = (i % 3, slide.DecodedTiles);
            var downsample = slide.Levels[level].Downsample;
            PixelSize size = new(random.Next(1, 130), random.Next(1, 130));
            // One in four goes over an edge, or may.
            var (x, y) = i % 4 == 0 ? (random.Next(-50, 1700), random.Next(-50, 2000))
                : (random.Next(Math.Max(1, 1600 - (int)(downsample * (size.Width + 2)))),
                    random.Next(Math.Max(1, 1904 - (int)(downsample * (size.Height + 2)))));
            var argb = new uint[size.Area];
            OpenSlide.ReadRegion(reference, x, y, level, size, argb);
            var box = Box.Of(size).Shift((int)Math.Round(x / downsample), (int)Math.Round(y / downsample));
            RasterResizeTests.AssertNear(ArgbPixels.ToRaster(argb, size).OnWhite(), slide.Read(level, x, y, box).OnWhite(), 0,
                $"level {level}, {x}, {y}, {size}");
            Assert.True(i is not (1 or 2 or 3) || slide.DecodedTiles > decoded, $"tiles of level {level} are read by OpenSlide");
        }
    }

    [Fact]
    public void More_tiles_than_fit_are_read_right_by_many_threads()
    {
        using var tiles = TiffParts.TryOpen(SlideFiles.Aperio)!;
        using var small = new TileCache(tiles, capacity: 0);
        using var large = new TileCache(TiffParts.TryOpen(SlideFiles.Aperio)!);
        Parallel.For(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            var random = new Random(i);
            var box = new Box(0, 0, 600, 500).Shift(random.Next(1600), random.Next(2400));
            Assert.True(small.Read(box).AsBytes().SequenceEqual(large.Read(box).AsBytes()));
        });
        Assert.True(small.Decoded > large.Decoded);
    }

    [Fact]
    public void Reading_stops_when_its_reader_does_and_says_what_went_wrong()
    {
        var slide = Slide.Open(SlideFiles.Aperio);
        foreach (var (patch, _) in slide.Read(Grid(slide)))
            if (patch.Index == 3)
                break;
        using var cancel = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var (patch, _) in slide.Read(Grid(slide), ReadRule.Plain, null, cancel.Token))
                if (patch.Index == 3)
                    cancel.Cancel();
        });
        using var other = Slide.Of(new Raster(300, 300, 3), mpp: 0.5);
        Assert.Contains("expected a grid made for this slide", Assert.Throws<BadInputException>(() => slide.Read(Grid(other))).Message,
            StringComparison.Ordinal);
        var grid = Grid(slide);
        slide.Dispose();
        Assert.Throws<ObjectDisposedException>(() => slide.Read(grid).Count());
    }

    [Fact]
    public void A_damaged_tile_spoils_the_patches_that_need_it_only_until_openslide_is_asked()
    {
        var bytes = File.ReadAllBytes(SlideFiles.Aperio);
        bytes.AsSpan(1000, 100_000).Clear();
        using var slide = Slide.Open(_folder.Write("damaged.svs", bytes));
        Assert.Equal(new PixelSize(50, 50), slide.Read(new(1000, 2500, 1050, 2550), Resolution.Level(0)).Size);
        Assert.Contains("damaged.svs", Assert.Throws<BadInputException>(() => slide.Read(Grid(slide)).Count()).Message, StringComparison.Ordinal);
    }
}
