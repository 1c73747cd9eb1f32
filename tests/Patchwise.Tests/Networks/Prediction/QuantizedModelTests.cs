using System.Runtime.InteropServices;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Tests;

/// <summary>Networks in 8 bits: what they compute, how they are kept, and when they are refused.</summary>
[Collection("networks")]
public class QuantizedModelTests
{
    static Raster[] Patches(int count, int side = 32)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ => SmallModel.Patch(random, side))];
    }

    /// <summary>A folder of patches as files.</summary>
    static string Folder(TemporaryFolder folder, int count, int side = 32)
    {
        foreach (var (i, patch) in Patches(count, side).Index())
            patch.Save(folder.At($"patches/{i:000}.png"));
        return folder.At("patches");
    }

    /// <summary>Three convolutions, the middle one with a channel of no weight but some bias, and a product.</summary>
    /// <param name="bias">Of the second class.</param>
    static string SmallNetwork(TemporaryFolder folder, string name = "net.onnx", int seed = 3, float bias = 0)
    {
        var random = new Random(seed);
        float[] Values(int count, float reach) => [.. Enumerable.Range(0, count).Select(_ => reach * (2 * random.NextSingle() - 1))];
        var proto = new ModelProto { IrVersion = 8, Graph = new() { Name = "g" }, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        proto.Graph.Input.Add(ModelTests.Port("patches", 1, -1, 3, -1, -1));
        proto.Graph.Output.Add(ModelTests.Port("logits", 1, -1, 2));
        void Store(string key, float[] values, params long[] shape) => proto.Graph.Initializer.Add(new TensorProto
        {
            Name = key,
            DataType = 1,
            Dims = { shape },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
        });
        var (from, channels) = ("patches", 3);
        foreach (var (i, to) in ((int, int)[])[(1, 6), (2, 8), (3, 4)])
        {
            var weights = Values(to * channels * 9, MathF.Sqrt(2f / channels));
            if (i == 2)
                Array.Fill(weights, 1e-12f, 9 * channels, 9 * channels);
            var biases = Values(to, 0.2f);
            biases[1] = 0.7f;
            Store($"w{i}", weights, to, channels, 3, 3);
            Store($"b{i}", biases, to);
            proto.Graph.Node.Add(new NodeProto
            {
                OpType = "Conv",
                Input = { from, $"w{i}", $"b{i}" },
                Output = { $"c{i}" },
                Attribute = { OnnxWriter.Ints("kernel_shape", 3, 3), OnnxWriter.Ints("pads", 1, 1, 1, 1) },
            });
            proto.Graph.Node.Add(new NodeProto { OpType = "Relu", Input = { $"c{i}" }, Output = { $"r{i}" } });
            (from, channels) = ($"r{i}", to);
        }
        proto.Graph.Node.Add(new NodeProto { OpType = "GlobalAveragePool", Input = { from }, Output = { "mean" } });
        proto.Graph.Node.Add(new NodeProto { OpType = "Flatten", Input = { "mean" }, Output = { "flat" } });
        var last = Values(4, 3);
        Store("w", [.. last, .. last.Zip(Values(4, 1), (a, b) => a + b)], 2, 4);
        Store("b", [0, bias], 2);
        proto.Graph.Node.Add(new NodeProto
        {
            OpType = "Gemm",
            Input = { "flat", "w", "b" },
            Output = { "logits" },
            Attribute = { OnnxWriter.Int("transB", 1) },
        });
        folder.Write(Path.ChangeExtension(name, ".json"), """{"classes":[{"name":"one"},{"name":"two"}],"patch":32}""");
        return folder.Write(name, proto.ToByteArray());
    }

    /// <summary>Patches that hardly differ, and a network that puts one half of them into each class: bytes cannot tell them apart.</summary>
    static (string Network, Raster[] Patches) Alike(TemporaryFolder folder)
    {
        var random = new Random(6);
        var samples = Patches(1)[0].AsBytes().ToArray();
        Raster[] patches = [.. Enumerable.Range(0, 60).Select(_ => Raster.FromSamples(32, 32, 3,
            Array.ConvertAll(samples, sample => (byte)Math.Clamp(sample + random.Next(3) - 1, 0, 255))))];
        return (Halving(folder, patches), patches);
    }

    /// <summary>A network that puts one half of these patches into each class.</summary>
    static string Halving(TemporaryFolder folder, Raster[] patches)
    {
        using var model = Model.Open(SmallNetwork(folder));
        using var engine = OnnxEngine.Of(model);
        var ahead = patches.Select(patch =>
        {
            var logits = new float[2];
            engine.Run(patch.AsBytes(), 1, new(32, 32), logits, []);
            return logits[1] - logits[0];
        }).Order().ToArray();
        return SmallNetwork(folder, "halving.onnx", bias: -(ahead[patches.Length / 2 - 1] + ahead[patches.Length / 2]) / 2);
    }

    static QuantizedModel Save(string model, string path, string patches, double least = 0.9)
    {
        using var opened = Model.Open(model);
        return QuantizedModel.Save(opened, path, patches, new() { LeastAgreement = least }, default);
    }

    [Fact]
    public void What_is_computed_in_8_bits_is_what_the_operations_say_reckoned_one_by_one()
    {
        using var folder = new TemporaryFolder();
        var told = Save(SmallNetwork(folder), folder.At("q.onnx"), Folder(folder, 24));
        Assert.Equal((2, 0, 12), (told.Layers, told.Kept.Count, told.Patches));
        var bytes = File.ReadAllBytes(folder.At("q.onnx"));
        var graph = ModelProto.Parser.ParseFrom(bytes).Graph;
        // Weights are bytes, the first convolution's and the last product's are not.
        Assert.Equal(["w1", "b1", "w", "b"], graph.Initializer.Where(one => one.DataType == 1 && one.Dims.Count > 0
            && !one.Name.Contains(".step", StringComparison.Ordinal)).Select(one => one.Name));
        Assert.Equal(2, graph.Initializer.Count(one => one.DataType == 3 && one.Dims.Count == 4));
        using var model = Model.Open(folder.At("q.onnx"));
        Assert.Contains(model.Notes, note => note.StartsWith("in 8 bits, for patches like those", StringComparison.Ordinal));
        using var engine = OnnxEngine.Of(model);
        Assert.Equal(KeptQuantized.Place, engine.Place);
        foreach (var patch in Patches(4))
        {
            var logits = new float[2];
            engine.Run(patch.AsBytes(), 1, new(32, 32), logits, []);
            var values = new float[3 * 32 * 32];
            PatchScaling.None.Fill(patch.AsBytes(), values);
            var expected = QuantizedReference.Run(graph, Array.ConvertAll(values, value => (double)value), 32);
            // Sums of bytes are exact on both sides; of the float32 parts the last digit may turn a byte.
            Assert.Equal(expected[0], logits[0], 2e-2);
            Assert.Equal(expected[1], logits[1], 2e-2);
        }
    }

    [Fact]
    public void A_channel_of_no_weight_keeps_its_bias()
    {
        using var folder = new TemporaryFolder();
        Save(SmallNetwork(folder), folder.At("q.onnx"), Folder(folder, 24));
        var stored = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.At("q.onnx"))).Graph.Initializer.ToDictionary(one => one.Name);
        var name = stored.Keys.Single(key => key.EndsWith(".bias.bytes", StringComparison.Ordinal) && stored[key].Dims[0] == 8);
        var biases = MemoryMarshal.Cast<byte, int>(stored[name].RawData.Span);
        var steps = MemoryMarshal.Cast<byte, float>(stored[name.Replace(".bytes", ".step", StringComparison.Ordinal)].RawData.Span);
        Assert.Equal(0.7, biases[1] * (double)steps[1], 1e-3);
    }

    [Fact]
    public void The_same_patches_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var (model, patches) = (SmallNetwork(folder), Folder(folder, 24));
        Save(model, folder.At("a.onnx"), patches);
        Save(model, folder.At("b.onnx"), patches);
        Assert.Equal(File.ReadAllBytes(folder.At("a.onnx")), File.ReadAllBytes(folder.At("b.onnx")));
    }

    [Fact]
    public void Too_little_agreement_too_few_patches_and_networks_that_cannot_be_quantized_are_refused_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        var (patches, few) = (Folder(folder, 40), folder.At("few"));
        for (var i = 0; i < 15; i++)
            Patches(15)[i].Save(folder.At($"few/{i}.png"));
        string Refused(string model, string on, double least = 0.99)
        {
            var error = Assert.Throws<BadInputException>(() => Save(model, folder.At("out.onnx"), on, least)).Message;
            Assert.False(File.Exists(folder.At("out.onnx")));
            return error;
        }
        var (alike, same) = Alike(folder);
        foreach (var (i, patch) in same.Index())
            patch.Save(folder.At($"same/{i:00}.png"));
        var error = Refused(alike, folder.At("same"), 1);
        Assert.Contains("patches the same class in 8 bits as in float32, with 1 of 2 layers left as they are: expected at least 100.0 %", error,
            StringComparison.Ordinal);
        Assert.Contains("LeastAgreement", error, StringComparison.Ordinal);
        Assert.Contains("15 patches to bring", Refused(SmallNetwork(folder), few), StringComparison.Ordinal);
        Assert.Contains("expected a share above 0 and at most 1", Refused(SmallNetwork(folder), patches, 1.5), StringComparison.Ordinal);
        Assert.Contains("no convolution in float32 between its first and its last layer", Refused(SmallModel.Write(folder), patches), StringComparison.Ordinal);
        Save(SmallNetwork(folder), folder.At("q.onnx"), patches);
        var own = SmallNetwork(folder);
        var before = File.ReadAllBytes(own);
        Assert.Contains("is the model itself", Assert.Throws<BadInputException>(() => Save(own, folder.At("./net.onnx"), patches)).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(own));
        Assert.Contains("is in 8 bits already", Refused(folder.At("q.onnx"), patches), StringComparison.Ordinal);
        Assert.Equal(2, Cli.Run("model", "quantize", alike, folder.At("out.onnx"), "--calibrate", folder.At("same")).Code);
        Assert.Equal((0, ""), Cli.Run("model", "quantize", SmallNetwork(folder), folder.At("cli.onnx"), "--calibrate", patches, "--agreement", "0.9"));
        Assert.Equal(File.ReadAllBytes(folder.At("q.onnx")), File.ReadAllBytes(folder.At("cli.onnx")));
    }

    [Fact]
    public void A_predictor_quantizes_once_and_anew_for_another_network_or_a_damaged_file()
    {
        using var folder = new TemporaryFolder();
        var (path, patches) = (SmallNetwork(folder), Patches(40));
        var kept = path + ".int8";
        List<string> Predicted(double least = 0.9)
        {
            var notices = new List<string>();
            using var predictor = new PatchPredictor(path, engine: new(Precision: Precision.Int8) { LeastAgreement = least, Notice = notices.Add });
            Assert.Equal(KeptQuantized.Place, predictor.Place);
            using var exact = new PatchPredictor(path);
            var (bytes, real) = (predictor.Predict(patches, null, default), exact.Predict(patches, null, default));
            Assert.InRange(bytes.Zip(real).Count(pair => pair.First.Class == pair.Second.Class), 36, 40);
            Assert.Contains(bytes.Zip(real), pair => pair.First.Probability != pair.Second.Probability);
            return notices;
        }
        var told = Predicted();
        Assert.StartsWith("quantized to 8 bits on patches of images in memory", told[0], StringComparison.Ordinal);
        Assert.Equal([$"kept as {kept}"], told[1..]);
        var first = File.ReadAllBytes(kept);
        Assert.Empty(Predicted());
        Assert.Equal(first, File.ReadAllBytes(kept));

        // Half a file, one other bit in a weight, and other words in what it says of itself.
        var agreement = "\"Agreement\":"u8.ToArray();
        foreach (var damage in (Func<byte[], byte[]>[])[bytes => bytes[..(bytes.Length / 2)], bytes => Changed(bytes, bytes.Length / 3),
            bytes => Changed(bytes, bytes.AsSpan().IndexOf(agreement) + 2), Said("null"), Said("{}"), _ => []])
        {
            File.WriteAllBytes(kept, damage([.. first]));
            Assert.Contains("is damaged, or of another network", Predicted()[0], StringComparison.Ordinal);
            Assert.Equal(first, File.ReadAllBytes(kept));
        }
        SmallNetwork(folder, seed: 4);
        Assert.Contains("is damaged, or of another network", Predicted()[0], StringComparison.Ordinal);
        Assert.NotEqual(first, File.ReadAllBytes(kept));

        // Where it cannot be kept, that alone is said.
        File.Delete(kept);
        Directory.CreateDirectory(kept);
        Assert.StartsWith("not kept: ", Assert.Single(Predicted()[1..]), StringComparison.Ordinal);

        static byte[] Changed(byte[] bytes, int at)
        {
            bytes[at] ^= 1;
            return bytes;
        }

        static Func<byte[], byte[]> Said(string ofItself) => bytes =>
        {
            var model = ModelProto.Parser.ParseFrom(bytes);
            model.MetadataProps.Single(one => one.Key == QuantizedGraph.Key).Value = ofItself;
            return model.ToByteArray();
        };
    }

    /// <summary>Ranges of values that are taken from faint patches cut strong ones off.</summary>
    [Fact]
    public void A_network_that_was_made_on_patches_of_another_kind_is_not_used_for_them()
    {
        using var folder = new TemporaryFolder();
        Raster[] strong = Patches(60), faint = [.. strong.Select(patch =>
            Raster.FromSamples(32, 32, 3, Array.ConvertAll(patch.AsBytes().ToArray(), sample => (byte)(sample / 16))))];
        var path = Halving(folder, strong);
        using var exact = new PatchPredictor(path);
        var expected = exact.Predict(strong, null, default);
        var (notices, kept) = (new List<string>(), path + ".int8");
        PatchPredictor Bytes() => new(path, engine: new(Precision: Precision.Int8) { LeastAgreement = 0.8, Notice = notices.Add });
        double Same(PredictionTable found) => expected.Zip(found).Average(pair => pair.First.Class == pair.Second.Class ? 1.0 : 0);

        byte[] ofFaint;
        using (var first = Bytes())
        {
            first.Predict(faint, null, default);
            ofFaint = File.ReadAllBytes(kept);
            File.Copy(kept, folder.At("faint.onnx"));
            notices.Clear();
            // In one predictor, and (below) in another process's.
            Assert.InRange(Same(first.Predict(strong, null, default)), 0.8, 1);
            Assert.Contains("expected at least 80.0 %: the network was quantized on patches of another kind", notices[0], StringComparison.Ordinal);
            Assert.StartsWith("quantized to 8 bits on patches of images in memory", notices[1], StringComparison.Ordinal);
            // Both are at hand from now on.
            notices.Clear();
            foreach (var patches in (Raster[][])[faint, strong, faint])
                first.Predict(patches, null, default);
            Assert.DoesNotContain(notices, notice => notice.StartsWith("quantized", StringComparison.Ordinal));
        }
        File.Copy(Path.ChangeExtension(path, ".json"), folder.At("faint.json"));
        using (var wrong = new PatchPredictor(folder.At("faint.onnx")))
            Assert.InRange(Same(wrong.Predict(strong, null, default)), 0, 0.7);
        var ofStrong = File.ReadAllBytes(kept);
        Assert.NotEqual(ofFaint, ofStrong);

        File.WriteAllBytes(kept, ofFaint);
        notices.Clear();
        using (var later = Bytes())
        {
            Assert.InRange(Same(later.Predict(strong, null, default)), 0.8, 1);
            Assert.Equal(ofStrong, File.ReadAllBytes(kept));
            Assert.Equal(3, notices.Count);
            notices.Clear();
            Assert.InRange(Same(later.Predict(strong, null, default)), 0.8, 1);
            Assert.DoesNotContain(notices, notice => notice.StartsWith("quantized", StringComparison.Ordinal));
        }

        // Too few to make another one on.
        File.WriteAllBytes(kept, ofFaint);
        using var few = Bytes();
        Assert.Contains("patches to bring", Assert.Throws<BadInputException>(() => few.Predict(strong[..8], null, default)).Message, StringComparison.Ordinal);
        Assert.Equal(ofFaint, File.ReadAllBytes(kept));
    }

    [Fact]
    public void A_predictor_refuses_what_agrees_too_little_and_devices_without_8_bits_and_keeps_nothing()
    {
        using var folder = new TemporaryFolder();
        var (path, patches) = Alike(folder);
        using (var predictor = new PatchPredictor(path, engine: new(Precision: Precision.Int8) { LeastAgreement = 1 }))
            Assert.Contains("--least-agreement", Assert.Throws<BadInputException>(() => predictor.Predict(patches, null, default)).Message,
                StringComparison.Ordinal);
        Assert.False(File.Exists(path + ".int8"));
        Assert.Throws<BadInputException>(() => new PatchPredictor(path, engine: new(EngineKind.Torch, Precision: Precision.Int8)));
        Assert.Throws<BadInputException>(() => new PatchPredictor(path, engine: new(Device: "cuda", Precision: Precision.Int8)));
        Assert.Equal(2, Cli.Run("predict", Folder(folder, 20), "--model", path, "--least-agreement", "0.9").Code);
    }

    [Fact]
    public void A_run_is_resumed_with_the_network_that_it_began_with()
    {
        using var folder = new TemporaryFolder();
        var (path, patches) = (SmallNetwork(folder), Folder(folder, 40));
        string[] command = ["predict", patches, "--model", path, "--precision", "int8", "--least-agreement", "0.9", "--out", folder.At("out")];
        var (code, error) = Cli.Run(command);
        Assert.Equal(0, code);
        Assert.Contains("quantized to 8 bits", error, StringComparison.Ordinal);
        Assert.Equal((0, ""), Cli.Run([.. command, "--resume"]));
        Assert.NotEqual(0, Cli.Run("predict", patches, "--model", path, "--out", folder.At("out"), "--resume").Code);
    }

    /// <summary>The others repeat the same layers.</summary>
    [Theory]
    [InlineData("alexnet")]
    [InlineData("resnet18")]
    [InlineData("resnext50_32x4d")]
    [InlineData("densenet121")]
    [InlineData("mobilenet_v2")]
    [InlineData("mobilenet_v3_small")]
    [InlineData("googlenet")]
    public void Every_family_of_published_architectures_is_quantized_and_runs(string architecture)
    {
        using var folder = new TemporaryFolder();
        var network = Network.Describe(architecture, pooled: true, 3)!;
        ZooFile.Write(folder.At("w.safetensors"), "int8", network.Tensors);
        folder.Write("w.json", $$"""{"architecture":"{{architecture}}","classes":[{"name":"a"},{"name":"b"},{"name":"c"}],"patch":64}""");
        using var model = Model.Open(folder.At("w.safetensors"));
        // Random weights tell the structure only: what they say of classes does not count.
        var quantizer = new Quantizer(model);
        var patches = Patches(16, 64).Select(patch => patch.AsBytes().ToArray()).ToArray();
        var (bytes, told) = quantizer.Run(patches, new(64, 64), new() { LeastAgreement = 1e-9 }, default);
        Assert.Equal(architecture, model.Card.Architecture);
        Assert.InRange(told.Layers - told.Kept.Count, told.Layers / 2, told.Layers);
        Assert.Equal(told.Layers - told.Kept.Count,
            ModelProto.Parser.ParseFrom(bytes).Graph.Initializer.Count(one => one.Name.EndsWith(".weight.bytes", StringComparison.Ordinal)));
        using OnnxEngine exact = OnnxEngine.Of(model), quick = quantizer.Engine(bytes);
        float[] real = new float[3], rounded = new float[3];
        exact.Run(patches[1], 1, new(64, 64), real, []);
        quick.Run(patches[1], 1, new(64, 64), rounded, []);
        Assert.All(rounded, value => Assert.True(float.IsFinite(value)));
        // Near enough to be the same network: weights of a formula give logits that are large beside their differences.
        var size = Math.Sqrt(real.Sum(value => (double)value * value));
        Assert.InRange(Math.Sqrt(real.Zip(rounded, (a, b) => (double)(a - b) * (a - b)).Sum()) / size, 0, 0.35);
    }

    [Fact]
    public void Tissue_gets_the_same_labels_in_8_bits()
    {
        using var folder = new TemporaryFolder();
        var patches = LabelledPatches.Open("nct-crc-he");
        using (var backbone = Model.Open("mobilenet_v2-imagenet"))
            LinearHead.Train(backbone, patches, new() { Eight = false }, default).Save(folder.At("tissue.onnx"));
        var told = Save(folder.At("tissue.onnx"), folder.At("q.onnx"), "nct-crc-he", 0.9);
        using PatchPredictor real = new(folder.At("tissue.onnx")), bytes = new(folder.At("q.onnx"));
        var (expected, found) = (real.Predict(patches, null, default), bytes.Predict(patches, null, default));
        Assert.InRange(expected.Zip(found).Count(pair => pair.First.Class == pair.Second.Class), 58, 61);
        Assert.InRange(told.Agreement, 0.9, 1);

        // Whether a patch is familiar may be told otherwise in 8 bits, which is said.
        float?[] Novelty(PredictionTable table) => [.. table.OrderBy(row => table.Sources[row.Source].Name, StringComparer.Ordinal).Select(row => row.Novelty)];
        var sides = Novelty(expected).Zip(Novelty(found), (a, b) => a <= 1 == b <= 1 ? 1.0 : 0).ToArray();
        Assert.Equal(sides.Where((_, i) => i % 2 == 1).Average(), told.NoveltyAgreement!.Value, 1e-9);
        Assert.Contains("as familiar as in float32", told.ToString());
        File.Copy(folder.At("q.onnx"), folder.At("tissue.onnx.int8"));
        foreach (var least in (double[])[0.5, told.Agreement])
        {
            List<string> notices = [];
            using PatchPredictor kept = new(folder.At("tissue.onnx"), engine: new(Precision: Precision.Int8) { LeastAgreement = least, Notice = notices.Add });
            kept.Predict(patches, null, default);
            var few = Enumerable.Range(0, 32).Average(i => Side(patches.Files[i * 61 / 32]));
            Assert.Equal(few < least, notices.Exists(notice => notice.Contains("of 32 patches of nct-crc-he are as familiar", StringComparison.Ordinal)));
        }

        double Side(string file)
        {
            var row = expected.Index().First(one => expected.Sources[one.Item.Source].Name == file).Index;
            return expected[row].Novelty <= 1 == found[row].Novelty <= 1 ? 1 : 0;
        }
    }
}
