using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using MathNet.Numerics.Statistics;
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
    /// <param name="others">Folder of the whole data set that the embedded images are of; null: their halves alone judge.</param>
    internal static IEnumerable<string> Measure(string root, string? others)
    {
        var folder = Path.Combine(root, "notebooks", "data", "chula-rbc-12");
        var objects = Embedded(folder);
        using var model = Model.Open(Path.Combine(root, "notebooks", "data", "models", "mobilenet_v2-imagenet.safetensors"));
        using var features = SignalFeatures.Of(model);
        SignalOptions options = new() { Fields = [48, 64, 96, 128], Objects = Objects };
        yield return Invariant($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}; mobilenet_v2 of ImageNet.");
        yield return "";
        foreach (var line in Judged(objects, features, options, others is null ? null : Others(others, folder)))
            yield return line;
        yield return $"- **Tissue** (nct-crc-he): {Tissue(features, root)}";
        var (clock, busy) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        var test = SignalTest.Of(objects, features, options, default);
        busy = Process.GetCurrentProcess().TotalProcessorTime - busy;
        yield return Invariant($"- **Time**: {test.Objects.Count} objects x {test.Rows.Count} settings in {clock.Elapsed.TotalSeconds:0} s, ")
            + Invariant($"{busy.TotalSeconds:0} s of processor time.");
    }

    static SignalObjects Embedded(string folder) => Cells("chula-rbc-12", File.ReadLines(Path.Combine(folder, "cells.csv")).Skip(1)
        .Select(line => line.Split(',')).Select(cell => (string[])[Path.Combine(folder, "images", cell[0]), .. cell[1..]]));

    /// <param name="cells">Path of the image, x, y and class.</param>
    static SignalObjects Cells(string name, IEnumerable<string[]> cells)
    {
        var rows = cells.ToArray();
        double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        SignalImage Of(string path) => new(Path.GetFileName(path), Raster.ReadInfo(path).Size, new(100), null, () => Slide.Open(path), false);
        return new(name, rows.Select(row => row[0]).Distinct().Select(Of), rows.Select(row => (Image: Path.GetFileName(row[0]), Row: row))
            .Select(one => new SignalObject(one.Image, Number(one.Row[1]), Number(one.Row[2]), 64, one.Row[3], one.Image) { IsCentre = true }));
    }

    /// <summary>What one half suggests.</summary>
    /// <param name="At">The setting.</param>
    /// <param name="Own">Points below the setting that is the best on the judging half, both with the cells that the half would suggest from.</param>
    /// <param name="Cost">Share of the multiply-adds of the reference.</param>
    sealed record Outcome(SignalAnswer Answer, int Objects, int At, double Own, double Cost);

    /// <summary>Objects of which some or all are tested, and what each setting gave.</summary>
    sealed record Part(SignalObjects Source, SignalSample Sample, int[][] Divisions, SignalGiven[] Given)
    {
        internal double Accuracy(int setting) => SignalScores.Balanced(Sample.Right(Given[setting]), Sample.Labels);

        /// <summary>The scores of those settings that were tried, as right or wrong alone has them.</summary>
        internal SignalScores Scores(SignalOptions options) => SignalScores.Of(
            Array.ConvertAll(Given, given => given is null ? new double[Sample.Labels.Length] : Sample.Right(given)), Sample.Labels, Sample.Groups,
            options.Seed, default);
    }

    static IEnumerable<string> Judged(SignalObjects objects, SignalFeatures features, SignalOptions options, SignalObjects? others)
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
        int[] every = [.. Enumerable.Range(0, settings.Length)];
        void Try(SignalObjects source, Part[] parts, IEnumerable<int> tried)
        {
            SignalObject[] used = [.. parts.SelectMany(part => part.Sample.Objects).Distinct()];
            var places = used.Index().ToDictionary(one => one.Item, one => one.Index);
            var crops = source.Read(used, options.Fields!.Max(), 0, default);
            foreach (var s in tried)
            {
                var clock = Stopwatch.StartNew();
                var rows = SignalWork.Features(features, settings[s], crops, 0, _ => { }, default);
                Parallel.ForEach(parts, part =>
                {
                    var own = Array.ConvertAll(part.Sample.Objects, one => rows[places[one]]);
                    part.Given[s] = SignalHeads.Predict(own, features.Parts(settings[s].Input), part.Sample.Labels, part.Divisions, default);
                });
                Console.Error.WriteLine($"{settings[s].Describe(source.Magnification)}: {clock.Elapsed.TotalSeconds:0.0} s");
            }
        }
        Try(objects, [all, loose, whole, .. halves], every);
        // Without errors settings are judged by their accuracy alone.
        SignalTest Test(Part part, bool byErrors = true) => new(part.Source, part.Sample, settings,
            byErrors ? part.Given : Array.ConvertAll(part.Given, one => one with { Errors = new float[one.Errors.Length] }), features, options, default);
        yield return $"- **Cells** (chula-rbc-12, fields of {string.Join(", ", options.Fields!)} px): {Test(whole).Sentence}";
        var best = Array.IndexOf(settings, Test(all).Best.Setting);
        Outcome[] Outcomes(bool byErrors) => [.. halves.Index().Select(one =>
        {
            var (test, judge) = (Test(one.Item, byErrors), halves[one.Index ^ 1]);
            var chosen = (test.Suggested ?? (test.Answer == SignalAnswer.NothingCheaper ? test.Reference : test.Best)).Setting;
            var at = Array.IndexOf(settings, chosen);
            return new Outcome(test.Answer, test.Objects.Count, at, 100 * (every.Max(judge.Accuracy) - judge.Accuracy(at)),
                features.MultiplyAdds(chosen.Input)!.Value / (double)features.MultiplyAdds(reference.Input)!.Value);
        })];
        var (outcomes, byAccuracy) = (Outcomes(true), Outcomes(false));
        int[] asked = [.. outcomes.Concat(byAccuracy).Select(one => one.At).Append(best).Append(settings.Length - 1).Distinct()];
        Part[] judges = Array.ConvertAll(halves, half => Whole(half, options, settings.Length));
        Try(objects, judges, asked);
        SignalScores[] scores = Array.ConvertAll(judges, judge => judge.Scores(options));
        double[] Below(Outcome[] of, int setting) => [.. of.Select((one, i) => 100 * scores[i ^ 1].Loss(one.At, setting).Value)];

        yield return Invariant($"- **Regret**, {Halvings} halvings of the images ({outcomes.Length} suggestions from {outcomes.Min(one => one.Objects)} to ")
            + Invariant($"{outcomes.Max(one => one.Objects)} cells), each judged by all {judges.Min(one => one.Sample.Labels.Length)} to ")
            + Invariant($"{judges.Max(one => one.Sample.Labels.Length)} cells of the other half, points of balanced accuracy:");
        var regret = Below(outcomes, best);
        yield return Line($"below the setting that is the best on all cells ({settings[best].Describe(objects.Magnification)})", regret);
        yield return Line("below 224 px", Below(outcomes, settings.Length - 1));
        yield return Line("settings judged by accuracy alone, without the errors of the outputs: below the best on all cells", Below(byAccuracy, best));
        // What a half of so few cells adds by itself to the spread of what is truly lost.
        double[] errors = [.. outcomes.Select((one, i) => 100 * scores[i ^ 1].Error(one.At, best)).Where(error => error > 0)];
        var (spread, noise) = (Math.Sqrt(regret.Variance()), Math.Sqrt(errors.Sum(error => error * error) / regret.Length));
        var real = Math.Sqrt(Math.Max(0, spread * spread - noise * noise));
        yield return Invariant($"  - the judges are uncertain by {noise:0.0} points (one standard error of such a difference), the {regret.Length} losses ")
            + Invariant($"spread by {spread:0.0}: without that noise by {real:0.0}, and 95 % lose at most {regret.Mean() + 1.645 * real:0.0} (as of a normal ")
            + "distribution)";
        yield return Line("with as many cells as the half would suggest from: below the best of all settings on the judging half itself, which is partly luck",
            outcomes.Select(one => one.Own));
        yield return Line("the setting that is the best on all cells, which nobody knows, below that",
            halves.Select(judge => 100 * (every.Max(judge.Accuracy) - judge.Accuracy(best))));
        yield return Invariant($"  - multiply-adds: {outcomes.Average(one => one.Cost):0.00} of those of 224 px in the mean; answers: ")
            + string.Join(", ", outcomes.CountBy(one => one.Answer).Select(one => $"{one.Value} {one.Key}"));
        if (others is not null)
        {
            var elsewhere = Of(others, options with { Objects = SignalOptions.MostObjects });
            Try(others, [elsewhere], asked);
            var there = elsewhere.Scores(options);
            yield return Invariant($"- **Elsewhere**: the same suggestions, judged by {elsewhere.Sample.Objects.Length:N0} cells of ")
                + Invariant($"{elsewhere.Sample.Groups.Max() + 1} other images of the whole data set, of which no half has seen any:");
            yield return Line("below the setting that is the best on all embedded cells", outcomes.Select(one => 100 * there.Loss(one.At, best).Value));
            yield return Line("below 224 px", outcomes.Select(one => 100 * there.Loss(one.At, settings.Length - 1).Value));
            yield return Line("settings judged by accuracy alone: below the best on all embedded cells",
                byAccuracy.Select(one => 100 * there.Loss(one.At, best).Value));
            yield return "  - suggested were " + string.Join("; ", outcomes.CountBy(one => one.At).OrderByDescending(one => one.Value).Select(one =>
                Invariant($"{settings[one.Key].Describe(objects.Magnification)} {one.Value} times, which loses {100 * there.Loss(one.Key, best).Value:0.0} ")
                    + Invariant($"there (one standard error {100 * there.Error(one.Key, best):0.0})")));
        }
        var inflation = every.Average(s => loose.Accuracy(s) - all.Accuracy(s));
        yield return Invariant($"- **Random parts** instead of whole images raise the accuracy by {100 * inflation:0.0} points in the mean of all settings.");
    }

    static string Line(string what, IEnumerable<double> values)
    {
        Distribution sorted = new(values);
        return Invariant($"  - {what}: mean {sorted.Mean:0.0}, median {sorted.Percentile(50):0.0}, 95 % at most {sorted.Percentile(95):0.0}, ")
            + Invariant($"above 2 points in {100.0 * sorted.Values.Count(value => value > 2) / sorted.Count:0} %");
    }

    /// <summary>All cells of a half that have room, however many an image has.</summary>
    static Part Whole(Part half, SignalOptions options, int settings)
    {
        SignalObject[] objects = [.. half.Source.Where(one => half.Source.HasRoom(one, half.Sample.Fields[^1]))];
        string[] images = [.. objects.Select(one => one.Group).Distinct()];
        var sample = half.Sample with
        {
            Objects = objects,
            Labels = Array.ConvertAll(objects, one => Array.IndexOf(half.Sample.Classes, one.Class)),
            Groups = Array.ConvertAll(objects, one => Array.IndexOf(images, one.Group)),
        };
        return new(half.Source, sample, sample.Divisions(options), new SignalGiven[settings]);
    }

    /// <summary>Each two are the halves of the images, with each class in both.</summary>
    static Part[] Halves(SignalObjects objects, SignalOptions options, Func<SignalObjects, SignalOptions, Part> of)
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
        return [.. halves];
    }

    /// <summary>Those images of the whole data set that are not embedded, as they are published (Dataset/*.jpg, Label/*.txt: x, y, class).</summary>
    static SignalObjects Others(string folder, string embedded)
    {
        string?[] names = ["Normal", null, null, "Spherocyte", "Target", "Stomatocyte", "Ovalocyte", "Teardrop", "Burr", "Schistocyte", null, null, null];
        string Digest(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
        // Some images are there under two names.
        var known = Directory.GetFiles(Path.Combine(embedded, "images")).Select(Digest).ToHashSet();
        string[] images = [.. Directory.GetFiles(Path.Combine(folder, "Dataset"), "*.jpg").Order(StringComparer.Ordinal)
            .Where(path => File.Exists(LabelsOf(path)) && known.Add(Digest(path)))];
        string LabelsOf(string path) => Path.Combine(folder, "Label", Path.GetFileNameWithoutExtension(path) + ".txt");
        string? NameOf(string[] cell) => cell.Length < 3 ? null : names[int.Parse(cell[2], CultureInfo.InvariantCulture)];
        return Cells("chula-rbc-12, other images", images.SelectMany(path => File.ReadLines(LabelsOf(path))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(cell => NameOf(cell) is not null)
            .Select(cell => (string[])[path, cell[0], cell[1], NameOf(cell)!])));
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
