namespace Patchwise.Tests;

public class SignalScoresTests
{
    [Fact]
    public void Balanced_accuracy_is_that_of_scikit_learn()
    {
        var random = new Random(1);
        var tables = Enumerable.Range(2, 12).Select(classes => (
            Labels: Enumerable.Range(0, 90).Select(i => i < classes ? i : random.Next(1 + random.Next(classes))).ToArray(),
            Predicted: Enumerable.Range(0, 90).Select(_ => random.Next(classes)).ToArray(), Classes: classes)).ToArray();
        var expected = Python.Ask("Evaluation/sklearn_measures.py", tables.Select(one =>
            new { classes = one.Classes, labels = one.Labels, predicted = one.Predicted, probabilities = Array.Empty<double>() })).AsArray();
        foreach (var (table, they) in tables.Zip(expected))
            Assert.Equal((double)they!["balanced"]!,
                SignalScores.Balanced([.. table.Labels.Zip(table.Predicted, (label, given) => label == given ? 1.0 : 0)], table.Labels), 1e-12);
    }

    /// <summary>Twenty groups of ten objects; in each all objects are told alike.</summary>
    static (double[] Right, int[] Labels, int[] Groups) Clustered(Func<int, double> rightOf)
    {
        int[] groups = [.. Enumerable.Range(0, 200).Select(i => i / 10)];
        return ([.. groups.Select(rightOf)], [.. Enumerable.Range(0, 200).Select(i => i % 2)], groups);
    }

    [Fact]
    public void Whole_groups_are_resampled()
    {
        var (right, labels, groups) = Clustered(group => group % 2);
        var (none, _, _) = Clustered(_ => 0);
        var scores = SignalScores.Of([right, none], labels, groups, 3, default);
        Assert.Equal(0.5, scores.Accuracy[0]);
        // Of twenty independent groups; two hundred independent objects would have 0.035.
        Assert.Equal(Math.Sqrt(0.25 / 20), scores.Error(1, 0), 0.01);
        var loss = scores.Loss(1, 0);
        Assert.Equal(0.5, loss.Value);
        Assert.InRange(loss.Low, 0.24, 0.34);
        Assert.InRange(loss.High, 0.66, 0.76);
        Assert.False(scores.Of(1).HasInterval);
    }

    [Fact]
    public void What_makes_groups_hard_cancels_in_differences()
    {
        // Both settings fail on the odd groups; the second also on one object of each even group.
        var (right, labels, groups) = Clustered(group => 1 - group % 2);
        double[] other = [.. right.Select((value, i) => i % 10 == 0 ? 0 : value)];
        var scores = SignalScores.Of([right, other], labels, groups, 3, default);
        Assert.True(scores.Of(0).High - scores.Of(0).Low > 0.3);
        Assert.Equal(0.05, scores.Loss(1, 0).Value, 1e-9);
        Assert.True(scores.Error(1, 0) < 0.02);
        Assert.Equal(scores.Loss(1, 0), SignalScores.Of([right, other], labels, groups, 3, default).Loss(1, 0));
        Assert.NotEqual(scores.Loss(1, 0), SignalScores.Of([right, other], labels, groups, 4, default).Loss(1, 0));
    }

    [Fact]
    public void A_class_that_few_groups_have_may_be_missing_from_a_resample()
    {
        var (_, _, groups) = Clustered(_ => 0);
        int[] labels = [.. groups.Select(group => group == 0 ? 1 : 0)];
        var scores = SignalScores.Of([[.. labels.Select(label => label == 0 ? 0.75 : 0.25)]], labels, groups, 3, default);
        Assert.Equal(0.5, scores.Accuracy[0]);
        Assert.Equal(0.5, scores.Resampled[0].Min(), 1e-9);
        Assert.Equal(0.75, scores.Resampled[0].Max(), 1e-9);
    }

    static readonly SignalSetting[] Grid = [.. from factor in (double[])[1, 0.5, 0.25] from field in (int[])[32, 64, 128] from input in (int[])[32, 64, 96]
                                               select new SignalSetting(factor, field, input)];

