namespace Patchwise;

/// <summary>
/// Writes a network as an ONNX model: input "patches" [batch, 3, height, width], outputs "logits" [batch, classes] and "features" [batch, length],
/// the vector before the last layer.
/// </summary>
static class OnnxWriter
{
    internal const string Input = "patches", Logits = OnnxFile.LogitsName, Features = OnnxFile.FeaturesName;

    /// <summary>Operator set 17 needs this version of the file format or later; both are read by every runtime since 2022.</summary>
    const int FormatVersion = 8, OperatorSet = 17, Float32 = 1;

    internal static ModelProto Write(NetworkProgram program)
    {
        var (network, graph) = (program.Network, new GraphProto { Name = program.Network.Architecture });
        graph.Initializer.AddRange([Stored("constant.0", [], BitConverter.GetBytes(0f)), Stored("constant.6", [], BitConverter.GetBytes(6f))]);
        foreach (var step in program.Steps)
        {
            var node = Node(step.Layer);
            node.Name = step.Values.Length > 0 ? step.Layer.Key : $"{node.OpType}_{NameOf(program, step.Result)}";
            node.Input.AddRange([.. step.Operands.Select(operand => NameOf(program, operand)), .. step.Values.Select(values => values.Name)]);
            if (step.Layer.Kind == LayerKind.Relu6)
                node.Input.AddRange(["constant.0", "constant.6"]);
            node.Output.Add(NameOf(program, step.Result));
            graph.Node.Add(node);
            graph.Initializer.AddRange(step.Values.Select(values => Stored(values.Name, values.Shape, NetworkProgram.Bytes(values.Read()))));
        }
        graph.Input.Add(Value(Input, "batch", 3, (object?)network.FixedSide ?? "height", (object?)network.FixedSide ?? "width"));
        graph.Output.Add(Value(Logits, "batch", network.Classes));
        graph.Output.Add(Value(Features, "batch", network.Features.Channels));
        return new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = "Patchwise",
            ProducerVersion = typeof(OnnxWriter).Assembly.GetName().Version!.ToString(3),
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
        };
    }

    /// <summary>The name of a program's result.</summary>
    internal static string NameOf(NetworkProgram program, int result) =>
        result == 0 ? Input : result == program.Logits ? Logits : result == program.Features ? Features : result.ToString(CultureInfo.InvariantCulture);

    static TensorProto Stored(string name, long[] shape, byte[] data) =>
        new() { Name = name, Dims = { shape }, DataType = Float32, RawData = UnsafeByteOperations.UnsafeWrap(data) };

    static NodeProto Node(Layer layer) => layer.Kind switch
    {
        LayerKind.Convolution => Node("Conv", [.. Window(layer), Int("group", layer.Groups)]),
        LayerKind.Norm => Node("BatchNormalization", Float("epsilon", (float)layer.Epsilon)),
        LayerKind.Relu6 => Node("Clip"),
        LayerKind.HardSigmoid => Node("HardSigmoid", Float("alpha", 1 / 6f), Float("beta", 0.5f)),
        LayerKind.MaxPool or LayerKind.AveragePool => Node(layer.Kind.ToString(), [.. Window(layer), Int("ceil_mode", layer.Ceiling ? 1 : 0)]),
        LayerKind.GlobalPool => Node("GlobalAveragePool"),
        LayerKind.Flatten or LayerKind.Concat => Node(layer.Kind.ToString(), Int("axis", 1)),
        LayerKind.Linear => Node("Gemm", Int("transB", 1)),
        LayerKind.Multiply => Node("Mul"),
        _ => Node(layer.Kind.ToString()),
    };

    static AttributeProto[] Window(Layer layer) => [Ints("kernel_shape", layer.Kernel, layer.Kernel), Ints("strides", layer.Stride, layer.Stride),
        Ints("pads", layer.Padding, layer.Padding, layer.Padding, layer.Padding)];

    internal static NodeProto Node(string type, params AttributeProto[] attributes) => new() { OpType = type, Attribute = { attributes } };
    internal static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };
    static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };
    internal static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };

    /// <param name="shape">Numbers, or names for sizes that may vary.</param>
    internal static ValueInfoProto Value(string name, params object[] shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = Float32, Shape = new() };
        tensor.Shape.Dim.AddRange(shape.Select(size => size is string text
            ? new TensorShapeProto.Types.Dimension { DimParam = text }
            : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(size, CultureInfo.InvariantCulture) }));
        return new ValueInfoProto { Name = name, Type = new() { TensorType = tensor } };
    }
}
