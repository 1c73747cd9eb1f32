namespace Patchwise.Tests;

public class OverlayTests
{
    static readonly ClassInfo[] Two = [new("red", "red things", "#e41a1c"), new("blue", "blue things", "#377eb8")];

    static readonly PredictionTable Corner = MadeUp.Table(MadeUp.Frame(3, 1), Two, (new(0, 0, 1, 1), [.9f, .1f]), (new(1, 0, 2, 1), [.2f, .8f]));

    /// <summary>Three pixels: white, (10, 101, 203), black.</summary>
    static readonly Raster Image = Raster.FromSamples(3, 1, 3, (byte[])[255, 255, 255, 10, 101, 203, 0, 0, 0]);

    [Fact]
    public void Colors_are_mixed_by_alpha_and_rounded()
    {
        // 228 * .5 + 255 * .5 = 241.5 goes to 242, 26: 140.5 to 140, 28: 141.5 to 142; 55 and 10: 32.5 to 32, 126 and 101: 113.5 to 114, 184 and 203: 193.5 to
        // 194.
        Assert.Equal<byte>([242, 140, 142, 32, 114, 194, 0, 0, 0], Overlay.Of(Image, PredictionMap.Of(Corner), 0.5).Pixels.AsBytes().ToArray());
        // The reference's 0.35: 228 * .35 + 255 * .65 = 245.55, 26: 174.85, 28: 175.55; 55 and 10: 25.75, 126 and 101: 109.75, 184 and 203: 196.35.
        Assert.Equal<byte>([246, 175, 176, 26, 110, 196, 0, 0, 0], Overlay.Of(Image, PredictionMap.Of(Corner)).Pixels.AsBytes().ToArray());
        Assert.Equal(Image.AsBytes(), Overlay.Of(Image, PredictionMap.Of(Corner), 0).Pixels.AsBytes());
        Assert.Equal<byte>([228, 26, 28, 55, 126, 184, 0, 0, 0], Overlay.Of(Image, PredictionMap.Of(Corner), 1).Pixels.AsBytes().ToArray());
    }

    [Fact]
    public void What_was_not_predicted_stays_as_it_is_or_takes_a_color()
    {
        var white = Raster.FromSamples(3, 1, 1, (byte[])[255, 255, 255]);
        Assert.Equal(255, Overlay.Of(white, PredictionMap.Of(Corner)).Pixels[2, 0]);
        // As the reference darkens it: 255 * .65 = 165.75.
        Assert.Equal(166, Overlay.Of(white, PredictionMap.Of(Corner), options: new() { Rest = "black" }).Pixels[2, 0]);
        Assert.Equal(255, Overlay.Of(white, ProbabilityMap.Of(Corner, "red")).Pixels[2, 0]);
        Assert.Equal(166, Overlay.Of(white, ProbabilityMap.Of(Corner, "red"), options: new() { Rest = "#000" }).Pixels[2, 0]);
    }

