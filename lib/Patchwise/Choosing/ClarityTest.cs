using System.Globalization;
using System.Net;

namespace Patchwise;

/// <summary>
/// Which magnification still shows the objects clearly? Crops of them are taken to each trial magnification: <see cref="Gallery"/> shows them,
/// <see cref="Curve"/> and <see cref="Table"/> measure what is lost when they are brought down and back up, <see cref="Suggestion"/> draws the conclusion.
/// A crop is the square of the object's longer side plus padding on both sides, around the middle of its box, in px of its image; all choices follow from the seed.
/// </summary>
[TypeFormatterSource(typeof(NotebookFormatters), PreferredMimeTypes = [NotebookFormatters.Html, NotebookFormatters.Text])]
public sealed class ClarityTest : INotebookView
{
    /// <summary>The trial magnifications that were looked at, highest first.</summary>
    public IReadOnlyList<Magnification> Trials { get; }

    /// <summary>Four random objects and those at 1, 5, 10, 15, 50 and 95 % of area: the original and each trial, all at one display size.</summary>
    public Gallery Gallery { get; }

    /// <summary>The measured objects by trial and size, a row each.</summary>
    public ClarityTable Table { get; }

    public ClaritySuggestion Suggestion { get; }

    /// <summary>What was left out and why; mostly empty.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Similarity and detail kept, by magnification, for the smallest, middle and largest third of the objects: mean, and 10th percentile dashed.</summary>
    public Figure Curve => ClarityCurve.Of(Table, Suggestion.Threshold);

    ClarityTest(IReadOnlyList<Magnification> trials, Gallery gallery, ClarityTable table, ClaritySuggestion suggestion, IReadOnlyList<string> notes) =>
        (Trials, Gallery, Table, Suggestion, Notes) = (trials, gallery, table, suggestion, notes);

    /// <summary>
    /// Looks at objects of <paramref name="regions"/>, measured on <paramref name="set"/>. Every image that holds a chosen object is decoded once; at most one a core is in memory.
    /// </summary>
    /// <param name="trials">Magnifications to look at. An object is looked at where its image's own is not lower; those above all images are left out with a note.</param>
    /// <param name="padding">Px of the original on each side of the object.</param>
    /// <param name="mask">Blackens all but the object itself in the gallery. The measures always see the surroundings.</param>
    /// <param name="method">How crops are brought down: area is what a scanner at lower power sees; nearest is the original script's way, which aliases.</param>
    /// <param name="seed">Decides the random rows and the sample.</param>
    /// <param name="sample">Objects to measure, a third of them of each size; all are taken where there are fewer.</param>
    /// <param name="threshold">The least SSIM that counts as clear.</param>
    /// <param name="share">Of the sample that must be clear at the suggested magnification.</param>
    /// <exception cref="BadInputException">No objects, no trial that can be looked at, an object of no image of the set, an unknown magnification, a parameter out of range.</exception>
    public static ClarityTest Of(ImageSet set, RegionTable regions, IReadOnlyList<double> trials, int padding = 10, bool mask = false,
        ResizeMethod method = ResizeMethod.Area, int seed = 7, int sample = 300, double threshold = 0.90, double share = 0.95, CancellationToken cancel = default) =>
        Of(ObjectImages.Of(set), regions, trials, padding, mask, method, seed, sample, threshold, share, cancel);

    /// <summary>
    /// Looks at regions of a slide, outlined (<see cref="RegionTable.Of(AnnotationSet, Slide)"/>) or found on a mask over it (<see cref="RegionTable.Measure(Raster, Slide, RegionProperties)"/>).
    /// Only their crops are read, at full resolution and at each trial; of regions larger than 1024 px the middle is looked at.
    /// </summary>
    /// <param name="padding">Px of level 0 on each side of the region.</param>
    /// <exception cref="BadInputException">As for the other; the slide's magnification must be known.</exception>
    public static ClarityTest Of(Slide slide, RegionTable regions, IReadOnlyList<double> trials, int padding = 10,
        ResizeMethod method = ResizeMethod.Area, int seed = 7, int sample = 300, double threshold = 0.90, double share = 0.95, CancellationToken cancel = default) =>
        Of(ObjectImages.Of(slide, regions), regions, trials, padding, mask: false, method, seed, sample, threshold, share, cancel);

