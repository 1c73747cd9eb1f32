namespace Patchwise;

/// <summary>Where the magnification of an image comes from, in order of precedence.</summary>
public enum MagnificationSource { Unknown, Parameter, Index, Manifest, File }

/// <summary>How masks of a set are read, see <see cref="Mask.Load"/>.</summary>
public readonly record struct MaskReading(double? Threshold = null, int? Page = null, int? Channel = null);

/// <summary>An image of a set and its mask, if it has one. Nothing is decoded before it is asked for, and nothing is kept.</summary>
/// <param name="Name">Unique in its set: the file's name without extension, with the folder or extension where that is needed.</param>
/// <param name="MaskPath">Null: its objects stand in a table.</param>
/// <param name="Size">Of image and mask, in px.</param>
/// <param name="Channels">Of the image.</param>
/// <param name="Magnification">Null where no source states one, nor microns per pixel.</param>
/// <param name="MagnificationNote">What a reader should know of it: that it is assumed, or follows from microns per pixel.</param>
public sealed record SetImage(string Name, string ImagePath, string? MaskPath, PixelSize Size, int Channels,
    Magnification? Magnification, Mpp? Mpp, MagnificationSource MagnificationSource, string? MagnificationNote)
{
    /// <summary>Decodes the image.</summary>
    public Raster LoadImage() => Raster.Load(ImagePath);

    public MaskReading Reading { get; init; }

    /// <summary>Reads the mask.</summary>
    /// <exception cref="BadInputException">It cannot be read, is of another size than the image, or there is none.</exception>
    public Mask LoadMask()
    {
        if (MaskPath is null)
            throw new BadInputException($"{ImagePath} has no mask, as a table states its objects: expected what does without, such as Mask = false");
        var mask = Mask.Load(MaskPath, Reading.Threshold, Reading.Page, Reading.Channel);
        if (mask.Size != Size)
            throw new BadInputException($"{MaskPath} is {mask.Size} px but its image {ImagePath} is {Size} px: expected equal sizes");
        return Changed is { } changed ? changed.How(mask) : mask;
    }

    /// <summary>What is done to the mask whenever it is loaded, with a word that tells it from any other; null: nothing.</summary>
    internal (Func<Mask, Mask> How, string Word)? Changed { get; init; }

    internal Magnification RequireMagnification() => Magnification ?? throw new BadInputException(
        $"the magnification of {ImagePath} is not known (no parameter, no index column, no manifest entry and no tag of the file states it): " +
        "give it, as in " +
        (MaskPath is null ? "ImageSet.OpenObjects(folder, objects, magnification: 40)"
            : "ImageSet.Open(folder, magnification: 40), or put a column 'magnification' or 'mpp' in the folder's index.csv"));
}

/// <summary>A file of an image set that is not as expected.</summary>
/// <param name="File">Relative to the set's folder.</param>
/// <param name="Excluded">The image is left out of the set; otherwise the problem is only noted.</param>
public sealed record SetProblem(string File, string What, bool Excluded);

/// <summary>What was found wrong in an image set, file by file.</summary>
public sealed record SetReport(int Images, IReadOnlyList<SetProblem> Problems) : ITabular
{
    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => Problems.Count == 0
        ? new([""], [], $"{Images} images, no problems")
        : new(["file", "problem", "image"], [.. Problems.Select(p => (string[])[p.File, p.What, p.Excluded ? "left out" : "kept"])],
            $"{Images} images used, {Problems.Count} problem{(Problems.Count == 1 ? "" : "s")}");
}
