using System.Net;
using System.Security.Cryptography;
using Newtonsoft.Json;

namespace Patchwise;

/// <summary>
/// A gallery as an HTML table of images, which needs no script: all at one display size without stretching, smaller on a narrow page, enlarged
/// pixels crisp, boxes and scale bars laid over them by place in percent, outlines of objects along the edges of their pixels.
/// </summary>
static class GalleryPage
{
    const double PageWidth = 1096, Label = 150, Gap = 14;
    const string Cell = "border:0;padding:4px 7px;text-align:center;vertical-align:top";

    internal static string Html(Gallery gallery)
    {
        var columns = Math.Max(1, Math.Max(gallery.Columns.Count, gallery.Rows.Select(row => row.Cells.Length).DefaultIfEmpty(0).Max()));
        var label = gallery.Rows.Any(row => row.Label is not "") ? Label : 0;
        double size = gallery.CellSize ?? Math.Clamp(Math.Floor((PageWidth - label) / columns - Gap), 48, 168), slot = Math.Max(size, 76);
        // Px of the whole at its largest: what a share of the page's width is counted in.
        var natural = label + columns * (slot + Gap) + 24;
        string Px(double px) => string.Create(CultureInfo.InvariantCulture, $"min({px:0.##}px,{100 * px / natural:0.###}cqw)");

        var html = new StringBuilder($"<div style=\"container-type:inline-size;background:#ffffff\"><div data-gallery style=\"color:{Style.Ink};")
            .Append(CultureInfo.InvariantCulture, $"font:13px {Style.Fonts};width:max-content;max-width:100%;padding:6px 10px\">");
        if (gallery.Title is not "")
            html.Append(CultureInfo.InvariantCulture, $"<div style=\"font-size:17px;font-weight:bold;margin:4px 2px 8px;max-width:{PageWidth}px\">")
                .Append(WebUtility.HtmlEncode(gallery.Title)).Append("</div>");
        var boxes = gallery.Rows.SelectMany(row => row.Cells).SelectMany(cell => cell.Boxes);
        foreach (var (name, color) in boxes.Where(box => box.Name is not "").Select(box => (box.Name, box.Color)).Distinct())
            html.Append("<span style=\"display:inline-block;margin:0 18px 8px 2px\"><span style=\"display:inline-block;width:10px;height:10px;")
                .Append("border:2px solid ").Append(color).Append(";margin-right:6px;vertical-align:-2px\"></span>")
                .Append(WebUtility.HtmlEncode(name)).Append("</span>");

        html.Append("<table style=\"border-collapse:collapse;border:0;margin:0\">");
        if (gallery.Columns.Count > 0)
        {
            Row(label > 0 ? $"<td style=\"{Cell}\"></td>" : "", gallery.Columns.Select(name =>
                $"<th style=\"{Cell};vertical-align:bottom;white-space:normal;max-width:{Px(slot)}\">{WebUtility.HtmlEncode(name)}</th>"));
        }
        foreach (var row in gallery.Rows)
            Row(label > 0 ? $"<th style=\"{Cell};text-align:left;vertical-align:middle;font-weight:normal;white-space:normal;max-width:{Px(Label)}\">"
                + $"{WebUtility.HtmlEncode(row.Label)}</th>" : "", row.Cells.Select(cell => Of(cell, size, slot, Px)));
        return html.Append("</table>").Append(gallery.Rows.Length == 0 ? "no images" : "").Append("</div></div>\n").ToString();

        void Row(string first, IEnumerable<string> cells) => html.Append("<tr style=\"background:none\">").Append(first).AppendJoin("", cells).Append("</tr>");
    }

