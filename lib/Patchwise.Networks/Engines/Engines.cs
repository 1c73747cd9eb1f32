namespace Patchwise;

/// <summary>Which library runs a network.</summary>
public enum EngineKind
{
    /// <summary>ONNX Runtime on the CPU, libtorch on a GPU.</summary>
    Auto,
    Onnx,
    Torch,
}

/// <summary>
/// What a network computes in. Those of 16 bits are for GPUs. Int8 is for the CPU: the network is quantized on patches of what is predicted first and kept
/// beside its file; its numbers are not those of float32.
/// </summary>
public enum Precision { Float32, Float16, BFloat16, Int8 }

/// <summary>How a network is run.</summary>
/// <param name="Device">auto, cpu, cuda, or cuda:1 for the second GPU.</param>
/// <param name="Threads">That share the work on the CPU; 0: as many as it has cores.</param>
public sealed record EngineOptions(EngineKind Engine = EngineKind.Auto, string Device = "auto", Precision Precision = Precision.Float32, int Threads = 0)
{
    /// <summary>Told what the user should know while patches run, such as that a batch had to be halved; null: written to standard error.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>More are a slip of the hand, and take minutes to start.</summary>
    const int MostThreads = 1024;

    internal static void CheckThreads(int threads)
    {
        if (threads is < 0 or > MostThreads)
            throw new BadInputException($"{threads} threads: expected 1 to {MostThreads}, or 0 for as many as there are cores");
    }

    internal const double UsualAgreement = 0.99;

    /// <summary>Of Int8: the share of patches that must be given the same class as in float32; else it is refused.</summary>
    public double LeastAgreement { get; init; } = UsualAgreement;

    /// <summary>The GPU that the device names; null where it names none.</summary>
    internal int? Gpu => Device switch
    {
        "auto" or "cpu" => null,
        "cuda" => 0,
        _ when Device.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(Device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new BadInputException($"device '{Device}': expected auto, cpu, cuda, or cuda: and the number of a GPU, such as cuda:1"),
    };
}

/// <summary>The one place where an engine is chosen.</summary>
static class Engines
{
    /// <summary>An engine for a model; the caller disposes it, and it outlives the model.</summary>
    internal static InferenceEngine Create(Model model, EngineOptions options)
    {
        EngineOptions.CheckThreads(options.Threads);
        if (options.Engine == EngineKind.Onnx && options.Gpu is not null)
            throw new BadInputException($"engine onnx on device {options.Device}: it runs on the CPU; ask for engine torch or auto");
        if (options.Engine == EngineKind.Torch || options.Gpu is not null || (options.Engine == EngineKind.Auto
            && (model.IsScript || (options.Device == "auto" && model.Onnx is null && TorchLibrary.FindsDevice))))
            return TorchEngine.Of(model, model.Card, options);
        if (options.Precision != Precision.Float32)
            throw new BadInputException($"precision {options.Precision} on the CPU: expected Float32 or Int8; ask for a device such as cuda for the others");
        return OnnxEngine.Of(model, new(options.Threads, Novelty: model.Onnx?.Novelty is not null));
    }
}
