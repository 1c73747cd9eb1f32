using System.Globalization;
using System.Net;
using System.Text;

namespace Patchwise;

/// <summary>A small table as a notebook shows it: a caption, named columns, the first rows and how many there are in all.</summary>
sealed record HtmlTable(string[] Columns, object?[][] Rows, int Total)
{
    internal string? ToMime(string mimeType, string caption) => mimeType switch
    {
        NotebookFormatters.Html => Html(caption),
        NotebookFormatters.Text => Text(caption),
        _ => null,
    };

    string More => Total > Rows.Length ? $"the first {Rows.Length} of {Total} rows" : "";

    string Html(string caption)
    {
        var html = new StringBuilder("<table><caption style=\"caption-side:top;text-align:left\">").Append(WebUtility.HtmlEncode(caption)).Append("</caption><thead><tr>");
        foreach (var column in Columns)
            html.Append("<th>").Append(WebUtility.HtmlEncode(column)).Append("</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in Rows)
        {
            html.Append("<tr>");
            foreach (var cell in row)
                html.Append(cell is string ? "<td style=\"text-align:left\">" : "<td style=\"text-align:right\">").Append(WebUtility.HtmlEncode(Show(cell))).Append("</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table>");
        return More == "" ? html.ToString() : html.Append("<p>").Append(More).Append("</p>").ToString();
    }

    string Text(string caption)
    {
        var cells = (string[][])[Columns, .. Rows.Select(row => Array.ConvertAll(row, Show))];
        var widths = Columns.Select((_, i) => cells.Max(row => row[i].Length)).ToArray();
        var text = new StringBuilder(caption).Append('\n');
        foreach (var row in cells)
            text.AppendJoin("  ", row.Select((cell, i) => Rows.Any(r => r[i] is string) ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).Append('\n');
        return text.Append(More).ToString().TrimEnd('\n');
    }

    static string Show(object? cell) => cell switch
    {
        null => "",
        double number => number.ToString("0.###", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
