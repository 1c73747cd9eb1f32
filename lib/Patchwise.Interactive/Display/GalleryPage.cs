using System.Globalization;
using System.Net;
using System.Text;

namespace Patchwise;

/// <summary>
/// A gallery as an HTML table of images, which needs no script: all at one display size without stretching, enlarged pixels crisp, boxes laid over them by
/// place in percent.
/// </summary>
static class GalleryPage
{
    const double PageWidth = 1096, Label = 150;

    internal static string Html(Gallery gallery)
    {
        var columns = Math.Max(1, Math.Max(gallery.Columns.Count, gallery.Rows.Select(row => row.Cells.Length).DefaultIfEmpty(0).Max()));
        var labelled = gallery.Rows.Any(row => row.Label is not "");
        double size = gallery.CellSize ?? Math.Clamp(Math.Floor((PageWidth - (labelled ? Label : 0)) / columns - 14), 48, 168);
        var html = new StringBuilder(
            $"<div data-gallery style=\"background:#ffffff;color:{Style.Ink};font:13px {Style.Fonts};width:max-content;padding:6px 10px\">");
        if (gallery.Title is not "")
            html.Append(CultureInfo.InvariantCulture,
                $"<div style=\"font-size:17px;font-weight:bold;margin:4px 2px 8px;max-width:{PageWidth}px\">{WebUtility.HtmlEncode(gallery.Title)}</div>");
        foreach (var (name, color) in gallery.Rows.SelectMany(row => row.Cells).SelectMany(cell => cell.Boxes).Where(box => box.Name is not "")
            .Select(box => (box.Name, box.Color)).Distinct())
            html.Append(CultureInfo.InvariantCulture,
                $"<span style=\"display:inline-block;margin:0 18px 8px 2px\"><span style=\"display:inline-block;width:10px;height:10px;border:2px solid "
                    + $"{color};margin-right:6px;vertical-align:-2px\"></span>{WebUtility.HtmlEncode(name)}</span>");
        html.Append(CultureInfo.InvariantCulture, $"<table style=\"border-collapse:collapse;border:0;margin:0\">");
        if (gallery.Columns.Count > 0)
            html.Append(CultureInfo.InvariantCulture, $"<tr style=\"background:none\">{(labelled ? $"<td style=\"{Cell}\"></td>" : "")}")
                .AppendJoin("",
                gallery.Columns.Select(name => string.Create(CultureInfo.InvariantCulture,
                    $"<th style=\"{Cell};text-align:center;vertical-align:bottom;max-width:{Math.Max(size, 76)}px\">{WebUtility.HtmlEncode(name)}</th>")))
                        .Append("</tr>");
        foreach (var row in gallery.Rows)
            html.Append("<tr style=\"background:none\">").Append(!labelled ? "" : string.Create(CultureInfo.InvariantCulture,
                $"<th style=\"{Cell};text-align:left;vertical-align:middle;font-weight:normal;white-space:normal;max-width:{Label}px\">"
                + $"{WebUtility.HtmlEncode(row.Label)}</th>"))
                .AppendJoin("", row.Cells.Select(cell => Of(cell, size))).Append("</tr>");
        return html.Append("</table>").Append(gallery.Rows.Length == 0 ? "no images" : "").Append("</div>\n").ToString();
    }

    /// <summary>The table as it stands on a page as one drawing: its images, boxes and lines of text at their places.</summary>
    internal const string ToSvg = """
        (function () {
          var root = document.querySelector('[data-gallery]'), frame = root.getBoundingClientRect(), parts = [];
          function escaped(text) { return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;'); }
          function place(box) {
            return 'x="' + (box.left - frame.left).toFixed(2) + '" y="' + (box.top - frame.top).toFixed(2) + '" width="' + box.width.toFixed(2)
              + '" height="' + box.height.toFixed(2) + '"';
          }
          root.querySelectorAll('*').forEach(function (part) {
            var style = getComputedStyle(part), box = part.getBoundingClientRect(), line = parseFloat(style.borderTopWidth);
            if (part.tagName === 'IMG')
              parts.push('<image ' + place(box) + ' preserveAspectRatio="none" style="image-rendering:' + style.imageRendering
                + '" xlink:href="' + part.src + '"/>');
            else if (line > 0 && style.borderTopStyle === 'solid')
              parts.push('<rect ' + place({ left: box.left + line / 2, top: box.top + line / 2, width: box.width - line, height: box.height - line })
                + ' fill="' + (style.backgroundColor === 'rgba(0, 0, 0, 0)' ? 'none' : style.backgroundColor)
                + '" stroke="' + style.borderTopColor + '" stroke-width="' + line + '"/>');
          });
          for (var walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), node; node = walk.nextNode();) {
            var style = getComputedStyle(node.parentElement), lines = [], range = document.createRange();
            for (var i = 0; i < node.data.length; i++) {
              range.setStart(node, i); range.setEnd(node, i + 1);
              var at = range.getBoundingClientRect(), last = lines[lines.length - 1];
              if (last && Math.abs(last.at.top - at.top) < 2) last.text += node.data[i]; else if (at.width > 0) lines.push({ at: at, text: node.data[i] });
            }
            lines.forEach(function (line) {
              parts.push('<text x="' + (line.at.left - frame.left).toFixed(2) + '" y="' + (line.at.top - frame.top + 0.79 * line.at.height).toFixed(2)
                + '" font-family="' + escaped(style.fontFamily) + '" font-size="' + style.fontSize
                + '" font-weight="' + style.fontWeight + '" fill="' + style.color + '">' + escaped(line.text) + '</text>');
            });
          }
          return '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="' + Math.ceil(frame.width)
            + '" height="' + Math.ceil(frame.height) + '"><rect width="100%" height="100%" fill="#ffffff"/>' + parts.join('') + '</svg>';
        })()
        """;

    const string Cell = "border:0;padding:4px 7px;text-align:center;vertical-align:top";

    static string Of(GalleryCell cell, double size)
    {
        if (cell.Image is not { } image)
            return string.Create(CultureInfo.InvariantCulture,
                $"<td style=\"{Cell}\"><div "
                    + $"style=\"display:inline-flex;width:{size - 2}px;height:{size - 2}px;align-items:center;justify-content:center;"
                    + $"background:#f6f7f8;border:1px solid "
                    + $"{Style.Grid};color:{Style.Muted};white-space:normal\">{WebUtility.HtmlEncode(cell.Caption)}</div></td>");
        var scale = size / Math.Max(image.Width, image.Height);
        var (width, height) = (image.Width * scale, image.Height * scale);
        var html = new StringBuilder(string.Create(CultureInfo.InvariantCulture,
            $"<td style=\"{Cell}\"><div "
                + $"style=\"position:relative;display:inline-block;width:{width:0.##}px;height:{height:0.##}px;margin:{(size - height) / 2:0.##}px "
                + $"0;overflow:hidden\">")
            + string.Create(CultureInfo.InvariantCulture,
            $"<img src=\"{Pictures.DataUri(image)}\" alt=\"{WebUtility.HtmlEncode(cell.Caption)}\" "
                + $"style=\"display:block;margin:0;max-width:none;width:{width:0.##}px;height:{height:0.##}px;"
                + $"{(scale > 1 ? "image-rendering:pixelated" : "")}\">"));
        foreach (var box in cell.Boxes)
        {
            // Cut at the image, so that a box partly outside does not lie over the neighbours.
            var seen = box.Box.Intersect(image.Bounds);
            if (!seen.IsEmpty)
                html.Append(CultureInfo.InvariantCulture,
                    $"<div data-box style=\"position:absolute;box-sizing:border-box;left:{seen.X0 * scale:0.##}px;top:{seen.Y0 * scale:0.##}px;"
                    + $"width:{seen.Width * scale:0.##}px;height:{seen.Height * scale:0.##}px;border:{box.Width}px solid {box.Color}\"></div>");
        }
        return html.Append(CultureInfo.InvariantCulture,
            $"</div><div style=\"font-size:12px;line-height:15px;max-width:{Math.Max(size, 76) + 8}px;white-space:normal;overflow-wrap:anywhere;margin:2px "
                + $"auto\">{(cell.Caption is "" ? "" : $"{WebUtility.HtmlEncode(cell.Caption)}<br>")}<span style=\"color:{Style.Muted}\">{image.Size} "
                + $"px</span></div></td>").ToString();
    }
}
