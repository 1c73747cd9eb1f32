using System.Runtime.InteropServices;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Tests;

/// <summary>
/// A network that is quick and whose answers a test can reckon itself: the mean of R, G and B over a patch, by fixed weights, for four classes. Shadows and
/// light of the channels decide.
/// </summary>
static class SmallModel
{
    internal static readonly string[] Classes = ["dark", "red", "green", "blue"];

    static readonly float[,] Weights = { { -9, 20, -8, -7 }, { -8, -9, 21, -6 }, { -7, -8, -9, 22 } };
    static readonly float[] Bias = [9, 0.5f, 0.25f, 0];

    /// <param name="mpp">That the card states; null: none.</param>
    internal static string Write(TemporaryFolder folder, double? mpp = null, int patch = 32, string name = "colors")
    {
        var proto = new ModelProto { IrVersion = 8, Graph = new() { Name = "g" }, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        proto.Graph.Input.Add(ModelTests.Port("patches", 1, -1, 3, -1, -1));
        proto.Graph.Output.Add(ModelTests.Port("logits", 1, -1, 4));
        proto.Graph.Initializer.Add(Tensor("w", Weights.Cast<float>().ToArray(), 3, 4));
        proto.Graph.Initializer.Add(Tensor("b", Bias, 4));
        proto.Graph.Node.Add(new NodeProto { OpType = "GlobalAveragePool", Input = { "patches" }, Output = { "mean" } });
        proto.Graph.Node.Add(new NodeProto { OpType = "Flatten", Input = { "mean" }, Output = { "flat" } });
        proto.Graph.Node.Add(new NodeProto { OpType = "Gemm", Input = { "flat", "w", "b" }, Output = { "logits" } });
        var path = folder.Write($"{name}.onnx", proto.ToByteArray());
        folder.Write($"{name}.json", $$"""
            {"classes":[{"name":"dark"},{"name":"red","title":"Red, mostly"},{"name":"green"},{"name":"blue"}],
             "patch":{{patch}}{{(mpp is { } stated ? FormattableString.Invariant($",\"mpp\":{stated}") : "")}}}
            """);
        return path;

        static TensorProto Tensor(string name, float[] values, params long[] shape)
        {
            var tensor = new TensorProto { Name = name, DataType = 1, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) };
            tensor.Dims.AddRange(shape);
            return tensor;
        }
    }

    /// <summary>What the network must say of a patch, reckoned in double precision.</summary>
    internal static double[] Expected(Raster patch)
    {
        var mean = new double[3];
        foreach (var (i, sample) in patch.AsBytes().ToArray().Index())
            mean[i % 3] += sample / 255.0;
        var logits = new double[4];
        for (var k = 0; k < 4; k++)
            logits[k] = Bias[k] + Enumerable.Range(0, 3).Sum(c => Weights[c, k] * mean[c] / patch.Size.Area);
        var most = logits.Max();
        var sum = logits.Sum(logit => Math.Exp(logit - most));
        return [.. logits.Select(logit => Math.Exp(logit - most) / sum)];
    }

    /// <summary>Patches of one color each, with noise, so that every class comes up.</summary>
    internal static Raster Patch(Random random, int side = 32)
    {
        var samples = new byte[side * side * 3];
        random.NextBytes(samples);
        var tint = (int[])[random.Next(256), random.Next(256), random.Next(256)];
        for (var i = 0; i < samples.Length; i++)
            samples[i] = (byte)((samples[i] + 3 * tint[i % 3]) / 4);
        return Raster.FromSamples(side, side, 3, samples);
    }
}
