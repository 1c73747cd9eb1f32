using System.Collections.ObjectModel;

namespace Patchwise;

/// <param name="Image">Name of the image.</param>
/// <param name="Objects">Objects in its mask.</param>
/// <param name="Usable">Those left in the table.</param>
public sealed record ImageSummary(string Image, int Objects, int Usable);

/// <summary>Objects and usable objects per image; shown with a line of totals.</summary>
public sealed class RegionSummary : ReadOnlyCollection<ImageSummary>, ITabular
{
    internal RegionSummary(ImageSummary[] rows) : base(rows) { }

    public int Objects => this.Sum(row => row.Objects);
    public int Usable => this.Sum(row => row.Usable);

    const int Shown = 10;

    public override string ToString() => $"{Usable} of {Objects} objects usable in {Count} image{(Count == 1 ? "" : "s")}";

    public TextTable ToTable() => TextTable.Of(ToString(), ["image", "objects", "usable"],
        [["all", Objects, Usable], .. this.Take(Shown).Select(row => (object?[])[row.Image, row.Objects, row.Usable])], Count + 1);
}

/// <summary>The objects of one mask value.</summary>
public sealed record RegionGroup(long Value, RegionTable Regions)
{
    /// <summary>The class that is stated of all of them, else the value.</summary>
    public string Class => Regions.All(row => row.Class == Regions[0].Class) ? Regions[0].Class : Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A table's objects by mask value; shown with counts and medians.</summary>
public sealed class RegionGroups : ReadOnlyCollection<RegionGroup>, ITabular
{
    internal RegionGroups(RegionGroup[] groups) : base(groups) { }

    public override string ToString() =>
        $"{this.Sum(group => group.Regions.Count)} objects of {Count} {Kind}{(Count == 1 ? "" : Kind == "class" ? "es" : "s")}";

    public TextTable ToTable() => TextTable.Of(ToString(), [Kind, "objects", "median area", "median side"],
        [.. this.Select(group => (object?[])[group.Class, group.Regions.Count, Median(group, row => row.Area), Median(group, row => row.Side)])], Count);

    /// <summary>What tells them apart.</summary>
    string Kind => this.Any(group => group.Class != group.Value.ToString(CultureInfo.InvariantCulture)) ? "class" : "value";

    static double Median(RegionGroup group, Func<Region, double> of) => new Distribution(group.Regions.Select(of)).Percentile(50);
}

/// <param name="Percent">Of the objects that are at most this large.</param>
/// <param name="Area">In px² of the table's frame.</param>
/// <param name="Side">Longer side of the box, in px of the table's frame.</param>
public sealed record PercentileRow(double Percent, double Area, double Side);

/// <summary>Areas and longer sides of a table's objects at rising percentiles.</summary>
public sealed class RegionPercentiles : ReadOnlyCollection<PercentileRow>, ITabular
{
    readonly string _caption;

    /// <param name="several">Why px are not of one size; null: they are.</param>
    internal RegionPercentiles(RegionTable table, string unit, string? several) : base(Rows(table)) =>
        _caption = $"Sizes of {table.Count} objects ({unit}): this share is at most as large{(several is null ? "" : $". Not to be used: {several}")}";

    static PercentileRow[] Rows(RegionTable table)
    {
        if (table.Count == 0)
            throw new BadInputException("percentiles of no objects: this table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
        Distribution areas = new(table.Select(row => row.Area)), sides = new(table.Select(row => row.Side));
        return [.. ((double[])[1, 5, 25, 50, 75, 95, 99, 100])
            .Select(percent => new PercentileRow(percent, areas.Percentile(percent), sides.Percentile(percent)))];
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => TextTable.Of(_caption, ["percent of objects", "area", "longer side"],
        [.. this.Select(row => (object?[])[row.Percent, row.Area, row.Side])], Count);
}
