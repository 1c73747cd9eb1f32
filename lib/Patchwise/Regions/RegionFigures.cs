using System.Globalization;

namespace Patchwise;

public sealed partial class RegionTable
{
    const string Kept = "#0072b2", LeftOut = "#e69f00";

    string PxUnit => Magnification is { } magnification ? $"px at {magnification}" : "px";

    /// <summary>Histograms of the area and of the longer side. The largest 0.5 % may lie beyond the axis; the figure says how many.</summary>
    public Figure Sizes
    {
        get
        {
            if (Count == 0)
                throw new BadInputException("no objects to draw: this table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
            Figure Of(string title, Func<Region, double> of, string axis, string unit)
            {
                Distribution values = new(_rows.Select(of));
                var limit = Math.Ceiling(Math.Min(values.Largest, 1.5 * values.Percentile(99.5)));
                return new Figure(title).Histogram(values.Values, 40, 0, limit)
                    .VerticalLine(values.Percentile(50), "median").VerticalLine(values.Percentile(95), "95 %", dashed: true).X(axis, unit).Y("objects");
            }
            return Figure.SideBySide(
                [Of("Areas", row => row.Area, "area", PxUnit.Replace("px", "px²", StringComparison.Ordinal)), Of("Longer sides", row => row.Side, "longer side of the box", PxUnit)],
                $"Sizes of {Count.ToString("N0", CultureInfo.InvariantCulture)} objects");
        }
    }

    /// <summary>The shorter axis of each object's ellipse over its longer one, with the line of circles. Needs <see cref="RegionProperties.All"/>.</summary>
    /// <exception cref="BadInputException">The table is empty or was measured without shapes.</exception>
    public Figure Shapes
    {
        get
        {
            var shaped = _rows.Where(row => row is { Major: { }, Minor: { } }).ToList();
            if (shaped.Count == 0)
                throw new BadInputException(Count == 0
                    ? "no objects to draw: this table is empty; loosen its filters, such as AwayFromEdge, or check the masks"
                    : "the axes of these objects were not measured: expected RegionTable.Measure(..., properties: RegionProperties.All)");
            double[] major = [.. shaped.Select(row => row.Major!.Value)], minor = [.. shaped.Select(row => row.Minor!.Value)];
            var end = 1.05 * major.Max();
            return new Figure("Round and long objects")
                .Scatter(major, minor, "objects", text: [.. shaped.Select(row => $"{row.Image}, object {row.Label}")])
                .Line([0, end], [0, end], "circles", "#333333", dashed: true)
                .X("longer axis", PxUnit, 0, end).Y("shorter axis", PxUnit, 0, end);
        }
    }

    /// <summary>Area and longer side at the usual percentiles, interpolated as numpy does by default.</summary>
    /// <exception cref="BadInputException">The table is empty.</exception>
    public RegionPercentiles Percentiles => new(this, PxUnit);

    /// <summary>
    /// Images with the boxes of their objects: those in this table, and those of the same masks that are not. <paramref name="set"/> is the one the table was measured on.
    /// </summary>
    /// <param name="examples">Images, drawn at random from those with objects.</param>
    /// <param name="seed">Decides which.</param>
    public Gallery Examples(ImageSet set, int examples = 4, int seed = 7, CancellationToken cancel = default)
    {
        if (examples is < 1 or > 100)
            throw new BadInputException($"{examples} examples: expected 1 to 100");
        var candidates = _images.Where(image => image.Objects > 0).Select(image => image.Name).ToArray();
        if (candidates.Length == 0)
            throw new BadInputException("no image to show: none of the masks holds an object");
        string[] chosen = [.. SeededOrder.Of(seed, candidates.Length).Take(examples).Order().Select(i => candidates[i])];
        var kept = _rows.ToLookup(row => row.Image);
        var cells = new GalleryCell[chosen.Length];
        var images = set.Images.ToDictionary(image => image.Name, StringComparer.Ordinal);
        foreach (var name in chosen)
        {
            cancel.ThrowIfCancellationRequested();
            var image = images.GetValueOrDefault(name) ?? throw new BadInputException($"{set.Name} does not hold the image {name}: expected what the objects were measured on");
            var inside = kept[image.Name].Select(row => row.Label).ToHashSet();
            var all = Measure(image.LoadMask(), image.Name, cancel: cancel);
            cells[Array.IndexOf(chosen, image.Name)] = new(image.LoadImage(), $"{image.Name}: {inside.Count} of {all.Count}")
            {
                Boxes = [.. all.Select(row => inside.Contains(row.Label)
                    ? new GalleryBox(row.SourceBox, Kept, "used", 1.5)
                    : new GalleryBox(row.SourceBox, LeftOut, "left out", 1.5))],
            };
        }
        var columns = Math.Min(2, chosen.Length);
        return cells.Chunk(columns).Aggregate(new Gallery("Objects that are used, and those left out", cellSize: 420), (gallery, row) => gallery.Row("", row));
    }
}
