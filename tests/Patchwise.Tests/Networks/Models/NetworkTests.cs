namespace Patchwise.Tests;

public class NetworkTests
{
    static BadInputException Refused(IEnumerable<(string, long[])> tensors, string? architecture = null, Action<string, float[]>? change = null)
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("w.safetensors");
        ZooFile.Write(path, "s", tensors, change);
        using var checkpoint = Checkpoint.Open(path);
        return Assert.Throws<BadInputException>(() =>
        {
            OnnxWriter.Write(new(Recognition.Of(checkpoint, architecture)));
        });
    }

    static List<(string Key, long[] Shape)> ResNet18 => [.. Network.Describe("resnet18", pooled: true, 9).Tensors];

    [Fact]
    public void A_wrong_shape_is_reported_with_both_shapes()
    {
        var tensors = ResNet18.ConvertAll(tensor => tensor.Key == "feat_extract.4.0.conv1.weight" ? (tensor.Key, [64, 64, 5, 5]) : tensor);
        var message = Refused(tensors).Message;
        Assert.Contains("resnet18", message, StringComparison.Ordinal);
        Assert.Contains("feat_extract.4.0.conv1.weight has shape [64, 64, 5, 5], expected [64, 64, 3, 3]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_extra_tensors_are_reported_by_name()
    {
        var tensors = ResNet18.Where(tensor => tensor.Key != "classifier.bias").Append(("head.scale", [7])).ToList();
        var message = Refused(tensors).Message;
        Assert.Contains("classifier.bias [9] is missing", message, StringComparison.Ordinal);
        Assert.Contains("head.scale [7] is extra", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_architecture_lists_the_known_ones_and_what_was_found()
    {
        var message = Refused([("encoder.layer.0.weight", [4, 4]), ("encoder.layer.0.bias", [4])]).Message;
        Assert.Contains("encoder.layer.0.weight", message, StringComparison.Ordinal);
        Assert.Contains("wide_resnet101_2", message, StringComparison.Ordinal);
        Assert.Contains("w.safetensors names the architecture 'vgg16'", Refused(ResNet18, "vgg16").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_network_than_the_named_one_are_refused() =>
        Assert.Contains("was to be resnet34", Refused(ResNet18, "resnet34").Message, StringComparison.Ordinal);

    [Theory, InlineData("feat_extract.0.weight", float.NaN), InlineData("classifier.bias", float.PositiveInfinity),
        InlineData("feat_extract.1.running_var", -1f)]
    public void A_weight_that_is_no_number_is_reported_by_name_and_place(string key, float value)
    {
        var message = Refused(ResNet18, change: (name, values) =>
        {
            if (name == key)
                values[5] = value;
        }).Message;
        Assert.Contains($"element 5 of {key}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_that_torchvision_publishes_are_taken_as_they_are()
    {
        using var folder = new TemporaryFolder();
        var dense = Network.Describe("densenet121", pooled: false, 3).Tensors.Select(tensor => (tensor.Key
            .Replace(".norm1.", ".norm.1.", StringComparison.Ordinal).Replace(".norm2.", ".norm.2.", StringComparison.Ordinal)
            .Replace(".conv1.", ".conv.1.", StringComparison.Ordinal).Replace(".conv2.", ".conv.2.", StringComparison.Ordinal), tensor.Shape));
        var google = Network.Describe("googlenet", pooled: false, 3).Tensors.Append(("aux1.fc2.bias", [3]));
        foreach (var (name, tensors) in (IEnumerable<(string, IEnumerable<(string, long[])>)>)[("densenet121", dense), ("googlenet", google)])
        {
            ZooFile.Write(folder.At(name), "s", tensors);
            using var checkpoint = Checkpoint.Open(folder.At(name));
            Assert.Equal(name, Recognition.Of(checkpoint).Architecture);
        }
    }

    /// <summary>Counts of torchvision's documentation: parameters of the native form with 1000 classes, multiply-adds for 224 px in units of 10^9.</summary>
    [Theory]
    [InlineData("alexnet", 61_100_840, 0.71)]
    [InlineData("resnet18", 11_689_512, 1.81)]
    [InlineData("resnet50", 25_557_032, 4.09)]
    [InlineData("resnext50_32x4d", 25_028_904, 4.23)]
    [InlineData("wide_resnet101_2", 126_886_696, 22.75)]
    [InlineData("densenet121", 7_978_856, 2.83)]
    [InlineData("mobilenet_v2", 3_504_872, 0.30)]
    [InlineData("mobilenet_v3_large", 5_483_032, 0.22)]
    [InlineData("mobilenet_v3_small", 2_542_856, 0.06)]
    public void Parameters_and_operations_are_those_that_torchvision_publishes(string architecture, long parameters, double operations)
    {
        var network = Network.Describe(architecture, pooled: false, 1000);
        Assert.Equal(parameters, network.Parameters);
        Assert.Equal(operations, network.Operations(224) / 1e9, 0.011);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Torchscript_uses_each_value_once_each_result_after_it_is_made_and_returns_the_same_results(bool joined)
    {
        using var folder = new TemporaryFolder();
        foreach (var architecture in Network.Known)
        {
            var network = Network.Describe(architecture, pooled: true, 9);
            // No value is read.
            var program = new NetworkProgram(network);
            var lines = TorchScriptWriter.Write(program, joined).TrimEnd('\n').Split('\n');
            var known = new HashSet<string> { "x" };
            var weights = new List<string>();
            foreach (var line in lines[1..^1])
            {
                var names = System.Text.RegularExpressions.Regex.Matches(line, @"\bv\d+\b|\bx\b|\bw\[\d+\]").Select(match => match.Value).ToList();
                Assert.All(names.Skip(1).Where(name => name[0] != 'w'), name => Assert.Contains(name, known));
                weights.AddRange(names.Where(name => name[0] == 'w'));
                Assert.True(known.Add(names[0]));
            }
            var expected = Enumerable.Range(0, TorchScriptWriter.Values(program).Count()).Select(index => $"w[{index}]");
            // A convolution that takes along what is added stands where the sum would.
            Assert.Equal(joined ? [.. expected.Order(StringComparer.Ordinal)] : expected, joined ? [.. weights.Order(StringComparer.Ordinal)] : weights);
            Assert.Equal($"    return v{program.Logits}, v{program.Features}", lines[^1]);
        }
    }
}
