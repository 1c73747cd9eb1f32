using System.Globalization;
using System.Text;

namespace Patchwise;

/// <summary>A model as lines of text for a reader: the card, the layers, the parameters and the operations a patch.</summary>
sealed class ModelReport
{
    const int MostClasses = 20;

    readonly StringBuilder _text = new();

    internal static string Of(Model model)
    {
        var report = new ModelReport();
        report.Line("model", $"{model.Card.Name}");
        if (model.File.Network is { } network)
            report.Add(network, model.Card);
        else if (model.File.Onnx is { } onnx)
        {
            report.Line("architecture", $"ONNX, {(onnx.Features is null ? "features not available" : "features available")}");
            report.Line("layers", $"{onnx.Layers} with weights");
            report.Line("parameters", $"{onnx.Parameters:N0}");
            report.Line("operations", $"{OnnxOperations.Text(onnx, model.Card.Patch)}");
        }
        else
        {
            report.Line("architecture", $"TorchScript, features not available");
            if (model.Weights.Count > 0)
            {
                report.Line("layers", $"{model.Weights.Count(shape => shape.Length > 1)} with weights");
                report.Line("parameters", $"{model.Weights.Sum(shape => shape.Aggregate(1L, (product, size) => product * size)):N0}");
            }
        }
        report.Line("outputs", $"{model.Outputs.Words}");
        report.Close(model.Card, model.Path);
        foreach (var note in model.Notes)
            report.Line("note", $"{note}");
        return report._text.ToString();
    }

    /// <summary>Of a published network whose weights are not here.</summary>
    internal static string Of(ModelCard card, string file)
    {
        var report = new ModelReport();
        report.Line("model", $"{card.Name}");
        report.Add(Network.Describe(card.Architecture!, pooled: true, card.Classes.Count), card);
        report.Close(card, file);
        return report._text.ToString();
    }

    void Line(string what, FormattableString value) => _text.Append(what.PadRight(14)).Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');

    void Add(Network network, ModelCard card)
    {
        var convolutions = network.Layers.Count(layer => layer.Kind == LayerKind.Convolution);
        var linear = network.Layers.Count(layer => layer.Kind == LayerKind.Linear);
        Line("architecture", $"{network.Architecture}, keys as in {network.FormText}");
        Line("layers", $"{convolutions + linear} with weights: {convolutions} convolutions, {linear} linear");
        Line("parameters", $"{network.Parameters:N0}");
        Line("operations", $"{network.Operations(card.Patch) / 1e9:0.000} billion multiply-adds a patch");
        Line("features", $"{network.Features.Channels} values before the last layer");
    }

    void Close(ModelCard card, string file)
    {
        var resolution = card.Mpp is { } mpp ? string.Create(CultureInfo.InvariantCulture, $"{mpp.X} mpp") : "a resolution that is not stated";
        Line("patch", $"{card.Patch} x {card.Patch} px{(card.PatchIsAssumed ? " (assumed)" : "")} at {resolution}, stride {card.Stride}");
        Line("scaling", $"{(card.Samples == ModelSamples.Bytes ? "none, samples as they are" : card.IsPlainScaling ? "divide by 255, nothing else"
            : $"divide by 255, subtract {Numbers(card.Mean)}, divide by {Numbers(card.Deviation)}")}{(card.ScalingIsAssumed ? " (assumed)" : "")}");
        Line("licence", $"{card.Licence ?? "not stated"}");
        if (card.Source is not null)
            Line("source", $"{card.Source}");
        if (card.Url is not null)
            Line("url", $"{card.Url}");
        Line("classes", $"{card.Classes.Count}");
        foreach (var (index, known) in card.Classes.Index().Take(MostClasses))
            Line("", $"{index,4}  {known.Name}{(known.Title == known.Name ? "" : $"  {known.Title}")}  {known.Color}");
        if (card.Classes.Count > MostClasses)
            Line("", $"      and {card.Classes.Count - MostClasses} more");
        Line("file", $"{file}");
    }

    static string Numbers(IEnumerable<double> values) => string.Join(" ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
