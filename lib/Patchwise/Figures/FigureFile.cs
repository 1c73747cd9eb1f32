namespace Patchwise;

/// <summary>Writes a figure or gallery in the form that the file's extension names.</summary>
static class FigureFile
{
    /// <summary>Pixels of a .png for each of the drawing.</summary>
    const double PngScale = 2;

    /// <param name="svg">The drawing, for a device of so many pixels a unit (0: any).</param>
    internal static void Save(string path, Func<double, string> svg, Func<string> html, Func<string>? json = null)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".svg":
                WholeFile.WriteText(path, svg(0));
                break;
            case ".html" or ".htm":
                WholeFile.WriteText(path, html());
                break;
            case ".json" when json is not null:
                WholeFile.WriteText(path, json());
                break;
            case ".png":
                var png = Rsvg.ToPng(svg(PngScale), PngScale);
                WholeFile.Write(path, stream => stream.Write(png));
                break;
            case var other:
                throw new BadInputException($"{path}: the extension '{other}' is no known form of a figure, expected .svg, .png, .html{(json is null ? "" : " or .json")}");
        }
    }
}
