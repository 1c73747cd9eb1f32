namespace Patchwise;

/// <summary>A column of a region table, in files and on screen.</summary>
/// <param name="Of">Null where it was not measured or is not known.</param>
public sealed record RegionColumn(string Name, Func<Region, object?> Of);

static class RegionColumns
{
    /// <summary>In files and on screen where a row has them.</summary>
    static readonly RegionColumn[] Stated =
        [new("class", row => row.StatedClass), new("group", row => row.StatedGroup), new("stated_side", row => row.StatedSide)];

    internal static RegionColumn[] WithStated => [.. All, .. Stated];

    /// <summary>Those that a table has.</summary>
    internal static IEnumerable<RegionColumn> Of(IReadOnlyList<Region> rows) => All.Concat(Stated.Where(column => rows.Any(row => column.Of(row) is not null)));

    /// <summary>What the command line prints.</summary>
    internal static readonly RegionColumn[] All =
    [
        new("image", row => row.Image), new("label", row => row.Label), new("value", row => row.Value), new("area", row => row.Area),
        new("x0", row => row.X0), new("y0", row => row.Y0), new("x1", row => row.X1), new("y1", row => row.Y1),
        new("cx", row => row.Cx), new("cy", row => row.Cy), new("side", row => row.Side),
        new("perimeter", row => row.Perimeter), new("eccentricity", row => row.Eccentricity), new("major", row => row.Major), new("minor", row => row.Minor),
        new("orientation", row => row.Orientation), new("extent", row => row.Extent), new("equivalent_diameter", row => row.EquivalentDiameter),
        new("solidity", row => row.Solidity), new("euler", row => row.Euler), new("feret", row => row.Feret),
    ];
}
