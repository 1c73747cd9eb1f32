using System.Collections;

namespace Patchwise;

/// <summary>The objects of one mask value.</summary>
/// <param name="Suggested">The smallest multiple of the test's step that holds its target share of them, px.</param>
public sealed record SizeOfValue(long Value, int Objects, double MedianSide, double LargestSide, int Suggested);

/// <summary>Patch sizes by mask value, by ascending value. Says something where a value is a class, less where every object has its own.</summary>
public sealed class SizeByValue : IReadOnlyList<SizeOfValue>, ITabular
{
    const int Shown = 20;
    readonly SizeOfValue[] _rows;
    readonly string _caption;

    SizeByValue(SizeOfValue[] rows, string caption) => (_rows, _caption) = (rows, caption);

    public int Count => _rows.Length;
    public SizeOfValue this[int index] => _rows[index];
    public IEnumerator<SizeOfValue> GetEnumerator() => ((IEnumerable<SizeOfValue>)_rows).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static SizeByValue Of(RegionTable regions, string unit, double target, int step) => new([.. regions.ByValue().Select(group =>
    {
        Distribution sides = new(group.Regions.Select(row => row.Side));
        return new SizeOfValue(group.Value, sides.Count, sides.Percentile(50), sides.Largest, SizeSuggestion.Of(sides, target, step, null).Size);
    })], $"Objects by mask value ({unit})");

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => TextTable.Of(_caption,
        ["value", "objects", "median side", "largest side", "suggested size"],
        [.. _rows.Take(Shown).Select(row => (object?[])[row.Value, row.Objects, row.MedianSide, row.LargestSide, row.Suggested])], Count);
}
