using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Patchwise;

/// <summary>
/// A network in libtorch, on a CUDA device or on the CPU. Weights and patches keep the channels of a pixel side by side, which its convolutions are fastest
/// with.
/// </summary>
sealed class TorchEngine : InferenceEngine
{
    /// <summary>In libtorch's messages, which do not tell kinds of failures apart otherwise.</summary>
    static readonly string[] SignsOfMemory = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc", "STATUS_ALLOC_FAILED",
        "could not create a memory object"];

    /// <summary>Compiled once: libtorch keeps what it has compiled.</summary>
    static readonly Lazy<jit.CompilationUnit> Layout = new(() => jit.compile(
        "def channels_last(x: Tensor) -> Tensor:\n    return x.contiguous(memory_format=2)\n\n"
        // Which a device copies from by itself; libtorch keeps it for the next batch.
        + "def page_locked(bytes: int) -> Tensor:\n    return torch.empty([bytes], dtype=0, pin_memory=True)\n\n"));

    /// <summary>A network on its device.</summary>
    /// <param name="GivesFeatures">Whether a second result is the vector before the last layer.</param>
    /// <param name="Weights">Shapes; those that a program keeps as constants are not among them.</param>
    sealed record Placed(Func<Tensor, object> Forward, IDisposable[] Owned, bool GivesFeatures, IReadOnlyList<long[]> Weights);

    readonly Placed _network;
    readonly Device _device;
    readonly ScalarType _type;
    readonly ModelCard _card;
    readonly Action<string> _notice;
    readonly int _cores;
    readonly EngineThreads _threads;

    /// <summary>Null where samples are only divided by 255.</summary>
    readonly Tensor? _mean, _deviation;

    /// <summary>Patches that go through at once; less after the device's memory did not hold as many.</summary>
    int _most = int.MaxValue;

    /// <summary>Most patches that went through at once.</summary>
    int _full = 1;

    /// <summary>On a device one computes while the other hands over its patches.</summary>
    internal override int Parallel => _device.type == DeviceType.CUDA ? 2 : 1;

    /// <summary>Such as libtorch 2.10.0 on cuda:0, NVIDIA H200 (139 GiB, compute capability 9.0), float16.</summary>
    internal override string Place { get; }

    internal IReadOnlyList<long[]> Weights => _network.Weights;

    /// <summary>An engine for a model on the device asked for; the caller disposes it.</summary>
    internal static TorchEngine Of(Model model, ModelCard card, EngineOptions options)
    {
        if (model.IsScript)
        {
            TorchLibrary.Load();
            TorchTrial.Check(model.Path, card);
            return Open(model.Path, card, options);
        }
        var program = model.Program;
        TorchLibrary.Load();
        var joined = options.Precision is Precision.Float16 or Precision.BFloat16 && Gpu(options) is not null;
        TorchEngine Compiled(bool joined) => Compile(TorchScriptWriter.Write(program, joined), TorchScriptWriter.Values(program), model.Path, card, options,
            program.Network.FixedSide is { } side ? new(side, side) : null);
        try
        {
            return Compiled(joined);
        }
        catch (BadInputException) when (joined)
        {
            // Not every device's library has them.
            return Compiled(joined: false);
        }
    }

    /// <summary>A network from its TorchScript source and weights.</summary>
    /// <param name="source">As <see cref="TorchScriptWriter"/> writes it.</param>
    /// <param name="name">Of the model in messages.</param>
    /// <param name="patchSize">The only one that the network takes; null where any will do.</param>
    internal static TorchEngine Compile(string source, IEnumerable<StepValues> values, string name, ModelCard card, EngineOptions options,
        PixelSize? patchSize = null) => new((device, type) =>
        {
            using var mode = inference_mode();
            var unit = jit.compile(source);
            Tensor[] weights = [.. values.Select(value =>
            {
                using var scope = NewDisposeScope();
                var stored = empty(value.Shape, ScalarType.Float32);
                MemoryMarshal.AsBytes(value.Read().AsSpan()).CopyTo(stored.bytes);
                var placed = stored.to(type, device);
                return (placed.dim() == 4 ? (Tensor)Layout.Value.invoke("channels_last", placed) : placed).DetachFromDisposeScope();
            })];
            return new(x => unit.invoke("forward", x, weights), [.. weights, unit], true, []);
        }, name, card, options, patchSize);

    /// <summary>A TorchScript program from a file of torch.jit.save, without trying it elsewhere first.</summary>
    internal static TorchEngine Open(string path, ModelCard card, EngineOptions options) => new((device, type) =>
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
        return new(x => module.invoke("forward", x), [module], false, weights);
    }, path, card, options, null);

    TorchEngine(Func<Device, ScalarType, Placed> place, string name, ModelCard card, EngineOptions options, PixelSize? patchSize) : base(name)
    {
        TorchLibrary.Load();
        (_card, _notice, PatchSize, _cores) = (card, options.Notice ?? Console.Error.WriteLine, patchSize, options.Threads > 0 ? options.Threads
            : Environment.ProcessorCount);
        var (cuda, size) = (Gpu(options), new PixelSize(card.Patch, card.Patch));
        if (options.Precision == Precision.Float16 && cuda is null)
            throw new BadInputException($"{name} cannot be run: float16 runs on CUDA devices only: take float32 or bfloat16 on the CPU");
        (_device, _type) = (new(cuda is null ? DeviceType.CPU : DeviceType.CUDA, cuda ?? -1),
            options.Precision switch { Precision.Float16 => float16, Precision.BFloat16 => bfloat16, _ => float32 });
        try
        {
            _network = place(_device, _type);
        }
        catch (ExternalException error)
        {
            throw new BadInputException($"{name} cannot be run: libtorch: {InOneLine(error.Message)}", error);
        }
        _threads = new(Parallel);
        try
        {
            using var scope = NewDisposeScope();
            if (!card.IsPlainScaling)
            {
                Tensor OfChannels(IReadOnlyList<double> values) => tensor([.. values.Select(value => (float)value)]).to(_device).DetachFromDisposeScope();
                (_mean, _deviation) = (OfChannels(card.Mean), OfChannels(card.Deviation));
            }
            _threads.Run(() =>
            {
                using var inner = NewDisposeScope();
                var (logits, features) = Forward(new byte[3 * size.Width * size.Height], 1, size);
                (Classes, Features) = (checked((int)logits.shape[1]), checked((int)(features?.shape[1] ?? 0)));
            });
        }
        catch (PatchwiseException error)
        {
            Dispose();
            throw new BadInputException($"{name} cannot be run on patches of {size} px: {error.Message}; where it takes others, or channels last "
                + "or bytes, \"patch\", \"layout\" or \"samples\" of its card has to say so", error);
        }
        Place = string.Create(CultureInfo.InvariantCulture,
            $"libtorch {__version__.ToString()} on {(cuda is { } index ? $"cuda:{index}, {CudaDriver.Describe(index)}" : "the CPU")}, ")
            + options.Precision.ToString().ToLowerInvariant();
    }

    /// <summary>The number of the CUDA device that is asked for; null for the CPU.</summary>
    static int? Gpu(EngineOptions options)
    {
        var devices = options.Device == "cpu" ? 0 : TorchLibrary.CudaDevices;
        if (options.Device == "auto")
            return devices > 0 ? 0 : null;
        if (options.Gpu is not { } index || index < devices)
            return options.Gpu;
        throw new BadInputException(devices == 0
            ? $"device {options.Device}: libtorch finds no CUDA device here; set PATCHWISE_LIBTORCH to a libtorch built with CUDA, check that nvidia-smi "
            + $"lists a device, or take device cpu"
            : $"device {options.Device}: expected cuda:0 to cuda:{devices - 1}, those of this machine");
    }

    internal override unsafe void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features,
        CancellationToken stop = default)
    {
        Checked(rgb.Length, count, size, logits.Length, features.Length);
        Enter();
        try
        {
            var (samples, values, lengths) = (rgb.Length, logits.Length, features.Length);
            fixed (byte* from = rgb)
            fixed (float* to = logits, beside = features)
            {
                // Which stay where they are until the work has ended.
                var (x, y, z) = ((nint)from, (nint)to, (nint)beside);
                _threads.Run(() => RunHere(new((void*)x, samples), count, size, new((void*)y, values), new((void*)z, lengths), stop));
            }
        }
        catch (PatchwiseException error)
        {
            throw new PatchwiseException($"{Name} failed on patches of {size} px: {error.Message}", error);
        }
        finally
        {
            Leave();
        }
    }

    void RunHere(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop)
    {
        var patch = 3 * size.Width * size.Height;
        for (var start = 0; start < count;)
        {
            stop.ThrowIfCancellationRequested();
            var here = Math.Min(_most, count - start);
            try
            {
                using var scope = NewDisposeScope();
                var (found, vectors) = Forward(rgb.Slice(start * patch, here * patch), here, size);
                if (found.shape[1] != Classes)
                    throw new PatchwiseException($"libtorch: it gives {found.shape[1]} classes for this batch: expected {Classes}");
                MemoryMarshal.Cast<byte, float>(found.bytes)[..(here * Classes)].CopyTo(logits[(start * Classes)..]);
                if (features.Length > 0)
                    MemoryMarshal.Cast<byte, float>(vectors!.bytes)[..(here * Features)].CopyTo(features[(start * Features)..]);
                start += here;
            }
            catch (OutOfMemoryException)
            {
                Halve(here, size);
            }
        }
    }

    /// <returns>
    /// Logits [count, classes] and, where they are given, features [count, length], float32 in memory; on a device perhaps with rows behind them: for each
    /// number of patches it chooses its kernels anew, which takes longer than some patches of no meaning beside the last ones.
    /// </returns>
    (Tensor Logits, Tensor? Features) Forward(ReadOnlySpan<byte> rgb, int count, PixelSize size)
    {
        if (_device.type == DeviceType.CUDA)
        {
            _full = Math.Max(_full, count);
            count = Math.Min(_full, (int)BitOperations.RoundUpToPowerOf2((uint)count));
        }
        using var mode = inference_mode();
        set_num_threads(_cores);
        try
        {
            long[] shape = [count, size.Height, size.Width, 3];
            var onDevice = _device.type == DeviceType.CUDA;
            var samples = onDevice ? (Tensor)Layout.Value.invoke("page_locked", shape[0] * shape[1] * shape[2] * shape[3]) : empty(shape, ScalarType.Byte);
            rgb.CopyTo(samples.bytes);
            if (onDevice)
                samples = samples.to(_device, non_blocking: true).view(shape);
            var takesBytes = _card.Samples == ModelSamples.Bytes;
            var x = takesBytes ? samples : samples.to(ScalarType.Float32).div_(255f);
            if (_mean is not null && !takesBytes)
                x = x.sub_(_mean).div_(_deviation!);
            if (_card.IsBgr)
                x = x.flip(3);
            if (_card.Layout != ModelLayout.Nhwc)
                x = x.permute(0, 3, 1, 2);
            var result = _network.Forward(takesBytes ? x : x.to(_type));
            Tensor[] all = result switch
            {
                Tensor only => [only],
                Tensor[] several => several,
                ITuple tuple => [.. Enumerable.Range(0, tuple.Length).Select(i => tuple[i]).OfType<Tensor>()],
                _ => throw new PatchwiseException($"libtorch: it gives a {result.GetType().Name}: expected a tensor [patches, classes], or a tuple with one"),
            };
            static Tensor InMemory(Tensor of) => of.to(ScalarType.Float32).cpu().contiguous();
            return _network.GivesFeatures ? (InMemory(Chosen([all[0]], count)), InMemory(all[1])) : (InMemory(Chosen(all, count)), null);
        }
        catch (ExternalException error)
        {
            throw Array.Exists(SignsOfMemory, sign => error.Message.Contains(sign, StringComparison.Ordinal))
                ? new InsufficientMemoryException(error.Message, error)
                : new PatchwiseException($"libtorch: {InOneLine(error.Message)}", error);
        }
    }

    /// <summary>Of what a program gives, the tensor with one value a class; [patches, classes, 1, 1] and [patches] are such, too.</summary>
    Tensor Chosen(Tensor[] all, int count)
    {
        Tensor[] may = [.. all.Where(one => one.is_floating_point() && one.dim() > 0 && one.shape[0] == count && one.numel() > 0
            && one.shape.Skip(2).All(size => size == 1))];
        if (_card.OutputName is { } name && all.Length > 1)
            may = [.. all.Where((one, index) => may.Contains(one) && $"{index}" == name)];
        return may is [var chosen] ? chosen.reshape(count, -1) : throw new PatchwiseException(
            $"libtorch: it gives {(all.Length == 1 ? "a tensor" : "the tensors")} {string.Join(", ", all.Select(one => CheckpointTensor.Text(one.shape)))} for "
                + $"{count} patches: expected floating-point numbers [patches, classes]{(all.Length > 1
                    ? ", of which the card's \"outputName\" states which, by its number from \"0\" on" : "")}");
    }

    /// <summary>
    /// A script's failure comes with a listing of the calls that led there, whose last line says what failed; of other texts the first line does.
    /// </summary>
    static string InOneLine(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length == 0 ? "no reason given" : text.Contains("Traceback of TorchScript", StringComparison.Ordinal) ? lines[^1] : lines[0];
    }

    /// <summary>Takes smaller batches from here on, and says so the first time.</summary>
    void Halve(int batch, PixelSize size)
    {
        if (batch == 1)
            throw new PatchwiseException($"one patch of {size} px does not fit into the memory of {Place}: take smaller patches, or another device");
        _full = Math.Min(_full, batch / 2);
        if (Interlocked.Exchange(ref _most, Math.Min(_most, batch / 2)) == int.MaxValue)
            _notice($"batches of {batch} patches of {size} px do not fit into the memory of {Place}: going on with batches half as large, or less");
    }

    protected override void Free()
    {
        foreach (var one in (IEnumerable<IDisposable?>)[.. _network.Owned, _mean, _deviation, _threads])
            one?.Dispose();
    }
}
