using System.Buffers;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Patchwise;

/// <summary>How ONNX Runtime runs a network.</summary>
/// <param name="Threads">That share one operation; 0: one a physical core.</param>
/// <param name="Optimise">Fuse and rearrange operations; off only to find faults.</param>
/// <param name="FoldedTo">A file to write the network to with what is constant computed, in ONNX's own operations; null: none.</param>
/// <param name="Copies">That the network makes of each patch: so many times fewer go through it at once, in the memory of a network that makes none.</param>
/// <param name="Novelty">Give this in the place of the vector of features, where the model has it.</param>
sealed record OnnxOptions(int Threads = 0, bool Optimise = true, int Copies = 1, string? FoldedTo = null, bool Novelty = false);

/// <summary>An input or output of a network.</summary>
/// <param name="Type">Null where it is no tensor.</param>
/// <param name="Shape">-1 for sizes that may vary.</param>
sealed record OnnxPort(string Name, TensorElementType? Type, long[] Shape)
{
    internal static OnnxPort[] Of(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> known) =>
        [.. names.Select(name => known[name] is { IsTensor: true } tensor
        ? new OnnxPort(name, tensor.ElementDataType, [.. tensor.Dimensions.Select(size => (long)size)]) : new OnnxPort(name, null, []))];

    public override string ToString() =>
        $"{Name} {(Type == TensorElementType.Float ? "float32" : Type is { } other ? $"of type {other}" : "which is no tensor")} "
        + $"{CheckpointTensor.Text(Shape)}";
}

/// <summary>A network in ONNX Runtime, on the CPU.</summary>
sealed class OnnxEngine : InferenceEngine
{
    readonly InferenceSession _session;
    readonly OnnxPort _input, _output;
    readonly string? _features;
    readonly PatchScaling _scaling;
    readonly bool _channelsLast;

    /// <summary>What to try where a run fails, in words.</summary>
    readonly string _mayBe = "";

    /// <summary>Patches a run where the model states it; null where it takes any number.</summary>
    readonly int? _batch;

    /// <summary>
    /// Patches of a batch that go through the network together where there are one or two threads; half as many for each more. Measured with resnet18, 240
    /// patches on two threads: all 32 of a batch took 9.0 s of the processor and 1,001 MiB, 8 took 9.1 s and 593 MiB, 4 took 10.5 s and 476 MiB.
    /// </summary>
    const int Together = 8;

    readonly int _atOnce;

    internal override string Place => PlaceOf(_session.ModelMetadata.CustomMetadataMap.ContainsKey(QuantizedGraph.Key) ? "int8"
        : _input.Type == TensorElementType.Float16 ? "float16" : "float32");

    internal static string PlaceOf(string precision) => $"ONNX Runtime {OrtEnv.Instance().GetVersionString()} on the CPU, {precision}";

    /// <summary>The name of the output with a value a class.</summary>
    internal string Output => _output.Name;

