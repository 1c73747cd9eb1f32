namespace Patchwise;

/// <summary>A user's own .onnx file, and the vector before its last layer made an output too.</summary>
/// <param name="Model">The file, with that output added.</param>
/// <param name="Features">The name of the vector; null where the network does not end in a linear layer.</param>
/// <param name="Card">As this library stores it in files that it writes.</param>
/// <param name="PatchSize">Of the only patches that the model takes; null where any will do.</param>
/// <param name="Layers">Convolutions and linear layers.</param>
/// <param name="Parameters">Stored values in all.</param>
sealed record OnnxFile(byte[] Model, string? Features, string? Card, PixelSize? PatchSize, int Layers, long Parameters)
{
    /// <summary>Where a model that keeps weights in files of their own has them.</summary>
    internal required string Folder { get; init; }

    /// <summary>The output that tells how far a patch is from those that were learned from; only in files that this library wrote.</summary>
    internal string? Novelty { get; private init; }

    /// <summary>The operation that gives the values of the output; null where that cannot be told.</summary>
    internal string? EndsIn { get; private init; }

    /// <summary>Whether weights are in 8 bits.</summary>
    internal bool IsQuantized { get; private init; }

    /// <summary>Without the output that was added.</summary>
    internal OnnxFile WithoutFeatures()
    {
        var model = ModelProto.Parser.ParseFrom(Model);
        foreach (var added in model.Graph.Output.Where(port => port.Name == Features && port.Type is null).ToArray())
            model.Graph.Output.Remove(added);
        return this with { Model = model.ToByteArray(), Features = null };
    }

    /// <summary>Outputs of the models that this library writes.</summary>
    internal const string LogitsName = "logits", FeaturesName = "features", NoveltyName = "novelty";

    /// <summary>Operations that turn or pass on the values of the last layer, which is looked for before them.</summary>
    static readonly string[] Passing = ["Softmax", "LogSoftmax", "Sigmoid", "Exp", "Identity", "Cast", "Reshape", "Squeeze", "Flatten"];

    /// <summary>Of tensors: those of real numbers, of 32, 16, 64 bits and bfloat16.</summary>
    static readonly int[] Reals = [1, 10, 11, 16];

    internal static bool IsName(string path) => Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="BadInputException">It is no name for a model that is to be written.</exception>
    internal static void CheckName(string path)
    {
        if (!IsName(path))
            throw new BadInputException($"{path} is no name for an ONNX model: expected one that ends in .onnx");
    }

    /// <summary>Puts a card into a model, in the place of one that is there.</summary>
    internal static void SetCard(ModelProto model, ModelCard card)
    {
        if (model.MetadataProps.FirstOrDefault(entry => entry.Key == ModelCard.OnnxKey) is { } old)
            model.MetadataProps.Remove(old);
        model.MetadataProps.Add(new StringStringEntryProto { Key = ModelCard.OnnxKey, Value = card.ToJson() });
    }

    /// <summary>A card that lies beside the file to write, of another model, would go before the one that is written into it.</summary>
    /// <exception cref="BadInputException">There is one, and it says something else.</exception>
    internal static void CheckBeside(string path, ModelCard card)
    {
        string found;
        try
        {
            found = CardFile.Beside(path, card.ToJson()).ToJson();
        }
        catch (BadInputException error)
        {
            found = error.Message;
        }
        if (found != CardFile.Parse(card.ToJson(), Path.GetFileNameWithoutExtension(path), path).ToJson())
            throw new BadInputException($"{CardFile.PathBeside(path)} is there, and what it states would go before what {path} says of itself: move it, or "
                + "take another name for the model");
    }

