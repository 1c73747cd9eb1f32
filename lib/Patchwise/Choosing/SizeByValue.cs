using System.Collections.ObjectModel;

namespace Patchwise;

/// <summary>The objects of one mask value.</summary>
/// <param name="Class">What is stated of the value, or the value itself.</param>
/// <param name="Suggested">The smallest multiple of the test's step that holds its target share of them, px.</param>
public sealed record SizeOfValue(long Value, string Class, int Objects, double MedianSide, double LargestSide, int Suggested);

/// <summary>Patch sizes by mask value, by ascending value. Says something where a value is a class, less where every object has its own.</summary>
public sealed class SizeByValue : ReadOnlyCollection<SizeOfValue>, ITabular
{
    const int Shown = 20;
    readonly string _caption;

    SizeByValue(SizeOfValue[] rows, string caption) : base(rows) => _caption = caption;

    internal static SizeByValue Of(RegionTable regions, string unit, double target, int step) => new([.. regions.ByValue().Select(group =>
    {
        Distribution sides = new(group.Regions.Select(row => row.CentredSide));
        return new SizeOfValue(group.Value, group.Class, sides.Count, sides.Percentile(50), sides.Largest,
            SizeSuggestion.Of(sides, target, step, null).Size);
    })], $"Objects by mask value ({unit})");

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => TextTable.Of(_caption,
        ["value", "objects", "median side", "largest side", "suggested size"],
        [.. this.Take(Shown).Select(row => (object?[])[row.Class, row.Objects, row.MedianSide, row.LargestSide, row.Suggested])], Count);
}
