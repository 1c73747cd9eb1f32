namespace Patchwise;

/// <summary>Percentile intervals from resamples with replacement, as many rows as there are (Efron and Tibshirani 1993, chapter 13).</summary>
static class Bootstrap
{
    /// <summary>Of fewer rows resamples resemble each other so much that their interval is too narrow; who shows one must say so.</summary>
    internal const int FewRows = 20;

    /// <summary>
    /// Fills <paramref name="result"/> with the measures over rows of which row i counts <c>weights[i]</c> times; NaN where one is not defined.
    /// </summary>
    internal delegate void Measuring(ReadOnlySpan<int> weights, Span<double> result);

    /// <summary>
    /// The measures with their 95 % intervals; null where a measure is not defined. A resample in which it is not defined, such as one that drew
    /// no patch of a class, does not count for it.
    /// </summary>
    /// <param name="count">Rows, one at least.</param>
    /// <param name="measures">How many <paramref name="measure"/> gives; it is called by several threads.</param>
    /// <param name="resamples">The interval of a measure moves less from seed to seed with more of them.</param>
    internal static Estimate?[] Of(int count, int measures, Measuring measure, int resamples, int seed)
    {
        if (resamples is < 100 or > 100_000)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{resamples} resamples: expected 100 to 100000"));
        var start = SplitMix64.Checked(seed);
        var value = new double[measures];
        measure(Enumerable.Repeat(1, count).ToArray(), value);

        // A generator for each resample, so that the result does not depend on which thread draws it.
        var starts = new SplitMix64(start);
        var seeds = new ulong[resamples];
        foreach (ref var own in seeds.AsSpan())
            own = starts.Next();
        var drawn = new double[(long)resamples * measures];
        Parallel.For(0, resamples, () => new int[count], (resample, _, weights) =>
        {
            Array.Clear(weights);
            var random = new SplitMix64(seeds[resample]);
            for (var i = 0; i < count; i++)
                weights[random.Below(count)]++;
            measure(weights, drawn.AsSpan(resample * measures, measures));
            return weights;
        }, _ => { });

        return [.. value.Select((known, i) => double.IsNaN(known) ? null : (Estimate?)Interval(known, i))];

        Estimate Interval(double known, int i)
        {
            var defined = new Distribution(Enumerable.Range(0, resamples).Select(resample => drawn[resample * measures + i]).Where(one => !double.IsNaN(one)));
            if (defined.Count == 0)
                return new(known, double.NaN, double.NaN);
            // Where resamples differ by rounding, or hardly ever, an interval without width would look like certainty.
            var (low, high) = (defined.Percentile(2.5), defined.Percentile(97.5));
            return high - low <= 1e-12 * Math.Max(1, Math.Abs(known)) ? new(known, double.NaN, double.NaN) : new(known, low, high);
        }
    }
}
