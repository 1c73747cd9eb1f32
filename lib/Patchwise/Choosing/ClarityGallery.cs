namespace Patchwise;

/// <summary>The pictures of a <see cref="ClarityTest"/>.</summary>
static class ClarityGallery
{
    const int RandomRows = 4;
    static readonly double[] Percentiles = [1, 5, 10, 15, 50, 95];

    /// <summary>
    /// The objects that are shown: the first of the seeded order, then those whose areas are nearest the percentiles (of equally near ones the first).
    /// </summary>
    internal static (string Label, ClaritySubject Subject)[] Choose(ClaritySubject[] subjects, int[] order)
    {
        Distribution areas = new(subjects.Select(subject => subject.Area));
        return
        [
            .. order.Take(RandomRows).Select((index, i) => ($"random {i + 1}", subjects[index])),
            .. Percentiles.Select(percent =>
            {
                var wanted = areas.Percentile(percent);
                var name = percent == 50 ? "median" : string.Create(CultureInfo.InvariantCulture, $"{percent}{(percent == 1 ? "st" : "th")} percentile");
                return (name, subjects.MinBy(subject => Math.Abs(subject.Area - wanted))!);
            }),
        ];
    }

    /// <summary>The original, in which the object is outlined unless it is shown alone, and its trials.</summary>
    /// <param name="mask">That the object was measured on, where there is one.</param>
    internal static GalleryCell[] Cells(ClaritySubject subject, Slide pixels, Mask? mask, IReadOnlyList<Magnification> trials, ClarityOptions options)
    {
        var box = subject.Crop(options.Padding);
        GalleryCell Cell(PixelSize size)
        {
            var alone = subject.Slide.Alone(subject.Region, box, size, mask);
            return new(subject.Slide.Crop(pixels, box, size, options.Method, options.Mask ? alone : null))
            {
                Object = size == box.Size && !options.Mask ? alone : null,
            };
        }
        return [Cell(box.Size), .. trials.Select(trial => subject.ScaleTo(trial) is { } scale ? Cell(ClarityMeasure.Shrunk(box.Size, scale))
            : GalleryCell.Empty($"scanned at {new Magnification(subject.Power)}"))];
    }

    internal static Gallery Of((string Label, ClaritySubject Subject)[] rows, GalleryCell[][] cells, IReadOnlyList<Magnification> trials,
        ClarityOptions options)
    {
        var powers = rows.Select(row => new Magnification(row.Subject.Power)).Distinct().ToArray();
        var gallery = new Gallery("Objects at each magnification, at one display size"
            + (options.Mask ? "; surroundings are black" : rows.Zip(cells).Any(row => row.Second[0].Object is not null) ? "; outlined in the original" : "")
            + (options.Method == ResizeMethod.Area ? "" : $"; brought down by {options.Method.ToString().ToLowerInvariant()}"),
            [powers.Length == 1 ? $"Original | {powers[0]}" : "Original", .. trials.Select(trial => trial.ToString())]);
        foreach (var (row, (original, shrunk)) in rows.Zip(cells.Select(row => (row[0], row[1..]))))
            gallery = gallery.Row(string.Create(CultureInfo.InvariantCulture, $"{row.Label}: {row.Subject.Area:#,0} {row.Subject.Unit}"),
                [powers.Length == 1 ? original : original with { Caption = new Magnification(row.Subject.Power).ToString() }, .. shrunk]);
        return gallery;
    }
}
