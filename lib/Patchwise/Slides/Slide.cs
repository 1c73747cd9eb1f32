namespace Patchwise;

/// <summary>
/// An open slide: a pyramid that OpenSlide reads, or a plain image, which is a slide of one level. Many threads may read it at once.
/// Dispose closes it; reads after that are refused.
/// </summary>
public sealed partial class Slide : ITabular, IDisposable
{
    readonly SlideSource _source;
    volatile bool _closed;

    /// <summary>The file, or the name that was given for an image in memory.</summary>
    public string Path { get; }

    /// <summary>Who made the format, as OpenSlide names it (aperio, hamamatsu ...), or "plain image".</summary>
    public string Vendor => _source.Vendor;

    /// <summary>Whether it is no pyramid but a plain image: a tile.</summary>
    public bool IsPlainImage => _source is ImageSource;

    /// <summary>The largest first.</summary>
    public IReadOnlyList<SlideLevel> Levels => _source.Levels;

    /// <summary>The size of level 0.</summary>
    public PixelSize Size => Levels[0].Size;

    /// <summary>Microns per pixel of level 0; null where unknown.</summary>
    public Mpp? Mpp { get; }

    /// <summary>Where <see cref="Mpp"/> is from: a property, a file tag, "given", or a guess with its reason; empty where unknown.</summary>
    public string MppFrom { get; }

    /// <summary>Power of the objective that level 0 was scanned with; null where unknown.</summary>
    public Magnification? Magnification { get; }

    /// <summary>As <see cref="MppFrom"/>.</summary>
    public string MagnificationFrom { get; }

    /// <summary>Everything the format states, by OpenSlide's names (openslide.mpp-x, aperio.ScanScope ID ...); empty for plain images.</summary>
    public IReadOnlyDictionary<string, string> Properties => _source.Properties;

    /// <summary>The names of further images in the file, such as label, macro and thumbnail.</summary>
    public IReadOnlyList<string> AssociatedNames => _source.AssociatedNames;

    /// <summary>The color of unscanned areas as #rrggbb; null where not stated.</summary>
    public string? Background => Properties.TryGetValue("openslide.background-color", out var color) ? $"#{color.ToLowerInvariant()}" : null;

    /// <summary>The scanned part, in px of level 0; null where not stated.</summary>
    public Box? Bounds => Whole("x") is { } x && Whole("y") is { } y && Whole("width") is { } width && Whole("height") is { } height
        && Math.Max(x + width, y + height) <= int.MaxValue ? new Box((int)x, (int)y, (int)(x + width), (int)(y + height)) : null;

    long? Whole(string bound) => int.TryParse(Properties.GetValueOrDefault($"openslide.bounds-{bound}"), NumberStyles.Integer, CultureInfo.InvariantCulture,
        out var value) ? value : null;

    internal Slide(string path, SlideSource source, Mpp? mpp = null, Magnification? magnification = null, bool guess = false)
    {
        (Path, _source) = (path, source);
        var stated = source.ReadResolution();
        (Mpp, MppFrom) = mpp is not null ? (mpp, "given") : (stated.Mpp, stated.Mpp is null ? "" : stated.MppFrom);
        (Magnification, MagnificationFrom) = magnification is not null ? (magnification, "given")
            : (stated.Magnification, stated.Magnification is null ? "" : stated.MagnificationFrom);
        if (!guess)
            return;
        if (Mpp is null && Magnification is { } power)
            (Mpp, MppFrom) = (new Mpp(10 / power.Power), $"a guess: 10 / {power}");
        else if (Magnification is null && Mpp is { } known)
            (Magnification, MagnificationFrom) = (CommonPowers.MinBy(common => Math.Abs(common - known.GuessMagnification().Power)),
                $"a guess: the common power nearest 10 / {known}");
    }

    static readonly double[] CommonPowers = [1, 1.25, 2, 2.5, 4, 5, 10, 20, 40, 60, 90, 100];

    /// <summary>Opens a slide that OpenSlide knows, or a PNG, JPEG or TIFF image; the bytes decide, not the name, except of MIRAX and VSI.</summary>
    /// <param name="mpp">Microns per pixel of level 0, where the file states none or a wrong one.</param>
    /// <param name="magnification">Likewise the power of the objective.</param>
    /// <param name="guess">
    /// Where only one of the two is known, take the other as 10 / it (the nearest common power), and say so in <see cref="MppFrom"/> or
    /// <see cref="MagnificationFrom"/>.
    /// A guess indeed: 20x slides between 0.23 and 0.55 microns per pixel exist.
    /// </param>
    /// <param name="maxPixels">
    /// The limit for plain images that are decoded whole: PNG, JPEG, and TIFF that cannot be read by strip or tile (on its side, in planes, in one huge
    /// compressed strip).
    /// </param>
    /// <exception cref="BadInputException">The file is missing, no slide or image, or damaged.</exception>
    /// <exception cref="PatchwiseException">OpenSlide is not installed; PNG and JPEG images open without it.</exception>
    public static Slide Open(string path, Mpp? mpp = null, Magnification? magnification = null, bool guess = false, long maxPixels = Raster.DefaultPixelLimit)
    {
        var source = SourceOf(path, maxPixels);
        return source.OrDispose(() => new Slide(path, source, mpp, magnification, guess));
    }

    /// <summary>An image in memory as a slide of one level.</summary>
    public static Slide Of(Raster image, string name = "image", Mpp? mpp = null, Magnification? magnification = null) =>
        new(name, new ImageSource(image), mpp, magnification, guess: false);

