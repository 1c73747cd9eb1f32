using System.Collections;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Display;

/// <summary>Shows a sequence of objects of one type as a table with a column for each property, where the formatter's own way is a tree for each.</summary>
static class RecordTable
{
    /// <summary>More rows than this are never written, whatever was asked for.</summary>
    const int MostRows = 10_000;

    /// <summary>In plain text a cell is cut at this many characters.</summary>
    const int WidestCell = 40;

    /// <summary>A sequence that shows all its rows, however long.</summary>
    internal sealed record Rows(IEnumerable Items);

    sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<object?[]> Cells, string? More);

    /// <summary>Null where the value is not a sequence of rows; then it is the formatter's.</summary>
    internal static MimeBundle? Of(object? value)
    {
        var (items, limit) = value is Rows all ? (all.Items, MostRows) : (value as IEnumerable, Formatter.ListExpansionLimit);
        if (items is null or string or IDictionary || HasOwnFormatter(items.GetType()) || Read(items, limit) is not { } table)
            return null;
        return MimeBundle.Of(MimeBundle.Html, Html(table), Text(table));
    }

    /// <summary>Null where the items are not rows: none, scalars, sequences, of several types, or of a type that shows itself in its own way.</summary>
    static Table? Read(IEnumerable items, int limit)
    {
        List<object> rows = [];
        Type? type = null;
        string? more = null;
        foreach (var item in items)
        {
            if (item is null || (type ??= IsRow(item.GetType()) ? item.GetType() : null) != item.GetType())
                return null;
            if (rows.Count == limit)
            {
                more = items is ICollection all ? string.Create(CultureInfo.InvariantCulture, $"{all.Count - limit} more") : "more";
                break;
            }
            rows.Add(item);
        }
        if (type is null)
            return null;
        var destructurer = Destructurer.GetOrCreate(type);
        var columns = destructurer.Keys.ToArray();
        return columns.Length == 0 ? null : new(columns, [.. rows.Select(row => Cells(destructurer, row, columns))], more);
    }

    static object?[] Cells(IDestructurer destructurer, object row, string[] columns)
    {
        var values = destructurer.Destructure(row);
        return [.. columns.Select(column => values.TryGetValue(column, out var value) ? value : null)];
    }

    static bool IsRow(Type type) => !Bundles.IsScalar(type) && !typeof(IEnumerable).IsAssignableFrom(type) && !typeof(Delegate).IsAssignableFrom(type)
        && !typeof(System.Reflection.MemberInfo).IsAssignableFrom(type) && !typeof(Exception).IsAssignableFrom(type)
        && !typeof(Microsoft.AspNetCore.Html.IHtmlContent).IsAssignableFrom(type)
        && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>)) && !HasOwnFormatter(type);

    static bool HasOwnFormatter(Type type) => type.GetCustomAttributes(inherit: true).Any(own => own.GetType().Name == "TypeFormatterSourceAttribute")
        || Formatter.RegisteredFormatters(false).Any(own => own.Type != typeof(object) && own.Type.IsAssignableFrom(type));

    static string Html(Table table)
    {
        using var to = new StringWriter(CultureInfo.InvariantCulture);
        using var context = new FormatContext(to);
        to.Write("<table><thead><tr>");
        foreach (var column in table.Columns)
            to.Write($"<th>{WebUtility.HtmlEncode(column)}</th>");
        to.Write("</tr></thead><tbody>");
        foreach (var row in table.Cells)
        {
            to.Write("<tr>");
            foreach (var cell in row)
            {
                if (cell is null || Bundles.IsScalar(cell.GetType()))
                {
                    to.Write(IsNumber(cell) ? "<td style=\"text-align:right\">" : "<td style=\"text-align:left\">");
                    to.Write(WebUtility.HtmlEncode(Scalar(cell)));
                }
                else
                {
                    to.Write("<td>");
                    cell.FormatTo(context, MimeBundle.Html);
                }
                to.Write("</td>");
            }
            to.Write("</tr>");
        }
        to.Write("</tbody></table>");
        if (table.More is { } more)
            to.Write($"<div>({more})</div>");
        return to.ToString();
    }

    static string Text(Table table)
    {
        var texts = table.Cells.Select(row => row.Select(Short).ToArray()).Prepend([.. table.Columns]).ToArray();
        var right = table.Columns.Select((_, column) => table.Cells.All(row => row[column] is null || IsNumber(row[column]))).ToArray();
        var widths = table.Columns.Select((_, column) => texts.Max(row => row[column].Length)).ToArray();
        var (lines, line) = (new List<string>(), new StringBuilder());
        foreach (var row in texts)
        {
            line.Clear();
            for (var column = 0; column < row.Length; column++)
                line.Append(right[column] ? row[column].PadLeft(widths[column]) : row[column].PadRight(widths[column])).Append("  ");
            lines.Add(line.ToString().TrimEnd());
        }
        if (table.More is { } more)
            lines.Add($"({more})");
        return string.Join('\n', lines);
    }

    static bool IsNumber(object? cell) => cell is not null and not char and not bool && cell is IFormattable && (cell.GetType().IsPrimitive || cell is decimal or Half or Int128 or UInt128);

    static string Scalar(object? cell) => cell is null ? "" : cell is string text ? text : cell.ToDisplayString(MimeBundle.Text);

    static string Short(object? cell)
    {
        var text = (cell is null || Bundles.IsScalar(cell.GetType()) ? Scalar(cell) : cell.ToString() ?? "").ReplaceLineEndings(" ");
        return text.Length <= WidestCell ? text : text[..(WidestCell - 1)] + "…";
    }
}
