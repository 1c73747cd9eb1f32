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
    readonly string _unit;

    SizeByValue(SizeOfValue[] rows, string unit) : base(rows) => _unit = unit;

    internal static SizeByValue Of(RegionTable regions, string unit, double target, int step) => new([.. regions.ByValue().Select(group =>
    {
        Distribution sides = new(group.Regions.Select(row => row.CentredSide));
        return new SizeOfValue(group.Value, group.Class, sides.Count, sides.Percentile(50), sides.Largest,
            SizeSuggestion.Of(sides, target, step, null).Size);
    })], unit);

    public override string ToString() => ToTable().ToString();

    /// <summary>Whether more is known of a value than its number, as of outlines, whose numbers nobody has given.</summary>
    bool HasClasses => this.Any(row => row.Class != row.Value.ToString(CultureInfo.InvariantCulture));

    public TextTable ToTable() => TextTable.Of($"Objects by {(HasClasses ? "class" : "mask value")} ({_unit})",
        [HasClasses ? "class" : "value", "objects", "median side", "largest side", "suggested size"],
        [.. this.Take(Shown).Select(row =>
            (object?[])[row.Class is "" ? "no class" : row.Class, row.Objects, row.MedianSide, row.LargestSide, row.Suggested])], Count);
}
