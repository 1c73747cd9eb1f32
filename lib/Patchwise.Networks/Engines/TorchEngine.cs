using System.Collections.Concurrent;
using System.Globalization;

namespace Patchwise;

/// <summary>A network in libtorch, on a CUDA device or on the CPU.</summary>
sealed class TorchEngine : IInferenceEngine
{
    /// <summary>Runs at once on a device: one uploads, one computes, one downloads and is filled again.</summary>
    const int LanesOfDevice = 3;

    readonly TorchShim.Network _network;
    readonly string _name;
    readonly Action<string> _notice;

    /// <summary>Lanes that nobody uses. The semaphore counts them and those that were not made yet.</summary>
    readonly ConcurrentBag<TorchShim.Lane> _idle = [];
    readonly SemaphoreSlim _free;

    /// <summary>A safe handle admits new users as long as an earlier one holds it, so the end is kept here too.</summary>
    volatile bool _disposed;

    /// <summary>Patches that go through at once; less after the device's memory did not hold as many.</summary>
    volatile int _most = int.MaxValue;
    int _told;

    public int Classes { get; }
    public int Features { get; }
    public PixelSize? PatchSize { get; }
    public int Parallel { get; }

    /// <summary>Such as libtorch 2.11.0 on cuda:0, NVIDIA H200 (139 GiB, compute capability 9.0), float16.</summary>
    public string Place { get; }

    internal TorchShim.Description Description { get; }

    /// <summary>Whether there is a CUDA device and a libtorch that can use it. libtorch is not loaded where CUDA's driver is missing.</summary>
    internal static bool FindsDevice => NativeLibraries.Has(NativeLibraries.Cuda) && NativeLibraries.Has(NativeLibraries.Torch) && TorchShim.CudaDevices > 0;

    /// <summary>A network from its TorchScript source and weights.</summary>
    /// <param name="source">As <see cref="TorchScriptWriter"/> writes it.</param>
    /// <param name="name">Of the model in messages.</param>
    /// <param name="patchSize">The only one that the network takes; null where any will do.</param>
    /// <exception cref="BadInputException">libtorch does not take the network, or there is no such device.</exception>
    internal static TorchEngine Compile(string source, IEnumerable<StepValues> values, string name, ModelCard card, EngineOptions options,
        PixelSize? patchSize = null)
    {
        using var weights = TorchShim.NewWeights();
        foreach (var value in values)
            TorchShim.Add(weights, value.Read(), value.Shape);
        return new(shimOptions => TorchShim.Compile(source, weights, shimOptions), name, card, options, patchSize);
    }

    /// <summary>A TorchScript program from a file of torch.jit.save.</summary>
    /// <exception cref="BadInputException">libtorch does not take the file or the program does not take patches, or there is no such device.</exception>
    internal static TorchEngine Load(string path, ModelCard card, EngineOptions options) =>
        new(shimOptions => TorchShim.Load(path, shimOptions), path, card, options, null);

    /// <summary>An engine for a file on the device asked for; the caller disposes it.</summary>
    /// <exception cref="BadInputException">A weight is not a finite number, libtorch refuses the file, or there is no such device.</exception>
    internal static TorchEngine Of(ModelFile file, ModelCard card, EngineOptions options)
    {
        if (file.IsScript)
            return Load(file.Path, card, options);
        var program = file.Program;
        return Compile(TorchScriptWriter.Write(program), TorchScriptWriter.Values(program), file.Path, card, options,
            file.Network!.FixedSide is { } side ? new(side, side) : null);
    }

