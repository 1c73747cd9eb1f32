namespace Patchwise.Tests;

[Collection("networks")]
public sealed class PatchPredictorTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Raster[] Patches(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => SmallModel.Patch(random))];
    }

    static void AssertRows(IEnumerable<Raster> patches, PredictionTable table)
    {
        var expected = patches.Select(SmallModel.Expected).ToArray();
        Assert.Equal(expected.Length, table.Count);
        foreach (var (i, row) in table.Index())
        {
            Assert.Equal(Array.IndexOf(expected[i], expected[i].Max()), row.Class);
            Assert.All(expected[i].Zip(table.Probabilities(i).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.Equal(table.Probabilities(i)[row.Class], row.Probability);
        }
    }

    [Fact]
    public void Patches_of_the_same_pixels_are_told()
    {
        var (random, glass) = (new Random(4), new Raster(32, 32, 3));
        var (one, other) = (SmallModel.Patch(random), SmallModel.Patch(random));
        foreach (var (i, patch) in ((Raster[])[other, one, glass, one, glass, other, one, SmallModel.Patch(random)]).Index())
            _folder.Write($"copies/{i}.png", patch.ToPng());
        using var predictor = new PatchPredictor(SmallModel.Write(_folder), batch: 2);
        var problem = Assert.Single(predictor.Predict(_folder.At("copies")).Problems);
        Assert.Equal(($"3 of 8 patches hold the same pixels as others, such as {_folder.At("copies/1.png")} and {_folder.At("copies/3.png")}: measures and "
            + "their intervals take them for different ones", false), (problem.What, problem.Excluded));
    }

    [Fact]
    public void A_tile_of_another_scale_is_read_at_that_of_the_model_and_other_scales_are_told()
    {
        using var predictor = new PatchPredictor(SmallModel.Write(_folder, mpp: 0.5));
        var tile = SmallModel.Patch(new Random(3), 128);
        PredictionTable Of(double? mpp, Resolution? at = null)
        {
            using var slide = Slide.Of(tile, mpp: mpp is { } stated ? new Mpp(stated) : null);
            return predictor.Predict(slide, new PredictOptions { At = at });
        }
        var fine = Of(0.25);
        Assert.Equal((4, Resolution.Mpp(0.5)), (fine.Count, fine.Sources[0].Frame!.Resolution));
        Assert.Empty(fine.Problems);
        // Scanners of one power differ so much; and where nothing is stated the tile is taken as it is.
        foreach (var mpp in (double?[])[0.48, 0.54, null])
            Assert.Equal((16, Resolution.Baseline(1), 0), (Of(mpp).Count, Of(mpp).Sources[0].Frame!.Resolution, Of(mpp).Problems.Count));
        var told = Assert.Single(Of(0.25, Resolution.Baseline(1)).Problems);
        Assert.Equal("read at 0.25 microns per pixel, but colors was made for 0.5", told.What);
        Assert.False(told.Excluded);
        Assert.Single(Of(0.5, Resolution.Mpp(20)).Problems);
        Assert.Empty(Of(0.25, Resolution.Mpp(0.5)).Problems);
    }

    [Fact]
    public void A_slide_is_not_enlarged_beyond_what_it_can_show()
    {
        using var predictor = new PatchPredictor(SmallModel.Write(_folder, mpp: 0.5));
        var tile = SmallModel.Patch(new Random(3), 64);
        using var coarse = Slide.Of(tile, "far.png", mpp: new Mpp(20));
        Assert.Contains("is enlarged 40 times, as it has 20 microns per pixel: expected at most 10",
            Assert.Throws<BadInputException>(() => predictor.Predict(coarse)).Message);
        using var near = Slide.Of(tile, mpp: new Mpp(2));
        Assert.Equal(64, predictor.Predict(near).Count);
        Assert.Contains("at 20 baseline is enlarged 20 times", Assert.Throws<BadInputException>(() =>
            predictor.Predict(near, new PredictOptions { At = Resolution.Baseline(20) })).Message);
    }

    [Fact]
    public void The_cards_stride_is_that_of_its_patches_whether_their_side_is_repeated_or_not()
    {
        var path = SmallModel.Write(_folder);
        File.WriteAllText(_folder.At("colors.json"), File.ReadAllText(_folder.At("colors.json")).Replace("\"patch\":32", "\"patch\":32,\"stride\":16"));
        using var predictor = new PatchPredictor(path);
        using var tile = Slide.Of(SmallModel.Patch(new Random(3), 64));
        int Count(int? patch, int? stride = null) => predictor.Predict(tile, new PredictOptions { Patch = patch, Stride = stride }).Count;
        Assert.Equal((16, 16, 4, 4), (Count(null), Count(32), Count(48), Count(null, 32)));
    }

    /// <summary>Numbers of 12 bits in a file of 16 are nearly black.</summary>
    [Fact]
    public void Patches_that_are_dark_all_over_are_told()
    {
        using var predictor = new PatchPredictor(SmallModel.Write(_folder));
        var bright = Patches(4, 6);
        Assert.Empty(predictor.Predict(bright).Problems);
        static ushort[] OfTwelveBits(Raster patch) => [.. patch.AsBytes().ToArray().Select(sample => (ushort)(sample * 16))];
        Raster[] dark = [.. bright.Select(patch => Raster.FromSamples(32, 32, 3, OfTwelveBits(patch)))];
        Assert.Contains("if these are numbers of 8 to 14 bits in a file of 16", Assert.Single(predictor.Predict(dark).Problems).What);
        Assert.Empty(predictor.Predict([.. dark, bright[0]]).Problems);
        using var tile = Slide.Of(dark[0]);
        Assert.Matches("^nothing is brighter than 1?[0-9] of 255: ", Assert.Single(predictor.Predict(tile).Problems).What);
    }

    [Fact]
    public void A_tile_of_a_known_power_but_unknown_microns_is_not_read_as_it_is()
    {
        using var predictor = new PatchPredictor(SmallModel.Write(_folder, mpp: 0.5));
        var tile = SmallModel.Patch(new Random(3), 128);
        using var known = Slide.Of(tile, "a.png", magnification: new Magnification(40));
        Assert.Contains("a.png: 40x is known, but not its microns per pixel, and colors takes patches at 0.5: give them (mpp, --mpp)",
            Assert.Throws<BadInputException>(() => predictor.Predict(known)).Message);
        Assert.Equal(16, predictor.Predict(known, new PredictOptions { At = Resolution.Baseline(1) }).Count);
    }

    [Fact]
    public void A_run_is_not_gone_on_with_at_another_scale()
    {
        using var predictor = new PatchPredictor(SmallModel.Write(_folder));
        var tile = SmallModel.Patch(new Random(3), 128);
        PredictionTable Run(double mpp, bool resume)
        {
            using var slide = Slide.Of(tile, mpp: new Mpp(mpp));
            return predictor.Predict(slide, new PredictOptions { SaveTo = _folder.At("out.sqlite"), Resume = resume });
        }
        Run(0.5, false);
        Assert.Equal(16, Run(0.5, true).Count);
        Assert.Contains("scale", Assert.Throws<BadInputException>(() => Run(0.25, true)).Message);
    }

    [Fact]
    public void Masks_beside_the_patches_of_class_folders_are_no_patches()
    {
        var random = new Random(2);
        foreach (var (i, label) in SmallModel.Classes.Index())
        {
            _folder.Write($"set/{label}/{label} (1).png", SmallModel.Patch(random).ToPng());
            _folder.Write($"set/{label}/{label} (1)_mask.png", new Raster(32, 32, 1).ToPng());
        }
        using var predictor = new PatchPredictor(SmallModel.Write(_folder));
        var found = predictor.Predict(_folder.At("set"));
        Assert.Equal((4, 4), (found.Count, found.Count(row => row.Label is not null)));
        Assert.Equal("left out, as masks of the others: 4 files", Assert.Single(found.Problems).What);
        var patches = LabelledPatches.Open(_folder.At("set"));
        Assert.Equal((4, "4 masks of others"), (patches.Count, patches.LeftOut));
    }

    [Fact]
    public void A_patch_of_other_microns_in_one_direction_only_is_none()
    {
        var fit = new PatchFit(new("m", [], 32, 32, new Mpp(0.5), [0, 0, 0], [1, 1, 1]), new());
        Assert.Null(fit.Fault(new(32, 32), new Mpp(0.5, 0.52)));
        Assert.NotNull(fit.Fault(new(32, 32), new Mpp(0.5, 1)));
        Assert.NotNull(fit.Fault(new(32, 32), new Mpp(1, 0.5)));
    }

    [Fact]
    public void A_run_on_other_pixels_under_the_name_of_a_file_is_no_run_to_go_on_with()
    {
        using var predictor = new PatchPredictor(SmallModel.Write(_folder));
        var (file, random) = (_folder.At("pages.tif"), new Random(3));
        File.WriteAllText(file, "its pages differ");
        foreach (var page in (bool[])[false, true])
        {
            using var slide = Slide.Of(SmallModel.Patch(random, 64), file);
            PredictionTable Run(bool resume) => predictor.Predict(slide, new PredictOptions { SaveTo = _folder.At("run.sqlite"), Resume = resume });
            if (page)
                Assert.Contains("slide", Assert.Throws<BadInputException>(() => Run(true)).Message, StringComparison.Ordinal);
            else
                Assert.Equal(Run(false), Run(true));
        }
    }

    [Fact]
    public void Patches_of_a_folder_are_predicted_as_a_plain_loop_does_and_labelled_by_their_folders()
    {
        string[] folders = ["Red_Mostly", "deep/green", "BLUE", "dark"];
        var patches = Patches(1, 75).Index().ToDictionary(one => FormattableString.Invariant($"set/{folders[one.Index % 4]}/{one.Index:000}.png"),
            one => one.Item);
        foreach (var (name, patch) in patches)
            _folder.Write(name, patch.ToPng());
        using var predictor = new PatchPredictor(SmallModel.Write(_folder), batch: 8);
        var table = predictor.Predict(_folder.At("set"));
        AssertRows(patches.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => one.Value), table);
        Assert.Equal(patches.Keys.Order(StringComparer.Ordinal).Select(_folder.At), table.Sources.Select(source => source.Name));
        Assert.All(table, row => Assert.Equal(table.Sources[row.Source].Name.Split('/')[^2] switch { "Red_Mostly" => 1, "green" => 2, "BLUE" => 3, _ => 0 },
            row.Label));
        Assert.All(table, row => Assert.Equal((Box.Of(new(32, 32)), Box.Of(new(32, 32))), (row.Box, row.Level0)));
        Assert.Equal(4, table.Select(row => row.Class).Distinct().Count());

        var without = predictor.Predict(_folder.At("set"), new() { KeepProbabilities = false });
        Assert.Equal(table, without);
        Assert.Contains("keep", Assert.Throws<BadInputException>(() => without.Probabilities(0).Length).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("resnet18", 12), InlineData("mobilenet_v3_small", 61)]
    public void Networks_of_the_formula_predict_the_embedded_patches_as_a_loop_over_them_does(string architecture, int count)
    {
        var patches = LabelledPatches.Open("nct-crc-he");
        ZooFile.Write(_folder.At("formula.safetensors"), "predict", Network.Describe(architecture, pooled: true, 9).Tensors);
        var names = string.Join(',', patches.Classes.Select(one => $$"""{"name":"{{one.Name}}"}"""));
        _folder.Write("formula.json", $$"""{"mpp":0.5,"classes":[{{names}}]}""");
        using var model = Model.Open(_folder.At("formula.safetensors"));
        using var predictor = new PatchPredictor(model, batch: 8);
        var table = predictor.Predict(patches.Files.Take(count), new() { Labels = [.. patches.Labels.Take(count)] });
        using var engine = OnnxEngine.Of(model, new(Threads: 1));
        for (var i = 0; i < count; i++)
        {
            var image = Raster.Load(patches.Files[i]);
            var planes = Enumerable.Range(0, 3 * 224 * 224).Select(k => image[k % 224, k / 224 % 224, k / (224 * 224)] / 255f).ToArray();
            var logits = new float[9];
            engine.Run(planes, 1, new(224, 224), logits, []);
            var sum = logits.Sum(logit => Math.Exp(logit - logits.Max()));
            Assert.Equal(Array.IndexOf(logits, logits.Max()), table[i].Class);
            Assert.Equal(patches.Labels[i], table[i].Label);
            Assert.All(logits.Zip(table.Probabilities(i).ToArray()), pair => Assert.Equal(Math.Exp(pair.First - logits.Max()) / sum, pair.Second, 1e-4));
        }
        if (count == patches.Count)
            Assert.Equal(table, predictor.Predict(patches));
    }

    [Fact]
    public void Every_kind_of_image_file_is_the_same_patch()
    {
        var patch = Patches(2, 1)[0];
        var grey = Raster.FromSamples(32, 32, 1, [.. Enumerable.Range(0, 1024).Select(i => (byte)(i / 4))]);
        var clear = Raster.FromSamples(32, 32, 4, [.. Enumerable.Range(0, 4096).Select(i => (byte)(i % 4 == 3 ? i / 16 : 7 * i))]);
        var wide = Raster.FromSamples(32, 32, 3, Array.ConvertAll(patch.AsBytes().ToArray(), sample => (ushort)(257 * sample)));
        string[] files = [_folder.Write("a.png", patch.ToPng()), _folder.Write("b.png", grey.ToPng()), _folder.Write("c.png", clear.ToPng()),
            _folder.Write("d.png", wide.ToPng()),
            _folder.Write("e.jpg", patch.ToJpeg(95)), _folder.Write("f.jpg", grey.ToJpeg(95))];
        using var predictor = new PatchPredictor(SmallModel.Write(_folder));
        Raster[] loaded = [.. files.Select(file => Raster.Load(file).OnWhite())];
        AssertRows(loaded, predictor.Predict(files));
        AssertRows(loaded, predictor.Predict(files.Select(file => Raster.Load(file)), new() { Labels = [0, 1, 2, 3, null, 1] }));
        Assert.Equal([0, 1, 2, 3, null, 1], predictor.Predict(loaded, new() { Labels = [0, 1, 2, 3, null, 1] }).Select(row => row.Label));
    }

    [Fact]
    public void Files_are_decoded_once_and_one_of_another_size_is_named()
    {
        foreach (var (i, patch) in Patches(3, 40).Index())
            _folder.Write($"set/{i:00}.png", patch.ToPng());
        using var predictor = new PatchPredictor(SmallModel.Write(_folder), batch: 16);
        var feed = new FileFeed("set", [.. Directory.EnumerateFiles(_folder.At("set")).Order(StringComparer.Ordinal)], null, new(predictor.Card, new()));
        Assert.Equal(40, predictor.Predict(feed, new(), default).Count);
        Assert.Equal(40, feed.Decoded);

        // One that is no patch is told, and the others are predicted.
        foreach (var (bytes, what) in ((byte[], string)[])[(new Raster(33, 32, 3).ToPng(), "33 x 32 px, but colors takes patches of 32 x 32 px"),
            ("no image"u8.ToArray(), "cannot be read"), (File.ReadAllBytes(_folder.At("set/24.png"))[..500], "cannot be read"), ([], "is empty")])
        {
            _folder.Write("set/23.png", bytes);
            var table = predictor.Predict(_folder.At("set"));
            Assert.Equal(Enumerable.Range(0, 40).Where(i => i != 23), table.Select(row => row.Source));
            var problem = Assert.Single(table.Problems);
            Assert.Equal((_folder.At("set/23.png"), true), (problem.File, problem.Excluded));
            Assert.Contains(what, problem.What, StringComparison.Ordinal);
            Assert.Contains("23.png", table.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory, InlineData(null, 529, 17), InlineData(112, 45 * 45, 64)]
    public void A_tile_of_5000_px_has_529_patches_in_17_batches_and_the_stride_is_honoured(int? stride, int patches, int batches)
    {
        var tile = new Raster(5000, 5000, 3);
        new Random(4).NextBytes(tile.Samples8[..40_000_000]);
        using var slide = Slide.Of(tile);
        using var model = Model.Open(SmallModel.Write(_folder, patch: 224));
        using var predictor = new PatchPredictor(model);
        var table = predictor.Predict(slide, new PredictOptions { Stride = stride });
        Assert.Equal(patches, table.Count);
        Assert.Equal(PatchGrid.Over(slide, 224, Resolution.Baseline(1), new() { Stride = stride }).Select(patch => (patch.Box, patch.Level0)),
            table.Select(row => (row.Box, row.Level0)));
        Assert.Equal(Resolution.Baseline(1), table.Sources[0].Frame!.Resolution);
        AssertRows(table.Take(30).Select(row => tile.Crop(row.Box, fill: 255)),
            new("", table.Classes, table.Sources, [.. table.Take(30)], [.. Enumerable.Range(0, 30).SelectMany(i => table.Probabilities(i).ToArray())]));

        using var engine = OnnxEngine.Of(model);
        var pipeline = new PredictionPipeline(new GridFeed(model.Card, slide, PatchGrid.Over(slide, 224, Resolution.Baseline(1), new() { Stride = stride }),
            ReadRule.Plain, []), engine, 32, 2);
        List<int> counts = [];
        pipeline.Run([.. Enumerable.Range(0, patches)], batch => counts.Add(batch.Count), null, default);
        Assert.Equal((batches, patches), (counts.Count, counts.Sum()));
    }

    [Theory, InlineData(ReadRule.Plain), InlineData(ReadRule.Toolbox)]
    public void A_slide_is_read_at_the_models_resolution_within_its_tissue(ReadRule rule)
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        using var predictor = new PatchPredictor(SmallModel.Write(_folder, mpp: 0.75, patch: 64), batch: 50);
        var grid = PatchGrid.Over(slide, 64, Resolution.Mpp(0.75), new() { Mask = TissueMask.Of(slide) });
        var table = predictor.Predict(slide, new PredictOptions { Rule = rule });
        Assert.Equal(grid.Select(patch => (patch.Box, patch.Level0)), table.Select(row => (row.Box, row.Level0)));
        AssertRows(grid.Select(patch => slide.Read(patch.Box, Resolution.Mpp(0.75), rule)), table);
        Assert.Equal(table, predictor.Predict(slide, grid, new() { Rule = rule }));
        Assert.Equal(table, predictor.Predict(SlideFiles.Aperio, new() { Rule = rule }));
        using (var again = Slide.Open(SlideFiles.Aperio))
            Assert.Equal(table, predictor.Predict(again, grid, new() { Rule = rule }));
        Assert.Equal(PatchGrid.Over(slide, 64, Resolution.Mpp(0.75)).Count,
            predictor.Predict(slide, new PredictOptions { Mask = MaskChoice.None, Rule = rule }).Count);
    }

    [Fact]
    public void A_mask_of_another_size_covers_the_whole_slide_and_one_of_another_shape_or_without_tissue_is_refused()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        using var predictor = new PatchPredictor(SmallModel.Write(_folder, mpp: 1, patch: 64));
        var mask = new Raster(30, 40, 1);
        mask.Samples8[..600].Fill(1);
        var table = predictor.Predict(slide, new PredictOptions { Mask = MaskChoice.File(_folder.Write("mask.png", mask.ToPng())) });
        var half = (int)Math.Ceiling(slide.At(Resolution.Mpp(1)).Size.Height / 2.0);
        Assert.Equal(PatchGrid.Over(slide, 64, Resolution.Mpp(1)).Where(patch => patch.Box.Y0 < half).Select(patch => patch.Box), table.Select(row => row.Box));
        var other = MaskChoice.File(_folder.Write("other.png", new Raster(7, 40, 1).ToPng()));
        Assert.Contains("7 x 40 px over", Assert.Throws<BadInputException>(() => predictor.Predict(slide, new PredictOptions { Mask = other })).Message,
            StringComparison.Ordinal);
        var outlines = MaskChoice.File(_folder.Write("mask.geojson", $$"""
            {"type":"Polygon","coordinates":[[[0,0],[3000,0],[3000,{{slide.Size.Height / 2.0}}],[0,{{slide.Size.Height / 2.0}}]]]}
            """));
        Assert.Equal(table.Count, predictor.Predict(slide, new PredictOptions { Mask = outlines }).Count, 40.0);
        Assert.Contains("no tissue",
            Assert.Throws<BadInputException>(() => predictor.Predict(slide, new PredictOptions { Mask = TissueMask.Of(new Raster(3, 3, 1)) })).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_taken_for_what_it_is()
    {
        using var predictor = new PatchPredictor(SmallModel.Write(_folder, patch: 32));
        var tile = _folder.Write("tile.png", new Raster(70, 40, 3).ToPng());
        Assert.Equal(6, predictor.Predict(tile).Count);
        Assert.Single(predictor.Predict(_folder.Write("patch.png", new Raster(32, 32, 3).ToPng())));
        Assert.Equal(61, predictor.Predict("nct-crc-he", new() { Patch = 224 }).Count);
        foreach (var (word, predict) in ((string, Action)[])[
            ("does not exist", () => predictor.Predict(_folder.At("nothing"))),
            ("holds no patches", () => predictor.Predict(Directory.CreateDirectory(_folder.At("empty")).FullName)),
            ("does not state microns", () => predictor.Predict(SlideFiles.Aperio)),
            ("label 4", () => predictor.Predict([tile], new() { Labels = [4] })),
            ("2 labels", () => predictor.Predict([tile], new() { Labels = [1, 2] })),
            ("Labels does not apply", () => predictor.Predict(tile, new() { Labels = [1] })),
            ("Stride (--stride) does not apply", () => predictor.Predict([tile], new() { Stride = 8 })),
            ("32 x 20 px", () => predictor.Predict(_folder.Write("low.png", new Raster(32, 20, 3).ToPng()))),
            ("Patch (--patch) does not apply", () =>
            {
                using var one = Slide.Open(tile);
                predictor.Predict(one, PatchGrid.Over(one, 32, Resolution.Baseline(1)), new() { Patch = 16 });
            }),
            ("no patches", () => predictor.Predict(Array.Empty<Raster>())),
            ("made for this slide", () =>
            {
                using Slide one = Slide.Open(SlideFiles.Aperio), other = Slide.Of(new Raster(90, 90, 3));
                predictor.Predict(one, PatchGrid.Over(other, 32, Resolution.Baseline(1)));
            }),
            ("batches of 0", () => new PatchPredictor(SmallModel.Write(_folder), batch: 0).Dispose()),
            ("device 'gpu'", () => new PatchPredictor(SmallModel.Write(_folder), engine: new(Device: "gpu")).Dispose()),
            ("-1 threads", () => new PatchPredictor(SmallModel.Write(_folder), engine: new(Threads: -1)).Dispose())])
            Assert.Contains(word, Assert.Throws<BadInputException>(predict).Message, StringComparison.Ordinal);
        _folder.Write("some/red/1.png", new Raster(32, 32, 3).ToPng());
        _folder.Write("some/violet/1.png", new Raster(32, 32, 3).ToPng());
        var some = predictor.Predict(_folder.At("some"));
        Assert.Equal([1, null], some.Select(row => row.Label));
        Assert.Contains(some.Problems, problem => problem.What.StartsWith("1 patches are of no class", StringComparison.Ordinal));
    }

    [Fact]
    public void Predictors_and_calls_do_not_disturb_each_other()
    {
        var patches = Patches(5, 200);
        using PatchPredictor one = new(SmallModel.Write(_folder), batch: 7), other = new(SmallModel.Write(_folder, patch: 16, name: "other"), batch: 64);
        var (expected, tile) = (one.Predict(patches), Slide.Of(patches[0]));
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            Assert.Equal(expected, (i % 2 == 0 ? one : other).Predict(patches, new() { KeepProbabilities = i % 4 == 0, Patch = 32 }));
            Assert.Equal(i % 2 == 0 ? 1 : 4, (i % 2 == 0 ? one : other).Predict(tile).Count);
        });
    }
}