    [Fact]
    public void An_additive_surface_with_noise_is_found_again()
    {
        var random = new Random(5);
        double Truth(SignalSetting one) => 0.6 + 0.1 * one.Factor + (one.Field == 64 ? 0.05 : 0) + 0.0005 * one.Input;
        int[] groups = [.. Enumerable.Range(0, 600).Select(i => i / 20)], labels = [.. Enumerable.Range(0, 600).Select(i => i % 3)];
        double[][] right = [.. Grid.Select(setting => groups.Select(_ => random.NextDouble() < Truth(setting) ? 1.0 : 0).ToArray())];
        var scores = SignalScores.Of(right, labels, groups, 1, default);
        var shrunk = scores.Shrunk(Grid);
        double Wrong(double[] values) => Math.Sqrt(Grid.Zip(values, (setting, value) => Math.Pow(value - Truth(setting), 2)).Average());
        Assert.True(Wrong(shrunk) < 0.65 * Wrong(scores.Accuracy), $"{Wrong(shrunk)} of {Wrong(scores.Accuracy)}");
    }

    /// <summary>Errors that follow the truth with little noise tell settings apart that the shares of what is right do not.</summary>
    [Fact]
    public void Settings_are_judged_by_the_errors_of_their_outputs()
    {
        var random = new Random(6);
        double Truth(int s) => 0.5 + 0.2 * (s * 7 % 27 / 27.0);
        int[] groups = [.. Enumerable.Range(0, 300).Select(i => i / 10)], labels = [.. Enumerable.Range(0, 300).Select(i => i % 3)];
        double[][] right = [.. Grid.Select((_, s) => groups.Select(_ => random.NextDouble() < Truth(s) ? 1.0 : 0).ToArray())];
        float[][] errors = [.. Grid.Select((_, s) => groups.Select(_ => (float)(2 - Truth(s) + 0.1 * random.NextDouble())).ToArray())];
        double Wrong(double[] values) => Math.Sqrt(Grid.Select((_, s) => Math.Pow(values[s] - Truth(s), 2)).Average());
        var (plain, judged) = (SignalScores.Of(right, labels, groups, 1, default), SignalScores.Of(right, labels, groups, 1, default, errors));
        Assert.Equal(plain.Accuracy, judged.Accuracy);
        Assert.True(Wrong(judged.Shrunk(Grid)) < 0.5 * Wrong(plain.Shrunk(Grid)), $"{Wrong(judged.Shrunk(Grid))} of {Wrong(plain.Shrunk(Grid))}");
        Assert.True(judged.Error(3, 5) < 0.5 * plain.Error(3, 5));
        // The intervals are of the accuracy as before; errors that say the contrary, or nothing, are not followed.
        Assert.Equal(plain.Loss(3, 5), judged.Loss(3, 5));
        foreach (var factor in (float[])[-1, 0])
        {
            var other = Array.ConvertAll(errors, one => Array.ConvertAll(one, error => factor * error));
            Assert.Equal(plain.Accuracy, SignalScores.Of(right, labels, groups, 1, default, other).Judged);
        }
    }

    [Fact]
    public void A_surface_without_noise_stays_as_it_is()
    {
        int[] groups = [.. Enumerable.Range(0, 200).Select(i => i / 10)], labels = [.. Enumerable.Range(0, 200).Select(i => i % 2)];
        double[][] right = [.. Grid.Select((_, s) => groups.Select(_ => s * s % 7 / 10.0).ToArray())];
        var scores = SignalScores.Of(right, labels, groups, 1, default);
        Assert.All(scores.Shrunk(Grid).Zip(scores.Accuracy), pair => Assert.Equal(pair.Second, pair.First, 1e-9));
    }

    [Fact]
    public void The_best_of_many_is_not_above_chance_by_luck()
    {
        var luck = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var (_, labels, groups) = Clustered(_ => 0);
            double[][] right = [.. Grid.Select(_ => groups.Select(_ => random.NextDouble() < 0.5 ? 1.0 : 0).ToArray())];
            luck += SignalScores.Of(right, labels, groups, 1, default).AboveChance(0.5) ? 1 : 0;
            double[] good = [.. groups.Select(_ => random.NextDouble() < 0.75 ? 1.0 : 0)];
            Assert.True(SignalScores.Of([.. right, good], labels, groups, 1, default).AboveChance(0.5));
        }
        Assert.InRange(luck, 0, 1);
    }
}
