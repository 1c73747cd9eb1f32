using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Patchwise;

/// <summary>A network in ONNX Runtime, on the CPU.</summary>
sealed class OnnxEngine : IInferenceEngine
{
    readonly InUse<InferenceSession> _session;
    readonly string _name, _input, _logits;
    readonly string? _features;
    readonly PatchScaling _scaling;

    /// <summary>Scaled patches are written here, in a buffer a run under way.</summary>
    readonly ConcurrentBag<float[]> _scaled = [];

    /// <summary>Patches a run where the model states it; null where it takes any number.</summary>
    readonly int? _batch;

    readonly int _copies;

    public int Classes { get; }
    public int Features { get; }
    public PixelSize? PatchSize { get; }

    public string Place => "ONNX Runtime on the CPU, float32";

    /// <summary>One run has all threads of the session.</summary>
    public int Parallel => 1;

    /// <param name="model">An ONNX file.</param>
    /// <param name="name">Of the model in messages.</param>
    /// <param name="logits">The output with one value a class; null: the only one that has two dimensions.</param>
    /// <param name="features">The output with the vector before the last layer; null: none.</param>
    /// <exception cref="BadInputException">The runtime does not take the model, or its input or output is of another kind.</exception>
    internal OnnxEngine(byte[] model, string name, PatchScaling scaling, OnnxOptions? options = null, string? logits = null, string? features = null,
        string? externalFolder = null)
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
        try
        {
            var (inputs, outputs) = (OnnxPort.Of(session.InputNames, session.InputMetadata), OnnxPort.Of(session.OutputNames, session.OutputMetadata));
            if (inputs is not [{ Type: TensorElementType.Float, Shape: [_, 3 or -1, _, _] } input])
                throw new BadInputException(
                    $"{name} takes {string.Join(", ", (object[])inputs)}: expected one float32 input [batch, 3, height, width], channels first; export it so");
            var output = outputs.Where(port => port is { Type: TensorElementType.Float, Shape: [_, > 0] } && port.Name != features).ToArray();
            if (logits is not null)
                output = [.. output.Where(port => port.Name == logits)];
            if (output is not [var classes])
                throw new BadInputException($"{name} gives {string.Join(", ", (object[])outputs)}: expected one float32 output [batch, classes]; export it so");
            (_input, _logits) = (input.Name, classes.Name);
            _batch = input.Shape[0] > 0 ? (int)input.Shape[0] : null;
            PatchSize = input.Shape is [_, _, > 0 and var height, > 0 and var width] ? new((int)width, (int)height) : null;
            Classes = (int)classes.Shape[1];
            var vector = outputs.FirstOrDefault(port => port.Name == features && port is { Type: TensorElementType.Float, Shape: [_, > 0] });
            (_features, Features) = (vector?.Name, (int)(vector?.Shape[1] ?? 0));
        }
        catch
        {
            session.Dispose();
            throw;
        }
        _session = new(session);
    }

    /// <summary>An engine for a model; the caller disposes it.</summary>
    /// <exception cref="BadInputException">A weight is not a finite number, or the runtime refuses the file.</exception>
    internal static OnnxEngine Of(Model model, OnnxOptions? options = null) =>
        Of(model.File, new(model.Card), (options ?? new()) with { Copies = model.Card.Orientations });

    internal static OnnxEngine Of(ModelFile file, PatchScaling scaling, OnnxOptions options) => file.Onnx is { } onnx
        ? new(onnx.Model, file.Path, scaling, options, onnx.Logits, onnx.Features, onnx.Folder)
        : new(file.ToOnnx(file.Card).ToByteArray(), file.Path, scaling, options, OnnxWriter.Logits, OnnxWriter.Features);

    public void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default)
    {
        var patch = checked(3 * size.Width * size.Height);
        if (count < 0 || rgb.Length != (long)count * patch)
            throw new ArgumentException($"{rgb.Length} samples do not match {count} patches of {size} px");
        if (!_scaled.TryTake(out var planes) || planes.Length < rgb.Length)
            planes = GC.AllocateUninitializedArray<float>(rgb.Length);
        for (var i = 0; i < rgb.Length; i += patch)
            _scaling.Fill(rgb.Slice(i, patch), planes.AsSpan(i, patch));
        Run(planes.AsSpan(0, rgb.Length), count, size, logits, features, stop);
        _scaled.Add(planes);
    }

    /// <param name="patches">count x 3 x height x width: for each patch its R, G and B plane, scaled.</param>
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
            var output = logits.Slice(start * Classes, here * Classes);
            var vector = features.Length > 0 ? features.Slice(start * Features, here * Features) : [];
            if (here == batch || _batch is null)
            {
                RunBatch(input, here, size, output, vector, stop);
                continue;
            }
            // The last patches do not fill the number that the model insists on.
            var (whole, wholeOutput, wholeVector) = (new float[batch * patch], new float[batch * Classes], new float[features.Length > 0
                ? batch * Features : 0]);
            input.CopyTo(whole);
            RunBatch(whole, batch, size, wholeOutput, wholeVector, stop);
            wholeOutput.AsSpan(0, output.Length).CopyTo(output);
            wholeVector.AsSpan(0, vector.Length).CopyTo(vector);
        }
    }

    unsafe void RunBatch(ReadOnlySpan<float> patches, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop)
    {
        fixed (float* from = patches, to = logits, alsoTo = features)
        {
            using var session = _session.Take();
            using var input = OnnxRuntime.Over(from, count, 3, size.Height, size.Width);
            using var output = OnnxRuntime.Over(to, count, Classes);
            using var vector = features.Length > 0 ? OnnxRuntime.Over(alsoTo, count, Features) : null;
            OnnxRuntime.Run(session.Value, _input, input, vector is null ? [_logits] : [_logits, _features!],
                vector is null ? [output] : [output, vector], stop);
        }
    }

    public void Dispose() => _session.Dispose();
}
