using Plotly.NET;

namespace Patchwise;

/// <summary>The charts of a cohort.</summary>
public static class CohortCharts
{
    /// <summary>As many as have room for their names.</summary>
    const int MostClasses = 24;

    /// <summary>A screen shows no more.</summary>
    const int MostPoints = 500;

    /// <summary>Of each class its share in half of the slides (box) and in nine of ten (whiskers). Null where nothing is predicted.</summary>
    public static GenericChart? ClassShares(this Cohort cohort)
    {
        (string Name, Distribution Shares)[] known = [.. cohort.Classes.Select(one => (one.Name, new Distribution(cohort.Slides
            .Select(slide => 100 * slide.Of(one.Name)?.Share.Value ?? double.NaN).Where(double.IsFinite)))).Where(one => one.Item2.Count > 0)];
        var (all, of) = (known.Length, "Share of each class");
        // In their order; of very many those that most of the tissue is.
        if (all > MostClasses)
        {
            known = [.. known.Where(one => one.Shares.Largest > 0)];
            of = known.Length > MostClasses ? Invariant($"Share of the {MostClasses} most frequent of {known.Length:N0} classes that occur")
                : Invariant($"Share of the {known.Length} classes that occur, of {all:N0}");
            known = [.. known.Index().OrderByDescending(one => one.Item.Shares.Mean).Take(MostClasses).OrderBy(one => one.Index).Select(one => one.Item)];
        }
        return known.Length == 0 ? null : new Panel(of + ": half of the slides lie in the box, nine of ten between the whiskers")
            .Names("class", known.Select(one => one.Name))
            .Y("share of patches", "%", 0, Math.Max(1, 1.05 * known.Max(one => one.Shares.Percentile(95))))
            .Boxes([.. known.Select(one => one.Name)], [.. known.Select(one => one.Shares)]).ToChart(1080, known.Length > 12 ? 420 : 300);
    }

    /// <summary>How many slides have how much tissue, are in focus, are stained how far from the reference and are predicted with what confidence.</summary>
    public static GenericChart? Histograms(this Cohort cohort)
    {
        GenericChart?[] charts =
        [
            Of("Tissue", "tissue (mm²)", slide => slide.TissueArea, null), Of("Patches in focus", "patches in focus (%)", slide => 100 * slide.InFocus, 100),
            Of("Color of the stain", "degrees from the reference", slide => slide.StainDegrees, null),
            Of("Mean confidence", "mean of the highest probability", slide => slide.MeanConfidence, 1),
        ];
        GenericChart[] drawn = [.. charts.OfType<GenericChart>()];
        return drawn.Length == 0 ? null : Charts.SideBySide(drawn, "How many slides have how much", 2);

        GenericChart? Of(string title, string name, Func<SlideResult, double?> of, double? to)
        {
            double[] values = [.. cohort.Slides.Select(of).OfType<double>().Where(double.IsFinite)];
            // A few very large ones would press the others into one bar.
            var most = values.Length == 0 ? 0 : new Distribution(values) is var all && all.Largest > 3 * all.Percentile(98) ? all.Percentile(98) : all.Largest;
            return values.Length == 0 ? null : new Panel(title).X(name, "", 0, to ?? Math.Max(most, 1e-3)).Y("slides")
                .Histogram(values, 20, 0, to ?? Math.Max(most, 1e-3)).ToChart(plot: 200);
        }
    }

    /// <summary>The receiver operating characteristic of a class for a label: of both scores. Null where there is none.</summary>
    /// <param name="of">Null: the best, see <see cref="Cohort.Best"/>.</param>
    public static GenericChart? Roc(this Cohort cohort, CohortScore? of = null)
    {
        if ((of ?? cohort.Best) is not { } chosen)
            return null;
        var panel = new Panel($"{chosen.Class} tells {chosen.Positive} from the rest")
            .X($"share of the other slides that are called {chosen.Positive}", "", 0, 1).Y($"share of {chosen.Positive} that is found", "", 0, 1).Equal()
            .Line([0, 1], [0, 1], "chance", Style.Muted, dashed: true);
        foreach (var score in cohort.Scores.Where(one => one.Positive == chosen.Positive && one.Class == chosen.Class && one.Curve.Auc is not null))
        {
            var curve = score.Curve;
            int[] shown = [.. Enumerable.Range(0, curve.TruePositives.Count).Where(i => i == curve.TruePositives.Count - 1
                || i % (1 + curve.TruePositives.Count / MostPoints) == 0)];
            panel.Line([.. shown.Select(i => curve.FalsePositives[i])], [.. shown.Select(i => curve.TruePositives[i])],
                Invariant($"{score.Kind}: area {score.Curve.Auc}"));
        }
        return panel.ToChart(640);
    }
}
