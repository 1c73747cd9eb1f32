using Google.Protobuf;

namespace Patchwise.Tests;

[Collection("networks that learn")]
public sealed class LinearHeadTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static double Accuracy(PredictionTable table) => table.Average(row => row.Class == row.Label ? 1.0 : 0);

    static float[] Probabilities(PredictionTable table) => [.. Enumerable.Range(0, table.Count).SelectMany(row => table.Probabilities(row).ToArray())];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_head_saved_and_opened_predicts_as_it_does_in_memory(bool eight)
    {
        using var model = TextureModel.Open(_folder);
        var head = LinearHead.Train(model, TextureModel.Striped(_folder, 1), eight: eight);
        Assert.True(Accuracy(head.CrossValidated) > 0.9);
        var path = _folder.At("deep/new/head.onnx");
        head.Save(path);
        Assert.Equal(["head.onnx"], Directory.GetFiles(_folder.At("deep/new")).Select(Path.GetFileName));

        using var others = new TemporaryFolder();
        var unseen = TextureModel.Striped(others, 2);
        var expected = head.Predict(unseen);
        Assert.True(Accuracy(expected) > 0.9);
        using var saved = Model.Open(path);
        Assert.Equal(["class0", "class1", "class2"], saved.Card.Classes.Select(one => one.Name));
        Assert.Equal((TextureModel.Side, "network: CC0; patches: not stated"), (saved.Card.Patch, saved.Card.Licence));
        Assert.Contains("24 patches of striped", saved.Card.Source);
        Assert.Equal(eight ? 8 : 1, saved.Card.Orientations);
        using var predictor = new PatchPredictor(saved);
        var found = predictor.Predict(unseen.Files, new() { Labels = [.. unseen.Labels.Select(label => (int?)label)] });
        Assert.Equal(expected.Select(row => (row.Class, row.Label)), found.Select(row => (row.Class, row.Label)));
        Assert.All(Probabilities(expected).Zip(Probabilities(found)), pair => Assert.Equal(pair.First, pair.Second, 1e-4));

        // A saved head is a network like any other, so a head can be learned on it.
        var again = LinearHead.Train(saved, unseen, eight: !eight);
        again.Save(_folder.At("again.onnx"));
        using var second = Model.Open(_folder.At("again.onnx"));
        using var secondPredictor = new PatchPredictor(second);
        Assert.All(Probabilities(again.Predict(unseen)).Zip(Probabilities(secondPredictor.Predict(unseen.Files))),
            pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Patches_of_another_size_than_the_networks_are_learned_from_where_it_takes_any()
    {
        LabelledPatches Noise(string name, Func<int, PixelSize> size)
        {
            var random = new Random(6);
            for (var i = 0; i < 12; i++)
                _folder.Write(FormattableString.Invariant($"{name}/class{i % 3}/{i}.png"),
                    RasterResizeTests.RandomRaster(random, size(i).Width, size(i).Height, 3, 8).ToPng());
            return LabelledPatches.Open(_folder.At(name));
        }
        var small = Noise("small", _ => new(80, 80));
        using var network = Model.Open("mobilenet_v2-imagenet");
        var head = LinearHead.Train(network, small);
        head.Save(_folder.At("small.onnx"));
        using var saved = Model.Open(_folder.At("small.onnx"));
        Assert.Equal((80, 80), (saved.Card.Patch, saved.Card.Stride));
        using var predictor = new PatchPredictor(saved);
        Assert.All(Probabilities(head.Predict(small)).Zip(Probabilities(predictor.Predict(small.Files))), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.All(head.CrossValidated, row => Assert.Equal(new Box(0, 0, 80, 80), row.Level0));

        using var fixedSize = TextureModel.Open(_folder);
        foreach (var (patches, model, said) in ((LabelledPatches, Model, string)[])[(small, fixedSize, "takes no patches of that size (its own are of 16 px)"),
            (Noise("large", _ => new(1100, 1100)), network, "of 1,024 px at most"), (Noise("oblong", _ => new(90, 80)), network, "expected square patches"),
            (Noise("mixed", i => i < 11 ? new(80, 80) : new(96, 96)), network, "is 96 x 96 px: expected 80 x 80 px")])
        {
            var message = Assert.Throws<BadInputException>(() => LinearHead.Train(model, patches)).Message;
            Assert.Contains(said, message, StringComparison.Ordinal);
            Assert.Contains("patchwise resize", message, StringComparison.Ordinal);
        }
        Assert.Contains("is 96 x 96 px: expected 80 x 80 px", Assert.Throws<BadInputException>(() =>
            head.Predict(Noise("other", _ => new(96, 96)))).Message, StringComparison.Ordinal);
    }

    /// <summary>Each patient has a stain of its own and one class: who knows the patient knows the class, which the patch does not show.</summary>
    [Theory]
    [InlineData(null), InlineData(6)]
    public void Who_is_learned_from_is_not_tested_where_patients_are_known(int? folds)
    {
        var random = new Random(31);
        for (var patient = 0; patient < 24; patient++)
        {
            var stain = new Random(patient);
            byte[] color = [(byte)stain.Next(40, 160), (byte)stain.Next(40, 160), (byte)stain.Next(40, 160)];
            for (var i = 0; i < 5; i++)
            {
                var samples = new byte[3 * TextureModel.Side * TextureModel.Side];
                for (var at = 0; at < samples.Length; at++)
                    samples[at] = (byte)(color[at % 3] + random.Next(30));
                _folder.Write($"stained/class{patient % 2}/p{patient}_{i}.png", Raster.FromSamples(TextureModel.Side, TextureModel.Side, 3, samples).ToPng());
            }
        }
        using var model = TextureModel.Open(_folder);
        var leaky = LinearHead.Train(model, LabelledPatches.Open(_folder.At("stained")), folds);
        Assert.True(Accuracy(leaky.CrossValidated) > 0.85);
        var known = LinearHead.Train(model, LabelledPatches.Open(_folder.At("stained"), layout: "{class}/{patient}_*"), folds);
        // Chance is 0.5; of 24 patients 0.5 + 3 deviations of 0.102.
        Assert.InRange(Accuracy(known.CrossValidated), 0, 0.81);
        Assert.Contains(folds is null ? "leave-one-patient-out, 24 patients" : "6 folds, 24 patients kept apart", known.ToString(), StringComparison.Ordinal);
        // As far as another patient lies, not as another patch of the same.
        Assert.True(known.CrossValidated.Average(row => (double)row.Novelty!) > 0);

        var evaluation = Evaluation.Of(known.CrossValidated, resamples: 500);
        Assert.Contains("of 24 patients", evaluation.ToString(), StringComparison.Ordinal);
        var without = Evaluation.Of(leaky.CrossValidated, resamples: 500);
        Assert.DoesNotContain("patients", without.ToString(), StringComparison.Ordinal);
        Assert.True(evaluation.Accuracy.High - evaluation.Accuracy.Low > 1.3 * (without.Accuracy.High - without.Accuracy.Low));
        Assert.Contains("of 24 patients, and those of one resemble each other", PairedComparison.Of(known.CrossValidated, leaky.CrossValidated).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Patients_are_spread_so_that_each_class_is_in_several_parts()
    {
        for (var patient = 0; patient < 30; patient++)
            for (var i = 0; i < 10; i++)
                _folder.Write($"many/{(patient < 2 && i < 5 ? "rare" : patient % 2 == 0 ? "one" : "two")}/p{patient}_{i}.png",
                    Raster.FromSamples(2, 2, 3, [.. Enumerable.Range(0, 12).Select(k => (byte)(patient * 10 + i + k * k))]).ToPng());
        var patches = LabelledPatches.Open(_folder.At("many"), layout: "{class}/{patient}_*");
        for (var seed = 0; seed < 20; seed++)
        {
            var parts = Folds.Of(patches, [.. Enumerable.Range(0, patches.Count)], null, seed);
            Assert.Equal(Enumerable.Range(0, 10), parts.Distinct().Order());
            Assert.All(patches.Patients!.Zip(parts).GroupBy(one => one.First), own => Assert.Single(own.Select(one => one.Second).Distinct()));
            Assert.All(patches.Labels.Zip(parts).GroupBy(one => one.First), own => Assert.True(own.Select(one => one.Second).Distinct().Count() > 1));
            Assert.All(parts.CountBy(part => part), part => Assert.InRange(part.Value, 20, 40));
        }
        // Two patients with the same image are one.
        int[] groups = [.. Enumerable.Range(0, patches.Count)];
        var owners = patches.Patients!.ToList();
        groups[owners.IndexOf("p4")] = groups[owners.IndexOf("p6")];
        var joined = Folds.Of(patches, groups, null, 0);
        Assert.Single(patches.Patients!.Zip(joined).Where(one => one.First is "p4" or "p6").Select(one => one.Second).Distinct());
        var sole = LabelledPatches.Open(_folder.At("many"), layout: "{class}/p*_{patient}.png");
        Assert.Equal(10, sole.Patients!.Distinct().Count());
        _folder.Write("many/sole/p3_1.png", Raster.FromSamples(2, 2, 3, new byte[12]).ToPng());
        _folder.Write("many/sole/p3_0.png", Raster.FromSamples(2, 2, 3, new byte[12]).ToPng());
        Assert.Contains("the class sole of many has patches of one patient only", Assert.Throws<BadInputException>(() =>
            Folds.Of(LabelledPatches.Open(_folder.At("many"), layout: "{class}/{patient}_*"), [.. Enumerable.Range(0, 302)], null, 0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void From_some_of_its_patches_the_same_is_learned_as_anew()
    {
        using var model = TextureModel.Open(_folder);
        var patches = TextureModel.Striped(_folder, 4);
        var (some, others) = patches.Split(1 / 3.0, 1);
        foreach (var eight in (bool[])[true, false])
        {
            LinearHead Of(LabelledPatches from) => LinearHead.Train(model, from, seed: 3, eight: eight);
            var (anew, found) = (Of(some), Of(patches).LearnedFrom(some));
            Assert.Equal((anew.Mpp, anew.MppSource), (found.Mpp, found.MppSource));
            Assert.Equal(Probabilities(anew.CrossValidated), Probabilities(found.CrossValidated));
            Assert.Equal(anew.CrossValidated.Select(row => row.Novelty), found.CrossValidated.Select(row => row.Novelty));
            anew.Save(_folder.At("anew.onnx"));
            found.Save(_folder.At("found.onnx"));
            using var one = new PatchPredictor(_folder.At("anew.onnx"));
            using var other = new PatchPredictor(_folder.At("found.onnx"));
            Assert.Equal(Probabilities(one.Predict(others.Files)), Probabilities(other.Predict(others.Files)));
            Assert.Contains("none of the patches that the classifier was learned from",
                Assert.Throws<BadInputException>(() => found.LearnedFrom(others)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Of two patches, or two patients, of a class one is held out: what is learned from the other is not tested by itself.</summary>
    [Fact]
    public void From_one_patch_or_patient_of_a_class_it_is_learned_where_others_are_held_out()
    {
        using var model = TextureModel.Open(_folder);
        TextureModel.Striped(_folder, 4);
        foreach (var i in Enumerable.Range(2, 6))
            File.Delete(_folder.At($"striped/class0/{i}.png"));
        var patches = LabelledPatches.Open(_folder.At("striped"));
        var whole = LinearHead.Train(model, patches, seed: 3, eight: false);
        var (some, others) = whole.Split();
        Assert.Equal((1, 1), (some.Labels.Count(label => label == 0), others.Labels.Count(label => label == 0)));
        var head = whole.LearnedFrom(some);
        var found = head.Predict(others);
        Assert.True(found.Count(row => row.Class == row.Label) > 0.7 * others.Count, Evaluation.Of(found).ToString());
        foreach (var act in (Action[])[() => _ = head.CrossValidated, () => LinearHead.Train(model, some, seed: 3, eight: false)])
            Assert.Contains("has 1 different patch", Assert.Throws<BadInputException>(act).Message, StringComparison.Ordinal);
        head.Save(_folder.At("head.onnx"));
    }

    [Fact]
    public void Eight_orientations_make_the_prediction_the_same_for_a_patch_turned_or_mirrored()
    {
        using var model = TextureModel.Open(_folder);
        var patches = TextureModel.Striped(_folder, 3);
        var (eight, one) = (LinearHead.Train(model, patches), LinearHead.Train(model, patches, eight: false));
        using var turned = new TemporaryFolder();
        var raster = TextureModel.Patch(new Random(9), 2);
        for (var orientation = 1; orientation <= 8; orientation++)
            turned.Write($"class1/{orientation}.png", Orientation.Apply(raster, orientation).ToPng());
        var all = LabelledPatches.Open(turned.Path);
        var (steady, moving) = (eight.Predict(all), one.Predict(all));
        for (var row = 1; row < 8; row++)
            Assert.All(steady.Probabilities(row).ToArray().Zip(steady.Probabilities(0).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.True(Enumerable.Range(1, 7).Max(row => Math.Abs(moving.Probabilities(row)[1] - moving.Probabilities(0)[1])) > 1e-3);
    }

    /// <summary>
    /// Noise with labels that mean nothing, and each image three times, twice turned. What is learned from them cannot be right on others more often than by
    /// chance; where a turned copy is among those learned from, it would be.
    /// </summary>
    [Fact]
    public void Meaningless_labels_are_predicted_by_chance_only_and_a_leak_would_show()
    {
        const int Classes = 4, Images = 40;
        var random = new Random(21);
        for (var i = 0; i < Images; i++)
        {
            var patch = TextureModel.Patch(random);
            for (var copy = 0; copy < 3; copy++)
                _folder.Write($"noise/c{i % Classes}/{i} {copy}.png", Orientation.Apply(patch, 1 + 3 * copy).ToPng());
        }
        using var model = TextureModel.Open(_folder);
        var patches = LabelledPatches.Open(_folder.At("noise"));
        // Chance is 0.25; of 40 images 0.25 + 3 deviations of 0.068.
        foreach (var folds in (int?[])[null, 5])
            Assert.InRange(Accuracy(LinearHead.Train(model, patches, folds, seed: 1).CrossValidated), 0, 0.455);

        // The leaks: copies in other parts, and testing on what was learned.
        var (rows, labels) = (Features(model, patches), patches.Labels);
        int[] all = [.. Enumerable.Range(0, rows.Length)];
        var copies = all.Where(i => i % 3 == 0).Average(left =>
            IndexOfMost(RidgeClassifier.Fit(rows, [TextureModel.Features], [.. all.Where(i => i != left)], labels, Classes).Predict(rows[left])) == labels[left]
            ? 1.0 : 0);
        Assert.True(copies > 0.9, $"{copies}");
        var whole = RidgeClassifier.Fit(rows, [TextureModel.Features], all, labels, Classes);
        Assert.True(all.Average(i => IndexOfMost(whole.Predict(rows[i])) == labels[i] ? 1.0 : 0) > 0.9);
    }

    /// <summary>Where a copy, perhaps turned, tells the class of a patch that is left out, the smallest penalty seems the best and every output sure.</summary>
    [Fact]
    public void Copies_do_not_choose_the_penalty()
    {
        var random = new Random(22);
        for (var i = 0; i < 24; i++)
        {
            var patch = TextureModel.Patch(random);
            for (var copy = 0; copy < 2; copy++)
                _folder.Write($"noise/c{i % 2}/{i} {copy}.png", Orientation.Apply(patch, 1 + 2 * copy).ToPng());
        }
        using var model = TextureModel.Open(_folder);
        // Nothing is to be learned, so to be sure of nothing is best: ln 2.
        var found = Evaluation.Of(LinearHead.Train(model, LabelledPatches.Open(_folder.At("noise"))).CrossValidated, resamples: 100);
        Assert.InRange(found.LogLoss!.Value.Value, 0.5, 1);
    }

    [Fact]
    public void The_resolution_is_that_of_the_patches_as_their_files_state_or_as_is_given()
    {
        using var model = TextureModel.Open(_folder);
        var none = LinearHead.Train(model, TextureModel.Striped(_folder, 1));
        Assert.Null(none.Mpp);
        Assert.Contains("not known: no patch states any", none.ToString(), StringComparison.Ordinal);
        LabelledPatches Stated(string name, Func<int, double> mpp, double? given = null)
        {
            var random = new Random(4);
            for (var i = 0; i < 12; i++)
            {
                var patch = TextureModel.Patch(random, i % 3 + 1);
                patch.Mpp = new(mpp(i));
                _folder.Write(FormattableString.Invariant($"{name}/class{i % 3}/{i}.png"), patch.ToPng());
            }
            return LabelledPatches.Open(_folder.At(name), given);
        }
        var head = LinearHead.Train(model, Stated("one", _ => 0.998));
        Assert.Equal(0.998, head.Mpp!.Value.X, 1e-3);
        Assert.Contains("as the patches' files state", head.ToString(), StringComparison.Ordinal);
        head.Save(_folder.At("head.onnx"));
        using var saved = Model.Open(_folder.At("head.onnx"));
        Assert.Equal(0.998, saved.Card.Mpp!.Value.X, 1e-3);
        var message = Assert.Throws<BadInputException>(() => LinearHead.Train(model, Stated("mixed", i => i % 2 == 0 ? 0.25 : 0.5))).Message;
        Assert.Contains("0.25 microns per pixel", message, StringComparison.Ordinal);
        Assert.Contains("labelledMpp", message, StringComparison.Ordinal);
        var given = LinearHead.Train(model, Stated("mixed", i => i % 2 == 0 ? 0.25 : 0.5, 0.5));
        Assert.Equal((0.5, "as stated of mixed"), (given.Mpp!.Value.X, given.MppSource));
        // A head on a head, whose card states it: that is no more than a guess, and told.
        Assert.Contains("assumed, since the card of head states it", LinearHead.Train(saved, TextureModel.Striped(_folder, 2)).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Who_tests_a_head_on_what_it_was_learned_from_is_told()
    {
        using var model = TextureModel.Open(_folder);
        var patches = TextureModel.Striped(_folder, 1);
        var head = LinearHead.Train(model, patches);
        Assert.Equal(0, Evaluation.Of(head.CrossValidated, resamples: 100).Learned);
        var known = Evaluation.Of(head.Predict(patches), resamples: 100);
        Assert.Equal(patches.Count, known.Learned);
        Assert.Contains("24 of them are patches that the head was learned from, or copies", known.ToString());
        var compared = PairedComparison.Of(head.Predict(patches), head.CrossValidated);
        Assert.Equal(24, compared.Learned);
        Assert.Contains("24 of them, or copies, by one of the two", compared.ToString());
        Assert.Equal(0, PairedComparison.Of(head.CrossValidated, head.CrossValidated).Learned);
        head.Save(_folder.At("head.onnx"));
        _folder.Write("mixed/class0/old.png", Orientation.Apply(Raster.Load(patches.Files[0]), 5).ToPng());
        _folder.Write("mixed/class1/new.png", TextureModel.Patch(new Random(77), 2).ToPng());
        var (code, output, _) = Cli.RunForOutput("predict", _folder.At("mixed"), "--model", _folder.At("head.onnx"));
        Assert.Equal(0, code);
        Assert.Contains("; at least 1 are what the head was learned from", output);
        Assert.Contains("1 of them are patches that the head was learned from", output);
    }

    static int IndexOfMost(float[] values) => Array.IndexOf(values, values.Max());

    static float[][] Features(Model model, LabelledPatches patches)
    {
        var (onnx, depths) = FeatureDepth.Backbone(model);
        using var engine = new OnnxEngine(HeadGraph.Write(onnx, depths, TextureModel.Side, true, new float[2 * TextureModel.Features], new float[2], "t")
            .ToByteArray(),
            "t", new PatchScaling(model.Card), logits: OnnxWriter.Logits, features: OnnxWriter.Features);
        return PatchFeatures.Of(patches, engine, TextureModel.Side, null, CancellationToken.None).Rows;
    }

    [Fact]
    public void Each_patch_is_tested_once_in_parts_that_share_no_image_and_hold_every_class()
    {
        var patches = TextureModel.Striped(_folder, 4, classes: 3, each: 10);
        int[] groups = [.. Enumerable.Range(0, 30).Select(i => i / 2)];
        var folds = Folds.Of(patches, groups, 5, seed: 3);
        Assert.Equal([0, 1, 2, 3, 4], folds.Distinct().Order());
        Assert.All(Enumerable.Range(0, 30), i => Assert.Equal(folds[i / 2 * 2], folds[i]));
        Assert.All(folds.Index().GroupBy(fold => fold.Item), fold => Assert.Equal(3, fold.Select(i => patches.Labels[i.Index]).Distinct().Count()));
        Assert.Equal(folds, Folds.Of(patches, groups, 5, seed: 3));
        Assert.NotEqual(folds, Folds.Of(patches, groups, 5, seed: 4));
        Assert.Equal(15, Folds.Of(patches, groups, null, seed: 3).Distinct().Count());
    }

    [Fact]
    public void A_seed_gives_the_same_head_and_the_same_test()
    {
        using var model = TextureModel.Open(_folder);
        var patches = TextureModel.Striped(_folder, 5);
        var (first, second, other) = (LinearHead.Train(model, patches, 4, seed: 7), LinearHead.Train(model, patches, 4, seed: 7), LinearHead.Train(model,
            patches, 4, seed: 8));
        Assert.Equal(Probabilities(first.CrossValidated), Probabilities(second.CrossValidated));
        Assert.NotEqual(Probabilities(first.CrossValidated), Probabilities(other.CrossValidated));
        // The seed deals patches to parts only: the head itself is the same.
        Assert.Equal(Probabilities(first.Predict(patches)), Probabilities(other.Predict(patches)));
        Assert.Equal(patches.Files, first.CrossValidated.Sources.Select(source => source.Name));
        Assert.Contains("4 folds", first.ToString());
        Assert.Contains("4 folds", first.CrossValidated.Model);
    }

    [Fact]
    public void What_does_not_suit_is_said()
    {
        using var model = TextureModel.Open(_folder);
        string Message(string folder, Func<LabelledPatches, LinearHead>? train = null) =>
            Assert.Throws<BadInputException>(() => (train ?? (patches => LinearHead.Train(model, patches)))(LabelledPatches.Open(_folder.At(folder)))).Message;
        void Write(string path, int seed, int side = TextureModel.Side) => _folder.Write(path, TextureModel.Patch(new Random(seed), side: side).ToPng());

        Write("one/a/1.png", 1);
        Write("one/a/2.png", 2);
        Assert.Contains("has the class a only", Message("one"));
        Write("one/b/3.png", 3);
        Assert.Contains("the class b of one has 1 different patch: expected 2 or more", Message("one"));
        _folder.Write("one/b/4.png", Orientation.Apply(Raster.Load(_folder.At("one/b/3.png")), 6).ToPng());
        Assert.Contains("the class b of one has 1 different patch", Message("one"));
        Write("one/b/5.png", 5);
        Directory.CreateDirectory(_folder.At("one/c"));
        Assert.Contains("the class c of one has no patch", Message("one"));
        Directory.Delete(_folder.At("one/c"));
        Assert.Contains("6 folds of 4 different patches: expected 2 to 4", Message("one", patches => LinearHead.Train(model, patches, folds: 6)));
        Assert.Contains("1 folds", Message("one", patches => LinearHead.Train(model, patches, folds: 1)));
        Assert.Contains("seed -1", Message("one", patches => LinearHead.Train(model, patches, seed: -1)));
        var head = LinearHead.Train(model, LabelledPatches.Open(_folder.At("one")));
        Assert.Contains("ends in .onnx", Assert.Throws<BadInputException>(() => head.Save(_folder.At("head.pth"))).Message);
        Assert.False(File.Exists(_folder.At("head.pth")));

        Write("one/b/6.png", 1);
        Assert.Contains("are the same image", Message("one"));
        Write("one/b/6.png", 6, side: 17);
        Assert.Contains("6.png is 17 x 17 px: expected 16 x 16 px", Message("one"));
        _folder.Write("one/b/6.png", "no image");
        Assert.Contains("6.png", Message("one"));
        Write("other/z/1.png", 1);
        Assert.Contains("the class z of other is none of the model's",
            Assert.Throws<BadInputException>(() => head.Predict(LabelledPatches.Open(_folder.At("other")))).Message);
    }

    [Fact]
    public void Networks_that_give_no_features_are_refused()
    {
        var patches = TextureModel.Striped(_folder, 6);
        using (var model = TextureModel.Open(_folder, softmaxOnly: true))
            Assert.Contains("does not end in a linear layer", Assert.Throws<BadInputException>(() => LinearHead.Train(model, patches)).Message);
        using (var model = TextureModel.Open(_folder, operatorSet: 12))
            Assert.Contains("operator set before 13", Assert.Throws<BadInputException>(() => LinearHead.Train(model, patches)).Message);
        using (var model = TextureModel.Open(_folder, batch: 1))
        {
            Assert.Contains("takes batches of 1 only", Assert.Throws<BadInputException>(() => LinearHead.Train(model, patches)).Message);
            Assert.True(Accuracy(LinearHead.Train(model, patches, eight: false).CrossValidated) > 0.9);
        }
    }

    [Fact]
    public void A_network_with_weights_in_another_file_can_be_learned_on_but_not_saved()
    {
        TextureModel.Open(_folder).Dispose();
        var proto = Onnx.ModelProto.Parser.ParseFrom(File.ReadAllBytes(_folder.At("texture.onnx")));
        // Where the weights lie is field 13, which is not read here: entries of a key and a value.
        var outside = proto.Graph.Initializer[0];
        _folder.Write("weights.bin", outside.RawData.ToByteArray());
        var plain = new Onnx.TensorProto { Name = outside.Name, DataType = 1, Dims = { outside.Dims }, DataLocation = 1 };
        byte[] entry = [.. new Onnx.StringStringEntryProto { Key = "location", Value = "weights.bin" }.ToByteArray()];
        proto.Graph.Initializer[0] = Onnx.TensorProto.Parser.ParseFrom([.. plain.ToByteArray(), 13 << 3 | 2, (byte)entry.Length, .. entry]);
        File.WriteAllBytes(_folder.At("texture.onnx"), proto.ToByteArray());

        using var model = Model.Open(_folder.At("texture.onnx"));
        var head = LinearHead.Train(model, TextureModel.Striped(_folder, 8));
        Assert.True(Accuracy(head.CrossValidated) > 0.9);
        Assert.Contains("weights in files of their own", Assert.Throws<BadInputException>(() => head.Save(_folder.At("head.onnx"))).Message);
        Assert.False(File.Exists(_folder.At("head.onnx")));
    }

    /// <summary>
    /// Of each kind of network: one depth a size, the last of which is the vector before the last layer; and with eight orientations the mean of what the eight
    /// give one by one.
    /// </summary>
    [Theory]
    [InlineData("mobilenet_v2", true, new[] { 48, 24, 12, 6, 3 })]
    [InlineData("mobilenet_v3_small", true, new[] { 48, 24, 12, 6, 3 })]
    [InlineData("mobilenet_v3_small", false, new[] { 48, 24, 12, 6, 3, 0 })]
    [InlineData("resnet18", false, new[] { 48, 24, 12, 6, 3 })]
    [InlineData("densenet121", true, new[] { 48, 24, 12, 6, 3 })]
    [InlineData("googlenet", false, new[] { 48, 24, 12, 6, 3 })]
    [InlineData("alexnet", true, new[] { 23, 11, 5, 2 })]
    public void Depths_are_one_a_scale_and_orientations_are_averaged(string architecture, bool pooled, int[] sides)
    {
        const int Side = 96;
        var path = _folder.At("w.safetensors");
        ZooFile.Write(path, "depths", Network.Describe(architecture, pooled, 5).Tensors);
        using var checkpoint = Checkpoint.Open(path);
        var network = Recognition.Of(checkpoint, architecture);
        NetworkProgram program = new(network);
        var depths = FeatureDepth.Of(network, program, Side);
        Assert.Equal(sides, depths.Select(depth => depth.Side ?? 0));

        var patch = TextureModel.Patch(new Random(4), 5, Side);
        var length = depths.Sum(depth => depth.Channels);
        OnnxEngine Engine(bool? eight)
        {
            var plain = OnnxWriter.Write(program);
            var model = eight is null ? plain : HeadGraph.Write(plain, depths, Side, eight.Value, new float[2 * length], new float[2], "t");
            return new(model.ToByteArray(), "t", new PatchScaling(new ModelCard("t", [], Side, Side, null, [0, 0, 0], [1, 1, 1])), null, OnnxWriter.Logits,
                OnnxWriter.Features);
        }
        static float[] Run(OnnxEngine engine, Raster of)
        {
            var features = new float[engine.Features];
            engine.Run(of.AsBytes(), 1, of.Size, new float[engine.Classes], features);
            return features;
        }
        using OnnxEngine plain = Engine(null), single = Engine(false), averaging = Engine(true);
        Assert.Equal((length, length), (single.Features, averaging.Features));
        var (own, one) = (Run(plain, patch), Run(single, patch));
        Assert.All(own.Zip(one[^own.Length..]), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * Math.Max(1, Math.Abs(pair.First))));
        var turned = Enumerable.Range(1, 8).Select(orientation => Run(single, Orientation.Apply(patch, orientation))).ToArray();
        Assert.All(Run(averaging, patch).Index(), found =>
            Assert.Equal(turned.Average(of => of[found.Index]), found.Item, 1e-4 * Math.Max(1, Math.Abs(found.Item))));
    }

    /// <summary>
    /// The notebook's case, on real tissue. The head was designed before its first result was seen; 47 of 61 is what others reach with such features.
    /// </summary>
    [Fact]
    public void Tissue_is_told_from_features_that_were_learned_on_photographs()
    {
        using var model = Model.Open("mobilenet_v2-imagenet");
        var patches = LabelledPatches.Open("nct-crc-he");
        var head = LinearHead.Train(model, patches);
        var found = Evaluation.Of(head.CrossValidated, resamples: 200);
        Assert.True(found.Accuracy.Value > 47 / 61.0, found.ToString());
        Assert.True(found.Auc!.Value.Value > 0.9);
        Assert.Contains("leave-one-out", head.ToString());
        Assert.Contains("96 at 112 x 112 px, 144 at 56 x 56 px, 192 at 28 x 28 px, 576 at 14 x 14 px, 1280 at 7 x 7 px", head.ToString());
        var path = _folder.At("tissue.onnx");
        head.Save(path);
        using var predictor = new PatchPredictor(path);
        Assert.Equal((0.5, 224), (predictor.Card.Mpp!.Value.X, predictor.Card.Patch));
        foreach (var file in patches.Files.Where((_, i) => i % 15 == 0))
            _folder.Write(Path.GetRelativePath(patches.Folder, file), File.ReadAllBytes(file));
        foreach (var one in patches.Classes)
            Directory.CreateDirectory(_folder.At(one.Name));
        var some = LabelledPatches.Open(_folder.Path);
        Assert.Equal(5, some.Count);
        Assert.All(Probabilities(head.Predict(some)).Zip(Probabilities(predictor.Predict(some.Files))), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }
}
