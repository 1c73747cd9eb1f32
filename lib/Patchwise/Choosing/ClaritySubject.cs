namespace Patchwise;

/// <summary>An object with its image.</summary>
/// <param name="Box">In px of the image.</param>
/// <param name="Power">Magnification of the image.</param>
/// <param name="Area">Px at the highest magnification of all images, so that objects of images that differ compare; px of the image where they do not.</param>
sealed record ClaritySubject(IObjectImage Image, Region Region, Box Box, double Power, double Area)
{
    internal static readonly string[] Groups = ["small", "median", "large"];

    internal Box Crop(int padding) => ObjectCrop.Around(Box, (int)Math.Min(Box.Side + 2L * padding, Image.LargestCrop));

    /// <summary>Px of the trial per px of the image; null where the trial is higher.</summary>
    internal double? ScaleTo(Magnification trial) => trial.Power <= Power ? trial.Power / Power : null;

    internal static ClaritySubject[] Of(ObjectImages images, RegionTable regions)
    {
        if (regions.Count == 0)
            throw new BadInputException("no objects to look at: the table is empty; loosen its filters, such as AwayFromEdge, or check the masks");
        foreach (var row in regions)
        {
            if (!images.ByName.TryGetValue(row.Image, out var image))
                throw new BadInputException($"object {row.Label} is of {row.Image}, which {images.Name} does not hold: expected objects that were measured on it; measure them on it again");
            // An outline that someone drew may reach over a slide's edge.
            if (image.IsReadInParts ? Box.Of(image.Size).Intersect(ObjectCrop.OnImage(row, image)).IsEmpty : !Box.Of(image.Size).Contains(row.SourceBox))
                throw new BadInputException($"object {row.Label} of {row.Image} lies at {row.SourceBox}, outside the image of {image.Size} px: measure the objects on it again");
        }
        var powers = regions.Select(row => row.Image).Distinct().ToDictionary(name => name, name => images.ByName[name].RequireMagnification().Power);
        var highest = powers.Values.Max();
        return [.. regions.Select(row =>
        {
            var image = images.ByName[row.Image];
            return new ClaritySubject(image, row, ObjectCrop.OnImage(row, image), powers[row.Image], row.Area * Math.Pow(image.PerMaskPixel / row.Scale * highest / powers[row.Image], 2));
        })];
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
