using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Tests;

[Collection("networks")]
public class ModelTests
{
    static readonly string Embedded = Path.Combine(Repository.Root, "notebooks", "data", "models", "mobilenet_v2-imagenet.safetensors");

    /// <summary>A small network with weights by the formula: three classes, pooled.</summary>
    static string Small(TemporaryFolder folder, string name = "small.safetensors")
    {
        ZooFile.Write(folder.At(name), "small", Network.Describe("mobilenet_v3_small", pooled: true, 3).Tensors);
        return folder.At(name);
    }

    static (float[] Logits, float[] Features) Run(Model model, int count = 2, int side = 224)
    {
        using var engine = OnnxEngine.Of(model, new(Threads: 2));
        var (logits, features) = (new float[count * engine.Classes], new float[count * engine.Features]);
        engine.Run(ZooFile.Uniform("input", "x", count * 3 * side * side), count, new(side, side), logits, features);
        return (logits, features);
    }

    [Theory, InlineData("espresso.jpg", "espresso"), InlineData("cat.jpg", "Egyptian cat")]
    public void The_embedded_network_names_the_object_of_a_picture(string picture, string expected)
    {
        using var model = Model.Open("mobilenet_v2-imagenet");
        Assert.Equal(1001, model.Card.Classes.Count);
        var image = Raster.Load(Path.Combine(Repository.Root, "tests", "data", "pictures", picture));
        using var engine = OnnxEngine.Of(model);
        var classes = new float[engine.Classes];
        engine.Run(image.AsBytes(), 1, image.Size, classes, []);
        Softmax.Apply(classes, engine.Classes);
        var (index, probability) = classes.Index().MaxBy(one => one.Item);
        Assert.Equal(expected, model.Card.Classes[index].Name);
        Assert.InRange(probability, 0.4f, 1f);
        Assert.Equal(1, classes.Sum(), 1e-5);
    }

