using System.Numerics;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// Ridge regression of the classes on standardised features, each class counting equally, whose outputs for every object come from the groups that it does not
/// belong to. Up to 1,000 objects exactly, from one inverse C = (K + penalty I)^-1 a penalty: the outputs of the left-out part f are y_f - (C_ff)^-1 (C y)_f,
/// as those of Cook and Weisberg 1982 for one row. With more objects from 192 directions that hold most of the variance, found without the classes, by normal
/// equations less those of each part.
/// </summary>
/// <remarks>
/// Own factorisation: of 600 objects five inverses take 0.2 s on one core, MathNet's eigendecomposition 1.1 s, its five inverses 2.1 s, and a test has fifty
/// settings.
/// </remarks>
static class SignalHeads
{
    internal static readonly double[] Penalties = [0.01, 0.03, 0.1, 0.3, 1];

    /// <summary>Of objects that are taken exactly.</summary>
    internal const int MostExact = 1000;
    const int Directions = 192, Passes = 3;

    /// <summary>For each way of dividing the class that each object is given by what was learned from the other parts.</summary>
    /// <param name="parts">Lengths of the parts of a vector of features; each counts alike.</param>
    /// <param name="divisions">For each way of dividing and each object the number of its part.</param>
    internal static byte[][] Predict(float[][] features, IReadOnlyList<int> parts, int[] labels, int[][] divisions, CancellationToken cancel)
    {
        var classes = labels.Max() + 1;
        var weights = Weights(labels);
        var rows = Standardised(features, parts, weights);
        var targets = new double[rows.Length * classes];
        for (var i = 0; i < rows.Length; i++)
            for (var k = 0; k < classes; k++)
                targets[i * classes + k] = Math.Sqrt(weights[i]) * ((labels[i] == k ? 1 : 0) - 1.0 / classes);
        var outputs = rows.Length <= MostExact ? Exact(Products(rows, cancel), targets, classes, divisions, cancel)
            : ByDirections(rows[0].Length <= Directions ? rows : Reduced(rows, cancel), targets, classes, divisions, cancel);
        return [.. divisions.Select((division, d) => Chosen(outputs.Select(penalty => penalty[d]).ToArray(), targets, classes, division))];
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

    /// <summary>Of each two rows.</summary>
    internal static double[] Products(float[][] rows, CancellationToken cancel)
    {
        var n = rows.Length;
        var products = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            cancel.ThrowIfCancellationRequested();
            for (var j = 0; j <= i; j++)
                products[i * n + j] = products[j * n + i] = Dot<float>(rows[i], rows[j]);
        }
        return products;
    }

    /// <summary>For each penalty and way of dividing the left-out outputs, object by object, as the targets are.</summary>
    internal static double[][][] Exact(double[] products, double[] targets, int classes, int[][] divisions, CancellationToken cancel)
    {
        var n = targets.Length / classes;
        return Array.ConvertAll(Penalties, penalty =>
        {
            cancel.ThrowIfCancellationRequested();
            var system = (double[])products.Clone();
            for (var i = 0; i < n; i++)
                system[i * n + i] += penalty;
            var inverse = Inverse(Factor(system, n), n, cancel);
            var dual = new double[targets.Length];
            for (var i = 0; i < n; i++)
                for (var j = 0; j < n; j++)
                    for (var k = 0; k < classes; k++)
                        dual[i * classes + k] += inverse[i * n + j] * targets[j * classes + k];
            return Array.ConvertAll(divisions, division =>
            {
                var outputs = new double[targets.Length];
                foreach (var own in Members(division))
                {
                    var (block, right) = (new double[own.Length * own.Length], new double[own.Length * classes]);
                    for (var a = 0; a < own.Length; a++)
                    {
                        for (var b = 0; b < own.Length; b++)
                            block[a * own.Length + b] = inverse[own[a] * n + own[b]];
                        dual.AsSpan(own[a] * classes, classes).CopyTo(right.AsSpan(a * classes));
                    }
                    Solve(Factor(block, own.Length), own.Length, right, classes);
                    for (var a = 0; a < own.Length; a++)
                        for (var k = 0; k < classes; k++)
                            outputs[own[a] * classes + k] = targets[own[a] * classes + k] - right[a * classes + k];
                }
                return outputs;
            });
        });
    }