    /// <summary>All of them, of which the controls leave one to be seen.</summary>
    internal static string Html(LiveGallery live)
    {
        var chosen = Controls.Chosen(live.Controls);
        var states = string.Concat(live.Galleries.Select((gallery, i) =>
            $"<div data-state{(i == chosen ? "" : " style=\"display:none\"")}>{Html(gallery)}</div>"));
        var meta = JsonConvert.SerializeObject(new Controls(live.Controls, [.. live.Galleries.Select(_ => new State(""))]))
            .Replace("<", "\\u003c", StringComparison.Ordinal);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(states + meta)))[..12];
        return $$"""
            <div data-live="{{id}}">{{states}}</div>
            <script type="text/javascript">
            (function () {
            {{Controls.Script}}
              document.querySelectorAll('[data-live="{{id}}"]').forEach(function (box) {
                var states = [].slice.call(box.children);
                if (box.querySelector('[data-controls]')) return;
                control(box, states[0], {{meta}}, function (_, at) {
                  states.forEach(function (state, i) { state.style.display = i === at ? '' : 'none'; });
                });
              });
            })();
            </script>

            """;
    }

    static string Of(GalleryCell cell, double size, double slot, Func<double, string> px)
    {
        var caption = WebUtility.HtmlEncode(cell.Caption);
        if (cell.Image is not { } image)
            return caption is "" ? $"<td style=\"{Cell}\"></td>"
                : $"<td style=\"{Cell}\"><div style=\"display:inline-flex;box-sizing:border-box;width:{px(size)};aspect-ratio:1;align-items:center;"
                + $"justify-content:center;background:#f6f7f8;border:1px solid {Style.Grid};color:{Style.Muted};white-space:normal\">{caption}</div></td>";
        var scale = size / Math.Max(image.Width, image.Height);
        var html = new StringBuilder($"<td style=\"{Cell}\"><div style=\"position:relative;display:inline-block;overflow:hidden;")
            .Append(CultureInfo.InvariantCulture, $"width:{px(image.Width * scale)};")
            .Append(CultureInfo.InvariantCulture, $"aspect-ratio:{image.Width}/{image.Height};")
            .Append(CultureInfo.InvariantCulture, $"margin:{px((size - image.Height * scale) / 2)} 0\">")
            .Append(CultureInfo.InvariantCulture, $"<img src=\"{Pictures.DataUri(image)}\" alt=\"{caption}\" style=\"display:block;margin:0;max-width:none;")
            .Append(CultureInfo.InvariantCulture, $"width:100%;height:100%;{(scale > 1 ? "image-rendering:pixelated" : "")}\">");
        foreach (var box in cell.Boxes)
        {
            // Cut at the image, so that a box partly outside does not lie over the neighbours.
            var seen = box.Box.Intersect(image.Bounds);
            if (!seen.IsEmpty)
                html.Append("<div style=\"position:absolute;box-sizing:border-box;")
                    .Append(CultureInfo.InvariantCulture, $"left:{100.0 * seen.X0 / image.Width:0.###}%;top:{100.0 * seen.Y0 / image.Height:0.###}%;")
                    .Append(CultureInfo.InvariantCulture, $"width:{100.0 * seen.Width / image.Width:0.###}%;")
                    .Append(CultureInfo.InvariantCulture, $"height:{100.0 * seen.Height / image.Height:0.###}%;")
                    .Append(CultureInfo.InvariantCulture, $"border:{box.Width}px solid {box.Color}\"></div>");
        }
        if (cell.Object is { } thing)
            html.Append(Outline(thing));
        var bar = image.Mpp is { } mpp ? Style.Bar(image.Width * mpp.X) : 0;
        if (bar > 0)
            html.Append("<div data-bar style=\"position:absolute;box-sizing:border-box;right:5px;bottom:5px;height:6px;background:#000;border:1px solid #fff;")
                .Append(CultureInfo.InvariantCulture, $"width:{100 * bar / (image.Width * image.Mpp!.Value.X):0.###}%\"></div>");
        return html.Append("</div><div style=\"font-size:12px;line-height:15px;white-space:normal;overflow-wrap:anywhere;margin:2px auto;")
            .Append(CultureInfo.InvariantCulture, $"max-width:{px(slot + 8)}\">{(caption is "" ? "" : caption + "<br>")}")
            .Append(CultureInfo.InvariantCulture, $"<span style=\"color:{Style.Muted}\">{image.Size} px")
            .Append(CultureInfo.InvariantCulture, $"{(bar > 0 ? $", bar {bar:0.####} µm" : "")}</span></div></td>").ToString();
    }

    /// <summary>Light within dark, which shows over any stain.</summary>
    static string Outline(Raster thing)
    {
        static double[] Edges(int count) => [.. Enumerable.Range(0, count + 1).Select(i => (double)i)];
        var (x, y) = BorderLines.Around(Edges(thing.Width), Edges(thing.Height), (x, y) => thing[x, y] != 0).Lines();
        var path = string.Concat(x.Zip(y, (a, b) => a is null ? "" : FormattableString.Invariant($"{a},{b} ")).Chunk(3)
            .Select(line => $"M{line[0]}L{line[1]}"));
        static string Line(string path, string color, double width) => FormattableString.Invariant(
            $"<path d=\"{path}\" vector-effect=\"non-scaling-stroke\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" stroke-linecap=\"square\"/>");
        return $"<svg viewBox=\"0 0 {thing.Width} {thing.Height}\" preserveAspectRatio=\"none\" "
            + $"style=\"position:absolute;left:0;top:0;width:100%;height:100%\">{Line(path, "#000", 3)}{Line(path, "#ffcf00", 1.5)}</svg>";
    }

    /// <summary>The table as it stands on a page as one drawing: its images, boxes and lines of text at their places.</summary>
    internal const string ToSvg = """
        (function () {
          var root = document.querySelector('[data-gallery]'), frame = root.getBoundingClientRect(), parts = [];
          function escaped(text) { return text.replace(/[&<>"]/g, function (one) { return '&#' + one.charCodeAt(0) + ';'; }); }
          function place(x, y, width, height) {
            return [['x', x - frame.left], ['y', y - frame.top], ['width', width], ['height', height]]
              .map(function (one) { return one[0] + '="' + one[1].toFixed(2) + '"'; }).join(' ');
          }
          root.querySelectorAll('*').forEach(function (part) {
            var style = getComputedStyle(part), box = part.getBoundingClientRect(), line = parseFloat(style.borderTopWidth);
            if (part.tagName === 'IMG')
              parts.push('<image ' + place(box.left, box.top, box.width, box.height) + ' preserveAspectRatio="none" style="image-rendering:' +
                style.imageRendering + '" xlink:href="' + part.src + '"/>');
            else if (part.tagName === 'svg')
              parts.push('<svg ' + place(box.left, box.top, box.width, box.height) + ' viewBox="' + part.getAttribute('viewBox') +
                '" preserveAspectRatio="none">' + part.innerHTML + '</svg>');
            else if (line > 0 && style.borderTopStyle === 'solid')
              parts.push('<rect ' + place(box.left + line / 2, box.top + line / 2, box.width - line, box.height - line) + ' fill="' +
                (style.backgroundColor === 'rgba(0, 0, 0, 0)' ? 'none' : style.backgroundColor) +
                '" stroke="' + style.borderTopColor + '" stroke-width="' + line + '"/>');
          });
          for (var walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), node; node = walk.nextNode();) {
            var style = getComputedStyle(node.parentElement), lines = [], range = document.createRange();
            for (var i = 0; i < node.data.length; i++) {
              range.setStart(node, i); range.setEnd(node, i + 1);
              var at = range.getBoundingClientRect(), last = lines[lines.length - 1];
              if (last && Math.abs(last.at.top - at.top) < 2) last.text += node.data[i];
              else if (at.width > 0) lines.push({ at: at, text: node.data[i] });
            }
            lines.forEach(function (line) {
              parts.push('<text x="' + (line.at.left - frame.left).toFixed(2) + '" y="' + (line.at.top - frame.top + 0.79 * line.at.height).toFixed(2) +
                '" font-family="' + escaped(style.fontFamily) + '" font-size="' + style.fontSize + '" font-weight="' + style.fontWeight +
                '" fill="' + style.color + '">' + escaped(line.text) + '</text>');
            });
          }
          return '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="' + Math.ceil(frame.width) +
            '" height="' + Math.ceil(frame.height) + '"><rect width="100%" height="100%" fill="#ffffff"/>' + parts.join('') + '</svg>';
        })()
        """;
}
