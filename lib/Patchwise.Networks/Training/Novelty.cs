using MathNet.Numerics.LinearAlgebra;

namespace Patchwise;

/// <summary>
/// How far features are from those that a head was learned from: the distance to the nearest of these, in the space that the head itself uses, over that
/// which 95 % of the training patches keep from each other (Sun et al. 2022, "Out-of-distribution detection with deep nearest neighbors"). The bound is that of
/// conformal prediction (Vovk et al. 2005): of patches of the kind that was learned at most 1 in 20 have a novelty above 1, whatever their distribution.
/// </summary>
/// <param name="Known">For each training patch its standardised features.</param>
/// <param name="Bound">The distance that counts as 1.</param>
sealed record Novelty(Standardised Space, float[][] Known, double Bound)
{
    /// <summary>The output of a saved head: [patches, 1].</summary>
    internal const string Output = "novelty";

    const double Inside = 0.95;

    /// <summary>For each training patch its own novelty among the others.</summary>
    internal required double[] LeftOut { get; init; }

    /// <param name="rows">Features of the training patches.</param>
    /// <param name="groups">Equal images, turned or mirrored, have one number and are no neighbours.</param>
    internal static Novelty Of(float[][] rows, IReadOnlyList<int> depths, int[] groups)
    {
        var (space, x) = Standardised.Of(rows, depths);
        var known = x.ToRowArrays().Select(row => Array.ConvertAll(row, value => (float)value)).ToArray();
        double[] distances = [.. known.Select((row, i) => Nearest(row, known.Where((_, other) => groups[other] != groups[i])))];
        // Of n distances the ceil(0.95 (n + 1))-th; of fewer than 19 the largest, which n of n + 1 keep.
        var bound = distances.Order().ElementAt(Math.Min(rows.Length, (int)Math.Ceiling(Inside * (rows.Length + 1))) - 1);
        // Where all are alike, what differs at all is new.
        bound = Math.Max(bound, 1e-6);
        return new(space, known, bound) { LeftOut = Array.ConvertAll(distances, distance => distance / bound) };
    }

    internal double Of(float[] features) => Nearest(Space.Of(features), Known) / Bound;

    static double Nearest(float[] row, IEnumerable<float[]> others) =>
        Math.Sqrt(others.Min(other => row.Zip(other, (a, b) => ((double)a - b) * (a - b)).Sum()));
}

/// <summary>
/// Features less their means and scaled, so that each depth counts alike in the distance between rows, however many channels it has, and rows have a mean
/// square length of 1.
/// </summary>
/// <param name="Scale">0 of a feature that is the same in all rows.</param>
sealed record Standardised(double[] Mean, double[] Scale)
{
    internal static (Standardised Space, Matrix<double> Rows) Of(float[][] rows, IReadOnlyList<int> depths)
    {
        var (count, x) = (rows.Length, Matrix<double>.Build.Dense(rows.Length, depths.Sum(), (i, j) => rows[i][j]));
        var mean = x.ColumnSums() / count;
        x.MapIndexedInplace((_, j, value) => value - mean[j]);
        double[] room = [.. depths.SelectMany(channels => Enumerable.Repeat(Math.Sqrt(count / ((double)channels * depths.Count)), channels))];
        var scale = x.ColumnNorms(2).MapIndexed((j, norm) => norm > (1e-6 * Math.Abs(mean[j]) + 1e-12) * Math.Sqrt(count) ? room[j] / norm : 0);
        x.MapIndexedInplace((_, j, value) => value * scale[j]);
        return (new([.. mean], [.. scale]), x);
    }

    internal float[] Of(float[] features) => [.. features.Select((value, j) => (float)((value - Mean[j]) * Scale[j]))];
}
