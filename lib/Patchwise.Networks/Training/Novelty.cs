using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Statistics;

namespace Patchwise;

/// <summary>
/// How far features are from those that a head was learned from, in the space that the head itself uses: the distance to a training patch over that patch's own
/// distance to its third neighbour, the least over all of them (the nearest-neighbour description of Tax 2001, "One-class classification"). So tissue of even
/// look, whose patches lie close together, is told from what lies beside it, and tissue of varied look keeps more room. 1 is the bound of conformal prediction
/// (Vovk et al. 2005): of patches of the kind that was learned at most 1 in 20 are above it, whatever their distribution.
/// </summary>
/// <param name="Known">For each training patch its standardised features.</param>
/// <param name="Reach">For each training patch the distance that counts as 1.</param>
sealed record Novelty(Standardised Space, float[][] Known, double[] Reach)
{
    /// <summary>From this many patches on one more or less does not move the space, and each is no longer left out of it to be tested.</summary>
    const int FewRows = 200;

    const double Inside = 0.95;

    /// <summary>
    /// A channel that hardly differs between the training patches is taken to differ by this over their number, as a share of what is usual at its depth: else
    /// the one patch in which it does is infinitely far from the others, and all else near. The more there are, the better is known how it differs.
    /// </summary>
    const double LeastSpread = 2;
    const int Neighbour = 3;

    /// <summary>For each training patch its own novelty, as told by the others.</summary>
    internal double[] LeftOut { get; private init; } = [];

    /// <param name="rows">Features of the training patches.</param>
    /// <param name="groups">Equal images, turned or mirrored, have one number and are no neighbours.</param>
    internal static Novelty Of(float[][] rows, IReadOnlyList<int> depths, int[] groups)
    {
        var found = Learned(rows, depths, groups);
        var leftOut = new double[rows.Length];
        Parallel.ForEach(groups.Distinct(), group =>
        {
            int[] others = [.. Enumerable.Range(0, rows.Length).Where(i => groups[i] != group)];
            var without = rows.Length > FewRows ? found with
            {
                Known = [.. others.Select(i => found.Known[i])],
                Reach = [.. others.Select(i => found.Reach[i])]
            }
                : Learned([.. others.Select(i => rows[i])], depths, [.. others.Select(i => groups[i])]);
            for (var i = 0; i < rows.Length; i++)
                if (groups[i] == group)
                    leftOut[i] = without.Of(rows[i]);
        });
        // Of n the ceil(0.95 (n + 1))-th; of fewer than 19 the largest, within which n of n + 1 lie.
        var bound = Math.Max(1e-6, leftOut.Order().ElementAt(Math.Min(rows.Length, (int)Math.Ceiling(Inside * (rows.Length + 1))) - 1));
        return found with { Reach = Array.ConvertAll(found.Reach, reach => reach * bound), LeftOut = Array.ConvertAll(leftOut, one => one / bound) };
    }

    static Novelty Learned(float[][] rows, IReadOnlyList<int> depths, int[] groups)
    {
        var (space, x) = Standardised.Of(rows, depths, LeastSpread / rows.Length);
        var products = x.TransposeAndMultiply(x);
        double[] reach = [.. Enumerable.Range(0, rows.Length).Select(i => Enumerable.Range(0, rows.Length).Where(other => groups[other] != groups[i])
            .Select(other => Math.Sqrt(Math.Max(0, products[i, i] + products[other, other] - 2 * products[i, other])))
            .Order().Take(Neighbour).LastOrDefault(1))];
        // Almost equal patches would make a world of their own.
        var least = Math.Max(1e-6, reach.Order().ElementAt(rows.Length / 2) / 10);
        return new(space, [.. x.ToRowArrays().Select(row => Array.ConvertAll(row, value => (float)value))],
            Array.ConvertAll(reach, one => Math.Max(one, least)));
    }

    internal double Of(float[] features)
    {
        var z = Space.Of(features);
        return Known.Zip(Reach, (known, reach) => TensorPrimitives.Distance<float>(z, known) / reach).Min();
    }
}

/// <summary>
/// Features less their means and scaled, so that each depth counts alike in the distance between rows, however many channels it has, and rows have a mean
/// square length of 1.
/// </summary>
/// <param name="Scale">0 of a feature that is the same in all rows.</param>
sealed record Standardised(double[] Mean, double[] Scale)
{
    /// <param name="least">The least spread of a channel, as a share of the median of its depth.</param>
    internal static (Standardised Space, Matrix<double> Rows) Of(float[][] rows, IReadOnlyList<int> depths, double least = 0)
    {
        var (count, x) = (rows.Length, Matrix<double>.Build.Dense(rows.Length, depths.Sum(), (i, j) => rows[i][j]));
        var mean = x.ColumnSums() / count;
        x.MapIndexedInplace((_, j, value) => value - mean[j]);
        double[] room = [.. depths.SelectMany(channels => Enumerable.Repeat(Math.Sqrt(count / ((double)channels * depths.Count)), channels))];
        var norms = x.ColumnNorms(2);
        var (start, floor) = (0, new double[norms.Count]);
        foreach (var channels in least > 0 ? depths : [])
        {
            Array.Fill(floor, least * norms.SubVector(start, channels).Median(), start, channels);
            start += channels;
        }
        var scale = norms.MapIndexed((j, norm) => norm > (1e-6 * Math.Abs(mean[j]) + 1e-12) * Math.Sqrt(count) ? room[j] / Math.Max(norm, floor[j]) : 0);
        x.MapIndexedInplace((_, j, value) => value * scale[j]);
        return (new([.. mean], [.. scale]), x);
    }

    internal float[] Of(float[] features) => [.. features.Select((value, j) => (float)((value - Mean[j]) * Scale[j]))];
}
