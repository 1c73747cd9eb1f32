using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Patchwise.Onnx;
using static System.FormattableString;

namespace Patchwise;

/// <summary>How a network is brought to 8 bits.</summary>
public sealed record QuantizeOptions
{
    /// <summary>Share of the patches that must be given the same class as in float32; else nothing is written.</summary>
    public double LeastAgreement { get; init; } = 0.99;

    /// <summary>Of the patches, evenly, so many decide which range of values the bytes of each tensor stand for.</summary>
    public int Calibrate { get; init; } = 32;

    /// <summary>Told how far the work is; one call at a time.</summary>
    public Action<PredictionProgress>? Progress { get; init; }
}

/// <summary>
/// A network whose convolutions are computed in 8 bits, which takes a third of the time on processors with instructions for it: static quantization (Jacob et
/// al. 2018) with a step for each channel of the weights, and for each tensor the range that errs least in the square on real patches. Layers that lose most
/// stay in float32.
/// </summary>
/// <param name="Path">The .onnx file, with its card: a model like any other.</param>
/// <param name="Patches">That were compared.</param>
/// <param name="Agreement">Share of them that both forms give the same class.</param>
/// <param name="LargestShift">Of a probability, 0..1.</param>
/// <param name="Layers">Convolutions and products of the network.</param>
/// <param name="Kept">Those of them that stayed in float32, by the names of what they give.</param>
public sealed record QuantizedModel(string Path, int Patches, double Agreement, double LargestShift, int Layers, IReadOnlyList<string> Kept) : ITabular
{
    const int Bins = 2048, Judged = 8;

    /// <summary>Shares of the layers that stay in float32, tried in turn.</summary>
    static readonly double[] Tried = [0, 0.1, 0.25, 0.5];

