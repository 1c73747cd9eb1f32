namespace Patchwise.Tests;

public class PredictionMapTests
{
    static readonly ClassInfo[] Two = MadeUp.Classes(2);

    [Fact]
    public void Two_patches_on_four_by_four_pixels_as_the_reference_has_them()
    {
        var table = MadeUp.Table(MadeUp.Frame(4, 4), Two, (new(0, 0, 2, 2), [.45f, .55f]), (new(2, 2, 4, 4), [.90f, .10f]));
        int[,] expected = { { 2, 2, 0, 0 }, { 2, 2, 0, 0 }, { 0, 0, 1, 1 }, { 0, 0, 1, 1 } };
        Assert.Equal(expected, Map(table));
        Assert.Equal(expected, Map(MadeUp.Bare(table)));
        var first = ProbabilityMap.Of(table, "c0");
        Assert.Equal([.45f, .45f, float.NaN, float.NaN, .45f, .45f, float.NaN, float.NaN, float.NaN, float.NaN, .9f, .9f, float.NaN, float.NaN, .9f, .9f],
            first.Values.ToArray());
    }

    [Fact]
    public void Where_patches_overlap_the_mean_decides_and_of_equal_means_the_first_class()
    {
        var table = MadeUp.Table(MadeUp.Frame(3, 1), MadeUp.Classes(3),
            (new(0, 0, 2, 1), [.25f, .5f, .25f]), (new(1, 0, 3, 1), [.5f, .25f, .25f]), (new(1, 0, 3, 1), [0f, .25f, .75f]));
        // Middle: (.25, .33, .42).
        Assert.Equal(new[,] { { 2, 3, 3 } }, Map(table));
        var equal = MadeUp.Table(MadeUp.Frame(1, 1), MadeUp.Classes(3), (new(0, 0, 1, 1), [.25f, .25f, .5f]), (new(0, 0, 1, 1), [.25f, .5f, .25f]));
        Assert.Equal(new[,] { { 2 } }, Map(equal));
        // Without probabilities each patch has a vote; one each of classes 1 and 2.
        Assert.Equal(new[,] { { 2 } }, Map(MadeUp.Bare(equal)));
    }

    [Fact]
    public void Edges_are_rounded_up_and_a_patch_between_them_vanishes()
    {
        // 10 px become 4: px 3 and 6 of the tile lie at 1.2 and 2.4 of the map.
        var frame = MadeUp.Frame(10, 10);
        Assert.Equal(new[,] { { 0, 0, 1, 0 } }, Row(PredictionMap.Of(MadeUp.Table(frame, Two, (new(3, 0, 6, 10), [1f, 0f])), Resolution.Baseline(0.4))));
        Assert.Equal(new[,] { { 0, 0, 0, 0 } }, Row(PredictionMap.Of(MadeUp.Table(frame, Two, (new(3, 0, 5, 10), [1f, 0f])), Resolution.Baseline(0.4))));
    }

    [Fact]
    public void The_compatible_rule_takes_each_side_by_the_ratio_of_the_other()
    {
        // 100,000 x 2,007 px become 6,250 x 125: by 0.0625 and 0.06228.
        var table = MadeUp.Table(MadeUp.Frame(100_000, 2007), Two, (new(99_776, 0, 100_000, 224), [0f, 1f]), (new(0, 1900, 224, 2007), [1f, 0f]));
        Assert.Equal(new Box(6236, 0, 6250, 14), Extent(PredictionMap.Of(table, Resolution.Baseline(1 / 16.0)), 2));
        Assert.Equal(new Box(0, 119, 14, 125), Extent(PredictionMap.Of(table, Resolution.Baseline(1 / 16.0)), 1));
        var toolbox = PredictionMap.Of(table, Resolution.Baseline(1 / 16.0), MapRule.Toolbox14);
        Assert.Equal(new Box(6215, 0, 6229, 14), Extent(toolbox, 2));
        Assert.Equal(new Box(0, 119, 14, 125), Extent(toolbox, 1));
        Assert.Equal(SlowMerge.Map(table, toolbox.Size, MapRule.Toolbox14), SlowMerge.Numbers(toolbox.Pixels));
    }

