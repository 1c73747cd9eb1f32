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
        Assert.True(Is(TissueMask.Of(slide, new() { Speck = 20 }), 202, 172));
        Assert.False(Is(TissueMask.Of(slide, new() { Hole = 20 }), 113, 113));
        Assert.True(Is(TissueMask.Of(slide, new() { Rule = TissueRule.Otsu, At = Resolution.Mpp(8) }), 250, 40), "the compatible rule takes black for tissue");
    }

    [Fact]
    public void A_slide_without_contrast_has_no_tissue()
    {
        using var slide = Slide.Of(Blank());
        var mask = TissueMask.Of(slide);
        Assert.Equal(0, mask.Share);
        Assert.Empty(PatchGrid.Over(slide, 50, Resolution.Baseline(1), new() { Mask = mask }));
        using var black = Slide.Of(new Raster(40, 30, 3));
        Assert.Equal((0, 0), (TissueMask.Of(black).Share, TissueMask.Of(black, new() { Rule = TissueRule.Otsu }).Share));
    }

    [Fact]
    public void On_a_dark_slide_the_bright_part_is_tissue()
    {
        var image = new Raster(100, 100, 3) { Mpp = 8 };
        Paint(image, new(20, 20, 60, 60), (10, 120, 160));
        using var slide = Slide.Of(image);
        Assert.Equal(0.16, TissueMask.Of(slide).Share, 1e-9);
        Assert.Contains("glows on a dark ground", Assert.Single(TissueMask.Of(slide).Notes), StringComparison.Ordinal);
    }

    /// <summary>What two masks have in common, of all that either has.</summary>
    static double Overlap(Raster found, Raster truth)
    {
        var (both, either) = (0, 0);
        for (var i = 0; i < truth.Samples8.Length; i++)
        {
            both += found.Samples8[i] != 0 && truth.Samples8[i] != 0 ? 1 : 0;
            either += found.Samples8[i] != 0 || truth.Samples8[i] != 0 ? 1 : 0;
        }
        return (double)both / either;
    }

    static readonly string Field = Path.Combine(Repository.Root, "tests", "data", "field");

    [Theory, InlineData(55, 0.127), InlineData(70, 0.084)]
    public void A_black_frame_makes_no_fluorescence_and_has_no_say(int black, double share)
    {
        var folder = Path.Combine(Field, "13-black-frame");
        using var slide = Slide.Open(Path.Combine(folder, $"black{black}.png"), mpp: 8, magnification: 1.25);
        var mask = TissueMask.Of(slide);
        Assert.Equal(share, mask.Share, 0.002);
        Assert.InRange(Overlap(mask.Pixels, Raster.Load(Path.Combine(folder, $"truth{black}.png")).Channel(0)), 0.95, 1);
    }

    public enum Frame { Black, DarkGrey, White, JpegBlack, Shrunk, Dense }

    /// <summary>A section in a part of the glass that alone was scanned.</summary>
    [Theory]
    [InlineData(Frame.Black), InlineData(Frame.DarkGrey), InlineData(Frame.White), InlineData(Frame.JpegBlack), InlineData(Frame.Shrunk)]
    [InlineData(Frame.Dense)]
    public void Tissue_in_a_frame_is_that_of_the_scanned_part(Frame frame)
    {
        var fine = frame == Frame.Shrunk ? 3 : 1;
        var image = Blank(320 * fine, 240 * fine);
        Box part = new(91 * fine, 61 * fine, 241 * fine, 181 * fine), section = new(121 * fine, 91 * fine, 211 * fine, 161 * fine);
        (byte, byte, byte) color = frame switch { Frame.White => (255, 255, 255), Frame.DarkGrey => (34, 33, 35), _ => (0, 0, 0) };
        foreach (var box in (Box[])[new(0, 0, image.Width, part.Y0), new(0, part.Y1, image.Width, image.Height), new(0, part.Y0, part.X0, part.Y1),
            new(part.X1, part.Y0, image.Width, part.Y1)])
            Paint(image, box, color);
        var truth = new Raster(320, 240, 1);
        // Without any glass around it the section is told from itself: dark nuclei in eosin.
        Paint(image, frame == Frame.Dense ? part : section, Eosin);
        Paint(image, frame == Frame.Dense ? section : section.Grow(-20 * fine), Nuclei);
        for (var y = 91; y < 161; y++)
            truth.Samples8.Slice(y * 320 + 121, 90).Fill(255);
        image.Mpp = 8.0 / fine;
        using var slide = Slide.Of(frame == Frame.JpegBlack ? Raster.Decode(image.ToJpeg(80)) : image, mpp: 8.0 / fine);
        var mask = TissueMask.Of(slide);
        Assert.InRange(Overlap(mask.Pixels, truth), 0.95, 1);
    }

    [Theory]
    [InlineData(40, 90, 160), InlineData(110, 110, 110), InlineData(200, 30, 190), InlineData(10, 80, 30)]
    public void Light_on_black_stays_fluorescence(byte r, byte g, byte b)
    {
        var image = new Raster(200, 150, 3) { Mpp = 8 };
        var random = new Random(3);
        for (var y = 0; y < 150; y++)
            for (var x = 0; x < 200; x++)
                Set(image, x, y, (8, 9, 10), random);
        for (var y = 40; y < 100; y++)
            for (var x = 30; x < 120; x++)
                Set(image, x, y, (r, g, b), random);
        // Tiles that were not scanned are white.
        Paint(image, new(150, 0, 200, 150), (255, 255, 255));
        using var slide = Slide.Of(image);
        Assert.Equal(60 * 90 / 30_000.0, TissueMask.Of(slide).Share, 1e-3);
    }

    [Theory]
    [InlineData(3, 243, 241, 244), InlineData(9, 243, 241, 244), InlineData(3, 240, 232, 220), InlineData(3, 228, 236, 238)]
    public void A_pale_section_beside_a_dark_one_is_found(int noise, byte r, byte g, byte b)
    {
        var image = new Raster(300, 200, 3) { Mpp = 8 };
        var random = new Random(5);
        var truth = new Raster(300, 200, 1);
        for (var y = 0; y < 200; y++)
            for (var x = 0; x < 300; x++)
            {
                var (dark, pale) = (x is >= 20 and < 130 && y is >= 30 and < 170, x is >= 170 and < 280 && y is >= 30 and < 170);
                truth.Samples8[y * 300 + x] = dark || pale ? (byte)255 : (byte)0;
                // Stained half as light as glass, and a tenth.
                var (red, green, blue) = dark ? (r - 70, g - 150, b - 60) : pale ? (r - 7, g - 24, b - 8) : ((int)r, (int)g, (int)b);
                var to = image.Samples8[((y * 300 + x) * 3)..];
                (to[0], to[1], to[2]) = (Noisy(red), Noisy(green), Noisy(blue));
            }
        byte Noisy(int value) => (byte)Math.Clamp(value + random.Next(-noise, noise + 1), 0, 253);
        using var slide = Slide.Of(image);
        Assert.InRange(Overlap(TissueMask.Of(slide).Pixels, truth), 0.95, 1);
        // Otsu alone sees the dark one, which the parameter can have.
        Assert.Equal(110 * 140 / 60_000.0, TissueMask.Of(slide, new() { Saturation = 255 }).Share, 0.01);
    }

    /// <summary>As a region that somebody saved for itself: Otsu's threshold parts it, too.</summary>
    [Fact]
    public void A_picture_without_glass_is_all_tissue()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        var inner = slide.Read(new Box(800, 2050, 1696, 2946), Resolution.Level(0));
        inner.Mpp = slide.Mpp;
        using (var region = Slide.Of(inner, mpp: slide.Mpp))
            Assert.InRange(TissueMask.Of(region).Share, 0.98, 1);

        // With a strip of glass beside it, however narrow, that is left out.
        foreach (var strip in (int[])[48, 112, 448])
        {
            var beside = new Raster(896, 896, 3);
            var random = new Random(6);
            for (var y = 0; y < 896; y++)
                for (var x = 0; x < 896; x++)
                    if (x < strip)
                        Set(beside, x, y, Glass, random);
                    else
                        inner.Samples8.Slice((y * 896 + x) * 3, 3).CopyTo(beside.Samples8[((y * 896 + x) * 3)..]);
            using var both = Slide.Of(beside, mpp: slide.Mpp);
            Assert.InRange(TissueMask.Of(both).Share, 1 - strip / 896.0 - 0.03, 1 - strip / 896.0 + 0.02);
        }
    }

    [Fact]
    public void Labelled_patches_side_by_side_are_tissue()
    {
        var patches = LabelledPatches.Open("nct-crc-he");
        // Of mucus and fat much is white.
        foreach (var (classes, least) in ((string[], double)[])[(["LYM", "MUS", "NORM", "STR", "TUM"], 0.97), (["MUS"], 0.97), (["STR"], 0.97),
            (["MUC"], 0.75)])
        {
            var files = patches.Files.Where((_, i) => classes.Contains(patches.Classes[patches.Labels[i]].Name)).ToArray();
            var image = new Raster(2240, 2240, 3);
            for (var i = 0; i < 100; i++)
            {
                var patch = Orientation.Apply(Raster.Load(files[i % files.Length]).OnWhite(), 1 + i / files.Length % 8);
                for (var y = 0; y < 224; y++)
                    patch.Samples8.Slice(y * 672, 672).CopyTo(image.Samples8[(((i / 10 * 224 + y) * 2240 + i % 10 * 224) * 3)..]);
            }
            using var slide = Slide.Of(image, mpp: 0.5);
            Assert.InRange(TissueMask.Of(slide).Share, least, 1);
        }
    }

    [Fact]
    public void Pale_hematoxylin_behind_a_brown_stain_is_tissue()
    {
        var image = Blank();
        var random = new Random(9);
        for (var y = 40; y < 160; y++)
            for (var x = 40; x < 240; x++)
                Set(image, x, y, x is >= 100 and < 130 && y is >= 80 and < 110 ? ((byte)120, (byte)80, (byte)50) : ((byte)205, (byte)210, (byte)222), random);
        using var slide = Slide.Of(image);
        Assert.Equal(200 * 120 / 60_000.0, TissueMask.Of(slide).Share, 0.01);
    }

    [Fact]
    public void Glass_that_is_seen_in_narrow_gaps_only_is_none()
    {
        // Strips of a section, in each of which no two pixels are alike, as tissue is.
        var image = Blank();
        var random = new Random(8);
        for (var y = 0; y < 200; y++)
            for (var x = 0; x < 300; x++)
                if (x % 20 >= 5)
                {
                    var stain = random.Next(80, 150);
                    Set(image, x, y, ((byte)(235 - stain / 2), (byte)(215 - stain), (byte)(228 - stain / 3)));
                }
        using var slide = Slide.Of(image);
        Assert.InRange(TissueMask.Of(slide, new() { Hole = 0, Speck = 0, Saturation = 255 }).Share, 0.72, 0.78);
    }

    [Fact]
    public void Grey_glass_of_two_shades_is_no_tissue()
    {
        // Beside the cover slip glass is lighter.
        var image = Blank();
        Paint(image, new(0, 0, 300, 90), (251, 251, 250));
        Paint(image, new(60, 110, 160, 180), Eosin);
        using var slide = Slide.Of(image);
        Assert.Equal(100 * 70 / 60_000.0, TissueMask.Of(slide).Share, 1e-3);
    }

    [Fact]
    public void A_mask_of_another_shape_is_refused_wherever_it_meets_the_slide()
    {
        var folder = Path.Combine(Field, "19-mask-of-another-shape");
        using var slide = Slide.Open(Path.Combine(folder, "slide.png"), mpp: 0.5);
        foreach (var (file, size) in ((string, string)[])[("mask_transposed.png", "100 x 200"), ("mask_of_another.png", "120 x 100")])
            foreach (var meet in (Action<Raster>[])[
                mask => PatchGrid.Over(slide, 224, Resolution.Mpp(0.5), new() { Mask = TissueMask.Of(mask) }),
                mask => RegionTable.Measure(mask, slide),
                mask => TissueMask.Of(slide).And(TissueMask.Of(mask))])
            {
                var message = Assert.Throws<BadInputException>(() => meet(Raster.Load(Path.Combine(folder, file)))).Message;
                Assert.Contains($"{size} px", message, StringComparison.Ordinal);
                Assert.Matches("1600 x 800 px|100 x 50 px", message);
            }
        foreach (var (width, height) in ((int, int)[])[(200, 100), (201, 100), (199, 100), (1600, 800), (3200, 1600), (33, 17), (2, 1)])
            _ = PatchGrid.Over(slide, 224, Resolution.Mpp(0.5), new() { Mask = TissueMask.Of(new Raster(width, height, 1)) });
        foreach (var (width, height) in ((int, int)[])[(200, 103), (204, 100), (800, 800), (50, 100)])
            Assert.Throws<BadInputException>(
                () => PatchGrid.Over(slide, 224, Resolution.Mpp(0.5), new() { Mask = TissueMask.Of(new Raster(width, height, 1)) }));
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
