namespace Patchwise.Tests;

public class PairedComparisonTests
{
    /// <summary>Two tables of two classes in which so many patches have each outcome.</summary>
    static (PredictionTable First, PredictionTable Second) Tables(params int[] counts)
    {
        int[] outcomes = [.. counts.SelectMany((count, outcome) => Enumerable.Repeat(outcome, count))];
        PredictionTable Of(string name, Func<int, bool> right) => new(name, Patchwise.Tests.Tables.Classes(2), [new("nowhere")],
            [.. outcomes.Select((outcome, i) => new Prediction(0, new(0, 0, 8, 8), new(0, 0, 8, 8), right(outcome) ? i % 2 : 1 - i % 2, 1, i % 2))], null);
        return (Of("one", outcome => outcome is 0 or 1), Of("other", outcome => outcome is 0 or 2));
    }

    static PairedComparison Compared(params int[] counts)
    {
        var (first, second) = Tables(counts);
        return PairedComparison.Of(first, second);
    }

    [Fact]
    public void The_test_and_the_interval_are_those_of_scipy()
    {
        var random = new Random(4);
        int[][] tables = [[36, 12, 2, 6], [10, 0, 0, 2], [0, 5, 0, 0], [0, 0, 0, 7], [1, 0, 0, 0], [5, 1, 1, 0], [400, 25, 40, 35], [20, 10, 10, 20],
            [0, 300, 260, 0], .. Enumerable.Range(0, 40).Select(_ => (int[])[random.Next(60), random.Next(30), random.Next(30), 1 + random.Next(40)])];
        foreach (var (counts, they) in tables.Zip(Python.Ask("Evaluation/paired.py", tables).AsArray()))
        {
            var ours = Compared(counts);
            Assert.Equal(counts, (int[])[ours.BothRight, ours.OnlyFirstRight, ours.OnlySecondRight, ours.BothWrong]);
            Assert.Equal(counts.Sum(), ours.Count);
            Assert.Equal((double)they![0]!, ours.PValue!.Value, 1e-9);
            Assert.Equal((counts[1] - counts[2]) / (double)counts.Sum(), ours.Difference!.Value.Value, 1e-12);
            Assert.Equal(((double)they[1]!, (double)they[2]!), (ours.Difference.Value.Low, ours.Difference.Value.High), Near);
        }
    }

    static bool Near((double, double) one, (double, double) other) => Math.Abs(one.Item1 - other.Item1) < 1e-9 && Math.Abs(one.Item2 - other.Item2) < 1e-9;

    [Fact]
    public void The_interval_holds_the_truth_nineteen_times_in_twenty()
    {
        // 100 patches, right with 0.85 by the first and 0.75 by the second, together in 0.7 of all.
        var (random, inside, runs) = (new Random(8), 0, 400);
        for (var run = 0; run < runs; run++)
        {
            var counts = new int[4];
            for (var i = 0; i < 100; i++)
                counts[random.NextDouble() switch { < 0.7 => 0, < 0.85 => 1, < 0.9 => 2, _ => 3 }]++;
            var found = Estimate.OfPairedShares(counts[0], counts[1], counts[2], counts[3]);
            inside += found.Low <= 0.1 && found.High >= 0.1 ? 1 : 0;
        }
        // 0.95 and 4 deviations of 0.011.
        Assert.InRange(inside / (double)runs, 0.906, 0.994);
    }

    [Fact]
    public void Classes_are_matched_by_name_and_a_label_of_one_table_is_enough()
    {
        var (first, second) = Tables(3, 2, 1, 4);
        PredictionTable turned = new(second.Model, [.. second.Classes.Reverse()], second.Sources,
            [.. second.Select(row => row with { Class = 1 - row.Class, Label = null })], null);
        var found = PairedComparison.Of(first, turned);
        Assert.Equal((3, 2, 1, 4), (found.BothRight, found.OnlyFirstRight, found.OnlySecondRight, found.BothWrong));
        Assert.Equal(0.7, found.Agreement, 1e-12); // of two classes, what both have wrong is the same
        Assert.Contains("difference of accuracy (95 % interval)", found.ToString(), StringComparison.Ordinal);

        PredictionTable unknown = new(first.Model, first.Classes, first.Sources, [.. first.Select(row => row with { Label = null })], null);
        var agreement = PairedComparison.Of(unknown, turned);
        Assert.Equal((0, null, null), (agreement.Count, agreement.Difference, agreement.PValue));
        Assert.Equal(["same class", "different classes"],
            agreement.Disagreement().Select(row => agreement.Disagreement().Classes[row.Class].Name).Distinct());
        Assert.Contains("only agreement", agreement.ToString(), StringComparison.Ordinal);
        Assert.Contains("none of the patches has a label", Assert.Throws<BadInputException>(() => agreement.Chart()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_disagreement_is_a_table_of_the_same_patches_and_patches_over_the_edge_do_not_count()
    {
        using var slide = Slide.Of(new Raster(20, 8, 3), "tile");
        var frame = slide.At(Resolution.Baseline(1));
        PredictionTable Of(string name, int[] classes) => new(name, Patchwise.Tests.Tables.Classes(2), [new("tile", frame)],
            [.. classes.Select((one, i) => new Prediction(0, new(8 * i, 0, 8 * i + 8, 8), new(8 * i, 0, 8 * i + 8, 8), one, 1, 0))], null);
        var found = PairedComparison.Of(Of("a", [0, 0, 0]), Of("b", [0, 1, 1]));
        Assert.Equal((2, 1, 1), (found.Count, found.BothRight, found.OnlyFirstRight));
        Assert.Contains("1 left out", found.ToString(), StringComparison.Ordinal);
        var map = PredictionMap.Of(found.Disagreement());
        Assert.Equal("both right", found.Disagreement().Classes[map.Pixels[0, 0] - 1].Name);
        Assert.Equal("only a right", found.Disagreement().Classes[map.Pixels[9, 0] - 1].Name);
        Assert.Contains("p = 1.000", Shown.Text(found.Chart()), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_patches_and_other_labels_are_refused()
    {
        var (first, second) = Tables(3, 2, 1, 4);
        string Message(PredictionTable one, PredictionTable other) => Assert.Throws<BadInputException>(() => PairedComparison.Of(one, other)).Message;
        Assert.Contains("10 patches predicted by one, 11 by other", Message(first, Tables(4, 2, 1, 4).Second), StringComparison.Ordinal);
        PredictionTable Changed(Func<Prediction, Prediction> change, string source = "nowhere") =>
            new("changed", second.Classes, [new(source)], [.. second.Select(change)], null);
        Assert.Contains("in the same order", Message(first, Changed(row => row with { Level0 = new(1, 0, 9, 8) })), StringComparison.Ordinal);
        Assert.Contains("patch 0 is of nowhere", Message(first, Changed(row => row, "elsewhere")), StringComparison.Ordinal);
        Assert.Contains("patch 0 is labelled C0 for one and C1 for changed",
            Message(first, Changed(row => row with { Label = 1 - row.Label })), StringComparison.Ordinal);
    }
}
