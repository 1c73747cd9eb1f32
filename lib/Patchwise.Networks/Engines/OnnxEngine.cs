using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Patchwise;

/// <summary>A network in ONNX Runtime, on the CPU.</summary>
sealed class OnnxEngine : IInferenceEngine
{
    readonly InUse<InferenceSession> _session;
    readonly string _name;
    readonly OnnxPort _input, _output;
    readonly string? _features;
    readonly PatchScaling _scaling;
    readonly bool _channelsLast;

    /// <summary>Scaled patches are written here, in a buffer a run under way.</summary>
    readonly ConcurrentBag<float[]> _scaled = [];

    /// <summary>Patches a run where the model states it; null where it takes any number.</summary>
    readonly int? _batch;

    readonly int _copies;

    public int Classes { get; }
    public int Features { get; }
    public PixelSize? PatchSize { get; }

    public string Place => $"ONNX Runtime on the CPU, {(_input.Type == TensorElementType.Float16 ? "float16" : "float32")}";

    /// <summary>One run has all threads of the session.</summary>
    public int Parallel => 1;

    /// <param name="model">An ONNX file.</param>
    /// <param name="name">Of the model in messages.</param>
    /// <param name="logits">The output with one value a class; null: the only one that may be.</param>
    /// <param name="features">The output with the vector before the last layer; null: none.</param>
    /// <param name="card">States what the model leaves open: the order of the axes, the size of a patch.</param>
    /// <exception cref="BadInputException">The runtime does not take the model, or its input or output is of another kind.</exception>
    internal OnnxEngine(byte[] model, string name, PatchScaling scaling, OnnxOptions? options = null, string? logits = null, string? features = null,
        string? externalFolder = null, ModelCard? card = null)
    {
        options ??= new();
        if (options.Threads < 0)
            throw new BadInputException($"{options.Threads} threads: expected 1 or more, or 0 for one a core");
        (_name, _scaling, _copies) = (name, scaling, options.Copies);
        InferenceSession session;
        try
        {
            session = OnnxRuntime.Open(model, externalFolder, options);
        }
        catch (PatchwiseException error) when (error is not BadInputException && error.Message.StartsWith("ONNX Runtime:", StringComparison.Ordinal))
        {
            throw new BadInputException($"{name} cannot be run: {error.Message}", error);
        }
        _session = new(session);
        try
        {
            var (inputs, outputs) = (OnnxPort.Of(session.InputNames, session.InputMetadata), OnnxPort.Of(session.OutputNames, session.OutputMetadata));
            if (inputs is not [{ Type: TensorElementType.Float or TensorElementType.Float16 or TensorElementType.UInt8, Shape.Length: 4 } input]
                || (input.Shape[1] is not (3 or -1) && input.Shape[3] is not (3 or -1)))
                throw new BadInputException($"{name} takes {string.Join(", ", (object[])inputs)}: expected one input [batch, 3, height, width] or [batch, "
                    + "height, width, 3] of float32, float16 or bytes; export it so");
            _channelsLast = input.Shape[1] != 3 && (input.Shape[3] == 3 || card?.Layout == ModelLayout.Nhwc);
            if (card?.Layout is { } layout && layout == ModelLayout.Nhwc != _channelsLast)
                throw new BadInputException($"{name} takes {input}, which is not \"layout\": \"{layout.ToString().ToLowerInvariant()}\" as its card says");
            var takesBytes = input.Type == TensorElementType.UInt8;
            if (card is not null && (takesBytes ? card.Samples == ModelSamples.Scaled || !card.IsPlainScaling : card.Samples == ModelSamples.Bytes))
                throw new BadInputException(takesBytes
                    ? $"{name} takes {input}, samples as they are: \"mean\", \"deviation\" and \"samples\": \"scaled\" of its card do not apply; leave them out"
                    : $"{name} takes {input}, not \"samples\": \"bytes\" as its card says: for a network that scales bytes itself state \"mean\": [0, 0, 0] "
                        + "and \"deviation\": [0.00392156862745098, 0.00392156862745098, 0.00392156862745098]");
            OnnxPort[] may = [.. outputs.Where(port => port.IsReal && port.Name != features && port.Shape.Skip(2).All(size => size == 1))];
            if ((logits ?? card?.OutputName) is { } chosen)
                may = [.. may.Where(port => port.Name == chosen)];
            else if (may.Length > 1)
                may = [.. may.Where(port => port.Name == OnnxFile.LogitsName)];
            if (may is not [var output])
                throw new BadInputException($"{name} gives {string.Join(", ", (object[])outputs)}: expected one output of real numbers [batch, classes]; state "
                    + $"its name as \"outputName\" in {CardFile.PathBeside(name)}, or export it so");
            (_input, _output, _batch) = (input, output, input.Shape[0] > 0 ? (int)input.Shape[0] : null);
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
    /// <exception cref="BadInputException">A weight is not a finite number, or the runtime refuses the file.</exception>
    internal static OnnxEngine Of(Model model, OnnxOptions? options = null) =>
        Of(model.File, new PatchScaling(model.Card), (options ?? new()) with { Copies = model.Card.Orientations });

    internal static OnnxEngine Of(ModelFile file, PatchScaling scaling, OnnxOptions options) => file.Onnx is { } onnx
        ? new(onnx.Model, file.Path, scaling, options, null, onnx.Features, onnx.Folder, file.Card)
        : new(file.ToOnnx(file.Card).ToByteArray(), file.Path, scaling, options, OnnxWriter.Logits, OnnxWriter.Features);

    /// <summary>The number of values that the model gives for a patch, where it does not state it.</summary>
    int Tried(int side)
    {
        var size = PatchSize ?? new(side, side);
        var count = _batch ?? 1;
        using var results = Results(new float[count * 3 * size.Width * size.Height], count, size, false, default);
        return checked((int)(results[0].GetTensorTypeAndShape().ElementCount / count));
    }

    public void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        var patch = checked(3 * size.Width * size.Height);
        if (count < 0 || rgb.Length != (long)count * patch)
            throw new ArgumentException($"{rgb.Length} samples do not match {count} patches of {size} px");
        if (!_scaled.TryTake(out var values) || values.Length < rgb.Length)
            values = GC.AllocateUninitializedArray<float>(rgb.Length);
        var scaling = _input.Type == TensorElementType.UInt8 ? PatchScaling.Bytes : _scaling;
        for (var i = 0; i < rgb.Length; i += patch)
            scaling.Fill(rgb.Slice(i, patch), values.AsSpan(i, patch), _channelsLast);
        Run(values.AsSpan(0, rgb.Length), count, size, logits, features, stop);
        _scaled.Add(values);
    }

    /// <param name="patches">count x 3 x height x width: for each patch its R, G and B plane, scaled; or count x height x width x 3.</param>
    internal void Run(ReadOnlySpan<float> patches, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        if (PatchSize is { } expected && expected != size)
            throw new BadInputException($"patches of {size} px for {_name}: it takes patches of {expected} px only");
        var patch = checked(3 * size.Width * size.Height);
        if (count < 0 || patches.Length != (long)count * patch || logits.Length != (long)count * Classes
            || (features.Length > 0 && features.Length != (long)count * Features))
            throw new ArgumentException(
                $"{patches.Length} values, {logits.Length} logits and {features.Length} features do not match {count} patches of {size} px");
        var batch = _batch ?? Math.Max(1, count / _copies);
        for (var start = 0; start < count; start += batch)
        {
            var here = Math.Min(batch, count - start);
            var input = patches.Slice(start * patch, here * patch);
            if (here < _batch)
            {
                // The last patches do not fill the number that the model insists on.
                var whole = new float[batch * patch];
                input.CopyTo(whole);
                input = whole;
            }
            using var results = Results(input, _batch ?? here, size, features.Length > 0, stop);
            Take(results[0], _output.Name, logits.Slice(start * Classes, here * Classes), Classes);
            if (features.Length > 0)
                Take(results[1], _features!, features.Slice(start * Features, here * Features), Features);
        }

        // Of a batch that was filled up only the first rows.
        void Take(OrtValue from, string name, Span<float> to, int each)
        {
            if (_batch is null || to.Length == _batch * each)
                OnnxRuntime.Copy(from, name, to);
            else
            {
                var all = new float[_batch.Value * each];
                OnnxRuntime.Copy(from, name, all);
                all.AsSpan(0, to.Length).CopyTo(to);
            }
        }
    }

    unsafe IDisposableReadOnlyCollection<OrtValue> Results(ReadOnlySpan<float> patches, int count, PixelSize size, bool features, CancellationToken stop)
    {
        long[] shape = _channelsLast ? [count, size.Height, size.Width, 3] : [count, 3, size.Height, size.Width];
        string[] names = features ? [_output.Name, _features!] : [_output.Name];
        using var session = _session.Take();
        IDisposableReadOnlyCollection<OrtValue> Over<T>(ReadOnlySpan<T> values) where T : unmanaged
        {
            fixed (T* from = values)
            {
                using var input = OnnxRuntime.Over(from, _input.Type!.Value, shape);
                return OnnxRuntime.Run(session.Value, _input.Name, input, names, stop);
            }
        }
        return _input.Type switch
        {
            TensorElementType.Float => Over(patches),
            TensorElementType.UInt8 => Over<byte>(Array.ConvertAll(patches.ToArray(), value => (byte)MathF.Round(value))),
            _ => Over<Half>(Array.ConvertAll(patches.ToArray(), value => (Half)value)),
        };
    }

    public void Dispose() => _session.Dispose();
}