    [Fact]
    public void Random_tables_give_what_adding_every_patch_to_every_pixel_gives()
    {
        var random = new Random(11);
        for (var round = 0; round < 150; round++)
        {
            var size = new PixelSize(random.Next(1, 60), random.Next(1, 60));
            var table = MadeUp.Random(random, random.Next(0, 30), random.Next(1, 6), size);
            var (rule, at) = (random.Next(2) == 0 ? MapRule.Plain
                : MapRule.Toolbox14, Resolution.Baseline(random.NextDouble() * 1.5 + 0.5 / Math.Min(size.Width, size.Height) + 0.05));
            if (random.Next(3) == 0)
                table = MadeUp.Bare(table);
            PredictionMap map;
            try
            {
                map = PredictionMap.Of(table, at, rule);
            }
            catch (BadInputException error) when (error.Message.Contains("expected 1 to", StringComparison.Ordinal))
            {
                continue;
            }
            var expected = SlowMerge.Map(table, map.Size, rule);
            Assert.Equal(expected, SlowMerge.Numbers(map.Pixels));
            if (!table.HasProbabilities)
                continue;
            var means = SlowMerge.Means(table, map.Size, rule);
            var c = random.Next(table.Classes.Count);
            var probability = ProbabilityMap.Of(table, $"c{c}", at, rule);
            for (var y = 0; y < map.Size.Height; y++)
                for (var x = 0; x < map.Size.Width; x++)
                    Assert.Equal(means[y, x, c], probability[x, y], 1e-6);
        }
    }

    [Fact]
    public void Without_patches_and_on_one_pixel_there_is_a_map()
    {
        var empty = PredictionMap.Of(MadeUp.Table(MadeUp.Frame(5, 4), Two));
        Assert.True(empty.Pixels.AsBytes().IndexOfAnyExcept((byte)0) < 0);
        Assert.Equal((0, 0), (empty.Shares.Predicted, empty.Shares[1].Share));
        Assert.True(float.IsNaN(ProbabilityMap.Of(MadeUp.Table(MadeUp.Frame(5, 4), Two), "c1")[4, 3]));
        var table = MadeUp.Table(MadeUp.Frame(1000, 1000), Two, (new(0, 0, 1000, 1000), [.25f, .75f]));
        var one = PredictionMap.Of(table, Resolution.Baseline(0.001));
        Assert.Equal((new PixelSize(1, 1), 2), (one.Size, one.Pixels[0, 0]));
        Assert.Equal(.75f, ProbabilityMap.Of(table, "c1", Resolution.Baseline(0.001))[0, 0]);
    }

    [Fact]
    public void More_classes_than_a_byte_holds_take_sixteen_bits()
    {
        foreach (var (classes, bits) in ((int, int)[])[(254, 8), (255, 8), (256, 16), (1000, 16)])
        {
            var probabilities = new float[classes];
            probabilities[^1] = 1;
            var table = MadeUp.Table(MadeUp.Frame(6, 3), MadeUp.Classes(classes), (new(0, 0, 4, 3), probabilities), (new(2, 0, 6, 3), probabilities));
            var map = PredictionMap.Of(table);
            Assert.Equal((bits, classes, classes), (map.Pixels.Bits, map.Pixels[0, 0], map.Pixels[5, 2]));
            Assert.Equal(classes, PredictionMap.Of(MadeUp.Bare(table)).Pixels[3, 1]);
            Assert.Equal(18, map.Shares[classes - 1].Pixels);
            var color = Palette.Rgb(table.Classes[^1].Color!);
            Assert.Equal((color.R, color.G, color.B), (map.Colors[5, 2, 0], map.Colors[5, 2, 1], map.Colors[5, 2, 2]));
        }
        var half = PredictionMap.Of(MadeUp.Table(MadeUp.Frame(6, 3), MadeUp.Classes(256), (new(0, 0, 3, 3), [.. new float[255], 1])));
        Assert.Equal((255, 255, 255), (half.Colors[4, 1, 0], half.Colors[4, 1, 1], half.Colors[4, 1, 2]));
    }

