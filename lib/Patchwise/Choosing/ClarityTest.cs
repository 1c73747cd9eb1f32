namespace Patchwise;

/// <summary>
/// Which magnification still shows the objects clearly? Crops of them are taken to each trial magnification: <see cref="Gallery"/> shows them,
/// <see cref="Table"/> measures what is lost when they are brought down and back up, <see cref="Suggestion"/> draws the conclusion.
/// A crop is the square of the object's longer side plus padding on both sides, around the middle of its box, in px of its image; all choices follow from the
/// seed.
/// </summary>
public sealed class ClarityTest
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

    ClarityTest(IReadOnlyList<Magnification> trials, Gallery gallery, ClarityTable table, ClaritySuggestion suggestion, IReadOnlyList<string> notes) =>
        (Trials, Gallery, Table, Suggestion, Notes) = (trials, gallery, table, suggestion, notes);

    /// <summary>
    /// Looks at objects of <paramref name="regions"/>, measured on <paramref name="set"/>. Every image that holds a chosen object is decoded once; at most one
    /// a core is in memory.
    /// </summary>
    /// <exception cref="BadInputException">
    /// No objects, no trial that can be looked at, an object of no image of the set, an unknown magnification, an option out of range.
    /// </exception>
    public static ClarityTest Of(ImageSet set, RegionTable regions, ClarityOptions options, CancellationToken cancel) =>
        Of(ObjectSlides.Of(set), regions, options, cancel);

    /// <summary>
    /// Looks at regions of a slide, outlined (<see cref="RegionTable.Of(AnnotationSet, Slide)"/>) or found on a mask over it
    /// (<see cref="RegionTable.Measure(Mask, Slide, RegionProperties, CancellationToken)"/>). Only their crops are read, at full resolution and at each
    /// trial; of regions larger than 1024 px the middle is looked at.
    /// </summary>
    /// <exception cref="BadInputException">As for the other; the slide's magnification must be known, and regions cannot be shown alone.</exception>
    public static ClarityTest Of(Slide slide, RegionTable regions, ClarityOptions options, CancellationToken cancel) =>
        Of(ObjectSlides.Of(slide, regions), regions, options, cancel);

    static ClarityTest Of(ObjectSlides slides, RegionTable regions, ClarityOptions options, CancellationToken cancel)
    {
        options.Check();
        var subjects = ClaritySubject.Of(slides, regions);
        List<string> notes = [];
        var shown = Within(options.Trials, subjects, notes);

        var order = SeededOrder.Of(options.Seed, subjects.Length);
        var rows = ClarityGallery.Choose(subjects, order);
        var sampled = ClaritySubject.Sample(subjects, order, options.Sample);
        var cells = new Raster?[rows.Length][];
        var kept = new Kept?[sampled.Length][];

        var work = rows.Select((row, i) => (row.Subject, Index: i, IsRow: true)).Concat(sampled.Select((pick, i) => (pick.Subject, Index: i, IsRow: false)));
        slides.Visit(work, item => item.Subject.Slide.Name, (slide, pixels, items) =>
        {
            var labels = options.Mask && items.Any(item => item.IsRow) ? slide.LoadMask() : null;
            foreach (var (subject, index, isRow) in items)
            {
                cancel.ThrowIfCancellationRequested();
                if (isRow)
                    cells[index] = ClarityGallery.Cells(subject, pixels, labels, shown, options);
                else
                    kept[index] = Measure(subject, pixels, shown, options);
            }
        }, cancel);

        var table = ClarityTable.Of(shown, [.. sampled.Select((pick, i) => (pick.Group, pick.Subject.Area, kept[i]))], options.Threshold);
        return new(shown, ClarityGallery.Of(rows, cells, shown, options), table, ClaritySuggestion.Of(table, options.Threshold, options.Share), notes);
    }

    static Kept?[] Measure(ClaritySubject subject, Slide pixels, IReadOnlyList<Magnification> trials, ClarityOptions options)
    {
        var usable = trials.Select(subject.ScaleTo).ToArray();
        var part = ClarityMeasure.Part(subject.Crop(options.Padding), subject.Slide.Size);
        var measured = ClarityMeasure.Of(subject.Slide.Crop(pixels, part, part.Size, options.Method), [.. usable.OfType<double>()], options.Method);
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
                notes.Add($"at {trial} the {powers.Count(power => power < trial.Power)} of {powers.Length} objects in images of lower magnification are left "
                    + $"out");
            shown.Add(trial);
        }
        return shown.Count > 0 ? [.. shown] : throw new BadInputException(
            $"trial magnifications {string.Join(", ", trials.Select(power => new Magnification(power)))}: the images were scanned at {highest}; expected at "
                + $"least one at or below that");
    }

    public override string ToString() => string.Join('\n', [Suggestion.ToString(), .. Notes]);
}
