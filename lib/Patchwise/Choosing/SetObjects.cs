namespace Patchwise;

/// <summary>An image of a set: decoded whole, once for all of its objects.</summary>
sealed class SetObjects(SetImage image) : IObjectImage
{
    public string Name => image.Name;
    public PixelSize Size => image.Size;
    public double PerMaskPixel => 1;
    public int LargestCrop => int.MaxValue;
    public bool IsReadInParts => false;
    public Magnification RequireMagnification() => image.RequireMagnification();
    public IObjectPixels Open() => new Pixels(image, image.LoadImage());

    sealed class Pixels(SetImage image, Raster whole) : IObjectPixels
    {
        public Raster Read(Box box, PixelSize size, ResizeMethod method) => ObjectCrop.Of(whole, box).Resize(size, method);
        public Raster LoadMask() => image.LoadMask();
    }
}
