namespace Patchwise.Tests;

/// <summary>Areas and curves as scikit-learn has them, and intervals that know of patients.</summary>
public class RocCurveSklearnTests
{
    /// <summary>Scores of slides, of which those of a patient resemble each other; <paramref name="steps"/> rounds them, so that ties come.</summary>
    static (double[] Scores, bool[] Positive, string?[] Groups) Made(int seed, int patients, int each, int steps)
    {
        var random = new Random(seed);
        var all = Enumerable.Range(0, patients).SelectMany(patient =>
        {
            var (positive, own) = (random.Next(2) == 1, random.NextDouble());
            return Enumerable.Range(0, each).Select(_ => (Score: own + 0.1 * random.NextDouble() + (positive ? 0.2 : 0), positive, Group: $"p{patient}"));
        }).ToArray();
        return ([.. all.Select(one => steps > 0 ? Math.Round(one.Score * steps) / steps : one.Score)], [.. all.Select(one => one.positive)],
            [.. all.Select(one => one.Group)]);
    }

    [Fact]
    public void Area_and_curve_are_those_of_scikit_learn_also_with_ties()
    {
        // Another one each time.
        var seed = Environment.TickCount & 0xffff;
        var all = Enumerable.Range(0, 24).Select(i => Made(seed + i, 12 + 7 * i, 1 + i % 3, i % 3 == 0 ? 0 : 2 + i)).ToArray();
        all = [.. all.Where(one => one.Positive.Contains(true) && one.Positive.Contains(false))];
        Assert.True(all.Length > 18);
        var expected = Python.Ask("Evaluation/roc.py", all.Select(one => new { scores = one.Scores, positive = one.Positive })).AsArray();
        foreach (var ((scores, positive, groups), they) in all.Zip(expected))
        {
            var curve = RocCurve.Of(scores, positive, groups, resamples: 100);
            Assert.True(Math.Abs((double)they!["auc"]! - curve.Auc!.Value.Value) < 1e-12, $"seed {seed}");
            Assert.Equal(they["fpr"]!.AsArray().Select(one => Math.Round((double)one!, 12)), curve.FalsePositives.Select(one => Math.Round(one, 12)));
            Assert.Equal(they["tpr"]!.AsArray().Select(one => Math.Round((double)one!, 12)), curve.TruePositives.Select(one => Math.Round(one, 12)));
            Assert.InRange(curve.Auc.Value.Value, curve.Auc.Value.Low, curve.Auc.Value.High);
        }
    }

    [Fact]
    public void Slides_of_one_patient_do_not_make_the_interval_narrower()
    {
        var (scores, positive, groups) = Made(3, 40, 10, 0);
        double Width(string?[]? by) => RocCurve.Of(scores, positive, by, resamples: 500) is { Auc: { } auc } ? auc.High - auc.Low : double.NaN;
        Assert.InRange(Width(groups) / Width(null), 2, 4);
        // A patient each is none.
        Assert.Equal(Width(null), Width([.. scores.Select((_, i) => $"alone {i}")]), 1e-12);
        Assert.Equal(Width(null), Width(new string?[scores.Length]), 1e-12);
        Assert.Equal(40, RocCurve.Of(scores, positive, groups, resamples: 100).Groups);
    }

    [Fact]
    public void The_interval_holds_the_truth_as_often_as_it_says()
    {
        // The area of all patients there are, by many.
        var (scores, positive, _) = Made(99, 20_000, 1, 0);
        var truth = RocCurve.Of(scores, positive, null, resamples: 100).Auc!.Value.Value;
        var held = Enumerable.Range(0, 200).Count(seed => Made(seed, 60, 3, 0) is var one
            && RocCurve.Of(one.Scores, one.Positive, one.Groups, resamples: 200).Auc is { } auc && auc.Low <= truth && truth <= auc.High);
        Assert.InRange(held / 200.0, 0.9, 0.99);
    }

    [Fact]
    public void Where_there_is_no_curve_it_is_said()
    {
        var one = RocCurve.Of([1, 2, 3], [true, true, true]);
        Assert.Equal((null, 3, 0), (one.Auc, one.Positives, one.Negatives));
        Assert.Contains("all 3 slides are of one kind", one.Note, StringComparison.Ordinal);
        Assert.Contains("no slide", RocCurve.Of([], []).Note, StringComparison.Ordinal);
        Assert.Contains("too few", RocCurve.Of([1, 2, 3, 4], [true, true, false, false], ["a", "a", "b", "c"]).Note, StringComparison.Ordinal);
        Assert.Contains("score 1 is NaN", Assert.Throws<BadInputException>(() => RocCurve.Of([1, double.NaN], [true, false])).Message,
            StringComparison.Ordinal);
        Assert.Contains("2 scores, 1 labels", Assert.Throws<BadInputException>(() => RocCurve.Of([1, 2], [true])).Message, StringComparison.Ordinal);
    }
}
