namespace Patchwise;

/// <summary>
/// Which patch size holds the objects? An object fits a size when the patch around its centroid, where patches are cut out, holds its box: when
/// <see cref="Region.CentredSide"/> is at most the size. Everything here means that. Sizes, areas and sides are px of the table's
/// frame: take the table to the chosen magnification first, as in <c>SizeTest.Of(regions.At(20))</c>.
/// </summary>
public sealed class SizeTest
{
    /// <summary>The suggested size is a multiple of this.</summary>
    public int Step { get; }

    /// <summary>The objects that were looked at.</summary>
    public RegionTable Regions { get; }

    /// <summary>The sizes in question, largest first, with the colors that mark them everywhere.</summary>
    public IReadOnlyList<MarkedSize> Marked { get; }

    /// <summary>A row for each marked size, ascending: how many objects fit, how full the patch is, what it costs.</summary>
    public FitTable Fit { get; }

    public SizeSuggestion Suggestion { get; }

    /// <summary>What should be known of the marked sizes and of these objects; mostly empty.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>A row for each value of the mask, often a class.</summary>
    public SizeByValue ByValue => SizeByValue.Of(Regions, Unit, Suggestion.Target, Step);

    SizeTest(RegionTable regions, IReadOnlyList<MarkedSize> marked, double target, int step)
    {
        (Regions, Marked, Step) = (regions, marked, step);
        Fit = FitTable.Of(regions, marked, Unit);
        Suggestion = SizeSuggestion.Of(new(regions.Select(row => row.CentredSide)), target, step, regions.Magnification);
        var around = $"tell more, such as marked: [{string.Join(", ", Around(Suggestion.Size))}].";
        string? tooAlike = Fit[0].Fits >= 0.99 * Fit[0].Total
            ? $"The smallest marked size, {Fit[0].Size} px, holds {Words.Percent(Fit[0].Fits, Fit[0].Total)} of the objects: smaller ones {around}"
            : Fit[^1].Fits >= Fit[^1].Total / 2 ? null
            : $"The largest marked size, {Fit[^1].Size} px, holds less than half of the objects: larger ones {around}";
        var enlarged = regions.Enlarged is 0 ? null
            : $"{regions.Enlarged} of {regions.Count} objects are of images that were scanned below {regions.Magnification}: enlarged, without more detail.";
        Notes =
        [
            .. ((string?[])[tooAlike, enlarged]).OfType<string>(),
            .. regions.Check().Warnings,
            .. regions.SomeNotes,
        ];
    }

    /// <param name="regions">At the magnification that was chosen.</param>
    /// <param name="marked">Patch sizes in question, px; by default 512, 256, 128 and 64.</param>
    /// <param name="target">Share of the objects that the suggested size must hold.</param>
    /// <param name="step">The suggested size is a multiple of this, as networks halve their input several times.</param>
    /// <exception cref="BadInputException">No objects, a parameter out of range, or images of several magnifications in px of their own.</exception>
    public static SizeTest Of(RegionTable regions, IReadOnlyList<int>? marked = null, double target = 0.95, int step = 32)
    {
        static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
        marked ??= [512, 256, 128, 64];
        if (marked.Count == 0)
            throw new BadInputException("no patch sizes to mark: expected at least one, such as [512, 256, 128, 64]");
        if (marked.FirstOrDefault(size => size is < 1 or > 100_000, 1) is var odd && odd is < 1 or > 100_000)
            throw new BadInputException($"a patch size of {odd} px: expected 1 to 100000");
        if (!(target > 0 && target <= 1))
            throw new BadInputException($"coverage target {Number(target)}: expected above 0 and at most 1, such as 0.95");
        if (step is < 1 or > 10_000)
            throw new BadInputException($"patch sizes in steps of {step} px: expected 1 to 10000, such as 32");
        if (regions.Count == 0)
            throw new BadInputException("no objects to measure patches by: the table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
        if (regions.SeveralScales is { } several)
            throw new BadInputException(several);
        return new(regions, MarkedSize.Of(marked), target, step);
    }

    /// <summary>The same question at another magnification, with the same target and step.</summary>
    /// <param name="marked">Null: as here.</param>
    /// <exception cref="BadInputException">The magnification cannot be had of these objects, or a size is out of range.</exception>
    public SizeTest At(Magnification magnification, IReadOnlyList<int>? marked = null) =>
        Of(Regions.At(magnification), marked ?? [.. Marked.Select(one => one.Size)], Suggestion.Target, Step);

    /// <summary>
    /// Objects that each marked size cuts off: a column shows objects larger than its size that the next larger one still holds (all larger, for the largest),
    /// with the rectangles of its size and of all smaller ones around the object's centroid. Every image that is needed is decoded once, and only what
    /// is shown is resampled.
    /// </summary>
    /// <param name="set">The set that the objects were measured on.</param>
    /// <param name="options">Null: as they stand in <see cref="CutOffOptions"/>.</param>
    /// <exception cref="BadInputException">An object of no image of the set, or an option out of range.</exception>
    public Gallery CutOff(ImageSet set, CutOffOptions? options, CancellationToken cancel) =>
        CutOffGallery.Of(this, ObjectSlides.Of(set), options ?? new(), options?.Mask ?? set.Objects is null, cancel);

    /// <summary>As the other, for regions of a slide: each is read at the table's magnification, with what surrounds it.</summary>
    /// <exception cref="BadInputException">A region of another slide, or an option out of range.</exception>
    public Gallery CutOff(Slide slide, CutOffOptions? options, CancellationToken cancel) =>
        CutOffGallery.Of(this, ObjectSlides.Of(slide, Regions), options ?? new(), options?.Mask ?? false, cancel);

    /// <summary>The objects larger than marked size i that the next larger one holds.</summary>
    internal IEnumerable<int> CutOffBy(int i) => Enumerable.Range(0, Regions.Count)
        .Where(row => Regions[row].CentredSide > Marked[i].Size && (i == 0 || Regions[row].CentredSide <= Marked[i - 1].Size));

    /// <summary>Sizes from double the suggestion to half of it.</summary>
    static IEnumerable<int> Around(int size) => new[] { 2 * size, 3 * size / 2, size, size / 2 }.Where(value => value > 0).Distinct();

    /// <summary>"px at 20x", or "px" in the frame of the masks.</summary>
    internal string Unit => Regions.Magnification is { } magnification ? $"px at {magnification}" : "px";

    public override string ToString() => string.Join('\n', [.. Fit.Select(row => row.ToString()), Suggestion.Reason, .. Notes]);
}
