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
    const int Taps = 2 * Reach + 1, Planes = 5;
    const double C1 = 0.01 * 255 * 0.01 * 255, C2 = 0.03 * 255 * 0.03 * 255;

    /// <summary>
    /// Where the standard deviation of both images is below it, its own constant says more than they do: they are called alike whatever they show.
    /// </summary>
    internal const double LeastContrast = 0.03 * 255;

    /// <summary>The weight at 0, 1, ... 5 px from the centre; the window is their outer product and sums to 1.</summary>
    static readonly double[] Weights = MakeWeights();

    /// <summary>-1..1, 1 for equal images.</summary>
    /// <param name="counts">Which pixels count; one at least.</param>
    internal static double Of(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<bool> counts, int width, int height)
    {
        var (length, total, counted) = (Planes * width, 0.0, 0);
        // Rows that the window reaches over: both images, their squares and their product, side by side. Row y is made once, in place y modulo their number.
        var places = Math.Min(Taps, height);
        double[] rows = new double[places * length], down = new double[length], wide = new double[width + 2 * Reach], along = new double[length];
        Span<int> above = stackalloc int[Taps], beside = stackalloc int[Taps];
        for (var k = 0; k < Taps; k++)
            beside[k] = k;
        for (int y = 0, made = 0; y < height; y++)
        {
            if (!counts.Slice(y * width, width).Contains(true))
                continue;
            for (made = Math.Max(made, y - Reach); made < Math.Min(height, y + Reach + 1); made++)
                Multiply(a.Slice(made * width, width), b.Slice(made * width, width), rows.AsSpan(made % places * length, length));
            for (var k = 0; k < Taps; k++)
                above[k] = Mirror(y + k - Reach, height) % places * length;
            Sum(rows, above, down);
            for (var i = 0; i < Planes; i++)
            {
                var plane = down.AsSpan(i * width, width);
                plane.CopyTo(wide.AsSpan(Reach));
                for (var x = 1; x <= Reach; x++)
                    (wide[Reach - x], wide[Reach + width - 1 + x]) = (plane[Mirror(-x, width)], plane[Mirror(width - 1 + x, width)]);
                Sum(wide, beside, along.AsSpan(i * width, width));
            }
            for (var x = 0; x < width; x++)
            {
                if (!counts[y * width + x])
                    continue;
                var (meanA, meanB) = (along[x], along[width + x]);
                var (products, squares) = (meanA * meanB, meanA * meanA + meanB * meanB);
                counted++;
                total += (2 * products + C1) * (2 * (along[4 * width + x] - products) + C2)
                    / ((squares + C1) * (along[2 * width + x] + along[3 * width + x] - squares + C2));
            }
        }
        return total / counted;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Multiply(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<double> row)
    {
        var width = a.Length;
        for (var x = 0; x < width; x++)
        {
            int va = a[x], vb = b[x];
            row[x] = va;
            row[width + x] = vb;
            row[2 * width + x] = va * va;
            row[3 * width + x] = vb * vb;
            row[4 * width + x] = va * vb;
        }
    }

    /// <summary>At each x the sum over the window of what stands at x behind each of the places; those as far from its middle have one weight.</summary>
    // Compiled for speed at the first call, as a notebook calls it for a second in all.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Sum(ReadOnlySpan<double> from, ReadOnlySpan<int> places, Span<double> to)
    {
        var (x, weights) = (0, Weights);
        for (; x <= to.Length - Vector<double>.Count; x += Vector<double>.Count)
        {
            var sum = new Vector<double>(from[(places[Reach] + x)..]) * weights[0];
            for (var k = 1; k <= Reach; k++)
                sum += (new Vector<double>(from[(places[Reach - k] + x)..]) + new Vector<double>(from[(places[Reach + k] + x)..])) * weights[k];
            sum.CopyTo(to[x..]);
        }
        for (; x < to.Length; x++)
        {
            to[x] = from[places[Reach] + x] * weights[0];
            for (var k = 1; k <= Reach; k++)
                to[x] += (from[places[Reach - k] + x] + from[places[Reach + k] + x]) * weights[k];
        }
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
