using System.Globalization;

namespace Patchwise;

public sealed partial class PredictionTable
{
    /// <summary>
    /// Patches with what is predicted of them, some at random of each known class; wrong ones are framed. Where no class is known, some of each predicted
    /// class. Decodes those that are shown.
    /// </summary>
    /// <param name="each">Patches a class.</param>
    /// <exception cref="BadInputException">The patches are no image files, which a tile's or slide's are not: look at its overlay.</exception>
    public Gallery Gallery(int each = 5, int seed = 7)
    {
        if (each is < 1 or > 100)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{each} patches of each class: expected 1 to 100"));
        if (_rows.Any(row => Sources[row.Source] is var source && (source.Frame is not null || !File.Exists(source.Name))))
            throw new BadInputException(
                "these patches are no image files: expected predictions of files or folders; look at a tile or slide through Overlay.Of");
        var known = _rows.Any(row => row.Label is not null);
        var gallery =
            new Gallery($"Predictions of {Model}, {(known ? "a row for each known class; wrong ones are framed" : "a row for each predicted class")}");
        foreach (var (index, one) in Classes.Index())
        {
            var rows = _rows.Where(row => (known ? row.Label : row.Class) == index).ToArray();
            if (rows.Length > 0)
                gallery = gallery.Row(one.Name, [.. SeededOrder.Of(seed, rows.Length).Take(each).Select(i => Cell(rows[i]))]);
        }
        return gallery;
    }

    GalleryCell Cell(Prediction row)
    {
        var pixels = Raster.Load(Sources[row.Source].Name);
        var wrong = row.Label is { } label && label != row.Class;
        return new(pixels, string.Create(CultureInfo.InvariantCulture, $"{Classes[row.Class].Name} {row.Probability:P0}"))
        {
            Boxes = wrong ? [new(pixels.Bounds, "#d55e00", "wrong", 4)] : [],
        };
    }
}