    static ClarityTest Of(ObjectImages images, RegionTable regions, IReadOnlyList<double> trials, int padding, bool mask,
        ResizeMethod method, int seed, int sample, double threshold, double share, CancellationToken cancel)
    {
        Check(trials, padding, method, sample, threshold, share);
        var subjects = ClaritySubject.Of(images, regions);
        List<string> notes = [];
        var shown = Within(trials, subjects, notes);

        var order = SeededOrder.Of(seed, subjects.Length);
        var rows = ClarityGallery.Choose(subjects, order);
        var sampled = ClaritySubject.Sample(subjects, order, sample);
        var cells = new Raster?[rows.Length][];
        var kept = new Kept?[sampled.Length][];

        var work = rows.Select((row, i) => (row.Subject, Index: i, IsRow: true)).Concat(sampled.Select((pick, i) => (pick.Subject, Index: i, IsRow: false)));
        EachImage.Do(images, work, item => item.Subject.Image.Name, (from, items) =>
        {
            var image = from.Open();
            var labels = mask && items.Any(item => item.IsRow) ? image.LoadMask() : null;
            foreach (var (subject, index, isRow) in items)
            {
                cancel.ThrowIfCancellationRequested();
                if (isRow)
                    cells[index] = ClarityGallery.Cells(subject, image, labels, shown, padding, method);
                else
                    kept[index] = Measure(subject, image, shown, padding, method);
            }
        }, cancel);

        var table = ClarityTable.Of(shown, [.. sampled.Select((pick, i) => (pick.Group, pick.Subject.Area, kept[i]))], threshold);
        return new(shown, ClarityGallery.Of(rows, cells, shown, mask, method), table, ClaritySuggestion.Of(table, threshold, share), notes);
    }

    static Kept?[] Measure(ClaritySubject subject, IObjectPixels image, IReadOnlyList<Magnification> trials, int padding, ResizeMethod method)
    {
        var usable = trials.Select(subject.ScaleTo).ToArray();
        var part = ClarityMeasure.Part(subject.Crop(padding), subject.Image.Size);
        var measured = ClarityMeasure.Of(image.Read(part, part.Size, method), [.. usable.OfType<double>()], method);
        var next = 0;
        return [.. usable.Select(scale => scale is null ? (Kept?)null : measured[next++])];
    }

    /// <summary>The trials at or below the magnification of some object, highest first, each once.</summary>
    static Magnification[] Within(IReadOnlyList<double> trials, ClaritySubject[] subjects, List<string> notes)
    {
        var powers = subjects.Select(subject => subject.Power).ToArray();
        var (lowest, highest) = (new Magnification(powers.Min()), new Magnification(powers.Max()));
        List<Magnification> shown = [];
        foreach (var trial in trials.Distinct().OrderDescending().Select(power => new Magnification(power)))
        {
            if (trial.Power > highest.Power)
            {
                notes.Add($"{trial} was left out: the images were scanned at {highest}, and a higher magnification shows nothing new");
                continue;
            }
            if (trial.Power > lowest.Power)
                notes.Add($"at {trial} the {powers.Count(power => power < trial.Power)} of {powers.Length} objects in images of lower magnification are left out");
            shown.Add(trial);
        }
        return shown.Count > 0 ? [.. shown] : throw new BadInputException(
            $"trial magnifications {string.Join(", ", trials.Select(power => new Magnification(power)))}: the images were scanned at {highest}; expected at least one at or below that");
    }

    static void Check(IReadOnlyList<double> trials, int padding, ResizeMethod method, int sample, double threshold, double share)
    {
        static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
        if (trials.Count == 0)
            throw new BadInputException("no trial magnifications: expected at least one, such as [30, 20, 10, 5]");
        foreach (var trial in trials)
            _ = new Magnification(trial);
        if (padding is < 0 or > 10_000)
            throw new BadInputException($"padding {padding} px: expected 0 to 10000");
        if (!Enum.IsDefined(method))
            throw new BadInputException($"resize method {method}: expected {string.Join(", ", Enum.GetNames<ResizeMethod>())}");
        if (sample < 3)
            throw new BadInputException($"a sample of {sample} objects: expected at least 3, one of each size");
        if (!(threshold > 0 && threshold <= 1))
            throw new BadInputException($"SSIM threshold {Number(threshold)}: expected above 0 and at most 1, such as 0.9");
        if (!(share > 0 && share <= 1))
            throw new BadInputException($"share of objects {Number(share)}: expected above 0 and at most 1, such as 0.95");
    }

    public override string ToString() => string.Join('\n', [Suggestion.ToString(), .. Notes]);

    string? INotebookView.ToMime(string mimeType) => mimeType switch
    {
        NotebookFormatters.Html => ((INotebookView)Suggestion).ToMime(mimeType) + string.Concat(Notes.Select(note => $"<p>{WebUtility.HtmlEncode(note)}</p>")),
        NotebookFormatters.Text => ToString(),
        _ => null,
    };
}
