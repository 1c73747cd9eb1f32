namespace Patchwise;

/// <summary>A result that tells itself as a small table, in words: a terminal writes it by ToString, a notebook as it likes.</summary>
public interface ITabular
{
    TextTable ToTable();
}

/// <summary>A small table of finished text. Columns without any name have no line of names.</summary>
/// <param name="Right">Which columns are aligned on the right; null: none.</param>
public sealed record TextTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string? Title = null,
    IReadOnlyList<bool>? Right = null)
{
    /// <summary>A table of values: numbers to three decimals and on the right, the first rows and how many there are in all.</summary>
    internal static TextTable Of(string caption, string[] columns, object?[][] rows, int total) => new(
        columns,
        Array.ConvertAll(rows, row => Array.ConvertAll(row, Show)),
        total > rows.Length ? $"{caption}; the first {rows.Length} of {total} rows:" : caption,
        [.. columns.Select((_, i) => !rows.Any(row => row[i] is string))]);

    static string Show(object? cell) => cell switch
    {
        double number => number.ToString("0.###", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell?.ToString() ?? "",
    };

    /// <summary>With aligned columns.</summary>
    public override string ToString()
    {
        var widths = Columns.Select((c, i) => Rows.Select(r => r[i].Length).Append(c.Length).Max()).ToList();
        var text = new StringBuilder();
        if (Title is not null)
            text.Append(Title).Append('\n');
        foreach (var row in Columns.All(c => c.Length == 0) ? Rows : [Columns, .. Rows])
            text.Append(string.Join("  ", row.Select((cell, i) => Right?[i] == true ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd())
                .Append('\n');
        return text.ToString().TrimEnd('\n');
    }
}