    [Fact]
    public void Who_looks_chooses_colors_and_a_grey_image()
    {
        var map = PredictionMap.Of(Corner);
        var own = Overlay.Of(Image, map, 1, new() { Colors = new Dictionary<string, string> { ["blue"] = "teal" }, Title = "A corner" });
        Assert.Equal<byte>([228, 26, 28, 0, 128, 128, 0, 0, 0], own.Pixels.AsBytes().ToArray());
        Assert.Equal(["#e41a1c", "#008080"], own.Drawing.Layers.Select(layer => layer.Color));
        Assert.Equal("A corner: red, blue", own.ToString());
        // 10 * .299 + 101 * .587 + 203 * .114 = 85.4
        var grey = Overlay.Of(Image, map, 0, new() { Grey = true });
        Assert.Equal<byte>([255, 255, 255, 85, 85, 85, 0, 0, 0], grey.Pixels.AsBytes().ToArray());
        OverlayOptions wrong = new() { Colors = new Dictionary<string, string> { ["TUM"] = "red" } };
        Assert.Contains("the class 'TUM', which made-up does not have: expected some of red, blue",
            Assert.Throws<BadInputException>(() => Overlay.Of(Image, map, options: wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_probability_runs_from_blue_to_yellow_and_ever_lighter()
    {
        var table = MadeUp.Table(MadeUp.Frame(101, 1), Two,
            [.. Enumerable.Range(0, 101).Select(i => (new Box(i, 0, i + 1, 1), (float[])[i / 100f, 1 - i / 100f]))]);
        var pixels = Overlay.Of(new Raster(101, 1, 3), ProbabilityMap.Of(table, "red"), 1).Pixels;
        Assert.Equal((0x0a, 0x2a, 0x6b), (pixels[0, 0], pixels[0, 0, 1], pixels[0, 0, 2]));
        Assert.Equal((0xff, 0xe8, 0x4a), (pixels[100, 0], pixels[100, 0, 1], pixels[100, 0, 2]));
        double Light(int x) => 0.2126 * Math.Pow(pixels[x, 0] / 255.0, 2.2) + 0.7152 * Math.Pow(pixels[x, 0, 1] / 255.0, 2.2)
            + 0.0722 * Math.Pow(pixels[x, 0, 2] / 255.0, 2.2);
        Assert.All(Enumerable.Range(1, 100), x => Assert.True(Light(x) > Light(x - 1)));
    }

    [Fact]
    public void The_map_of_a_tile_is_not_laid_over_another_of_its_size()
    {
        using var folder = new TemporaryFolder();
        string Write(string name, int seed) => folder.Write(name, RasterResizeTests.RandomRaster(new Random(seed), 64, 64, 3, 8).ToPng());
        var (file, other, model) = (Write("a.png", 1), Write("b.png", 2), SmallModel.Write(folder));
        using var tile = Slide.Open(file);
        using var predictor = new PatchPredictor(model);
        var map = PredictionMap.Of(predictor.Predict(tile));
        Overlay.Of(tile, map);
        // Of one name in another folder it is a copy, or not.
        using (var second = Slide.Open(Write("case/a.png", 3)))
            Assert.Contains("expected the tile that was predicted", Assert.Throws<BadInputException>(() => Overlay.Of(second, map)).Message);
        using (var copy = Slide.Open(Write("copy/a.png", 1)))
            Overlay.Of(copy, map);
        // Written in the same tick of the clock, as many programs do.
        File.SetLastWriteTimeUtc(other, File.GetLastWriteTimeUtc(file));
        using var wrong = Slide.Open(other);
        Assert.Contains($"a map of {file} over {other}", Assert.Throws<BadInputException>(() => Overlay.Of(wrong, map)).Message);
        Assert.Contains($"a map of {file} over {other}",
            Assert.Throws<BadInputException>(() => Overlay.Of(wrong, ProbabilityMap.Of(predictor.Predict(tile), "red"))).Message);
        // The length tells, too, where the file that was predicted is gone.
        var version = FileVersion.Of(file) with { Path = folder.At("gone.png") };
        Assert.Equal((false, true), (version.IsNot(file), version.IsNot(folder.Write("longer.png", new byte[9000]))));
        // Moved or called otherwise it is the same.
        File.Move(file, folder.At("c.png"));
        using var renamed = Slide.Open(folder.At("c.png"));
        Overlay.Of(renamed, map);
        folder.Write("elsewhere/a.png", File.ReadAllBytes(folder.At("c.png")));
        using var copied = Slide.Open(folder.At("elsewhere/a.png"));
        Overlay.Of(copied, map);
    }

    [Fact]
    public void An_image_of_another_size_another_slide_and_an_alpha_out_of_range_are_refused()
    {
        var map = PredictionMap.Of(Corner);
        Assert.Contains("3 x 1 px over an image of 3 x 2 px", Assert.Throws<BadInputException>(() => Overlay.Of(new Raster(3, 2, 3), map)).Message,
            StringComparison.Ordinal);
        using var other = Slide.Of(new Raster(4, 1, 3), "other.png");
        Assert.Contains("other.png of 4 x 1 px", Assert.Throws<BadInputException>(() => Overlay.Of(other, map)).Message, StringComparison.Ordinal);
        foreach (var alpha in (double[])[-0.1, 1.1, double.NaN])
            Assert.Contains("alpha", Assert.Throws<BadInputException>(() => Overlay.Of(Image, map, alpha)).Message, StringComparison.Ordinal);
        Assert.Contains("color 'puce'", Assert.Throws<BadInputException>(() => Overlay.Of(Image, map, options: new() { Rest = "puce" })).Message,
            StringComparison.Ordinal);
        Assert.Contains("mpp: 0.25", Assert.Throws<BadInputException>(() => Overlay.Of(Image, map, options: new() { Millimetres = true }).Drawing).Message,
            StringComparison.Ordinal);
    }
}
