using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise;

/// <summary>A user's own .onnx file: what its outputs are, and the vector before its last layer made an output too.</summary>
/// <param name="Model">The file, with that output added.</param>
/// <param name="Logits">The name of the output with one value a class.</param>
/// <param name="Features">The name of the vector; null where the network does not end in a linear layer.</param>
/// <param name="Output">Probabilities where the network ends in a softmax.</param>
/// <param name="Card">As this library stores it in files that it writes.</param>
sealed record OnnxFile(byte[] Model, string? Logits, string? Features, ModelOutput Output, string? Card)
{
    /// <summary>Where a model that keeps weights in files of their own has them.</summary>
    internal required string Folder { get; init; }

    /// <summary>Outputs of the models that this library writes.</summary>
    internal const string LogitsName = "logits", FeaturesName = "features";

    /// <summary>Of the only patches that the model takes; null where any will do.</summary>
    internal PixelSize? PatchSize { get; private init; }

    /// <summary>Convolutions and linear layers.</summary>
    internal int Layers { get; private init; }

    /// <summary>Stored values in all.</summary>
    internal long Parameters { get; private init; }

    /// <summary>Operations that pass values on: the last layer is looked for before them.</summary>
    static readonly string[] Passing = ["Softmax", "LogSoftmax", "Identity", "Cast"];

    const int Float32 = 1;

    internal static OnnxFile Open(string path)
    {
        byte[] bytes;
        ModelProto model;
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            bytes = File.ReadAllBytes(path);
            model = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new BadInputException($"{path} is no ONNX model, or is truncated: {error.Message} Export it again, or copy it again", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(error is FileNotFoundException or DirectoryNotFoundException
                ? $"{path} does not exist: give the path of an .onnx file" : $"{path} cannot be read: {error.Message}", error);
        }
        var card = model.MetadataProps.FirstOrDefault(entry => entry.Key == ModelCard.OnnxKey)?.Value;
        if (model.Graph is not { } graph)
            throw new BadInputException($"{path} is no ONNX model: it has no graph; export the network again");
        var output = graph.Output.FirstOrDefault(value => value.Name == LogitsName)?.Name ?? (graph.Output is [var only] ? only.Name : null);
        var stored = graph.Initializer.Select(values => values.Name).ToHashSet();
        var layers = graph.Node.Count(node => node.OpType is "Conv" or "Gemm" or "MatMul" && node.Input.Any(stored.Contains));
        var parameters = graph.Initializer.Where(values => values.DataType == Float32)
            .Sum(values => values.Dims.Aggregate(1L, (product, size) => product * size));
        var size = graph.Input.FirstOrDefault(port => !stored.Contains(port.Name))?.Type?.TensorType?.Shape?.Dim is [_, _,
        { DimValue: > 0 and <= int.MaxValue and var height }, { DimValue: > 0 and <= int.MaxValue and var width }]
            ? new PixelSize((int)width, (int)height) : default(PixelSize?);
        OnnxFile Found(byte[] model, string? features, ModelOutput kind) =>
            new(model, output, features, kind, card) { Folder = folder, Layers = layers, Parameters = parameters, PatchSize = size };
        if (output is null)
            return Found(bytes, null, ModelOutput.Logits);
        var producers = new Dictionary<string, NodeProto>();
        foreach (var node in graph.Node)
            foreach (var name in node.Output)
                producers[name] = node;
        var probabilities = false;
        var at = producers.GetValueOrDefault(output);
        for (var steps = 0; at is not null && Passing.Contains(at.OpType) && at.Input.Count > 0 && steps < graph.Node.Count; steps++)
        {
            probabilities |= at.OpType == "Softmax";
            at = producers.GetValueOrDefault(at.Input[0]);
        }
        // A linear layer is one operation, or a product and then a sum.
        if (at is { OpType: "Add" })
            at = at.Input.Select(producers.GetValueOrDefault).FirstOrDefault(node => node?.OpType == "MatMul");
        var features = at is { OpType: "Gemm" or "MatMul", Input.Count: > 0 } && producers.ContainsKey(at.Input[0]) ? at.Input[0] : null;
        if (features is not null && graph.Output.All(value => value.Name != features))
        {
            graph.Output.Add(new ValueInfoProto { Name = features, Type = new() { TensorType = new() { ElemType = Float32 } } });
            bytes = model.ToByteArray();
        }
        return Found(bytes, features, probabilities ? ModelOutput.Probabilities : ModelOutput.Logits);
    }
}
