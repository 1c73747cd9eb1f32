using Google.Protobuf;
using Patchwise.Onnx;
using static Patchwise.Onnx.AttributeProto.Types.AttributeType;

namespace Patchwise.Tests;

public class OnnxOperationsTests
{
    [Theory, InlineData("resnet18", 224), InlineData("mobilenet_v2", 97), InlineData("mobilenet_v3_small", 224)]
    public void An_exported_network_has_the_operations_of_its_description(string architecture, int side)
    {
        using var folder = new TemporaryFolder();
        var network = Network.Describe(architecture, pooled: true, 9);
        ZooFile.Write(folder.At("w"), "s", network.Tensors);
        using var checkpoint = Checkpoint.Open(folder.At("w"));
        var model = OnnxWriter.Write(new(Recognition.Of(checkpoint)));
        Assert.Equal((network.Operations(side), ""), OnnxOperations.OfPatch(model.ToByteArray(), null, side));

        // A size that the file states comes before the one asked for, and a batch is divided by its patches.
        foreach (var (axis, size) in new[] { (0, 3), (2, 64), (3, 64) })
            model.Graph.Input[0].Type.TensorType.Shape.Dim[axis].DimValue = size;
        foreach (var output in model.Graph.Output)
            output.Type.TensorType.Shape.Dim[0].DimValue = 3;
        Assert.Equal((network.Operations(64), ""), OnnxOperations.OfPatch(model.ToByteArray(), null, side));
    }

    /// <summary>
    /// Patches of 8 px: a convolution, one in groups, one transposed in groups, a shape worked out at run time, products of both kinds, and an operator that is
    /// not counted.
    /// </summary>
    static byte[] Tiny()
    {
        var graph = new GraphProto { Name = "tiny" };
        graph.Input.Add(ModelTests.Port("x", 1, 0, 3, 0, 0));
        foreach (var (axis, name) in new[] { (0, "b"), (2, "h"), (3, "w") })
            graph.Input[0].Type.TensorType.Shape.Dim[axis].DimParam = name;
        Node(graph, "Conv", ["x", Weights(graph, 4, 3, 3, 3)], "a");
        Node(graph, "Conv", ["a", Weights(graph, 4, 2, 1, 1)], "c", new AttributeProto { Name = "group", Type = Int, I = 2 });
        Node(graph, "ConvTranspose", ["c", Weights(graph, 4, 1, 2, 2)], "d", new AttributeProto { Name = "group", Type = Int, I = 2 },
            new AttributeProto { Name = "strides", Type = Ints, Ints = { 2, 2 } });
        graph.Initializer.Add(new TensorProto { Name = "rest", DataType = 7, Dims = { 1 }, RawData = ByteString.CopyFrom(BitConverter.GetBytes(-1L)) });
        Node(graph, "Shape", ["d"], "shape", new AttributeProto { Name = "end", Type = Int, I = 1 });
        Node(graph, "Concat", ["shape", "rest"], "vector", new AttributeProto { Name = "axis", Type = Int, I = 0 });
        Node(graph, "Reshape", ["d", "vector"], "e");
        Node(graph, "MatMul", ["e", Weights(graph, 288, 5)], "f");
        Node(graph, "Gemm", ["f", Weights(graph, 7, 5)], "g", new AttributeProto { Name = "transB", Type = Int, I = 1 });
        Node(graph, "Einsum", ["g"], "y", new AttributeProto
        {
            Name = "equation",
            Type = AttributeProto.Types.AttributeType.String,
            S = ByteString.CopyFromUtf8("ij->ij")
        });
        graph.Output.Add(ModelTests.Port("y", 1, 1, 7));
        graph.Output[0].Type.TensorType.Shape.Dim[0].DimParam = "b";
        return new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Version = 17 } } }.ToByteArray();
    }

    static string Weights(GraphProto graph, params long[] shape)
    {
        var name = "w" + CheckpointTensor.Text(shape);
        graph.Initializer.Add(new TensorProto
        {
            Name = name,
            DataType = 1,
            Dims = { shape },
            RawData = ByteString.CopyFrom(new byte[4 * shape.Aggregate(1L, (product, size) => product * size)])
        });
        return name;
    }

    static void Node(GraphProto graph, string type, string[] inputs, string output, params AttributeProto[] attributes) =>
        graph.Node.Add(new NodeProto { OpType = type, Input = { inputs }, Output = { output }, Attribute = { attributes } });

    [Fact]
    public void Groups_transposed_convolutions_and_products_count_as_by_hand_and_the_rest_is_named()
    {
        const int Convolution = 6 * 6 * 4 * (3 * 3 * 3), Grouped = 6 * 6 * 4 * 2, Transposed = 6 * 6 * 4 * (2 * 2), Product = 2 * 12 * 12 * 5, Gemm = 5 * 7;
        Assert.Equal((Convolution + Grouped + Transposed + Product + Gemm, "1 Einsum"), OnnxOperations.OfPatch(Tiny(), null, 8));
    }

    [Fact]
    public void A_model_that_cannot_take_patches_of_its_card_is_described_without_a_count()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.At("tiny.onnx"), Tiny());
        Assert.Contains("not counted for patches of 224 px", Model.Describe(folder.At("tiny.onnx")), StringComparison.Ordinal);
        File.WriteAllText(folder.At("tiny.json"), """{"patch":8}""");
        Assert.Contains("operations    0.000 billion multiply-adds a patch, without those of 1 Einsum\n", Model.Describe(folder.At("tiny.onnx")),
            StringComparison.Ordinal);
    }
}
