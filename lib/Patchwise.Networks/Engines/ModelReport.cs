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
            report.Add(onnx, model.Card);
        else
            report.AddScript(model.Output, model.Weights);
        return report.Close(model.Card, model.Path);
    }

    /// <summary>Of a published network whose weights are not here.</summary>
    internal static string Of(ModelCard card, string file)
    {
        var report = new ModelReport();
        report.Line("model", $"{card.Name}");
        report.Add(Network.Describe(card.Architecture!, pooled: true, card.Classes.Count), card);
        return report.Close(card, file);
    }

    void Line(string what, FormattableString value) => _text.Append(what.PadRight(14)).Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');

    void Add(Network network, ModelCard card)
    {
        var convolutions = network.Layers.Count(layer => layer is Convolution);
        var linear = network.Layers.Count(layer => layer is Linear);
        Line("architecture", $"{network.Architecture}, keys as in {(network.IsPooled ? "TIAToolbox" : "torchvision")}");
        Line("layers", $"{convolutions + linear} with weights: {convolutions} convolutions, {linear} linear");
        Line("parameters", $"{network.Parameters:N0}");
        Line("operations", $"{network.Operations(card.Patch) / 1e9:0.000} billion multiply-adds a patch");
        Line("features", $"{network.Features.Channels} values before the last layer");
    }

    void Add(OnnxFile onnx, ModelCard card)
    {
        Line("architecture", $"ONNX, {Ending(onnx.Output)}, {(onnx.Features is null ? "features not available" : "features available")}");
        Line("layers", $"{onnx.Layers} with weights");
        Line("parameters", $"{onnx.Parameters:N0}");
        Line("operations", $"{OnnxOperations.Text(onnx, card.Patch)}");
    }

    void AddScript(ModelOutput output, IReadOnlyList<long[]> weights)
    {
        Line("architecture", $"TorchScript, {Ending(output)}, features not available");
        if (weights.Count == 0)
            return;
        Line("layers", $"{weights.Count(shape => shape.Length > 1)} with weights");
        Line("parameters", $"{weights.Sum(shape => shape.Aggregate(1L, (product, size) => product * size)):N0}");
    }

    static string Ending(ModelOutput output) => output == ModelOutput.Probabilities ? "ends in a softmax" : "gives logits";

    string Close(ModelCard card, string file)
    {
        var resolution = card.Mpp is { } mpp ? string.Create(CultureInfo.InvariantCulture, $"{mpp.X} mpp") : "a resolution that is not stated";
        Line("patch", $"{card.Patch} x {card.Patch} px at {resolution}, stride {card.Stride}");
        Line("scaling", $"{(card.Mean.All(mean => mean == 0) && card.Deviation.All(deviation => deviation == 1) ? "divide by 255, nothing else"
            : $"divide by 255, subtract {Numbers(card.Mean)}, divide by {Numbers(card.Deviation)}")}");
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
        return _text.ToString();
    }

    static string Numbers(IEnumerable<double> values) => string.Join(" ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
