using System.Collections.ObjectModel;

namespace Patchwise;

/// <summary>How one patch size suits the objects.</summary>
/// <param name="Size">Side of the patch, px of the table's frame.</param>
/// <param name="Fits">Objects whose box lies in the patch around their centroid, where whoever cuts patches out puts it.</param>
/// <param name="FitsByBox">Objects that the patch holds when it is put around the middle of their box: those whose longer side is at most the size.</param>
/// <param name="Total">Objects in all.</param>
/// <param name="MedianFill">Share of the patch that an object covers, the median of those that fit; null where none does.</param>
/// <param name="Cost">Pixels of the patch over those of the smallest marked one: memory and time of a network grow with it.</param>
public sealed record FitRow(int Size, int Fits, int FitsByBox, int Total, double? MedianFill, double Cost)
{
    /// <summary>The share that fits, with its interval.</summary>
    public Estimate Share => Estimate.OfShare(Fits, Total);

    public override string ToString() => $"{Fits} / {Total}, {Words.Percent(Fits, Total)} fit in {Size} px";
}

/// <summary>How the marked patch sizes suit the objects, smallest first.</summary>
public sealed class FitTable : ReadOnlyCollection<FitRow>, ITabular
{
    readonly string _unit;

    FitTable(FitRow[] rows, string unit) : base(rows) => _unit = unit;

    internal static FitTable Of(RegionTable regions, IReadOnlyList<MarkedSize> marked, string unit) => new([.. marked.Reverse().Select(one =>
    {
        Distribution areas = new(regions.Where(row => row.CentredSide <= one.Size).Select(row => row.Area));
        return new FitRow(one.Size, areas.Count, regions.Count(row => row.Side <= one.Size), regions.Count,
            areas.Count == 0 ? null : areas.Percentile(50) / ((double)one.Size * one.Size), Math.Pow(one.Size / (double)marked[^1].Size, 2));
    })], unit);

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => TextTable.Of($"Objects that fit in a patch around their centroid ({_unit})",
        ["size (px)", "objects that fit", "95 % interval", "around the middle of the box", "patch filled (median)", "pixels, relative"],
        [.. this.Select(row => (object?[])[row.Size, row.ToString(), string.Create(CultureInfo.InvariantCulture,
            $"{100 * row.Share.Low:0.0} to {100 * row.Share.High:0.0} %"), Words.Percent(row.FitsByBox, row.Total),
            row.MedianFill is { } fill ? string.Create(CultureInfo.InvariantCulture, $"{100 * fill:0.#} %") : "none fits", row.Cost])], Count);
}
