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
            case ".svg":
                Write(path, Still(chart, "svg", 1));
                break;
            case ".png":
                Write(path, Png(chart));
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
                WholeFile.WriteText(path, Page(gallery));
                break;
            case ".svg":
                WholeFile.WriteText(path, Browser.Ask(ChartPage.Library(small: true), GalleryPage.Html(gallery), GalleryPage.ToSvg));
                break;
            case ".png":
                Write(path, Png(gallery));
                break;
            case var other:
                throw new BadInputException($"{path}: the extension '{other}' is no known form of a gallery, expected .svg, .png or .html");
        }
    }

    /// <summary>As <see cref="Save(Gallery, string)"/>: a page has the controls, a still shows what they choose at first.</summary>
    public static void Save(this LiveGallery gallery, string path)
    {
        if (Kind(path) is ".html" or ".htm")
            WholeFile.WriteText(path, ChartPage.Document(gallery.Chosen.Title, GalleryPage.Html(gallery)));
        else
            gallery.Chosen.Save(path);
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

    /// <summary>Of twice the chart's size.</summary>
    internal static byte[] Png(GenericChart chart) => Still(chart, "png", 2);

    internal static byte[] Png(Gallery gallery) => Browser.Picture(ChartPage.Library(small: true), GalleryPage.Html(gallery), "[data-gallery]");

    static byte[] Still(GenericChart chart, string format, int scale)
    {
        var (width, height) = Size(chart);
        var uri = Browser.Ask(ChartPage.Library(ChartPage.IsSmall(chart)), string.Create(CultureInfo.InvariantCulture,
            $"patchwisePlotly.toImage({ChartPage.Json(chart)}, {{ format: '{format}', width: {width}, height: {height}, scale: {scale} }})"));
        var comma = uri.IndexOf(',', StringComparison.Ordinal);
        return uri[..comma].EndsWith(";base64", StringComparison.Ordinal) ? Convert.FromBase64String(uri[(comma + 1)..])
            : System.Text.Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri[(comma + 1)..]));
    }

    static string Page(Gallery gallery) => ChartPage.Document(gallery.Title is "" ? "Gallery" : gallery.Title, GalleryPage.Html(gallery));

    static void Write(string path, byte[] bytes) => WholeFile.Write(path, stream => stream.Write(bytes));
}
