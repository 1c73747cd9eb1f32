using System.Collections.Immutable;

namespace Patchwise;

/// <summary>A rectangle over a gallery's image, in that image's px; boxes with a name appear in the legend. The width is in px of the page.</summary>
public sealed record GalleryBox(Box Box, string Color, string Name = "", double Width = 2);

/// <summary>
/// One image of a gallery with a caption; its true size is written below it, and where its <see cref="Raster.Mpp"/> is known it has a scale bar. Without an
/// image the caption says why.
/// </summary>
public sealed record GalleryCell(Raster? Image, string Caption = "")
{
    public IReadOnlyList<GalleryBox> Boxes { get; init; } = [];

    /// <summary>Of the image's size; what is not 0 in it is the object that is meant, which is outlined.</summary>
    public Raster? Object { get; init; }

    /// <summary>A panel with a word instead of an image; without a word nothing is there.</summary>
    public static GalleryCell Empty(string word = "none left") => new(null, word);
}

/// <summary>
/// Images in labelled rows and columns, as a value: <see cref="Row"/> returns a new gallery with one row more. All are meant to be seen at one display size,
/// without stretching.
/// </summary>
public sealed class Gallery
{
    public string Title { get; }

    /// <summary>A header for each column; none: no header.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Of the longer side of each image, CSS px; null: what fits a page.</summary>
    public int? CellSize { get; }

    public ImmutableArray<(string Label, ImmutableArray<GalleryCell> Cells)> Rows { get; private init; } = [];

    /// <param name="columns">A header for each column; none: no header, and rows may hold any number of cells.</param>
    /// <param name="cellSize">Display size in CSS px of an image's longer side; 0: chosen so that the gallery fits a page.</param>
    public Gallery(string title = "", IReadOnlyList<string>? columns = null, int cellSize = 0)
    {
        if (cellSize is not 0 and (< 16 or > 2000))
            throw new BadInputException($"cells of {cellSize} px: expected 16 to 2000, or 0 for what fits a page");
        (Title, Columns, CellSize) = (title, [.. columns ?? []], cellSize == 0 ? null : cellSize);
    }

    Gallery(Gallery other) => (Title, Columns, CellSize) = (other.Title, other.Columns, other.CellSize);

    /// <summary>A row more; a row shorter than the columns ends in blank cells.</summary>
    public Gallery Row(string label, IReadOnlyList<GalleryCell> cells)
    {
        if (Columns.Count > 0 && cells.Count > Columns.Count)
            throw new BadInputException($"row '{label}': {cells.Count} cells in a gallery of {Columns.Count} columns");
        if (cells.FirstOrDefault(cell => cell.Object is { } one && one.Size != cell.Image?.Size) is { } odd)
            throw new BadInputException($"row '{label}': an object of {odd.Object!.Size} px in an image of {odd.Image?.Size} px: expected equal sizes");
        return new(this)
        {
            Rows =
            Rows.Add((label, [
                .. cells.Select(cell => cell with { Boxes = [.. cell.Boxes.Select(box => box with { Color = Palette.Checked(box.Color)! })] })]))
        };
    }

    /// <summary>Title, columns, and for each row its label with the images' captions and sizes.</summary>
    public override string ToString()
    {
        var images = Rows.Sum(row => row.Cells.Count(cell => cell.Image is not null));
        List<string> lines = [string.Create(CultureInfo.InvariantCulture,
            $"Gallery{(Title is "" ? "" : $" \"{Title}\"")}: {Rows.Length} rows, {images} images")];
        if (Columns.Count > 0)
            lines.Add($"  columns: {string.Join(" | ", Columns)}");
        lines.AddRange(
            Rows.Select(row =>
                $"  {row.Label}: {string.Join(" | ", row.Cells.Select(cell => string.Join(" ",
                    ((string[])[cell.Caption, cell.Image is { } image ? $"{image.Size} px" : ""]).Where(part => part is not ""))))}"));
        return string.Join('\n', lines);
    }
}