    internal static OnnxFile Open(string path)
    {
        using var file = new WeightsFile(path);
        var bytes = file.Read(null, 0, file.Length);
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new BadInputException($"{path} is no ONNX model, or is truncated: {error.Message} Export it again, or copy it again", error);
        }
        if (model.Graph is not { } graph)
            throw new BadInputException($"{path} is no ONNX model: it has no graph; export the network again");
        var stored = graph.Initializer.Select(values => values.Name).ToHashSet();
        // Weights in 8 bits go through an operation before they are used.
        var bytes8 = graph.Node.Where(node => node.OpType == "DequantizeLinear" && stored.Contains(node.Input[0])).ToList();
        var weights = stored.Concat(bytes8.Select(node => node.Output[0])).ToHashSet();
        var counted = bytes8.Select(node => node.Input[0]).ToHashSet();
        var size = graph.Input.FirstOrDefault(port => !stored.Contains(port.Name))?.Type?.TensorType?.Shape?.Dim.Select(axis => axis.DimValue).ToArray() switch
        {
            [_, > 3 and var height, > 3 and var width, 3] => (height, width),
            [_, _, > 0 and var height, > 0 and var width] => (height, width),
            _ => default,
        };
        var features = BeforeLastLayer(graph);
        if (features is not null && graph.Output.All(value => value.Name != features))
        {
            // Its type, which may be of 16 bits, is the runtime's to find.
            graph.Output.Add(new ValueInfoProto { Name = features });
            bytes = model.ToByteArray();
        }
        return new(bytes, features, model.MetadataProps.FirstOrDefault(entry => entry.Key == ModelCard.OnnxKey)?.Value,
            size is ( <= int.MaxValue and > 0, <= int.MaxValue) ? new PixelSize((int)size.width, (int)size.height) : null,
            graph.Node.Count(node => node.OpType is "Conv" or "Gemm" or "MatMul" && node.Input.Any(weights.Contains)),
            graph.Initializer.Where(values => Reals.Contains(values.DataType) || counted.Contains(values.Name))
                .Sum(values => values.Dims.Aggregate(1L, (product, each) => product * each)))
        {
            Folder = Path.GetDirectoryName(Path.GetFullPath(path))!,
            EndsIn = LastOperation(graph),
            Novelty = model.MetadataProps.Any(entry => entry.Key == ModelCard.OnnxKey) && graph.Output.Any(port => port.Name == NoveltyName)
                ? NoveltyName : null,
            IsQuantized = bytes8.Count > 0,
        };
    }

    static Dictionary<string, NodeProto> Producers(GraphProto graph)
    {
        var producers = new Dictionary<string, NodeProto>();
        foreach (var node in graph.Node)
            foreach (var name in node.Output)
                producers[name] = node;
        return producers;
    }

    static ValueInfoProto? Values(GraphProto graph) =>
        graph.Output.FirstOrDefault(value => value.Name == LogitsName) ?? (graph.Output is [var only] ? only : null);

    /// <summary>What gives the values of the output, but for their form; null where no single output can be told.</summary>
    static string? LastOperation(GraphProto graph)
    {
        var producers = Producers(graph);
        var at = Values(graph) is { } output ? producers.GetValueOrDefault(output.Name) : null;
        for (var steps = 0; at is { OpType: "Identity" or "Cast" or "Reshape" or "Squeeze" or "Flatten", Input.Count: > 0 } && steps < graph.Node.Count;
            steps++)
            at = producers.GetValueOrDefault(at.Input[0]);
        return at?.OpType;
    }

    /// <summary>What the linear layer takes that the output called logits, or else the only one, comes from.</summary>
    static string? BeforeLastLayer(GraphProto graph)
    {
        var (producers, output) = (Producers(graph), Values(graph));
        var at = output is null ? null : producers.GetValueOrDefault(output.Name);
        for (var steps = 0; at is not null && Passing.Contains(at.OpType) && at.Input.Count > 0 && steps < graph.Node.Count; steps++)
            at = producers.GetValueOrDefault(at.Input[0]);
        // A linear layer is one operation, or a product and then a sum.
        if (at is { OpType: "Add" })
            at = at.Input.Select(producers.GetValueOrDefault).FirstOrDefault(node => node?.OpType == "MatMul");
        return at is { OpType: "Gemm" or "MatMul", Input.Count: > 0 } && producers.ContainsKey(at.Input[0]) ? at.Input[0] : null;
    }
}
