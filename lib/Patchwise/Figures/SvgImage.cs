namespace Patchwise;

/// <summary>An image inside a drawing, as a data URI.</summary>
static class SvgImage
{
    internal static void Draw(SvgText svg, Raster image, double x, double y, double width, double height, double opacity = 1)
    {
        var photo = IsPhoto(image);
        // Enlarged pixels stay crisp, so that they can be judged: browsers are told so, for a renderer that would smooth them they are enlarged here.
        var shown = new PixelSize((int)Math.Round(width * svg.Device), (int)Math.Round(height * svg.Device));
        if (shown.Width > image.Width && shown.Height > image.Height && shown.Area < 100_000_000)
            image = image.Resize(shown, ResizeMethod.Nearest);
        svg.Element("image", "x", x, "y", y, "width", width, "height", height, "preserveAspectRatio", "none",
            "image-rendering", width > image.Width ? "pixelated" : null, "opacity", opacity < 1 ? opacity : null, "xlink:href", DataUri(image, photo));
    }

    internal static string DataUri(Raster image) => DataUri(image, IsPhoto(image));

    static string DataUri(Raster image, bool photo) =>
        photo ? $"data:image/jpeg;base64,{Convert.ToBase64String(image.ToJpeg())}" : $"data:image/png;base64,{Convert.ToBase64String(image.ToPng())}";

    /// <summary>Large ones in color travel as JPEG, a fifth of their PNG. What is looked at px by px is smaller.</summary>
    static bool IsPhoto(Raster image) => image is { Channels: 3, Bits: 8 } && image.Size.Area >= 1 << 15;
}
