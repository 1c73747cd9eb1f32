using System.Runtime.InteropServices;
using Patchwise.Onnx;

namespace Patchwise.Benchmarks;

/// <summary>
/// One of the published architectures with learned weights: the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18 (MIT) holds a resnet18 of ImageNet as
/// ONNX. Where sides are even its one-sided edges are torchvision's, and so its weights are those of ours.
/// </summary>
static class LearnedResNet
{
    internal const string Name = "resnet18";

    /// <summary>Of what was subtracted from the samples, up to 255, in the order R, G, B; they were not divided.</summary>
    static readonly double[] Means = [123.68, 116.779, 103.939];

    /// <summary>Writes resnet18.safetensors with its card; the last layer, which the package lacks, is random.</summary>
    internal static string Write(string onnx, string folder)
    {
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(onnx)).Graph;
        var values = graph.Initializer.ToDictionary(one => one.Name, one => one.RawData.IsEmpty ? [.. one.FloatData]
            : MemoryMarshal.Cast<byte, float>(one.RawData.Span).ToArray());
        var learned = new Dictionary<string, float[]>();
        var blocks = 0;
        foreach (var conv in graph.Node.Where(node => node.OpType == "Conv"))
        {
            var norm = graph.Node.Single(node => node.OpType == "BatchNormalization" && node.Input[0] == conv.Output[0]);
            var side = conv.Attribute.Single(one => one.Name == "kernel_shape").Ints[0];
            var (key, normal) = side == 7 ? ("conv1", "bn1")
                // Stages 2 to 4 begin with a shortcut to 128, 256 and 512 channels.
                : side == 1 ? (Shortcut(0), Shortcut(1))
                : ($"{Block(blocks / 2)}.conv{blocks % 2 + 1}", $"{Block(blocks / 2)}.bn{blocks++ % 2 + 1}");
            string Shortcut(int part) => $"layer{(int)Math.Log2(values[norm.Input[1]].Length / 64) + 1}.0.downsample.{part}";
            learned[$"{key}.weight"] = values[conv.Input[1]];
            foreach (var (suffix, at) in new[] { ("weight", 1), ("bias", 2), ("running_mean", 3), ("running_var", 4) })
                learned[$"{normal}.{suffix}"] = values[norm.Input[at]];
        }
        var path = Path.Combine(folder, Name + ".safetensors");
        Networks.WriteWeights(path, Network.Describe(Name, pooled: false, 9), learned);
        static string Numbers(IEnumerable<double> values) => string.Join(", ", values.Select(value => FormattableString.Invariant($"{value / 255:R}")));
        // Its samples are B, G, R.
        File.WriteAllText(Path.ChangeExtension(path, ".json"),
            $$"""{"channels": "bgr", "mean": [{{Numbers(Means)}}], "deviation": [{{Numbers([1, 1, 1])}}]}""");
        return path;
    }

    static string Block(int number) => $"layer{number / 2 + 1}.{number % 2}";
}
