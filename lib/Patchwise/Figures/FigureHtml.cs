using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Patchwise;

/// <summary>
/// A figure as one HTML element: the static drawing, and a script that puts the interactive chart in its place. Where scripts do not run, or the library
/// is not on the page, the drawing stays. plotly.js comes with the first figure that a process shows and is never fetched from anywhere.
/// </summary>
static class FigureHtml
{
    static int _libraryShown;

    /// <summary>plotly.js as built into this assembly; null where it was not there at build time.</summary>
    static readonly Lazy<string?> Library = new(() =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("plotly.min.js");
        return stream is null ? null : new StreamReader(stream).ReadToEnd();
    });

    /// <summary>The element, with plotly.js before it the first time in this process.</summary>
    internal static string ForNotebook(Figure figure) =>
        (Library.Value is { } library && Interlocked.Exchange(ref _libraryShown, 1) == 0 ? LibraryScript(library) : "") + Element(figure);

    /// <summary>A page of its own, complete without a network.</summary>
    internal static string Page(Figure figure) => Document(figure.Title, (Library.Value is { } library ? LibraryScript(library) : "") + Element(figure));

    internal static string Document(string title, string body) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>{SvgText.Escape(title is "" ? "Figure" : title)}</title>
        </head>
        <body style="margin:16px;background:#ffffff">
        {body}
        </body>
        </html>

        """;

    internal static string Element(Figure figure)
    {
        var json = figure.ToPlotly();
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..12];
        return $$"""
            <div data-patchwise="{{id}}" style="background:#ffffff">{{Still(figure.ToSvg(), figure.ToString())}}</div>
            <script type="text/javascript">
            (function () {
              var figure = {{json}};
              function draw(plotly) {
                document.querySelectorAll('[data-patchwise="{{id}}"]').forEach(function (box) {
                  if (box.getAttribute('data-drawn')) return;
                  box.setAttribute('data-drawn', 'yes');
                  var still = box.firstElementChild, chart = document.createElement('div'), copy = JSON.parse(JSON.stringify(figure));
                  function keep() { if (chart.parentNode) box.removeChild(chart); still.style.display = ''; }
                  if (box.clientWidth > 0) copy.layout.width = Math.max(320, Math.min(copy.layout.width, box.clientWidth));
                  box.appendChild(chart);
                  still.style.display = 'none';
                  try { plotly.newPlot(chart, copy.data, copy.layout, copy.config).then(null, keep); } catch (error) { keep(); }
                });
              }
              if (window.patchwisePlotly) draw(window.patchwisePlotly);
              else (window.patchwiseWaiting = window.patchwiseWaiting || []).push(draw);
            })();
            </script>

            """;
    }

    /// <summary>
    /// The drawing as an image: where a notebook is not trusted, Jupyter removes drawings that stand in the page itself and keeps images.
    /// The words of the figure are its alternative text.
    /// </summary>
    internal static string Still(string svg, string words) =>
        $"<img src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}\" alt=\"{SvgText.Escape(words)}\" style=\"max-width:100%;height:auto;background:#ffffff\">";

    /// <summary>
    /// Runs the library where it sees no module loader (a notebook page has require.js, with which it would register instead) and leaves another
    /// plotly.js of the page as it was; then draws the figures that came earlier on the page.
    /// </summary>
    internal static string LibraryScript(string library) => $$"""
        <script type="text/javascript">
        (function () {
          if (window.patchwisePlotly) return;
          var other = window.Plotly, name = window.moduleName;
          (function (define, module, exports, require) {
        {{library.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)}}
          }).call(window);
          window.patchwisePlotly = window.Plotly;
          window.Plotly = other;
          window.moduleName = name;
          var waiting = window.patchwiseWaiting || [];
          window.patchwiseWaiting = [];
          waiting.forEach(function (draw) { draw(window.patchwisePlotly); });
        })();
        </script>

        """;
}
