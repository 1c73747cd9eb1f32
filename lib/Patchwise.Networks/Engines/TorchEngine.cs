using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Patchwise;

/// <summary>A network in libtorch, on a CUDA device or on the CPU.</summary>
sealed class TorchEngine : IInferenceEngine
{
    /// <summary>Runs at once on a device: one computes while the other hands over its patches.</summary>
    const int RunsOfDevice = 2;

    /// <summary>In libtorch's messages, which do not tell kinds of failures apart otherwise.</summary>
    static readonly string[] SignsOfMemory = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc", "STATUS_ALLOC_FAILED",
        "could not create a memory object"];

    readonly InUse<TorchNetwork> _network;
    readonly string _name;
    readonly Action<string> _notice;
    readonly int _threads;
    readonly SemaphoreSlim _free;

    /// <summary>Patches that go through at once; less after the device's memory did not hold as many.</summary>
    volatile int _most = int.MaxValue;
    int _told;

    public int Classes { get; }
    public int Features { get; }
    public PixelSize? PatchSize { get; }
    public int Parallel { get; }

    /// <summary>Such as libtorch 2.10.0 on cuda:0, NVIDIA H200 (139 GiB, compute capability 9.0), float16.</summary>
    public string Place { get; }

    /// <summary>Shapes of the weights of a program.</summary>
    internal IReadOnlyList<long[]> Weights { get; }

    /// <summary>A network from its TorchScript source and weights.</summary>
    /// <param name="source">As <see cref="TorchScriptWriter"/> writes it.</param>
    /// <param name="name">Of the model in messages.</param>
    /// <param name="patchSize">The only one that the network takes; null where any will do.</param>
    /// <exception cref="BadInputException">libtorch does not take the network, or there is no such device.</exception>
    internal static TorchEngine Compile(string source, IEnumerable<StepValues> values, string name, ModelCard card, EngineOptions options,
        PixelSize? patchSize = null) =>
        new((device, type) => TorchNetwork.Compile(source, values, device, type, card), name, card, options, patchSize);

    /// <summary>A TorchScript program from a file of torch.jit.save, without trying it elsewhere first.</summary>
    /// <exception cref="BadInputException">libtorch does not take the file or the program does not take patches, or there is no such device.</exception>
    internal static TorchEngine Open(string path, ModelCard card, EngineOptions options) =>
        new((device, type) => TorchNetwork.Open(path, device, type, card), path, card, options, null);

    /// <summary>An engine for a file on the device asked for; the caller disposes it.</summary>
    /// <exception cref="BadInputException">A weight is not a finite number, libtorch refuses the file, or there is no such device.</exception>
    internal static TorchEngine Of(ModelFile file, ModelCard card, EngineOptions options)
    {
        if (file.IsScript)
        {
            TorchLibrary.Load();
            TorchTrial.Check(file.Path, card);
            return Open(file.Path, card, options);
        }
        var program = file.Program;
        return Compile(TorchScriptWriter.Write(program), TorchScriptWriter.Values(program), file.Path, card, options,
            file.Network!.FixedSide is { } side ? new(side, side) : null);
    }

    TorchEngine(Func<torch.Device, torch.ScalarType, TorchNetwork> make, string name, ModelCard card, EngineOptions options, PixelSize? patchSize)
    {
        TorchLibrary.Load();
        (_name, _notice, PatchSize, _threads) = (name, options.Notice ?? Console.Error.WriteLine, patchSize, options.Threads > 0 ? options.Threads
            : Environment.ProcessorCount);
        var (cuda, size) = (Device(options), new PixelSize(card.Patch, card.Patch));
        if (options.Precision == Precision.Float16 && cuda is null)
            throw new BadInputException($"{name} cannot be run: float16 runs on CUDA devices only: take float32 or bfloat16 on the CPU");
        var type = options.Precision switch { Precision.Float16 => torch.float16, Precision.BFloat16 => torch.bfloat16, _ => torch.float32 };
        TorchNetwork network;
        try
        {
            network = make(new(cuda is null ? DeviceType.CPU : DeviceType.CUDA, cuda ?? -1), type);
        }
        catch (ExternalException error)
        {
            throw new BadInputException($"{name} cannot be run: libtorch: {InOneLine(error.Message)}", error);
        }
        (_network, Weights, Parallel) = (new(network), network.Weights, cuda is null ? 1 : RunsOfDevice);
        _free = new(Parallel);
        try
        {
            using var scope = torch.NewDisposeScope();
            var (logits, features) = Forward(network, new byte[3 * size.Width * size.Height], 1, size);
            (Classes, Features) = (checked((int)logits.shape[1]), checked((int)(features?.shape[1] ?? 0)));
        }
        catch (PatchwiseException error)
        {
            Dispose();
            throw new BadInputException($"{name} cannot be run on patches of {size} px: {error.Message}; where it takes others, or channels last "
                + "or bytes, \"patch\", \"layout\" or \"samples\" of its card has to say so", error);
        }
        Place = string.Create(CultureInfo.InvariantCulture,
            $"libtorch {torch.__version__.ToString()} on {(cuda is { } index ? $"cuda:{index}, {CudaDriver.Describe(index)}" : "the CPU")}, ")
            + (options.Precision switch { Precision.Float16 => "float16", Precision.BFloat16 => "bfloat16", _ => "float32" });
    }

    /// <summary>The number of the CUDA device that is asked for; null for the CPU.</summary>
    static int? Device(EngineOptions options)
    {
        var devices = options.Device == "cpu" ? 0 : TorchLibrary.CudaDevices;
        if (options.Device == "auto")
            return devices > 0 ? 0 : null;
        if (options.Gpu is not { } index || index < devices)
            return options.Gpu;
        throw new BadInputException(devices == 0
            ? $"device {options.Device}: libtorch finds no CUDA device here; set PATCHWISE_LIBTORCH to a libtorch built with CUDA, check that nvidia-smi "
            + $"lists a device, or take device cpu"
            : string.Create(CultureInfo.InvariantCulture, $"device {options.Device}: expected cuda:0 to cuda:{devices - 1}, those of this machine"));
    }

    public void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        if (PatchSize is { } expected && expected != size)
            throw new BadInputException($"patches of {size} px for {_name}: it takes patches of {expected} px only");
        var patch = checked(3 * size.Width * size.Height);
        if (count < 0 || rgb.Length != (long)count * patch || logits.Length != (long)count * Classes
            || (features.Length > 0 && features.Length != (long)count * Features))
            throw new ArgumentException(
                $"{rgb.Length} samples, {logits.Length} logits and {features.Length} features do not match {count} patches of {size} px");
        using var network = _network.Take();
        _free.Wait(stop);
        try
        {
            for (var start = 0; start < count;)
            {
                var here = Math.Min(_most, count - start);
                var vectors = features.Length > 0 ? features.Slice(start * Features, here * Features) : [];
                if (Run(network.Value, rgb.Slice(start * patch, here * patch), size, logits.Slice(start * Classes, here * Classes), vectors))
                    start += here;
                else
                    Halve(here, size);
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>False where the device's memory does not hold the batch.</summary>
    bool Run(TorchNetwork network, ReadOnlySpan<byte> rgb, PixelSize size, Span<float> logits, Span<float> features)
    {
        using var scope = torch.NewDisposeScope();
        try
        {
            var count = logits.Length / Classes;
            var (found, vectors) = Forward(network, rgb, count, size);
            if (found.shape[1] != Classes)
                throw new PatchwiseException($"libtorch: it gives {found.shape[1]} classes for this batch: expected {Classes}");
            MemoryMarshal.Cast<byte, float>(found.bytes).CopyTo(logits);
            if (features.Length > 0)
                MemoryMarshal.Cast<byte, float>(vectors!.bytes).CopyTo(features);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
        catch (PatchwiseException error)
        {
            throw new PatchwiseException($"{_name} failed on patches of {size} px: {error.Message}", error);
        }
    }

    /// <exception cref="OutOfMemoryException">The device's memory does not hold the batch.</exception>
    (torch.Tensor Logits, torch.Tensor? Features) Forward(TorchNetwork network, ReadOnlySpan<byte> rgb, int count, PixelSize size)
    {
        try
        {
            torch.set_num_threads(_threads);
            return network.Run(rgb, count, size);
        }
        catch (ExternalException error)
        {
            throw Array.Exists(SignsOfMemory, sign => error.Message.Contains(sign, StringComparison.Ordinal))
                ? new InsufficientMemoryException(error.Message, error)
                : new PatchwiseException($"libtorch: {InOneLine(error.Message)}", error);
        }
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
            throw new PatchwiseException($"{_name}: one patch of {size} px does not fit into the memory of {Place}: take smaller patches, or another device");
        _most = Math.Min(_most, batch / 2);
        if (Interlocked.Exchange(ref _told, 1) == 0)
            _notice(string.Create(CultureInfo.InvariantCulture,
                $"batches of {batch} patches of {size} px do not fit into the memory of {Place}: going on with batches half as large, or less"));
    }

    public void Dispose() => _network.Dispose();
}
