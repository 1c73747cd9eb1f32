using System.Globalization;
using Plotly.NET;

namespace Patchwise;

/// <summary>Writes charts and galleries in the form that a file's extension names, whole or not at all.</summary>
public static class Saving
{
    /// <summary>
    /// A page complete in itself (.html), data for plotly.js (.json), or a still: .svg, or .png at twice the size. Stills are drawn by an installed browser.
    /// </summary>
    /// <exception cref="BadInputException">Another extension.</exception>
    /// <exception cref="PatchwiseException">The file cannot be written, or no browser was found for a still.</exception>
    public static void Save(this GenericChart chart, string path)
    {
        switch (Kind(path))
        {
            case ".html" or ".htm":
                WholeFile.WriteText(path, ChartPage.Page(chart));
                break;
            case ".json":
                WholeFile.WriteText(path, ChartPage.Json(chart));
                break;
            case var kind when kind is ".svg" or ".png":
                var (width, height) = Size(chart);
                WriteStill(path, Browser.Ask(ChartPage.Library(chart), string.Create(CultureInfo.InvariantCulture,
                    $"patchwisePlotly.toImage({ChartPage.Json(chart)}, {{ format: '{kind[1..]}', "
                    + $"width: {width}, height: {height}, scale: {(kind == ".png" ? 2 : 1)} }})")));
                break;
            case var other:
                throw new BadInputException($"{path}: the extension '{other}' is no known form of a chart, expected .svg, .png, .html or .json");
        }
    }

    /// <summary>A page (.html), or a still: .svg, or .png at twice the size. Stills are drawn by an installed browser.</summary>
    /// <exception cref="BadInputException">Another extension.</exception>
    /// <exception cref="PatchwiseException">The file cannot be written, or no browser was found for a still.</exception>
    public static void Save(this Gallery gallery, string path)
    {
        switch (Kind(path))
        {
            case ".html" or ".htm":
                WholeFile.WriteText(path, Page());
                break;
            case ".svg":
                WriteStill(path, "data:image/svg+xml," + Uri.EscapeDataString(Browser.Ask(Page(), GalleryPage.ToSvg)));
                break;
            case ".png":
                var png = Browser.Picture(Page(), "[data-gallery]");
                WholeFile.Write(path, stream => stream.Write(png));
                break;
            case var other:
                throw new BadInputException($"{path}: the extension '{other}' is no known form of a gallery, expected .svg, .png or .html");
        }

        string Page() => ChartPage.Document(gallery.Title is "" ? "Gallery" : gallery.Title, GalleryPage.Html(gallery));
    }

    /// <summary>The answer of a signal test with its table and figures as one page (.html), complete in itself.</summary>
    /// <exception cref="BadInputException">Another extension.</exception>
    public static void SavePage(this SignalTest test, string path)
    {
        if (Kind(path) is not (".html" or ".htm"))
            throw new BadInputException($"{path}: expected the name of a page, which ends in .html");
        var look = $"<div style=\"font:14px {Style.Fonts};max-width:1120px\"><style>td,th{{padding:2px 12px}}</style>";
        WholeFile.WriteText(path, ChartPage.Page("Signal test",
            [look, "<h1>Signal test</h1>", HtmlTable.Said(test), test.Surface(), test.Frontier(), GalleryPage.Html(test.Gallery()),
                GalleryPage.Html(test.Changed()), "</div>"]));
    }

    /// <summary>As <see cref="Save(GenericChart, string)"/>: the chart of the overlay. Its pixels alone are <see cref="Overlay.Pixels"/>.</summary>
    public static void Save(this Overlay overlay, string path) => overlay.Chart().Save(path);

    static string Kind(string path) => Path.GetExtension(path).ToLowerInvariant();

    static (int Width, int Height) Size(GenericChart chart)
    {
        var layout = GenericChart.getLayout(chart);
        int Of(string name, int otherwise) => layout.TryGetPropertyValue(name)?.Value is IConvertible value ? (int)Math.Ceiling(value.ToDouble(null))
            : otherwise;
        return (Of("width", 720), Of("height", 450));
    }

    static void WriteStill(string path, string dataUri)
    {
        var comma = dataUri.IndexOf(',', StringComparison.Ordinal);
        var bytes = dataUri[..comma].EndsWith(";base64", StringComparison.Ordinal) ? Convert.FromBase64String(dataUri[(comma + 1)..])
            : System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(dataUri[(comma + 1)..]));
        WholeFile.Write(path, stream => stream.Write(bytes));
    }
}
