using System.Collections;
using System.Globalization;

namespace Patchwise;

/// <param name="Image">Name of the image.</param>
/// <param name="Objects">Objects in its mask.</param>
/// <param name="Usable">Those left in the table.</param>
public sealed record ImageSummary(string Image, int Objects, int Usable);

/// <summary>Objects and usable objects per image; shown with a line of totals.</summary>
public sealed class RegionSummary : IReadOnlyList<ImageSummary>, ITabular
{
    readonly ImageSummary[] _rows;

    internal RegionSummary(ImageSummary[] rows) => _rows = rows;

    public int Objects => _rows.Sum(row => row.Objects);
    public int Usable => _rows.Sum(row => row.Usable);

    public int Count => _rows.Length;
    public ImageSummary this[int index] => _rows[index];
    public IEnumerator<ImageSummary> GetEnumerator() => ((IEnumerable<ImageSummary>)_rows).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Images that a notebook shows.</summary>
    const int Shown = 10;

    public override string ToString() => $"{Usable} of {Objects} objects usable in {Count} image{(Count == 1 ? "" : "s")}";

    public TextTable ToTable() => TextTable.Of(ToString(),
        ["image", "objects", "usable"],
        [["all", Objects, Usable], .. _rows.Take(Shown).Select(row => (object?[])[row.Image, row.Objects, row.Usable])], Count + 1);
}

/// <summary>The objects of one mask value.</summary>
public sealed record RegionGroup(long Value, RegionTable Regions)
{
    /// <summary>The class that is stated of all of them, else the value.</summary>
    public string Class => Regions.All(row => row.Class == Regions[0].Class) ? Regions[0].Class : Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A table's objects by mask value; shown with counts and medians.</summary>
public sealed class RegionGroups : IReadOnlyList<RegionGroup>, ITabular
{
    readonly RegionGroup[] _groups;

    internal RegionGroups(RegionGroup[] groups) => _groups = groups;

    public int Count => _groups.Length;
    public RegionGroup this[int index] => _groups[index];
    public IEnumerator<RegionGroup> GetEnumerator() => ((IEnumerable<RegionGroup>)_groups).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>What tells them apart.</summary>
    string Kind => _groups.Any(group => group.Class != group.Value.ToString(CultureInfo.InvariantCulture)) ? "class" : "value";

    public override string ToString() =>
        $"{_groups.Sum(group => group.Regions.Count)} objects of {Count} {Kind}{(Count == 1 ? "" : Kind == "class" ? "es" : "s")}";

    public TextTable ToTable() => TextTable.Of(ToString(),
        [Kind, "objects", "median area", "median side"],
        [.. _groups.Select(group => (object?[])[group.Class, group.Regions.Count, Median(group, row => row.Area), Median(group, row => row.Side)])], Count);

    static double Median(RegionGroup group, Func<Region, double> of)
    {
        var sorted = group.Regions.Select(of).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