    /// <summary>As <see cref="Exact"/>, from rows of few values.</summary>
    internal static double[][][] ByDirections(float[][] rows, double[] targets, int classes, int[][] divisions, CancellationToken cancel)
    {
        var length = rows[0].Length;
        // For each row its products with itself (lower half) and with its targets.
        void Add(int i, double sign, double[] square, double[] right)
        {
            for (var a = 0; a < length; a++)
            {
                var value = sign * rows[i][a];
                for (var b = 0; b <= a; b++)
                    square[a * length + b] += value * rows[i][b];
                for (var k = 0; k < classes; k++)
                    right[a * classes + k] += value * targets[i * classes + k];
            }
        }
        var (all, allRight) = (new double[length * length], new double[length * classes]);
        for (var i = 0; i < rows.Length; i++)
            Add(i, 1, all, allRight);
        var outputs = Array.ConvertAll(Penalties, _ => Array.ConvertAll(divisions, _ => new double[targets.Length]));
        foreach (var (d, division) in divisions.Index())
            foreach (var own in Members(division))
            {
                cancel.ThrowIfCancellationRequested();
                var (square, right) = ((double[])all.Clone(), (double[])allRight.Clone());
                foreach (var i in own)
                    Add(i, -1, square, right);
                foreach (var (p, penalty) in Penalties.Index())
                {
                    var (system, solved) = ((double[])square.Clone(), (double[])right.Clone());
                    for (var a = 0; a < length; a++)
                        system[a * length + a] += penalty;
                    Solve(Factor(system, length), length, solved, classes);
                    foreach (var i in own)
                        for (var a = 0; a < length; a++)
                            for (var k = 0; k < classes; k++)
                                outputs[p][d][i * classes + k] += rows[i][a] * solved[a * classes + k];
                }
            }
        return outputs;
    }

