using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Networks as people have them give what PyTorch gives, whatever their outputs and types are, by card, configuration or none.</summary>
[Collection("networks")]
public class ModelFieldTests
{
    internal static readonly string Folder = Path.Combine(Repository.Root, "tests", "data", "field", "networks");

    static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json"))).RootElement;

    /// <summary>Each patch with its right probabilities.</summary>
    static List<(string File, double[] Probabilities)> Right(string kind) => [.. Expected.GetProperty(kind).GetProperty("probabilities").EnumerateObject()
        .Select(row => (Path.Combine(Repository.Root, "notebooks", "data", "nct-crc-he", row.Name), row.Value.EnumerateArray()
            .Select(value => value.GetDouble()).ToArray()))];

    static void AssertRight(string kind, PatchPredictor predictor, double most)
    {
        var right = Right(kind);
        Assert.Equal(Expected.GetProperty(kind).GetProperty("classes").EnumerateArray().Select(name => name.GetString()),
            predictor.Card.Classes.Select(known => known.Name));
        var table = predictor.Predict(right.Select(row => row.File));
        for (var i = 0; i < right.Count; i++)
        {
            Assert.All(right[i].Probabilities.Zip(table.Probabilities(i).ToArray()), pair => Assert.Equal(pair.First, pair.Second, most));
            Assert.Equal(predictor.Card.Classes[table[i].Class].Name, Path.GetFileName(Path.GetDirectoryName(right[i].File)));
        }
    }

    [Theory]
    [InlineData("tissue", "tissue.onnx", 0.002)]
    [InlineData("tissue", "08-softmax-inside/softmax_reshape.onnx", 0.002)]
    [InlineData("tissue", "08-softmax-inside/exp_logsoftmax.onnx", 0.002)]
    [InlineData("tissue", "16-half-precision/fp16_keep_io.onnx", 0.03)]
    [InlineData("tissue", "16-half-precision/fp16_all.onnx", 0.03)]
    [InlineData("one output", "15-one-output/one_logit.onnx", 0.002, "15-one-output/names.txt")]
    [InlineData("one output", "15-one-output/one_sigmoid.onnx", 0.002, "15-one-output/names.txt")]
    [InlineData("wsinfer", "17-wsinfer-config/tissue_wsinfer.onnx", 0.002)]
    [InlineData("wsinfer", "17-wsinfer-config/zoo/torchscript_model.pt", 0.002)]
    [InlineData("wsinfer", "17-wsinfer-config/zoo", 0.002)]
    public void A_network_gives_the_probabilities_of_PyTorch(string kind, string file, double most, string? names = null)
    {
        using var predictor = new PatchPredictor(Path.Combine(Folder, file), 16, null, names is null ? null : Path.Combine(Folder, names));
        AssertRight(kind, predictor, most);
        if (kind != "wsinfer")
            return;
        Assert.Equal((224, new Mpp(0.5)), (predictor.Card.Patch, predictor.Card.Mpp));
        Assert.Equal([0.485, 0.456, 0.406], predictor.Card.Mean);
        Assert.Equal([0.229, 0.224, 0.225], predictor.Card.Deviation);
        Assert.Empty(predictor.Notes);
    }

