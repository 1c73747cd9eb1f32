namespace Patchwise.Tests;

public class TissueMaskTests
{
    static readonly (byte, byte, byte) Glass = (243, 241, 244), Eosin = (226, 150, 190), Nuclei = (110, 70, 150);

    /// <summary>A slide at 8 microns per pixel, of glass with a little noise.</summary>
    static Raster Blank(int width = 300, int height = 200)
    {
        var raster = new Raster(width, height, 3) { Mpp = 8 };
        var random = new Random(4);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                Set(raster, x, y, Glass, random);
        return raster;
    }

    static void Set(Raster raster, int x, int y, (byte R, byte G, byte B) color, Random? random = null)
    {
        var to = raster.Samples8[((y * raster.Width + x) * 3)..];
        var noise = random?.Next(-3, 4) ?? 0;
        (to[0], to[1], to[2]) = ((byte)(color.R + noise), (byte)(color.G + noise), (byte)(color.B + noise));
    }

    static void Paint(Raster raster, Box box, (byte, byte, byte) color)
    {
        for (var y = box.Y0; y < box.Y1; y++)
            for (var x = box.X0; x < box.X1; x++)
                Set(raster, x, y, color);
    }

    static bool Is(TissueMask mask, int x, int y) => mask.Pixels[x, y] == 255;

    [Fact]
    public void Tissue_is_found_and_black_pen_specks_and_holes_are_not()
    {
        var image = Blank();
        Paint(image, new(40, 40, 140, 140), Eosin);
        Paint(image, new(60, 60, 100, 100), Nuclei);
        Paint(image, new(110, 110, 116, 116), Glass);
        Paint(image, new(50, 110, 90, 135), Glass);
        Paint(image, new(200, 0, 300, 80), (0, 0, 0));
        Paint(image, new(160, 100, 280, 110), (30, 140, 80));
        Paint(image, new(160, 120, 280, 130), (40, 90, 200));
        Paint(image, new(200, 170, 205, 175), Nuclei);
        using var slide = Slide.Of(image);
        var mask = TissueMask.Of(slide);
        Assert.True(Is(mask, 45, 45), "eosin");
        Assert.True(Is(mask, 80, 80), "nuclei");
        Assert.True(Is(mask, 113, 113), "a hole of 48 microns");
        Assert.False(Is(mask, 70, 120), "a lumen of 320 x 200 microns");
        Assert.False(Is(mask, 250, 40), "unscanned");
        Assert.False(Is(mask, 200, 105), "green pen");
        Assert.False(Is(mask, 200, 125), "blue pen");
        Assert.False(Is(mask, 202, 172), "a speck of 40 microns");
        Assert.Equal((100 * 100 - 40 * 25) / 60_000.0, mask.Share, 1e-9);
        Assert.True(Is(TissueMask.Of(slide, speck: 20), 202, 172));
        Assert.False(Is(TissueMask.Of(slide, hole: 20), 113, 113));
        Assert.True(Is(TissueMask.Of(slide, rule: TissueRule.Otsu, at: Resolution.Mpp(8)), 250, 40), "the compatible rule takes black for tissue");
    }

    [Fact]
    public void A_slide_without_contrast_has_no_tissue()
    {
        using var slide = Slide.Of(Blank());
        var mask = TissueMask.Of(slide);
        Assert.Equal(0, mask.Share);
        Assert.Empty(PatchGrid.Over(slide, 50, Resolution.Baseline(1), new() { Mask = mask }));
        using var black = Slide.Of(new Raster(40, 30, 3));
        Assert.Equal((0, 0), (TissueMask.Of(black).Share, TissueMask.Of(black, rule: TissueRule.Otsu).Share));
    }

    [Fact]
    public void On_a_dark_slide_the_bright_part_is_tissue()
    {
        var image = new Raster(100, 100, 3) { Mpp = 8 };
        Paint(image, new(20, 20, 60, 60), (10, 120, 160));
        using var slide = Slide.Of(image);
        Assert.Equal(0.16, TissueMask.Of(slide).Share, 1e-9);
    }

    [Fact]
    public void Real_slides_have_tissue_and_glass()
    {
        foreach (var (file, from, to) in ((string, double, double)[])[(SlideFiles.Aperio, 0.1, 0.95), (SlideFiles.Hamamatsu, 0.005, 0.6)])
        {
            using var slide = Slide.Open(file);
            Assert.InRange(TissueMask.Of(slide).Share, from, to);
        }
    }

    [Fact]
    public void Otsus_threshold_is_the_level_of_largest_variance_between_classes()
    {
        var random = new Random(3);
        for (var round = 0; round < 40; round++)
        {
            var values = Enumerable.Range(0, random.Next(2, 200)).Select(_ => random.Next(random.Next(1, 256))).ToArray();
            var histogram = new long[256];
            foreach (var value in values)
                histogram[value]++;
            var levels = Enumerable.Range(values.Min(), values.Max() - values.Min()).ToArray();
            if (levels.Length == 0)
                continue;
            var best = levels.MaxBy(level =>
            {
                double[] below = [.. values.Where(v => v <= level).Select(v => (double)v)], above = [.. values.Where(v => v > level).Select(v => (double)v)];
                return Math.Round((double)below.Length * above.Length * Math.Pow(below.Average() - above.Average(), 2), 3);
            });
            Assert.Equal(best, Otsu.Of(histogram)!.Value.Threshold);
        }
        Assert.Null(Otsu.Of(new long[256]));
    }

    [Fact]
    public void Masks_of_unlike_size_meet_at_the_finer()
    {
        var (left, top) = (new Raster(2, 1, 1), new Raster(4, 4, 1));
        left.Samples8[0] = 1;
        top.Samples8[..8].Fill(9);
        var both = TissueMask.Of(left).And(TissueMask.Of(top));
        Assert.Equal([255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], both.Pixels.AsBytes().ToArray());
    }
}
