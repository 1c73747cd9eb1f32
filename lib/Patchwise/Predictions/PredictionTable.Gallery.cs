namespace Patchwise;

public sealed partial class PredictionTable
{
    /// <summary>Errors that are shown at most.</summary>
    const int MostErrors = 200;

    /// <summary>
    /// Patches with what is predicted of them. Where their classes are known: first all that are wrong, framed, then some of each class that are right, drawn
    /// at random. Where they are not: some of each predicted class. Below each stands its row of the table. Decodes those that are shown.
    /// </summary>
    /// <param name="each">Patches in a row, and of those that are right, of each class.</param>
    /// <exception cref="BadInputException">The patches are no image files, which a tile's or slide's are not: look at its overlay.</exception>
    public Gallery Gallery(int each = 5, int seed = 7)
    {
        if (each is < 1 or > 100)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{each} patches of each class: expected 1 to 100"));
        if (_rows.Any(row => Sources[row.Source] is var source && (source.Frame is not null || !File.Exists(source.Name))))
            throw new BadInputException(
                "these patches are no image files: expected predictions of files or folders; look at a tile or slide through Overlay.Of");
        var known = Enumerable.Range(0, Count).Where(row => _rows[row].Label is not null).ToArray();
        var wrong = known.Where(row => _rows[row].Label != _rows[row].Class).ToArray();
        var shown = wrong.Length <= MostErrors ? wrong : SeededOrder.Of(seed, wrong.Length).Take(MostErrors).Select(i => wrong[i]).Order().ToArray();
        var some = wrong.Length == 0 ? "No" : shown.Length < wrong.Length ? Invariant($"{shown.Length} of the {wrong.Length:N0}") : $"All {wrong.Length}";
        var gallery = new Gallery(known.Length == 0 ? "Predicted patches, a row for each predicted class" : string.Create(CultureInfo.InvariantCulture,
            $"{some} wrong predictions of {known.Length:N0}; then some that are right"));
        foreach (var (part, rows) in shown.Chunk(each).Index())
            gallery = gallery.Row(part == 0 ? "wrong" : "", [.. rows.Select(Cell)]);
        var right = known.Length == 0 ? [.. Enumerable.Range(0, Count)] : known.Except(wrong).ToArray();
        foreach (var (index, one) in Classes.Index())
        {
            var own = right.Where(row => _rows[row].Class == index).ToArray();
            if (own.Length > 0)
                gallery = gallery.Row(one.Name, [.. SeededOrder.Of(seed, own.Length).Take(each).Select(i => Cell(own[i]))]);
        }
        return gallery;
    }

    /// <summary>Some patches of a tile or slide, drawn at random among those that lie wholly inside, with what is predicted of them.</summary>
    /// <param name="slide">The one that was predicted.</param>
    /// <exception cref="BadInputException">The table is not of that slide alone.</exception>
    public Gallery Gallery(Slide slide, int examples = 4, int seed = 7)
    {
        if (examples is < 1 or > 100)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"{examples} patches: expected 1 to 100"));
        if (OneFrame("a gallery", needed: true) is var frame && frame!.Level0 != slide.Size)
            throw new BadInputException($"predictions on a slide of {frame.Level0} px, and {slide.Path} of {slide.Size} px: "
                + "expected the slide that was predicted");
        var inside = Enumerable.Range(0, Count).Where(row => IsInside(_rows[row])).ToArray();
        var chosen = SeededOrder.Of(seed, inside.Length).Take(examples).Select(i => inside[i]);
        return new Gallery(string.Create(CultureInfo.InvariantCulture,
            $"{Math.Min(examples, inside.Length)} of {inside.Length:N0} patches of {slide.Path}, drawn at random"))
            .Row("", [.. chosen.Select(row => Cell(row, slide.Read(_rows[row].Box, frame.Resolution)))]);
    }

    GalleryCell Cell(int row)
    {
        var source = Sources[_rows[row].Source];
        var pixels = Raster.Load(source.Name);
        pixels.Mpp = source.Mpp ?? pixels.Mpp;
        return Cell(row, pixels);
    }

    GalleryCell Cell(int row, Raster pixels)
    {
        var (one, wrong) = (_rows[row], _rows[row].Label is { } label && label != _rows[row].Class);
        return new(pixels, (wrong ? $"{Classes[one.Label!.Value].Name} taken for " : "")
            + string.Create(CultureInfo.InvariantCulture, $"{Classes[one.Class].Name} {one.Probability:P0}, row {row}"))
        {
            Boxes = wrong ? [new(pixels.Bounds, "#d55e00", "wrong", 4)] : [],
        };
    }
}