    [Fact]
    public void One_output_without_names_is_two_classes_and_what_was_found_is_said()
    {
        using var model = Model.Open(Path.Combine(Folder, "15-one-output", "one_sigmoid.onnx"));
        Assert.Equal(["class 0", "class 1"], model.Card.Classes.Select(known => known.Name));
        Assert.Contains(model.Notes, note => note.Contains("one probability, that of the second class", StringComparison.Ordinal));
        using var folder = new TemporaryFolder();
        foreach (var card in (string[])["""{"classes":[{"name":"TUM"}]}""", """{"classes":[{"name":"A"},{"name":"B"},{"name":"C"}]}"""])
        {
            File.Copy(model.Path, folder.At("one.onnx"), overwrite: true);
            folder.Write("one.json", card);
            Assert.Contains("tells two classes apart", Assert.Throws<BadInputException>(() => Model.Open(folder.At("one.onnx"))).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_run_and_model_info_say_what_was_assumed_and_how_to_state_it()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Folder, "tissue.onnx"), folder.At("tissue.onnx"));
        File.Copy(Right("tissue")[0].File, folder.At("patch.tif"));
        const string Said = "samples divided by 255 and nothing else, patches of 224 px, patches of the resolution that it was trained at; "
            + "state \"mean\", \"deviation\", \"patch\", \"mpp\" in ";
        var (code, output, _) = Cli.RunForOutput("predict", folder.At("patch.tif"), "--model", folder.At("tissue.onnx"));
        Assert.Equal(0, code);
        Assert.Contains($"note: assumed, since no card states it: {Said}{folder.At("tissue.json")}", output, StringComparison.Ordinal);
        var info = Model.Describe(folder.At("tissue.onnx"));
        Assert.Contains("divide by 255, nothing else (assumed)", info, StringComparison.Ordinal);
        Assert.Contains(Said, info, StringComparison.Ordinal);

        // What was assumed is not stated by an exported card either.
        ZooFile.Write(folder.At("w.safetensors"), "s", Network.Describe("mobilenet_v3_small", pooled: true, 3).Tensors);
        using (var model = Model.Open(folder.At("w.safetensors")))
            model.ExportOnnx(folder.At("out.onnx"));
        Assert.Contains("(assumed)", Model.Describe(folder.At("out.onnx")), StringComparison.Ordinal);
        folder.Write("w.json", """{"mean":[0,0,0],"deviation":[1,1,1],"patch":224,"mpp":0.5}""");
        Assert.DoesNotContain("assumed", Model.Describe(folder.At("w.safetensors")), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_with_one_output_are_two_classes_and_that_is_said()
    {
        using var folder = new TemporaryFolder();
        ZooFile.Write(folder.At("w.safetensors"), "s", Network.Describe("mobilenet_v3_small", pooled: true, 1).Tensors);
        using var model = Model.Open(folder.At("w.safetensors"));
        Assert.Equal(2, model.Card.Classes.Count);
        Assert.Contains(model.Notes, note => note.Contains("one logit, that of the second class", StringComparison.Ordinal));
        using var engine = OnnxEngine.Of(model);
        var (patch, logit) = (SmallModel.Patch(new Random(1), 224), new float[1]);
        engine.Run(patch.AsBytes(), 1, patch.Size, logit, []);
        using var predictor = new PatchPredictor(model);
        Assert.Equal(1 / (1 + Math.Exp(-logit[0])), predictor.Predict([patch]).Probabilities(0)[1], 1e-5);
    }

    [Fact]
    public void Folders_of_other_classes_than_the_models_are_predicted_and_in_no_measure()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["NORM", "TUM", "ADI"])
            folder.Write($"set/{name}/0{Path.GetExtension(Of(name))}", File.ReadAllBytes(Of(name)));
        static string Of(string name) => Right("tissue").First(row => row.File.Contains($"/{name}/", StringComparison.Ordinal)).File;
        using var predictor = new PatchPredictor(Path.Combine(Folder, "15-one-output", "one_logit.onnx"),
            classes: Path.Combine(Folder, "15-one-output", "names.txt"));
        var table = predictor.Predict(folder.At("set"));
        Assert.Equal([null, 0, 1], table.Select(row => row.Label));
        Assert.Contains(table.Problems, problem => problem.What.StartsWith("1 patches are of no class of the model", StringComparison.Ordinal));
    }

    static readonly string Programs = Path.Combine(Repository.Root, "tests", "data", "field", "programs");

