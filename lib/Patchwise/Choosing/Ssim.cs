using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Patchwise;

/// <summary>
/// Structural similarity of two grey images (Wang, Bovik, Sheikh and Simoncelli 2004): Gaussian window of 11 x 11 px, sigma 1.5, population
/// covariance, values 0..255, K1 = 0.01, K2 = 0.03, the mean over all places where the whole window lies inside the image. Equal to scikit-image's
/// <c>structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255)</c>.
/// </summary>
static class Ssim
{
    internal const int Window = 11;
    const int Reach = Window / 2;
    const double C1 = 0.01 * 255 * 0.01 * 255, C2 = 0.03 * 255 * 0.03 * 255;

    /// <summary>The weight at 0, 1, ... 5 px from the centre; the window is their outer product and sums to 1.</summary>
    static readonly double[] Weights = MakeWeights();

    /// <summary>
    /// -1..1, 1 for equal images. An image narrower or lower than the window is first extended to 11 px by reflecting it at its borders
    /// (the border pixel is repeated: c b a | a b c | c b a), where scikit-image refuses it.
    /// </summary>
    internal static double Of(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int width, int height)
    {
        if (width < Window || height < Window)
        {
            var (wide, high) = (Math.Max(width, Window), Math.Max(height, Window));
            return Of(Reflect(a, width, height, wide, high), Reflect(b, width, height, wide, high), wide, high);
        }

        // Two planes of real numbers, then five rows of weighted sums over the window's height: a, b, aa, bb, ab.
        // Rows are long enough for the last vector to reach beyond the image; what it reads there is not counted.
        var stride = (width + 2 * Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
        var rented = ArrayPool<double>.Shared.Rent((2 * height + 5) * stride);
        var planeA = rented.AsSpan(0, height * stride);
        var planeB = rented.AsSpan(height * stride, height * stride);
        var sums = rented.AsSpan(2 * height * stride, 5 * stride);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < stride; x++)
                (planeA[y * stride + x], planeB[y * stride + x]) = x < width ? (a[y * width + x], b[y * width + x]) : (0, 0);

        var total = 0.0;
        for (var y = 0; y + Window <= height; y++)
        {
            SumDown(planeA[(y * stride)..], planeB[(y * stride)..], stride, sums);
            total += SumOfRow(sums, stride, width - Window + 1);
        }
        ArrayPool<double>.Shared.Return(rented);
        return total / ((double)(width - Window + 1) * (height - Window + 1));
    }

    /// <summary>The window's weighted sum down each column of the 11 rows that begin at the spans' start.</summary>
    // Here and below: compiled for speed at the first call, as a notebook calls it for a second in all.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumDown(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int stride, Span<double> sums)
    {
        for (var x = 0; x < stride; x += Vector<double>.Count)
        {
            Vector<double> sumA = default, sumB = default, sumAA = default, sumBB = default, sumAB = default;
            for (var k = 0; k < Window; k++)
            {
                var weight = Weights[Math.Abs(k - Reach)];
                var va = new Vector<double>(a[(k * stride + x)..]);
                var vb = new Vector<double>(b[(k * stride + x)..]);
                var wa = va * weight;
                var wb = vb * weight;
                sumA += wa;
                sumB += wb;
                sumAA += wa * va;
                sumBB += wb * vb;
                sumAB += wa * vb;
            }
            sumA.CopyTo(sums[x..]);
            sumB.CopyTo(sums[(stride + x)..]);
            sumAA.CopyTo(sums[(2 * stride + x)..]);
            sumBB.CopyTo(sums[(3 * stride + x)..]);
            sumAB.CopyTo(sums[(4 * stride + x)..]);
        }
    }

    /// <summary>
    /// The similarity summed over a row of <paramref name="count"/> windows, one by one, so that the result does not depend on the vectors' width.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static double SumOfRow(ReadOnlySpan<double> sums, int stride, int count)
    {
        var total = 0.0;
        for (var x = 0; x < count; x += Vector<double>.Count)
        {
            Vector<double> meanA = default, meanB = default, meanAA = default, meanBB = default, meanAB = default;
            for (var k = 0; k < Window; k++)
            {
                var weight = Weights[Math.Abs(k - Reach)];
                meanA += new Vector<double>(sums[(x + k)..]) * weight;
                meanB += new Vector<double>(sums[(stride + x + k)..]) * weight;
                meanAA += new Vector<double>(sums[(2 * stride + x + k)..]) * weight;
                meanBB += new Vector<double>(sums[(3 * stride + x + k)..]) * weight;
                meanAB += new Vector<double>(sums[(4 * stride + x + k)..]) * weight;
            }
            var products = meanA * meanB;
            var squares = meanA * meanA + meanB * meanB;
            var similarity = (products * 2 + new Vector<double>(C1)) * ((meanAB - products) * 2 + new Vector<double>(C2))
                / ((squares + new Vector<double>(C1)) * (meanAA + meanBB - squares + new Vector<double>(C2)));
            for (var lane = 0; lane < Vector<double>.Count && x + lane < count; lane++)
                total += similarity[lane];
        }
        return total;
    }

    static byte[] Reflect(ReadOnlySpan<byte> source, int width, int height, int wide, int high)
    {
        var result = new byte[wide * high];
        for (var y = 0; y < high; y++)
            for (var x = 0; x < wide; x++)
                result[y * wide + x] = source[Mirror(y - (high - height) / 2, height) * width + Mirror(x - (wide - width) / 2, width)];
        return result;

        static int Mirror(int at, int length)
        {
            at = (at % (2 * length) + 2 * length) % (2 * length);
            return at < length ? at : 2 * length - 1 - at;
        }
    }

    static double[] MakeWeights()
    {
        var weights = Enumerable.Range(0, Reach + 1).Select(k => Math.Exp(-k * k / (2 * 1.5 * 1.5))).ToArray();
        var sum = weights[0] + 2 * weights[1..].Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