    /// <param name="model">An ONNX file.</param>
    /// <param name="name">Of the model in messages.</param>
    /// <param name="logits">The output with one value a class; null: the only one that may be.</param>
    /// <param name="features">The output with the vector before the last layer; null: none.</param>
    /// <param name="folder">Where a model that keeps weights in files of their own has them; null for one that has none.</param>
    /// <param name="card">States what the model leaves open: the order of the axes, the size of a patch.</param>
    internal OnnxEngine(byte[] model, string name, PatchScaling scaling, OnnxOptions? options = null, string? logits = null, string? features = null,
        string? folder = null, ModelCard? card = null) : base(name)
    {
        options ??= new();
        EngineOptions.CheckThreads(options.Threads);
        (_scaling, _session) = (scaling, Open(model, name, folder, options));
        try
        {
            var (inputs, outputs) = (OnnxPort.Of(_session.InputNames, _session.InputMetadata), OnnxPort.Of(_session.OutputNames, _session.OutputMetadata));
            if (inputs is not [{ Type: TensorElementType.Float or TensorElementType.Float16 or TensorElementType.UInt8, Shape.Length: 4 } input]
                || (input.Shape[1] is not (3 or -1) && input.Shape[3] is not (3 or -1)))
                throw new BadInputException($"{name} takes {string.Join(", ", (object[])inputs)}: expected one input [batch, 3, height, width] or [batch, "
                    + "height, width, 3] of float32, float16 or bytes; export it so");
            _channelsLast = input.Shape[1] != 3 && (input.Shape[3] == 3 || card?.Layout == ModelLayout.Nhwc);
            if (input.Shape[1] is not 3 && input.Shape[3] is not 3 && card?.Layout is null)
                _mayBe = $" (it does not say where the channels stand; if last, state \"layout\": \"nhwc\" in {CardFile.PathBeside(name)})";
            if (card?.Layout is { } layout && layout == ModelLayout.Nhwc != _channelsLast)
                throw new BadInputException($"{name} takes {input}, which is not \"layout\": \"{layout.ToString().ToLowerInvariant()}\" as its card says");
            var takesBytes = input.Type == TensorElementType.UInt8;
            if (card is not null && (takesBytes ? card.Samples == ModelSamples.Scaled || !card.IsPlainScaling : card.Samples == ModelSamples.Bytes))
                throw new BadInputException(takesBytes
                    ? $"{name} takes {input}, samples as they are: \"mean\", \"deviation\" and \"samples\": \"scaled\" of its card do not apply; leave them out"
                    : $"{name} takes {input}, not \"samples\": \"bytes\" as its card says: for a network that scales bytes itself state \"mean\": [0, 0, 0] "
                        + "and \"deviation\": [0.00392156862745098, 0.00392156862745098, 0.00392156862745098]");
            OnnxPort[] may = [.. outputs.Where(port => port.Type is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.Double
                && port.Name != features && port.Shape.Skip(2).All(size => size == 1))];
            if ((logits ?? card?.OutputName) is { } chosen)
                may = [.. may.Where(port => port.Name == chosen)];
            else if (may.Length > 1)
                may = [.. may.Where(port => port.Name == OnnxFile.LogitsName)];
            if (may is not [var output])
                throw new BadInputException($"{name} gives {string.Join(", ", (object[])outputs)}: expected one output of real numbers [batch, classes]; state "
                    + $"its name as \"outputName\" in {CardFile.PathBeside(name)}, or export it so");
            if (takesBytes)
                _scaling = scaling.Unscaled;
            (_input, _output, _batch) = (input, output, input.Shape[0] > 0 ? (int)input.Shape[0] : null);
            var threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
            _atOnce = _batch ?? Math.Max(1, Math.Max(Together, Together / 2 * threads) / options.Copies);
            PatchSize = (_channelsLast ? input.Shape[1..3] : input.Shape[2..4]) is [> 0 and var height, > 0 and var width]
                ? new((int)width, (int)height) : null;
            Classes = output.Shape is [_, > 0 and var classes, ..] ? (int)classes : output.Shape.Length == 1 ? 1 : Tried(card?.Patch ?? 224);
            var vector = outputs.FirstOrDefault(port => port.Name == features && port is { Type: TensorElementType.Float, Shape: [_, > 0] });
            if (vector is not null && input.Type == TensorElementType.Float && !_channelsLast)
                (_features, Features) = (vector.Name, (int)vector.Shape[1]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>An engine for a model; the caller disposes it.</summary>
    internal static OnnxEngine Of(Model model, OnnxOptions? options = null) =>
        Of(model, model.Card, (options ?? new()) with { Copies = model.Card.Orientations });

    /// <param name="card">Takes the place of the model's own.</param>
    internal static OnnxEngine Of(Model model, ModelCard card, OnnxOptions options) => model.Onnx is { } onnx
        ? new(onnx.Model, model.Path, new(card), options, null, options.Novelty ? onnx.Novelty : onnx.Features, onnx.Folder, model.Card)
        : new(model.ToOnnx().ToByteArray(), model.Path, new(card), options, OnnxWriter.Logits, OnnxWriter.Features);

    /// <summary>Whether the processor adds products of bytes in 32 bits: AVX512_VNNI or AVX_VNNI, by the numbers of Intel's manual.</summary>
    static bool HasVnni => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7
        && ((Avx512F.IsSupported && (X86Base.CpuId(7, 0).Ecx & 1 << 11) != 0) || AvxVnni.IsSupported);

    internal static InferenceSession Open(byte[] model, string name, string? folder, OnnxOptions options)
    {
        try
        {
            // Its warnings are for those who made the model.
            OrtEnv.Instance().EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
            using var settings = new SessionOptions
            {
                GraphOptimizationLevel = options.FoldedTo is not null ? GraphOptimizationLevel.ORT_ENABLE_BASIC
                    : options.Optimise ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
                IntraOpNumThreads = options.Threads,
                InterOpNumThreads = 1,
                // Else the plan of all of a run's memory is allocated beside what its first run took: 593 MiB instead of 522, and no faster.
                EnableMemoryPattern = false,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            // Threads with nothing to do sleep: while they spin, they hold up those that read the next patches.
            settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            // Measured with mobilenet_v2: without it 367 patches a second, with it 315.
            settings.AddSessionConfigEntry("mlas.nchwc_depthwise_sliding", "0");
            // Processors without VNNI cut sums of byte products off at 16 bits; this has them computed exactly there. Elsewhere they are exact without it, and
            // it costs: measured with mobilenet_v2 196 patches a second for 505.
            if (!HasVnni)
                settings.AddSessionConfigEntry("session.x64quantprecision", "1");
            // Otherwise the runtime brings layers that were kept in float32 to 8 bits itself, with one step for all their channels: measured with one such
            // layer of mobilenet_v2, the error of the outputs doubles. And it moves what brings values to bytes before poolings, which take longer of bytes:
            // measured with resnet18, 139 patches a second for 215.
            if (model.AsSpan().IndexOf(Encoding.UTF8.GetBytes(QuantizedGraph.Key)) >= 0)
                settings.AddSessionConfigEntry("optimization.disable_specified_optimizers", "WeightBiasQuantization;QDQPropagationTransformer");
            if (options.FoldedTo is { } folded)
                settings.OptimizedModelFilePath = folded;
            if (folder is not null)
                settings.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
            return new(model, settings);
        }
        catch (OnnxRuntimeException error)
        {
            throw new BadInputException($"{name} cannot be run: ONNX Runtime: {error.Message}", error);
        }
        catch (Exception error) when (error is TypeInitializationException { InnerException: DllNotFoundException } or DllNotFoundException)
        {
            throw new PatchwiseException($"the library of ONNX Runtime was not found beside {Path.GetDirectoryName(typeof(OnnxEngine).Assembly.Location)}: "
                + "publish for this system, or run lib/setup", error);
        }
    }

    /// <summary>The number of values that the model gives for a patch, where it does not state it.</summary>
    int Tried(int side)
    {
        var (size, count) = (PatchSize ?? new(side, side), _batch ?? 1);
        using var results = Results(new float[count * 3 * size.Width * size.Height], count, size, [_output.Name], default);
        return checked((int)(results[0].GetTensorTypeAndShape().ElementCount / count));
    }

    internal override void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        var patch = Checked(rgb.Length, count, size, logits.Length, features.Length);
        var most = Math.Min(_atOnce, Math.Max(count, 1));
        var values = ArrayPool<float>.Shared.Rent(most * patch);
        for (var start = 0; start < count; start += most)
        {
            var here = Math.Min(most, count - start);
            for (var i = 0; i < here; i++)
                _scaling.Fill(rgb.Slice((start + i) * patch, patch), values.AsSpan(i * patch, patch), _channelsLast);
            Run(values.AsMemory(0, here * patch), here, size, logits.Slice(start * Classes, here * Classes),
                features.IsEmpty ? [] : features.Slice(start * Features, here * Features), stop);
        }
        ArrayPool<float>.Shared.Return(values);
    }

    /// <param name="patches">
    /// count x 3 x height x width: for each patch its R, G and B plane (or B, G and R, as the card says), scaled; or count x height x width x 3.
    /// </param>
    internal void Run(Memory<float> patches, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        var patch = Checked(patches.Length, count, size, logits.Length, features.Length);
        for (var start = 0; start < count; start += _atOnce)
        {
            var here = Math.Min(_atOnce, count - start);
            var input = patches.Slice(start * patch, here * patch);
            if (here < _batch)
            {
                // The last patches do not fill the number that the model insists on.
                input = new float[_atOnce * patch];
                patches[(start * patch)..].CopyTo(input);
            }
            var run = input.Length / patch;
            using var results = Results(input, run, size, features.Length > 0 ? [_output.Name, _features!] : [_output.Name], stop);
            Values(results[0], _output.Name, run * Classes).AsSpan(0, here * Classes).CopyTo(logits[(start * Classes)..]);
            if (features.Length > 0)
                Values(results[1], _features!, run * Features).AsSpan(0, here * Features).CopyTo(features[(start * Features)..]);
        }
    }

    /// <summary>The values of a result, whatever their type of real number.</summary>
    static float[] Values(OrtValue from, string name, int count)
    {
        var found = from.GetTensorTypeAndShape();
        return found.ElementCount != count
            ? throw new PatchwiseException($"ONNX Runtime: {name} has the shape {CheckpointTensor.Text(found.Shape)}: expected {count} values in all")
            : found.ElementDataType switch
            {
                TensorElementType.Float => from.GetTensorDataAsSpan<float>().ToArray(),
                TensorElementType.Float16 => Array.ConvertAll(from.GetTensorDataAsSpan<Float16>().ToArray(), one => (float)one),
                _ => Array.ConvertAll(from.GetTensorDataAsSpan<double>().ToArray(), one => (float)one),
            };
    }

    /// <summary>Runs one patch, as often as the model insists on, and shows these outputs.</summary>
    internal void Observe(ReadOnlySpan<byte> rgb, PixelSize size, IReadOnlyList<string> outputs, TensorSeen seen, CancellationToken stop)
    {
        var count = _batch ?? 1;
        var values = new float[count * rgb.Length];
        for (var i = 0; i < count; i++)
            _scaling.Fill(rgb, values.AsSpan(i * rgb.Length, rgb.Length), _channelsLast);
        using var results = Results(values, count, size, outputs, stop);
        foreach (var (name, result) in outputs.Zip(results))
            seen(name, result.GetTensorDataAsSpan<float>(), result.GetTensorTypeAndShape().Shape);
    }

    IDisposableReadOnlyCollection<OrtValue> Results(Memory<float> patches, int count, PixelSize size, IReadOnlyCollection<string> outputs,
        CancellationToken stop)
    {
        long[] shape = _channelsLast ? [count, size.Height, size.Width, 3] : [count, 3, size.Height, size.Width];
        Enter();
        try
        {
            using var input = _input.Type switch
            {
                TensorElementType.Float => OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, patches, shape),
                TensorElementType.UInt8 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(patches.ToArray(), one => (byte)MathF.Round(one)), shape),
                _ => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(patches.ToArray(), one => (Float16)one), shape),
            };
            using var settings = new RunOptions();
            using var end = stop.Register(() => settings.Terminate = true);
            return _session.Run(settings, [_input.Name], [input], outputs);
        }
        catch (OnnxRuntimeException error)
        {
            throw stop.IsCancellationRequested ? new OperationCanceledException(error.Message, error, stop)
                : new PatchwiseException($"{Name} fails on patches [{string.Join(", ", shape)}]{_mayBe}: ONNX Runtime: {error.Message}", error);
        }
        finally
        {
            Leave();
        }
    }

    protected override void Free() => _session.Dispose();
}
