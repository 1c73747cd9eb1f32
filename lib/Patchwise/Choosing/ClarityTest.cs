using System.Collections.Concurrent;

namespace Patchwise;

/// <summary>
/// Which magnification still shows the objects clearly? Crops of them are taken to each trial magnification: <see cref="Gallery"/> shows them,
/// <see cref="Table"/> measures what is lost when they are brought down and back up, <see cref="Suggestion"/> draws the conclusion.
/// Shown is the square of the object's longer side plus padding on both sides, around the middle of its box, in px of its image; measured are the object's own
/// pixels and a margin of a tenth of its longer side. All choices follow from the seed.
/// </summary>
public sealed class ClarityTest
{
    /// <summary>Of objects of little contrast: so many may be among the others.</summary>
    const double MostPale = 0.2;

    readonly Findings _found;

    /// <summary>The trial magnifications that were looked at, highest first.</summary>
    public IReadOnlyList<Magnification> Trials => _found.Trials;

    /// <summary>
    /// Four random objects and those at the percentiles 1, 5, 10, 15, 50 and 95 of area: the original, in which the object is outlined, and each trial, all
    /// at one display size.
    /// </summary>
    public Gallery Gallery { get; }

    /// <summary>The measured objects by trial and size, a row each.</summary>
    public ClarityTable Table { get; }

    public ClaritySuggestion Suggestion { get; }

    /// <summary>What was left out and why; mostly empty.</summary>
    public IReadOnlyList<string> Notes => _found.Notes;

    /// <summary>How many objects were measured.</summary>
    public int Measured => _found.Sampled.Length;

    /// <summary>What it was asked.</summary>
    public ClarityOptions Options { get; }

    /// <summary>What does not depend on where the line is drawn.</summary>
    /// <param name="Ssim">Of each sampled object at a magnification, NaN where it is left out (<see cref="IsLeftOut"/>).</param>
    sealed record Findings(ObjectSlides Slides, (string Label, ClaritySubject Subject)[] Rows, (int Group, ClaritySubject Subject)[] Sampled,
        IReadOnlyList<Magnification> Trials, double[][] Energy, Func<double, double[]> Ssim, IReadOnlyList<string> Notes);

    ClarityTest(Findings found, Gallery gallery, ClarityOptions options)
    {
        (_found, Gallery, Options) = (found, gallery, options);
        double[] powers = [.. found.Sampled.Select(pick => pick.Subject.Power)];
        double[][] ssim = [.. found.Trials.Select(trial => found.Ssim(trial.Power))];
        Table = ClarityTable.Of(found.Trials, [.. found.Sampled.Select((pick, i) => (pick.Group, pick.Subject.Area,
            found.Trials.Select((trial, k) => double.IsNaN(ssim[k][i]) ? (Kept?)null : new(ssim[k][i], found.Energy[i][k])).ToArray()))], options.Threshold,
            found.Sampled[0].Subject.Unit);
        Suggestion = ClaritySuggestion.Of(found.Trials, powers, found.Ssim, options);
    }

    /// <summary>
    /// The same objects judged by another threshold and share, as <see cref="ClarityOptions"/> has them: other counts of clear objects, and the suggestion that
    /// follows. Nothing is measured again, but what lies between the trials and was not needed before.
    /// </summary>
    /// <exception cref="BadInputException">One of them is out of range.</exception>
    public ClarityTest With(double threshold, double share)
    {
        var options = Options with { Threshold = threshold, Share = share };
        options.Check();
        return new(_found, Gallery, options);
    }

    /// <summary>How many objects of each size are clear at a magnification, which need not be a trial.</summary>
    public IReadOnlyList<ClearCount> ClearAt(Magnification magnification)
    {
        var ssim = _found.Ssim(magnification.Power);
        return [.. _found.Sampled.Zip(ssim, (pick, value) => (pick.Group, Value: value)).Where(one => !double.IsNaN(one.Value)).GroupBy(one => one.Group)
            .OrderBy(group => group.Key)
            .Select(group => new ClearCount(ClaritySubject.Groups[group.Key], group.Count(one => one.Value >= Options.Threshold), group.Count()))];
    }

