namespace Patchwise;

/// <summary>
/// Along one axis: which source pixels an output pixel is made of, and how much of each.
/// <code>
///   output[i]  =  sum over k in 0..Count-1 of  Weights[i * Count + k] * source[First[i] + k]
/// </code>
/// All taps lie inside the source: what would fall beyond an edge is added to the edge pixel. The weights of a pixel sum to 1.
/// </summary>
sealed class ResampleTaps
{
    internal int Count { get; }
    internal int[] First { get; }
    internal float[] Weights { get; }

    ResampleTaps(int count, int to) => (Count, First, Weights) = (count, new int[to], new float[(long)to * count]);

    internal ReadOnlySpan<float> WeightsOf(int output) => Weights.AsSpan(output * Count, Count);

    /// <param name="method">Any but nearest.</param>
    /// <param name="from">Pixels of the source along the axis.</param>
    /// <param name="to">Pixels of the result along the axis.</param>
    /// <param name="shrinks">Neither axis grows: only then does area mean the covered area.</param>
    internal static ResampleTaps Of(ResizeMethod method, int from, int to, bool shrinks) => method switch
    {
        ResizeMethod.Area when shrinks => Area(from, to),
        ResizeMethod.Area => Interpolating(2, from, to, SteppedPosition(from, to), t => Math.Max(0, 1 - Math.Abs(t))),
        ResizeMethod.Linear => Interpolating(2, from, to, CentredPosition(from, to), t => Math.Max(0, 1 - Math.Abs(t))),
        ResizeMethod.Cubic => Interpolating(4, from, to, CentredPosition(from, to), Keys),
        ResizeMethod.Lanczos => Interpolating(8, from, to, CentredPosition(from, to), Lanczos4),
        _ => throw new ArgumentOutOfRangeException(nameof(method)),
    };

    /// <summary>Output i covers source i * from / to up to (i + 1) * from / to; counted in units of 1 / to of a pixel, the shares are exact.</summary>
    static ResampleTaps Area(int from, int to)
    {
        static long Ends(long i, int from, int to) => ((i + 1) * from + to - 1) / to;
        var count = 0;
        for (var i = 0L; i < to; i++)
            count = Math.Max(count, (int)(Ends(i, from, to) - i * from / to));
        var taps = new ResampleTaps(count, to);
        for (var i = 0; i < to; i++)
        {
            var (start, end) = ((long)i * from, (i + 1L) * from);
            var first = taps.First[i] = Math.Min((int)(start / to), from - count);
            for (var s = (int)(start / to); s < Ends(i, from, to); s++)
                taps.Weights[(long)i * count + s - first] = (Math.Min(end, (s + 1L) * to) - Math.Max(start, (long)s * to)) / (float)from;
        }
        return taps;
    }

    /// <summary>Weights by the distance of a source pixel from the output pixel's position.</summary>
    static ResampleTaps Interpolating(int support, int from, int to, Func<int, (int Pixel, float Fraction)> position, Func<double, double> kernel)
    {
        var taps = new ResampleTaps(Math.Min(support, from), to);
        Span<double> weights = stackalloc double[support];
        for (var i = 0; i < to; i++)
        {
            var (pixel, fraction) = position(i);
            var (start, sum) = (pixel - support / 2 + 1, 0.0);
            for (var k = 0; k < support; k++)
                sum += weights[k] = kernel(k - support / 2 + 1 - (double)fraction);
            var first = taps.First[i] = Math.Clamp(start, 0, from - taps.Count);
            for (var k = 0; k < support; k++)
                taps.Weights[(long)i * taps.Count + Math.Clamp(start + k, 0, from - 1) - first] += (float)(weights[k] / sum);
        }
        return taps;
    }

    /// <summary>
    /// The centre of output i in the source: (i + 0.5) * scale - 0.5. Held in single precision as OpenCV does;
    /// on images of thousands of pixels its rounding is seen in 16 bits.
    /// </summary>
    static Func<int, (int, float)> CentredPosition(int from, int to)
    {
        var scale = 1 / ((double)to / from);
        return i =>
        {
            var at = (float)((i + 0.5) * scale - 0.5);
            var pixel = (int)MathF.Floor(at);
            return (pixel, at - pixel);
        };
    }

    /// <summary>
    /// OpenCV's area when an axis grows: output i takes source pixel floor(i * scale), blended with the next one only
    /// where the output pixel reaches over into it.
    /// </summary>
    static Func<int, (int, float)> SteppedPosition(int from, int to)
    {
        var inverse = (double)to / from;
        var scale = 1 / inverse;
        return i =>
        {
            var pixel = (int)Math.Floor(i * scale);
            var reach = (float)(i + 1 - (pixel + 1) * inverse);
            return (pixel, reach <= 0 ? 0 : reach - MathF.Floor(reach));
        };
    }

    /// <summary>R. Keys, Cubic convolution interpolation for digital image processing (1981), equation 15 with a = -0.75.</summary>
    static double Keys(double t)
    {
        const double A = -0.75;
        t = Math.Abs(t);
        return t switch
        {
            <= 1 => ((A + 2) * t - (A + 3)) * t * t + 1,
            < 2 => ((A * t - 5 * A) * t + 8 * A) * t - 4 * A,
            _ => 0,
        };
    }

    /// <summary>sinc(t) sinc(t / 4) with sinc(t) = sin(pi t) / (pi t): C. Duchon, Lanczos filtering in one and two dimensions (1979).</summary>
    static double Lanczos4(double t)
    {
        if (Math.Abs(t) < 1e-6)
            return 1;
        var x = Math.PI * t;
        return 4 * Math.Sin(x) * Math.Sin(x / 4) / (x * x);
    }
}
