using static System.FormattableString;

namespace Patchwise.Benchmarks;

/// <summary>
/// Whether networks say the same in 8 bits: those with learned weights that are at hand, and a classifier of nine tissues on the features of each published
/// architecture with random weights, which tell tissues apart too. Quantized on some patches and asked about others.
/// </summary>
static class Quantizing
{
    /// <param name="resnet">The network of the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18; null: without it.</param>
    internal static IEnumerable<string> Measure(string repository, string? resnet)
    {
        var folder = Directory.CreateTempSubdirectory("patchwise-int8-").FullName;
        try
        {
            yield return "| network | quantized on | layers in 8 bits | asked about | same class | largest change of a probability |";
            yield return "|---|---|--:|---|--:|--:|";
            var slide = Path.Combine(repository, "notebooks", "data", "slides", "CMU-1-Small-Region.svs");
            const string Plain = "mobilenet_v2-imagenet";
            string Head(string network, string name)
            {
                var file = Path.Combine(folder, name);
                Train(network, file);
                return file;
            }
            List<string> networks = [Plain, Head(Plain, "mobilenet_v2, learned, tissue head.onnx")];
            // In a folder of its own: its weights have the name of the random ones below.
            if (resnet is not null && Directory.CreateDirectory(Path.Combine(folder, "learned")).FullName is var own)
                networks.Add(Head(LearnedResNet.Write(resnet, own), "resnet18, learned, tissue head.onnx"));
            // Patches that overlap, so that a share of them says something.
            foreach (var network in networks)
                foreach (var (on, other) in ((string, string)[])[("nct-crc-he", slide), (slide, "nct-crc-he")])
                    yield return Line(network, on, other, Path.Combine(folder, "int8.onnx"), stride: 56);
            foreach (var architecture in Network.Known)
            {
                var random = Path.Combine(folder, $"{architecture}, random.onnx");
                Train(Networks.Weights(architecture, folder), random);
                yield return Line(random, "nct-crc-he", slide, Path.Combine(folder, "int8.onnx"));
                foreach (var file in Directory.EnumerateFiles(folder))
                    File.Delete(file);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A classifier of the embedded tissues on a network's features.</summary>
    internal static void Train(string network, string head)
    {
        using var backbone = Model.Open(network);
        LinearHead.Train(backbone, LabelledPatches.Open("nct-crc-he"), new() { Eight = false }, default).Save(head);
    }

    static string Line(string network, string on, string other, string file, int? stride = null)
    {
        PredictOptions Reading(string path) => path.EndsWith(".svs", StringComparison.Ordinal) ? new() { At = Resolution.Mpp(0.5), Stride = stride } : new();
        QuantizedModel told;
        using (var model = Model.Open(network))
            told = QuantizedModel.Save(model, file, on, new() { LeastAgreement = 0.5, Reading = Reading(on) }, default);
        using PatchPredictor real = new(network), bytes = new(file);
        var (expected, found) = (real.Predict(other, Reading(other), default), bytes.Predict(other, Reading(other), default));
        var same = expected.Zip(found).Count(pair => pair.First.Class == pair.Second.Class);
        var shift = Enumerable.Range(0, expected.Count).Max(i => Enumerable.Range(0, expected.Classes.Count)
            .Max(k => Math.Abs(expected.Probabilities(i)[k] - found.Probabilities(i)[k])));
        return Invariant($"| {Path.GetFileName(network)}, {expected.Classes.Count} classes ")
            + Invariant($"| {Path.GetFileName(on)} ({100 * told.Agreement:0.0} % of {told.Patches}) ")
            + Invariant($"| {told.Layers - told.Kept.Count} of {told.Layers} | {expected.Count:N0} patches of {Path.GetFileName(other)} ")
            + Invariant($"| {100.0 * same / expected.Count:0.0} % | {shift:0.000} |");
    }
}
