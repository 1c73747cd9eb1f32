using System.Numerics;

namespace Patchwise.Tests;

/// <summary>What is known of slides that are laid out of the embedded patches, made worse on purpose.</summary>
public class SlideQualityTests
{
    static readonly LabelledPatches Patches = LabelledPatches.Open("nct-crc-he");

    /// <summary>Patches of the embedded classes but glass and fat, 0.5 microns per px, in a margin of glass.</summary>
    static Raster Tissue()
    {
        var stained = Patches.Files.Zip(Patches.Labels).Where(one => Patches.Classes[one.Second].Name is not ("BACK" or "ADI" or "MUC"))
            .Select(one => Raster.Load(one.First)).ToArray();
        const int across = 6, margin = 256;
        var side = across * 224 + 2 * margin;
        var image = Painted(new(side, side, 3), new(0, 0, side, side), (243, 241, 244));
        for (var i = 0; i < across * across; i++)
            Put(image, stained[i % stained.Length], margin + i % across * 224, margin + i / across * 224);
        return image;
    }

    static void Put(Raster image, Raster part, int x, int y)
    {
        for (var row = 0; row < part.Height; row++)
            part.AsBytes().Slice(row * part.Width * 3, part.Width * 3).CopyTo(image.Samples8.Slice(((y + row) * image.Width + x) * 3, part.Width * 3));
    }

    static Raster Painted(Raster image, Box box, (byte R, byte G, byte B) color)
    {
        for (var y = box.Y0; y < box.Y1; y++)
            for (var x = box.X0; x < box.X1; x++)
            {
                var to = image.Samples8[((y * image.Width + x) * 3)..];
                (to[0], to[1], to[2]) = color;
            }
        return image;
    }

    /// <summary>What is finer than some px is gone.</summary>
    static Raster Blurred(Raster image, int px) =>
        image.Resize(new(image.Width / px, image.Height / px), ResizeMethod.Area).Resize(image.Size, ResizeMethod.Cubic);

    static SlideQuality Of(Raster image, Mpp? mpp, QualityOptions? options = null)
    {
        using var slide = Slide.Of(image, "made.png", mpp);
        return SlideQuality.Of(slide, options ?? new(), default);
    }

    [Theory]
    [InlineData(0.5, 1, 6)]
    [InlineData(1, 2, 4)]
    [InlineData(2, 4, 3)]
    public void What_is_sharp_is_in_focus_and_what_is_blurred_is_not_at_any_resolution(double mpp, int smaller, int px)
    {
        var whole = Tissue();
        var image = whole.Resize(new(whole.Width / smaller, whole.Height / smaller), ResizeMethod.Area);
        // Enough of it for patches of 256 px.
        for (; smaller > 2; smaller /= 2)
        {
            var (larger, part) = (new Raster(2 * image.Width, 2 * image.Height, 3), image);
            foreach (var (x, y) in new[] { (0, 0), (1, 0), (0, 1), (1, 1) })
                Put(larger, part, x * part.Width, y * part.Height);
            image = larger;
        }
        var everywhere = TissueMask.Of(Mask.Of(Painted(new(image.Width, image.Height, 3), new(0, 0, image.Width, image.Height), (1, 1, 1)).Channel(0)));
        SlideQuality With(Raster pixels) => Of(pixels, mpp, new() { Tissue = everywhere });
        var (sharp, blurred) = (With(image), With(Blurred(image, px)));
        Assert.True(sharp.Focus.Count >= 4, $"{sharp}");
        Assert.True(sharp.InFocus!.Value.Value >= 0.85, $"{sharp}");
        Assert.True(blurred.InFocus!.Value.Value <= 0.1, $"{blurred}");
    }

