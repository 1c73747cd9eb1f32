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
        if (options.Engine == EngineKind.Onnx && options.Gpu is not null)
            throw new BadInputException($"engine onnx on device {options.Device}: it runs on the CPU; ask for engine torch or auto");
        var (file, card) = (model.File, model.Card);
        var torch = options.Engine == EngineKind.Torch || options.Gpu is not null
            || (options.Engine == EngineKind.Auto && (file.IsScript || (options.Device == "auto" && file.Onnx is null && TorchLibrary.FindsDevice)));
        if (torch)
            return TorchEngine.Of(file, card, options);
        if (options.Precision != Precision.Float32)
            throw new BadInputException($"precision {options.Precision} on the CPU: expected Float32; ask for a device such as cuda for the others");
        return OnnxEngine.Of(model, new(options.Threads));
    }
}
