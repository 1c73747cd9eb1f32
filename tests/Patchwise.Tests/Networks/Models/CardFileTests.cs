using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Patchwise.Tests;

/// <summary>Cards in our own form and those in which models are published.</summary>
public sealed class CardFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static ModelCard Read(string json) => CardFile.Parse(json, "fallback", "card.json");

    static string Refused(string json) => Assert.Throws<BadInputException>(() => Read(json)).Message;

    const string WsInfer = """
        {"spec_version":"1.0","architecture":"inception_v4","num_classes":2,"class_names":["notumor","Tumor"],"patch_size_pixels":350,"spacing_um_px":0.25,
         "transform":[{"name":"Resize","arguments":{"size":[299,299]}},{"name":"ToTensor"},
                      {"name":"Normalize","arguments":{"mean":[0.1,0.2,0.3],"std":[0.4,0.5,0.6]}}]}
        """;

    [Fact]
    public void A_card_of_another_encoding_is_refused_since_letters_of_its_classes_would_be_lost()
    {
        const string Card = """{"classes":[{"name":"Drüse"},{"name":"Muskel"}]}""";
        File.WriteAllText(_folder.At("own.json"), Card, System.Text.Encoding.Latin1);
        Assert.Contains("own.json is no text in UTF-8", Assert.Throws<BadInputException>(() => CardFile.Beside(_folder.At("own.pt"))).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_folder.At("own.json"), Card);
        Assert.Equal("Drüse", CardFile.Beside(_folder.At("own.pt")).Classes[0].Name);
        File.Move(_folder.At("own.json"), _folder.At("config.json"));
        File.WriteAllText(_folder.At("config.json"), WsInfer.Replace("notumor", "Drüse", StringComparison.Ordinal), System.Text.Encoding.Latin1);
        Assert.Contains("config.json is no text in UTF-8", Assert.Throws<BadInputException>(() => CardFile.Beside(_folder.At("own.pt"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_of_WSInfer_is_a_card()
    {
        var card = Read(WsInfer);
        Assert.Equal(["notumor", "Tumor"], card.Classes.Select(known => known.Name));
        Assert.Equal((299, 299), (card.Patch, card.Stride));
        Assert.Equal(0.25 * 350 / 299, card.Mpp!.Value.X, 1e-12);
        Assert.Equal([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], card.Mean.Concat(card.Deviation));
        var plain = Read("""{"class_names":["a","b"],"patch_size_pixels":224,"spacing_um_px":0.5,"transform":[{"name":"ToTensor"}]}""");
        Assert.Equal((224, 0.5, true, false), (plain.Patch, plain.Mpp!.Value.X, plain.IsPlainScaling, plain.ScalingIsAssumed));
        Assert.Contains("CenterCrop", Refused(WsInfer.Replace("Resize", "CenterCrop", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("lacks \"spacing_um_px\"", Refused(WsInfer.Replace("spacing_um_px", "spacing", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("square", Refused(WsInfer.Replace("[299,299]", "[299,298]", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_of_timm_is_a_card_in_its_older_form_too()
    {
        foreach (var json in (string[])[
            """{"architecture":"resnet18","num_classes":2,"label_names":["a","b"],"pretrained_cfg":{"input_size":[3,256,256],SCALING,"crop_pct":0.9}}""",
            """{"architecture":"resnet18","num_classes":2,"label_names":["a","b"],"input_size":[3,256,256],SCALING,"global_pool":"avg"}"""])
        {
            var card = Read(json.Replace("SCALING", "\"mean\":[0.1,0.2,0.3],\"std\":[0.4,0.5,0.6]", StringComparison.Ordinal));
            Assert.Equal(("resnet18", 256, null), (card.Architecture, card.Patch, card.Mpp));
            Assert.Equal(["a", "b"], card.Classes.Select(known => known.Name));
            Assert.Equal([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], card.Mean.Concat(card.Deviation));
        }
        Assert.Contains("label_names", Refused("""{"architecture":"resnet18","num_classes":3,"label_names":["a","b"]}"""), StringComparison.Ordinal);
        Assert.Contains("pooling", Refused("""{"architecture":"resnet18","num_classes":3,"global_pool":"max"}"""), StringComparison.Ordinal);
        Assert.Contains("the model_args \"output_stride\": 16", Refused("""{"architecture":"resnet18","num_classes":3,"model_args":{"output_stride":16}}"""),
            StringComparison.Ordinal);
        Assert.Contains("global_pool", Refused("""{"architecture":"resnet18","num_classes":3,"model_args":{"global_pool":"max"}}"""), StringComparison.Ordinal);
        Read("""{"architecture":"resnet18","num_classes":3,"model_args":{"num_classes":3,"global_pool":"avg","in_chans":3,"drop_rate":0.1}}""");
        Assert.Contains("channels", Refused("""{"architecture":"resnet18","num_classes":3,"pretrained_cfg":{"input_size":[4,224,224]}}"""),
            StringComparison.Ordinal);
        Assert.True(Read("""{"architecture":"resnet18","num_classes":3}""").ScalingIsAssumed);
    }

    [Fact]
    public void A_card_of_the_files_name_comes_first_then_one_of_a_published_model_and_another_configuration_is_none()
    {
        var file = _folder.At("model.safetensors");
        _folder.Write("config.json", """{"lr":0.1,"epochs":3}""");
        Assert.True(CardFile.Beside(file).ScalingIsAssumed);
        _folder.Write("config.json", "no JSON");
        Assert.True(CardFile.Beside(file).ScalingIsAssumed);
        _folder.Write("config.json", WsInfer);
        Assert.Equal(299, CardFile.Beside(file).Patch);
        Assert.Null(CardFile.Beside(file).ReadFrom);
        Assert.Equal(_folder.At("config.json"), CardFile.Beside(_folder.At("mine.onnx")).ReadFrom);
        _folder.Write("model.json", """{"patch":96}""");
        Assert.Equal(96, CardFile.Beside(file).Patch);
        _folder.Write("model.json", WsInfer.Replace("299", "300", StringComparison.Ordinal));
        Assert.Equal(300, CardFile.Beside(file).Patch);
    }

    [Fact]
    public void What_a_card_beside_states_goes_before_what_the_file_holds_field_by_field()
    {
        const string Inside = """{"name":"head","patch":32,"stride":16,"mean":[0.5,0.4,0.3],"deviation":[0.2,0.2,0.3],"classes":[{"name":"A"},{"name":"B"}]}""";
        var file = _folder.At("model.onnx");
        ModelCard With(string beside)
        {
            _folder.Write("model.json", beside);
            return CardFile.Beside(file, Inside);
        }
        var card = With("""{"mpp":0.5}""");
        Assert.Equal((0.5, 32, 16, "head"), (card.Mpp!.Value.X, card.Patch, card.Stride, card.Name));
        Assert.Equal([0.5, 0.4, 0.3], card.Mean);
        Assert.Equal(["A", "B"], card.Classes.Select(one => one.Name));
        Assert.False(card.ScalingIsAssumed);
        Assert.Equal((64, 64), (With("""{"patch":64}""").Patch, With("""{"patch":64}""").Stride));
        Assert.Equal(["C", "D"], With("""{"classes":[{"name":"C"},{"name":"D"}]}""").Classes.Select(one => one.Name));
        Assert.Contains("the classes B, A, and " + file + " itself A, B", Assert.Throws<BadInputException>(() =>
            With("""{"classes":[{"name":"B"},{"name":"A"}]}""")).Message, StringComparison.Ordinal);
        // A published form says all.
        Assert.Equal(299, With(WsInfer).Patch);
    }

    [Theory]
    [InlineData("""{"mean":[0.5,0.4,0.3]}""", "states \"mean\" but no \"deviation\"")]
    [InlineData("""{"deviation":[0.5,0.4,0.3]}""", "states \"deviation\" but no \"mean\"")]
    public void Half_of_a_scaling_is_refused(string json, string expected) => Assert.Contains(expected, Refused(json), StringComparison.Ordinal);

    [Fact]
    public void A_blank_behind_a_name_makes_no_other_class()
    {
        Assert.Contains("that no other class has", Refused("""{"classes":[{"name":"ADI"},{"name":"ADI "}]}"""), StringComparison.Ordinal);
        Assert.Equal(["ADI", "LYM"], Read("""{"classes":[{"name":" ADI"},{"name":"LYM\t"}]}""").Classes.Select(one => one.Name));
    }

    [Fact]
    public void Means_in_the_order_of_another_program_are_refused()
    {
        const string Rest = """, "deviation":[1,1,1]}""";
        Assert.Contains("\"channels\": \"bgr\"", Refused("""{"mean":[0.4076,0.458,0.485]""" + Rest), StringComparison.Ordinal);
        Assert.Contains("\"channels\": \"bgr\"", Refused("""{"channels":"bgr", "mean":[0.406,0.456,0.485]""" + Rest), StringComparison.Ordinal);
        Read("""{"mean":[0.485,0.456,0.406]""" + Rest);
        Read("""{"mean":[0.45,0.45,0.45]""" + Rest);
    }

    [Fact]
    public void A_folder_of_a_published_model_is_a_model()
    {
        var tensors = Network.Describe("mobilenet_v3_small", pooled: true, 2).Tensors.ToList();
        Assert.Contains("without a network", Assert.Throws<BadInputException>(() => Model.Open(_folder.Path)).Message, StringComparison.Ordinal);
        ZooFile.Write(_folder.At("model.safetensors"), "s", tensors);
        _folder.Write("config.json", """{"architecture":"mobilenet_v3_small","num_classes":2,"label_names":["x","y"]}""");
        _folder.Write("pytorch_model.bin", "the same weights in another form");
        using (var model = Model.Open(_folder.Path))
            Assert.Equal((_folder.At("model.safetensors"), "x"), (model.Path, model.Card.Classes[0].Name));
        ZooFile.Write(_folder.At("other.safetensors"), "s", tensors);
        Assert.Contains("name one of model.safetensors, other.safetensors", Assert.Throws<BadInputException>(() => Model.Open(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_are_in_the_users_words()
    {
        foreach (var json in (string[])["""{"sizes":3}""", """{"mpp":"fine"}""", """{"classes":["A"]}""", """{"output":"softmax"}""", "[]", "{",
            """{"patch":1,"patch":2}"""])
        {
            var message = Refused(json);
            Assert.StartsWith("card.json is no card of a model: ", message, StringComparison.Ordinal);
            Assert.Contains("expected an object with any of name, architecture, classes", message, StringComparison.Ordinal);
            Assert.DoesNotContain("Patchwise.", message, StringComparison.Ordinal);
            Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        }
        Assert.Contains("\"sizes\" is no field", Refused("""{"sizes":3}"""), StringComparison.Ordinal);
        Assert.Contains("the value of mpp", Refused("""{"mpp":"fine"}"""), StringComparison.Ordinal);
    }

    static readonly string[] Wrong = ["""{"mean":[0,0,0]}""", """{"deviation":[1,1,1]}""",
        """{"sizes":3}""", """{"mpp":-1}""", """{"patch":0}""", """{"mean":[0,0]}""",
        """{"mean":[123.675,116.28,103.53]}""", """{"deviation":[58.395,57.12,57.375]}""", """{"deviation":[0,1,1]}""",
        """{"output":"x"}""",
        """{"classes":[{"title":"A"}]}""", """{"classes":["A"]}""", """{"classes":[{"name":"A","color":"#12"}]}""", """{"orientations":65}""",
        """{"layout":"hwc"}""", """{"channels":"gbr"}"""];

    [Fact]
    public void The_schema_takes_every_card_of_the_project_and_refuses_what_the_reader_refuses()
    {
        Assert.All(Wrong, json => Refused(json));
        using var model = Model.Open("mobilenet_v2-imagenet");
        string[] right = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "data"), "*.json", SearchOption.AllDirectories)
            .Where(file => File.Exists(Path.ChangeExtension(file, ".onnx")) || File.Exists(Path.ChangeExtension(file, ".pt"))).Select(File.ReadAllText)
            .Where(text => !text.Contains("class_names", StringComparison.Ordinal)), model.Card.ToJson(), "{}",
            """
            {"$schema":"s","name":"n","architecture":"resnet18","classes":[{"name":"A","title":"first","color":"#010203"}],
             "patch":224,"stride":112,"mpp":0.5,"mean":[0,0,0],"deviation":[1,1,1],"orientations":8,"output":"labelLogits","outputName":"y",
             "layout":"nchw","channels":"bgr","samples":"scaled","weights":"ema","transformInput":true,"lastRelu":false,"licence":"CC0-1.0","source":"s",
             "url":"u"}
            """];
        Assert.True(right.Length > 5);
        Assert.All(right, json => Read(json));
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "lib", "Patchwise.Networks", "model-card.schema.json")))!;
        Assert.Equal(CardFile.Fields.Append("$schema").Order(StringComparer.Ordinal), schema["properties"]!.AsObject()
            .Select(field => field.Key).Order(StringComparer.Ordinal));
        const string Program = "import json, jsonschema, sys\nschema, documents = json.load(sys.stdin)\njsonschema.Draft202012Validator.check_schema(schema)\n"
            + "check = jsonschema.Draft202012Validator(schema)\nprint(json.dumps([check.is_valid(json.loads(d)) for d in documents]))";
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var python = Process.Start(start)!;
        python.StandardInput.Write(JsonSerializer.Serialize(new object[] { schema, right.Concat(Wrong) }));
        python.StandardInput.Close();
        var valid = JsonSerializer.Deserialize<bool[]>(python.StandardOutput.ReadToEnd())!;
        Assert.Equal([.. right.Select(_ => true), .. Wrong.Select(_ => false)], valid);
    }
}