    /// <summary>
    /// Rows in the directions that hold most of their variance, by subspace iteration (Halko, Martinsson and Tropp 2011): products of rows stay nearly as they
    /// are. As ridge regression does not see rotations, the directions are not told apart.
    /// </summary>
    internal static float[][] Reduced(float[][] rows, CancellationToken cancel)
    {
        var random = new SplitMix64(1);
        // Direction by direction a value a row.
        float[][] basis = [.. Enumerable.Range(0, Directions).Select(_ => rows.Select(_ => (float)(random.Next() / (double)ulong.MaxValue - 0.5)).ToArray())];
        for (var pass = 0; ; pass++)
        {
            basis = Orthogonal(Orthogonal(basis));
            var mixed = new float[Directions][];
            foreach (var block in Enumerable.Range(0, Directions).Chunk(16))
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var k in block)
                    mixed[k] = new float[rows[0].Length];
                for (var i = 0; i < rows.Length; i++)
                    foreach (var k in block)
                        AddTimes(mixed[k], basis[k][i], rows[i]);
            }
            if (pass == Passes)
            {
                var lower = Factor(Regular(Products(mixed, cancel), 1e-6), Directions);
                return [.. Enumerable.Range(0, rows.Length).Select(i => Enumerable.Range(0, Directions).Select(k =>
                    (float)Enumerable.Range(k, Directions - k).Sum(m => basis[m][i] * lower[m * Directions + k])).ToArray())];
            }
            foreach (var block in Enumerable.Range(0, Directions).Chunk(16))
            {
                cancel.ThrowIfCancellationRequested();
                for (var i = 0; i < rows.Length; i++)
                    foreach (var k in block)
                        basis[k][i] = Dot<float>(rows[i], mixed[k]);
            }
        }

        // Solves lower * new = old by rows.
        static float[][] Orthogonal(float[][] basis)
        {
            var lower = Factor(Regular(Products(basis, default), 1e-5), Directions);
            for (var k = 0; k < Directions; k++)
            {
                for (var m = 0; m < k; m++)
                    AddTimes(basis[k], (float)-lower[k * Directions + m], basis[m]);
                for (var i = 0; i < basis[k].Length; i++)
                    basis[k][i] = (float)(basis[k][i] / lower[k * Directions + k]);
            }
            return basis;
        }

        // Rows of fewer dimensions than directions leave some of them empty, but for rounding.
        static double[] Regular(double[] products, double share)
        {
            var most = Enumerable.Range(0, Directions).Max(k => products[k * Directions + k]);
            for (var k = 0; k < Directions; k++)
                products[k * Directions + k] += share * most;
            return products;
        }
    }

    /// <summary>
    /// The class of the largest output. The penalty of a part is the one whose outputs err least on the other parts, so that no object chooses its own.
    /// </summary>
    static byte[] Chosen(double[][] outputs, double[] targets, int classes, int[] division)
    {
        var (members, n) = (Members(division), division.Length);
        var errors = outputs.Select(one => members.Select(own => own.Sum(i => Enumerable.Range(i * classes, classes).Sum(at => Math.Pow(one[at] - targets[at], 2))))
            .ToArray()).ToArray();
        var chosen = new byte[n];
        foreach (var (part, own) in members.Index())
        {
            // Of equal errors the larger penalty.
            var best = outputs.Index().Reverse().MinBy(one => errors[one.Index].Sum() - errors[one.Index][part]).Item;
            foreach (var i in own)
                chosen[i] = (byte)Enumerable.Range(0, classes).MaxBy(k => best[i * classes + k]);
        }
        return chosen;
    }

    static int[][] Members(int[] division) => [.. division.Index().GroupBy(one => one.Item).OrderBy(part => part.Key)
        .Select(part => part.Select(one => one.Index).ToArray())];

    /// <summary>The lower factor of a symmetric positive definite matrix, whose upper half is not read, in its place (Cholesky).</summary>
    internal static double[] Factor(double[] matrix, int n)
    {
        for (var i = 0; i < n; i++)
            for (var j = 0; j <= i; j++)
            {
                var rest = matrix[i * n + j] - Dot<double>(matrix.AsSpan(i * n, j), matrix.AsSpan(j * n, j));
                matrix[i * n + j] = i == j ? Math.Sqrt(Math.Max(rest, 1e-300)) : rest / matrix[j * n + j];
            }
        return matrix;
    }

    /// <summary>Solves in place, for several columns at once.</summary>
    internal static void Solve(double[] lower, int n, double[] right, int columns)
    {
        Span<double> Row(int i) => right.AsSpan(i * columns, columns);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++)
                AddTimes(Row(i), -lower[i * n + j], Row(j));
            foreach (ref var value in Row(i))
                value /= lower[i * n + i];
        }
        for (var i = n - 1; i >= 0; i--)
        {
            foreach (ref var value in Row(i))
                value /= lower[i * n + i];
            for (var j = 0; j < i; j++)
                AddTimes(Row(j), -lower[i * n + j], Row(i));
        }
    }

    /// <summary>Of the matrix with this lower factor.</summary>
    internal static double[] Inverse(double[] lower, int n, CancellationToken cancel)
    {
        // Row by row the columns of the factor's inverse.
        var (columns, inverse) = (new double[n * n], new double[n * n]);
        for (var i = 0; i < n; i++)
        {
            cancel.ThrowIfCancellationRequested();
            for (var k = i; k < n; k++)
                columns[i * n + k] = ((k == i ? 1 : 0) - Dot<double>(lower.AsSpan(k * n + i, k - i), columns.AsSpan(i * n + i, k - i))) / lower[k * n + k];
        }
        for (var i = 0; i < n; i++)
            for (var j = 0; j <= i; j++)
                inverse[i * n + j] = inverse[j * n + i] = Dot<double>(columns.AsSpan(i * n + i, n - i), columns.AsSpan(j * n + i, n - i));
        return inverse;
    }

    static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : struct, INumber<T>
    {
        var x = MemoryMarshal.Cast<T, Vector<T>>(a);
        var y = MemoryMarshal.Cast<T, Vector<T>>(b);
        Vector<T> one = default, other = default;
        var i = 0;
        for (; i + 1 < x.Length; i += 2)
        {
            one += x[i] * y[i];
            other += x[i + 1] * y[i + 1];
        }
        if (i < x.Length)
            one += x[i] * y[i];
        var sum = Vector.Sum(one + other);
        for (i = x.Length * Vector<T>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>Adds a factor times a vector.</summary>
    static void AddTimes<T>(Span<T> to, T factor, ReadOnlySpan<T> vector) where T : struct, INumber<T>
    {
        var x = MemoryMarshal.Cast<T, Vector<T>>(to);
        var y = MemoryMarshal.Cast<T, Vector<T>>(vector);
        var times = new Vector<T>(factor);
        for (var i = 0; i < x.Length; i++)
            x[i] += times * y[i];
        for (var i = x.Length * Vector<T>.Count; i < to.Length; i++)
            to[i] += factor * vector[i];
    }
}
