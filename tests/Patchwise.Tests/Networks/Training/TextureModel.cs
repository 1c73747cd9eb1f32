using System.Runtime.InteropServices;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Tests;

/// <summary>A small network of random 3 x 3 filters, quick, with more features than a test has patches; and patches for it.</summary>
static class TextureModel
{
    internal const int Features = 200, Side = 16;

    internal static Model Open(TemporaryFolder folder, int batch = -1, int operatorSet = 17, bool softmaxOnly = false)
    {
        var random = new Random(11);
        var proto = new ModelProto { IrVersion = 8, Graph = new() { Name = "g" }, OpsetImport = { new OperatorSetIdProto { Version = operatorSet } } };
        proto.Graph.Input.Add(ModelTests.Port("x", 1, batch, 3, Side, Side));
        proto.Graph.Output.Add(ModelTests.Port("logits", 1, batch, 2));
        Add("filters", Features, 3, 3, 3);
        Add("last", 2, Features);
        Node("Conv", "x", "filters", "c");
        Node("Relu", "c", "features");
        Node("GlobalAveragePool", "features", "pooled");
        Node("Flatten", "pooled", "flat");
        if (softmaxOnly)
        {
            proto.Graph.Output[0] = ModelTests.Port("flat", 1, batch, Features);
        }
        else
        {
            Node("Gemm", "flat", "last", "logits");
            proto.Graph.Node[^1].Attribute.Add(OnnxWriter.Int("transB", 1));
        }
        folder.Write("texture.json", $$"""{"patch":{{Side}},"licence":"CC0","mean":[0.5,0.4,0.3],"deviation":[0.2,0.2,0.25]}""");
        return Model.Open(folder.Write("texture.onnx", proto.ToByteArray()));

        void Add(string name, params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
            foreach (ref var value in values.AsSpan())
                value = (float)(random.NextDouble() - 0.5);
            proto.Graph.Initializer.Add(new TensorProto
            {
                Name = name,
                DataType = 1,
                Dims = { shape },
                RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()))
            });
        }
        void Node(string type, params string[] names) => proto.Graph.Node.Add(new NodeProto { OpType = type, Input = { names[..^1] }, Output = { names[^1] } });
    }

    /// <summary>Noise, laid out in stripes of some color.</summary>
    internal static Raster Patch(Random random, int stripes = 0, int side = Side)
    {
        var samples = new byte[side * side * 3];
        random.NextBytes(samples);
        if (stripes > 0)
            for (var i = 0; i < samples.Length; i++)
                samples[i] = (byte)(samples[i] / 4 + ((i / 3 / side / stripes % 2 == 0) == (i % 3 != stripes % 3) ? 150 : 20));
        return Raster.FromSamples(side, side, 3, samples);
    }

    /// <summary>Patches that can be told apart: stripes of another width and color for each class.</summary>
    internal static LabelledPatches Striped(TemporaryFolder folder, int seed, int classes = 3, int each = 8)
    {
        var random = new Random(seed);
        for (var label = 0; label < classes; label++)
            for (var i = 0; i < each; i++)
                folder.Write($"striped/class{label}/{i}.png", Patch(random, label + 1).ToPng());
        return LabelledPatches.Open(folder.At("striped"));
    }
}
