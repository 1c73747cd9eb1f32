using System.Globalization;

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
                var name = percent switch { 1 => "smallest 1 %", 50 => "median", 95 => "largest 95 %",
                    _ => string.Create(CultureInfo.InvariantCulture, $"{percent} %") };
                return (name, subjects.MinBy(subject => Math.Abs(subject.Area - wanted))!);
            }),
        ];
    }

    /// <summary>The original and its trials; null where the trial is above the image's magnification.</summary>
    internal static Raster?[] Cells(ClaritySubject subject, Slide pixels, Mask? mask, IReadOnlyList<Magnification> trials, ClarityOptions options)
    {
        var box = subject.Crop(options.Padding);
        var crop = subject.Slide.Crop(pixels, box, box.Size, options.Method);
        if (mask is not null)
            ObjectSlide.HideOthers(crop, box, mask, subject.Region);
        return [crop, .. trials.Select(trial => subject.ScaleTo(trial) is not { } scale ? null
            : ClarityMeasure.Shrunk(box.Size, scale) is var size && mask is null ? subject.Slide.Crop(pixels, box, size, options.Method)
            : crop.Resize(size, options.Method))];
    }

    internal static Gallery Of((string Label, ClaritySubject Subject)[] rows, Raster?[][] cells, IReadOnlyList<Magnification> trials, ClarityOptions options)
    {
        var powers = rows.Select(row => new Magnification(row.Subject.Power)).Distinct().ToArray();
        var gallery =
            new Gallery(
                $"The objects at each magnification, at one display size (brought down by "
                    + $"{options.Method.ToString().ToLowerInvariant()}{(options.Mask ? ", surroundings masked" : "")})",
            [powers.Length == 1 ? $"Original | {powers[0]}" : "Original", .. trials.Select(trial => trial.ToString())]);
        foreach (var (row, images) in rows.Zip(cells))
        {
            var power = new Magnification(row.Subject.Power);
            gallery = gallery.Row(string.Create(CultureInfo.InvariantCulture, $"{row.Label}: {row.Subject.Area:#,0} px²"),
                [.. images.Select((image, i) => image is null
                ? GalleryCell.Empty($"scanned at {power}")
                : new GalleryCell(image, i == 0 && powers.Length > 1 ? power.ToString() : ""))]);
        }
        return gallery;
    }
}
