namespace Patchwise;

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
    /// <param name="rest">A color for what was not predicted, as alpha has it; null: it stays as it is. TIAToolbox lays black over it.</param>
    /// <param name="millimetres">Axes in mm instead of px of level 0.</param>
    /// <exception cref="BadInputException">The map is of a slide of another size, alpha is not within 0 to 1, or a class has no color.</exception>
    public static Overlay Of(Slide slide, PredictionMap map, double alpha = DefaultAlpha, string? rest = null, bool millimetres = false) =>
        Of(Pictures(slide, map.Frame), Numbers(map), alpha, rest, ground => OverlayDrawing.Of(ground, map, alpha, rest, millimetres));

    /// <summary>As the other, over an image of the map's size.</summary>
    public static Overlay Of(Raster image, PredictionMap map, double alpha = DefaultAlpha, string? rest = null, bool millimetres = false) =>
        Of(Pictures(image, map.Frame), Numbers(map), alpha, rest, ground => OverlayDrawing.Of(ground, map, alpha, rest, millimetres));

    /// <summary>The probability of one class, from dark blue for 0 to yellow for 1: even steps to the eye, in grey as well, and not of red and green.</summary>
    /// <remarks>Parameters as for classes.</remarks>
    public static Overlay Of(Slide slide, ProbabilityMap map, double alpha = DefaultAlpha, string? rest = null, bool millimetres = false) =>
        Of(Pictures(slide, map.Frame), Numbers(map), alpha, rest, ground => OverlayDrawing.Of(ground, map, alpha, rest, millimetres));

    /// <summary>As the other, over an image of the map's size.</summary>
    public static Overlay Of(Raster image, ProbabilityMap map, double alpha = DefaultAlpha, string? rest = null, bool millimetres = false) =>
        Of(Pictures(image, map.Frame), Numbers(map), alpha, rest, ground => OverlayDrawing.Of(ground, map, alpha, rest, millimetres));

    static Overlay Of((Raster Image, Raster Ground) pictures, (Raster Numbers, IEnumerable<string> Colors) map, double alpha, string? rest,
        Func<Raster, OverlayDrawing> drawing) => alpha is >= 0 and <= 1
        ? new(Blending.Lay(pictures.Image, map.Numbers, [Palette.Checked(rest), .. map.Colors.Select(Palette.Checked)], alpha), () => drawing(pictures.Ground))
        : throw new BadInputException(FormattableString.Invariant($"an alpha of {alpha}: expected 0 (the image alone) to 1 (the colors alone)"));

    static (Raster, IEnumerable<string>) Numbers(PredictionMap map) => (map.Pixels, map.Classes.Select(one => one.Color));

    static (Raster, IEnumerable<string>) Numbers(ProbabilityMap map) => (map.InSteps(), ProbabilityMap.StepColors);

    /// <summary>At the map's resolution, and to draw a chart over.</summary>
    static (Raster, Raster) Pictures(Slide slide, SlideFrame frame) => slide.Size == frame.Level0
        ? (slide.Thumbnail(frame.Resolution, frame.Size.Area), slide.Thumbnail())
        : throw new BadInputException($"a map of a slide of {frame.Level0} px over {slide.Path} of {slide.Size} px: expected the slide that was predicted");

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
