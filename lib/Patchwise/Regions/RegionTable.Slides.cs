namespace Patchwise;

public sealed partial class RegionTable
{
    /// <summary>The name of a slide in a table: its file's, without extension.</summary>
    internal static string NameOf(Slide slide) => Path.GetFileNameWithoutExtension(slide.Path);

    /// <summary>
    /// The regions that someone outlined on a slide, in px of its level 0: area, box and centroid of the outline; the value is the number of the class, from 1
    /// in alphabetical order.
    /// </summary>
    public static RegionTable Of(AnnotationSet annotations, Slide slide)
    {
        var (name, classes) = (NameOf(slide), annotations.Classes.Index().ToDictionary(pair => pair.Item, pair => pair.Index + 1));
        Annotation[] outlines = [.. annotations.On(slide)];
        var rows = outlines.Select((annotation, i) =>
        {
            var (area, middle) = (annotation.Area, annotation.Area.Centroid);
            // Positions count from the middle of the first pixel, outlines from its corner.
            return new Region(name, i + 1, new(classes[annotation.Class], (int)Math.Min(int.MaxValue, Math.Round(area.Area)), annotation.Box, null,
                middle.X - 0.5, middle.Y - 0.5), null)
            { StatedClass = annotation.Class };
        }).ToArray();
        var image = new MeasuredImage(name, slide.Size.Width, slide.Size.Height, slide.Magnification, rows.Length) { Outlines = outlines };
        return new([On(slide, image)], rows, slide.Magnification);
    }

    static MeasuredImage On(Slide slide, MeasuredImage image) => image with
    {
        Scanned = slide.Magnification,
        Microns = slide.Mpp is { } mpp ? (mpp.X + mpp.Y) / 2 * slide.Size.Width / image.Width : null
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
        return new(table._images.Select(image => On(slide, image) with { Mask = mask }), table._rows, table.Magnification);
    }
}
