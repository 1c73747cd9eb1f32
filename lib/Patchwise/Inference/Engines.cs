namespace Patchwise;

/// <summary>The one place where an engine is chosen.</summary>
static class Engines
{
    /// <summary>An engine for a model; the caller disposes it, and it outlives the model.</summary>
    /// <exception cref="BadInputException">No engine runs the model as asked.</exception>
    internal static IInferenceEngine Create(Model model, EngineOptions options)
    {
        if (options.Threads < 0)
            throw new BadInputException($"{options.Threads} threads: expected 1 or more, or 0 for as many as there are cores");
        if (options.Engine == EngineKind.Torch || options.Gpu is not null)
            throw new BadInputException($"engine {options.Engine}, device {options.Device}: expected engine auto or onnx on device auto or cpu, since this build has no libtorch engine");
        if (options.Precision != Precision.Float32)
            throw new BadInputException($"precision {options.Precision} on the CPU: expected Float32; ask for a device such as cuda for the others");
        return model.CreateEngine(new(options.Threads));
    }
}
