namespace Patchwise;

/// <summary>A plain image as a slide of one level. It is decoded whole when pixels are first asked for, and kept.</summary>
sealed class ImageSource : SlideSource
{
    readonly Lazy<Raster> _pixels;
    readonly ImageInfo? _info;

    internal override IReadOnlyList<SlideLevel> Levels { get; }
    internal override string Vendor => "plain image";

    internal ImageSource(string path, ImageInfo info, long maxPixels)
    {
        info.CheckPixels(path, maxPixels);
        (_info, Levels, _pixels) = (info, [new(info.Size, 1)], new(() => InColour(Raster.Load(path, maxPixels))));
    }

    internal ImageSource(Raster image) => (Levels, _pixels) = ([new(image.Size, 1)], new(() => InColour(image)));

    internal override (Mpp?, string, Magnification?, string) ReadResolution() =>
        _info is null ? (_pixels.Value.Mpp, "the image", null, "") : (_info.Mpp, $"the tags of the {_info.Format.ToString().ToUpperInvariant()} file", _info.Magnification, "the file's description");

    internal override Raster Read(int level, long x, long y, Box box, Raster? reuse) => _pixels.Value.Crop(box, fill: 255);

    static Raster InColour(Raster image)
    {
        image = image.To8Bit();
        if (image.Channels > 1)
            return image;
        var colour = new Raster(image.Width, image.Height, 3, clear: false) { Mpp = image.Mpp };
        var from = image.Samples8;
        var to = colour.Samples8;
        for (var i = 0; i < from.Length; i++)
            to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
        return colour;
    }
}
