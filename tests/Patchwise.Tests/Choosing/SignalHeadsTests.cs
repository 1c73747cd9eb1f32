using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Patchwise.Tests;

public class SignalHeadsTests
{
    /// <summary>Random rows; each group has a direction of its own, each class too.</summary>
    static (float[][] Features, int[] Labels, int[] Groups) Rows(int seed, int count, int length, int classes, int groups, double ofGroup, double ofClass)
    {
        var random = new Random(seed);
        double[] Noise() => [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)];
        var (byGroup, byClass) = (Enumerable.Range(0, groups).Select(_ => Noise()).ToArray(), Enumerable.Range(0, classes).Select(_ => Noise()).ToArray());
        int[] group = [.. Enumerable.Range(0, count).Select(i => i % groups)], label = [.. Enumerable.Range(0, count).Select(_ => random.Next(classes))];
        return ([.. Enumerable.Range(0, count).Select(i => Noise().Select((noise, j) =>
            (float)(2 + noise + ofGroup * byGroup[group[i]][j] + ofClass * byClass[label[i]][j])).ToArray())], label, group);
    }

    static double Accuracy(byte[][] given, int[] labels) =>
        given.Average(one => SignalScores.Balanced([.. labels.Select((label, i) => one[i] == label ? 1.0 : 0)], labels));

    [Fact]
    public void Left_out_outputs_are_those_of_a_refit_without_the_groups()
    {
        const int classes = 3;
        var (features, labels, groups) = Rows(1, 80, 40, classes, 9, 1, 0.5);
        var weights = SignalHeads.Weights(labels);
        Assert.Equal(80, weights.Sum(), 1e-9);
        Assert.All(Enumerable.Range(0, classes), k =>
            Assert.Equal(80.0 / classes, labels.Zip(weights).Where(one => one.First == k).Sum(one => one.Second), 1e-9));
        var rows = SignalHeads.Standardised(features, [30, 10], weights);
        Assert.Equal(2 * 80, rows.Sum(row => row.Sum(value => (double)value * value)), 1e-2);
        var x = DenseMatrix.OfRowArrays(rows.Select(row => row.Select(value => (double)value).ToArray()));
        var products = x.TransposeAndMultiply(x);
        double[] targets = [.. labels.SelectMany((label, i) =>
            Enumerable.Range(0, classes).Select(k => Math.Sqrt(weights[i]) * ((label == k ? 1 : 0) - 1.0 / classes)))];
        var y = DenseMatrix.Create(80, classes, (i, k) => targets[i * classes + k]);
        int[][] divisions = [SignalSample.Divide(labels, groups, 4, 1), SignalSample.Divide(labels, groups, 9, 2)];

        var exact = SignalHeads.Exact(products.ToRowMajorArray(), targets, classes, divisions, default);
        var direct = SignalHeads.ByDirections(rows, targets, classes, divisions, default);
        foreach (var (p, penalty) in SignalHeads.Penalties.Index())
            foreach (var (d, division) in divisions.Index())
                foreach (var part in division.Distinct())
                {
                    var byPart = Enumerable.Range(0, 80).ToLookup(i => division[i] == part);
                    int[] kept = [.. byPart[false]], left = [.. byPart[true]];
                    Matrix<double> system = DenseMatrix.Create(kept.Length, kept.Length, (a, b) => products[kept[a], kept[b]] + (a == b ? penalty : 0));
                    var dual = system.Cholesky().Solve(DenseMatrix.Create(kept.Length, classes, (a, k) => y[kept[a], k]));
                    var refit = DenseMatrix.Create(left.Length, kept.Length, (a, b) => products[left[a], kept[b]]) * dual;
                    for (var a = 0; a < left.Length; a++)
                        for (var k = 0; k < classes; k++)
                        {
                            Assert.Equal(refit[a, k], exact[p][d][left[a] * classes + k], 1e-8);
                            Assert.Equal(refit[a, k], direct[p][d][left[a] * classes + k], 1e-8);
                        }
                }
    }

    [Fact]
    public void Fewer_directions_leave_the_products_of_rows_as_they_are_where_the_rest_is_noise()
    {
        var random = new Random(3);
        var mixing = Enumerable.Range(0, 60).Select(_ => Enumerable.Range(0, 400).Select(_ => random.NextDouble() - 0.5).ToArray()).ToArray();
        float[][] rows = [.. Enumerable.Range(0, 300).Select(_ =>
        {
            var own = mixing.Select(_ => random.NextDouble() - 0.5).ToArray();
            return Enumerable.Range(0, 400).Select(j => (float)own.Zip(mixing, (value, row) => value * row[j]).Sum()).ToArray();
        })];
        var (before, after) = (Dense.Products(rows, default), Dense.Products(Dense.Reduced(rows, 192, default), default));
        var size = before.Max();
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * size));
    }

    [Fact]
    public void More_than_a_thousand_objects_are_told_as_well_by_directions()
    {
        var (features, labels, groups) = Rows(4, SignalHeads.MostExact + 40, 220, 3, 30, 0.5, 0.25);
        int[][] divisions = [SignalSample.Divide(labels, groups, 5, 1)];
        var many = Accuracy(SignalHeads.Predict(features, [220], labels, divisions, default).Classes, labels);
        var some = labels[..SignalHeads.MostExact];
        var few = Accuracy(SignalHeads.Predict(features[..some.Length], [220], some, [divisions[0][..some.Length]], default).Classes, some);
        Assert.InRange(few, 0.5, 0.99);
        Assert.Equal(few, many, 0.03);
    }

    [Fact]
    public void The_errors_are_those_of_the_outputs_of_a_refit_without_the_groups()
    {
        const int classes = 3;
        var (features, labels, groups) = Rows(1, 80, 40, classes, 9, 1, 0.5);
        int[] division = SignalSample.Divide(labels, groups, 4, 1);
        var given = SignalHeads.Predict(features, [40], labels, [division], default);
        var weights = SignalHeads.Weights(labels);
        var rows = SignalHeads.Standardised(features, [40], weights);
        double Target(int i, int k) => (labels[i] == k ? 1 : 0) - 1.0 / classes;
        double[] targets = [.. labels.SelectMany((_, i) => Enumerable.Range(0, classes).Select(k => Math.Sqrt(weights[i]) * Target(i, k)))];
        var outputs = SignalHeads.Exact(Dense.Products(rows, default), targets, classes, [division], default);
        for (var i = 0; i < 80; i++)
        {
            // Of one of the penalties, which gave the class.
            double Error(double[][] one) =>
                Enumerable.Range(0, classes).Sum(k => Math.Pow(one[0][i * classes + k] / Math.Sqrt(weights[i]) - Target(i, k), 2));
            var match = outputs.Where(one => Math.Abs(Error(one) - given.Errors[i]) < 1e-5).ToArray();
            Assert.Contains(match, one => Enumerable.Range(0, classes).MaxBy(k => one[0][i * classes + k]) == given.Classes[0][i]);
        }
    }

    [Fact]
    public void Random_parts_instead_of_whole_groups_inflate_the_accuracy()
    {
        // What a group looks like says nothing of other groups, but its objects are mostly of one class.
        var random = new Random(5);
        var (features, _, groups) = Rows(5, 240, 60, 2, 24, 2, 0);
        int[] labels = [.. groups.Select(group => random.NextDouble() < 0.85 ? group % 2 : 1 - group % 2)];
        double By(int[] of) => Accuracy(SignalHeads.Predict(features, [60], labels, [SignalSample.Divide(labels, of, 10, 1)], default).Classes, labels);
        var (grouped, loose) = (By(groups), By([.. Enumerable.Range(0, 240)]));
        Assert.InRange(grouped, 0.3, 0.7);
        Assert.True(loose > grouped + 0.15, $"{loose} with random parts, {grouped} with whole groups");
    }

    [Fact]
    public void Permuted_labels_stay_at_chance()
    {
        var covered = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var (features, labels, groups) = Rows(100 + seed, 160, 30, 2, 20, 1, 1.5);
            var permuted = SeededOrder.Of(seed, labels.Length).Select(i => labels[i]).ToArray();
            int[][] divisions = [.. Enumerable.Range(0, 3).Select(repeat => SignalSample.Divide(permuted, groups, 10, repeat))];
            var given = SignalHeads.Predict(features, [30], permuted, divisions, default).Classes;
            double[] right = [.. permuted.Select((label, i) => given.Count(one => one[i] == label) / 3.0)];
            var found = SignalScores.Of([right], permuted, groups, seed, default).Of(0);
            covered += found.Low <= 0.5 && found.High >= 0.5 ? 1 : 0;
        }
        Assert.InRange(covered, 38, 40);
    }

    [Fact]
    public void Parts_hold_whole_groups_and_their_share_of_every_class()
    {
        var random = new Random(7);
        int[] groups = [.. Enumerable.Range(0, 400).Select(_ => random.Next(40))], labels = [.. Enumerable.Range(0, 400).Select(_ => random.Next(4))];
        var division = SignalSample.Divide(labels, groups, 10, 3);
        Assert.All(groups.Zip(division).Distinct().CountBy(one => one.First), one => Assert.Equal(1, one.Value));
        Assert.Equal(Enumerable.Range(0, 10), division.Distinct().Order());
        Assert.All(labels.Zip(division).CountBy(one => one), one => Assert.InRange(one.Value, 5, 16));
        Assert.NotEqual(division, SignalSample.Divide(labels, groups, 10, 4));
    }
}
