using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Data.Analysis;
using Microsoft.DotNet.Interactive.Formatting;
using Plotly.NET;
using static Patchwise.HtmlTable;

namespace Patchwise;

/// <summary>
/// How the library's values show themselves in a notebook. Only what runs in one calls this: the host brings Microsoft.DotNet.Interactive.Formatting.
/// </summary>
static class Formatters
{
    const string Html = "text/html", Words = "text/plain", Png = "image/png", Plotly = "application/vnd.plotly.v1+json";

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Register()
    {
        Show<ITabular>(value => Table(value.ToTable()), value => value.ToTable().ToString());
        Show<TextTable>(Table, table => table.ToString());
        Show<DataFrame>(frame => Table(frame.First(DataFrames.Shown)), frame => frame.First(DataFrames.Shown).ToString());
        Show<Evaluation>(evaluation => Table(evaluation.Measures) + Table(evaluation.ByClass));
        Show<ClaritySuggestion>(Strong);
        Show<SizeSuggestion>(Strong);
        Show<ClarityTest>(test => string.Concat(test.ToString().Split('\n').Select(Paragraph)));
        Show<SizeTest>(test => Table(test.Fit.ToTable()) + Strong(test.Suggestion) + string.Concat(test.Notes.Select(Paragraph)));
        Show<SignalTest>(Said);
        Show<Model>(model => $"<pre>{WebUtility.HtmlEncode(model.ToString())}</pre>");
        Show<PredictionProgress>(progress => FormattableString.Invariant(
            $"<div><progress max=\"{Math.Max(1, progress.Total)}\" value=\"{progress.Done}\"></progress> {WebUtility.HtmlEncode(progress.ToString())}</div>"));
        Show<Gallery>(GalleryPage.Html);
        Show<LiveGallery>(GalleryPage.Html);
        Show<GenericChart>(ChartPage.ForNotebook, Summary.Of, ChartPage.Json);
        Show<Overlay>(overlay => ChartPage.ForNotebook(overlay.Chart()), overlay => Summary.Of(overlay.Chart()), overlay => ChartPage.Json(overlay.Chart()));
        Show<SlideViewer>(ViewerFrame.Html);
        Show<PatchMosaic>(mosaic => ChartPage.ForNotebook(mosaic.Chart()));
        Show<Raster>(image => GalleryPage.Html(Single(image)));
        Picture<TissueMask>(tissue => tissue.Pixels.ToPng());
        Picture<ProbabilityMap>(map => map.ToPng());
        if (Stills.Asked)
        {
            Picture<Gallery>(Stills.Of);
            Picture<LiveGallery>(live => Stills.Of(live.Chosen));
            Picture<GenericChart>(Stills.Of, Summary.Of);
            Picture<Overlay>(overlay => Stills.Of(overlay.Chart()), overlay => Summary.Of(overlay.Chart()));
            Picture<PatchMosaic>(mosaic => Stills.Of(mosaic.Chart()));
            Picture<Raster>(image => Stills.Of(Single(image)));
            Picture<SlideViewer>(viewer => Stills.Of(Single(ViewerFrame.Still(viewer))));
        }
    }

    static void Show<T>(Func<T, string> html, Func<T, string>? words = null, Func<T, string>? plotly = null)
    {
        Formatter.Register<T>((value, writer) => writer.Write(html(value)), Html);
        Formatter.Register<T>((value, writer) => writer.Write(words is null ? value!.ToString() : words(value)), Words);
        if (plotly is not null)
            Formatter.Register<T>((value, writer) => writer.Write(plotly(value)), Plotly);
        // The data for plotly.js on request only: it holds the images once more.
        Formatter.SetPreferredMimeTypesFor(typeof(T), Html, Words);
    }

    static Gallery Single(Raster image) => new Gallery(cellSize: Math.Clamp(Math.Max(image.Width, image.Height), 16, 1000)).Row("", [new(image)]);

    static void Picture<T>(Func<T, byte[]> png, Func<T, string>? words = null)
    {
        Formatter.Register<T>((value, writer) => writer.Write(Convert.ToBase64String(png(value))), Png);
        Formatter.Register<T>((value, writer) => writer.Write(words is null ? value!.ToString() : words(value)), Words);
        Formatter.SetPreferredMimeTypesFor(typeof(T), Png, Words);
    }
}
