using System.Globalization;

namespace Patchwise;

/// <summary>A small table of values as a notebook shows it: numbers to three decimals and on the right, the first rows and how many there are in all.</summary>
sealed record HtmlTable(string[] Columns, object?[][] Rows, int Total)
{
    internal string? ToMime(string mimeType, string caption) => new TextTable(
        Columns,
        Array.ConvertAll(Rows, row => Array.ConvertAll(row, Show)),
        Total > Rows.Length ? $"{caption}; the first {Rows.Length} of {Total} rows:" : caption,
        [.. Columns.Select((_, i) => !Rows.Any(row => row[i] is string))]).ToMime(mimeType);

    static string Show(object? cell) => cell switch
    {
        double number => number.ToString("0.###", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell?.ToString() ?? "",
    };
}
