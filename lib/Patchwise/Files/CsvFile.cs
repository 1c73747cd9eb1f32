using CsvHelper;
using CsvHelper.Configuration;

namespace Patchwise;

/// <summary>CSV as all tables are written: UTF-8, comma, decimal point, one line feed after each row; of null the cell is empty.</summary>
public static class CsvFile
{
    /// <param name="rows">The first has the names of the columns.</param>
    public static void Write(TextWriter writer, IEnumerable<IEnumerable<object?>> rows)
    {
        using var csv = new CsvWriter(writer, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" }, leaveOpen: true);
        foreach (var row in rows)
        {
            // As text: CsvHelper looks for a converter of every object, which takes a third longer and writes the same.
            foreach (var cell in row)
                csv.WriteField(Convert.ToString(cell, CultureInfo.InvariantCulture));
            csv.NextRecord();
        }
    }

    /// <summary>
    /// What stands in a cell, without blanks around; null where nothing does, also as R, pandas and spreadsheets write that (NA, NaN, NULL, #N/A).
    /// </summary>
    public static string? Value(string? cell) => cell?.Trim() is { Length: > 0 } text && !Missing.Contains(text) ? text : null;

    static readonly string[] Missing = ["NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null"];

    /// <summary>What keeps a text from being read as CSV, in words for its user.</summary>
    /// <param name="error">Of CsvHelper.</param>
    public static string Fault(Exception error) => error is BadDataException bad
        ? $"line {bad.Context?.Parser?.RawRow}: a quotation mark inside of a cell; a cell that holds one begins and ends with one, and it is written twice"
        : error.Message.Split('\n')[0].TrimEnd();

    /// <summary>The same as a file, whole or not at all.</summary>
    internal static void Save(string path, IEnumerable<IEnumerable<object?>> rows) => WholeFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        Write(writer, rows);
    });
}
