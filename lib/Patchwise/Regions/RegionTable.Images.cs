namespace Patchwise;

public sealed partial class RegionTable
{
    /// <summary>The name of a slide in a table: its file's, without extension.</summary>
    internal static string NameOf(Slide slide) => Path.GetFileNameWithoutExtension(slide.Path);

    /// <summary>
    /// The regions that someone outlined on a slide, in px of its level 0: area, box and centroid of the outline; the value is the number of the class, from 1
    /// in alphabetical order. Classes that QuPath leaves out of everything (their names end in *) are no objects.
    /// </summary>
    /// <exception cref="BadInputException">There are no others, or as for <see cref="AnnotationSet.On"/>.</exception>
    public static RegionTable Of(AnnotationSet annotations, Slide slide)
    {
        var name = NameOf(slide);
        var outlines = annotations.On(slide).Objects;
        var classes = outlines.Classes.Index().ToDictionary(pair => pair.Item, pair => pair.Index + 1);
        var rows = outlines.Select((annotation, i) =>
        {
            var (area, middle) = (annotation.Area, annotation.Area.Centroid);
            // Positions count from the middle of the first pixel, outlines from its corner.
            return new Region(name, i + 1, new(classes[annotation.Class], (long)Math.Round(area.Area), annotation.Box, null,
                middle.X - 0.5, middle.Y - 0.5), null)
            { StatedClass = annotation.Class };
        }).ToArray();
        var image = new MeasuredImage(name, slide.Size.Width, slide.Size.Height, slide.Magnification, rows.Length)
        {
            Outlines = [.. outlines],
            Notes = [.. outlines.Notes.Select(note => $"{annotations.Path}: {note}")],
        };
        return new([On(slide, image)], rows, slide.Magnification);
    }

    static MeasuredImage On(Slide slide, MeasuredImage image) => image with
    {
        Scanned = slide.Magnification,
        Microns = slide.Mpp is { } mpp ? (mpp.X + mpp.Y) / 2 * slide.Size.Width / image.Width : null,
        Notes = [.. slide.Notes.Select(note => $"{slide.Path}: {note}"), .. image.Notes],
    };

    /// <summary>
    /// The objects of a mask that covers all of a slide, in px of the mask; where the slide states its magnification, the mask's follows from the sizes, so
    /// that <see cref="At"/> works.
    /// </summary>
    /// <exception cref="BadInputException">The mask has another aspect than the slide by more than a pixel.</exception>
    public static RegionTable Measure(Mask mask, Slide slide, RegionProperties properties, CancellationToken cancel)
    {
        slide.Shape.CheckCovers(mask.Size);
        var fx = mask.Size.Width / (double)slide.Size.Width;
        var table = Measure(mask, NameOf(slide), slide.Magnification is { } power ? new Magnification(power.Power * fx) : null, properties, cancel);
        return new(table._images.Select(image => On(slide, image) with { Mask = mask }), table, table.Magnification);
    }

    /// <summary>
    /// Area and longer side at the usual percentiles, interpolated as numpy does by default; the title says so where px are of several sizes.
    /// </summary>
    /// <exception cref="BadInputException">The table is empty.</exception>
    public RegionPercentiles Percentiles => new(this, Magnification is { } magnification ? $"px at {magnification}" : "px", SeveralScales);

    /// <summary>
    /// Images with the boxes of their objects: those in this table, and those of the same masks that are not. <paramref name="set"/> is the one the table was
    /// measured on.
    /// </summary>
    /// <param name="examples">Images, drawn at random from those with objects.</param>
    /// <param name="seed">Decides which.</param>
    public Gallery Examples(ImageSet set, int examples, int seed, CancellationToken cancel)
    {
        if (examples is < 1 or > 100)
            throw new BadInputException($"{examples} examples: expected 1 to 100");
        var candidates = _images.Where(image => image.Objects > 0).Select(image => image.Name).ToArray();
        if (candidates.Length == 0)
            throw new BadInputException("no image to show: none of the masks holds an object");
        string[] chosen = [.. SeededOrder.Of(seed, candidates.Length).Take(examples).Order().Select(i => candidates[i])];
        var kept = this.ToLookup(row => row.Image);
        var cells = new GalleryCell[chosen.Length];
        var stated = set.Objects is { } objects ? OfObjects(set, objects) : null;
        var images = set.Images.ToDictionary(image => image.Name, StringComparer.Ordinal);
        foreach (var name in chosen)
        {
            cancel.ThrowIfCancellationRequested();
            var image = images.GetValueOrDefault(name)
                ?? throw new BadInputException($"{set.Name} does not hold the image {name}: expected what the objects were measured on");
            var inside = kept[image.Name].Select(row => row.Label).ToHashSet();
            var all = image.MaskPath is null ? stated!.Where(row => row.Image == image.Name)
                : Measure(image.LoadMask(), image.Name, null, RegionProperties.Basic, cancel);
            var pixels = image.LoadImage();
            pixels.Mpp = image.Mpp ?? (image.Magnification is { } power ? new Mpp(10 / power.Power) : null);
            cells[Array.IndexOf(chosen, image.Name)] = new(pixels, $"{image.Name}: {inside.Count} of {all.Count}")
            {
                Boxes = [.. all.Select(row => inside.Contains(row.Label)
                    ? new GalleryBox(row.SourceBox, "#0072b2", "used", 1.5)
                    : new GalleryBox(row.SourceBox, "#e69f00", "left out", 1.5))],
            };
        }
        var columns = Math.Min(2, chosen.Length);
        return cells.Chunk(columns).Aggregate(new Gallery("Objects that are used, and those left out", cellSize: 420), (gallery, row) => gallery.Row("", row));
    }
}
