namespace Patchwise;

/// <summary>How a network is brought to 8 bits.</summary>
public sealed record QuantizeOptions
{
    /// <summary>Share of the patches that must be given the same class as in float32; else nothing is written.</summary>
    public double LeastAgreement { get; init; } = EngineOptions.UsualAgreement;

    /// <summary>How the patches are read, as for a prediction: the resolution of a slide's, whether those of another size are scaled.</summary>
    public PredictOptions? Reading { get; init; }
}

/// <summary>
/// A network whose convolutions are computed in 8 bits, for processors with instructions for it (VNNI): quantized with a step
/// for each channel of the weights, and for each tensor the range that errs least in the square on real patches. Layers that lose most stay in float32.
/// </summary>
/// <param name="Path">The .onnx file, with its card: a model like any other.</param>
/// <param name="Patches">That were compared; the ranges come from as many others.</param>
/// <param name="Agreement">Share of them that both forms give the same class.</param>
/// <param name="LargestShift">Of a probability, 0..1.</param>
/// <param name="Layers">Of the network, besides the first and the last, which stay in float32.</param>
/// <param name="Kept">Those of them that stayed in float32, by the names of what they give.</param>
public sealed record QuantizedModel(string Path, int Patches, double Agreement, double LargestShift, int Layers, IReadOnlyList<string> Kept) : ITabular
{
    /// <summary>
    /// Share of the patches that both forms find familiar, or both not (<see cref="Prediction.Novelty"/>); null of a network that does not tell.
    /// </summary>
    public double? NoveltyAgreement { get; init; }

    /// <summary>Quantizes a network on patches as it will see them, compares both forms on others of them, and writes the new one with its card.</summary>
    /// <param name="calibrate">A folder of patches, a slide, or the id of a data set: up to 192 patches of it, evenly, are read.</param>
    /// <param name="path">Ends in .onnx.</param>
    /// <exception cref="BadInputException">
    /// The model is a TorchScript program or has nothing to quantize; there are too few patches; or both forms agree on too few of them.
    /// </exception>
    public static QuantizedModel Save(Model model, string path, string calibrate, QuantizeOptions? options, CancellationToken cancel)
    {
        OnnxFile.CheckName(path);
        if (System.IO.Path.GetFullPath(path) == System.IO.Path.GetFullPath(model.Path))
            throw new BadInputException($"{path} is the model itself, which would be lost: expected another name");
        OnnxFile.CheckBeside(path, model.Card);
        options ??= new();
        var quantizer = new Quantizer(model);
        var (patches, size) = PatchPredictor.Read(model.Card, calibrate, options.Reading ?? new(), (feed, _) =>
            (Quantizer.Sample(feed, Quantizer.Patches, cancel), feed.Size), cancel);
        var (bytes, told) = quantizer.Run(patches, size, options, cancel);
        WholeFile.Write(path, stream => stream.Write(bytes));
        return told with { Path = path };
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => new(["", ""],
    [
        ["written", Path],
        ["same class as in float32", Invariant($"{100 * Agreement:0.0} % of {Patches} patches, from which no range was taken")],
        ["largest change of a probability", Invariant($"{LargestShift:0.000}")],
        .. NoveltyAgreement is { } novelty ? (string[][])
            [["as familiar as in float32", Invariant($"{100 * novelty:0.0} % of them (novelty up to 1, or above)")]] : [],
        ["layers in 8 bits", Invariant($"{Layers - Kept.Count} of {Layers}, besides the first and the last")
            + (Kept.Count > 0 ? $"; not {string.Join(", ", Kept)}" : "")],
    ], "Quantized to 8 bits");
}
