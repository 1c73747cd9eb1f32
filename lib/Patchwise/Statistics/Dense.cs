using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// Products of rows and the inverse of a matrix, on one thread and by vector instructions: of 600 rows five factors with their inverses take 0.07 s, those of
/// MathNet some 2 s, and its eigendecomposition, which would serve instead, 1.1 s. All comes down to products of some rows with some others, tile by tile.
/// </summary>
static class Dense
{
    /// <summary>Times that directions are turned towards those of most variance.</summary>
    const int Passes = 3;

    /// <summary>Values of a row that are taken at once.</summary>
    const int Stretch = 512;

    /// <summary>Rows that are taken at once: with a stretch of each they stay near the processor. A multiple of what a vector holds.</summary>
    const int Block = 24;

    /// <summary>Rows of a tile, either way.</summary>
    const int Tile = 3;

    /// <summary>Of each two rows.</summary>
    internal static double[] Products(float[][] rows, CancellationToken cancel)
    {
        var (n, length) = (rows.Length, rows[0].Length);
        var (products, packed, sums, places) = (new double[n * n], new float[n * Stretch], new float[Block * Block], Places(n, Stretch));
        for (var start = 0; start < length; start += Stretch)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(Stretch, length - start);
            for (var i = 0; i < n; i++)
                rows[i].AsSpan(start, count).CopyTo(packed.AsSpan(i * Stretch));
            for (var i0 = 0; i0 < n; i0 += Block)
                for (var j0 = 0; j0 <= i0; j0 += Block)
                {
                    var (i1, j1) = (Math.Min(i0 + Block, n), Math.Min(j0 + Block, n));
                    Products<float>(packed, places.AsSpan(i0..i1), packed, places.AsSpan(j0..j1), count, sums, Block);
                    for (var i = i0; i < i1; i++)
                        for (var j = j0; j < Math.Min(j1, i + 1); j++)
                            products[i * n + j] += sums[(i - i0) * Block + j - j0];
                }
        }
        for (var i = 0; i < n; i++)
            for (var j = 0; j < i; j++)
                products[j * n + i] = products[i * n + j];
        return products;
    }

    /// <summary>
    /// Rows in the directions that hold most of their variance, by subspace iteration (Halko, Martinsson and Tropp 2011): products of rows stay nearly as they
    /// are. What only sees these products sees no rotation, so the directions are not told apart.
    /// </summary>
    internal static float[][] Reduced(float[][] rows, int count, CancellationToken cancel)
    {
        var random = new SplitMix64(1);
        // Direction by direction a value a row.
        float[][] basis = [.. Enumerable.Range(0, count).Select(_ => rows.Select(_ => (float)(random.Next() / (double)ulong.MaxValue - 0.5)).ToArray())];
        for (var pass = 0; ; pass++)
        {
            basis = Orthogonal(Orthogonal(basis));
            var mixed = new float[count][];
            foreach (var block in Enumerable.Range(0, count).Chunk(16))
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var k in block)
                    mixed[k] = new float[rows[0].Length];
                for (var i = 0; i < rows.Length; i++)
                    foreach (var k in block)
                        AddTimes<float>(mixed[k], basis[k][i], rows[i]);
            }
            if (pass == Passes)
            {
                var lower = Factor(Regular(Products(mixed, cancel), 1e-6), count, cancel);
                return [.. Enumerable.Range(0, rows.Length).Select(i => Enumerable.Range(0, count).Select(k =>
                    (float)Enumerable.Range(k, count - k).Sum(m => basis[m][i] * lower[m * count + k])).ToArray())];
            }
            foreach (var block in Enumerable.Range(0, count).Chunk(16))
            {
                cancel.ThrowIfCancellationRequested();
                for (var i = 0; i < rows.Length; i++)
                    foreach (var k in block)
                        basis[k][i] = Dot<float>(rows[i], mixed[k]);
            }
        }

        // Solves lower * new = old by rows.
        float[][] Orthogonal(float[][] basis)
        {
            var lower = Factor(Regular(Products(basis, cancel), 1e-5), count, cancel);
            for (var k = 0; k < count; k++)
            {
                for (var m = 0; m < k; m++)
                    AddTimes<float>(basis[k], (float)-lower[k * count + m], basis[m]);
                for (var i = 0; i < basis[k].Length; i++)
                    basis[k][i] = (float)(basis[k][i] / lower[k * count + k]);
            }
            return basis;
        }

        // Rows of fewer dimensions than directions leave some of them empty, but for rounding.
        double[] Regular(double[] products, double share)
        {
            var most = Enumerable.Range(0, count).Max(k => products[k * count + k]);
            for (var k = 0; k < count; k++)
                products[k * count + k] += share * most;
            return products;
        }
    }

    /// <summary>The lower factor of a symmetric positive definite matrix, whose upper half is not read, in its place (Cholesky).</summary>
    internal static double[] Factor(double[] matrix, int n, CancellationToken cancel)
    {
        var (inverses, sums) = (new double[(n + Block - 1) / Block][], new double[Block * Block]);
        var (places, inBlock) = (Places(n, n), Places(Block, Block));
        for (var i0 = 0; i0 < n; i0 += Block)
        {
            cancel.ThrowIfCancellationRequested();
            var i1 = Math.Min(i0 + Block, n);
            for (var j0 = 0; j0 <= i0; j0 += Block)
            {
                var j1 = Math.Min(j0 + Block, n);
                Products<double>(matrix, places.AsSpan(i0..i1), matrix, places.AsSpan(j0..j1), j0, sums, Block);
                for (var i = i0; i < i1; i++)
                    for (var j = j0; j < Math.Min(j1, i + 1); j++)
                        sums[(i - i0) * Block + j - j0] = matrix[i * n + j] - sums[(i - i0) * Block + j - j0];
                if (j0 < i0)
                    Products<double>(sums, inBlock.AsSpan(0, i1 - i0), inverses[j0 / Block], inBlock, Block, matrix.AsSpan(i0 * n + j0), n);
            }
            // What is left of the block on the diagonal is factored by itself.
            var size = i1 - i0;
            for (var i = 0; i < size; i++)
                for (var j = 0; j <= i; j++)
                {
                    var rest = sums[i * Block + j] - Dot<double>(sums.AsSpan(i * Block, j), sums.AsSpan(j * Block, j));
                    matrix[(i0 + i) * n + i0 + j] = sums[i * Block + j] = i == j ? Math.Sqrt(Math.Max(rest, 1e-300)) : rest / sums[j * Block + j];
                }
            inverses[i0 / Block] = OnDiagonal(matrix, n, i0);
        }
        return matrix;
    }

    /// <summary>The inverse of a block on the diagonal of a lower factor, row by row, with zeros behind each and to the whole of a block.</summary>
    static double[] OnDiagonal(double[] lower, int n, int start)
    {
        var (inverse, size) = (new double[Block * Block], Math.Min(Block, n - start));
        for (var k = 0; k < size; k++)
            for (var i = 0; i <= k; i++)
            {
                var rest = k == i ? 1.0 : 0;
                for (var m = i; m < k; m++)
                    rest -= lower[(start + k) * n + start + m] * inverse[m * Block + i];
                inverse[k * Block + i] = rest / lower[(start + k) * n + start + k];
            }
        return inverse;
    }

    /// <summary>Row by row the columns of the inverse of a lower factor.</summary>
    /// <param name="columns">Takes them: zeros, or what this has left there.</param>
    internal static void InverseOfFactor(double[] lower, int n, double[] columns, CancellationToken cancel)
    {
        double[][] inverses = [.. Enumerable.Range(0, (n + Block - 1) / Block).Select(k => OnDiagonal(lower, n, k * Block))];
        var (sums, places, inBlock) = (new double[Block * Block], Places(n, n), Places(Block, Block));
        for (var i0 = 0; i0 < n; i0 += Block)
        {
            cancel.ThrowIfCancellationRequested();
            var size = Math.Min(Block, n - i0);
            for (var i = 0; i < size; i++)
                for (var k = i; k < size; k++)
                    columns[(i0 + i) * n + i0 + k] = inverses[i0 / Block][k * Block + i];
            for (var k0 = i0 + Block; k0 < n; k0 += Block)
            {
                var k1 = Math.Min(k0 + Block, n);
                Products<double>(columns.AsSpan(i0), places.AsSpan(i0, size), lower.AsSpan(i0), places.AsSpan(k0..k1), k0 - i0, sums, Block);
                for (var i = 0; i < sums.Length; i++)
                    sums[i] = -sums[i];
                Products<double>(sums, inBlock.AsSpan(0, size), inverses[k0 / Block], inBlock.AsSpan(0, k1 - k0), Block, columns.AsSpan(i0 * n + k0), n);
            }
        }
    }

    /// <summary>Products of the inverse with some vectors.</summary>
    /// <param name="columns">Of the inverse of the matrix's factor.</param>
    internal static double[][] InverseTimes(double[] columns, int n, double[][] vectors)
    {
        double[][] half = Array.ConvertAll(vectors, _ => new double[n]), products = Array.ConvertAll(vectors, _ => new double[n]);
        for (var i = 0; i < n; i++)
            for (var k = 0; k < vectors.Length; k++)
                AddTimes(half[k].AsSpan(i), vectors[k][i], columns.AsSpan(i * n + i, n - i));
        for (var i = 0; i < n; i++)
            for (var k = 0; k < vectors.Length; k++)
                products[k][i] = Dot<double>(half[k].AsSpan(i), columns.AsSpan(i * n + i, n - i));
        return products;
    }

    /// <summary>Some rows and the same columns of an inverse, the half on and below the diagonal.</summary>
    /// <param name="columns">Of the inverse of the matrix's factor.</param>
    /// <param name="own">Which rows, ascending.</param>
    internal static double[] InverseOf(double[] columns, int n, int[] own)
    {
        // Few rows at a time: before the first of them there is nothing to add.
        const int Few = 2 * Tile;
        var (inverse, places) = (new double[own.Length * own.Length], Array.ConvertAll(own, i => i * n));
        for (var a0 = 0; a0 < own.Length; a0 += Few)
        {
            var (a1, from) = (Math.Min(a0 + Few, own.Length), own[a0]);
            Products<double>(columns.AsSpan(from), places.AsSpan(a0..a1), columns.AsSpan(from), places.AsSpan(0, a1), n - from,
                inverse.AsSpan(a0 * own.Length), own.Length);
        }
        return inverse;
    }

    /// <summary>Solves matrix * new = old, in the place of the old, for the matrix with this lower factor.</summary>
    internal static void Solve(double[] lower, Span<double> old)
    {
        var n = old.Length;
        for (var i = 0; i < n; i++)
            old[i] = (old[i] - Dot<double>(lower.AsSpan(i * n, i), old[..i])) / lower[i * n + i];
        for (var i = n - 1; i >= 0; i--)
        {
            old[i] /= lower[i * n + i];
            AddTimes(old[..i], -old[i], lower.AsSpan(i * n, i));
        }
    }

    static int[] Places(int count, int step) => [.. Enumerable.Range(0, count).Select(i => i * step)];

    /// <summary>Of some rows with some others, tile by tile.</summary>
    /// <param name="leftAt">Where each row starts.</param>
    /// <param name="count">Of the values of each row.</param>
    /// <param name="step">From row to row of the result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Products<T>(ReadOnlySpan<T> left, ReadOnlySpan<int> leftAt, ReadOnlySpan<T> right, ReadOnlySpan<int> rightAt, int count, Span<T> to, int step)
        where T : unmanaged, INumber<T>
    {
        Span<T> tile = stackalloc T[Tile * Tile];
        for (var j = 0; j < rightAt.Length; j += Tile)
        {
            // At an end the last row stands for those that are missing.
            int second = Math.Min(j + 1, rightAt.Length - 1), third = Math.Min(j + 2, rightAt.Length - 1), width = Math.Min(Tile, rightAt.Length - j);
            ReadOnlySpan<T> y0 = right.Slice(rightAt[j], count), y1 = right.Slice(rightAt[second], count), y2 = right.Slice(rightAt[third], count);
            for (var i = 0; i < leftAt.Length; i += Tile)
            {
                var last = leftAt.Length - 1;
                OfTile(left.Slice(leftAt[i], count), left.Slice(leftAt[Math.Min(i + 1, last)], count), left.Slice(leftAt[Math.Min(i + 2, last)], count),
                    y0, y1, y2, tile);
                for (var a = 0; a < Math.Min(Tile, leftAt.Length - i); a++)
                    for (var b = 0; b < width; b++)
                        to[(i + a) * step + j + b] = tile[a * Tile + b];
            }
        }
    }

    /// <summary>Three rows with three others: what is loaded serves three products, and no addition waits for the one before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void OfTile<T>(ReadOnlySpan<T> a0, ReadOnlySpan<T> a1, ReadOnlySpan<T> a2, ReadOnlySpan<T> b0, ReadOnlySpan<T> b1, ReadOnlySpan<T> b2, Span<T> tile)
        where T : unmanaged, INumber<T>
    {
        var x0 = MemoryMarshal.Cast<T, Vector<T>>(a0);
        var n = x0.Length;
        // Cut alike, so that no place is asked twice whether it is inside.
        ReadOnlySpan<Vector<T>> x1 = MemoryMarshal.Cast<T, Vector<T>>(a1)[..n], x2 = MemoryMarshal.Cast<T, Vector<T>>(a2)[..n];
        ReadOnlySpan<Vector<T>> y0 = MemoryMarshal.Cast<T, Vector<T>>(b0)[..n], y1 = MemoryMarshal.Cast<T, Vector<T>>(b1)[..n],
            y2 = MemoryMarshal.Cast<T, Vector<T>>(b2)[..n];
        Vector<T> s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default, s20 = default, s21 = default, s22 = default;
        for (var i = 0; i < n; i++)
        {
            var (p0, p1, p2) = (x0[i], x1[i], x2[i]);
            var q = y0[i];
            (s00, s10, s20) = (Plus(s00, p0, q), Plus(s10, p1, q), Plus(s20, p2, q));
            q = y1[i];
            (s01, s11, s21) = (Plus(s01, p0, q), Plus(s11, p1, q), Plus(s21, p2, q));
            q = y2[i];
            (s02, s12, s22) = (Plus(s02, p0, q), Plus(s12, p1, q), Plus(s22, p2, q));
        }
        (tile[0], tile[1], tile[2]) = (Vector.Sum(s00), Vector.Sum(s01), Vector.Sum(s02));
        (tile[3], tile[4], tile[5]) = (Vector.Sum(s10), Vector.Sum(s11), Vector.Sum(s12));
        (tile[6], tile[7], tile[8]) = (Vector.Sum(s20), Vector.Sum(s21), Vector.Sum(s22));
        for (var i = n * Vector<T>.Count; i < a0.Length; i++)
        {
            (tile[0], tile[1], tile[2]) = (tile[0] + a0[i] * b0[i], tile[1] + a0[i] * b1[i], tile[2] + a0[i] * b2[i]);
            (tile[3], tile[4], tile[5]) = (tile[3] + a1[i] * b0[i], tile[4] + a1[i] * b1[i], tile[5] + a1[i] * b2[i]);
            (tile[6], tile[7], tile[8]) = (tile[6] + a2[i] * b0[i], tile[7] + a2[i] * b1[i], tile[8] + a2[i] * b2[i]);
        }
    }

    /// <summary>In one instruction where the processor has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector<T> Plus<T>(Vector<T> sum, Vector<T> a, Vector<T> b) where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(double) ? Vector.MultiplyAddEstimate(a.As<T, double>(), b.As<T, double>(), sum.As<T, double>()).As<double, T>()
        : typeof(T) == typeof(float) ? Vector.MultiplyAddEstimate(a.As<T, float>(), b.As<T, float>(), sum.As<T, float>()).As<float, T>()
        : sum + a * b;

    internal static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b) where T : struct, INumber<T>
    {
        var x = MemoryMarshal.Cast<T, Vector<T>>(a);
        var y = MemoryMarshal.Cast<T, Vector<T>>(b)[..x.Length];
        // Several, since an addition waits for the one before it.
        Vector<T> first = default, second = default, third = default, fourth = default;
        var i = 0;
        for (; i + 3 < x.Length; i += 4)
        {
            first += x[i] * y[i];
            second += x[i + 1] * y[i + 1];
            third += x[i + 2] * y[i + 2];
            fourth += x[i + 3] * y[i + 3];
        }
        for (; i < x.Length; i++)
            first += x[i] * y[i];
        var sum = Vector.Sum(first + second + (third + fourth));
        for (i = x.Length * Vector<T>.Count; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <summary>Adds a factor times a vector.</summary>
    static void AddTimes<T>(Span<T> to, T factor, ReadOnlySpan<T> vector) where T : struct, INumber<T>
    {
        var x = MemoryMarshal.Cast<T, Vector<T>>(to);
        var y = MemoryMarshal.Cast<T, Vector<T>>(vector);
        for (var i = 0; i < x.Length; i++)
            x[i] += factor * y[i];
        for (var i = x.Length * Vector<T>.Count; i < to.Length; i++)
            to[i] += factor * vector[i];
    }
}