    /// <summary>
    /// The objects of <see cref="Gallery"/> with other surroundings and at other magnifications, highest first. They are read again: a slide must still be
    /// open.
    /// </summary>
    /// <param name="padding">See <see cref="ClarityOptions.Padding"/>.</param>
    /// <param name="trials">Those above the images' own are left out.</param>
    /// <exception cref="BadInputException">A padding out of range, or no trial that can be looked at.</exception>
    public Gallery Look(int padding, IReadOnlyList<double> trials, CancellationToken cancel)
    {
        var options = Options with { Padding = padding, Trials = trials };
        options.Check();
        var shown = Within(trials, [.. _found.Rows.Select(row => row.Subject)], []);
        var cells = new GalleryCell[_found.Rows.Length][];
        _found.Slides.Visit(_found.Rows.Index(), row => row.Item.Subject.Slide.Name, (slide, pixels, rows) =>
        {
            var labels = slide.LoadMask();
            foreach (var (i, (_, subject)) in rows)
            {
                cancel.ThrowIfCancellationRequested();
                cells[i] = ClarityGallery.Cells(subject, pixels, labels, shown, options);
            }
        }, cancel);
        return ClarityGallery.Of(_found.Rows, cells, shown, options);
    }

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
        List<string> notes = [.. regions.SomeNotes];
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

        if (Darkness.Of(seen.Max(one => Darkness.Brightest(one.Grey.Samples8))) is { } dark)
            notes.Add(dark);
        if (seen.Count(one => one.Contrast < Patchwise.Ssim.LeastContrast) is var pale && pale > MostPale * seen.Length)
            notes.Add(Invariant($"{pale:N0} of {seen.Length:N0} objects have hardly any contrast (their grey varies by less than ")
                + Invariant($"{Patchwise.Ssim.LeastContrast:0} of 255): similarity calls such objects clear whatever is lost; go by the share of ")
                + "spectral energy, or stretch the images first");
        var energy = new double[sampled.Length][];
        Parallel.For(0, energy.Length, new() { CancellationToken = cancel }, i =>
            energy[i] = seen[i].Energy([.. shown.Select(trial => trial.Power / sampled[i].Subject.Power)]));
        ConcurrentDictionary<double, double[]> known = [];
        var highest = sampled.Max(pick => pick.Subject.Power);
        var stop = cancel;
        double[] Ssim(double power) => known.GetOrAdd(power, _ =>
        {
            var found = new double[sampled.Length];
            Parallel.For(0, found.Length, new() { CancellationToken = stop }, i =>
                found[i] = IsLeftOut(sampled[i].Subject.Power, power, highest) ? double.NaN : seen[i].Ssim(power / sampled[i].Subject.Power, options.Method));
            return found;
        });
        ClarityTest test = new(new(slides, rows, sampled, shown, energy, Ssim, notes), ClarityGallery.Of(rows, cells, shown, options), options);
        stop = default; // who asks later is another
        return test;
    }

    /// <summary>
    /// Whether a magnification tells nothing of an object: it is above that of its image, or the same, while other images have more to lose.
    /// </summary>
    static bool IsLeftOut(double own, double power, double highest) => own < power || (own == power && power < highest);

    /// <summary>The trials at or below the magnification of some object, highest first, each once.</summary>
    static Magnification[] Within(IReadOnlyList<double> trials, ClaritySubject[] subjects, List<string> notes)
    {
        var powers = subjects.Select(subject => subject.Power).ToArray();
        var highest = new Magnification(powers.Max());
        List<Magnification> shown = [];
        foreach (var trial in trials.Distinct().OrderDescending().Select(power => new Magnification(power)))
        {
            if (trial.Power > highest.Power)
            {
                notes.Add($"{trial} was left out: the images were scanned at {highest}, and a higher magnification shows nothing new");
                continue;
            }
            if (powers.Count(power => IsLeftOut(power, trial.Power, highest.Power)) is > 0 and var left)
                notes.Add($"at {trial} the {left} of {powers.Length} objects in images of "
                    + (trial.Power < highest.Power ? "that magnification or a lower one are left out, as it takes nothing from them"
                        : "lower magnification are left out"));
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
