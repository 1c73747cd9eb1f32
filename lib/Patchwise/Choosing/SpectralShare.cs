using System.Numerics;

namespace Patchwise;

/// <summary>
/// The share of an object's detail that a coarser pixel grid can carry. A grid with s pixels for each pixel of the image carries the frequencies up
/// to s / 2 cycles per pixel along x and along y (Nyquist), so that bringing the image down to it and back with an ideal filter keeps exactly these:
/// <code>
///   share(s) = sum of |F(u, v)|² where |u| and |v| are at most s / 2,  divided by the sum of |F(u, v)|² over all u, v
///   F = discrete Fourier transform of  w(x, y) * (image(x, y) - m),  zero-padded to powers of two
///   w = sin²(pi / 2 * (d - 1/2) / D) on the pixels that count, 0 elsewhere: d is the distance to the nearest that does not (or lies beyond the image),
///       D the largest d;  m = mean of the image weighted by w
/// </code>
/// The window w rises from the object's border to its middle, as Hann's does, so that neither its outline nor what surrounds it passes for detail. The share is
/// 0..1, never falls when s grows, and is 1 for s of 1 and more and for an even image. It depends on no method of resampling: it is the most any could keep.
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

        var (columns, rows) = ((int)BitOperations.RoundUpToPowerOf2((uint)width), (int)BitOperations.RoundUpToPowerOf2((uint)height));
        var values = new Complex[columns * rows];
        // e^(-2 pi i k / n) for k below n / 2, of the longer side; of a shorter one every so many.
        Complex[] turns = [.. Enumerable.Range(0, Math.Max(1, Math.Max(columns, rows) / 2))
            .Select(k => Complex.FromPolarCoordinates(1, -2 * Math.PI * k / Math.Max(columns, rows)))];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                values[y * columns + x] = window[y * width + x] * (image[y * width + x] - mean);
            Transform(values.AsSpan(y * columns, columns), turns);
        }
        shares.Clear();
        var (total, column) = (0.0, new Complex[rows]);
        for (var u = 0; u < columns; u++)
        {
            for (var y = 0; y < rows; y++)
                column[y] = values[y * columns + u];
            Transform(column, turns);
            for (var v = 0; v < rows; v++)
            {
                var energy = column[v].Real * column[v].Real + column[v].Imaginary * column[v].Imaginary;
                var frequency = Math.Max(Math.Min(u, columns - u) / (double)columns, Math.Min(v, rows - v) / (double)rows);
                total += energy;
                for (var i = 0; i < scales.Length; i++)
                    if (frequency <= scales[i] / 2)
                        shares[i] += energy;
            }
        }
        // What rounding leaves of an even image is not detail.
        var nothing = total <= 1e-12 * rows * columns;
        for (var i = 0; i < scales.Length; i++)
            shares[i] = nothing || scales[i] >= 1 ? 1 : shares[i] / total;
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