    /// <summary>Quantizes a network on patches as it will see them, compares both forms, and writes the new one with its card.</summary>
    /// <param name="patches">8-bit RGB, of the side that the model's card states; a hundred of real tissue, or more.</param>
    /// <param name="path">Ends in .onnx.</param>
    /// <exception cref="BadInputException">
    /// The model is a TorchScript program or has nothing to quantize; patches of another size or too few; or both forms agree on too few patches.
    /// </exception>
    public static QuantizedModel Save(Model model, IReadOnlyList<Raster> patches, string path, QuantizeOptions options, CancellationToken cancel)
    {
        if (!OnnxFile.IsName(path))
            throw new BadInputException($"{path} is no name for an ONNX model: expected one that ends in .onnx");
        if (!(options.LeastAgreement is > 0 and <= 1))
            throw new BadInputException(Invariant($"LeastAgreement: {options.LeastAgreement}: expected a share above 0 and at most 1, such as 0.99"));
        if (options.Calibrate < 1 || patches.Count < 8)
            throw new BadInputException(Invariant($"{patches.Count} patches, {options.Calibrate} to calibrate on: expected 8 or more of real tissue, a hundred at best"));
        var side = model.Card.Patch;
        if (patches.FirstOrDefault(patch => patch is not { Channels: 3, Bits: 8 } || patch.Width != side || patch.Height != side) is { } other)
            throw new BadInputException($"a patch of {other.Size} px with {other.Channels} channels: expected 8-bit RGB of {side} x {side} px, as {model.Path} takes");
        if (model.IsScript)
            throw new BadInputException($"{model.Path} is a TorchScript program: export it as .onnx where it was made");
        var (bytes, folder) = model.Onnx is { } onnx ? (onnx.Model, onnx.Folder) : (model.ToOnnx().ToByteArray(), null);
        var graph = new QuantizedGraph(QuantizedGraph.Folded(bytes, model.Path, folder));
        if (graph.Layers.Count == 0)
            throw new BadInputException($"{model.Path} has no convolution between its first and its last layer that could be quantized");
        var work = new Work(model, graph, patches, options, cancel);
        work.Calibrate();
        foreach (var share in Tried)
        {
            HashSet<string> without = [.. share == 0 ? [] : work.WorstFirst().Take((int)Math.Ceiling(share * graph.Layers.Count))];
            var written = graph.Write(work.Scales, work.Means, without);
            var (agreement, shift) = work.Compared(written);
            if (agreement < options.LeastAgreement && share < Tried[^1])
                continue;
            if (agreement < options.LeastAgreement)
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{model.Path} gives {100 * agreement:0.0} % of {patches.Count} patches the same "
                    + $"class in 8 bits as in float32, with {without.Count} of {graph.Layers.Count} layers left as they are: expected {100 * options.LeastAgreement:0.0} % "
                    + $"(LeastAgreement); use it in float32"));
            written.MetadataProps.Clear();
            written.MetadataProps.Add(new StringStringEntryProto
            {
                Key = ModelCard.OnnxKey,
                Value = (model.Card with { Output = model.Outputs.Kind }).ToJson(),
            });
            WholeFile.Write(path, written.WriteTo);
            return new(path, patches.Count, agreement, shift, graph.Layers.Count, [.. without]);
        }
        throw new System.Diagnostics.UnreachableException();
    }

    sealed class Work(Model model, QuantizedGraph graph, IReadOnlyList<Raster> patches, QuantizeOptions options, CancellationToken cancel)
    {
        readonly PatchScaling _scaling = new(model.Card);
        readonly int _side = model.Card.Patch;
        float[]? _logits;
        List<string>? _worst;

        internal Dictionary<string, ByteScale> Scales { get; } = [];
        internal Dictionary<string, float[]> Means { get; } = [];

        /// <summary>The ranges of all tensors that might be brought to bytes, over some of the patches.</summary>
        internal void Calibrate()
        {
            var tensors = graph.Tensors(new HashSet<string>());
            var inputs = graph.Layers.Select(layer => layer.Input[0]).ToHashSet();
            using var session = OnnxEngine.Open(graph.Observed(tensors).ToByteArray(), model.Path, null, new());
            var step = Math.Max(1, patches.Count / options.Calibrate);
            Raster[] chosen = [.. patches.Where((_, i) => i % step == 0).Take(options.Calibrate)];
            var ranges = tensors.ToDictionary(name => name, _ => (Low: 0f, High: 0f));
            var sums = new Dictionary<string, double[]>();
            Each((name, values, shape) =>
            {
                var (low, high) = ranges[name];
                ranges[name] = (Math.Min(low, System.Numerics.Tensors.TensorPrimitives.Min(values)), Math.Max(high, System.Numerics.Tensors.TensorPrimitives.Max(values)));
                if (!inputs.Contains(name))
                    return;
                var channels = (int)shape[1];
                var (sum, each) = (sums.TryGetValue(name, out var known) ? known : sums[name] = new double[channels], values.Length / channels);
                for (var c = 0; c < channels; c++)
                    sum[c] += System.Numerics.Tensors.TensorPrimitives.Sum(values.Slice(c * each, each)) / each / chosen.Length;
            });
            var counts = tensors.ToDictionary(name => name, _ => new long[Bins]);
            Each((name, values, _) =>
            {
                var ((low, high), own) = (ranges[name], counts[name]);
                var scale = Bins / Math.Max(high - low, 1e-12f);
                foreach (var value in values)
                    own[Math.Clamp((int)((value - low) * scale), 0, Bins - 1)]++;
            });
            foreach (var name in tensors)
                Scales[name] = Least(counts[name], ranges[name].Low, ranges[name].High);
            foreach (var (name, sum) in sums)
                Means[name] = Array.ConvertAll(sum, value => (float)value);

            void Each(Seen seen)
            {
                foreach (var patch in chosen)
                {
                    cancel.ThrowIfCancellationRequested();
                    var values = new float[3 * _side * _side];
                    _scaling.Fill(patch.AsBytes(), values);
                    using var input = OrtValue.CreateTensorValueFromMemory(values, [1, 3, _side, _side]);
                    using var settings = new RunOptions();
                    using var results = session.Run(settings, [session.InputNames[0]], [input], tensors);
                    foreach (var (name, result) in tensors.Zip(results))
                        seen(name, result.GetTensorDataAsSpan<float>(), result.GetTensorTypeAndShape().Shape);
                }
            }
        }

        delegate void Seen(string name, ReadOnlySpan<float> values, long[] shape);

        /// <summary>The range, narrower than that of all values by some share, whose bytes err least in the square.</summary>
        static ByteScale Least(long[] counts, float low, float high)
        {
            var width = (high - low) / Bins;
            double Error(double share)
            {
                var (from, to) = (low * share, high * share);
                var inside = Math.Pow((to - from) / 255, 2) / 12;
                var sum = 0.0;
                for (var i = 0; i < Bins; i++)
                {
                    var value = low + (i + 0.5) * width;
                    sum += counts[i] * (value < from ? Math.Pow(from - value, 2) + inside : value > to ? Math.Pow(value - to, 2) + inside : inside);
                }
                return sum;
            }
            var best = Enumerable.Range(2, 39).Select(i => i / 40.0).MinBy(Error);
            return ByteScale.Of((float)(low * best), (float)(high * best));
        }

        /// <summary>Layers, by what they give, whose quantization alone changes the outputs most.</summary>
        internal IReadOnlyList<string> WorstFirst()
        {
            if (_worst is not null)
                return _worst;
            string[] all = [.. graph.Layers.Select(layer => layer.Output[0])];
            Raster[] some = [.. patches.Take(Judged)];
            var expected = Logits(null, some);
            return _worst = [.. all.Select(name => (Name: name, Error: Logits(graph.Write(Scales, Means, all.Except([name]).ToHashSet()), some).Zip(expected,
                (a, b) => (double)(a - b) * (a - b)).Sum())).OrderByDescending(one => one.Error).Select(one => one.Name)];
        }

        internal (double Agreement, double Shift) Compared(ModelProto written)
        {
            _logits ??= Logits(null, patches);
            var (before, after) = (model.Outputs.Probabilities([.. _logits]), model.Outputs.Probabilities(Logits(written, patches)));
            var classes = before.Length / patches.Count;
            static int Most(float[] row) => row.Index().MaxBy(one => one.Item).Index;
            return (before.Chunk(classes).Zip(after.Chunk(classes)).Average(pair => Most(pair.First) == Most(pair.Second) ? 1.0 : 0),
                before.Zip(after, (a, b) => Math.Abs(a - b)).Max());
        }

        float[] Logits(ModelProto? written, IReadOnlyList<Raster> some)
        {
            using var engine = written is null ? OnnxEngine.Of(model)
                : new OnnxEngine(written.ToByteArray(), model.Path, _scaling, new(Copies: model.Card.Orientations), card: model.Card);
            var logits = new float[some.Count * engine.Classes];
            var patch = 3 * _side * _side;
            foreach (var (number, batch) in some.Chunk(16).Index())
            {
                cancel.ThrowIfCancellationRequested();
                var rgb = new byte[batch.Length * patch];
                foreach (var (i, one) in batch.Index())
                    one.AsBytes().CopyTo(rgb.AsSpan(i * patch));
                engine.Run(rgb, batch.Length, new(_side, _side), logits.AsSpan(number * 16 * engine.Classes, batch.Length * engine.Classes), [], cancel);
            }
            return logits;
        }
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => new(["", ""],
    [
        ["written", Path],
        ["same class as in float32", Invariant($"{100 * Agreement:0.0} % of {Patches} patches")],
        ["largest change of a probability", Invariant($"{LargestShift:0.000}")],
        ["layers in 8 bits", Invariant($"{Layers - Kept.Count} of {Layers}, besides the first and the last") + (Kept.Count > 0 ? $"; not {string.Join(", ", Kept)}" : "")],
    ], "Quantized to 8 bits");
}
