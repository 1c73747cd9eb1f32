namespace Patchwise;

/// <summary>
/// Under which names a file has the layers before the last one: as torchvision, as TIAToolbox (feat_extract.*, classifier.*), or numbered, as torchvision's
/// layers in a Sequential.
/// </summary>
enum NetworkKeys { Native, Pooled, Children }

/// <summary>
/// One of the known networks in one of its two forms, with its number of classes: layers, and the keys under which files store their weights.
/// </summary>
sealed class Network
{
    readonly Family _family;
    readonly NetworkKeys _keys;

    internal string Architecture { get; }

    /// <summary>As TIAToolbox has the network, with the mean over the patch and one linear layer after its convolutions, rather than torchvision.</summary>
    internal bool IsPooled { get; }
    internal int Classes => Logits.Channels;

    /// <summary>All layers, each after its inputs; the first is the patch.</summary>
    internal IReadOnlyList<Layer> Layers { get; }

    /// <summary>The vector that the last layer takes.</summary>
    internal Layer Features { get; }
    internal Layer Logits { get; }

    /// <summary>The side in px of the only patches it takes; null where any will do.</summary>
    internal int? FixedSide => IsPooled ? null : _family.FixedSide;

    /// <summary>Whether torchvision's module can have a scaling of its own, which its weights do not tell.</summary>
    internal bool TransformsInput => !IsPooled && _family is GoogLeNet;

    /// <summary>Whether a ReLU stands before the pooling, which weights do not tell: torchvision's has one.</summary>
    internal bool MayLackRelu => !IsPooled && _family is DenseNet;
    internal bool HasOwnHead { get; private init; }

    /// <summary>What a reader should know of how the weights were found in their file.</summary>
    internal IReadOnlyList<string> Notes { get; private init; } = [];

    /// <summary>The file, and the name in it and the tensor of each layer's tensor; empty where the network is only described.</summary>
    string File { get; init; } = "";
    IReadOnlyDictionary<string, (string Name, CheckpointTensor Tensor)> Bound { get; init; } = new Dictionary<string, (string, CheckpointTensor)>();

    internal static IEnumerable<string> Known => Family.All.SelectMany(family => family.Names);

    internal string FormText => _keys switch { NetworkKeys.Native => "torchvision", NetworkKeys.Pooled => "TIAToolbox", _ => "torchvision, numbered" };

    Network(Family family, string architecture, bool pooled, NetworkKeys keys, int classes)
    {
        (_family, Architecture, IsPooled, _keys) = (family, architecture, pooled, keys);
        var body = family.Body(architecture, Layer.Patch());
        if (pooled)
        {
            Features = body.GlobalPool().Flatten();
            Logits = Features.Linear("classifier", classes);
        }
        else
            (Features, Logits) = family.Head(architecture, body, classes);
        Layers = Logits.InOrder();
    }

    /// <param name="architecture">One of <see cref="Known"/>.</param>
    internal static Network Describe(string architecture, bool pooled, int classes) => new(
        Family.All.FirstOrDefault(family => family.Names.Contains(architecture))
            ?? throw new BadInputException($"'{architecture}' is no known architecture: expected one of {string.Join(", ", Known)}"), architecture,
            pooled, pooled ? NetworkKeys.Pooled : NetworkKeys.Native, classes);

    /// <summary>Every form in which a file may hold weights, of one class.</summary>
    /// <param name="architecture">Of this one only; null: of all.</param>
    internal static IEnumerable<Network> Forms(string? architecture) =>
        from family in Family.All
        from name in family.Names
        where architecture is null || name == architecture
        from form in family.Forms
        select new Network(family, name, form.Pooled, form.Keys, 1);

    /// <summary>This form with the weights of a file.</summary>
    /// <param name="hasOwnHead">The last layer has another name than torchvision's.</param>
    internal Network With(int classes, string file, IReadOnlyDictionary<string, (string, CheckpointTensor)> bound, IReadOnlyList<string> notes,
        bool hasOwnHead = false) =>
        new(_family, Architecture, IsPooled, _keys, classes) { File = file, Bound = bound, Notes = notes, HasOwnHead = hasOwnHead };

    /// <summary>The same weights, pooled right after their last normalisation.</summary>
    internal Network WithoutLastRelu() => new(_family, Architecture, true, _keys, Classes) { File = File, Bound = Bound, Notes = Notes };

    internal (string File, string Name, CheckpointTensor Tensor) Tensor(string key) => (File, Bound[key].Name, Bound[key].Tensor);

    /// <summary>The key of a layer's tensor in a file of this form.</summary>
    internal string FileKey(string key) => _keys == NetworkKeys.Native || key.StartsWith(Logits.Key + ".", StringComparison.Ordinal) ? key
        : _keys == NetworkKeys.Pooled ? _family.PooledKey(key) : _family.PooledKey(key)["feat_extract.".Length..];

    /// <summary>The key here of a tensor in a file, where files of other versions of torchvision differ.</summary>
    internal string Canonical(string key) => _family.Canonical(key);

    /// <summary>Whether a tensor that begins with this serves training only.</summary>
    internal bool IsUnused(string key) => _family.IsUnused(key);

    /// <summary>All tensors that a file must hold, batch counters aside.</summary>
    internal IEnumerable<(string Key, long[] Shape)> Tensors => Layers.SelectMany(layer => layer.Tensors).Select(tensor => (FileKey(tensor.Key), tensor.Shape));

    internal long Parameters => Layers.Sum(layer => layer.Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size))
        - (layer.NormKey == "" ? 0 : 2 * layer.Channels));

    /// <summary>Multiply-adds of convolutions and linear layers for one patch of <paramref name="side"/> px.</summary>
    internal long Operations(int side) => Sizes(side).Sum(layer => layer.Key.WorkPerPixel * layer.Value.Height * layer.Value.Width);

    /// <summary>
    /// Numbers that the layers give for one patch of <paramref name="side"/> px: each layer's once, a norm's with its convolution's, and none of those that
    /// work in place.
    /// </summary>
    internal long Values(int side) => Sizes(side).Where(layer => layer.Key.Kind is LayerKind.Convolution or LayerKind.Norm or LayerKind.MaxPool
        or LayerKind.AveragePool or LayerKind.GlobalPool or LayerKind.Linear or LayerKind.Add or LayerKind.Multiply or LayerKind.Concat)
        .Sum(layer => (long)layer.Key.Channels * layer.Value.Height * layer.Value.Width);

    /// <summary>Whether patches of a side leave pixels at every layer.</summary>
    internal bool Takes(int side) => Sizes(side).Values.All(size => size.Height > 0);

    Dictionary<Layer, (int Height, int Width)> Sizes(int side)
    {
        var sizes = new Dictionary<Layer, (int Height, int Width)>();
        foreach (var layer in Layers)
            sizes[layer] = layer.Inputs.Length == 0 ? (side, side) : layer.Size(sizes[layer.Inputs[0]]);
        return sizes;
    }
}
