namespace Patchwise;

/// <summary>An image inside a drawing, as a PNG data URI.</summary>
static class SvgImage
{
    internal static void Draw(SvgText svg, Raster image, double x, double y, double width, double height, double opacity = 1) =>
        // Both names of the link: browsers know the first, older renderers the second. Without smoothing, so that pixels can be judged when enlarged.
        svg.Element("image", "x", x, "y", y, "width", width, "height", height, "preserveAspectRatio", "none",
            "image-rendering", width > image.Width ? "pixelated" : null, "opacity", opacity < 1 ? opacity : null, "xlink:href", DataUri(image));

    internal static string DataUri(Raster image) => $"data:image/png;base64,{Convert.ToBase64String(image.ToPng())}";
}