    [Theory]
    [InlineData("one_logit"), InlineData("one_sigmoid"), InlineData("squeezed"), InlineData("labels"), InlineData("softmax"), InlineData("half", "{}", 0.01)]
    [InlineData("two", """{"outputName":"1"}"""), InlineData("channels_last", """{"layout":"nhwc"}"""), InlineData("bytes", """{"samples":"bytes"}""")]
    public void A_program_of_TorchScript_gives_what_PyTorch_gives(string name, string card = "{}", double most = 1e-5)
    {
        var right = JsonDocument.Parse(File.ReadAllText(Path.Combine(Programs, "expected.json"))).RootElement.GetProperty(name).EnumerateArray()
            .Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray()).ToArray();
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Programs, $"{name}.pt"), folder.At("p.pt"));
        folder.Write("p.json", card.Replace("{", "{\"patch\":32" + (card.Length > 2 ? "," : ""), StringComparison.Ordinal));
        using var predictor = new PatchPredictor(folder.At("p.pt"), engine: TorchEngineTests.OnDevice);
        var patches = TorchEngineTests.Samples().Chunk(32 * 32 * 3).Select(rgb => Raster.FromSamples(32, 32, 3, rgb));
        var table = predictor.Predict(patches);
        for (var i = 0; i < right.Length; i++)
            Assert.All(right[i].Zip(table.Probabilities(i).ToArray(), (expected, found) => (expected, found)), pair =>
                Assert.Equal(pair.expected, pair.found, most));
        Assert.Equal(right[0].Length, predictor.Card.Classes.Count);
    }

    [Fact]
    public void A_program_that_takes_B_G_R_gets_it()
    {
        using var folder = new TemporaryFolder();
        Raster[] patches = [.. TorchEngineTests.Samples().Chunk(32 * 32 * 3).Select(rgb => Raster.FromSamples(32, 32, 3, rgb))];
        Raster[] turned = Array.ConvertAll(patches, patch =>
            Raster.FromSamples(32, 32, 3, [.. patch.AsBytes().ToArray().Chunk(3).SelectMany(rgb => rgb.Reverse())]));
        PredictionTable Given(string name, string order)
        {
            File.Copy(Path.Combine(Programs, "softmax.pt"), folder.At(name + ".pt"));
            folder.Write(name + ".json", $$"""{"patch":32,"channels":"{{order}}","mean":[0.5,0.4,0.3],"deviation":[0.2,0.3,0.4]}""");
            using var predictor = new PatchPredictor(folder.At(name + ".pt"), engine: TorchEngineTests.OnDevice);
            return predictor.Predict(patches);
        }
        var (bgr, plain) = (Given("a", "bgr"), Given("b", "rgb"));
        File.Copy(Path.Combine(Programs, "softmax.pt"), folder.At("c.pt"));
        // What the card says of R goes for R, wherever it stands: here in the last place.
        folder.Write("c.json", """{"patch":32,"mean":[0.3,0.4,0.5],"deviation":[0.4,0.3,0.2]}""");
        using var other = new PatchPredictor(folder.At("c.pt"), engine: TorchEngineTests.OnDevice);
        var expected = other.Predict(turned);
        for (var i = 0; i < patches.Length; i++)
            Assert.All(expected.Probabilities(i).ToArray().Zip(bgr.Probabilities(i).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.Contains(Enumerable.Range(0, patches.Length), i => !bgr.Probabilities(i).SequenceEqual(plain.Probabilities(i)));
    }

    [Theory, InlineData("two", "outputName"), InlineData("channels_last", "layout"), InlineData("bytes", "samples")]
    public void A_program_that_leaves_a_question_names_the_field_that_answers_it(string name, string field)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Programs, $"{name}.pt"), folder.At("p.pt"));
        folder.Write("p.json", """{"patch":32}""");
        Assert.Contains($"\"{field}\"", Assert.Throws<BadInputException>(() => Model.Open(folder.At("p.pt"))).Message, StringComparison.Ordinal);
    }
}
