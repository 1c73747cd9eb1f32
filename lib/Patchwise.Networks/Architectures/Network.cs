using System.Globalization;

namespace Patchwise;

/// <summary>
/// One of the known networks in one of its two forms, with its number of classes: layers, and the keys under which files store their weights.
/// </summary>
sealed class Network
{
    /// <summary>How many faults a message lists before it counts the rest.</summary>
    const int MostFaults = 5;

    readonly Family _family;

    internal string Architecture { get; }

    /// <summary>As TIAToolbox stores the network (feat_extract.*, classifier.*) rather than torchvision.</summary>
    internal bool IsPooled { get; }
    internal int Classes => Logits.Channels;

    /// <summary>All layers, each after its inputs; the first is the <see cref="Patch"/>.</summary>
    internal IReadOnlyList<Layer> Layers { get; }

    /// <summary>The vector that the last layer takes.</summary>
    internal Layer Features { get; }
    internal Layer Logits { get; }

    /// <summary>The side in px of the only patches it takes; null where any will do.</summary>
    internal int? FixedSide => IsPooled ? null : _family.FixedSide;

    internal static IEnumerable<string> Known => Family.All.SelectMany(family => family.Names);

    Network(Family family, string architecture, bool pooled, int classes)
    {
        (_family, Architecture, IsPooled) = (family, architecture, pooled);
        var body = family.Body(architecture, new Patch());
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
    /// <exception cref="BadInputException">It is not.</exception>
    internal static Network Describe(string architecture, bool pooled, int classes) => new(
        Family.All.FirstOrDefault(family => family.Names.Contains(architecture))
            ?? throw new BadInputException($"'{architecture}' is no known architecture: expected one of {string.Join(", ", Known)}"), architecture,
            pooled, classes);

    /// <summary>The key of a layer's tensor in a file of this form.</summary>
    internal string FileKey(string key) => IsPooled && !key.StartsWith("classifier.", StringComparison.Ordinal) ? _family.PooledKey(key) : key;

    /// <summary>All tensors that a file must hold, batch counters aside.</summary>
    internal IEnumerable<(string Key, long[] Shape)> Tensors => Layers.SelectMany(layer => layer.Tensors).Select(tensor => (FileKey(tensor.Key), tensor.Shape));

    internal long Parameters => Layers.OfType<BatchNorm>().Aggregate(Tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size)),
        (sum, norm) => sum - 2 * norm.Channels);

    /// <summary>Multiply-adds of convolutions and linear layers for one patch of <paramref name="side"/> px.</summary>
    internal long Operations(int side)
    {
        var sizes = new Dictionary<Layer, (int Height, int Width)>();
        var sum = 0L;
        foreach (var layer in Layers)
        {
            var size = sizes[layer] = layer.Inputs.Length == 0 ? (side, side) : layer.Size(sizes[layer.Inputs[0]]);
            sum += layer.WorkPerPixel * size.Height * size.Width;
        }
        return sum;
    }

    /// <summary>The tensor of each key that <see cref="FileKey"/> gives.</summary>
    internal Dictionary<string, CheckpointTensor> Bind(Checkpoint checkpoint) => checkpoint.Tensors
        .Select(tensor => (Key: _family.Canonical(tensor.Key), tensor.Value))
        .Where(tensor => tensor.Key is not null && !tensor.Key.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
        .DistinctBy(tensor => tensor.Key).ToDictionary(tensor => tensor.Key!, tensor => tensor.Value);

    /// <summary>The network whose weights these are, judged by keys and shapes.</summary>
    /// <param name="architecture">Leaves only the two forms of this one to choose from.</param>
    /// <exception cref="BadInputException">None fits: the message names the nearest and each tensor that is wrong, missing or extra.</exception>
    internal static Network Recognise(Checkpoint checkpoint, string? architecture = null)
    {
        if (architecture is not null && !Known.Contains(architecture))
            throw new BadInputException(
                $"the card of {checkpoint.Path} names the architecture '{architecture}': expected one of {string.Join(", ", Known)}, or none");
        var best = default((Network Network, List<string> Faults, int Right)?);
        foreach (var family in Family.All)
            foreach (var name in family.Names)
                foreach (var pooled in (bool[])[true, false])
                {
                    if (architecture is not null && name != architecture)
                        continue;
                    var last = (pooled ? "classifier" : family.LastKey) + ".weight";
                    var classes = checkpoint.Tensors.TryGetValue(last, out var weight) && weight.Shape is [var outputs and > 0, _] ? (int)outputs : 1;
                    var network = new Network(family, name, pooled, classes);
                    var faults = network.Compare(checkpoint, out var right);
                    if (best is null || right - faults.Count > best.Value.Right - best.Value.Faults.Count)
                        best = (network, faults, right);
                }
        var (found, wrong, matching) = best!.Value;
        if (wrong.Count == 0)
            return found;
        if (architecture is null && matching < found.Tensors.Count() / 2)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{checkpoint.Path} is no known network: it has {checkpoint.Tensors.Count} tensors such as "
                    + $"{string.Join(", ", checkpoint.Tensors.Keys.Take(3))}; ")
                + $"expected one of {string.Join(", ", Known)}, or export it to .onnx and open that");
        throw new BadInputException(
            $"{checkpoint.Path} {(architecture is null ? "is nearest to" : "was to be")} {found.Architecture} in "
                + $"{(found.IsPooled ? "TIAToolbox's" : "torchvision's")} form, but "
            + string.Join("; ", wrong.Take(MostFaults)) + (wrong.Count > MostFaults
            ? string.Create(CultureInfo.InvariantCulture, $"; and {wrong.Count - MostFaults} more") : "")
            + ": give the weights of that network, or name the architecture that they belong to");
    }

    List<string> Compare(Checkpoint checkpoint, out int right)
    {
        var tensors = Bind(checkpoint);
        var faults = new List<string>();
        right = 0;
        foreach (var (key, shape) in Tensors)
            if (!tensors.Remove(key, out var tensor))
                faults.Add($"{key} {CheckpointTensor.Text(shape)} is missing");
            else if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                faults.Add($"{key} has shape {tensor.ShapeText}, expected {CheckpointTensor.Text(shape)}");
            else
                right++;
        faults.AddRange(tensors.Select(tensor => $"{tensor.Key} {tensor.Value.ShapeText} is extra"));
        return faults;
    }
}
