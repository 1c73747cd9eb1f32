using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Patchwise;

/// <summary>What was learned from other groups makes of the objects.</summary>
/// <param name="Classes">For each way of dividing and each object the class that it is given.</param>
/// <param name="Errors">Of each object the squared error of its outputs, the mean over the ways of dividing.</param>
sealed record SignalGiven(byte[][] Classes, float[] Errors);

/// <summary>
/// Ridge regression of the classes on standardised features, each class counting equally, whose outputs for every object come from the groups that it does not
/// belong to. Up to 1,000 objects exactly, from one inverse C = (K + penalty I)^-1 a penalty: the outputs of the left-out part f are y_f - (C_ff)^-1 (C y)_f,
/// as those of Cook and Weisberg 1982 for one row. With more objects from 192 directions that hold most of the variance, found without the classes, by normal
/// equations less those of each part.
/// </summary>
static class SignalHeads
{
    internal static readonly double[] Penalties = [0.01, 0.03, 0.1, 0.3, 1];

    /// <summary>Of objects that are taken exactly.</summary>
    internal const int MostExact = 1000;
    const int Directions = 192;

    /// <summary>What each object is given by what was learned from the other parts.</summary>
    /// <param name="parts">Lengths of the parts of a vector of features; each counts alike.</param>
    /// <param name="divisions">For each way of dividing and each object the number of its part.</param>
    internal static SignalGiven Predict(float[][] features, IReadOnlyList<int> parts, int[] labels, int[][] divisions, CancellationToken cancel)
    {
        var classes = labels.Max() + 1;
        var weights = Weights(labels);
        var rows = Standardised(features, parts, weights);
        var targets = new double[rows.Length * classes];
        for (var i = 0; i < rows.Length; i++)
            for (var k = 0; k < classes; k++)
                targets[i * classes + k] = Math.Sqrt(weights[i]) * ((labels[i] == k ? 1 : 0) - 1.0 / classes);
        var outputs = rows.Length <= MostExact ? Exact(Dense.Products(rows, cancel), targets, classes, divisions, cancel)
            : ByDirections(rows[0].Length <= Directions ? rows : Dense.Reduced(rows, Directions, cancel), targets, classes, divisions, cancel);
        var errors = new double[rows.Length];
        byte[][] given = [.. divisions.Select((division, d) => Chosen(outputs.Select(penalty => penalty[d]).ToArray(), targets, classes, division, errors))];
        // Rows were taken times the root of their weight.
        return new(given, [.. errors.Select((error, i) => (float)(error / weights[i] / divisions.Length))]);
    }

    /// <summary>Of each row, so that all classes have the same in sum and the mean is 1.</summary>
    internal static double[] Weights(int[] labels)
    {
        var counts = labels.CountBy(label => label).ToDictionary();
        return Array.ConvertAll(labels, label => labels.Length / (double)(counts.Count * counts[label]));
    }

    /// <summary>
    /// Rows times the root of their weight, after which the sum of their squares is their number: one each for the features, one for the constant behind them.
    /// </summary>
    internal static float[][] Standardised(float[][] features, IReadOnlyList<int> parts, double[] weights)
    {
        var (count, length) = (features.Length, features[0].Length);
        var (mean, square) = (new double[length], new double[length]);
        foreach (var (row, weight) in features.Zip(weights, (row, weight) => (row, weight / count)))
            for (var j = 0; j < length; j++)
                mean[j] += weight * row[j];
        foreach (var (row, weight) in features.Zip(weights, (row, weight) => (row, weight / count)))
            for (var j = 0; j < length; j++)
                square[j] += weight * (row[j] - mean[j]) * (row[j] - mean[j]);
        // A feature that is the same in all rows has the scale 0.
        double[] scale = [.. parts.SelectMany(part => Enumerable.Repeat(1 / Math.Sqrt((double)part * parts.Count), part))
            .Select((room, j) => Math.Sqrt(square[j]) is var deviation && deviation > 1e-6 * Math.Abs(mean[j]) + 1e-12 ? room / deviation : 0)];
        var rows = new float[count][];
        for (var i = 0; i < count; i++)
        {
            var (row, root) = (rows[i] = new float[length + 1], Math.Sqrt(weights[i]));
            for (var j = 0; j < length; j++)
                row[j] = (float)(root * scale[j] * (features[i][j] - mean[j]));
            row[length] = (float)root;
        }
        return rows;
    }

