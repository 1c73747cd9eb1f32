namespace Patchwise;

/// <summary>Writes a figure or gallery in the form that the file's extension names.</summary>
static class FigureFile
{
    internal static void Save(string path, Func<string> svg, Func<string> html, Func<string>? json = null)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".svg":
                WholeFile.WriteText(path, svg());
                break;
            case ".html" or ".htm":
                WholeFile.WriteText(path, html());
                break;
            case ".json" when json is not null:
                WholeFile.WriteText(path, json());
                break;
            case ".png":
                var png = Rsvg.ToPng(svg(), scale: 2);
                WholeFile.Write(path, stream => stream.Write(png));
                break;
            case var other:
                throw new BadInputException($"{path}: the extension '{other}' is no known form of a figure, expected .svg, .png, .html{(json is null ? "" : " or .json")}");
        }
    }
}
