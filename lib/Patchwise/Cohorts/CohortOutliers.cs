using System.Numerics;

namespace Patchwise;

/// <summary>
/// Slides unlike the others, number by number: those of a robust z above 3.5, by median and MAD (Iglewicz and Hoaglin 1993), or by the mean deviation where
/// more than half of the slides have the same value. What differs by next to nothing is no outlier, however alike the others are.
/// </summary>
static class CohortOutliers
{
    /// <summary>Of fewer slides there is no telling what is usual.</summary>
    internal const int LeastSlides = 8;

    /// <summary>A number of slides.</summary>
    /// <param name="Scale">On which differences count alike.</param>
    /// <param name="Least">A difference below it does not count, on that scale.</param>
    /// <param name="Above">Only what is larger is odd.</param>
    sealed record Quantity(string What, string Unit, Func<SlideResult, double?> Of, double Least, Func<double, double>? Scale = null, bool Above = false);

    internal static SlideResult[] Find(SlideResult[] slides, List<string> notes)
    {
        if (slides.Count(slide => slide.TissueArea is not null || slide.Patches is not null) < LeastSlides)
        {
            notes.Add(Invariant($"fewer than {LeastSlides} slides have results: none is called unlike the others"));
            return slides;
        }
        var usual = Usual([.. slides.Select(slide => slide.Stain).OfType<StainColor>()]);
        Quantity[] quantities =
        [
            // Biopsies and resections differ by factors; less than a thousandth of a square mm is none.
            new("tissue", "mm²", slide => slide.TissueArea, Math.Log10(1.5), area => Math.Log10(Math.Max(area, 1e-3))),
            new("in focus", "%", slide => slide.InFocus, 0.05),
            new("pen", "%", slide => slide.Pen, 0.01, Above: true),
            new("very dark", "%", slide => slide.Dark, 0.01, Above: true),
            new("background", "of 255", slide => slide.Background, 8),
            new("stain off the usual by", "degrees", slide => usual is null ? null : slide.Stain?.DegreesFrom(usual), 3, Above: true),
            new("mean confidence", "", slide => slide.MeanConfidence, 0.05),
            new("low confidence", "%", slide => slide.LowConfidence, 0.05),
            .. SlideClasses.OfAll(slides).Select(one => new Quantity($"share of {one.Name}", "%", slide => slide.Of(one.Name)?.Share.Value, 0.05)),
        ];
        var found = new List<CohortOutlier>?[slides.Length];
        foreach (var quantity in quantities)
        {
            var scale = quantity.Scale ?? (value => value);
            (int Slide, double Value)[] known = [.. slides.Index().Where(one => quantity.Of(one.Item) is { } value && double.IsFinite(value))
                .Select(one => (one.Index, quantity.Of(one.Item)!.Value))];
            if (known.Length < LeastSlides)
                continue;
            var median = new Distribution(known.Select(one => one.Value)).Percentile(50);
            Distribution deviations = new(known.Select(one => Math.Abs(scale(one.Value) - scale(median))));
            var spread = deviations.Percentile(50) is > 0 and var mad ? 1.4826 * mad : 1.2533 * deviations.Mean;
            foreach (var (slide, value) in known)
                if (scale(value) - scale(median) is var difference && (difference > 0 || !quantity.Above)
                    && Math.Abs(difference) >= quantity.Least && Math.Abs(difference) > CohortOutlier.Limit * spread)
                    (found[slide] ??= []).Add(new(quantity.What, quantity.Unit, value, median, difference / spread));
        }
        return [.. slides.Select((slide, i) => found[i] is { } all ? slide with { Outliers = [.. all.OrderByDescending(one => Math.Abs(one.Score))] } : slide)];
    }

    /// <summary>Component by component the median of both stains.</summary>
    static StainColor? Usual(StainColor[] stains)
    {
        if (stains.Length < LeastSlides)
            return null;
        Vector3 Median(Func<StainColor, Vector3> of)
        {
            float Of(int axis) => (float)new Distribution(stains.Select(stain => (double)of(stain)[axis])).Percentile(50);
            return Vector3.Normalize(new(Of(0), Of(1), Of(2)));
        }
        return new(Median(stain => stain.Hematoxylin), Median(stain => stain.Eosin));
    }
}
