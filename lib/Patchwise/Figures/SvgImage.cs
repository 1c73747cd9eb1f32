namespace Patchwise;

/// <summary>An image inside a drawing, as a PNG data URI.</summary>
static class SvgImage
{
    internal static void Draw(SvgText svg, Raster image, double x, double y, double width, double height, double opacity = 1)
    {
        // Enlarged pixels stay crisp, so that they can be judged: browsers are told so, for a renderer that would smooth them they are enlarged here.
        var shown = new PixelSize((int)Math.Round(width * svg.Device), (int)Math.Round(height * svg.Device));
        if (shown.Width > image.Width && shown.Height > image.Height && shown.Area < 100_000_000)
            image = image.Resize(shown, ResizeMethod.Nearest);
        svg.Element("image", "x", x, "y", y, "width", width, "height", height, "preserveAspectRatio", "none",
            "image-rendering", width > image.Width ? "pixelated" : null, "opacity", opacity < 1 ? opacity : null, "xlink:href", DataUri(image));
    }

    internal static string DataUri(Raster image) => $"data:image/png;base64,{Convert.ToBase64String(image.ToPng())}";
}
