using System.Net;
using System.Text;

namespace Patchwise;

/// <summary>A small table of finished text, shown as plain text with aligned columns or as HTML.</summary>
/// <param name="Right">Which columns are aligned on the right; null: none.</param>
sealed record TextTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string? Title = null, IReadOnlyList<bool>? Right = null)
{
    internal string? ToMime(string mimeType) => mimeType switch
    {
        NotebookFormatters.Html => ToHtml(),
        NotebookFormatters.Text => ToText(),
        _ => null,
    };

    internal string ToText()
    {
        var widths = Columns.Select((c, i) => Rows.Select(r => r[i].Length).Append(c.Length).Max()).ToList();
        var text = new StringBuilder();
        if (Title is not null)
            text.Append(Title).Append('\n');
        foreach (var row in Columns.All(c => c.Length == 0) ? Rows : [Columns, .. Rows])
            text.Append(string.Join("  ", row.Select((cell, i) => Right?[i] == true ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd()).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    internal string ToHtml()
    {
        var html = new StringBuilder("<table>");
        if (Title is not null)
            html.Append("<caption style=\"text-align:left\">").Append(WebUtility.HtmlEncode(Title)).Append("</caption>");
        if (Columns.Any(c => c.Length > 0))
            Row(Columns, "th");
        foreach (var row in Rows)
            Row(row, "td");
        return html.Append("</table>").ToString();

        void Row(IReadOnlyList<string> cells, string tag)
        {
            html.Append("<tr>");
            foreach (var (i, cell) in cells.Index())
                html.Append('<').Append(tag).Append(Right?[i] == true ? " style=\"text-align:right\">" : " style=\"text-align:left\">").Append(WebUtility.HtmlEncode(cell)).Append("</").Append(tag).Append('>');
            html.Append("</tr>");
        }
    }
}
