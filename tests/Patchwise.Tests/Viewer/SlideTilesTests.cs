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
        var zoom = new DeepZoom(slide.Size);
        var listed = visitor.Json("/api/slides")["slides"]![0]!;
        Assert.Equal((zoom.First, zoom.Last), ((int)listed["minLevel"]!, (int)listed["maxLevel"]!));
        var random = new Random(5);
        for (var level = zoom.First; level <= zoom.Last; level++)
        {
            var size = new PixelSize(Parts(slide.Size.Width, 1 << zoom.Last - level), Parts(slide.Size.Height, 1 << zoom.Last - level));
            int across = Parts(size.Width, 256), down = Parts(size.Height, 256);
            foreach (var (x, y) in ((int, int)[])[(0, 0), (across - 1, 0), (0, down - 1), (across - 1, down - 1), (random.Next(across), random.Next(down))])
            {
                var tile = visitor.Image($"/api/slides/0/tiles/{level}/{x}_{y}.jpg");
                var box = new Box(x * 256, y * 256, Math.Min(size.Width, (x + 1) * 256), Math.Min(size.Height, (y + 1) * 256));
                Assert.Equal(box.Size, tile.Size);
                var read = slide.Read(box, Resolution.Baseline(1.0 / (1 << zoom.Last - level)));
                // JPEG halves the resolution of colors, so that single pixels may be far off.
                Assert.True(MeanDifference(tile, read) < 10, $"level {level}, tile {x}, {y}: {MeanDifference(tile, read)}");
                Assert.True(MeanDifference(tile, Raster.Decode(read.ToJpeg(80))) < 1.5, $"level {level}, tile {x}, {y}");
            }
            foreach (var (x, y) in ((int, int)[])[(across, 0), (0, down)])
                Assert.Equal(System.Net.HttpStatusCode.NotFound, visitor.Status($"/api/slides/0/tiles/{level}/{x}_{y}.jpg"));
        }
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