    /// <summary>For each penalty and way of dividing the left-out outputs, object by object, as the targets are.</summary>
    internal static double[][][] Exact(double[] products, double[] targets, int classes, int[][] divisions, CancellationToken cancel)
    {
        var n = targets.Length / classes;
        double[][] columns = [.. Enumerable.Range(0, classes).Select(k => Enumerable.Range(0, n).Select(i => targets[i * classes + k]).ToArray())];
        var (system, factorInverse) = (new double[n * n], new double[n * n]);
        return Array.ConvertAll(Penalties, penalty =>
        {
            products.CopyTo(system, 0);
            for (var i = 0; i < n; i++)
                system[i * n + i] += penalty;
            Dense.InverseOfFactor(Dense.Factor(system, n, cancel), n, factorInverse, cancel);
            // All of the inverse is not needed: what it makes of the targets is, and its blocks.
            var dual = Dense.InverseTimes(factorInverse, n, columns);
            return Array.ConvertAll(divisions, division =>
            {
                var outputs = new double[targets.Length];
                foreach (var own in Members(division))
                {
                    var block = Dense.InverseOf(factorInverse, n, own);
                    Dense.Factor(block, own.Length, cancel);
                    for (var k = 0; k < classes; k++)
                    {
                        double[] left = Array.ConvertAll(own, i => dual[k][i]);
                        Dense.Solve(block, left);
                        foreach (var (i, value) in own.Zip(left))
                            outputs[i * classes + k] = targets[i * classes + k] - value;
                    }
                }
                return outputs;
            });
        });
    }

    /// <summary>As <see cref="Exact"/>, from rows of few values.</summary>
    internal static double[][][] ByDirections(float[][] rows, double[] targets, int classes, int[][] divisions, CancellationToken cancel)
    {
        var length = rows[0].Length;
        (Matrix<double> X, Matrix<double> Square, Matrix<double> Right) Of(int[] own)
        {
            var x = DenseMatrix.Create(own.Length, length, (a, j) => rows[own[a]][j]);
            var y = DenseMatrix.Create(own.Length, classes, (a, k) => targets[own[a] * classes + k]);
            return (x, x.TransposeThisAndMultiply(x), x.TransposeThisAndMultiply(y));
        }
        var all = Of([.. Enumerable.Range(0, rows.Length)]);
        var outputs = Array.ConvertAll(Penalties, _ => Array.ConvertAll(divisions, _ => new double[targets.Length]));
        foreach (var (d, division) in divisions.Index())
            foreach (var own in Members(division))
            {
                var left = Of(own);
                foreach (var (p, penalty) in Penalties.Index())
                {
                    cancel.ThrowIfCancellationRequested();
                    var system = all.Square - left.Square + DenseMatrix.CreateDiagonal(length, length, penalty);
                    var found = left.X * system.Cholesky().Solve(all.Right - left.Right);
                    foreach (var (a, i) in own.Index())
                        for (var k = 0; k < classes; k++)
                            outputs[p][d][i * classes + k] = found[a, k];
                }
            }
        return outputs;
    }

    /// <summary>
    /// The class of the largest output. The penalty of a part is the one whose outputs err least on the other parts, so that no object chooses its own.
    /// </summary>
    /// <param name="sums">To which the squared error of each object is added.</param>
    static byte[] Chosen(double[][] outputs, double[] targets, int classes, int[] division, double[] sums)
    {
        var (members, chosen) = (Members(division), new byte[division.Length]);
        double[][] errors = Array.ConvertAll(outputs, one => Enumerable.Range(0, chosen.Length).Select(i =>
        {
            var sum = 0.0;
            for (var at = i * classes; at < (i + 1) * classes; at++)
                sum += (one[at] - targets[at]) * (one[at] - targets[at]);
            return sum;
        }).ToArray());
        double[][] ofParts = Array.ConvertAll(errors, one => Array.ConvertAll(members, own => own.Sum(i => one[i])));
        foreach (var (part, own) in members.Index())
        {
            // Of equal errors the larger penalty.
            var best = Enumerable.Range(0, outputs.Length).Reverse().MinBy(p => ofParts[p].Sum() - ofParts[p][part]);
            foreach (var i in own)
            {
                chosen[i] = (byte)Enumerable.Range(0, classes).MaxBy(k => outputs[best][i * classes + k]);
                sums[i] += errors[best][i];
            }
        }
        return chosen;
    }

    static int[][] Members(int[] division) => [.. division.Index().GroupBy(one => one.Item).OrderBy(part => part.Key)
        .Select(part => part.Select(one => one.Index).ToArray())];
}