    [Fact]
    public void Which_patches_are_out_of_focus_is_told()
    {
        var image = Tissue();
        Put(image, Blurred(image, 8).Crop(new(0, 0, image.Width / 2, image.Height)), 0, 0);
        var quality = Of(image, 0.5);
        Assert.Equal((0.2, 0.8), (Math.Min(0.2, quality.InFocus!.Value.Value), Math.Max(0.8, quality.InFocus!.Value.Value)));
        foreach (var one in quality.Focus)
            if (one.Patch.Level0.X1 < image.Width / 2)
                Assert.False(one.InFocus, $"{one}");
            else if (one.Patch.Level0.X0 > image.Width / 2)
                Assert.True(one.InFocus, $"{one}");
    }

    [Fact]
    public void The_embedded_slide_is_in_focus_and_stained_otherwise_than_the_patches()
    {
        using var slide = Slide.Open(Path.Combine(Repository.Root, "notebooks", "data", "slides", "CMU-1-Small-Region.svs"));
        var quality = SlideQuality.Of(slide, new() { Patches = 60 }, default);
        Assert.InRange(quality.InFocus!.Value.Value, 0.8, 1);
        Assert.InRange(quality.TissueArea!.Value, 0.3, 1.7);
        Assert.InRange(quality.Background!.Value, 215, 254);
        Assert.InRange(quality.Pen!.Value, 0, 0.002);
        Assert.InRange(quality.Dark!.Value, 0, 0.02);
        Assert.InRange(quality.StainDegrees!.Value, 3, 25);
        Assert.Contains("in focus", quality.ToTable().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pen_dark_folds_and_dim_light_are_measured()
    {
        var image = Tissue();
        var clean = Of(image, 0.5);
        Assert.Equal(0, clean.Pen);
        Assert.InRange(clean.Dark!.Value, 0, 0.03);
        Assert.InRange(clean.Background!.Value, 240, 243);
        var side = image.Width;
        Painted(image, new(0, 0, side, 128), (30, 140, 80));
        Painted(image, new(512, 512, 912, 912), (30, 15, 35));
        var worse = Of(image, 0.5);
        Assert.Equal(128.0 / side, worse.Pen!.Value, 0.02);
        Assert.Equal(400.0 * 400 / (1344 * 1344), (worse.Dark - clean.Dark)!.Value, 0.02);
        foreach (ref var sample in image.Samples8)
            sample = (byte)(sample * 0.7);
        Assert.InRange(Of(image, 0.5).Background!.Value, 165, 172);
    }

    [Fact]
    public void The_reference_is_what_is_found_on_the_embedded_patches()
    {
        var found = StainColor.Of([.. Patches.Files.Select(file => Raster.Load(file))])!;
        Assert.True(found.DegreesFrom(StainColor.Reference) < 0.3, $"{found}");
    }

    [Fact]
    public void Stains_of_known_color_are_found()
    {
        Vector3 blue = Vector3.Normalize(new(0.65f, 0.70f, 0.29f)), pink = Vector3.Normalize(new(0.20f, 0.90f, 0.38f));
        var (random, image) = (new Random(3), new Raster(300, 200, 3));
        for (var i = 0; i < 300 * 200; i++)
        {
            // A quarter is of either stain alone, the rest of both.
            var (a, b) = (0.3 + random.NextDouble(), 0.3 + random.NextDouble());
            var density = i % 4 == 0 ? (float)(a + 0.5) * blue : i % 4 == 1 ? (float)(b + 0.5) * pink : (float)a * blue + (float)b * pink;
            for (var c = 0; c < 3; c++)
                image.Samples8[3 * i + c] = (byte)Math.Round(255 * Math.Pow(10, -density[c]));
        }
        var found = StainColor.Of([image])!;
        Assert.True(found.DegreesFrom(new(blue, pink)) < 2, $"{found}");
        Assert.True(found.DegreesFrom(new(pink, blue)) > 20);
        // One stain alone is not two.
        Assert.Null(StainColor.Of([Painted(new(100, 100, 3), new(0, 0, 100, 100), (150, 80, 160))]));
        Assert.Null(StainColor.Of([Painted(new(100, 100, 3), new(0, 0, 100, 100), (250, 250, 250))]));
        Assert.Null(StainColor.Of([]));
    }

    [Fact]
    public void What_cannot_be_known_is_said()
    {
        var unknown = Of(Tissue(), null);
        Assert.Null(unknown.InFocus);
        Assert.Null(unknown.TissueArea);
        Assert.Contains(unknown.Notes, note => note.Contains("state mpp", StringComparison.Ordinal));
        Assert.Contains(Of(Tissue(), 4).Notes, note => note.Contains("at 4 microns per px", StringComparison.Ordinal));
        var blank = Of(Painted(new(600, 600, 3), new(0, 0, 600, 600), (243, 241, 244)), 0.5);
        Assert.Equal((null, null, 0), (blank.InFocus, blank.Stain, blank.Dark));
        Assert.Contains(blank.Notes, note => note.Contains("no patch", StringComparison.Ordinal));
        Assert.Contains("Patches: 0", Assert.Throws<BadInputException>(() => Of(Tissue(), 0.5, new() { Patches = 0 })).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => Of(Tissue(), 0.5, new() { Tissue = TissueMask.Of(Mask.Of(new Raster(100, 10, 1))) }));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        using var slide = Slide.Of(Tissue(), "made.png", 0.5);
        Assert.ThrowsAny<OperationCanceledException>(() => SlideQuality.Of(slide, new(), stop.Token));
    }

    [Fact]
    public void Of_a_slide_of_fluorescence_only_the_tissue_is_known_and_a_dim_one_is_none()
    {
        var (glowing, random) = (new Raster(1200, 1200, 3), new Random(2));
        for (var i = 0; i < glowing.Size.Area; i++)
            if (i / 1200 / 400 == 1 && i % 1200 / 400 == 1)
                (glowing.Samples8[3 * i + 1], glowing.Samples8[3 * i + 2]) = ((byte)(100 + random.Next(100)), (byte)random.Next(80));
        var lit = Of(glowing, 0.5);
        Assert.Equal((null, null, null, null, null, null, 0), (lit.InFocus, lit.Pen, lit.Dark, lit.Background, lit.Stain, lit.StainDegrees, lit.Focus.Count));
        Assert.Contains("glows on a dark ground", Assert.Single(lit.Notes), StringComparison.Ordinal);
        Assert.Equal(1 / 9.0, lit.Tissue.Share, 0.02);
        Assert.Equal(lit.Tissue.Share * 0.36, lit.TissueArea!.Value, 1e-9);
        Assert.DoesNotContain(" 0.0 %", lit.ToString(), StringComparison.Ordinal);
        using var shown = Slide.Of(glowing, "glowing", new Mpp(0.5));
        Assert.Empty(Shown.Traces(lit.Show(shown), "scatter"));
        var dim = Tissue();
        foreach (ref var sample in dim.Samples8)
            sample = (byte)(sample * 0.4);
        Assert.InRange(Of(dim, 0.5).Background!.Value, 90, 100);
    }

    [Fact]
    public void The_seed_alone_decides_which_patches_are_looked_at()
    {
        var image = Tissue();
        SlideQuality Some(int seed) => Of(image, 0.5, new() { Patches = 3, Seed = seed });
        Assert.Equal(Some(1).Focus, Some(1).Focus);
        Assert.NotEqual(Some(1).Focus, Some(2).Focus);
        Assert.Equal(3, Some(2).Focus.Count);
    }

    [Fact]
    public void The_picture_names_what_is_there_and_nothing_else()
    {
        var image = Tissue();
        Put(image, Blurred(image, 8).Crop(new(0, 0, image.Width / 2, image.Height)), 0, 0);
        Painted(image, new(0, 0, image.Width, 64), (30, 140, 80));
        var names = Legend(image);
        Assert.Equal(["in focus", "out of focus", "pen"], names.Except(["very dark"]));
        Assert.DoesNotContain("pen", Legend(Tissue()));

        static string[] Legend(Raster image)
        {
            using var slide = Slide.Of(image, "made.png", 0.5);
            return [.. Shown.Traces(SlideQuality.Of(slide, new(), default).Show(slide), "scatter").Where(trace => (bool?)trace["showlegend"] != false)
                .Select(trace => (string)trace["name"]!)];
        }
    }
}
