using System.Numerics;
using System.Runtime.CompilerServices;

namespace Patchwise;

/// <summary>
/// Structural similarity of two grey images (Wang, Bovik, Sheikh and Simoncelli 2004): Gaussian window of 11 x 11 px, sigma 1.5, population covariance, values
/// 0..255, K1 = 0.01, K2 = 0.03; images go on beyond their borders by reflection (c b a | a b c). The mean is over the windows around the pixels that count:
/// <code>
///   _, map = skimage.metrics.structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True)
///   map[counts].mean()
/// </code>
/// </summary>
static class Ssim
{
    internal const int Reach = 5;
    const double C1 = 0.01 * 255 * 0.01 * 255, C2 = 0.03 * 255 * 0.03 * 255;

    /// <summary>The weight at 0, 1, ... 5 px from the centre; the window is their outer product and sums to 1.</summary>
    static readonly double[] Weights = MakeWeights();

    /// <summary>-1..1, 1 for equal images.</summary>
    /// <param name="counts">Which pixels count; one at least.</param>
    internal static double Of(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<bool> counts, int width, int height)
    {
        // Rows of both images and of their products, one after the other: the window's sums down the columns, then along the row.
        var (wide, total, counted) = (width + 2 * Reach, 0.0, 0);
        double[][] down = [.. Enumerable.Range(0, 5).Select(_ => new double[wide])], along = [.. down.Select(_ => new double[width])];
        for (var y = 0; y < height; y++)
        {
            if (!counts.Slice(y * width, width).Contains(true))
                continue;
            foreach (var sums in down)
                Array.Clear(sums);
            for (var k = -Reach; k <= Reach; k++)
            {
                var from = Mirror(y + k, height) * width;
                var weight = Weights[Math.Abs(k)];
                for (var x = 0; x < width; x++)
                {
                    double va = a[from + x], vb = b[from + x];
                    down[0][Reach + x] += weight * va;
                    down[1][Reach + x] += weight * vb;
                    down[2][Reach + x] += weight * va * va;
                    down[3][Reach + x] += weight * vb * vb;
                    down[4][Reach + x] += weight * va * vb;
                }
            }
            for (var i = 0; i < 5; i++)
            {
                for (var x = 1; x <= Reach; x++)
                    (down[i][Reach - x], down[i][Reach + width - 1 + x]) = (down[i][Reach + Mirror(-x, width)], down[i][Reach + Mirror(width - 1 + x, width)]);
                Array.Clear(along[i]);
                for (var k = -Reach; k <= Reach; k++)
                    AddWeighted(along[i], down[i].AsSpan(Reach + k, width), Weights[Math.Abs(k)]);
            }
            for (var x = 0; x < width; x++)
            {
                if (!counts[y * width + x])
                    continue;
                var (meanA, meanB) = (along[0][x], along[1][x]);
                var (products, squares) = (meanA * meanB, meanA * meanA + meanB * meanB);
                counted++;
                total += (2 * products + C1) * (2 * (along[4][x] - products) + C2) / ((squares + C1) * (along[2][x] + along[3][x] - squares + C2));
            }
        }
        return total / counted;
    }

    // Compiled for speed at the first call, as a notebook calls it for a second in all.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddWeighted(Span<double> to, ReadOnlySpan<double> from, double weight)
    {
        var x = 0;
        for (; x <= to.Length - Vector<double>.Count; x += Vector<double>.Count)
            (new Vector<double>(to[x..]) + new Vector<double>(from[x..]) * weight).CopyTo(to[x..]);
        for (; x < to.Length; x++)
            to[x] += from[x] * weight;
    }

    static int Mirror(int at, int length)
    {
        at = (at % (2 * length) + 2 * length) % (2 * length);
        return at < length ? at : 2 * length - 1 - at;
    }

    static double[] MakeWeights()
    {
        var weights = Enumerable.Range(0, Reach + 1).Select(k => Math.Exp(-k * k / (2 * 1.5 * 1.5))).ToArray();
        var sum = weights[0] + 2 * weights[1..].Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
