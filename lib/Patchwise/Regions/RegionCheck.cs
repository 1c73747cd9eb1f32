namespace Patchwise;

/// <summary>The objects of one image with their longer sides, in the unit of <see cref="RegionCheck.Unit"/>.</summary>
public sealed record ImageSides(string Image, IReadOnlyList<Region> Objects, IReadOnlyList<double> Sides)
{
    public double Median { get; } = new Distribution(Sides).Percentile(50);
}

/// <summary>
/// Whether a table's objects can be what they are said to be, by their sizes: of one magnification, of a size that such objects have, each by itself in its
/// mask. It draws no conclusion; it says what somebody should look at.
/// </summary>
public sealed class RegionCheck : ITabular
{
    /// <summary>Areas that objects of a kind have in sections of tissue, square microns: from the smallest cut to the largest that is known.</summary>
    static readonly (string Name, double From, double To)[] Kinds = [("nuclei", 10, 400), ("cells", 25, 2_000), ("glands", 1_000, 5_000_000)];

    /// <summary>Medians of fewer objects say little of an image.</summary>
    const int FewObjects = 10;

    /// <summary>Medians of images of one magnification differ by less.</summary>
    const double MostOfMedians = 3;

    /// <summary>Of the objects that may be too small or too large: some always are, as cuts and debris.</summary>
    const double MostOdd = 0.05;

    /// <summary>Share of their convex hull that single objects fill, and what most of lobed ones do not.</summary>
    const double Convex = 0.9, Lobed = 0.8;

    /// <summary>The images with objects, in the order of their medians.</summary>
    public IReadOnlyList<ImageSides> Images { get; }

    /// <summary>Of the sides: "microns" where they are known of all images (as stated, or 10 / magnification for a px), else "px of the mask".</summary>
    public string Unit { get; }

    /// <summary>What should be looked at; empty where nothing seems odd.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>
    /// Objects that look like several that touch: less than 0.9 of their convex hull and more than three medians of their value and image large. Counted in
    /// masks in which several objects share a value; null where shapes were not measured.
    /// </summary>
    public int? LikeSeveral { get; }

    internal RegionCheck(RegionTable regions, string? kind)
    {
        var images = regions.Images.ToDictionary(image => image.Name);
        var known = regions.All(row => images[row.Image].Microns is not null);
        Unit = known ? "microns" : "px of the mask";
        Images = [.. regions.GroupBy(row => row.Image).Select(rows => new ImageSides(rows.Key, [.. rows],
            [.. rows.Select(row => row.Side / row.Scale * (known ? images[rows.Key].Microns!.Value : 1))])).OrderBy(one => one.Median)];
        List<string> warnings = [];

        if (regions.Count(row => row.IsCentre) is > 0 and var centres)
            warnings.Add($"{centres} of {regions.Count} objects are centres with a side that was stated, not measured: nothing here tells how large they are");
        ImageSides[] telling = [.. Images.Where(one => one.Objects.Count >= FewObjects)];
        if (telling is [var least, .., var most] && most.Median > MostOfMedians * least.Median)
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"the median object is {least.Median:0.#} {Unit} long in {least.Image} and {most.Median:0.#} in {most.Image}, "
                + $"{most.Median / least.Median:0.#} times as long: images of one magnification differ by less than {MostOfMedians}; "
                + $"{(known ? "look whether that of each is right" : "state the magnification of each")} (a column of index.csv), or take them apart"));

        if (kind is not null)
        {
            var (name, from, to) = Kinds.FirstOrDefault(one => one.Name == kind) is { Name: not null } found ? found : throw new BadInputException(
                $"objects '{kind}': expected {string.Join(", ", Kinds.Select(one => one.Name))}, whose sizes are known, or null");
            double[] areas = [.. regions.Where(row => !row.IsCentre && images[row.Image].Microns is not null)
                .Select(row => row.Area * Math.Pow(images[row.Image].Microns!.Value / row.Scale, 2))];
            foreach (var (odd, word, limit) in new[] { (areas.Count(area => area < from), "below", from), (areas.Count(area => area > to), "above", to) })
                if (odd > MostOdd * areas.Length)
                    warnings.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{odd} of {areas.Length} objects, {Words.Percent(odd, areas.Length)}, are {word} {limit:#,0} square microns, which {name} hardly are: "
                        + $"is the magnification right, and are these {name}?"));
        }

        // Touching objects can only be one where they share a value: a class, or all that is not background.
        var classes = Images.Where(one => one.Objects.Count > 1 && images[one.Image].Outlines is null)
            .Select(one => one.Objects.GroupBy(row => row.Value).ToArray() is var values && values.Length * 2 <= one.Objects.Count ? values : [])
            .Where(values => values.Length > 0).ToArray();
        Region[][] alike = [.. classes.SelectMany(values => values).Select(rows => rows.ToArray()).Where(rows => rows.Length > 1)];
        if (alike.All(rows => rows.All(row => row.Solidity is not null)))
        {
            LikeSeveral = alike.Sum(rows =>
            {
                // Where most are lobed, as tissue, vessels and skeletons are, shape tells nothing.
                if (new Distribution(rows.Select(row => row.Solidity!.Value)).Percentile(50) < Lobed)
                    return 0;
                var large = 3 * new Distribution(rows.Select(row => row.Area)).Percentile(50);
                return rows.Count(row => row.Solidity < Convex && row.Area > large);
            });
            const string Alone = "one value only, such as 255,";
            var (one, several, cure) = classes.All(values => values.Length == 1) ? (Alone, Alone, ", or take them apart by shape (Regions.Split)")
                : ("classes,", "classes or one value only,", "");
            if (LikeSeveral > 0)
                warnings.Add($"{LikeSeveral} of {alike.Sum(rows => rows.Length)} objects look like several that touch (solidity below 0.9, area above "
                    + $"three medians): {(classes.Length == 1 ? $"the mask holds {one}" : $"{classes.Length} masks hold {several}")} in which "
                    + $"touching objects are one; give each its number{cure}");
        }
        Warnings = warnings;
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => new([""], [.. Warnings.Select(warning => (string[])[warning])],
        $"{Images.Sum(one => one.Objects.Count)} objects in {Images.Count} image{(Images.Count == 1 ? "" : "s")}: "
        + (Warnings.Count == 0 ? "nothing odd in their sizes" : "look at this"));
}
