using System.Runtime.InteropServices;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise;

/// <summary>
/// A network up to some of its layers, the mean of each over the patch, and one linear layer on them. With eight orientations the patch is turned and mirrored
/// first and the features are the mean over the eight; since the head is linear, its logits are then the mean of the eight logits.
/// <code>
///   patches [n, 3, s, s] -> 8 orientations [8n, 3, s, s] -> network -> means at each depth, joined [8n, f] -> mean of 8 "features" [n, f] -> "logits" [n,
/// classes]
/// </code>
/// </summary>
static class HeadGraph
{
    /// <summary>From this operator set on, Slice, Reshape and the others used here are as they are today.</summary>
    const int LeastOperatorSet = 13;
    const int Float32 = 1, Int64 = 7;

    /// <param name="backbone">Belongs to this from here on.</param>
    /// <param name="side">Of a patch in px.</param>
    /// <param name="weight">Class by class one value a feature.</param>
    /// <param name="name">Of the backbone in messages.</param>
    internal static ModelProto Write(ModelProto backbone, IReadOnlyList<FeatureDepth> depths, int side, bool eight, float[] weight, float[] bias, string name)
    {
        var graph = backbone.Graph;
        var (stored, length) = (graph.Initializer.Select(values => values.Name).ToHashSet(), depths.Sum(depth => depth.Channels));
        var input = graph.Input.First(port => !stored.Contains(port.Name));
        if (backbone.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version is not >= LeastOperatorSet)
            throw new BadInputException($"{name} is of an operator set before {LeastOperatorSet}: export it again with {LeastOperatorSet} or later");
        if (eight && input.Type.TensorType.Shape.Dim[0].DimValue > 0)
            throw new BadInputException(
                $"{name} takes batches of {input.Type.TensorType.Shape.Dim[0].DimValue} only, so that eight orientations cannot be averaged: export it with "
                    + $"a free batch size, or train with eight: false");
        Prune(graph, [.. depths.Select(depth => depth.Tensor)]);
        var names = graph.Node.SelectMany(node => node.Output).Concat(graph.Initializer.Select(values => values.Name)).Append(input.Name).ToHashSet();
        foreach (var taken in ((string[])[OnnxWriter.Features, OnnxWriter.Logits]).Where(names.Contains))
            depths = Rename(graph, depths, taken, Fresh(taken));
        names.ExceptWith([OnnxWriter.Features, OnnxWriter.Logits]);
        if (eight)
            Orient(graph, input, side, Fresh);

        var joined = depths.Select(depth => depth.Side is null ? depth.Tensor
            : Add("Flatten", [Add("GlobalAveragePool", [depth.Tensor])], OnnxWriter.Int("axis", 1))).ToArray();
        var features = Add("Concat", joined, OnnxWriter.Int("axis", 1));
        if (eight)
        {
            var rows = Add("Reshape", [features, Stored("rows", Int64, [2], Bytes<long>([8, -1]))]);
            var mean = Add("MatMul", [Stored("eighths", Float32, [1, 8], Bytes(Enumerable.Repeat(1 / 8f, 8).ToArray())), rows]);
            features = Add("Reshape", [mean, Stored("vector", Int64, [2], Bytes<long>([-1, length]))]);
        }
        features = Add("Identity", [features], OnnxWriter.Features);
        var logits = Add("Gemm", [features, Stored("head.weight", Float32, [bias.Length, length], Bytes(weight)),
            Stored("head.bias", Float32, [bias.Length], Bytes(bias))],
            OnnxWriter.Logits, OnnxWriter.Int("transB", 1));
        graph.Output.Clear();
        graph.Output.Add(OnnxWriter.Value(logits, "patches", bias.Length));
        graph.Output.Add(OnnxWriter.Value(features, "patches", length));
        return backbone;

        string Fresh(string wanted)
        {
            while (!names.Add(wanted))
                wanted += "_";
            return wanted;
        }

        string Add(string type, string[] from, params object[] more)
        {
            var node = OnnxWriter.Node(type, [.. more.OfType<AttributeProto>()]);
            node.Input.AddRange(from);
            node.Output.Add(Fresh(more.OfType<string>().FirstOrDefault() ?? $"head.{type}"));
            graph.Node.Add(node);
            return node.Output[0];
        }

        string Stored(string wanted, int type, long[] shape, byte[] values)
        {
            var tensor = new TensorProto { Name = Fresh(wanted), Dims = { shape }, DataType = type, RawData = UnsafeByteOperations.UnsafeWrap(values) };
            graph.Initializer.Add(tensor);
            return tensor.Name;
        }
    }