    static SlideSource SourceOf(string path, long maxPixels)
    {
        var (isPngOrJpeg, beside) = (IsPngOrJpeg(path), PixelsBeside(path));
        if (isPngOrJpeg && beside is null)
            return new ImageSource(path, Raster.ReadInfo(path), maxPixels);
        if (OpenSlideSource.TryOpen(path) is { } slide)
            return slide.OrDispose<SlideSource>(() =>
            {
                if (slide.Vendor != "generic-tiff")
                    return slide;
                RefuseOverview(path, beside);
                (slide.Orientation, var hasUnnamed) = TiffFile.CheckAsSlide(path, slide.Levels[0].Size);
                if (hasUnnamed && slide.Levels.Count > 1)
                    throw new BadInputException($"{path} has a fourth sample a pixel that it does not say is opacity, and OpenSlide takes it for that: save it "
                        + "with three samples, or with ExtraSamples, which says what the fourth is");
                if ((slide.Orientation == 1 && !hasUnnamed) || slide.Levels.Count > 1)
                    return slide;
                // A plain image is turned, and a sample without a name is left out, in strips or in tiles.
                slide.Dispose();
                return new ImageSource(path, Raster.ReadInfo(path), maxPixels);
            });
        RefuseOverview(path, beside);
        try
        {
            return new ImageSource(path, Raster.ReadInfo(path), maxPixels);
        }
        catch (BadInputException no)
        {
            throw new BadInputException(IsDicom(path)
                ? $"{path} is DICOM, which OpenSlide 4 reads and this {OpenSlide.Version} does not: install OpenSlide 4, or convert it to TIFF or SVS"
                : $"no slide that OpenSlide can open, nor a plain image: {no.Message}", no);
        }
    }

    /// <summary>
    /// Where the pixels are of a format whose own file is a JPEG or TIFF of the whole slide in small, which would be taken for it. Null: in the file.
    /// </summary>
    static string? PixelsBeside(string path)
    {
        var (folder, name) = (System.IO.Path.GetDirectoryName(path) ?? "", System.IO.Path.GetFileNameWithoutExtension(path));
        return System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".mrxs" => $"MIRAX keeps its pixels in the folder {System.IO.Path.Combine(folder, name)}, "
                + (File.Exists(System.IO.Path.Combine(folder, name, "Slidedat.ini")) ? "which OpenSlide cannot read: copy it again, as a whole"
                    : "where expected is Slidedat.ini with the data files: copy that folder to the place beside it"),
            ".vsi" => $"VSI keeps its pixels in the folder {System.IO.Path.Combine(folder, $"_{name}_")}, which OpenSlide does not read: "
                + "export it from its own software as SVS, TIFF or DICOM",
            _ => null,
        };
    }

    static void RefuseOverview(string path, string? beside)
    {
        if (beside is not null)
            throw new BadInputException($"{path} is at most an overview of its slide: {beside}");
    }

    static bool IsPngOrJpeg(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new BadInputException("no slide was named: expected a path such as slides/one.svs");
        if (Directory.Exists(path))
            throw new BadInputException(
                $"{path} is a folder: expected a slide or an image; of formats of several files name the one that OpenSlide opens, such as the .mrxs file");
        if (!File.Exists(path))
            throw new BadInputException($"{path} does not exist (looked in {System.IO.Path.GetFullPath(".")}): expected a slide or an image; check the name");
        return Bytes(path, 0, 3) is [0xFF, 0xD8, 0xFF] or [0x89, 0x50, 0x4E];
    }

    static bool IsDicom(string path) => Bytes(path, 128, 4) is [(byte)'D', (byte)'I', (byte)'C', (byte)'M'];

    static byte[] Bytes(string path, int at, int count) => InputFile.Read(path, () =>
    {
        using var file = File.OpenHandle(path);
        var bytes = new byte[count];
        return bytes[..RandomAccess.Read(file, bytes, at)];
    });

    /// <summary>
    /// What is odd about its scale, as stated or given: a power that does not fit the microns per pixel, pixels that are not square, a description of a larger
    /// image; that it was turned, and what it calls a level and is none.
    /// </summary>
    public IReadOnlyList<string> Notes => [.. ScaleCheck.Of(Magnification, Mpp, isOneSource: MppFrom != "given" && MagnificationFrom != "given",
            isSlide: true),
        .. MppFrom != "given" && (Mpp is not null || Magnification is not null) && _source.Odd is { } odd ? (string[])[odd] : [],
        .. ((string?[])[_source.Turned, _source.LeftOut]).OfType<string>()];

    /// <summary>The slide at a resolution: its size, the level that is read, the scale.</summary>
    /// <exception cref="BadInputException">The slide does not state what this takes, has no such level, or would be smaller than a pixel.</exception>
    public SlideFrame At(Resolution resolution) => Shape.At(resolution);

    internal SlideShape Shape => new(Path, Levels, Mpp, Magnification, Bounds);

    /// <summary>A further image of the file, see <see cref="AssociatedNames"/>; RGB or RGBA.</summary>
    public Raster ReadAssociated(string name)
    {
        RefuseClosed();
        return AssociatedNames.Contains(name) ? _source.ReadAssociated(name)
            : throw new BadInputException(
                $"{Path} has no image named '{name}': expected "
                    + $"{(AssociatedNames.Count > 0 ? string.Join(", ", AssociatedNames) : "none, it has no further images")}");
    }

    void RefuseClosed()
    {
        if (_closed)
            throw new ObjectDisposedException(null, $"{Path} is closed: open it again to read from it");
    }

    public void Dispose()
    {
        _closed = true;
        _source.Dispose();
    }
}
