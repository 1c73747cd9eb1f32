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
        Of(Thumbnail(slide, map.Frame), slide.Thumbnail(), map, alpha, rest, millimetres);

    /// <summary>As the other, over an image of the map's size.</summary>
    public static Overlay Of(Raster image, PredictionMap map, double alpha = DefaultAlpha, string? rest = null, bool millimetres = false)
    {
        using var slide = Slide.Of(Fitting(image, map.Frame));
        return Of(slide.Thumbnail(Resolution.Baseline(1), image.Size.Area), slide.Thumbnail(), map, alpha, rest, millimetres);
    }

    static Overlay Of(Raster image, Raster shown, PredictionMap map, double alpha, string? rest, bool millimetres)
    {
        string?[] colors = [Palette.Checked(rest), .. map.Classes.Select(one => Palette.Checked(one.Color))];
        return new(Blending.Lay(image, map.Pixels, colors, Checked(alpha)), () => OverlayDrawing.Of(shown, map, alpha, rest, millimetres));
    }

    /// <summary>The probability of one class, from dark blue for 0 to yellow for 1: even steps to the eye, in grey as well, and not of red and green.</summary>
    /// <remarks>Parameters as for classes.</remarks>
    public static Overlay Of(Slide slide, ProbabilityMap map, double alpha = DefaultAlpha, string? rest = null, bool millimetres = false) =>
        Of(Thumbnail(slide, map.Frame), slide.Thumbnail(), map, alpha, rest, millimetres);

    /// <summary>As the other, over an image of the map's size.</summary>
    public static Overlay Of(Raster image, ProbabilityMap map, double alpha = DefaultAlpha, string? rest = null, bool millimetres = false)
    {
        using var slide = Slide.Of(Fitting(image, map.Frame));
        return Of(slide.Thumbnail(Resolution.Baseline(1), image.Size.Area), slide.Thumbnail(), map, alpha, rest, millimetres);
    }

    static Overlay Of(Raster image, Raster shown, ProbabilityMap map, double alpha, string? rest, bool millimetres)
    {
        string?[] colors = [Palette.Checked(rest), .. ProbabilityMap.StepColors];
        return new(Blending.Lay(image, map.InSteps(), colors, Checked(alpha)), () => OverlayDrawing.Of(shown, map, alpha, rest, millimetres));
    }

    static Raster Thumbnail(Slide slide, SlideFrame frame) => slide.Size == frame.Level0
        ? slide.Thumbnail(frame.Resolution, frame.Size.Area)
        : throw new BadInputException($"a map of a slide of {frame.Level0} px over {slide.Path} of {slide.Size} px: expected the slide that was predicted");

    static Raster Fitting(Raster image, SlideFrame frame) => image.Size == frame.Size
        ? image
        : throw new BadInputException(
            $"a map of {frame.Size} px over an image of {image.Size} px: expected equal sizes; make the map and the thumbnail at one resolution");

    static double Checked(double alpha) => alpha is >= 0 and <= 1
        ? alpha
        : throw new BadInputException(FormattableString.Invariant($"an alpha of {alpha}: expected 0 (the image alone) to 1 (the colors alone)"));

    public override string ToString() => $"{Drawing.Title}: {string.Join(", ", Drawing.Layers.Select(layer => layer.Class.Name))}";
}
