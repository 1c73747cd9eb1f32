using System.Runtime.InteropServices;

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

    /// <summary>Of files in which stored values need not be inputs as well.</summary>
    const int LeastFormat = 4;

    /// <summary>Before each of the backbone's own names, so that a head on a head has no name twice.</summary>
    const string Below = "network.";

    /// <param name="backbone">Belongs to this from here on.</param>
    /// <param name="side">Of a patch in px.</param>
    /// <param name="novelty">Its output is added; null: none is.</param>
    /// <param name="input">To which patches are enlarged first, px; null: they are not.</param>
    /// <param name="weight">Class by class one value a feature.</param>
    /// <param name="name">Of the backbone in messages.</param>
    internal static ModelProto Write(ModelProto backbone, IReadOnlyList<FeatureDepth> depths, int side, bool eight, float[] weight, float[] bias, string name,
        int? input = null, Novelty? novelty = null)
    {
        var graph = backbone.Graph;
        var (stored, length) = (graph.Initializer.Select(values => values.Name).ToHashSet(), depths.Sum(depth => depth.Channels));
        var port = graph.Input.First(one => !stored.Contains(one.Name));
        var shape = port.Type.TensorType.Shape.Dim;
        if (backbone.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version is not >= LeastOperatorSet)
            throw new BadInputException($"{name} is of an operator set before {LeastOperatorSet}: export it again with {LeastOperatorSet} or later");
        if (eight && shape[0].DimValue > 0)
            throw new BadInputException($"{name} takes batches of {shape[0].DimValue} only, so that eight orientations cannot be averaged: export it with "
                + $"a free batch size, or train with eight: false");
        Prune(graph, [.. depths.Select(depth => depth.Tensor)]);
        Rename(graph);
        var first = Below + port.Name;
        port.Name = OnnxWriter.Input;
        graph.Input.Clear();
        graph.Input.Add(port);
        backbone.IrVersion = Math.Max(backbone.IrVersion, LeastFormat);

        List<NodeProto> nodes = [];
        var seen = port.Name;
        if (eight || input is not null)
            (shape[2].DimValue, shape[3].DimValue) = (side, side);
        if (input is { } enlarged)
        {
            // As Raster.Resize does it, rows and columns each by a product: the runtime's own Resize takes twice as long as the whole network does.
            var taps = Taps(side, enlarged);
            float[] turned = [.. Enumerable.Range(0, taps.Length).Select(i => taps[i % enlarged * side + i / enlarged])];
            seen = Add("MatMul", [Add("MatMul", [Floats([enlarged, side], taps), seen]), Floats([side, enlarged], turned)]);
        }
        if (eight)
        {
            seen = Join(seen, Add("Transpose", [seen], OnnxWriter.Ints("perm", 0, 1, 3, 2)));
            foreach (var axis in (long[])[2, 3])
                seen = Join(seen, Add("Slice", [seen, Numbers(-1), Numbers(long.MinValue), Numbers(axis), Numbers(-1)]));
        }
        Add("Identity", [seen], name: first);
        nodes.AddRange(graph.Node);
        var cells = new Dictionary<string, string>();
        // The deepest first: the runtime turns to the last of them first, and what it needs of the network is still at hand then.
        string[] means = [.. depths.Reverse().Select(depth => depth.Side is null ? Below + depth.Tensor
            : Add("Flatten", [Add("GlobalAveragePool", [Averaged(depth)])], OnnxWriter.Int("axis", 1)))];
        var features = Add("Concat", [.. means.Reverse()], OnnxWriter.Int("axis", 1), eight ? null : OnnxWriter.Features);
        if (eight)
        {
            var mean = Add("MatMul", [Floats([1, 8], Enumerable.Repeat(1 / 8f, 8).ToArray()), Add("Reshape", [features, Numbers(8, -1)])]);
            features = Add("Reshape", [mean, Numbers(-1, length)], name: OnnxWriter.Features);
        }
        Add("Gemm", [features, Floats([bias.Length, length], weight), Floats([bias.Length], bias)], OnnxWriter.Int("transB", 1), OnnxWriter.Logits);
        if (novelty is not null)
            Nearest(novelty);
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        graph.Output.Clear();
        graph.Output.Add(OnnxWriter.Value(OnnxWriter.Logits, "patches", bias.Length));
        graph.Output.Add(OnnxWriter.Value(OnnxWriter.Features, "patches", length));
        if (novelty is not null)
            graph.Output.Add(OnnxWriter.Value(OnnxFile.NoveltyName, "patches", 1));
        return backbone;

        // Of the distances to all training patches t over their reach the least, from |z - t|^2 = |z|^2 + |t|^2 - 2 z t.
        void Nearest(Novelty of)
        {
            var (space, count) = (of.Space, of.Known.Length);
            var z = Add("Mul", [Add("Sub", [features, Floats([length], [.. space.Mean.Select(value => (float)value)])]),
                Floats([length], [.. space.Scale.Select(value => (float)value)])]);
            var ends = Floats([count], [.. of.Known.Select(row => (float)row.Sum(value => (double)value * value))]);
            var products = Add("Gemm", [z, Floats([count, length], [.. of.Known.SelectMany(row => row).Select(value => -2 * value)]), ends],
                OnnxWriter.Int("transB", 1));
            var squares = Add("Add", [products, Add("MatMul", [Add("Mul", [z, z]), Floats([length, 1], [.. Enumerable.Repeat(1f, length)])])]);
            Add("TopK", [Add("Div", [squares, Floats([count], [.. of.Reach.Select(reach => (float)(reach * reach))])]), Numbers(1)]);
            nodes[^1].Attribute.Add([OnnxWriter.Int("axis", 1), OnnxWriter.Int("largest", 0)]);
            nodes[^1].Output.Add($"head.{nodes.Count}.place");
            Add("Sqrt", [Add("Relu", [nodes[^1].Output[0]])], name: OnnxFile.NoveltyName);
        }

        string Add(string type, string[] from, AttributeProto? attribute = null, string? name = null)
        {
            var node = OnnxWriter.Node(type, attribute is null ? [] : [attribute]);
            node.Input.AddRange(from);
            node.Output.Add(name ?? $"head.{nodes.Count}");
            nodes.Add(node);
            return node.Output[0];
        }

        // What has the same mean as a depth.
        string Averaged(FeatureDepth depth)
        {
            var (tensor, quarter) = (Below + depth.Tensor, depth.Side!.Value / 4);
            if (!depths.Contains(depth with { Middle = true }))
                return tensor;
            if (4 * quarter == depth.Side)
            {
                // Means over four by four cells, of which all or the four in the middle count: the values themselves are read once.
                if (!cells.TryGetValue(tensor, out var averages))
                    cells[tensor] = averages = Windows(tensor, quarter, quarter);
                return depth.Middle ? Add("Slice", [averages, Numbers(1, 1), Numbers(3, 3), Numbers(2, 3)]) : averages;
            }
            // Of the three by three windows of half the side the one in the middle: unlike a slice of the channels it keeps the runtime's own order of values.
            return !depth.Middle ? tensor
                : Add("Slice", [Windows(tensor, depth.Side.Value - 2 * quarter, quarter), Numbers(1, 1), Numbers(2, 2), Numbers(2, 3)]);
        }

        string Windows(string tensor, int side, int step)
        {
            var windows = Add("AveragePool", [tensor], OnnxWriter.Ints("kernel_shape", side, side));
            nodes[^1].Attribute.Add(OnnxWriter.Ints("strides", step, step));
            return windows;
        }

        string Join(string one, string other) => Add("Concat", [one, other], OnnxWriter.Int("axis", 0));

        string Numbers(params long[] values) => Stored(Int64, [values.Length], values);

        string Floats(long[] shape, float[] values) => Stored(Float32, shape, values);

        string Stored<T>(int type, long[] shape, T[] values) where T : unmanaged
        {
            var tensor = new TensorProto { Name = $"head.stored.{graph.Initializer.Count}", Dims = { shape }, DataType = type };
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan()));
            graph.Initializer.Add(tensor);
            return tensor.Name;
        }
    }

    /// <summary>
    /// What each value along a side is made of, [to, from]: R. Keys, Cubic convolution interpolation for digital image processing (1981), equation 15 with
    /// a = -0.75; beyond the border the outermost value counts.
    /// </summary>
    static float[] Taps(int from, int to)
    {
        const double A = -0.75;
        static double Keys(double x) => x <= 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0;
        var taps = new float[to * from];
        for (var i = 0; i < to; i++)
        {
            var at = (i + 0.5) * from / to - 0.5;
            for (var k = (int)Math.Floor(at) - 1; k <= Math.Floor(at) + 2; k++)
                taps[i * from + Math.Clamp(k, 0, from - 1)] += (float)Keys(Math.Abs(at - k));
        }
        return taps;
    }

    /// <summary>Writes it as a file with its card inside.</summary>
    /// <exception cref="BadInputException">The name does not end in .onnx, or the network keeps its weights in a file of their own.</exception>
    internal static void Save(ModelProto model, ModelCard card, string path, string name)
    {
        OnnxFile.CheckName(path);
        if (model.Graph.Initializer.Any(values => values.DataLocation != 0))
            throw new BadInputException($"{name} keeps weights in files of their own, so that a head cannot be saved with it: export it as one file");
        OnnxFile.CheckBeside(path, card);
        OnnxFile.SetCard(model, card);
        WholeFile.Write(path, model.WriteTo);
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

    /// <summary>Gives all tensors names of their own; the empty name stands for an input that is left out.</summary>
    static void Rename(GraphProto graph)
    {
        foreach (var names in graph.Node.SelectMany(node => new[] { node.Input, node.Output }))
            for (var i = 0; i < names.Count; i++)
                if (names[i] is not "")
                    names[i] = Below + names[i];
        foreach (var values in graph.Initializer)
            values.Name = Below + values.Name;
    }
}
