namespace Patchwise;

/// <summary>A model as lines of text for a reader: the card, the layers, the parameters and the operations a patch.</summary>
static class ModelReport
{
    const int MostClasses = 20;

    /// <param name="model">Null for a published network whose weights are not here.</param>
    internal static string Of(ModelCard card, string file, Model? model = null) => string.Concat(Lines(card, file, model));

    internal static TextTable OfPublished(Manifest manifest) => new(["network", "F1, published", "parameters", "multiply-adds a patch", "on this machine"],
        [.. manifest.Entries.Where(entry => entry.Model?.PublishedF1 is not null).Select(entry =>
        {
            var network = Network.Describe(entry.Model!.Architecture, pooled: true, entry.Classes.Count)!;
            return (string[])[entry.Id, Invariant($"{entry.Model.PublishedF1:0.000}"), Invariant($"{network.Parameters / 1e6:0.0} M"),
                Invariant($"{network.Operations(entry.Model.Patch) / 1e9:0.00} G"), manifest.TryLocate(entry) is null ? "no" : "yes"];
        })], "Published networks; F1 as their publishers state it, not measured here", [false, true, true, true, false]);

    static string Line(string what, FormattableString value) => $"{what,-14}{value.ToString(CultureInfo.InvariantCulture)}\n";

    static IEnumerable<string> Lines(ModelCard card, string file, Model? model)
    {
        yield return Line("model", $"{card.Name}");
        if ((model is null ? Network.Describe(card.Architecture!, pooled: true, card.Classes.Count) : model.Network) is { } network)
        {
            var convolutions = network.Layers.Count(layer => layer.Kind == LayerKind.Convolution);
            var linear = network.Layers.Count(layer => layer.Kind == LayerKind.Linear);
            yield return Line("architecture", $"{network.Architecture}, keys as in {network.FormText}");
            yield return Line("layers", $"{convolutions + linear} with weights: {convolutions} convolutions, {linear} linear");
            yield return Line("parameters", $"{network.Parameters:N0}");
            yield return Line("operations", $"{network.Operations(card.Patch) / 1e9:0.000} billion multiply-adds a patch");
            yield return Line("features", $"{network.Features.Channels} values before the last layer");
        }
        else if (model!.Onnx is { } onnx)
        {
            yield return Line("architecture", $"ONNX, {(onnx.Features is null ? "features not available" : "features available")}");
            yield return Line("layers", $"{onnx.Layers} with weights");
            yield return Line("parameters", $"{onnx.Parameters:N0}");
            yield return Line("operations", $"{Operations(onnx, card.Patch)}");
        }
        else
        {
            yield return Line("architecture", $"TorchScript, features not available");
            if (model.Weights.Count > 0)
            {
                yield return Line("layers", $"{model.Weights.Count(shape => shape.Length > 1)} with weights");
                yield return Line("parameters", $"{model.Weights.Sum(shape => shape.Aggregate(1L, (product, size) => product * size)):N0}");
            }
        }
        if (model is not null)
            yield return Line("outputs", $"{model.Outputs.Words}");
        var resolution = card.Mpp is { } mpp ? FormattableString.Invariant($"{mpp.X} mpp") : "a resolution that is not stated";
        yield return Line("patch", $"{card.Patch} x {card.Patch} px{(card.PatchIsAssumed ? " (assumed)" : "")} at {resolution}, stride {card.Stride}");
        var order = card.IsBgr ? ", in the order B, G, R" : "";
        yield return Line("scaling", $"{(card.Samples == ModelSamples.Bytes ? "none, samples as they are" : card.IsPlainScaling ? "divide by 255, nothing else"
            : $"divide by 255, subtract {Numbers(card.Mean)}, divide by {Numbers(card.Deviation)}")}{(card.ScalingIsAssumed ? " (assumed)" : "")}{order}");
        yield return Line("licence", $"{card.Licence ?? "not stated"}");
        if (card.Source is not null)
            yield return Line("source", $"{card.Source}");
        if (card.Url is not null)
            yield return Line("url", $"{card.Url}");
        yield return Line("classes", $"{card.Classes.Count}");
        foreach (var (index, known) in card.Classes.Index().Take(MostClasses))
            yield return Line("", $"{index,4}  {known.Name}{(known.Title == known.Name ? "" : $"  {known.Title}")}  {known.Color}");
        if (card.Classes.Count > MostClasses)
            yield return Line("", $"      and {card.Classes.Count - MostClasses} more");
        yield return Line("file", $"{file}");
        foreach (var note in model?.Notes ?? [])
            yield return Line("note", $"{note}");
    }

    static string Operations(OnnxFile file, int side)
    {
        try
        {
            var (count, leftOut) = OnnxOperations.OfPatch(file.Model, file.Folder, side);
            return FormattableString.Invariant($"{count / 1e9:0.000} billion multiply-adds a patch{(leftOut == "" ? "" : $", without those of {leftOut}")}");
        }
        catch (PatchwiseException error)
        {
            return $"not counted for patches of {side} px: {error.Message.ReplaceLineEndings(" ")}";
        }
    }

    static string Numbers(IEnumerable<double> values) => string.Join(" ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
