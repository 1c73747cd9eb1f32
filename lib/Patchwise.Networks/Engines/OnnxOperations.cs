namespace Patchwise;

/// <summary>
/// Multiply-adds of an ONNX model, counted as <see cref="Network.Operations"/> does: those of convolutions and matrix products. Shapes come from the
/// runtime, which infers them from the shape of the input when it loads the model; nothing is run.
/// </summary>
static class OnnxOperations
{
    /// <summary>Operators that multiply and add but are not counted; neither are those outside ONNX's own set.</summary>
    static readonly HashSet<string> Uncounted =
        ["QLinearConv", "ConvInteger", "QLinearMatMul", "MatMulInteger", "DeformConv", "Einsum", "Attention", "RNN", "LSTM", "GRU", "If", "Loop", "Scan"];

    /// <param name="folder">Where a model that keeps weights in files of their own has them.</param>
    /// <param name="side">Of the patch in px, where the file leaves it open.</param>
    /// <returns>The count for one patch, and the operators that are left out of it, such as "2 Einsum"; empty where none is.</returns>
    internal static (long Count, string LeftOut) OfPatch(byte[] bytes, string? folder, int side)
    {
        var model = ModelProto.Parser.ParseFrom(bytes);
        var graph = model.Graph;
        var shapes = graph.Initializer.ToDictionary(values => values.Name, values => values.Dims.ToArray());
        var input = graph.Input.First(port => !shapes.ContainsKey(port.Name));
        var sizes = input.Type.TensorType.Shape.Dim;
        foreach (var (axis, size) in ((long[])[1, 3, side, side]).Index())
            if (sizes[axis].DimValue <= 0)
                sizes[axis].DimValue = size;
        shapes[input.Name] = [.. sizes.Select(size => size.DimValue)];

        // The runtime tells the shapes of outputs only, so whatever a counted operator takes or gives becomes one. It optimises, so that the
        // arithmetic on shapes that exporters write down is done.
        foreach (var weights in graph.Node.Where(node => node.OpType == "DequantizeLinear" && shapes.ContainsKey(node.Input[0])))
            shapes[weights.Output[0]] = shapes[weights.Input[0]];
        NodeProto[] own = [.. graph.Node.Where(node => node.Domain is "" or "ai.onnx")];
        NodeProto[] counted = [.. own.Where(node => node is { OpType: "Conv" or "ConvTranspose" or "Gemm" or "MatMul", Input.Count: >= 2, Output.Count: 1 })];
        foreach (var name in counted.SelectMany(node => (string[])[node.Input[0], node.Input[1], node.Output[0]])
            .Where(name => !shapes.ContainsKey(name)).Except(graph.Output.Select(port => port.Name)))
            graph.Output.Add(new ValueInfoProto { Name = name });
        using (var session = OnnxEngine.Open(model.ToByteArray(), "the model", folder, new(Threads: 1)))
            foreach (var port in OnnxPort.Of(session.OutputNames, session.OutputMetadata))
                shapes[port.Name] = port.Shape;

        var work = counted.Select(node => (node.OpType, Count: Work(node, shapes[node.Input[0]], shapes[node.Input[1]], shapes[node.Output[0]]))).ToList();
        var leftOut = graph.Node.Except(own).Concat(own.Where(node => Uncounted.Contains(node.OpType))).Select(node => node.OpType)
            .Concat(work.Where(one => one.Count is null).Select(one => one.OpType));
        return (work.Sum(one => one.Count ?? 0) / sizes[0].DimValue,
            string.Join(", ", leftOut.CountBy(type => type).Select(type => $"{type.Value} {type.Key}")));
    }

    /// <summary>Null where a size is not known. Weights of a convolution are [out, in / groups, kernel...], transposed [in, out / groups, kernel...].</summary>
    static long? Work(NodeProto node, long[] from, long[] weight, long[] to) =>
        new[] { from, weight, to }.Any(shape => shape.Length == 0 || shape.Any(size => size < 0)) ? null : node.OpType switch
        {
            "Conv" => Product(to) * Product(weight[1..]),
            "ConvTranspose" => Product(from) * Product(weight[1..]),
            "Gemm" => Product(to) * from[node.Attribute.Any(attribute => attribute is { Name: "transA", I: not 0 }) ? 0 : 1],
            _ => Product(to) * from[^1],
        };

    static long Product(long[] sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}
