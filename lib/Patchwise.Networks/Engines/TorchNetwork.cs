using TorchSharp;
using static TorchSharp.torch;

namespace Patchwise;

/// <summary>
/// A network in libtorch on one device in one precision. Weights and patches keep the channels of a pixel side by side, which its convolutions are fastest
/// with.
/// </summary>
sealed class TorchNetwork : IDisposable
{
    const string ChannelsLast = "def channels_last(x: Tensor) -> Tensor:\n    return x.contiguous(memory_format=2)\n\n";

    /// <summary>Compiled once: libtorch keeps what it has compiled.</summary>
    static readonly Lazy<jit.CompilationUnit> Layout = new(() => jit.compile(ChannelsLast));

    readonly Func<Tensor, object> _forward;
    readonly IDisposable[] _owned;
    readonly Device _device;
    readonly ScalarType _type;
    readonly ModelCard _card;

    /// <summary>Null where samples are only divided by 255.</summary>
    readonly Tensor? _mean, _deviation;

    /// <summary>Whether a second result is the vector before the last layer.</summary>
    internal bool GivesFeatures { get; private init; }

    /// <summary>Of the weights; those that a program keeps as constants are not among them.</summary>
    internal IReadOnlyList<long[]> Weights { get; private init; } = [];

    TorchNetwork(Func<Tensor, object> forward, Device device, ScalarType type, ModelCard card, IDisposable[] owned)
    {
        (_forward, _device, _type, _card, _owned) = (forward, device, type, card, owned);
        if (!card.IsPlainScaling)
            (_mean, _deviation) = (OfChannels(card.Mean), OfChannels(card.Deviation));

        Tensor OfChannels(IReadOnlyList<double> values)
        {
            using var scope = NewDisposeScope();
            return tensor(values.Select(value => (float)value).ToArray()).to(device).DetachFromDisposeScope();
        }
    }

    /// <summary>One of ours.</summary>
    /// <param name="source">As <see cref="TorchScriptWriter"/> writes it.</param>
    internal static TorchNetwork Compile(string source, IEnumerable<StepValues> values, Device device, ScalarType type, ModelCard card)
    {
        using var mode = inference_mode();
        var unit = jit.compile(source);
        Tensor[] weights = [.. values.Select(value =>
        {
            using var scope = NewDisposeScope();
            var stored = empty(value.Shape, ScalarType.Float32);
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(value.Read().AsSpan()).CopyTo(stored.bytes);
            var placed = stored.to(type, device);
            return (placed.dim() == 4 ? (Tensor)Layout.Value.invoke("channels_last", placed) : placed).DetachFromDisposeScope();
        })];
        return new(x => unit.invoke("forward", x, weights), device, type, card, [.. weights, unit]) { GivesFeatures = true };
    }

    /// <summary>A program of torch.jit.save.</summary>
    internal static TorchNetwork Open(string path, Device device, ScalarType type, ModelCard card)
    {
        using var mode = no_grad();
        var module = jit.load(path, device.type, device.index);
        module.eval();
        // Also to 32 bits: what was saved in 16 takes no other patches.
        module.to(type);
        var weights = new List<long[]>();
        foreach (var (_, parameter) in module.named_parameters())
        {
            using var weight = parameter;
            weights.Add(weight.shape);
            if (weight.dim() != 4)
                continue;
            using var last = (Tensor)Layout.Value.invoke("channels_last", weight);
            weight.set_(last);
        }
        return new(x => module.invoke("forward", x), device, type, card, [module]) { Weights = weights };
    }

    /// <summary>Runs a batch.</summary>
    /// <param name="rgb">count x height x width x 3 samples.</param>
    /// <returns>Logits [count, classes] and, where they are given, features [count, length], float32 in memory.</returns>
    /// <exception cref="PatchwiseException">The network gives something else.</exception>
    internal (Tensor Logits, Tensor? Features) Run(ReadOnlySpan<byte> rgb, int count, PixelSize size)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var samples = empty([count, size.Height, size.Width, 3], ScalarType.Byte);
        rgb.CopyTo(samples.bytes);
        if (_device.type == DeviceType.CUDA)
            samples = samples.pin_memory().to(_device, non_blocking: true);
        var x = _card.Samples == ModelSamples.Bytes ? samples : samples.to(ScalarType.Float32).div_(255f);
        if (_mean is not null && _card.Samples != ModelSamples.Bytes)
            x = x.sub_(_mean).div_(_deviation!);
        if (_card.Layout != ModelLayout.Nhwc)
            x = x.permute(0, 3, 1, 2);
        var result = _forward(_card.Samples == ModelSamples.Bytes ? x : x.to(_type));
        Tensor[] all = result switch
        {
            Tensor only => [only],
            Tensor[] several => several,
            System.Runtime.CompilerServices.ITuple tuple => [.. Enumerable.Range(0, tuple.Length).Select(i => tuple[i]).OfType<Tensor>()],
            _ => throw new PatchwiseException($"libtorch: it gives a {result.GetType().Name}: expected a tensor [patches, classes], or a tuple with one"),
        };
        return GivesFeatures ? (InMemory(Chosen([all[0]], count)), InMemory(all[1])) : (InMemory(Chosen(all, count)), null);
    }

    /// <summary>Of what a program gives, the tensor with one value a class; [patches, classes, 1, 1] and [patches] are such, too.</summary>
    Tensor Chosen(Tensor[] all, int count)
    {
        Tensor[] may = [.. all.Where(one => one.is_floating_point() && one.dim() > 0 && one.shape[0] == count && one.numel() > 0
            && one.shape.Skip(2).All(size => size == 1))];
        if (_card.OutputName is { } name && all.Length > 1)
            may = [.. all.Where((one, index) => may.Contains(one) && FormattableString.Invariant($"{index}") == name)];
        return may is [var chosen] ? chosen.reshape(count, -1) : throw new PatchwiseException(
            $"libtorch: it gives {(all.Length == 1 ? "a tensor" : "the tensors")} {string.Join(", ", all.Select(one => CheckpointTensor.Text(one.shape)))} for "
                + $"{count} patches: expected floating-point numbers [patches, classes]{(all.Length > 1
                    ? ", of which the card's \"outputName\" states which, by its number from \"0\" on" : "")}");
    }

    static Tensor InMemory(Tensor of) => of.to(ScalarType.Float32).cpu().contiguous().MoveToOuterDisposeScope();

    public void Dispose()
    {
        foreach (var one in _owned)
            one.Dispose();
        _mean?.Dispose();
        _deviation?.Dispose();
    }
}
