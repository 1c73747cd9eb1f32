namespace Patchwise;

/// <summary>
/// Which magnification still shows the objects clearly? Crops of them are taken to each trial magnification: <see cref="Gallery"/> shows them,
/// <see cref="Table"/> measures what is lost when they are brought down and back up, <see cref="Suggestion"/> draws the conclusion.
/// Shown is the square of the object's longer side plus padding on both sides, around the middle of its box, in px of its image; measured are the object's own
/// pixels and a margin of a tenth of its longer side. All choices follow from the seed.
/// </summary>
public sealed class ClarityTest
{
    /// <summary>The trial magnifications that were looked at, highest first.</summary>
    public IReadOnlyList<Magnification> Trials { get; }

    /// <summary>
    /// Four random objects and those at the percentiles 1, 5, 10, 15, 50 and 95 of area: the original, in which the object is outlined, and each trial, all
    /// at one display size.
    /// </summary>
    public Gallery Gallery { get; }

    /// <summary>The measured objects by trial and size, a row each.</summary>
    public ClarityTable Table { get; }

    public ClaritySuggestion Suggestion { get; }

    /// <summary>What was left out and why; mostly empty.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How many objects were measured.</summary>
    public int Measured { get; }

    ClarityTest(IReadOnlyList<Magnification> trials, Gallery gallery, ClarityTable table, ClaritySuggestion suggestion, IReadOnlyList<string> notes,
        int measured) =>
        (Trials, Gallery, Table, Suggestion, Notes, Measured) = (trials, gallery, table, suggestion, notes, measured);

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
    /// trial; of regions larger than 1024 px the middle is shown, of those larger than 512 px the middle is measured.
    /// </summary>
    /// <exception cref="BadInputException">As for the other; the slide's magnification must be known.</exception>
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
        if (sampled.Length < options.Sample)
            notes.Add($"{options.Sample} objects were to be measured, and all {sampled.Length} that there are were");
        if (!slides.HaveObjects)
            notes.Add("the objects are measured over their whole boxes, as neither their mask nor their outlines are at hand, which tables "
                + "of objects and tables from a file do not hold");
        notes.AddRange(regions.Check().Warnings);
        var cells = new GalleryCell[rows.Length][];
        var seen = new ClarityMeasure[sampled.Length];

        var work = rows.Select((row, i) => (row.Subject, Index: i, IsRow: true)).Concat(sampled.Select((pick, i) => (pick.Subject, Index: i, IsRow: false)));
        slides.Visit(work, item => item.Subject.Slide.Name, (slide, pixels, items) =>
        {
            if (options.Mask)
                slide.RequireObjects();
            var labels = slide.LoadMask();
            foreach (var (subject, index, isRow) in items)
            {
                cancel.ThrowIfCancellationRequested();
                if (isRow)
                    cells[index] = ClarityGallery.Cells(subject, pixels, labels, shown, options);
                else
                    seen[index] = ClarityMeasure.Of(subject, pixels, labels);
            }
        }, cancel);

        double[] powers = [.. sampled.Select(pick => pick.Subject.Power)];
        double Ssim(int i, double power)
        {
            cancel.ThrowIfCancellationRequested();
            return seen[i].Ssim(power / powers[i], options.Method);
        }
        var kept = new Kept?[sampled.Length][];
        Parallel.For(0, kept.Length, new() { CancellationToken = cancel }, i =>
        {
            var energy = seen[i].Energy([.. shown.Select(trial => trial.Power / powers[i])]);
            kept[i] = [.. shown.Select((trial, k) => trial.Power > powers[i] ? (Kept?)null : new(Ssim(i, trial.Power), energy[k]))];
        });
        var table = ClarityTable.Of(shown, [.. sampled.Select((pick, i) => (pick.Group, pick.Subject.Area, kept[i]))], options.Threshold);
        var known = shown.Index().ToDictionary(trial => trial.Item.Power, trial => trial.Index);
        var suggestion = ClaritySuggestion.Of(shown, powers,
            (i, power) => known.TryGetValue(power, out var k) ? kept[i][k]!.Value.Ssim : Ssim(i, power), options);
        return new(shown, ClarityGallery.Of(rows, cells, shown, options), table, suggestion, notes, sampled.Length);
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

    /// <summary>What was looked at. The suggestion stands after the pictures, at <see cref="Suggestion"/>.</summary>
    public override string ToString() =>
        string.Join('\n', [$"{Measured} objects measured at {string.Join(", ", Trials)}, {Gallery.Rows.Length} shown", .. Notes]);
}
