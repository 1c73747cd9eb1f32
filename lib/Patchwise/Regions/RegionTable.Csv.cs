using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise;

public sealed partial class RegionTable
{
    /// <summary>
    /// Columns that lead back to the masks: first pixel, the mask's size, its magnification, px of the table per px of the mask, microns per px of the mask.
    /// </summary>
    static readonly string[] SourceColumns = ["first_x", "width", "height", "magnification", "scale", "microns"];

    /// <summary>
    /// Writes the table as CSV (UTF-8, comma, decimal point), in the table's frame: the columns of <c>patchwise regions</c>, class and group where they are
    /// stated, then, with <paramref name="source"/>, first_x, width, height, magnification, scale and microns (per px of the mask), which lead back to
    /// the masks. What was not measured is empty.
    /// </summary>
    public void SaveCsv(string path, bool source = true) => CsvFile.Save(path, Cells(source));

    /// <summary>As <see cref="SaveCsv"/>.</summary>
    public void WriteCsv(TextWriter writer, bool source = true) => CsvFile.Write(writer, Cells(source));

    IEnumerable<IEnumerable<object?>> Cells(bool source)
    {
        var images = _images.ToDictionary(image => image.Name);
        RegionColumn[] columns = [.. RegionColumns.Of(this)];
        object?[] Source(Region row) => images[row.Image] is var image
            ? [row.FirstX, image.Width > 0 ? image.Width : null, image.Width > 0 ? image.Height : null, image.Magnification?.Power, row.Scale,
                image.Microns] : [];
        return this.Select(row => columns.Select(column => column.Of(row)).Concat(source ? Source(row) : []))
            .Prepend(columns.Select(column => column.Name).Concat(source ? SourceColumns : []));
    }

    /// <summary>
    /// Reads what <see cref="SaveCsv"/> or <c>patchwise regions</c> wrote, perhaps with columns class and group of one's own. Images without
    /// objects have no rows there, so they are not in the table; without the columns that lead back to the masks the table is
    /// taken to be in px of the masks, and the sizes and magnifications of the images are not known.
    /// </summary>
    /// <exception cref="BadInputException">The file cannot be read, or a column or number is missing or wrong; the message names the line.</exception>
    public static RegionTable LoadCsv(string path)
    {
        try
        {
            return InputFile.Read(path, () =>
            {
                using var reader = new StreamReader(path, InputFile.Utf8);
                return ReadCsv(reader, path);
            }, "cannot be read");
        }
        catch (CsvHelperException error)
        {
            throw new BadInputException($"{path} is no CSV that can be read: {CsvFile.Fault(error)}", error);
        }
    }

    static RegionTable ReadCsv(TextReader reader, string path)
    {
        using var csv = new CsvReader(reader, new CsvConfiguration(CultureInfo.InvariantCulture) { MissingFieldFound = null, BadDataFound = null });
        var names = csv.Read() && csv.ReadHeader() ? csv.HeaderRecord! : [];
        var missing = RegionColumns.All.Select(column => column.Name).Except(names).ToList();
        if (missing.Count > 0)
            throw new BadInputException(
                $"{path} lacks the column{(missing.Count == 1 ? "" : "s")} {string.Join(", ", missing)}: expected a table written by RegionTable.SaveCsv or "
                    + $"'patchwise regions'");
        var rows = new List<Region>();
        var images = new Dictionary<string, MeasuredImage>();
        var seen = new HashSet<(string, int)>();
        while (csv.Read())
        {
            var line = new RegionCsvLine(csv, path);
            var (row, image) = line.Read();
            line.Expect(seen.Add((row.Image, row.Label)), "label", "each once", $"a second object {row.Label} of {row.Image}");
            line.Expect(!images.TryGetValue(image.Name, out var known) || known with { Objects = 1 } == image, "image", "one",
                $"another size or magnification of {image.Name} than above");
            images[image.Name] = image with { Objects = (known?.Objects ?? 0) + 1 };
            rows.Add(row);
        }
        var frames = rows.Select(row => images[row.Image].Magnification is { } power ? power.Power * row.Scale : (double?)null).Distinct().ToList();
        return new(images.Values, rows, frames is [{ } one] ? new Magnification(one) : null);
    }
}

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
