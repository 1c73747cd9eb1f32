using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

public class RasterCropTests
{
    [Fact]
    public void Every_pixel_of_a_crop_is_that_of_the_image_or_the_fill() => Prop.ForAll(Cases(), c =>
    {
        var source = RasterResizeTests.RandomRaster(new Random(c.Seed), c.Width, c.Height, c.Channels, c.Bits);
        var crop = source.Crop(c.Box, 200);
        for (var y = 0; y < crop.Height; y++)
            for (var x = 0; x < crop.Width; x++)
                for (var k = 0; k < c.Channels; k++)
                {
                    var (sx, sy) = (x + c.Box.X0, y + c.Box.Y0);
                    var inside = sx >= 0 && sy >= 0 && sx < c.Width && sy < c.Height;
                    if (crop[x, y, k] != (inside ? source[sx, sy, k] : c.Bits == 8 ? 200 : 200 * 257))
                        return false;
                }
        return crop.Size == c.Box.Size && crop.Bits == c.Bits && crop.Channels == c.Channels;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_crop_of_a_crop_is_the_crop_of_both_boxes() => Prop.ForAll(Cases(), c =>
    {
        var source = RasterResizeTests.RandomRaster(new Random(c.Seed), c.Width, c.Height, c.Channels, c.Bits);
        var inner = new Box(c.Box.Width / 3, c.Box.Height / 4, c.Box.Width, c.Box.Height);
        return source.Crop(c.Box, 7).Crop(inner).Data.SequenceEqual(source.Crop(inner.Shift(c.Box.X0, c.Box.Y0), 7).Data);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_crop_keeps_the_microns_per_pixel() => Assert.Equal(new Mpp(0.5), new Raster(9, 9, 1) { Mpp = 0.5 }.Crop(new(-2, 3, 4, 20)).Mpp);

    [Theory, InlineData(3, 3, 3, 5), InlineData(5, 0, 2, 4)]
    public void An_empty_box_is_refused(int x0, int y0, int x1, int y1) =>
        Assert.Contains($"({x0}, {y0})", Assert.Throws<BadInputException>(() => new Raster(9, 9, 1).Crop(new(x0, y0, x1, y1))).Message,
        StringComparison.Ordinal);

    [Theory, InlineData(int.MinValue, 0, int.MaxValue, 1), InlineData(0, -100_000, 100_000, 100_000)]
    public void A_box_beyond_memory_is_refused(int x0, int y0, int x1, int y1) =>
        Assert.Throws<BadInputException>(() => new Raster(9, 9, 1).Crop(new(x0, y0, x1, y1)));

    [Fact]
    public void A_box_far_outside_gives_only_fill()
    {
        var crop = new Raster(9, 9, 3).Crop(new(int.MaxValue - 4, int.MinValue, int.MaxValue, int.MinValue + 2), 255);
        Assert.All(crop.AsBytes().ToArray(), b => Assert.Equal(255, b));
    }

    sealed record Case(int Width, int Height, Box Box, int Channels, int Bits, int Seed);

    static Arbitrary<Case> Cases() =>
        (from sides in Gen.Choose(1, 30).ArrayOf(4)
         from corner in Gen.Choose(-40, 40).ArrayOf(2)
         from channels in Gen.Elements(1, 3, 4)
         from bits in Gen.Elements(8, 16)
         from seed in Gen.Choose(0, 1 << 20)
         select new Case(sides[0], sides[1], new Box(corner[0], corner[1], corner[0] + sides[2], corner[1] + sides[3]), channels, bits, seed)).ToArbitrary();
}
