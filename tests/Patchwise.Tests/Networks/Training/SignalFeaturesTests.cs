namespace Patchwise.Tests;

[Collection("networks that learn")]
public sealed class SignalFeaturesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Raster[] Random(int count, int side, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => TextureModel.Patch(random, 2, side))];
    }

    [Fact]
    public void A_network_of_any_input_gives_the_means_of_its_depths_and_of_their_middle()
    {
        using var model = Model.Open("mobilenet_v2-imagenet");
        using var features = SignalFeatures.Of(model);
        Assert.Equal([32, 64, 100], features.Inputs([32, 64, 100, 32]));
        Assert.InRange(features.MultiplyAdds(224)!.Value, 300_700_000, 300_800_000);
        Assert.True(features.MultiplyAdds(112) < 0.28 * features.MultiplyAdds(224));
        foreach (var side in (int[])[32, 100])
        {
            var patches = Random(5, side);
            var found = features.Of(patches, default);
            Assert.All(found, row => Assert.Equal(features.Parts(side).Sum(), row.Length));
            // One at a time, and the means by hand.
            var depths = FeatureDepth.Of(model.Network!, model.Program, side);
            Assert.Equal(depths.SelectMany(depth => Enumerable.Repeat(depth.Channels, depth.Side >= 4 ? 2 : 1)), features.Parts(side));
            Assert.All(found[3].Zip(features.Of([patches[3]], default)[0]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            var tapped = FeatureDepth.Backbone(model).Onnx;
            tapped.Graph.Output.Add(OnnxWriter.Value(depths[0].Tensor, "batch", depths[0].Channels, "h", "w"));
            using var session = OnnxEngine.Open(Google.Protobuf.MessageExtensions.ToByteArray(tapped), "tapped", null, new(Threads: 1));
            var values = new float[3 * side * side];
            new PatchScaling(model.Card).Fill(patches[0].AsBytes(), values);
            using var results = session.Run(new Microsoft.ML.OnnxRuntime.RunOptions(), ["patches"],
                [Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(values, [1, 3, side, side])], [depths[0].Tensor]);
            var map = results[0].GetTensorDataAsSpan<float>().ToArray();
            var s = depths[0].Side!.Value;
            float Mean(int channel, int margin) => (float)Enumerable.Range(margin, s - 2 * margin).Average(y =>
                Enumerable.Range(margin, s - 2 * margin).Average(x => (double)map[(channel * s + y) * s + x]));
            for (var channel = 0; channel < depths[0].Channels; channel++)
            {
                Assert.Equal(Mean(channel, 0), found[0][channel], 1e-3);
                Assert.Equal(Mean(channel, s / 4), found[0][depths[0].Channels + channel], 1e-3);
            }
        }
        Assert.Throws<OperationCanceledException>(() => features.Of(Random(2, 64), new CancellationToken(true)));
    }

    [Fact]
    public void A_network_of_one_input_takes_that()
    {
        using var model = TextureModel.Open(_folder);
        using var features = SignalFeatures.Of(model);
        Assert.Equal([TextureModel.Side], features.Inputs([32, 64]));
        Assert.Equal(200 * 27 * 14 * 14, features.MultiplyAdds(TextureModel.Side)!.Value, 1000.0);
        using var other = TextureModel.Open(_folder);
        using var same = SignalFeatures.Of(other);
        Assert.Equal(features.Digest, same.Digest);
        Assert.Equal(features.Of(Random(3, 16), default)[1], same.Of(Random(3, 16), default)[1]);
        Assert.Contains("takes no patches of 20 px: expected 16 px",
            Assert.Throws<BadInputException>(() => features.Of(Random(1, 20), default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_test_with_a_network_is_the_same_for_any_number_of_threads_and_its_head_predicts()
    {
        using var model = Model.Open("mobilenet_v2-imagenet");
        using var features = SignalFeatures.Of(model);
        var objects = SignalSet.Of(8, 32, (label, random) =>
        {
            var phase = 2 * Math.PI * random.NextDouble();
            return (x, y) => 128 + 90 * Math.Sin(2 * Math.PI * (label == 0 ? x : y) / 8 + phase);
        });
        SignalOptions options = new() { Factors = [1, 0.5], Fields = [24], Inputs = [32], Reference = 48, Objects = 96 };
        var test = SignalTest.Of(objects, features, options with { Threads = 1 }, default);
        Assert.Equal(test.Rows, SignalTest.Of(objects, features, options with { Threads = 3 }, default).Rows);
        Assert.True(test.Best.Accuracy.Value > 0.9);

        var setting = new SignalSetting(0.5, 24, 32);
        features.SaveHead(test, _folder.At("head.onnx"), setting, default);
        using var saved = Model.Open(_folder.At("head.onnx"));
        Assert.Equal((12, "class0 class1"), (saved.Card.Patch, string.Join(' ', saved.Card.Classes.Select(one => one.Name))));
        Assert.Contains("96 objects of made up at 20x, 12 px enlarged to 32", saved.Card.Source);
        // Patches as they are read at half the magnification: the network enlarges them as the test did, up to the rounding of samples.
        Raster[] read = [.. objects.Read(test.Objects, 24, 0, default).Select(crop => crop.Resize(new(12, 12), ResizeMethod.Area))];
        var expected = features.Of(test.Patches(setting, test.Objects, default), default);
        byte[] rgb = [.. read.SelectMany(patch => patch.AsBytes().ToArray())];
        using var engine = OnnxEngine.Of(saved, new(Threads: 1));
        var (logits, found) = (new float[2 * read.Length], new float[read.Length * expected[0].Length]);
        engine.Run(rgb, read.Length, new(12, 12), logits, found);
        var size = expected.SelectMany(row => row).Average(Math.Abs);
        Assert.True(expected.SelectMany(row => row).Zip(found, (one, other) => Math.Abs(one - other)).Average() < 0.05 * size);
        using var predictor = new PatchPredictor(saved);
        var table = predictor.Predict(read);
        Assert.True(table.Zip(test.Objects).Average(one => test.Classes[one.First.Class] == one.Second.Class ? 1.0 : 0) > 0.9);
        Assert.Contains("is no name for an ONNX model",
            Assert.Throws<BadInputException>(() => features.SaveHead(test, _folder.At("head.pth"), null, default)).Message, StringComparison.Ordinal);
    }
}
