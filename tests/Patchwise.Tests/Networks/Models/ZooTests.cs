using System.Globalization;
using System.Text.Json;
using Google.Protobuf;

namespace Patchwise.Tests;

/// <summary>All networks against PyTorch's float64 results, with weights by a formula.</summary>
[Collection("networks")]
public class ZooTests
{
    internal static readonly Dictionary<string, JsonElement> Goldens = new[] { "pooled", "native" }.ToDictionary(family => family,
        family => JsonDocument.Parse(File.ReadAllText(Repository.Golden($"zoo-{family}.json"))).RootElement);

    public static IEnumerable<object[]> Networks => Names(long.MaxValue);

    /// <summary>A debug build leaves out the large ones, which take minutes in it; tests/run builds for release and runs them all.</summary>
#if DEBUG
    public static IEnumerable<object[]> Runnable => Names(13_000_000);
#else
    public static IEnumerable<object[]> Runnable => Networks;
#endif

    static IEnumerable<object[]> Names(long parameters) =>
        from golden in Goldens
        from model in golden.Value.GetProperty("models").EnumerateObject()
        where model.Value.GetProperty("parameters").GetInt64() < parameters
        select new object[] { golden.Key, model.Name };

    internal static List<(string Key, long[] Shape)> Tensors(JsonElement model) =>
        [.. model.GetProperty("tensors").EnumerateArray()
        .Select(tensor => (tensor[0].GetString()!, tensor[1].EnumerateArray().Select(size => size.GetInt64()).ToArray()))];

    [Theory, MemberData(nameof(Runnable))]
    public void A_network_is_recognised_and_gives_the_reference_logits(string family, string architecture)
    {
        var golden = Goldens[family];
        var (seed, model) = (golden.GetProperty("seed").GetString()!, golden.GetProperty("models").GetProperty(architecture));
        using var folder = new TemporaryFolder();
        var path = folder.At("w.safetensors");
        ZooFile.Write(path, seed, Tensors(model));
        byte[] onnx;
        using (var checkpoint = Checkpoint.Open(path))
        {
            var network = Recognition.Of(checkpoint);
            Assert.Equal((architecture, family == "pooled"), (network.Architecture, network.IsPooled));
            Assert.Equal(model.GetProperty("parameters").GetInt64(),
                network.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)));
            onnx = OnnxWriter.Write(new(network)).ToByteArray();
        }
        using var engine = new OnnxEngine(onnx, architecture, PatchScaling.None, new(Threads: 2), OnnxWriter.Logits, OnnxWriter.Features);

        double[][] expected = [.. model.GetProperty("logits").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        var size = golden.GetProperty("input_shape").EnumerateArray().Select(length => length.GetInt32()).ToArray();
        var input = ZooFile.Uniform(seed, "input", size.Aggregate(1, (product, length) => product * length));
        var logits = new float[expected.Length * engine.Classes];
        var features = new float[expected.Length * engine.Features];
        engine.Run(input, expected.Length, new(size[3], size[2]), logits, features);

        var all = expected.SelectMany(row => row).ToArray();
        Assert.Equal(all.Length, logits.Length);
        var mean = all.Average();
        var spread = Math.Sqrt(all.Average(value => (value - mean) * (value - mean)));
        var worst = all.Zip(logits, (reference, found) => Math.Abs(reference - found)).Max();
        Assert.True(worst <= 1e-4 * spread, string.Create(CultureInfo.InvariantCulture,
            $"{family} {architecture} is off by {worst:g3}, {worst / spread:g3} of the spread"));
        Assert.Contains(features, value => value != 0);
    }

    [Theory, MemberData(nameof(Networks))]
    public void A_description_names_every_tensor_of_the_reference_with_its_shape(string family, string architecture)
    {
        var model = Goldens[family].GetProperty("models").GetProperty(architecture);
        var network = Network.Describe(architecture, family == "pooled", model.GetProperty("logits")[0].GetArrayLength());
        Assert.Equal(Tensors(model).Where(tensor => !tensor.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .Select(tensor => $"{tensor.Key} {CheckpointTensor.Text(tensor.Shape)}").Order(),
            network.Tensors.Select(tensor => $"{tensor.Key} {CheckpointTensor.Text(tensor.Shape)}").Order());
    }
}
