using System.Collections.ObjectModel;

namespace Patchwise;

/// <summary>What one trial magnification keeps of the objects of one size.</summary>
/// <param name="Group">smallest, middle or largest third of the objects by area.</param>
/// <param name="FromArea">Px, of the smallest measured object of the group.</param>
/// <param name="ToArea">Px, of the largest.</param>
/// <param name="Objects">Measured at this trial.</param>
/// <param name="Ssim">Mean structural similarity of the object and itself brought down and back up, 1 where nothing is lost.</param>
/// <param name="SsimLow">10th percentile.</param>
/// <param name="SsimHigh">90th percentile.</param>
/// <param name="Energy">Mean share of spectral energy that the trial's pixel grid can carry, 0..1.</param>
/// <param name="EnergyLow">10th percentile.</param>
/// <param name="EnergyHigh">90th percentile.</param>
/// <param name="Clear">Number of objects whose similarity reaches the threshold.</param>
public sealed record ClarityRow(string Group, double FromArea, double ToArea, Magnification Trial, int Objects,
    double Ssim, double SsimLow, double SsimHigh, double Energy, double EnergyLow, double EnergyHigh, int Clear)
{
    /// <summary>The share that is clear, with its interval.</summary>
    public Estimate ClearShare => Estimate.OfShare(Clear, Objects);
}

/// <summary>Objects whose similarity reaches the threshold at a magnification.</summary>
/// <param name="Group">smallest, middle or largest third of the objects by area.</param>
/// <param name="Objects">That can be seen at it.</param>
public sealed record ClearCount(string Group, int Clear, int Objects);

/// <summary>What a trial magnification leaves of one object: both numbers are 1 where nothing is lost.</summary>
readonly record struct Kept(double Ssim, double Energy);

/// <summary>The results of a clarity test by size of object and trial magnification.</summary>
public sealed class ClarityTable : ReadOnlyCollection<ClarityRow>, ITabular
{
    ClarityTable(ClarityRow[] rows, string unit) : base(rows) => Unit = unit;

    /// <summary>Of areas: px², and of which magnification where images differ.</summary>
    public string Unit { get; }

    /// <param name="measured">Size group, area and, by trial, what was kept; null where the trial is above the object's image.</param>
    /// <param name="unit">Of the areas.</param>
    internal static ClarityTable Of(IReadOnlyList<Magnification> trials, (int Group, double Area, Kept?[] Kept)[] measured, double threshold, string unit)
    {
        List<ClarityRow> rows = [];
        foreach (var group in measured.GroupBy(item => item.Group).OrderBy(group => group.Key))
            foreach (var (i, trial) in trials.Index())
            {
                Kept[] kept = [.. group.Select(item => item.Kept[i]).OfType<Kept>()];
                if (kept.Length == 0)
                    continue;
                Distribution ssim = new(kept.Select(item => item.Ssim)), energy = new(kept.Select(item => item.Energy));
                rows.Add(new(ClaritySubject.Groups[group.Key], group.Min(item => item.Area), group.Max(item => item.Area), trial, kept.Length,
                    ssim.Mean, ssim.Percentile(10), ssim.Percentile(90), energy.Mean, energy.Percentile(10), energy.Percentile(90),
                    kept.Count(item => item.Ssim >= threshold)));
            }
        return new([.. rows], unit);
    }

    public override string ToString() => ToTable().ToString();

    static string Caption => "What is kept when objects are brought down to a magnification and back up (means, and percentiles of the objects)";

    public TextTable ToTable() => TextTable.Of(Caption,
        ["objects", $"area ({Unit})", "magnification", "measured", "SSIM", "10th to 90th percentile", "energy kept (%)", "10th to 90th percentile",
            "clear (95 % interval)"],
        [.. this.Select(row => (object?[])[row.Group, Span(row.FromArea, row.ToArea, "0"), row.Trial.ToString(), row.Objects, Text(row.Ssim, "0.000"),
            Span(row.SsimLow, row.SsimHigh, "0.000"), Text(100 * row.Energy, "0.0"), Span(100 * row.EnergyLow, 100 * row.EnergyHigh, "0.0"),
                row.ClearShare.Percent])],
        Count);

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    static string Span(double from, double to, string format) => $"{Text(from, format)} to {Text(to, format)}";
}
