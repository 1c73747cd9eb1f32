namespace Patchwise;

/// <summary>An object with its slide.</summary>
/// <param name="Box">In px of the slide.</param>
/// <param name="Power">Magnification of the slide.</param>
/// <param name="Area">Px at the highest magnification of all slides, so that objects of slides that differ compare; px of the slide where they do not.</param>
sealed record ClaritySubject(ObjectSlide Slide, Region Region, Box Box, double Power, double Area)
{
    const int Thirds = 3;

    /// <summary>The thirds of the objects by area; or, where these are equal, all of them.</summary>
    internal static readonly string[] Groups = ["smallest third", "middle third", "largest third", "all objects"];

    /// <summary>Of the area: which px they are, where slides differ.</summary>
    internal required string Unit { get; init; }

    internal Box Crop(int padding) => Box.Around((int)Math.Min(Box.Side + 2L * padding, Slide.LargestCrop));

    /// <summary>Px of the trial per px of the slide; null where the trial is higher.</summary>
    internal double? ScaleTo(Magnification trial) => trial.Power <= Power ? trial.Power / Power : null;

    internal static ClaritySubject[] Of(ObjectSlides slides, RegionTable regions)
    {
        if (regions.Count == 0)
            throw new BadInputException("no objects to look at: the table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
        foreach (var row in regions)
        {
            if (!slides.ByName.TryGetValue(row.Image, out var slide))
                throw new BadInputException(
                    $"object {row.Label} is of {row.Image}, which {slides.Name} does not hold: expected objects that were measured on it; measure them on it "
                        + $"again");
            if (!slide.Holds(row))
                throw new BadInputException(
                    $"object {row.Label} of {row.Image} lies at {row.SourceBox}, outside the image of {slide.Size} px: measure the objects on it again");
        }
        var powers = regions.Select(row => row.Image).Distinct().ToDictionary(name => name, name => slides.ByName[name].RequireMagnification().Power);
        var highest = powers.Values.Max();
        var unit = powers.Values.Distinct().Count() > 1 ? $"px² at {new Magnification(highest)}" : "px²";
        return [.. regions.Select(row =>
        {
            var slide = slides.ByName[row.Image];
            return new ClaritySubject(slide, row, slide.BoxOf(row), powers[row.Image],
                row.Area * Math.Pow(slide.PerMaskPixel / row.Scale * highest / powers[row.Image], 2))
            { Unit = unit };
        })];
    }

    /// <summary>
    /// A third of <paramref name="count"/>, rounded up for the smaller ones, from each third of the objects by area (of equal ones the earlier row counts as
    /// smaller), drawn in <paramref name="order"/>; of objects of one area so many of all.
    /// As each third stands for as many objects, a share of the sample estimates that of all.
    /// </summary>
    internal static (int Group, ClaritySubject Subject)[] Sample(ClaritySubject[] subjects, int[] order, int count)
    {
        if (subjects.All(one => one.Area == subjects[0].Area))
            return [.. order.Take(count).Select(i => (Thirds, subjects[i]))];
        var group = new int[subjects.Length];
        foreach (var (rank, index) in Enumerable.Range(0, subjects.Length).OrderBy(i => subjects[i].Area).Index())
            group[index] = (int)((long)rank * Thirds / subjects.Length);
        return [.. Enumerable.Range(0, Thirds)
            .SelectMany(g => order.Where(i => group[i] == g).Take((count + Thirds - 1 - g) / Thirds).Select(i => (g, subjects[i])))];
    }
}
