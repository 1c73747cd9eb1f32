using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Benchmarks;

/// <summary>Our side of the networks: a batch of 32 patches of 224 px on two threads, as patch prediction runs it.</summary>
static class Networks
{
    internal static readonly string[] Measured = ["resnet18", "resnet50", "mobilenet_v2", "densenet121"];

    const int Batch = 32, Threads = 2;

    /// <summary>Multiply-adds of the product that stands for the machine's peak: 2048 x 2028 by 2028 x 2048.</summary>
    internal const double PeakMultiplyAdds = 2048.0 * 2028 * 2048;

    /// <summary>Those of one batch.</summary>
    internal static double MultiplyAdds(string architecture) => (double)Batch * Network.Describe(architecture, pooled: true, 9).Operations(224);

    /// <param name="file">Of the network.</param>
    internal static Action Prepare(string file) => Prepare(file, model => OnnxEngine.Of(model, new(Threads)));

    internal static Action PrepareBFloat16(string file) =>
        Prepare(file, model => Engines.Create(model, new(EngineKind.Torch, "cpu", Precision.BFloat16, Threads)));

    static Action Prepare(string file, Func<Model, InferenceEngine> engineOf)
    {
        using var model = Model.Open(file);
        var engine = engineOf(model);
        var patches = new byte[Batch * 3 * 224 * 224];
        new Random(1).NextBytes(patches);
        var logits = new float[Batch * engine.Classes];
        return () => engine.Run(patches, Batch, new(224, 224), logits, []);
    }

    /// <summary>Whether the processor multiplies bf16, and libtorch, which runs that here, is named.</summary>
    internal static bool RunBFloat16 => Environment.GetEnvironmentVariable("PATCHWISE_LIBTORCH") is { Length: > 0 }
        && File.ReadLines("/proc/cpuinfo").Any(line => line.StartsWith("flags", StringComparison.Ordinal) && line.Contains("_bf16", StringComparison.Ordinal));

    /// <summary>The fastest that the same runtime multiplies large matrices.</summary>
    internal static Action PreparePeak()
    {
        var model = new ModelProto { IrVersion = 8, Graph = new() { Name = "peak" }, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        static ValueInfoProto Port(string name, params long[] shape)
        {
            var tensor = new TypeProto.Types.Tensor { ElemType = 1, Shape = new() };
            tensor.Shape.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
            return new() { Name = name, Type = new() { TensorType = tensor } };
        }
        model.Graph.Input.Add(Port("x", 2048, 3, 26, 26));
        model.Graph.Output.Add(Port("y", 2048, 2048));
        model.Graph.Initializer.Add(new TensorProto
        {
            Name = "w",
            DataType = 1,
            Dims = { 2028, 2048 },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(Random(2, 2028 * 2048, 1, 0).AsSpan()))
        });
        model.Graph.Node.Add(new NodeProto { OpType = "Flatten", Input = { "x" }, Output = { "v" } });
        model.Graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "v", "w" }, Output = { "y" } });
        var engine = new OnnxEngine(model.ToByteArray(), "peak", PatchScaling.None, new(Threads));
        var (x, y) = (Random(3, 2048 * 2028, 1, 0), new float[2048 * 2048]);
        return () => engine.Run(x, 2048, new(26, 26), y, []);
    }

    /// <summary>A file of weights for nine classes.</summary>
    internal static string Weights(string architecture, string folder)
    {
        var path = Path.Combine(folder, architecture + ".safetensors");
        // Another process may have it open.
        if (!File.Exists(path))
            WholeFile.WriteBeside(path, partial => WriteWeights(partial, Network.Describe(architecture, pooled: true, 9)));
        return path;
    }

    /// <summary>The same in 8 bits. What random weights say of classes does not count, so any agreement will do; the time does not depend on it.</summary>
    internal static string Quantized(string architecture, string folder)
    {
        var path = Path.Combine(folder, architecture + "-int8.onnx");
        if (!File.Exists(path))
            using (var model = Model.Open(Weights(architecture, folder)))
                QuantizedModel.Save(model, path, Path.Combine(folder, "patches"), new() { LeastAgreement = 1e-9 }, default);
        return path;
    }

    /// <summary>Random weights of the size that keeps values in bounds: the time does not depend on them.</summary>
    /// <param name="learned">By name; these are not random.</param>
    internal static void WriteWeights(string path, Network network, IReadOnlyDictionary<string, float[]>? learned = null)
    {
        var header = new Dictionary<string, object>();
        var offset = 0L;
        foreach (var (key, shape) in network.Tensors)
            header[key] = new { dtype = "F32", shape, data_offsets = new[] { offset, offset += 4 * shape.Aggregate(1L, (product, size) => product * size) } };
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        using var file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        var seed = 0;
        foreach (var (key, shape) in network.Tensors)
        {
            var count = (int)shape.Aggregate(1L, (product, size) => product * size);
            var values = learned?.GetValueOrDefault(key) ?? (shape.Length == 1 ? Random(++seed, count, 0.1f,
                key.EndsWith(".bias", StringComparison.Ordinal) || key.EndsWith("mean", StringComparison.Ordinal) ? 0 : 1)
                : Random(++seed, count, 2 * MathF.Sqrt(6f * shape[0] / count), -MathF.Sqrt(6f * shape[0] / count)));
            file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }

    static float[] Random(int seed, int count, float factor, float shift)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = shift + factor * random.NextSingle();
        return values;
    }
}
