using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Patchwise;

/// <summary>
/// The share of an image's detail that a coarser pixel grid can carry. A grid with s pixels for each pixel of the image carries the frequencies up
/// to s / 2 cycles per pixel along x and along y (Nyquist), so that bringing the image down to it and back with an ideal filter keeps exactly these:
/// <code>
///   share(s) = sum of |F(u, v)|² where |u| and |v| are at most s / 2,  divided by the sum of |F(u, v)|² over all u, v
///   F = discrete Fourier transform of  w(x, y) * (image(x, y) - m),  zero-padded to powers of two
///   w = sin²(pi (x + 1/2) / width) * sin²(pi (y + 1/2) / height),  m = mean of the image weighted by w
/// </code>
/// The window w (Hann) removes the jump between opposite borders, which would pass for detail. The share is 0..1, never falls when s grows, and is
/// 1 for s of 1 and more and for an even image. It depends on the image and on s alone, not on a method of resampling: it is the most that any could keep.
/// </summary>
static class SpectralShare
{
    /// <summary>Fills <paramref name="shares"/> with the share at each of <paramref name="scales"/> (output px per image px).</summary>
    internal static void Of(ReadOnlySpan<byte> image, int width, int height, ReadOnlySpan<double> scales, Span<double> shares)
    {
        var (columns, rows) = ((int)BitOperations.RoundUpToPowerOf2((uint)width), (int)BitOperations.RoundUpToPowerOf2((uint)height));
        // The image is real, so frequencies v and -v hold equal energy: the upper half of v is enough.
        var half = rows / 2 + 1;
        var (lanes, turnedLanes) = (WholeVectors(width), WholeVectors(half));
        var (first, second) = (rows * lanes, columns * turnedLanes);
        var rented = ArrayPool<double>.Shared.Rent(2 * (first + second));
        rented.AsSpan(0, 2 * (first + second)).Clear();
        var re = rented.AsSpan(0, first);
        var im = rented.AsSpan(first, first);
        var turnedRe = rented.AsSpan(2 * first, second);
        var turnedIm = rented.AsSpan(2 * first + second, second);

        FillWindowed(image, width, height, re, lanes);
        Transform(re, im, rows, lanes);
        for (var y = 0; y < rows; y++)
            if (Reverse(y, rows) is var v && v < half)
                for (var x = 0; x < width; x++)
                    (turnedRe[x * turnedLanes + v], turnedIm[x * turnedLanes + v]) = (re[y * lanes + x], im[y * lanes + x]);
        Transform(turnedRe, turnedIm, columns, turnedLanes);

        shares.Clear();
        var total = 0.0;
        for (var x = 0; x < columns; x++)
        {
            var u = Reverse(x, columns);
            var frequencyX = Math.Min(u, columns - u) / (double)columns;
            for (var v = 0; v < half; v++)
            {
                var (real, imaginary) = (turnedRe[x * turnedLanes + v], turnedIm[x * turnedLanes + v]);
                var energy = (v > 0 && 2 * v < rows ? 2 : 1) * (real * real + imaginary * imaginary);
                var frequency = Math.Max(frequencyX, v / (double)rows);
                total += energy;
                for (var i = 0; i < scales.Length; i++)
                    if (frequency <= scales[i] / 2)
                        shares[i] += energy;
            }
        }
        ArrayPool<double>.Shared.Return(rented);
        // What rounding leaves of an even image is not detail.
        var nothing = total <= 1e-12 * rows * columns;
        for (var i = 0; i < scales.Length; i++)
            shares[i] = nothing || scales[i] >= 1 ? 1 : shares[i] / total;
    }

    static void FillWindowed(ReadOnlySpan<byte> image, int width, int height, Span<double> to, int stride)
    {
        Span<double> across = width <= 1024 ? stackalloc double[width] : new double[width];
        for (var x = 0; x < width; x++)
            across[x] = Hann(x, width);
        double sum = 0, weights = 0;
        for (var y = 0; y < height; y++)
        {
            var down = Hann(y, height);
            for (var x = 0; x < width; x++)
            {
                sum += down * across[x] * image[y * width + x];
                weights += down * across[x];
            }
        }
        var mean = sum / weights;
        for (var y = 0; y < height; y++)
        {
            var down = Hann(y, height);
            for (var x = 0; x < width; x++)
                to[y * stride + x] = down * across[x] * (image[y * width + x] - mean);
        }
    }

    static int WholeVectors(int length) => (length + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;

    static double Hann(int at, int length)
    {
        var sine = Math.Sin(Math.PI * (at + 0.5) / length);
        return sine * sine;
    }

    /// <summary>
    /// Fourier transform along the first index of a [length, lanes] matrix, all lanes at once (radix 2, decimation in frequency, in place).
    /// Row i of the result is frequency <see cref="Reverse"/>(i).
    /// </summary>
    static void Transform(Span<double> re, Span<double> im, int length, int lanes)
    {
        for (var span = length; span > 1; span /= 2)
            for (var j = 0; j < span / 2; j++)
            {
                var (sin, cos) = Math.SinCos(-2 * Math.PI * j / span);
                for (var start = j; start < length; start += span)
                {
                    var (a, b) = (start * lanes, (start + span / 2) * lanes);
                    Butterfly(re.Slice(a, lanes), im.Slice(a, lanes), re.Slice(b, lanes), im.Slice(b, lanes), cos, sin);
                }
            }
    }

    /// <summary>a, b become a + b and (a - b) * (cos + i sin).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Butterfly(Span<double> aRe, Span<double> aIm, Span<double> bRe, Span<double> bIm, double cos, double sin)
    {
        for (var x = 0; x < aRe.Length; x += Vector<double>.Count)
        {
            var (ar, ai) = (new Vector<double>(aRe[x..]), new Vector<double>(aIm[x..]));
            var (br, bi) = (new Vector<double>(bRe[x..]), new Vector<double>(bIm[x..]));
            (ar + br).CopyTo(aRe[x..]);
            (ai + bi).CopyTo(aIm[x..]);
            var (dr, di) = (ar - br, ai - bi);
            (dr * cos - di * sin).CopyTo(bRe[x..]);
            (dr * sin + di * cos).CopyTo(bIm[x..]);
        }
    }

    /// <summary>The bits of an index below <paramref name="length"/> (a power of two) in reverse order.</summary>
    static int Reverse(int index, int length)
    {
        var reversed = 0;
        for (var bit = 1; bit < length; bit *= 2)
            reversed = reversed * 2 + ((index & bit) != 0 ? 1 : 0);
        return reversed;
    }
}
