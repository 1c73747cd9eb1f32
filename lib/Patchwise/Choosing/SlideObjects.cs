namespace Patchwise;

/// <summary>A slide, of which only the crops are read.</summary>
/// <param name="maskWidth">Of the mask over the slide that the objects were measured on; the slide's own for outlines.</param>
sealed class SlideObjects(Slide slide, int maskWidth) : IObjectImage, IObjectPixels
{
    public string Name => RegionTable.NameOf(slide);
    public PixelSize Size => slide.Size;
    public double PerMaskPixel => slide.Size.Width / (double)maskWidth;
    public int LargestCrop => ClarityMeasure.LargestSide;
    public bool IsReadInParts => true;
    public IObjectPixels Open() => this;

    public Magnification RequireMagnification() => slide.Magnification ?? throw new BadInputException(
        $"the magnification of {slide.Path} is not known: give it when opening it, as in Slide.Open(path, magnification: 20), or guess it from microns per pixel (guess: true), and measure the regions again");

    /// <summary>What is shrunk to the area of its pixels is read from the slide at that resolution, from the level that fits: as a network would get it.</summary>
    public Raster Read(Box box, PixelSize size, ResizeMethod method)
    {
        if (method != ResizeMethod.Area || size.Width >= box.Width)
            return slide.Read(box, Resolution.Level(0)).Resize(size, method);
        var share = size.Width / (double)box.Width;
        return slide.Read(Box.Of(size).Shift((int)Math.Round(box.X0 * share), (int)Math.Round(box.Y0 * share)), Resolution.Baseline(share));
    }

    public Raster LoadMask() => throw new NotSupportedException();
}
