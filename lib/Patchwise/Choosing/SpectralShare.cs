using System.Numerics;

namespace Patchwise;

/// <summary>
/// The share of an object's detail that a coarser pixel grid can carry. A grid with s pixels for each pixel of the image carries the frequencies up
/// to s / 2 cycles per pixel along x and along y (Nyquist), so that bringing the image down to it and back with an ideal filter keeps exactly these:
/// <code>
///   share(s) = integral of |F(u, v)|² over |u|, |v| at most s / 2,  divided by its integral over |u|, |v| at most 1 / 2
///   F(u, v) = sum of  f(x, y) e^(-2 pi i (u x + v y)),  f = w(x, y) * (image(x, y) - m)
///   w = sin²(pi / 2 * (d - 1/2) / D) on the pixels that count, 0 elsewhere: d is the distance to the nearest that does not (or lies beyond the image),
///       D the largest d;  m = mean of the image weighted by w
/// </code>
/// The window w rises from the object's border to its middle, as Hann's does, so that neither its outline nor what surrounds it passes for detail. The share is
/// 0..1, never falls when s grows, and is 1 for s of 1 and more and for an even image. It depends on no method of resampling: it is the most any could keep.
/// <para>
/// The integral is exact. A sum over the frequencies of a grid counts the one at s / 2 wholly or not at all, and small objects have few. With r the
/// autocorrelation of f, whose transform on a grid of at least twice the object less one is |F|² there, it is
/// <code>
///   sum of r(x, y) h(x) h(y)  =  mean of |F(k, l)|² H(k) H(l) over the grid,  h(d) = sin(pi s d) / (pi d),  H its transform on the grid
/// </code>
/// </para>
/// </summary>
static class SpectralShare
{
    /// <summary>Fills <paramref name="shares"/> with the share at each of <paramref name="scales"/> (output px per image px).</summary>
    /// <param name="counts">Which pixels count; one at least.</param>
    internal static void Of(ReadOnlySpan<byte> image, ReadOnlySpan<bool> counts, int width, int height, ReadOnlySpan<double> scales, Span<double> shares)
    {
        var window = Window(counts, width, height);
        double weights = 0, mean = 0;
        for (var i = 0; i < window.Length; i++)
            (weights, mean) = (weights + window[i], mean + window[i] * image[i]);
        mean /= weights;

        var (columns, rows) = (GridOf(width), GridOf(height));
        // e^(-2 pi i k / n) for k below n / 2, of the longer side; of a shorter one every so many.
        Complex[] turns = [.. Enumerable.Range(0, Math.Max(1, Math.Max(columns, rows) / 2))
            .Select(k => Complex.FromPolarCoordinates(1, -2 * Math.PI * k / Math.Max(columns, rows)))];

        // Of real numbers, half of the frequencies mirror the others, and two rows are transformed as one, as real and imaginary parts.
        var half = columns / 2 + 1;
        var (values, line) = (new Complex[half * height], new Complex[columns]);
        for (var y = 0; y < height; y += 2)
        {
            var (row, isPair) = (y * width, y + 1 < height);
            Array.Clear(line);
            for (var x = 0; x < width; x++)
                line[x] = new(window[row + x] * (image[row + x] - mean), isPair ? window[row + width + x] * (image[row + width + x] - mean) : 0);
            Transform(line, turns);
            for (var u = 0; u < half; u++)
            {
                var (one, mirrored) = (line[u], Complex.Conjugate(line[(columns - u) % columns]));
                values[y * half + u] = (one + mirrored) / 2;
                if (isPair)
                    values[(y + 1) * half + u] = (one - mirrored) * new Complex(0, -0.5);
            }
        }
        shares.Clear();
        var (across, down) = (Kept(width, columns, scales, turns), Kept(height, rows, scales, turns));
        var (total, column) = (0.0, new Complex[rows]);
        for (var u = 0; u < half; u++)
        {
            Array.Clear(column);
            for (var y = 0; y < height; y++)
                column[y] = values[y * half + u];
            Transform(column, turns);
            var times = u == 0 || u * 2 == columns ? 1 : 2;
            for (var v = 0; v < rows; v++)
            {
                var energy = times * (column[v].Real * column[v].Real + column[v].Imaginary * column[v].Imaginary);
                total += energy;
                for (var i = 0; i < scales.Length; i++)
                    shares[i] += energy * across[i][u] * down[i][v];
            }
        }
        // What rounding leaves of an even image is not detail.
        var nothing = total <= 1e-12 * rows * columns;
        for (var i = 0; i < scales.Length; i++)
            shares[i] = nothing || scales[i] >= 1 ? 1 : Math.Clamp(shares[i] / total, 0, 1);
    }

    static int GridOf(int side) => (int)BitOperations.RoundUpToPowerOf2((uint)(2 * side - 1));

    /// <summary>H of each scale along one side.</summary>
    static double[][] Kept(int side, int grid, ReadOnlySpan<double> scales, Complex[] turns)
    {
        var kept = new double[scales.Length][];
        for (var i = 0; i < kept.Length; i++)
        {
            var line = new Complex[grid];
            line[0] = scales[i];
            for (var d = 1; d < side; d++)
                line[d] = line[grid - d] = Math.Sin(Math.PI * scales[i] * d) / (Math.PI * d);
            Transform(line, turns);
            kept[i] = Array.ConvertAll(line, value => value.Real);
        }
        return kept;
    }

    static double[] Window(ReadOnlySpan<bool> counts, int width, int height)
    {
        // A frame of pixels that do not count stands for what lies beyond the image.
        var wide = width + 2;
        var framed = new bool[wide * (height + 2)];
        for (var y = 0; y < height; y++)
            counts.Slice(y * width, width).CopyTo(framed.AsSpan((y + 1) * wide + 1));
        var squared = Distances.Squared(framed, wide, height + 2);
        var largest = Math.Sqrt(squared.Max());
        var window = new double[counts.Length];
        for (var i = 0; i < window.Length; i++)
            if (counts[i])
            {
                var sine = Math.Sin(Math.PI / 2 * (Math.Sqrt(squared[(i / width + 1) * wide + i % width + 1]) - 0.5) / largest);
                window[i] = sine * sine;
            }
        return window;
    }

    /// <summary>Fourier transform in place of as many values as a power of two (radix 2, decimation in time).</summary>
    static void Transform(Span<Complex> line, Complex[] turns)
    {
        for (int i = 1, reversed = 0; i < line.Length; i++)
        {
            var bit = line.Length / 2;
            for (; (reversed & bit) != 0; bit /= 2)
                reversed ^= bit;
            reversed |= bit;
            if (i < reversed)
                (line[i], line[reversed]) = (line[reversed], line[i]);
        }
        for (var half = 1; half < line.Length; half *= 2)
            for (var k = 0; k < half; k++)
            {
                var turn = turns[k * (turns.Length / half)];
                for (var at = k; at < line.Length; at += 2 * half)
                {
                    var odd = line[at + half] * turn;
                    (line[at], line[at + half]) = (line[at] + odd, line[at] - odd);
                }
            }
    }
}
