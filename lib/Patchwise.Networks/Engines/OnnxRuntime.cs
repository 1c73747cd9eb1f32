using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Patchwise;

/// <summary>How a session of ONNX Runtime runs.</summary>
/// <param name="Threads">That share one operation; 0: one a physical core.</param>
/// <param name="Optimise">Fuse and rearrange operations; off only to find faults.</param>
/// <param name="Copies">That the network makes of each patch: so many times fewer go through it at once, in the memory of a network that makes none.</param>
sealed record OnnxOptions(int Threads = 0, bool Optimise = true, int Copies = 1);

/// <summary>An input or output as a session declares it.</summary>
/// <param name="Type">Null where it is no tensor.</param>
/// <param name="Shape">-1 for sizes that may vary.</param>
sealed record OnnxPort(string Name, TensorElementType? Type, long[] Shape)
{
    internal static OnnxPort[] Of(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> known) =>
        [.. names.Select(name => known[name] is { IsTensor: true } tensor
        ? new OnnxPort(name, tensor.ElementDataType, [.. tensor.Dimensions.Select(size => (long)size)]) : new OnnxPort(name, null, []))];

    internal bool IsReal => Type is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.Double;

    public override string ToString() =>
        $"{Name} {(Type == TensorElementType.Float ? "float32" : Type is { } other ? $"of type {other}" : "which is no tensor")} "
        + $"{CheckpointTensor.Text(Shape)}";
}

/// <summary>What is asked of ONNX Runtime, with its errors as ours.</summary>
static class OnnxRuntime
{
    /// <param name="externalFolder">Where a model that keeps weights in files of their own has them; null for one that has none.</param>
    /// <exception cref="PatchwiseException">With the runtime's own text.</exception>
    internal static InferenceSession Open(byte[] model, string? externalFolder, OnnxOptions options)
    {
        try
        {
            // Its warnings are for those who made the model.
            OrtEnv.Instance().EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
            using var settings = new SessionOptions
            {
                GraphOptimizationLevel = options.Optimise ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
                IntraOpNumThreads = options.Threads,
                InterOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            // Threads with nothing to do sleep: while they spin, they hold up those that read the next patches.
            settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            // Measured with mobilenet_v2: without it 367 patches a second, with it 315.
            settings.AddSessionConfigEntry("mlas.nchwc_depthwise_sliding", "0");
            if (externalFolder is not null)
                settings.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", externalFolder);
            return new(model, settings);
        }
        catch (OnnxRuntimeException error)
        {
            throw Told(error);
        }
        catch (Exception error) when (error is TypeInitializationException { InnerException: DllNotFoundException } or DllNotFoundException)
        {
            throw new PatchwiseException(
                $"the library of ONNX Runtime was not found beside {Path.GetDirectoryName(typeof(OnnxRuntime).Assembly.Location)}: publish for this system, "
                    + "or run lib/setup", error);
        }
    }

    /// <summary>Runs a session on one input; the results, in the order of the names, are the caller's to dispose.</summary>
    /// <param name="stop">Ends the run at its next operation.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the run.</exception>
    internal static IDisposableReadOnlyCollection<OrtValue> Run(InferenceSession session, string inputName, OrtValue input, string[] outputNames,
        CancellationToken stop)
    {
        using var settings = new RunOptions();
        using var end = stop.Register(() => settings.Terminate = true);
        try
        {
            return session.Run(settings, [inputName], [input], outputNames);
        }
        catch (OnnxRuntimeException error) when (stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(error.Message, error, stop);
        }
        catch (OnnxRuntimeException error)
        {
            throw Told(error);
        }
    }

    /// <summary>The values of a result, whatever their type of real number.</summary>
    /// <exception cref="PatchwiseException">They are not as many as <paramref name="to"/> takes.</exception>
    internal static void Copy(OrtValue from, string name, Span<float> to)
    {
        var found = from.GetTensorTypeAndShape();
        if (found.ElementCount != to.Length)
            throw new PatchwiseException($"ONNX Runtime: {name} has the shape {CheckpointTensor.Text(found.Shape)}: expected {to.Length} values in all");
        if (found.ElementDataType == TensorElementType.Float)
            from.GetTensorDataAsSpan<float>().CopyTo(to);
        else if (found.ElementDataType == TensorElementType.Float16)
            for (var (i, values) = (0, MemoryMarshal.Cast<Float16, Half>(from.GetTensorDataAsSpan<Float16>()).ToArray()); i < to.Length; i++)
                to[i] = (float)values[i];
        else
            for (var (i, values) = (0, from.GetTensorDataAsSpan<double>().ToArray()); i < to.Length; i++)
                to[i] = (float)values[i];
    }

    /// <summary>A tensor over memory that its owner keeps in place: nothing is copied.</summary>
    internal static unsafe OrtValue Over<T>(T* data, TensorElementType type, params long[] shape) where T : unmanaged =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)data,
        sizeof(T) * shape.Aggregate(1L, (product, size) => product * size));

    static PatchwiseException Told(OnnxRuntimeException error) => new($"ONNX Runtime: {error.Message}", error);
}
