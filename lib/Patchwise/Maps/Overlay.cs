namespace Patchwise;

/// <summary>How a map is laid over its image.</summary>
public sealed record OverlayOptions
{
    /// <summary>What is seen, in words; null: which classes these are.</summary>
    public string? Title { get; init; }

    /// <summary>Colors by the names of classes, instead of those that the model's card states.</summary>
    public IReadOnlyDictionary<string, string> Colors { get; init; } = new Dictionary<string, string>();

    /// <summary>The image without its colors, so that those of classes stand out.</summary>
    public bool Grey { get; init; }

    /// <summary>The chart has lines around what is of one class, which leave the image to be seen, instead of filled places.</summary>
    public bool Outline { get; init; }

    /// <summary>A color for what was not predicted, as alpha has it; null: it stays as it is. TIAToolbox lays black over it.</summary>
    public string? Rest { get; init; }

    /// <summary>Axes in mm or in px of level 0; null: in mm where microns per pixel are known.</summary>
    public bool? Millimetres { get; init; }
}

/// <summary>
/// A map in colors over the tile or slide that it is of. What was not predicted stays as it is.
/// </summary>
public sealed class Overlay
{
    /// <summary>The part of the color, as TIAToolbox's overlay has it; its patch-prediction tutorial asks for 0.5.</summary>
    public const double DefaultAlpha = 0.35;

    readonly Lazy<OverlayDrawing> _drawing;

    /// <summary>
    /// 8-bit RGB of the map's size: color * alpha + image * (1 - alpha), rounded to the nearest and of two to the even number.
    /// </summary>
    public Raster Pixels { get; }

    /// <summary>
    /// What a chart of it is drawn of. The layers' cells are the patches' own edges where they fit in 400,000 cells, as those of 20,000 patches do, else an
    /// even raster.
    /// </summary>
    public OverlayDrawing Drawing => _drawing.Value;

    /// <summary>
    /// Dark blue for 0 to yellow for 1: a straight line in the color space OKLab (Ottosson 2020), so that steps look even. Lightness rises along it, and blue
    /// and yellow stay apart for those who confuse red and green.
    /// </summary>
    public static IReadOnlyList<string> Scale => Palette.Heat;

    Overlay(Raster pixels, Func<OverlayDrawing> drawing) => (Pixels, _drawing) = (pixels, new(drawing));

    /// <summary>The classes in their colors.</summary>
    /// <param name="slide">The one that was predicted.</param>
    /// <param name="alpha">0: the image alone, 1: the colors alone.</param>
    /// <exception cref="BadInputException">
    /// The map is of a slide of another size, alpha is not within 0 to 1, a class has no color, or an option names none of the classes.
    /// </exception>
    public static Overlay Of(Slide slide, PredictionMap map, double alpha = DefaultAlpha, OverlayOptions? options = null) =>
        Of(Pictures(slide, map.Frame, map.Patches.Source), map, alpha, options ?? new());

    /// <summary>As the other, over an image of the map's size.</summary>
    public static Overlay Of(Raster image, PredictionMap map, double alpha = DefaultAlpha, OverlayOptions? options = null) =>
        Of(Pictures(image, map.Frame), map, alpha, options ?? new());

    /// <summary>The probability of one class, from dark blue for 0 to yellow for 1: even steps to the eye, in grey as well, and not of red and green.</summary>
    /// <remarks>Parameters as for classes.</remarks>
    public static Overlay Of(Slide slide, ProbabilityMap map, double alpha = DefaultAlpha, OverlayOptions? options = null) =>
        Of(Pictures(slide, map.Frame, map.Patches.Source), map, alpha, options ?? new());

    /// <summary>As the other, over an image of the map's size.</summary>
    public static Overlay Of(Raster image, ProbabilityMap map, double alpha = DefaultAlpha, OverlayOptions? options = null) =>
        Of(Pictures(image, map.Frame), map, alpha, options ?? new());

    static Overlay Of((Raster Image, Raster Ground) pictures, PredictionMap map, double alpha, OverlayOptions options)
    {
        if (options.Colors.Keys.FirstOrDefault(name => map.Classes.All(one => one.Name != name)) is { } unknown)
            throw new BadInputException($"a color for the class '{unknown}', which {map.Model} does not have: expected some of "
                + string.Join(", ", map.Classes.Take(20).Select(one => one.Name)));
        string?[] colors = [.. map.Classes.Select(one => Palette.Checked(options.Colors.GetValueOrDefault(one.Name) ?? one.Color))];
        return Lay(pictures, map.Pixels, colors, alpha, options, ground => OverlayDrawing.Of(ground, map, colors, alpha, options));
    }

    static Overlay Of((Raster Image, Raster Ground) pictures, ProbabilityMap map, double alpha, OverlayOptions options) =>
        Lay(pictures, map.InSteps(), ProbabilityMap.StepColors, alpha, options, ground => OverlayDrawing.Of(ground, map, alpha, options));

    static Overlay Lay((Raster Image, Raster Ground) pictures, Raster numbers, IEnumerable<string?> colors, double alpha, OverlayOptions options,
        Func<Raster, OverlayDrawing> drawing)
    {
        if (!(alpha is >= 0 and <= 1))
            throw new BadInputException(FormattableString.Invariant($"an alpha of {alpha}: expected 0 (the image alone) to 1 (the colors alone)"));
        var (image, ground) = options.Grey ? (Blending.Grey(pictures.Image), Blending.Grey(pictures.Ground)) : pictures;
        return new(Blending.Lay(image, numbers, [Palette.Checked(options.Rest), .. colors], alpha), () => drawing(ground));
    }

    /// <summary>At the map's resolution, and to draw a chart over.</summary>
    static (Raster, Raster) Pictures(Slide slide, SlideFrame frame, PredictionSource source)
    {
        if (slide.Size != frame.Level0)
            throw new BadInputException($"a map of a slide of {frame.Level0} px over {slide.Path} of {slide.Size} px: expected the slide that was predicted");
        if (source.Version is { } predicted && predicted.IsNot(slide.Path, isSlide: !slide.IsPlainImage))
            throw new BadInputException($"a map of {predicted.Path} over {slide.Path}, which is another{(slide.Path == predicted.Path ? " now" : "")}: "
                + $"expected the {(slide.IsPlainImage ? "tile" : "slide")} that was predicted");
        return (slide.Thumbnail(frame.Resolution, frame.Size.Area), slide.Thumbnail());
    }

    static (Raster, Raster) Pictures(Raster image, SlideFrame frame)
    {
        if (image.Size != frame.Size)
            throw new BadInputException(
                $"a map of {frame.Size} px over an image of {image.Size} px: expected equal sizes; make the map and the thumbnail at one resolution");
        using var slide = Slide.Of(image);
        return (slide.Thumbnail(Resolution.Baseline(1), image.Size.Area), slide.Thumbnail());
    }

    public override string ToString() => $"{Drawing.Title}: {string.Join(", ", Drawing.Layers.Select(layer => layer.Class.Name))}";
}
