namespace Patchwise.Tests;

public class SlideTilesTests
{
    [Theory]
    [InlineData("CMU-1-Small-Region.svs")]
    [InlineData("fluorescence-40x.ndpi")]
    public void Every_tile_of_every_level_is_what_reading_its_box_gives_and_they_cover_the_slide(string name)
    {
        using var slide = Slide.Open(SlideFiles.At(name));
        using var viewer = SlideViewer.Open(slide);
        using var visitor = new Visitor(viewer);
        var listed = visitor.Json("/api/slides")["slides"]![0]!;
        var side = (int)listed["tileSize"]!;
        var zoom = new DeepZoom(slide.Size, side);
        Assert.Equal((zoom.First, zoom.Last), ((int)listed["minLevel"]!, (int)listed["maxLevel"]!));
        var random = new Random(5);
        for (var level = zoom.First; level <= zoom.Last; level++)
        {
            var size = new PixelSize(Parts(slide.Size.Width, 1 << zoom.Last - level), Parts(slide.Size.Height, 1 << zoom.Last - level));
            int across = Parts(size.Width, side), down = Parts(size.Height, side);
            foreach (var (x, y) in ((int, int)[])[(0, 0), (across - 1, 0), (0, down - 1), (across - 1, down - 1), (random.Next(across), random.Next(down))])
            {
                var tile = visitor.Image($"/api/slides/0/tiles/{level}/{x}_{y}.jpg");
                var box = new Box(x * side, y * side, Math.Min(size.Width, (x + 1) * side), Math.Min(size.Height, (y + 1) * side));
                Assert.Equal(box.Size, tile.Size);
                var read = slide.Read(box, Resolution.Baseline(1.0 / (1 << zoom.Last - level)));
                // JPEG halves the resolution of colors, so that single pixels may be far off.
                Assert.True(MeanDifference(tile, read) < 10, $"level {level}, tile {x}, {y}: {MeanDifference(tile, read)}");
                if (level < zoom.Last || slide.ReadJpeg(box) is null)
                    Assert.True(MeanDifference(tile, Raster.Decode(read.ToJpeg(80))) < 1.5, $"level {level}, tile {x}, {y}");
            }
            foreach (var (x, y) in ((int, int)[])[(across, 0), (0, down)])
                Assert.Equal(System.Net.HttpStatusCode.NotFound, visitor.Status($"/api/slides/0/tiles/{level}/{x}_{y}.jpg"));
        }
    }

    [Fact]
    public void A_tile_that_the_file_stores_as_jpeg_is_sent_as_it_is_and_shows_the_very_pixels()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        Assert.Equal(new PixelSize(240, 240), slide.JpegTile);
        using var viewer = SlideViewer.Open(slide);
        using var visitor = new Visitor(viewer);
        var last = (int)visitor.Json("/api/slides")["slides"]![0]!["maxLevel"]!;
        foreach (var (x, y) in ((int, int)[])[(0, 0), (4, 6), (8, 11)])
        {
            var box = new Box(240 * x, 240 * y, 240 * (x + 1), 240 * (y + 1));
            var stored = slide.ReadJpeg(box)!;
            Assert.Equal(stored, visitor.Bytes($"/api/slides/0/tiles/{last}/{x}_{y}.jpg"));
            Assert.Equal(slide.Read(box, Resolution.Level(0)).AsBytes(), Raster.Decode(stored).AsBytes());
        }
        // Beyond the last whole one, across two, larger, and nothing at all.
        foreach (var box in (Box[])[new(2160, 0, 2400, 240), new(1, 0, 241, 240), new(0, 0, 480, 240), new(-240, 0, 0, 240), default])
            Assert.Null(slide.ReadJpeg(box));
        using var plain = Slide.Of(new Raster(600, 600, 3), "plain");
        Assert.Null(plain.JpegTile);
        Assert.Null(plain.ReadJpeg(new(0, 0, 256, 256)));
    }

    static int Parts(int length, int of) => (length + of - 1) / of;

    internal static double MeanDifference(Raster a, Raster b)
    {
        Assert.Equal(a.Size, b.Size);
        var (sum, one, other) = (0L, a.AsBytes().ToArray(), b.AsBytes().ToArray());
        for (var i = 0; i < one.Length; i++)
            sum += Math.Abs(one[i] - other[i]);
        return sum / (double)one.Length;
    }

    [Theory]
    [InlineData(1, 1, 0, 0)]
    [InlineData(256, 256, 8, 8)]
    [InlineData(257, 3, 9, 8)]
    [InlineData(100_000, 100, 17, 11)]
    [InlineData(int.MaxValue, int.MaxValue, 31, 8)]
    public void Levels_are_those_of_deep_zoom_down_to_the_one_that_is_a_tile_unless_a_side_would_vanish(int width, int height, int last, int first)
    {
        var zoom = new DeepZoom(new(width, height));
        Assert.Equal((last, first), (zoom.Last, zoom.First));
        Assert.Equal(new(width, height), zoom.Size(last));
        Assert.NotNull(zoom.TileAt(last, 0, 0));
        Assert.Null(zoom.TileAt(last, int.MaxValue, 0));
        Assert.Null(zoom.TileAt(last + 1, 0, 0));
        Assert.Null(zoom.TileAt(first - 1, 0, 0));
    }

    [Fact]
    public void Coarse_tiles_of_a_large_image_of_one_level_come_of_one_picture_and_are_those_of_reading()
    {
        var samples = new byte[3 * 5000 * 5300];
        new Random(1).NextBytes(samples);
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (byte)(samples[i] / 8 + 200 * ((i / 3 % 5000 / 700 + i / 15000 / 700) % 2));
        using var slide = Slide.Of(Raster.FromSamples(5000, 5300, 3, samples), "large.png");
        var tiles = new SlideTiles(slide);
        for (var level = tiles.Zoom.First; level < tiles.Zoom.Last; level++)
            if (tiles.Zoom.TileAt(level, 0, 0) is { } box)
                Assert.True(MeanDifference(tiles.Read(level, box), slide.Read(box, tiles.Zoom.At(level))) < 1, $"level {level}");
    }
}
