using System.Net;

namespace Patchwise;

/// <summary>Tables and sentences as HTML; it needs no host of notebooks.</summary>
static class HtmlTable
{
    /// <summary>A signal test: its answer, its table, what should be known.</summary>
    internal static string Said(SignalTest test) =>
        Strong(test.Sentence) + Table(test.ToTable() with { Title = null }) + string.Concat(test.Notes.Select(Paragraph));

    internal static string Strong(object suggestion) => $"<p><b>{WebUtility.HtmlEncode(suggestion.ToString())}</b></p>";

    internal static string Paragraph(string text) => $"<p>{WebUtility.HtmlEncode(text)}</p>";

    internal static string Table(TextTable table)
    {
        var html = new StringBuilder("<div style=\"overflow-x:auto\"><table>");
        if (table.Title is not null)
            html.Append("<caption style=\"text-align:left;width:max-content;max-width:45em\">").Append(WebUtility.HtmlEncode(table.Title)).Append("</caption>");
        if (table.Columns.Any(name => name.Length > 0))
            Row(table.Columns, "th");
        foreach (var row in table.Rows)
            Row(row, "td");
        return html.Append("</table></div>").ToString();

        void Row(IReadOnlyList<string> cells, string tag)
        {
            html.Append("<tr>");
            foreach (var (i, cell) in cells.Index())
                html.Append('<').Append(tag).Append(table.Right?[i] == true ? " style=\"text-align:right\">" : " style=\"text-align:left\">")
                    .Append(WebUtility.HtmlEncode(cell)).Append("</").Append(tag).Append('>');
            html.Append("</tr>");
        }
    }
}
