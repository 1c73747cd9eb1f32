namespace Patchwise;

/// <summary>
/// N. Otsu, A threshold selection method from gray-level histograms (1979), as <c>skimage.filters.threshold_otsu</c> reckons it for whole numbers.
/// </summary>
static class Otsu
{
    /// <summary>
    /// The level between which and the next the variance between both classes is largest (the first of several), and the means of both classes.
    /// </summary>
    /// <param name="histogram">Counts of the values 0 to 255; null as result where it has fewer than two values.</param>
    internal static (int Threshold, double MeanBelow, double MeanAbove)? Of(ReadOnlySpan<long> histogram)
    {
        double all = 0, sum = 0;
        for (var v = 0; v < histogram.Length; v++)
            (all, sum) = (all + histogram[v], sum + (double)v * histogram[v]);
        (int, double, double)? best = null;
        double below = 0, sumBelow = 0, most = 0;
        for (var v = 0; v < histogram.Length; v++)
        {
            (below, sumBelow) = (below + histogram[v], sumBelow + (double)v * histogram[v]);
            if (below == 0 || below == all)
                continue;
            double meanBelow = sumBelow / below, meanAbove = (sum - sumBelow) / (all - below);
            var variance = below * (all - below) * (meanBelow - meanAbove) * (meanBelow - meanAbove);
            if (variance > most)
                (most, best) = (variance, (v, meanBelow, meanAbove));
        }
        return best;
    }
}
