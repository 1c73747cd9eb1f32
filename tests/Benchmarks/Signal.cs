using System.Diagnostics;
using System.Globalization;
using static System.FormattableString;

namespace Patchwise.Benchmarks;

/// <summary>
/// Does the signal test choose well? The embedded images of blood cells are halved again and again; each half suggests, the other judges: what its cells
/// lose at the suggested setting. And what the test says of all cells, and of the embedded tissue patches.
/// </summary>
static class Signal
{
    const int Splits = 20, Objects = 600;

    /// <returns>Lines of Markdown.</returns>
    internal static string Measure(string root)
    {
        var objects = Cells(Path.Combine(root, "notebooks", "data", "chula-rbc-12"));
        using var model = Model.Open(Path.Combine(root, "notebooks", "data", "models", "mobilenet_v2-imagenet.safetensors"));
        using var features = SignalFeatures.Of(model);
        SignalOptions options = new() { Fields = [48, 64, 96, 128], Objects = Objects };
        var clock = Stopwatch.StartNew();
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var test = SignalTest.Of(objects, features, options, default);
        var (seconds, busy) = (clock.Elapsed.TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds);
        Console.Error.WriteLine(Invariant($"{seconds:0} s, {busy:0} s of processor time; {test}\n{test.ToTable()}"));
        var outcomes = Regrets(objects, features, options, test.Reference.Setting);
        return string.Join('\n',
        [
            Invariant($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}; mobilenet_v2 of ImageNet."),
            "",
            Invariant($"- **Cells** (chula-rbc-12, fields of {string.Join(", ", options.Fields)} px): {test.Sentence}"),
            Invariant($"- **Time**: {test.Objects.Count} objects x {test.Rows.Count} settings in {seconds:0} s, {busy:0} s of processor time."),
            .. Table(outcomes),
            $"- **Tissue** (nct-crc-he): {Tissue(features, root)}",
        ]);
    }

    static SignalObjects Cells(string folder)
    {
        string PathOf(string image) => Path.Combine(folder, "images", image);
        var rows = File.ReadLines(Path.Combine(folder, "cells.csv")).Skip(1).Select(line => line.Split(',')).ToArray();
        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        SignalImage Of(string image) => new(image, Raster.ReadInfo(PathOf(image)).Size, new(100), null, () => Slide.Open(PathOf(image)), false);
        return new("chula-rbc-12", rows.Select(row => row[0]).Distinct().Select(Of),
            rows.Select(row => new SignalObject(row[0], Number(row[1]), Number(row[2]), 64, row[3], row[0]) { IsCentre = true }));
    }

    /// <summary>What one half suggests, judged by the other.</summary>
    /// <param name="Own">Points below the setting that is the best on the judging half.</param>
    /// <param name="Fixed">Points below the setting that is the best on all cells together.</param>
    /// <param name="Reference">Points below the reference.</param>
    /// <param name="Cost">Share of the multiply-adds of the reference.</param>
    sealed record Outcome(SignalAnswer Answer, int Objects, double Own, double Fixed, double Reference, double Cost, double Inflation);

