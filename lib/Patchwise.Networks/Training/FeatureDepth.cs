namespace Patchwise;

/// <summary>A tensor of a network that a head takes features from.</summary>
/// <param name="Tensor">Its name in the ONNX model.</param>
/// <param name="Side">In px, of a patch's channel there; the mean over it is the feature. Null: the tensor is a vector already.</param>
/// <param name="Middle">The mean over the middle half of its rows and columns instead.</param>
sealed record FeatureDepth(string Tensor, int Channels, int? Side, bool Middle = false)
{
    /// <summary>Of whose rows a quarter can be left out at either end.</summary>
    const int LeastWithMiddle = 4;

    /// <summary>The middle by itself; null where there is none.</summary>
    internal FeatureDepth? OfMiddle => Side >= LeastWithMiddle ? this with { Middle = true } : null;

    /// <summary>A model as ONNX, and its tensors from which a head can take features, the shallowest first.</summary>
    /// <param name="side">Of the patches, px; null: as the card states.</param>
    /// <exception cref="BadInputException">An .onnx file does not end in a linear layer, keeps its weights elsewhere or is of too old a form.</exception>
    internal static (ModelProto Onnx, IReadOnlyList<FeatureDepth> Depths) Backbone(Model model, int? side = null)
    {
        if (model.Network is { } network)
            return (model.ToOnnx(), Of(network, model.Program, side ?? model.Card.Patch));
        if (model.Onnx is not { } onnx)
            throw new BadInputException($"{model.Path} runs in libtorch only: give the weights as .pth or .safetensors");
        using var engine = OnnxEngine.Of(model, new(Threads: 1, Optimise: false));
        return onnx.Features is { } features ? (ModelProto.Parser.ParseFrom(onnx.Model), [new(features, engine.Features, null)])
            : throw new BadInputException(
                $"{model.Path} does not end in a linear layer, so that its features are not known: export the network with the layer that gives one value a "
                    + $"class as its last");
    }

    /// <summary>
    /// The last layer of each size in px through which everything flows (no shortcut passes it by), so that each scale at which the network looks is there
    /// once; and the vector before its last layer where that is more than the mean of the last of them.
    /// </summary>
    internal static IReadOnlyList<FeatureDepth> Of(Network network, NetworkProgram program, int side)
    {
        var layers = network.Layers;
        var places = layers.Index().ToDictionary(layer => layer.Item, layer => layer.Index);
        var lastUse = new int[layers.Count];
        foreach (var (index, layer) in layers.Index())
            foreach (var input in layer.Inputs)
                lastUse[places[input]] = index;
        var sizes = new (int Height, int Width)[layers.Count];
        var last = new Dictionary<int, Layer>();
        var reach = 0;
        foreach (var (index, layer) in layers.Index())
        {
            sizes[index] = index == 0 ? (side, side) : layer.Size(sizes[places[layer.Inputs[0]]]);
            if (index > 0 && reach <= index && sizes[index].Height > 1)
                last[sizes[index].Height] = layer;
            reach = Math.Max(reach, lastUse[index]);
        }
        List<FeatureDepth> depths = [.. last.OrderByDescending(depth => depth.Key)
            .Select(depth => new FeatureDepth(OnnxWriter.NameOf(program, program.NumberOf(depth.Value)), depth.Value.Channels, depth.Key))];
        if (network.Features is not { Kind: LayerKind.Flatten, Inputs: [{ Kind: LayerKind.GlobalPool, Inputs: [var pooled] }] } || !last.ContainsValue(pooled))
            depths.Add(new(OnnxWriter.Features, network.Features.Channels, null));
        return depths;
    }
}
