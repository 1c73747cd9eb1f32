namespace Patchwise.Tests;

/// <summary>
/// Weights as training scripts leave them are found under any prefix and head, beside what does not belong to them; what may be other layers is refused.
/// </summary>
public sealed class RecognitionTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    const int Classes = 5;

    static List<(string Key, long[] Shape)> Of(string architecture, bool pooled = false) => [.. Network.Describe(architecture, pooled, Classes).Tensors];

    string Write(string name, IEnumerable<(string Key, long[] Shape)> tensors)
    {
        ZooFile.WriteZeros(_folder.At($"{name}.safetensors"), tensors);
        return _folder.At($"{name}.safetensors");
    }

    Network Found(IEnumerable<(string Key, long[] Shape)> tensors, string? weights = null)
    {
        using var checkpoint = Checkpoint.Open(Write("w", tensors));
        return Recognition.Of(checkpoint, null, weights);
    }

    string Refused(IEnumerable<(string Key, long[] Shape)> tensors) => Assert.Throws<BadInputException>(() => Found(tensors)).Message;

    static IEnumerable<(string, long[])> Under(string prefix, IEnumerable<(string Key, long[] Shape)> tensors) =>
        tensors.Select(one => (prefix + one.Key, one.Shape));

    static IEnumerable<(string, long[])> Renamed(IEnumerable<(string Key, long[] Shape)> tensors, string from, string to) =>
        tensors.Select(one => (one.Key.StartsWith(from, StringComparison.Ordinal) ? to + one.Key[from.Length..] : one.Key, one.Shape));

    [Theory]
    [InlineData("backbone."), InlineData("encoder."), InlineData("resnet."), InlineData("model.resnet."), InlineData("model.net."), InlineData("module.")]
    [InlineData("net.module._orig_mod.model."), InlineData("0.")]
    public void Any_prefix_is_a_wrappers(string prefix)
    {
        foreach (var (architecture, pooled) in ((string, bool)[])[("resnet18", false), ("resnet18", true), ("mobilenet_v3_small", false),
            ("densenet121", false), ("googlenet", false), ("mobilenet_v2", false)])
        {
            var network = Found(Under(prefix, Of(architecture, pooled)));
            Assert.Equal((architecture, pooled, Classes), (network.Architecture, network.IsPooled, network.Classes));
            Assert.Empty(network.Notes);
            Assert.All(network.Layers.SelectMany(layer => layer.Tensors), tensor => Assert.Equal(tensor.Shape, network.Tensor(tensor.Key).Tensor.Shape));
        }
    }

    [Theory]
    [InlineData("resnet18", "fc.", "fc.1."), InlineData("resnet18", "fc.", "head."), InlineData("resnet18", "fc.", "classifier.3.")]
    [InlineData("resnet18", "fc.", "last_linear.")]
    [InlineData("mobilenet_v2", "classifier.1.", "classifier."), InlineData("densenet121", "classifier.", "classifier.1.")]
    [InlineData("googlenet", "fc.", "fc.2.")]
    [InlineData("mobilenet_v3_large", "classifier.3.", "out."), InlineData("alexnet", "classifier.6.", "head.0.")]
    public void The_last_layer_may_have_any_name(string architecture, string from, string to)
    {
        foreach (var prefix in (string[])["", "backbone."])
        {
            var network = Found(Renamed(Of(architecture).Select(one =>
                (one.Key.StartsWith(from, StringComparison.Ordinal) ? one.Key : prefix + one.Key, one.Shape)), from, to));
            Assert.Equal((architecture, Classes, $"{to}weight"), (network.Architecture, network.Classes, network.Tensor(network.Logits.Key + ".weight").Name));
        }
    }

    [Fact]
    public void Weights_under_another_name_give_the_same_network()
    {
        using var plain = Checkpoint.Open(Write("plain", Of("resnet18")));
        using var other = Checkpoint.Open(Write("other", Under("model.", Renamed(Of("resnet18"), "fc.", "fc.1.")).Append(("criterion.weight", [Classes]))));
        var (first, second) = (Recognition.Of(plain), Recognition.Of(other));
        Assert.Equal(OnnxWriter.Write(new(first)).Graph.Node, OnnxWriter.Write(new(second)).Graph.Node);
        Assert.Contains("criterion.weight [5]", Assert.Single(second.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_of_a_Sequential_are_those_of_torchvision_in_their_order()
    {
        var children = Of("resnet18", pooled: true).Select(one => (one.Key.Replace("feat_extract.", "features.", StringComparison.Ordinal), one.Shape));
        Assert.Equal(("resnet18", false), (Found(children).Architecture, Found(children).IsPooled));
        // One linear layer in place of torchvision's two.
        var short3 = Of("mobilenet_v3_small").Where(one => !one.Key.StartsWith("classifier", StringComparison.Ordinal))
            .Concat([("classifier.weight", [Classes, 576]), ("classifier.bias", [Classes])]);
        Assert.Equal(("mobilenet_v3_small", true), (Found(short3).Architecture, Found(short3).IsPooled));
    }

    [Theory]
    [InlineData("criterion.weight"), InlineData("loss_fn.pos_weight"), InlineData("model.loss.weight"), InlineData("ce.weight"), InlineData("val_acc.tp")]
    [InlineData("class_weights")]
    public void What_serves_a_loss_or_a_metric_is_left_out_and_named(string key)
    {
        foreach (var prefix in (string[])["", "model."])
            Assert.Contains($"{key} [5]", Assert.Single(Found(Under(prefix, Of("resnet18")).Append((key, [Classes]))).Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layer1.0.se.fc1.weight", 4, 64), InlineData("ca.fc1.weight", 4, 64), InlineData("bn.running_mean", 512), InlineData("norm.weight", 512)]
    [InlineData("fc.0.weight", 5), InlineData("temperature", 1), InlineData("scale.weight", 5, 5), InlineData("pixel_mean", 3)]
    [InlineData("layer1.loss.weight", 5)]
    public void What_may_be_a_layer_is_refused_by_name(string key, params int[] shape)
    {
        var message = Refused(Of("resnet18").Append((key, [.. shape.Select(size => (long)size)])));
        Assert.Contains($"{key} ", message, StringComparison.Ordinal);
        Assert.Contains("is extra", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_of_several_layers_and_several_heads_are_refused()
    {
        var body = Of("resnet18").Where(one => !one.Key.StartsWith("fc.", StringComparison.Ordinal)).ToList();
        Assert.Contains("head.2.weight [5, 256] is extra", Refused(body.Concat([("head.0.weight", [256, 512]), ("head.0.bias", [256]),
            ("head.2.weight", [Classes, 256]), ("head.2.bias", [Classes])])), StringComparison.Ordinal);
        Assert.Contains("may be any of a, b", Refused(body.Concat([("a.weight", [2, 512]), ("a.bias", [2]), ("b.weight", [3, 512]), ("b.bias", [3])])),
            StringComparison.Ordinal);
        Assert.Contains("fc.weight [1, 512] is missing", Refused(body), StringComparison.Ordinal);
        Assert.Contains("head.weight [5, 512] is extra", Refused(Of("resnet18").Append(("head.weight", [Classes, 512]))), StringComparison.Ordinal);
    }

    [Theory, InlineData("model.", "ema.", true), InlineData("", "ema.", true), InlineData("net.", "swa_model.module.", true),
        InlineData("encoder_q.", "encoder_k.", false), InlineData("student.", "teacher.", false)]
    public void Of_two_networks_the_averaged_one_is_taken_and_said_and_others_are_a_question(string one, string other, bool averaged)
    {
        List<(string, long[])> both = [.. Under(one, Of("resnet18")), .. Under(other, Of("resnet18"))];
        var places = string.Join(", ", ((string[])[one, other]).Select(prefix => $"\"{prefix.TrimEnd('.')}\"").Order(StringComparer.Ordinal));
        if (averaged)
        {
            var network = Found(both);
            Assert.Equal($"{other}fc.weight", network.Tensor("fc.weight").Name);
            Assert.Contains($"averaged ones, those of \"{other.TrimEnd('.')}\", of {places}; \"weights\"", Assert.Single(network.Notes),
                StringComparison.Ordinal);
        }
        else
            Assert.Contains($"several networks, whose keys begin with {places}: say which in \"weights\"", Refused(both),
                StringComparison.Ordinal);
        foreach (var chosen in (string[])[one, other])
            Assert.Equal($"{chosen}fc.weight", Found(both, chosen.TrimEnd('.')).Tensor("fc.weight").Name);
        Assert.Contains("and none with \"x\"", Assert.Throws<BadInputException>(() => Found(both, "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Averaged_weights_alone_are_said_to_be_such()
    {
        var network = Found(Under("module.", Of("resnet18")).Append(("n_averaged", [])));
        Assert.Contains("averaged", Assert.Single(network.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void GoogLeNets_own_scaling_is_asked_for_and_taken_from_the_card()
    {
        var path = Write("g", Of("googlenet"));
        using (var model = Model.Open(path))
            Assert.Contains(model.Notes, note => note.Contains("\"transformInput\"", StringComparison.Ordinal));
        _folder.Write("g.json", """{"mean":[0.485,0.456,0.406],"deviation":[0.229,0.224,0.225],"transformInput":true,"patch":224,"mpp":0.5}""");
        using (var model = Model.Open(path))
        {
            Assert.Empty(model.Notes);
            Assert.All(model.Card.Mean.Concat(model.Card.Deviation), value => Assert.Equal(0.5, value, 1e-12));
        }
        // As torchvision's GoogLeNet._transform_input, of any scaling before.
        _folder.Write("g.json", """{"mean":[0.1,0.2,0.3],"deviation":[0.5,0.6,0.7],"transformInput":true}""");
        using (var model = Model.Open(path))
            for (var c = 0; c < 3; c++)
            {
                var (x, factor, shift) = ((0.8 - (0.1 + 0.1 * c)) / (0.5 + 0.1 * c), new[] { 0.229, 0.224, 0.225 }[c], new[] { 0.485, 0.456, 0.406 }[c]);
                Assert.Equal(x * (factor / 0.5) + (shift - 0.5) / 0.5, (0.8 - model.Card.Mean[c]) / model.Card.Deviation[c], 1e-9);
            }
    }

    /// <summary>Networks on torchvision's features alone pool without its ReLU, which weights do not tell.</summary>
    [Fact]
    public void Whether_a_DenseNet_with_a_last_layer_of_its_own_has_a_ReLU_before_pooling_is_said_and_taken_from_the_card()
    {
        float Least(string path)
        {
            using var model = Model.Open(path);
            using var engine = OnnxEngine.Of(model);
            var (patch, features) = (new byte[3 * 64 * 64], new float[engine.Features]);
            new Random(1).NextBytes(patch);
            engine.Run(patch, 1, new(64, 64), new float[engine.Classes], features);
            return features.Min();
        }
        bool Asks(string path)
        {
            using var model = Model.Open(path);
            return model.Notes.Any(note => note.Contains("\"lastRelu\": false", StringComparison.Ordinal));
        }
        var own = _folder.At("own.safetensors");
        ZooFile.Write(own, "s", [.. Renamed(Of("densenet121"), "classifier.", "fc.")]);
        Assert.True(Asks(own) && Least(own) >= 0);
        _folder.Write("own.json", """{"lastRelu":false}""");
        Assert.True(!Asks(own) && Least(own) < 0);
        _folder.Write("own.json", """{"lastRelu":true}""");
        Assert.True(!Asks(own) && Least(own) >= 0);
        foreach (var torchvisions in (string[])["classifier.", "classifier.1."])
            Assert.False(Asks(Write("usual", Renamed(Of("densenet121"), "classifier.", torchvisions))));
        var other = Write("other", Of("resnet18"));
        _folder.Write("other.json", """{"lastRelu":false}""");
        Assert.Contains("is for weights of a DenseNet", Assert.Throws<BadInputException>(() => Model.Open(other)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("harmless.pth"), InlineData("harmless4.pth")]
    public void What_scripts_keep_beside_weights_is_passed_over(string name)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Repository.Root, "tests", "data", "field", "programs", name));
        var group = Assert.Single(checkpoint.Groups, one => one.Name == "state_dict");
        Assert.Equal(["last.weight", "last.bias"], group.Tensors.Keys);
        Assert.Equal([-9, 20, -8, -8, -9, 21, 12, -10, -6], group.Tensors["last.weight"].Read());
    }
}
