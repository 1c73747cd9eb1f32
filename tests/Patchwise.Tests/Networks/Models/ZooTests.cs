using System.Globalization;
using System.Text.Json;
using Google.Protobuf;

namespace Patchwise.Tests;

/// <summary>All networks, in ONNX Runtime and in libtorch, against PyTorch's float64 results, with weights by a formula.</summary>
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

    /// <summary>What the calls for a device's own library stand for, written in those that every processor has.</summary>
    const string Joined = """
        def joined_relu(x: Tensor, w: Tensor, b: Tensor, stride: List[int], padding: List[int], dilation: List[int], groups: int) -> Tensor:
            return torch.relu(torch.conv2d(x, w, b, stride, padding, dilation, groups))

        def joined_add_relu(x: Tensor, w: Tensor, z: Tensor, alpha: float, b: Tensor, stride: List[int], padding: List[int], dilation: List[int],
                groups: int) -> Tensor:
            return torch.relu(torch.conv2d(x, w, b, stride, padding, dilation, groups) + alpha * z)


        """;

    /// <summary>One of each way in which steps are joined for a device's own library.</summary>
    static readonly HashSet<string> OfJoinedSteps = ["resnet18", "resnext50_32x4d", "densenet121", "googlenet", "alexnet"];

    /// <summary>In one test, since writing the weights takes as long as running them.</summary>
    [Theory, MemberData(nameof(Runnable))]
    public void A_network_is_recognised_and_gives_the_reference_logits_in_both_engines(string family, string architecture)
    {
        var golden = Goldens[family];
        var (seed, model) = (golden.GetProperty("seed").GetString()!, golden.GetProperty("models").GetProperty(architecture));
        using var folder = new TemporaryFolder();
        var path = folder.At("w.safetensors");
        ZooFile.Write(path, seed, Tensors(model));
        using var checkpoint = Checkpoint.Open(path);
        var network = Recognition.Of(checkpoint);
        Assert.Equal((architecture, family == "pooled"), (network.Architecture, network.IsPooled));
        Assert.Equal(model.GetProperty("parameters").GetInt64(),
            network.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)));

        var expected = model.GetProperty("logits").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(value => value.GetDouble())).ToArray();
        var shape = golden.GetProperty("input_shape").EnumerateArray().Select(length => length.GetInt32()).ToArray();
        var input = ZooFile.Uniform(seed, "input", shape.Aggregate(1, (product, length) => product * length));
        var (count, size) = (shape[0], new PixelSize(shape[3], shape[2]));
        var mean = expected.Average();
        var spread = Math.Sqrt(expected.Average(value => (value - mean) * (value - mean)));
        void Check(InferenceEngine engine, double most, string what, Action<float[], float[]> run)
        {
            var (logits, features) = (new float[count * engine.Classes], new float[count * engine.Features]);
            run(logits, features);
            Assert.Equal(expected.Length, logits.Length);
            var worst = expected.Zip(logits, (reference, found) => Math.Abs(reference - found)).Max();
            Assert.True(worst <= most * spread, string.Create(CultureInfo.InvariantCulture,
                $"{family} {architecture}, {what}, is off by {worst:g3}, {worst / spread:g3} of the spread"));
            Assert.Contains(features, value => value != 0);
        }
        using (var onnx = new OnnxEngine(OnnxWriter.Write(new(network)).ToByteArray(), architecture, PatchScaling.None, new(Threads: 2), OnnxWriter.Logits,
            OnnxWriter.Features))
            Check(onnx, 1e-4, "ONNX Runtime", (logits, features) => onnx.Run(input, count, size, logits, features));

        void CheckTorch(string what, Func<NetworkProgram, string> write)
        {
            // The reference's patches are no 8-bit samples, so they come as one more value. The product with 0 keeps libtorch from running the network while
            // it compiles.
            var program = new NetworkProgram(network);
            StepValues[] values = [.. TorchScriptWriter.Values(program), new("patches", Array.ConvertAll(shape, length => (long)length), () => input)];
            const string Head = "def forward(x: Tensor, w: List[Tensor]) -> Tuple[Tensor, Tensor]:\n";
            var source = write(program).Replace(Head, string.Create(CultureInfo.InvariantCulture,
                $"{Head}    x = x * 0.0 + w[{values.Length - 1}][:x.size(0)]\n"), StringComparison.Ordinal);
            using var torch = TorchEngine.Compile(source, values, architecture, TorchEngineTests.Card(), TorchEngineTests.OnDevice);
            // A GPU adds in another order and multiplies small windows by transforms that round more; TF32, which keeps 10 bits of each factor, stays off.
            Check(torch, TorchEngineTests.OnCuda ? 1e-3 : 1e-4, what, (logits, features) => torch.Run(new byte[input.Length], count, size, logits, features));
        }
        CheckTorch("libtorch", program => TorchScriptWriter.Write(program));
        if (family == "pooled" && OfJoinedSteps.Contains(architecture))
            CheckTorch("libtorch with joined steps", program =>
            {
                var source = TorchScriptWriter.Write(program, joined: true);
                Assert.Contains("torch.cudnn_convolution_", source, StringComparison.Ordinal);
                return Joined + source.Replace("torch.cudnn_convolution_", "joined_", StringComparison.Ordinal);
            });
    }

    [Fact]
    public void Libtorch_knows_the_calls_of_joined_steps()
    {
        TorchLibrary.Load();
        foreach (var architecture in Network.Known)
            TorchSharp.torch.jit.compile(TorchScriptWriter.Write(new NetworkProgram(Network.Describe(architecture, pooled: true, 9)), joined: true)).Dispose();
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
