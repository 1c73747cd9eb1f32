using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Newtonsoft.Json;
using Plotly.NET;

namespace Patchwise;

/// <summary>
/// A chart as one HTML element: its words, and a script that puts the chart in their place. Where scripts do not run, the words stay. plotly.js comes with the
/// first chart that a notebook shows and is never fetched from anywhere.
/// </summary>
static partial class ChartPage
{
    /// <summary>What the smaller plotly.js can draw; a chart with others brings the one that Plotly.NET carries.</summary>
    static readonly HashSet<string> Cartesian = ["bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "pie",
        "scatter", "violin"];

    static readonly string? Smaller = Resource(Assembly.GetExecutingAssembly(), "plotly-cartesian.min.js");

    /// <summary>What each notebook has shown.</summary>
    static readonly ConditionalWeakTable<object, Libraries> Shown = [];

    sealed class Libraries
    {
        internal bool Smaller, Whole;
    }

    /// <summary>The element, with plotly.js before it the first time in this notebook.</summary>
    internal static string ForNotebook(GenericChart chart)
    {
        var (small, shown) = (IsSmall(chart), Shown.GetOrCreateValue(Cell.OfNotebook));
        lock (shown)
        {
            var had = shown.Whole || small && shown.Smaller;
            (shown.Smaller, shown.Whole) = (shown.Smaller || small, shown.Whole || !small);
            return (had ? "" : Script(small)) + Element(chart);
        }
    }

    /// <summary>A page of its own, complete without a network.</summary>
    internal static string Page(GenericChart chart) => Document(Summary.TitleOf(chart), Script(IsSmall(chart)) + Element(chart));

    /// <summary>A page of several charts and of other elements in HTML, one below the other.</summary>
    internal static string Page(string title, IReadOnlyList<object> parts)
    {
        var charts = parts.OfType<GenericChart>().ToArray();
        return Document(title, (charts.Length > 0 ? Script(charts.All(IsSmall)) : "")
            + string.Concat(parts.Select(part => part is GenericChart chart ? Element(chart) : (string)part)));
    }

    /// <summary>A page that can draw charts, and nothing on it.</summary>
    internal static string Library(bool small) => Document("", Script(small));

    internal static string Document(string title, string body) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>{WebUtility.HtmlEncode(title is "" ? "Chart" : title)}</title>
        </head>
        <body style="margin:16px;background:#ffffff">
        {body}
        </body>
        </html>

