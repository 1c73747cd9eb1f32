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

    /// <summary>Null where samples are only divided by 255.</summary>
    readonly Tensor? _mean, _deviation;

    /// <summary>Whether a second result is the vector before the last layer.</summary>
    internal bool GivesFeatures { get; private init; }

    /// <summary>Of the weights; those that a program keeps as constants are not among them.</summary>
    internal IReadOnlyList<long[]> Weights { get; private init; } = [];

    TorchNetwork(Func<Tensor, object> forward, Device device, ScalarType type, ModelCard card, IDisposable[] owned)
    {
        (_forward, _device, _type, _owned) = (forward, device, type, owned);
        if (card.Mean.Any(mean => mean != 0) || card.Deviation.Any(deviation => deviation != 1))
            (_mean, _deviation) = (OfChannels(card.Mean), OfChannels(card.Deviation));

        Tensor OfChannels(IReadOnlyList<double> values)
        {
            using var scope = NewDisposeScope();
            return tensor(values.Select(value => (float)value).ToArray()).view(1, 3, 1, 1).to(device).DetachFromDisposeScope();
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
            value.Read().CopyTo(stored.bytes);
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
        if (type != ScalarType.Float32)
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
        var x = samples.permute(0, 3, 1, 2).to(ScalarType.Float32).div_(255f);
        if (_mean is not null)
            x = x.sub_(_mean).div_(_deviation!);
        var result = _forward(x.to(_type));
        var (logits, features) = result switch
        {
            Tensor only => (only, null),
            Tensor[] and [var first, ..] several => (first, GivesFeatures ? several[1] : null),
            (Tensor first, Tensor second) => (first, GivesFeatures ? second : null),
            System.Runtime.CompilerServices.ITuple { Length: > 0 } tuple when tuple[0] is Tensor first => (first, null),
            _ => throw new PatchwiseException(
                $"libtorch: it gives a {result.GetType().Name}: expected a tensor [patches, classes], or a tuple that begins with one"),
        };
        if (logits.dim() != 2 || logits.shape[0] != count || logits.shape[1] < 1 || !logits.is_floating_point())
            throw new PatchwiseException(
                $"libtorch: it gives a tensor {CheckpointTensor.Text(logits.shape)} for {count} patches: expected floating-point numbers [patches, classes]");
        return (InMemory(logits), features is null ? null : InMemory(features));
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
