using System.Collections;
using System.Globalization;

namespace Patchwise;

/// <summary>How one patch size suits the objects.</summary>
/// <param name="Size">Side of the patch, px of the table's frame.</param>
/// <param name="Fits">Objects whose longer side is at most the size.</param>
/// <param name="Total">Objects in all.</param>
/// <param name="MedianFill">Share of the patch that an object covers, the median of those that fit; null where none does.</param>
/// <param name="Cost">Pixels of the patch over those of the smallest marked one: memory and time of a network grow with it.</param>
public sealed record FitRow(int Size, int Fits, int Total, double? MedianFill, double Cost)
{
    /// <summary>Of the objects, 0..100.</summary>
    public double Percent => 100.0 * Fits / Total;

    public override string ToString() => $"{Fits} / {Total}, {Words.Percent(Fits, Total)} fit in {Size} px";
}

/// <summary>How the marked patch sizes suit the objects, smallest first.</summary>
public sealed class FitTable : IReadOnlyList<FitRow>, ITabular
{
    readonly FitRow[] _rows;
    readonly string _unit;

    FitTable(FitRow[] rows, string unit) => (_rows, _unit) = (rows, unit);

    public int Count => _rows.Length;
    public FitRow this[int index] => _rows[index];
    public IEnumerator<FitRow> GetEnumerator() => ((IEnumerable<FitRow>)_rows).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static FitTable Of(RegionTable regions, IReadOnlyList<MarkedSize> marked, string unit)
    {
        double smallest = marked[^1].Size;
        return new([.. marked.Reverse().Select(one =>
        {
            Distribution areas = new(regions.Where(row => row.Side <= one.Size).Select(row => row.Area));
            return new FitRow(one.Size, areas.Count, regions.Count, areas.Count == 0 ? null : areas.Percentile(50) / ((double)one.Size * one.Size),
                Math.Pow(one.Size / smallest, 2));
        })], unit);
    }

    public override string ToString() => ToTable().ToString();

    string Caption => $"Objects that fit in a patch ({_unit})";

    public TextTable ToTable() => TextTable.Of(Caption,
        ["size (px)", "objects that fit", "patch filled (median)", "pixels, relative"],
        [.. _rows.Select(row => (object?[])[row.Size, row.ToString(),
            row.MedianFill is { } fill ? string.Create(CultureInfo.InvariantCulture, $"{100 * fill:0.#} %") : "none fits", row.Cost])], Count);
}

static class Words
{
    /// <summary>One decimal, rounded down, so that 100 % means all.</summary>
    internal static string Percent(int part, int of) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(1000.0 * part / of) / 10:0.#} %");
}