        """;

    /// <summary>For a script on a page: no text ends it or begins a comment.</summary>
    internal static string Json(GenericChart chart) =>
        JsonConvert.SerializeObject(
            new { data = GenericChart.getTraces(chart), layout = GenericChart.getLayout(chart), config = GenericChart.getConfig(chart) }, Globals.JSON_CONFIG)
        .Replace("<", "\\u003c", StringComparison.Ordinal);

    static string Element(GenericChart chart)
    {
        // An image that several panels show travels once.
        List<string> images = [];
        var json = Sources().Replace(Json(chart), found =>
        {
            if (!images.Contains(found.Groups[1].Value))
                images.Add(found.Groups[1].Value);
            return $"\"source\":{images.IndexOf(found.Groups[1].Value)}";
        });
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json + string.Concat(images))))[..12];
        return $$"""
            <div data-patchwise="{{id}}" style="background:#ffffff"><pre>{{WebUtility.HtmlEncode(Summary.Of(chart))}}</pre></div>
            <script type="text/javascript">
            (function () {
              var figure = {{json}};
              var images = [{{string.Join(",", images)}}];
              figure.data.forEach(function (trace) { if (typeof trace.source === 'number') trace.source = images[trace.source]; });
              // The gaps between panels keep their px, images their shape, and a legend of more lines its room.
              function narrow(layout, width) {
                var margin = layout.margin, sides = margin && margin.l + margin.r, before = layout.width, height = layout.height, high = height;
                layout.width = width;
                if (!sides || width <= sides) return;
                var axes = Object.keys(layout).filter(function (name) { return /^xaxis\d*$/.test(name) && layout[name].domain; });
                var starts = axes.map(function (name) { return layout[name].domain[0] * (before - sides); });
                var across = axes.length ? (layout[axes[0]].domain[1] - layout[axes[0]].domain[0]) * (before - sides) : before - sides;
                function first(start, i) { return starts.findIndex(function (other) { return Math.abs(other - start) < 1; }) === i; }
                var count = starts.filter(first).length || 1;
                var step = count > 1 ? Math.max.apply(null, starts) / (count - 1) : 0;
                var now = (width - sides - (count - 1) * (step - across)) / count;
                axes.forEach(function (name, i) {
                  var left = (count > 1 ? Math.round(starts[i] / step) : 0) * (now + step - across);
                  layout[name].domain = [left / (width - sides), Math.min(1, (left + now) / (width - sides))];
                });
                if (Object.keys(layout).some(function (name) { return /^yaxis/.test(name) && layout[name].scaleanchor; }))
                  high -= (height - margin.t - margin.b) * (1 - now / across);
                (layout.annotations || []).forEach(function (note) {
                  if (/^<b>/.test(note.text)) note.font.size = Math.min(note.font.size, Math.max(10, (now + 60) / (0.62 * note.text.length)));
                });
                var title = layout.title, lines = (title && title.text || '').replace(/<\/?b>/g, '').split('<br>');
                if (title && title.font) title.font.size = Math.max(10, Math.min(title.font.size, (width - 130) /
                  (0.62 * Math.max.apply(null, lines.map(function (line) { return line.length; })))));
                if (layout.showlegend) { high += 20; margin.t += 20; }
                [layout.title, layout.legend].forEach(function (part) { if (part && part.y) part.y = 1 - (1 - part.y) * height / high; });
                layout.height = high;
              }
            {{Controls.Script}}
              // Below a chart over an image: where the pointer is, in px of level 0.
              function place(box, chart, meta) {
                var line = document.createElement('div');
                line.setAttribute('data-place', '');
                line.style.cssText = 'font:13px {{Style.Fonts}};color:{{Style.Muted}};margin:0 0 8px 16px';
                line.textContent = meta.says;
                box.appendChild(line);
                chart.addEventListener('mouseleave', function () { line.textContent = meta.says; });
                chart.addEventListener('mousemove', function (event) {
                  var frame = chart.getBoundingClientRect(), plots = (chart._fullLayout || {})._plots || {};
                  Object.keys(plots).forEach(function (name) {
                    var x = plots[name].xaxis, y = plots[name].yaxis;
                    var right = event.clientX - frame.left - x._offset, down = event.clientY - frame.top - y._offset;
                    if (right >= 0 && down >= 0 && right <= x._length && down <= y._length)
                      line.textContent = 'px of level 0: ' + [x.p2d(right), y.p2d(down)].map(function (at) {
                        return Math.floor(at * meta.level0).toLocaleString('en'); }).join('; ');
                  });
                });
              }
              function draw(plotly) {
                document.querySelectorAll('[data-patchwise="{{id}}"]').forEach(function (box) {
                  if (box.getAttribute('data-drawn')) return;
                  box.setAttribute('data-drawn', 'yes');
                  var words = box.firstElementChild, chart = document.createElement('div'), copy = JSON.parse(JSON.stringify(figure)), bar;
                  function keep() { [chart, bar].forEach(function (one) { if (one && one.parentNode) box.removeChild(one); }); words.style.display = ''; }
                  if (box.clientWidth > 0 && copy.layout.width > box.clientWidth) narrow(copy.layout, Math.max(320, box.clientWidth));
                  box.appendChild(chart);
                  words.style.display = 'none';
                  try { plotly.newPlot(chart, copy.data, copy.layout, copy.config).then(null, keep); } catch (error) { keep(); }
                  var meta = copy.layout.meta;
                  if (meta && meta.level0) place(box, chart, meta);
                  if (meta && meta.viewer) chart.on('plotly_click', function (event) {
                    var cell = event.points[0].pointIndex;
                    window.open(meta.viewer + '#class=' + meta.classes[cell[1]] + '&label=' + meta.classes[cell[0]], '_blank', 'noopener');
                  });
                  if (meta && meta.controls) bar = control(box, chart, meta.controls, function (state) {
                    plotly.update(chart, state.data || {}, state.layout || {}, state.traces || undefined);
                  });
                });
              }
              if (window.patchwisePlotly) draw(window.patchwisePlotly);
              else (window.patchwiseWaiting = window.patchwiseWaiting || []).push(draw);
            })();
            </script>

            """;
    }

    [GeneratedRegex("\"source\":(\"data:[^\"]*\")")]
    private static partial Regex Sources();

    internal static bool IsSmall(GenericChart chart) => Smaller is not null
        && GenericChart.getTraces(chart).All(trace => Cartesian.Contains(trace.Get<string>("type") ?? "scatter"));

    /// <summary>
    /// Runs the library where it sees no module loader (a notebook page has require.js, with which it would register instead) and leaves another
    /// plotly.js of the page as it was; then draws the charts that came earlier on the page.
    /// </summary>
    static string Script(bool small) => $$"""
        <script type="text/javascript">
        (function () {
          var other = window.Plotly, name = window.moduleName;
          (function (define, module, exports, require) {
        {{(small ? Smaller : Resource(typeof(GenericChart).Assembly, "Plotly.NET.plotly-2.28.0.min.js"))!
            .Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)}}
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

    internal static string? Resource(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name);
        return stream is null ? null : new StreamReader(stream).ReadToEnd();
    }
}
