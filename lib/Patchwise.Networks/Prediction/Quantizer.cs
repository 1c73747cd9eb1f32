using System.Security.Cryptography;
using System.Text.Json;

namespace Patchwise;

/// <summary>
/// Brings a network to 8 bits: static quantization (Jacob et al. 2018). Every second patch decides on the ranges of values, the others are what both forms are
/// compared on. Layers that lose most stay in float32, as many as it takes until both agree. The same patches give the same bytes.
/// </summary>
sealed class Quantizer
{
    /// <summary>To be raised when the same patches give another network.</summary>
    const int Version = 1;

    /// <summary>Patches that are read at most, and those of them that decide on ranges; below the least nothing is known of the network's values.</summary>
    internal const int Patches = 192, Calibrating = 64, Least = 16;

    const int Judged = 8, Batch = 16;

    /// <summary>Shares of the layers that stay in float32, tried in turn.</summary>
    static readonly double[] Tried = [0, 0.1, 0.25, 0.5];

    static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict);

    readonly byte[] _bytes;
    readonly string _path;
    readonly string? _features;
    readonly bool _novelty;
    readonly ModelCard _card;
    readonly Outputs _outputs;

    /// <summary>Of all that a quantized network depends on, but for the patches.</summary>
    internal string Source { get; }

    /// <param name="model">It may be disposed before this is.</param>
    internal Quantizer(Model model)
    {
        (_path, _card, _outputs) = (model.Path, model.Card with { Output = model.Outputs.Kind }, model.Outputs);
        (_features, _novelty) = (model.Onnx?.Novelty ?? model.Onnx?.Features, model.Onnx?.Novelty is not null);
        if (model.IsScript)
            throw new BadInputException($"{_path} is a TorchScript program, which cannot be brought to 8 bits here: export it as .onnx where it was made");
        _bytes = model.Onnx?.Model ?? model.ToOnnx().ToByteArray();
        var proto = ModelProto.Parser.ParseFrom(_bytes);
        if (proto.Graph.Initializer.Any(values => values.DataLocation != 0))
            throw new BadInputException($"{_path} keeps weights in files of their own: export it as one .onnx file to bring it to 8 bits");
        if (proto.Graph.Node.Any(node => node.OpType is "QuantizeLinear" or "DequantizeLinear" or "QLinearConv"))
            throw new BadInputException($"{_path} is in 8 bits already: use it as it is");
        Source = Convert.ToHexStringLower(SHA256.HashData([.. SHA256.HashData(_bytes), .. Encoding.UTF8.GetBytes($"{Version} {_card.ToJson()}")]));
    }

    /// <summary>An engine for the network.</summary>
    /// <param name="quantized">Its form in 8 bits; null: as it is.</param>
    internal OnnxEngine Engine(byte[]? quantized = null, int threads = 0, string? logits = null) => new(quantized ?? _bytes, _path, new(_card),
        new(threads, Copies: _card.Orientations), logits, _features, null, _card);

    /// <summary>Up to so many patches of a feed, evenly, but for those that cannot be read.</summary>
    internal static byte[][] Sample(PatchFeed feed, int most, CancellationToken cancel)
    {
        var count = Math.Min(feed.Count, most);
        var read = new byte[]?[count];
        Parallel.For(0, count, new() { CancellationToken = cancel }, i =>
        {
            var rgb = new byte[checked((int)(3 * feed.Size.Area))];
            read[i] = feed.Read((int)((long)i * feed.Count / count), rgb) is null ? rgb : null;
        });
        return [.. read.OfType<byte[]>()];
    }

    /// <summary>Those of a sample that decide on ranges, and those that both forms are compared on.</summary>
    internal static (byte[][] Calibrating, byte[][] Compared) Parts(byte[][] sample)
    {
        byte[][] calibrating = [.. sample.Where((_, i) => i % 2 == 0).Take(Calibrating)];
        return (calibrating, [.. sample.Except(calibrating)]);
    }

    /// <exception cref="BadInputException">Too few patches, nothing to quantize, or both forms agree on too few patches.</exception>
    internal (byte[] Model, QuantizedModel Told) Run(byte[][] patches, PixelSize size, QuantizeOptions options, CancellationToken cancel)
    {
        if (!(options.LeastAgreement is > 0 and <= 1))
            throw new BadInputException(Invariant($"LeastAgreement: {options.LeastAgreement}: expected a share above 0 and at most 1 (--least-agreement), ")
                + Invariant($"such as {EngineOptions.UsualAgreement}"));
        if (patches.Length < Least)
            throw new BadInputException($"{patches.Length} patches to bring {_path} to 8 bits on: expected {Least} or more of real tissue, a hundred at best; "
                + "give more (patchwise model quantize MODEL OUT.onnx --calibrate FOLDER|SLIDE), or predict in float32");
        var (calibrating, compared) = Parts(patches);
        var graph = new QuantizedGraph(QuantizedGraph.Folded(_bytes, _path));
        Forget();
        if (graph.Layers.Count == 0)
            throw new BadInputException($"{_path} has no convolution in float32 between its first and its last layer that could be brought to 8 bits");
        Given exact;
        float[] judged;
        string output;
        using (var engine = Engine())
            (exact, judged, output) = (Of(engine, compared, size, cancel), Of(engine, calibrating[..Judged], size, cancel).Logits, engine.Output);

        void Each(IReadOnlyList<string> tensors, TensorSeen seen)
        {
            using var engine = Engine(graph.Observed(tensors).ToByteArray(), logits: output);
            Forget();
            foreach (var patch in calibrating)
                engine.Observe(patch, size, tensors, seen, cancel);
        }
        var (calibration, tensors) = (new Calibration(Each, calibrating.Length), graph.Tensors(new HashSet<string>()));
        var scales = calibration.Scales(tensors);
        var means = calibration.Means([.. graph.Layers.Select(layer => layer.Input[0]).Distinct()], scales);
        Given Quantized(byte[] model, byte[][] some)
        {
            using var engine = Engine(model, logits: output);
            return Of(engine, some, size, cancel);
        }
        byte[] Written(ISet<string> without) => graph.Write(scales, means, without).ToByteArray();

        IReadOnlyList<string>? worst = null;
        foreach (var share in Tried)
        {
            HashSet<string> without = [.. share == 0 ? [] : (worst ??= WorstFirst()).Take((int)Math.Ceiling(share * graph.Layers.Count))];
            var written = graph.Write(scales, means, without);
            var (agreement, shift, novelty) = Compared(exact, Quantized(written.ToByteArray(), compared), compared.Length);
            if (agreement < options.LeastAgreement)
            {
                if (share < Tried[^1])
                    continue;
                throw new BadInputException(Invariant($"{_path} gives {100 * agreement:0.0} % of {compared.Length} patches the same class in 8 bits ")
                    + Invariant($"as in float32, with {without.Count} of {graph.Layers.Count} layers left as they are: expected at least ")
                    + Invariant($"{100 * options.LeastAgreement:0.0} % ")
                    + "(LeastAgreement, on the command line --agreement of model quantize, --least-agreement of predict); use it in float32");
            }
            OnnxFile.SetCard(written, _card);
            var told = new QuantizedModel(_path, compared.Length, agreement, shift, graph.Layers.Count, [.. without.Order(StringComparer.Ordinal)])
            {
                NoveltyAgreement = novelty,
            };
            return (Stamped(written, told), told);
        }
        throw new System.Diagnostics.UnreachableException();

        // Layers, by what they give, whose quantization alone changes the outputs most.
        IReadOnlyList<string> WorstFirst()
        {
            string[] all = [.. graph.Layers.Select(layer => layer.Output[0])];
            return [.. all.Select(name => (Name: name, Error: Quantized(Written(all.Except([name]).ToHashSet()), calibrating[..Judged]).Logits
                .Zip(judged, (a, b) => (double)(a - b) * (a - b)).Sum())).OrderByDescending(one => one.Error).Select(one => one.Name)];
        }
    }

    /// <summary>
    /// Gives back what is no more used. Each step leaves copies of all weights behind, which the collector lets lie while nothing else is wanted: at most 551
    /// instead of 895 MiB of the whole process while resnet18 is quantized, in some hundredths of a second.
    /// </summary>
    internal static void Forget() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <param name="Novelty">Of each patch; empty where the network does not tell.</param>
    internal sealed record Given(float[] Logits, float[] Novelty);

    Given Of(OnnxEngine engine, byte[][] patches, PixelSize size, CancellationToken cancel)
    {
        var (logits, novelty) = (new float[patches.Length * engine.Classes], new float[_novelty ? patches.Length : 0]);
        foreach (var (number, batch) in patches.Chunk(Batch).Index())
        {
            // All in one, without the growing arrays that a query makes of it.
            var rgb = new byte[batch.Length * batch[0].Length];
            foreach (var (i, patch) in batch.Index())
                patch.CopyTo(rgb, i * patch.Length);
            engine.Run(rgb, batch.Length, size, logits.AsSpan(number * Batch * engine.Classes, batch.Length * engine.Classes),
                _novelty ? novelty.AsSpan(number * Batch, batch.Length) : [], cancel);
        }
        return new(logits, novelty);
    }

    /// <summary>Of two engines of this network.</summary>
    internal (double Agreement, double Shift, double? Novelty) Compared(OnnxEngine exact, OnnxEngine quantized, byte[][] patches, PixelSize size,
        CancellationToken cancel) => Compared(Of(exact, patches, size, cancel), Of(quantized, patches, size, cancel), patches.Length);

    /// <returns>The share of the patches of the same class, the largest change of a probability, the share on the same side of what is familiar.</returns>
    (double Agreement, double Shift, double? Novelty) Compared(Given exact, Given quantized, int patches)
    {
        var (before, after) = (_outputs.Probabilities([.. exact.Logits]), _outputs.Probabilities(quantized.Logits));
        static int Most(float[] row) => row.Index().MaxBy(one => one.Item).Index;
        var classes = before.Length / patches;
        return (before.Chunk(classes).Zip(after.Chunk(classes)).Average(pair => Most(pair.First) == Most(pair.Second) ? 1.0 : 0),
            before.Zip(after, (a, b) => Math.Abs((double)a - b)).Max(),
            _novelty ? exact.Novelty.Zip(quantized.Novelty, (a, b) => a <= 1 == b <= 1 ? 1.0 : 0).Average() : null);
    }

    /// <summary>What a quantized network says of itself, so that one that is damaged, or made of another, is told.</summary>
    sealed record Stamp(string Source, string Content, QuantizedModel Told);

    byte[] Stamped(ModelProto model, QuantizedModel told)
    {
        var stamp = new Stamp(Source, Convert.ToHexStringLower(SHA256.HashData(model.ToByteArray())), told with { Path = "" });
        model.MetadataProps.Single(one => one.Key == QuantizedGraph.Key).Value = JsonSerializer.Serialize(stamp, Json);
        return model.ToByteArray();
    }

    /// <summary>What a file that was kept tells of itself; null where it is damaged, or of another network.</summary>
    internal QuantizedModel? Check(byte[] kept)
    {
        try
        {
            var model = ModelProto.Parser.ParseFrom(kept);
            var entry = model.MetadataProps.Single(one => one.Key == QuantizedGraph.Key);
            var stamp = JsonSerializer.Deserialize<Stamp>(entry.Value, Json);
            entry.Value = "";
            return stamp?.Source == Source && stamp.Content == Convert.ToHexStringLower(SHA256.HashData(model.ToByteArray())) ? stamp.Told : null;
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or InvalidOperationException or JsonException)
        {
            return null;
        }
    }
}
