using System.Collections;

namespace Patchwise;

/// <param name="Percent">Of the objects that are at most this large.</param>
/// <param name="Area">In px² of the table's frame.</param>
/// <param name="Side">Longer side of the box, in px of the table's frame.</param>
public sealed record PercentileRow(double Percent, double Area, double Side);

/// <summary>Areas and longer sides of a table's objects at rising percentiles.</summary>
public sealed class RegionPercentiles : IReadOnlyList<PercentileRow>, ITabular
{
    readonly PercentileRow[] _rows;
    readonly string _caption;

    internal RegionPercentiles(RegionTable table, string unit)
    {
        if (table.Count == 0)
            throw new BadInputException("percentiles of no objects: this table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
        Distribution areas = new(table.Select(row => row.Area)), sides = new(table.Select(row => row.Side));
        _rows = [.. ((double[])[1, 5, 25, 50, 75, 95, 99, 100])
            .Select(percent => new PercentileRow(percent, areas.Percentile(percent), sides.Percentile(percent)))];
        _caption = $"Sizes of {table.Count} objects ({unit}): this share is at most as large";
    }

    public int Count => _rows.Length;
    public PercentileRow this[int index] => _rows[index];
    public IEnumerator<PercentileRow> GetEnumerator() => ((IEnumerable<PercentileRow>)_rows).GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => TextTable.Of(_caption, ["percent of objects", "area", "longer side"],
        [.. _rows.Select(row => (object?[])[row.Percent, row.Area, row.Side])], Count);
}
