using System.Globalization;

namespace Patchwise.Tests;

/// <summary>All networks in libtorch against PyTorch's float64 results, with weights by a formula.</summary>
[Collection("networks")]
public class TorchEngineZooTests
{
    public static IEnumerable<object[]> Runnable => ZooTests.Runnable;

    [Theory, MemberData(nameof(Runnable))]
    public void A_network_gives_the_reference_logits(string family, string architecture) =>
        Check(family, architecture, program => TorchScriptWriter.Write(program));

    /// <summary>What the calls for a device's own library stand for, written in those that every processor has.</summary>
    const string Joined = """
        def joined_relu(x: Tensor, w: Tensor, b: Tensor, stride: List[int], padding: List[int], dilation: List[int], groups: int) -> Tensor:
            return torch.relu(torch.conv2d(x, w, b, stride, padding, dilation, groups))

        def joined_add_relu(x: Tensor, w: Tensor, z: Tensor, alpha: float, b: Tensor, stride: List[int], padding: List[int], dilation: List[int],
                groups: int) -> Tensor:
            return torch.relu(torch.conv2d(x, w, b, stride, padding, dilation, groups) + alpha * z)


        """;

    [Theory]
    [InlineData("resnet18")]
    [InlineData("resnext50_32x4d")]
    [InlineData("densenet121")]
    [InlineData("googlenet")]
    [InlineData("alexnet")]
    public void A_network_of_joined_steps_gives_the_reference_logits(string architecture) => Check("pooled", architecture, program =>
    {
        var source = TorchScriptWriter.Write(program, joined: true);
        Assert.Contains("torch.cudnn_convolution_", source, StringComparison.Ordinal);
        return Joined + source.Replace("torch.cudnn_convolution_", "joined_", StringComparison.Ordinal);
    });

    [Fact]
    public void Libtorch_knows_the_calls_of_joined_steps()
    {
        TorchLibrary.Load();
        foreach (var architecture in Network.Known)
            TorchSharp.torch.jit.compile(TorchScriptWriter.Write(new NetworkProgram(Network.Describe(architecture, pooled: true, 9)), joined: true)).Dispose();
    }

    static void Check(string family, string architecture, Func<NetworkProgram, string> write)
    {
        var golden = ZooTests.Goldens[family];
        var (seed, model) = (golden.GetProperty("seed").GetString()!, golden.GetProperty("models").GetProperty(architecture));
        double[][] expected = [.. model.GetProperty("logits").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        long[] shape = [.. golden.GetProperty("input_shape").EnumerateArray().Select(length => length.GetInt64())];
        using var folder = new TemporaryFolder();
        ZooFile.Write(folder.At("w.safetensors"), seed, ZooTests.Tensors(model));
        using var checkpoint = Checkpoint.Open(folder.At("w.safetensors"));
        var program = new NetworkProgram(Recognition.Of(checkpoint));

        // The reference's patches are no 8-bit samples, so they come as one more value. The product with 0 keeps libtorch from running the network while it
        // compiles.
        StepValues[] values = [.. TorchScriptWriter.Values(program), new("patches", shape, () =>
            ZooFile.Uniform(seed, "input", (int)shape.Aggregate(1L, (product, length) => product * length)))];
        const string Head = "def forward(x: Tensor, w: List[Tensor]) -> Tuple[Tensor, Tensor]:\n";
        var source = write(program).Replace(Head, string.Create(CultureInfo.InvariantCulture,
            $"{Head}    x = x * 0.0 + w[{values.Length - 1}][:x.size(0)]\n"), StringComparison.Ordinal);
        using var engine = TorchEngine.Compile(source, values, architecture, TorchEngineTests.Card(), TorchEngineTests.OnDevice);

        var logits = new float[expected.Length * engine.Classes];
        var features = new float[expected.Length * engine.Features];
        engine.Run(new byte[shape.Aggregate(1, (product, length) => product * (int)length)], expected.Length, new((int)shape[3], (int)shape[2]),
            logits, features);

        var all = expected.SelectMany(row => row).ToArray();
        Assert.Equal(all.Length, logits.Length);
        var mean = all.Average();
        var spread = Math.Sqrt(all.Average(value => (value - mean) * (value - mean)));
        // A GPU adds in another order and multiplies small windows by transforms that round more; TF32, which keeps 10 bits of each factor, stays off.
        var most = TorchEngineTests.OnCuda ? 1e-3 : 1e-4;
        var worst = all.Zip(logits, (reference, found) => Math.Abs(reference - found)).Max();
        Assert.True(worst <= most * spread, string.Create(CultureInfo.InvariantCulture,
            $"{family} {architecture} is off by {worst:g3}, {worst / spread:g3} of the spread"));
        Assert.Contains(features, value => value != 0);
    }
}
