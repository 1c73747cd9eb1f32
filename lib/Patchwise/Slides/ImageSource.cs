namespace Patchwise;

/// <summary>
/// A plain image as a slide of one level. TIFF is read by strip or tile where its layout allows that; the rest is decoded whole when pixels are first asked
/// for, and kept.
/// </summary>
sealed class ImageSource : SlideSource
{
    readonly Lazy<Raster> _pixels;
    readonly ImageInfo? _info;
    readonly TileCache? _parts;

    internal override IReadOnlyList<SlideLevel> Levels { get; }
    internal override string Vendor => "plain image";

    internal ImageSource(string path, ImageInfo info, long maxPixels)
    {
        if (info.Format == ImageFormat.Tiff && TiffParts.TryOpen(path) is { } parts)
            _parts = new(parts);
        else
            info.CheckPixels(path, maxPixels);
        (_info, Levels, _pixels) = (info, [new(info.Size, 1)], new(() => Raster.Load(path, maxPixels).OnWhite()));
    }

    internal ImageSource(Raster image) => (Levels, _pixels) = ([new(image.Size, 1)], new(() => image.OnWhite()));

    internal override (Mpp?, string, Magnification?, string) ReadResolution() =>
        _info is null ? (_pixels.Value.Mpp, "the image", null, "")
        : (_info.Mpp, $"the tags of the {_info.Format.ToString().ToUpperInvariant()} file", _info.Magnification, "the file's description");

    internal override string? Odd => _info?.Odd;

    internal override string? Turned => _info?.Orientation is > 1 and <= 8 and var orientation
        ? FormattableString.Invariant($"turned, as its orientation {orientation} asks: masks and outlines are taken to be of it as it is shown") : null;

    internal override Raster Read(int level, long x, long y, Box box) => _parts?.Read(box) ?? _pixels.Value.Crop(box, fill: 255);

    public override void Dispose()
    {
        _parts?.Dispose();
        base.Dispose();
    }
}
