namespace Patchwise.Tests;

public class PaletteTests
{
    /// <summary>What eyes that lack one kind of cone see of linear RGB (Machado, Oliveira, Fernandes 2009, severity 1); the first lack none.</summary>
    static readonly double[][] Eyes =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    static double[] Times(double[] matrix, double[] of) =>
        [.. Enumerable.Range(0, 3).Select(row => Enumerable.Range(0, 3).Sum(i => matrix[3 * row + i] * of[i]))];

    /// <summary>OKLab (Ottosson 2020) of sRGB 0..1 as such eyes see it.</summary>
    static double[] Lab(double[] color, double[] eyes)
    {
        double[] linear = [.. color.Select(value => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4))];
        double[] seen = [.. Times(eyes, linear).Select(value => Math.Clamp(value, 0, 1))];
        double[] cones = [.. Times([0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376,
            0.6299787005], seen).Select(Math.Cbrt)];
        return Times([0.2104542553, 0.7936177850, -0.0040720468, 1.9779984951, -2.4285922050, 0.4505937099, 0.0259040371, 0.7827717662, -0.8086757660], cones);
    }

    static double[] Rgb(string color) => [.. Convert.FromHexString(color.AsSpan(1)).Select(value => value / 255.0)];

    /// <summary>The least distance of two of the colors, to any eyes, laid over a ground.</summary>
    static double Least(IReadOnlyList<string> colors, double alpha, double[] ground) => Eyes.Min(eyes =>
    {
        double[][] seen = [.. colors.Select(color => Lab([.. Rgb(color).Zip(ground, (own, under) => alpha * own + (1 - alpha) * under)], eyes))];
        return seen.SelectMany((one, i) => seen.Skip(i + 1).Select(other => Math.Sqrt(one.Zip(other, (a, b) => (a - b) * (a - b)).Sum()))).Min();
    });

    static readonly Lazy<double[]> Stain = new(() =>
    {
        var sums = new double[3];
        var pixels = 0L;
        foreach (var file in LabelledPatches.Open("nct-crc-he").Files)
        {
            var patch = Raster.Load(file);
            pixels += patch.Size.Area;
            for (var i = 0; i < patch.Data.Length; i++)
                sums[i % 3] += patch.Data[i] / 255.0;
        }
        return [.. sums.Select(sum => sum / pixels)];
    });

    [Theory]
    [InlineData(9, 0.16, 0.08, 0.05)]
    [InlineData(12, 0.10, 0.045, 0.03)]
    [InlineData(32, 0.05, 0.025, 0.015)]
    public void Any_two_of_the_first_colors_are_apart_to_any_eyes_and_over_stain(int count, double plain, double half, double third)
    {
        string[] colors = [.. Enumerable.Range(0, count).Select(Palette.Distinct)];
        Assert.True(Least(colors, 1, [1, 1, 1]) >= plain, $"{Least(colors, 1, [1, 1, 1])}");
        Assert.True(Least(colors, 0.5, Stain.Value) >= half, $"{Least(colors, 0.5, Stain.Value)}");
        Assert.True(Least(colors, Overlay.DefaultAlpha, Stain.Value) >= third, $"{Least(colors, Overlay.DefaultAlpha, Stain.Value)}");
    }

    [Fact]
    public void The_nine_tissues_have_the_nine_colors_and_none_looks_like_bare_tissue()
    {
        string[] tissues = [.. LabelledPatches.Open("nct-crc-he").Classes.Select(one => one.Color!)];
        Assert.Equal(Enumerable.Range(0, 9).Select(Palette.Distinct).Order(), tissues.Order());
        var bare = "#" + Convert.ToHexStringLower([.. Stain.Value.Select(value => (byte)Math.Round(255 * value))]);
        foreach (var color in tissues)
            Assert.True(Eyes.Min(eyes => Lab([.. Rgb(color).Zip(Stain.Value, (own, under) => (own + under) / 2)], eyes)
                .Zip(Lab(Rgb(bare), eyes), (a, b) => (a - b) * (a - b)).Sum()) > 0.05 * 0.05, color);
    }

    [Fact]
    public void Marked_sizes_and_the_thirds_of_the_objects_are_apart_to_any_eyes()
    {
        string[] marked = [.. MarkedSize.Of([8, 7, 6, 5, 4, 3, 2, 1]).Select(one => one.Color)];
        Assert.True(Least(marked, 1, [1, 1, 1]) >= 0.13, $"{Least(marked, 1, [1, 1, 1])}");
        using var folder = SyntheticSet.Varied(29);
        var set = folder.Open();
        string[] thirds = [.. Shown.Traces(ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20], Sample = 6 }).Curve(), "scatter", "x")
            .Select(curve => (string)curve["line"]!["color"]!).Distinct()];
        Assert.Equal(3, thirds.Length);
        Assert.True(Least(thirds, 1, [1, 1, 1]) >= 0.25, $"{Least(thirds, 1, [1, 1, 1])}");
    }

    [Fact]
    public void No_color_comes_twice_however_many_there_are() =>
        Assert.Equal(300, Enumerable.Range(0, 300).Select(Palette.Distinct).Distinct().Count());

    [Fact]
    public void The_distance_of_black_and_white_is_one_and_red_and_green_are_near_to_who_lacks_a_cone()
    {
        Assert.Equal(1, Least(["#000000", "#ffffff"], 1, [1, 1, 1]), 1e-3);
        Assert.True(Least(["#a05000", "#607000"], 1, [1, 1, 1]) < 0.05);
    }
}
