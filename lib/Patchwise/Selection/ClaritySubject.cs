namespace Patchwise;

/// <summary>An object with its image.</summary>
/// <param name="Power">Magnification of the image.</param>
/// <param name="Area">Px at the highest magnification of all images, so that objects of images that differ compare; px of the image where they do not.</param>
sealed record ClaritySubject(SetImage Image, Region Region, double Power, double Area)
{
    internal static readonly string[] Groups = ["small", "median", "large"];

    internal Box Crop(int padding) => ObjectCrop.Around(Region.SourceBox, checked(Region.SourceBox.Side + 2 * padding));

    /// <summary>Px of the trial per px of the image; null where the trial is higher.</summary>
    internal double? ScaleTo(Magnification trial) => trial.Power <= Power ? trial.Power / Power : null;

    internal static ClaritySubject[] Of(ImageSet set, RegionTable regions)
    {
        if (regions.Count == 0)
            throw new BadInputException("no objects to look at: the table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
        var images = set.Images.ToDictionary(image => image.Name, StringComparer.Ordinal);
        foreach (var row in regions)
        {
            if (!images.TryGetValue(row.Image, out var image))
                throw new BadInputException($"object {row.Label} is of {row.Image}, which {set.Name} does not hold: expected objects measured on this set; call RegionTable.Measure on it");
            if (!Box.Of(image.Size).Contains(row.SourceBox))
                throw new BadInputException($"object {row.Label} of {row.Image} lies at {row.SourceBox}, outside the image of {image.Size} px: measure the objects on this set again");
        }
        var powers = regions.Select(row => row.Image).Distinct().ToDictionary(name => name, name => images[name].RequireMagnification().Power);
        var highest = powers.Values.Max();
        return [.. regions.Select(row => new ClaritySubject(images[row.Image], row, powers[row.Image], row.Area / (row.Scale * row.Scale) * Math.Pow(highest / powers[row.Image], 2)))];
    }

    /// <summary>
    /// A third of <paramref name="count"/> from each third of the objects by area (of equal ones the earlier row counts as smaller), drawn in <paramref name="order"/>.
    /// As each third stands for as many objects, a share of the sample estimates that of all.
    /// </summary>
    internal static (int Group, ClaritySubject Subject)[] Sample(ClaritySubject[] subjects, int[] order, int count)
    {
        var group = new int[subjects.Length];
        foreach (var (rank, index) in Enumerable.Range(0, subjects.Length).OrderBy(i => subjects[i].Area).Index())
            group[index] = (int)((long)rank * Groups.Length / subjects.Length);
        return [.. Enumerable.Range(0, Groups.Length).SelectMany(g => order.Where(i => group[i] == g).Take(count / Groups.Length).Select(i => (g, subjects[i])))];
    }
}
