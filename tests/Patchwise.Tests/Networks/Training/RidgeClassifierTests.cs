namespace Patchwise.Tests;

public class RidgeClassifierTests
{
    /// <summary>Rows around a mean for each class; one feature is the same in all, one row comes twice.</summary>
    static (float[][] Features, int[] Labels) Rows(int seed, int count, int length, int classes)
    {
        var random = new Random(seed);
        float[] Noise(double size) => [.. Enumerable.Range(0, length).Select(_ => (float)(size * (random.NextDouble() - 0.5)))];
        var centres = Enumerable.Range(0, classes).Select(_ => Noise(1)).ToArray();
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % classes)];
        var features = labels.Select(label => centres[label].Zip(Noise(4), (centre, noise) => 3 + centre + noise).ToArray()).ToArray();
        foreach (var row in features)
            row[2] = 0.7f;
        features[^1] = features[labels[^1]];
        return (features, labels);
    }

    [Theory]
    [InlineData(2, 31, 45, 4, new[] { 5, 30, 10 }, 1)]
    [InlineData(3, 24, 12, 2, new[] { 4, 8 }, 1)]
    [InlineData(4, 33, 12, 3, new[] { 4, 8 }, 4)]
    [InlineData(5, 24, 40, 2, new[] { 40 }, 7)]
    public void The_head_is_that_of_scikit_learn_with_a_refit_for_each_group_left_out(int seed, int count, int length, int classes, int[] depths, int ofGroup)
    {
        var (features, labels) = Rows(seed, count, length, classes);
        int[] groups = [.. Enumerable.Range(0, count).Select(i => i / ofGroup)];
        var found = RidgeClassifier.Fit(features, depths, [.. Enumerable.Range(0, count)], labels, classes, ofGroup == 1 ? null : groups);

        var expected = Python.Ask("Networks/Training/ridge.py", new { features, labels, depths, groups, penalties = RidgeClassifier.Penalties });
        Assert.Equal((double)expected["penalty"]!, found.Penalty, 1e-9);
        double[] weight = [.. expected["weight"]!.AsArray().Select(value => (double)value!)],
            bias = [.. expected["bias"]!.AsArray().Select(value => (double)value!)];
        var most = weight.Max(Math.Abs);
        Assert.All(weight.Zip(found.Weight), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * most));
        Assert.All(bias.Zip(found.Bias), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * bias.Max(Math.Abs)));
        Assert.All(Enumerable.Range(0, classes), k => Assert.Equal(0, found.Weight[k * length + 2]));
        Assert.Equal(1, found.Predict(features[0]).Sum(), 1e-5);
    }

    [Fact]
    public void Other_rows_have_no_influence()
    {
        var (features, labels) = Rows(5, 30, 20, 3);
        int[] rows = [.. Enumerable.Range(0, 25)];
        var before = RidgeClassifier.Fit(features, [20], rows, labels, 3);
        for (var i = 25; i < 30; i++)
            (features[i], labels[i]) = ([.. Enumerable.Repeat(1e6f, 20)], 0);
        var after = RidgeClassifier.Fit(features, [20], rows, labels, 3);
        Assert.Equal(before.Weight, after.Weight);
        Assert.Equal(before.Bias, after.Bias);
    }
}