    /// <summary>Gives a tensor inside another name, so that the head's results can have it.</summary>
    static IReadOnlyList<FeatureDepth> Rename(GraphProto graph, IReadOnlyList<FeatureDepth> depths, string from, string to)
    {
        foreach (var names in graph.Node.SelectMany(node => new[] { node.Input, node.Output }))
            for (var i = 0; i < names.Count; i++)
                if (names[i] == from)
                    names[i] = to;
        foreach (var values in graph.Initializer.Where(values => values.Name == from))
            values.Name = to;
        foreach (var port in graph.Input.Where(port => port.Name == from))
            port.Name = to;
        return [.. depths.Select(depth => depth.Tensor == from ? depth with { Tensor = to } : depth)];
    }

    /// <summary>Leaves what the tensors are made from.</summary>
    static void Prune(GraphProto graph, HashSet<string> wanted)
    {
        for (var i = graph.Node.Count - 1; i >= 0; i--)
            if (graph.Node[i].Output.Any(wanted.Contains))
                wanted.UnionWith(graph.Node[i].Input);
            else
                graph.Node.RemoveAt(i);
        foreach (var unused in graph.Initializer.Where(values => !wanted.Contains(values.Name)).ToArray())
            graph.Initializer.Remove(unused);
    }

    /// <summary>Puts the eight orientations of the patches before everything else, joined along the batch.</summary>
    static void Orient(GraphProto graph, ValueInfoProto input, int side, Func<string, string> fresh)
    {
        var all = fresh("orientations");
        foreach (var node in graph.Node)
            for (var i = 0; i < node.Input.Count; i++)
                if (node.Input[i] == input.Name)
                    node.Input[i] = all;
        input.Type.TensorType.Shape.Dim[2].DimValue = side;
        input.Type.TensorType.Shape.Dim[3].DimValue = side;
        List<NodeProto> nodes = [];
        string Constant(string name, params long[] values)
        {
            graph.Initializer.Add(new TensorProto
            {
                Name = fresh(name),
                Dims = { values.Length },
                DataType = Int64,
                RawData = UnsafeByteOperations.UnsafeWrap(Bytes<long>(values))
            });
            return graph.Initializer[^1].Name;
        }
        string Add(NodeProto node, string name, string[] from)
        {
            node.Input.AddRange(from);
            node.Output.Add(name == all ? all : fresh(name));
            nodes.Add(node);
            return node.Output[0];
        }
        var (from, to, step) = (Constant("mirror.from", -1), Constant("mirror.to", long.MinValue), Constant("mirror.step", -1));
        string[] axes = [Constant("mirror.y", 2), Constant("mirror.x", 3)];
        var transpose = OnnxWriter.Node("Transpose", OnnxWriter.Ints("perm", 0, 1, 3, 2));
        List<string> eight = [];
        foreach (var one in (string[])[input.Name, Add(transpose, "transposed", [input.Name])])
        {
            string[] mirrored = [.. axes.Select(axis => Mirror(one, axis))];
            eight.AddRange([one, .. mirrored, Mirror(mirrored[0], axes[1])]);
        }
        Add(OnnxWriter.Node("Concat", OnnxWriter.Int("axis", 0)), all, [.. eight]);
        foreach (var (index, node) in nodes.Index())
            graph.Node.Insert(index, node);

        string Mirror(string of, string axis) => Add(OnnxWriter.Node("Slice"), "mirrored", [of, from, to, axis, step]);
    }

    static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