    [Fact]
    public void Probabilities_that_are_none_are_refused_by_row()
    {
        foreach (var bad in (float[])[float.NaN, -0.5f, 1.5f, float.PositiveInfinity])
        {
            var table = MadeUp.Table(MadeUp.Frame(4, 4), Two, (new(0, 0, 2, 2), [.5f, .5f]), (new(2, 0, 4, 2), [bad, .5f]));
            var error = Assert.Throws<BadInputException>(() => PredictionMap.Of(table));
            Assert.Contains("row 1", error.Message, StringComparison.Ordinal);
            Assert.Throws<BadInputException>(() => ProbabilityMap.Of(table, "c0"));
        }
    }

    [Fact]
    public void A_map_is_of_one_tile_or_slide_and_of_a_size_that_was_agreed_to()
    {
        var (frame, box) = (MadeUp.Frame(40_000, 30_000), new Box(0, 0, 1, 1));
        Prediction row = new(0, box, box, 0, 1);
        Says("2 sources (a.svs, b.svs)", "OfSource", () => PredictionMap.Of(new("m", Two, [new("a.svs", frame), new("b.svs", frame)], [row], null)));
        Says("no tile or slide", "", () => PredictionMap.Of(new("m", Two, [], [], null)));
        Says("patch.png", "one patch", () => PredictionMap.Of(new("m", Two, [new("patch.png")], [row], null)));
        PredictionTable large = new("m", Two, [new("a.svs", frame)], [row], null);
        Says("1,200,000,000", "maxPixels: 1200000000", () => PredictionMap.Of(large));
        Says("1,200,000,000", "maxPixels: 1200000000", () => ProbabilityMap.Of(MadeUp.Table(frame, Two, (box, [1f, 0f])), "c0"));
        Says("microns per pixel", "", () => PredictionMap.Of(large, Resolution.Mpp(4)));
        Says("class 'TUM'", "c0, c1", () => ProbabilityMap.Of(large, "TUM"));
        Says("without probabilities", "", () => ProbabilityMap.Of(large, "c0"));
        Says("row 0 has class 7", "0 to 1", () => PredictionMap.Of(new("m", Two, [new("a.svs", frame)], [row with { Class = 7 }], null),
            Resolution.Baseline(0.01)));
        Assert.Equal(new(400, 300), PredictionMap.Of(large, Resolution.Baseline(0.01)).Size);

        static void Says(string found, string expected, Action act)
        {
            var error = Assert.Throws<BadInputException>(act);
            Assert.Contains(found, error.Message, StringComparison.Ordinal);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_several_sources_each_has_its_map()
    {
        var (a, b) = (MadeUp.Frame(4, 2), MadeUp.Frame(2, 2));
        PredictionTable table = new("m", Two, [new("a", a), new("b", b)], [new(1, new(0, 0, 1, 2), default, 1, .75f), new(0, new(2, 0, 4, 2), default, 0, .5f),
            new(1, new(1, 0, 2, 1), default, 0, 1)], [.25f, .75f, .5f, .5f, 1, 0]);
        Assert.Equal(new[,] { { 0, 0, 1, 1 }, { 0, 0, 1, 1 } }, Map(table.OfSource(0)));
        Assert.Equal(new[,] { { 2, 1 }, { 2, 0 } }, Map(table.OfSource(1)));
    }

    [Fact]
    public void A_saved_map_holds_numbers_colors_and_microns_per_pixel()
    {
        using var folder = new TemporaryFolder();
        var table = MadeUp.Grid(MadeUp.Frame(64, 48, mpp: 0.5), 10, 7, MadeUp.Classes(5));
        var map = PredictionMap.Of(table, Resolution.Mpp(1));
        map.Save(folder.At("map.png"));
        Assert.Equal(map.Pixels.AsBytes(), Mask.Load(folder.At("map.png")).Pixels.AsBytes());
        var colors = Raster.Load(folder.At("map.png"));
        Assert.Equal(1, colors.Mpp!.Value.X, 1e-6);
        for (var y = 0; y < map.Size.Height; y++)
            for (var x = 0; x < map.Size.Width; x++)
                Assert.Equal(map.Pixels[x, y] == 0 ? "#ffffff" : map.Classes[map.Pixels[x, y] - 1].Color,
                    $"#{colors[x, y]:x2}{colors[x, y, 1]:x2}{colors[x, y, 2]:x2}");

        var probability = ProbabilityMap.Of(table, "c2", Resolution.Mpp(1));
        probability.Save(folder.At("c2.png"));
        var grey = Raster.Load(folder.At("c2.png"));
        Assert.Equal(probability.Values.ToArray().Select(value => float.IsNaN(value) ? 0 : (int)(1 + Math.Round(65534.0 * value))),
            grey.AsWords().ToArray().Select(value => (int)value));
        foreach (var save in (Action<string>[])[map.Save, probability.Save])
            Assert.Contains("map.tif", Assert.Throws<BadInputException>(() => save(folder.At("map.tif"))).Message, StringComparison.Ordinal);
        var many = PredictionMap.Of(MadeUp.Bare(MadeUp.Table(MadeUp.Frame(2, 1), MadeUp.Classes(300),
            (new(0, 0, 1, 1), [.. Enumerable.Range(0, 300).Select(k => k == 299 ? 1f : 0f)]))));
        many.Save(folder.At("many.png"));
        Assert.Equal<ushort>([300, 0], Raster.Load(folder.At("many.png")).AsWords().ToArray());
    }

    [Fact]
    public void The_shares_of_the_classes_add_up_and_have_their_area()
    {
        ClassInfo[] classes = [new("TUM<b>", "tumour & \"more\"", "#984ea3"), new("STR", "STR", "#f781bf"), new("ADI", "fat", "#ff7f00")];
        var table = MadeUp.Table(MadeUp.Frame(1000, 1000, mpp: 0.5), classes, (new(0, 0, 500, 500), [.8f, .1f, .1f]),
            (new(500, 0, 1000, 200), [.1f, .8f, .1f]));
        var map = PredictionMap.Of(table, Resolution.Mpp(5));
        // Of 100 x 100 px of 5 microns: 50 x 50 and 50 x 20.
        Assert.Equal(
            [new ClassShare(classes[0], 2500, 2500 / 3500.0, 0.0625), new ClassShare(classes[1], 1000, 1000 / 3500.0, 0.025),
                new ClassShare(classes[2], 0, 0, 0)],
            map.Shares.Select(share => share with { SquareMillimetres = Math.Round(share.SquareMillimetres!.Value, 9) }));
        Assert.Equal(0.35, map.Shares.Predicted);
        Assert.Equal("""
            Classes on tile.png by made-up, map at 5 mpp
            class                              px  % of predicted    mm²
            TUM<b>         tumour & "more"  2,500            71.4  0.063
            STR                             1,000            28.6  0.025
            predicted                       3,500           100.0  0.088
            not predicted                   6,500                  0.163
            """, map.Shares.ToString());
        var html = Shown.Html(map);
        Assert.Contains("TUM&lt;b&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.Null(PredictionMap.Of(MadeUp.Table(MadeUp.Frame(10, 10), classes)).Shares[0].SquareMillimetres);
        Assert.DoesNotContain("mm²", PredictionMap.Of(MadeUp.Table(MadeUp.Frame(10, 10), classes)).Shares.ToString(), StringComparison.Ordinal);
    }

    static int[,] Map(PredictionTable table) => SlowMerge.Numbers(PredictionMap.Of(table).Pixels);

    static int[,] Row(PredictionMap map) => SlowMerge.Numbers(map.Pixels.Crop(new(0, 0, map.Size.Width, 1)));

    static Box Extent(PredictionMap map, int number)
    {
        var at = (from y in Enumerable.Range(0, map.Size.Height)
                  from x in Enumerable.Range(0, map.Size.Width)
                  where map.Pixels[x, y] == number
                  select (x, y)).ToArray();
        return new(at.Min(p => p.x), at.Min(p => p.y), at.Max(p => p.x) + 1, at.Max(p => p.y) + 1);
    }
}