    static List<Outcome> Regrets(SignalObjects objects, SignalFeatures features, SignalOptions options, SignalSetting reference)
    {
        var names = objects.Select(one => one.Class).Distinct().ToList();
        var images = objects.Select(one => one.Image).Distinct().ToList();
        int[] labels = [.. objects.Select(one => names.IndexOf(one.Class))], groups = [.. objects.Select(one => images.IndexOf(one.Image))];
        var halves = new List<(SignalObjects Source, SignalSample Sample, int[][] Divisions, double[][] Right)>();
        var whole = SignalSample.Of(objects, options with { Objects = SignalOptions.MostObjects });
        SignalSetting[] settings = [.. whole.Settings(options, features).Where(one => one != reference), reference];
        for (var split = 0; halves.Count < 2 * Splits; split++)
            try
            {
                // Classes are spread evenly; where one has too few cells in a half nevertheless, the halves are no test.
                var division = SignalSample.Divide(labels, groups, 2, split);
                halves.AddRange(((int[])[0, 1]).Select(side =>
                {
                    var half = objects.Where(one => division[Array.IndexOf(groups, images.IndexOf(one.Image))] == side);
                    var sample = SignalSample.Of(half, options with { Seed = split });
                    return (half, sample, sample.Divisions(options), new double[settings.Length][]);
                }).ToArray());
            }
            catch (BadInputException) when (split < 50 * Splits)
            {
            }
        SignalObject[] used = [.. halves.SelectMany(half => half.Sample.Objects).Concat(whole.Objects).Distinct()];
        var places = used.Index().ToDictionary(one => one.Item, one => one.Index);
        var crops = objects.Read(used, options.Fields!.Max(), 0, default);
        var (all, random) = (new double[settings.Length][], new double[settings.Length][]);
        foreach (var (s, setting) in settings.Index())
        {
            var clock = Stopwatch.StartNew();
            var rows = SignalWork.Features(features, setting, crops, 0, _ => { }, default);
            var parts = features.Parts(setting.Input);
            float[][] Of(SignalSample sample) => Array.ConvertAll(sample.Objects, one => rows[places[one]]);
            Parallel.ForEach(halves, half =>
                half.Right[s] = half.Sample.Right(SignalHeads.Predict(Of(half.Sample), parts, half.Sample.Labels, half.Divisions, default)));
            all[s] = whole.Right(SignalHeads.Predict(Of(whole), parts, whole.Labels, whole.Divisions(options), default));
            // As if each object were a group.
            random[s] = whole.Right(SignalHeads.Predict(Of(whole), parts, whole.Labels, [SignalSample.Divide(whole.Labels,
                [.. Enumerable.Range(0, whole.Labels.Length)], options.Folds, options.Seed)], default));
            Console.Error.WriteLine($"{setting.Describe(objects.Magnification)}: {clock.Elapsed.TotalSeconds:0.0} s");
        }
        if (Environment.GetEnvironmentVariable("SIGNAL_DUMP") is { } dump)
            Dump(dump, settings, halves.Select(half => (half.Sample, half.Right)).Append((whole, all)));
        var best = Enumerable.Range(0, settings.Length).MaxBy(s => SignalScores.Balanced(all[s], whole.Labels));
        var inflation = 100 * Enumerable.Range(0, settings.Length).Average(s => SignalScores.Balanced(random[s], whole.Labels)
            - SignalScores.Balanced(all[s], whole.Labels));
        return [.. halves.Index().Select(one =>
        {
            var (source, sample, _, right) = one.Item;
            var test = new SignalTest(source, sample, settings, right, features, options, default);
            var judge = halves[one.Index ^ 1];
            double Judged(int s) => 100 * SignalScores.Balanced(judge.Right[s], judge.Sample.Labels);
            var chosen = (test.Suggested ?? (test.Answer == SignalAnswer.NothingCheaper ? test.Reference : test.Best)).Setting;
            var at = Array.IndexOf(settings, chosen);
            var cost = features.MultiplyAdds(chosen.Input)!.Value / (double)features.MultiplyAdds(reference.Input)!.Value;
            return new Outcome(test.Answer, sample.Objects.Length, Enumerable.Range(0, settings.Length).Max(Judged) - Judged(at), Judged(best) - Judged(at),
                Judged(settings.Length - 1) - Judged(at), cost, inflation);
        })];
    }

    static void Dump(string path, SignalSetting[] settings, IEnumerable<(SignalSample, double[][])> parts) => File.WriteAllText(path,
        System.Text.Json.JsonSerializer.Serialize(new
        {
            settings = settings.Select(one => new[] { one.Factor, one.Field, one.Input }),
            parts = parts.Select(part => new { labels = part.Item1.Labels, groups = part.Item1.Groups, right = part.Item2 }),
        }));

    static IEnumerable<string> Table(List<Outcome> all)
    {
        static string Line(string what, IEnumerable<double> values)
        {
            Distribution sorted = new(values);
            return Invariant($"  - {what}: mean {sorted.Mean:0.0}, median {sorted.Percentile(50):0.0}, 95 % at most {sorted.Percentile(95):0.0}, ")
                + Invariant($"above 2 points in {100.0 * sorted.Values.Count(value => value > 2) / sorted.Count:0} %");
        }
        yield return Invariant($"- **Regret**, {Splits} halvings of the images, each half judging the other ({all.Count} suggestions from ")
            + Invariant($"{all.Min(one => one.Objects)} to {all.Max(one => one.Objects)} cells), points of balanced accuracy:");
        yield return Line("below the setting that is the best on all cells", all.Select(one => one.Fixed));
        yield return Line("below the best of all settings on the judging half itself, which is partly luck", all.Select(one => one.Own));
        yield return Line("below 224 px", all.Select(one => one.Reference));
        yield return Invariant($"  - multiply-adds: {all.Average(one => one.Cost):0.00} of those of 224 px in the mean; answers: ")
            + string.Join(", ", all.CountBy(one => one.Answer).Select(one => $"{one.Value} {one.Key}"));
        yield return Invariant($"- **Random parts** instead of whole images raise the accuracy by {all[0].Inflation:0.0} points in the mean of all settings.");
    }

    static string Tissue(SignalFeatures features, string root)
    {
        try
        {
            var patches = LabelledPatches.Open(Path.Combine(root, "notebooks", "data", "nct-crc-he"));
            return SignalTest.Of(SignalObjects.Of(patches), features, new(), default).Sentence;
        }
        catch (BadInputException refused)
        {
            return $"refused: {refused.Message}";
        }
    }
}