    TorchEngine(Func<TorchShim.Options, TorchShim.Network> make, string name, ModelCard card, EngineOptions options, PixelSize? patchSize)
    {
        (_name, _notice, PatchSize) = (name, options.Notice ?? Console.Error.WriteLine, patchSize);
        var cuda = Device(options);
        var size = new PixelSize(card.Patch, card.Patch);
        try
        {
            _network = make(Options(cuda, card, options));
        }
        catch (PatchwiseException error) when (error is not BadInputException)
        {
            throw new BadInputException($"{name} cannot be run: {error.Message}", error);
        }
        Parallel = cuda is null ? 1 : LanesOfDevice;
        _free = new(Parallel);
        try
        {
            Description = TorchShim.Describe(_network);
            var lane = TorchShim.NewLane(_network);
            _idle.Add(lane);
            (Classes, Features) = TorchShim.Lengths(lane, size);
        }
        catch (PatchwiseException error)
        {
            Dispose();
            throw new BadInputException($"{name} cannot be run on patches of {size} px: {error.Message}; where it takes others, its card has to say so", error);
        }
        var precision = options.Precision switch { Precision.Float16 => "float16", Precision.BFloat16 => "bfloat16", _ => "float32" };
        Place = cuda is { } index ? string.Create(CultureInfo.InvariantCulture,
            $"libtorch {TorchShim.Version} on cuda:{index}, {TorchShim.CudaDevice(index)}, {precision}")
            : $"libtorch {TorchShim.Version} on the CPU, {precision}";
    }

    /// <summary>The number of the CUDA device that is asked for; null for the CPU.</summary>
    static int? Device(EngineOptions options)
    {
        var devices = TorchShim.CudaDevices;
        if (options.Device == "auto")
            return devices > 0 ? 0 : null;
        if (options.Gpu is not { } index || index < devices)
            return options.Gpu;
        throw new BadInputException(devices == 0
            ? $"device {options.Device}: libtorch {TorchShim.Version} finds no CUDA device here; set PATCHWISE_LIBTORCH to a libtorch built with CUDA and "
            + $"run lib/setup --torch, check that nvidia-smi lists a device, or take device cpu"
            : string.Create(CultureInfo.InvariantCulture, $"device {options.Device}: expected cuda:0 to cuda:{devices - 1}, those of this machine"));
    }

    static unsafe TorchShim.Options Options(int? cuda, ModelCard card, EngineOptions options)
    {
        var made = new TorchShim.Options { Cuda = cuda ?? -1, Precision = options.Precision, Threads = options.Threads };
        for (var channel = 0; channel < 3; channel++)
            (made.Mean[channel], made.Deviation[channel]) = ((float)card.Mean[channel], (float)card.Deviation[channel]);
        return made;
    }

    public void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (PatchSize is { } expected && expected != size)
            throw new BadInputException($"patches of {size} px for {_name}: it takes patches of {expected} px only");
        var patch = checked(3 * size.Width * size.Height);
        if (count < 0 || rgb.Length != (long)count * patch || logits.Length != (long)count * Classes
            || (features.Length > 0 && features.Length != (long)count * Features))
            throw new ArgumentException(
                $"{rgb.Length} samples, {logits.Length} logits and {features.Length} features do not match {count} patches of {size} px");
        _free.Wait(stop);
        try
        {
            if (!_idle.TryTake(out var lane))
                lane = TorchShim.NewLane(_network);
            try
            {
                Run(lane, rgb, count, size, logits, features);
            }
            finally
            {
                _idle.Add(lane);
            }
        }
        finally
        {
            _free.Release();
            if (_disposed)
                CloseIdle();
        }
    }

    void Run(TorchShim.Lane lane, ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features)
    {
        var patch = 3 * size.Width * size.Height;
        for (var start = 0; start < count;)
        {
            var here = Math.Min(_most, count - start);
            var vectors = features.Length > 0 ? features.Slice(start * Features, here * Features) : [];
            bool done;
            try
            {
                done = TorchShim.Run(lane, rgb.Slice(start * patch, here * patch), here, size, logits.Slice(start * Classes, here * Classes), vectors);
            }
            catch (PatchwiseException error)
            {
                throw new PatchwiseException($"{_name} failed on patches of {size} px: {error.Message}", error);
            }
            if (done)
                start += here;
            else
                Halve(here, size);
        }
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

    void CloseIdle()
    {
        while (_idle.TryTake(out var lane))
            lane.Dispose();
    }

    public void Dispose()
    {
        _disposed = true;
        _network.Dispose();
        CloseIdle();
    }
}
