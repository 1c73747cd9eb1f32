using System.Globalization;
using Google.Protobuf;
using Patchwise.Onnx;

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

    internal static ModelProto Write(NetworkProgram program, Network network, string version)
    {
        var graph = new GraphProto { Name = network.Architecture };
        string Name(int result) => NameOf(program, result);
        Add(graph, "0", [], BitConverter.GetBytes(0f));
        Add(graph, "6", [], BitConverter.GetBytes(6f));
        foreach (var step in program.Steps)
        {
            var node = Node(step.Layer);
            node.Name = step.Values is [var first, ..] ? first.Name[..first.Name.LastIndexOf('.')] : $"{node.OpType}_{Name(step.Result)}";
            node.Input.AddRange([.. step.Operands.Select(Name), .. step.Values.Select(values => values.Name)]);
            if (step.Layer is Activation { Kind: ActivationKind.Relu6 })
                node.Input.AddRange(["constant.0", "constant.6"]);
            node.Output.Add(Name(step.Result));
            graph.Node.Add(node);
            foreach (var values in step.Values)
                graph.Initializer.Add(new TensorProto
                {
                    Name = values.Name,
                    Dims = { values.Shape },
                    DataType = Float32,
                    RawData = UnsafeByteOperations.UnsafeWrap(values.Read())
                });
        }
        var side = network.FixedSide;
        graph.Input.Add(Value(Input, "batch", 3, side is { } height ? height : "height", side is { } width ? width : "width"));
        graph.Output.Add(Value(Logits, "batch", network.Classes));
        graph.Output.Add(Value(Features, "batch", network.Features.Channels));
        return new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = "Patchwise",
            ProducerVersion = version,
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSet } },
        };
    }

    /// <summary>The name of a program's result.</summary>
    internal static string NameOf(NetworkProgram program, int result) =>
        result == 0 ? Input : result == program.Logits ? Logits : result == program.Features ? Features : result.ToString(CultureInfo.InvariantCulture);

    static void Add(GraphProto graph, string name, long[] shape, byte[] data) =>
        graph.Initializer.Add(new TensorProto
        {
            Name = "constant." + name,
            Dims = { shape },
            DataType = Float32,
            RawData = UnsafeByteOperations.UnsafeWrap(data)
        });

    static NodeProto Node(Layer layer) => layer switch
    {
        Convolution c => Node("Conv", Ints("kernel_shape", c.Kernel, c.Kernel), Ints("strides", c.Stride, c.Stride), Pads(c.Padding), Int("group", c.Groups)),
        BatchNorm norm => Node("BatchNormalization", Float("epsilon", (float)norm.Epsilon)),
        Activation { Kind: ActivationKind.Relu } => Node("Relu"),
        Activation { Kind: ActivationKind.Relu6 } => Node("Clip"),
        Activation { Kind: ActivationKind.HardSwish } => Node("HardSwish"),
        Activation { Kind: ActivationKind.HardSigmoid } => Node("HardSigmoid", Float("alpha", 1 / 6f), Float("beta", 0.5f)),
        Pool p => Node(p.Kind == PoolKind.Max ? "MaxPool" : "AveragePool",
            Ints("kernel_shape", p.Kernel, p.Kernel), Ints("strides", p.Stride, p.Stride), Pads(p.Padding), Int("ceil_mode", p.Ceiling ? 1 : 0)),
        GlobalPool => Node("GlobalAveragePool"),
        Flatten => Node("Flatten", Int("axis", 1)),
        Linear => Node("Gemm", Int("transB", 1)),
        Join { Kind: JoinKind.Add } => Node("Add"),
        Join { Kind: JoinKind.Multiply } => Node("Mul"),
        Join => Node("Concat", Int("axis", 1)),
        _ => throw new InvalidOperationException($"no ONNX operator for {layer.GetType().Name}"),
    };

    internal static NodeProto Node(string type, params AttributeProto[] attributes) => new() { OpType = type, Attribute = { attributes } };
    internal static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };
    static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };
    internal static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };
    static AttributeProto Pads(long padding) => Ints("pads", padding, padding, padding, padding);

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
