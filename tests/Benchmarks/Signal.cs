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
    const int Halvings = 20, Objects = 600;

    /// <summary>Lines of Markdown, as they are known.</summary>
    internal static IEnumerable<string> Measure(string root)
    {
        var objects = Cells(Path.Combine(root, "notebooks", "data", "chula-rbc-12"));
        using var model = Model.Open(Path.Combine(root, "notebooks", "data", "models", "mobilenet_v2-imagenet.safetensors"));
        using var features = SignalFeatures.Of(model);
        SignalOptions options = new() { Fields = [48, 64, 96, 128], Objects = Objects };
        yield return Invariant($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}; mobilenet_v2 of ImageNet.");
        yield return "";
        foreach (var line in Judged(objects, features, options))
            yield return line;
        yield return $"- **Tissue** (nct-crc-he): {Tissue(features, root)}";
        var (clock, busy) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        var test = SignalTest.Of(objects, features, options, default);
        busy = Process.GetCurrentProcess().TotalProcessorTime - busy;
        yield return Invariant($"- **Time**: {test.Objects.Count} objects x {test.Rows.Count} settings in {clock.Elapsed.TotalSeconds:0} s, ")
            + Invariant($"{busy.TotalSeconds:0} s of processor time.");
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
    sealed record Outcome(SignalAnswer Answer, int Objects, double Own, double Fixed, double Reference, double Cost);

    /// <summary>Objects of which some or all are tested, and what each setting gave.</summary>
    sealed record Part(SignalObjects Source, SignalSample Sample, int[][] Divisions, SignalGiven[] Given)
    {
        internal double Accuracy(int setting) => SignalScores.Balanced(Sample.Right(Given[setting]), Sample.Labels);
    }

    static IEnumerable<string> Judged(SignalObjects objects, SignalFeatures features, SignalOptions options)
    {
        var sample = SignalSample.Of(objects, options);
        // The field that does best at the full magnification, as the test itself found it.
        var reference = new SignalSetting(1, 64, options.Reference);
        SignalSetting[] settings = [.. sample.Settings(options, features), reference];
        Part Of(SignalObjects source, SignalOptions how) => SignalSample.Of(source, how) is var own
            ? new(source, own, own.Divisions(how), new SignalGiven[settings.Length]) : throw new UnreachableException();
        var (whole, all) = (Of(objects, options), Of(objects, options with { Objects = SignalHeads.MostExact }));
        // As if each object were a group.
        int[] alone = [.. Enumerable.Range(0, all.Sample.Objects.Length)];
        var loose = all with
        {
            Divisions = [SignalSample.Divide(all.Sample.Labels, alone, options.Folds, options.Seed)],
            Given = new SignalGiven[settings.Length],
        };
        var halves = Halves(objects, options, Of);
        Part[] parts = [all, loose, whole, .. halves];
        SignalObject[] used = [.. parts.SelectMany(part => part.Sample.Objects).Distinct()];
        var places = used.Index().ToDictionary(one => one.Item, one => one.Index);
        var crops = objects.Read(used, options.Fields!.Max(), 0, default);
        foreach (var (s, setting) in settings.Index())
        {
            var clock = Stopwatch.StartNew();
            var rows = SignalWork.Features(features, setting, crops, 0, _ => { }, default);
            Parallel.ForEach(parts, part =>
            {
                var own = Array.ConvertAll(part.Sample.Objects, one => rows[places[one]]);
                part.Given[s] = SignalHeads.Predict(own, features.Parts(setting.Input), part.Sample.Labels, part.Divisions, default);
            });
            Console.Error.WriteLine($"{setting.Describe(objects.Magnification)}: {clock.Elapsed.TotalSeconds:0.0} s");
        }
        // Without errors settings are judged by their accuracy alone.
        SignalTest Test(Part part, bool byErrors = true) => new(part.Source, part.Sample, settings,
            byErrors ? part.Given : Array.ConvertAll(part.Given, one => one with { Errors = new float[one.Errors.Length] }), features, options, default);
        yield return $"- **Cells** (chula-rbc-12, fields of {string.Join(", ", options.Fields!)} px): {Test(whole).Sentence}";
        var best = Array.IndexOf(settings, Test(all).Best.Setting);
        List<Outcome> Outcomes(bool byErrors) => [.. halves.Index().Select(one =>
        {
            var (test, judge) = (Test(one.Item, byErrors), halves[one.Index ^ 1]);
            var chosen = (test.Suggested ?? (test.Answer == SignalAnswer.NothingCheaper ? test.Reference : test.Best)).Setting;
            var (at, most) = (Array.IndexOf(settings, chosen), Enumerable.Range(0, settings.Length).Max(judge.Accuracy));
            double Below(double accuracy) => 100 * (accuracy - judge.Accuracy(at));
            return new Outcome(test.Answer, test.Objects.Count, Below(most), Below(judge.Accuracy(best)), Below(judge.Accuracy(settings.Length - 1)),
                features.MultiplyAdds(chosen.Input)!.Value / (double)features.MultiplyAdds(reference.Input)!.Value);
        })];
        foreach (var line in Table(Outcomes(true), [.. halves.Select(judge =>
            100 * (Enumerable.Range(0, settings.Length).Max(judge.Accuracy) - judge.Accuracy(best)))], Outcomes(false)))
            yield return line;
        var inflation = Enumerable.Range(0, settings.Length).Average(s => loose.Accuracy(s) - all.Accuracy(s));
        yield return Invariant($"- **Random parts** instead of whole images raise the accuracy by {100 * inflation:0.0} points in the mean of all settings.");
    }

    /// <summary>Each two are the halves of the images, with each class in both.</summary>
    static List<Part> Halves(SignalObjects objects, SignalOptions options, Func<SignalObjects, SignalOptions, Part> of)
    {
        List<string> names = [.. objects.Select(one => one.Class).Distinct()], images = [.. objects.Select(one => one.Image).Distinct()];
        int[] labels = [.. objects.Select(one => names.IndexOf(one.Class))], groups = [.. objects.Select(one => images.IndexOf(one.Image))];
        var halves = new List<Part>();
        for (var seed = 0; halves.Count < 2 * Halvings; seed++)
            try
            {
                var first = objects.Zip(SignalSample.Divide(labels, groups, 2, seed)).Where(one => one.Second == 0).Select(one => one.First.Image).ToHashSet();
                Part[] both = [of(objects.Where(one => first.Contains(one.Image)), options), of(objects.Where(one => !first.Contains(one.Image)), options)];
                halves.AddRange(both);
            }
            catch (BadInputException) when (seed < 100 * Halvings)
            {
                // A class has too few cells in a half: no test of either.
            }
        return halves;
    }

    /// <param name="luck">What the setting that is the best on all cells loses against the best of each half.</param>
    static IEnumerable<string> Table(List<Outcome> all, double[] luck, List<Outcome> byAccuracy)
    {
        static string Line(string what, IEnumerable<double> values)
        {
            Distribution sorted = new(values);
            return Invariant($"  - {what}: mean {sorted.Mean:0.0}, median {sorted.Percentile(50):0.0}, 95 % at most {sorted.Percentile(95):0.0}, ")
                + Invariant($"above 2 points in {100.0 * sorted.Values.Count(value => value > 2) / sorted.Count:0} %");
        }
        yield return Invariant($"- **Regret**, {Halvings} halvings of the images, each half judging the other ({all.Count} suggestions from ")
            + Invariant($"{all.Min(one => one.Objects)} to {all.Max(one => one.Objects)} cells), points of balanced accuracy:");
        yield return Line("below the setting that is the best on all cells", all.Select(one => one.Fixed));
        yield return Line("below 224 px", all.Select(one => one.Reference));
        yield return Line("below the best of all settings on the judging half itself, which is partly luck", all.Select(one => one.Own));
        yield return Line("the setting that is the best on all cells, which nobody knows, below that", luck);
        yield return Line("settings judged by accuracy alone, without the errors of the outputs: below the best on all cells",
            byAccuracy.Select(one => one.Fixed));
        yield return Invariant($"  - multiply-adds: {all.Average(one => one.Cost):0.00} of those of 224 px in the mean; answers: ")
            + string.Join(", ", all.CountBy(one => one.Answer).Select(one => $"{one.Value} {one.Key}"));
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