    [Fact]
    public void A_model_that_is_not_here_is_no_error_where_one_asks_and_the_note_says_how_to_get_it()
    {
        using var here = Model.TryOpen("mobilenet_v2-imagenet", out var ready);
        Assert.Equal("mobilenet_v2-imagenet is ready: 1001 classes, patches of 224 px", ready);
        Assert.Equal(1001, here!.Card.Classes.Count);
        Assert.Throws<BadInputException>(() => Model.TryOpen("no-such-model", out _));
        if (Model.TryOpen("resnext101_32x8d-kather100k", out var note) is { } fetched)
            fetched.Dispose();
        else
            Assert.Contains("fetch it with 'patchwise data fetch resnext101_32x8d-kather100k'", note, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exported_model_reloads_with_its_card_and_gives_the_same_numbers()
    {
        using var folder = new TemporaryFolder();
        var path = Small(folder);
        File.WriteAllText(folder.At("small.json"), """
            {"name":"three","classes":[{"name":"A","title":"first","color":"#010203"},{"name":"B"},{"name":"C"}],
             "patch":96,"mpp":0.25,"mean":[0.5,0.4,0.3],"deviation":[0.2,0.2,0.1],"licence":"CC0-1.0"}
            """);
        using var model = Model.Open(path);
        model.ExportOnnx(folder.At("out.onnx"));
        using var again = Model.Open(folder.At("out.onnx"));
        Assert.Equal(model.Card.Classes, again.Card.Classes);
        Assert.Equal(("three", 96, 96, new Mpp(0.25), "CC0-1.0"), (again.Card.Name, again.Card.Patch, again.Card.Stride, again.Card.Mpp, again.Card.Licence));
        Assert.Equal(model.Card.Mean, again.Card.Mean);
        Assert.Equal(model.Card.Deviation, again.Card.Deviation);
        var (logits, features) = Run(model);
        var (logitsAgain, featuresAgain) = Run(again);
        Assert.Equal(logits, logitsAgain);
        Assert.Equal(features, featuresAgain);
        Assert.Equal(2 * 576, features.Length);
        Assert.Contains("parameters", again.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pooled_networks_take_patches_of_other_sizes()
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open(Small(folder));
        Assert.All(Run(model, 1, 97).Logits, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void The_softmax_of_a_foreign_model_is_told_and_its_features_are_found_whatever_their_names()
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open(Small(folder));
        model.ExportOnnx(folder.At("own.onnx"));
        // As other tools export it: other names, no output for the features, a softmax at the end.
        var foreign = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.At("own.onnx")));
        foreign.MetadataProps.Clear();
        foreign.Graph.Output.RemoveAt(1);
        foreign.Graph.Output[0].Name = "output_0";
        foreign.Graph.Node.Add(new NodeProto { OpType = "Softmax", Input = { "logits" }, Output = { "output_0" } });
        foreach (var node in foreign.Graph.Node)
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = node.Input[i] == "patches" ? "x:0" : node.Input[i];
        foreign.Graph.Input[0].Name = "x:0";
        File.WriteAllBytes(folder.At("foreign.onnx"), foreign.ToByteArray());

        using var opened = Model.Open(folder.At("foreign.onnx"));
        Assert.Equal((ModelOutput.Logits, ModelOutput.Probabilities), (model.Outputs.Kind, opened.Outputs.Kind));
        Assert.Equal(["class 0", "class 1", "class 2"], opened.Card.Classes.Select(known => known.Name));
        var (logits, features) = Run(model);
        var (probabilities, found) = Run(opened);
        Softmax.Apply(logits, 3);
        Assert.All(logits.Zip(probabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(features, found);

        File.WriteAllText(folder.At("foreign.json"), """{"output":"probabilities"}""");
        using var told = Model.Open(folder.At("foreign.onnx"));
        Assert.Equal((ModelOutput.Probabilities, true), (told.Outputs.Kind, told.Outputs.IsStated));
        File.WriteAllText(folder.At("foreign.json"), """{"output":"logits"}""");
        Assert.Contains("where logits were stated", Assert.Throws<BadInputException>(() => Model.Open(folder.At("foreign.onnx"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_for_one_patch_at_a_time_runs_any_number_and_refuses_another_size()
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open(Small(folder));
        model.ExportOnnx(folder.At("own.onnx"));
        var proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.At("own.onnx")));
        foreach (var (batch, name) in new[] { (1, "one.onnx"), (4, "four.onnx") })
        {
            var shape = proto.Graph.Input[0].Type.TensorType.Shape;
            foreach (var (axis, size) in new[] { (0, batch), (2, 224), (3, 224) })
                shape.Dim[axis].DimValue = size;
            foreach (var output in proto.Graph.Output)
                output.Type.TensorType.Shape.Dim[0].DimValue = batch;
            File.WriteAllBytes(folder.At(name), proto.ToByteArray());
            using var opened = Model.Open(folder.At(name));
            var (logits, features) = Run(model, 3);
            var (found, foundFeatures) = Run(opened, 3);
            Assert.All(logits.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Assert.All(features.Zip(foundFeatures), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Assert.Contains("224 x 224 px only", Assert.Throws<BadInputException>(() => Run(opened, 1, 192)).Message, StringComparison.Ordinal);
        }
        File.WriteAllText(folder.At("one.json"), """{"patch":96}""");
        Assert.Contains("its card says 96", Assert.Throws<BadInputException>(() => Model.Open(folder.At("one.onnx"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_bound_to_one_size_needs_no_card_to_say_so_and_has_to_be_square()
    {
        using var folder = new TemporaryFolder();
        using (var model = Model.Open(Small(folder)))
            model.ExportOnnx(folder.At("own.onnx"));
        var proto = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.At("own.onnx")));
        proto.MetadataProps.Clear();
        proto.Graph.Input[0] = Port("patches", 1, 1, 3, 96, 96);
        File.WriteAllBytes(folder.At("bound.onnx"), proto.ToByteArray());
        File.WriteAllText(folder.At("bound.json"), """{"mpp":0.5}""");
        using (var model = Model.Open(folder.At("bound.onnx")))
            Assert.Equal((96, 96), (model.Card.Patch, model.Card.Stride));
        File.Delete(folder.At("bound.json"));
        using (var model = Model.Open(folder.At("bound.onnx")))
            Assert.Equal((96, 96), (model.Card.Patch, model.Card.Stride));
        proto.Graph.Input[0] = Port("patches", 1, 1, 3, 96, 64);
        File.WriteAllBytes(folder.At("bound.onnx"), proto.ToByteArray());
        Assert.Contains("64 x 96 px: expected square", Assert.Throws<BadInputException>(() => Model.Open(folder.At("bound.onnx"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_name_and_a_target_that_is_no_onnx_file_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<BadInputException>(() => Model.Open(" "));
        Assert.Throws<BadInputException>(() => Model.Describe(""));
        using var model = Model.Open(Small(folder));
        var before = File.ReadAllBytes(model.Path);
        Assert.Contains("ends in .onnx", Assert.Throws<BadInputException>(() => model.ExportOnnx(model.Path)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(model.Path));
    }

    [Fact]
    public void An_input_that_is_no_patch_and_a_damaged_model_are_refused_with_what_was_found()
    {
        using var folder = new TemporaryFolder();
        var proto = new ModelProto { IrVersion = 8, Graph = new() { Name = "g" }, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        proto.Graph.Node.Add(new NodeProto { OpType = "Flatten", Input = { "x" }, Output = { "y" } });
        proto.Graph.Input.Add(Port("x", 1, 1, 8, 8, 4));
        proto.Graph.Output.Add(Port("y", 1, 1, 256));
        File.WriteAllBytes(folder.At("four.onnx"), proto.ToByteArray());
        var message = Assert.Throws<BadInputException>(() => Model.Open(folder.At("four.onnx"))).Message;
        Assert.Contains("[1, 8, 8, 4]", message, StringComparison.Ordinal);

        proto.Graph.Input[0] = Port("x", 7, 1, 3, 8, 8);
        proto.Graph.Output[0] = Port("y", 7, 1, 192);
        File.WriteAllBytes(folder.At("long.onnx"), proto.ToByteArray());
        Assert.Contains("of type Int64", Assert.Throws<BadInputException>(() => Model.Open(folder.At("long.onnx"))).Message, StringComparison.Ordinal);

        proto.Graph.Node[0].OpType = "NoSuchOperation";
        File.WriteAllBytes(folder.At("unknown.onnx"), proto.ToByteArray());
        Assert.Contains("NoSuchOperation", Assert.Throws<BadInputException>(() => Model.Open(folder.At("unknown.onnx"))).Message, StringComparison.Ordinal);

        using (var model = Model.Open(Small(folder)))
            model.ExportOnnx(folder.At("whole.onnx"));
        var bytes = File.ReadAllBytes(folder.At("whole.onnx"));
        var random = new Random(5);
        for (var trial = 0; trial < 12; trial++)
        {
            File.WriteAllBytes(folder.At("cut.onnx"), bytes[..random.Next(bytes.Length)]);
            Assert.Contains("cut.onnx is no ONNX model", Assert.Throws<BadInputException>(() => Model.Open(folder.At("cut.onnx"))).Message,
                StringComparison.Ordinal);
        }
    }

    internal static ValueInfoProto Port(string name, int type, params int[] shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = type, Shape = new() };
        tensor.Shape.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new() { Name = name, Type = new() { TensorType = tensor } };
    }

    [Theory]
    [InlineData("""{"classes":[{"name":"A"}]}""", "names 1")]
    [InlineData("""{"patch":0}""", "1 px")]
    [InlineData("""{"mean":[0,0]}""", "three finite numbers")]
    [InlineData("""{"deviation":[0,1,1]}""", "above 0")]
    [InlineData("""{"sizes":3}""", "sizes")]
    [InlineData("""{"mpp":-1}""", "microns")]
    [InlineData("{", "no card")]
    [InlineData("""{"classes":[{"title":"first"},{"name":"B"},{"name":"C"}]}""", "class 0 is named ''")]
    [InlineData("""{"classes":[{"name":"A"},{"name":"B"},{"name":"A"}]}""", "class 2 is named 'A'")]
    [InlineData("""{"classes":[{"name":"A","color":"#12"},{"name":"B"},{"name":"C"}]}""", "'#12'")]
    public void A_card_that_is_wrong_is_refused_with_what_is_wrong(string json, string said)
    {
        using var folder = new TemporaryFolder();
        var path = Small(folder);
        File.WriteAllText(folder.At("small.json"), json);
        Assert.Contains(said, Assert.Throws<BadInputException>(() => Model.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_not_here_says_how_to_get_it_and_still_describes_itself()
    {
        Assert.Contains("patchwise data fetch", Assert.Throws<BadInputException>(() => Model.Open("wide_resnet101_2-kather100k")).Message,
            StringComparison.Ordinal);
        foreach (var architecture in Network.Known)
        {
            var text = Model.Describe($"{architecture}-kather100k");
            Assert.Contains("224 x 224 px at 0.5 mpp", text, StringComparison.Ordinal);
            Assert.Contains("divide by 255, nothing else", text, StringComparison.Ordinal);
            Assert.Contains("CC-BY-4.0", text, StringComparison.Ordinal);
            string[] order = ["BACK", "NORM", "DEB", "TUM", "ADI", "MUC", "MUS", "STR", "LYM"];
            Assert.All(order.Index(), one => Assert.Contains($"{one.Index}  {one.Item} ", text, StringComparison.Ordinal));
        }
        Assert.Throws<BadInputException>(() => Model.Open("nct-crc-he"));
    }

    [Fact]
    public async Task An_engine_disposed_while_others_run_it_lets_them_finish_and_refuses_the_rest()
    {
        using var folder = new TemporaryFolder();
        using var model = Model.Open(Small(folder));
        var expected = Run(model, 1).Logits;
        var input = ZooFile.Uniform("input", "x", 3 * 224 * 224);
        for (var trial = 0; trial < 3; trial++)
        {
            var engine = OnnxEngine.Of(model, new(Threads: 1));
            using var started = new CountdownEvent(3);
            var threads = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            {
                var logits = new float[3];
                started.Signal();
                for (var runs = 0; ; runs++)
                    try
                    {
                        engine.Run(input, 1, new(224, 224), logits, []);
                        Assert.All(expected.Zip(logits), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
                    }
                    catch (ObjectDisposedException)
                    {
                        return runs;
                    }
            })).ToArray();
            started.Wait();
            Thread.Sleep(trial * 5);
            engine.Dispose();
            await Task.WhenAll(threads);
        }
    }

    [Fact]
    public void A_run_that_is_stopped_ends_before_its_last_operation_and_the_next_one_is_whole()
    {
        const int Many = 48;
        using var model = Model.Open(Embedded);
        using var engine = OnnxEngine.Of(model, new(Threads: 1));
        var (input, logits) = (ZooFile.Uniform("input", "x", Many * 3 * 224 * 224), new float[Many * engine.Classes]);
        using (var stop = new CancellationTokenSource())
        {
            // On a thread of its own: a timer waits for the other tests' work.
            var stopper = new Thread(() =>
            {
                Thread.Sleep(20);
                stop.Cancel();
            });
            stopper.Start();
            Assert.Throws<OperationCanceledException>(() => engine.Run(input, Many, new(224, 224), logits, [], stop.Token));
            stopper.Join();
        }
        Assert.Contains(0f, logits);
        using (var never = new CancellationTokenSource())
            engine.Run(input, Many, new(224, 224), logits, [], never.Token);
        var expected = new float[engine.Classes];
        engine.Run(input.AsMemory(0, input.Length / Many), 1, new(224, 224), expected, []);
        Assert.All(expected.Zip(logits), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void A_closed_model_gives_no_engine_and_an_engine_outlives_its_model()
    {
        using var folder = new TemporaryFolder();
        var model = Model.Open(Small(folder));
        using var engine = OnnxEngine.Of(model);
        model.Dispose();
        model.Dispose();
        engine.Run(new byte[3 * 64 * 64], 1, new(64, 64), new float[3], []);
        Assert.Throws<ObjectDisposedException>(() => OnnxEngine.Of(model));
        Assert.Throws<ArgumentException>(() => engine.Run(new byte[3 * 64 * 64], 1, new(64, 64), new float[2], []));
        Assert.Throws<BadInputException>(() => new OnnxEngine([1], "x", PatchScaling.None, new(Threads: -1)));
    }

    [Fact]
    public void Bytes_are_scaled_by_the_card_before_they_are_run()
    {
        using var folder = new TemporaryFolder();
        var path = Small(folder);
        File.WriteAllText(folder.At("small.json"), """{"mean":[0.5,0.4,0.3],"deviation":[0.2,0.3,0.1]}""");
        using var model = Model.Open(path);
        using var engine = OnnxEngine.Of(model, new(Threads: 1));
        var (rgb, planes) = (new byte[2 * 3 * 40 * 32], new float[2 * 3 * 40 * 32]);
        new Random(5).NextBytes(rgb);
        for (var patch = 0; patch < planes.Length; patch += planes.Length / 2)
            for (var pixel = 0; pixel < 40 * 32; pixel++)
                for (var channel = 0; channel < 3; channel++)
                    planes[patch + channel * 40 * 32 + pixel] = (rgb[patch + pixel * 3 + channel] / 255f - (float)model.Card.Mean[channel])
                        / (float)model.Card.Deviation[channel];
        var (expected, found) = (new float[6], new float[6]);
        engine.Run(planes, 2, new(40, 32), expected, []);
        engine.Run(rgb, 2, new(40, 32), found, []);
        Assert.Equal(expected, found);
        Assert.NotEqual(found[..3], found[3..]);
    }

    [Fact]
    public void Scaling_and_softmax_equal_their_plain_forms()
    {
        var random = new Random(3);
        var rgb = new byte[3 * 7 * 5];
        random.NextBytes(rgb);
        var card = CardFile.Parse("{}", "x", "x") with { Mean = [0.485, 0.456, 0.406], Deviation = [0.229, 0.224, 0.225] };
        var planes = new float[rgb.Length];
        new PatchScaling(card).Fill(rgb, planes);
        for (var i = 0; i < rgb.Length; i++)
            Assert.Equal((rgb[i] / 255.0 - card.Mean[i % 3]) / card.Deviation[i % 3], planes[i % 3 * 35 + i / 3], 1e-6);
        // Mean and deviation stay those of R, G and B, whatever the order.
        var turned = new float[rgb.Length];
        new PatchScaling(card with { IsBgr = true }).Fill(rgb, turned);
        Assert.Equal([.. planes[70..], .. planes[35..70], .. planes[..35]], turned);
        float[] logits = [1000, 1001, -1000, 0, 0, 0];
        Softmax.Apply(logits, 3);
        Assert.All(new[] { 1 / (1 + Math.E), Math.E / (1 + Math.E), 0, 1 / 3.0, 1 / 3.0, 1 / 3.0 }.Zip(logits),
            pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }
}
