using System.Globalization;

namespace CSharpNotebook.Runner;

/// <summary>One line a cell on standard error: number, title, time. On a terminal the line stands there while the cell runs.</summary>
sealed class Progress(TextWriter to, bool terminal, int cells)
{
    const int LongestTitle = 200;

    string _line = "";

    internal void Start(int number, string title)
    {
        var width = cells.ToString(CultureInfo.InvariantCulture).Length;
        _line = $"[{number.ToString(CultureInfo.InvariantCulture).PadLeft(width)}/{cells}] {Plain(title)}".TrimEnd();
        if (terminal)
            to.Write(_line + " ...");
    }

    internal void End(TimeSpan time, string? outcome = null) =>
        to.WriteLine(
            $"{(terminal ? "\r\e[K" : "")}{_line}  {time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s"
            + $"{(outcome is null ? "" : ", " + outcome)}");

    /// <summary>A title comes from the notebook, and a terminal would obey what it holds.</summary>
    static string Plain(string title) => string.Concat(title.Where(letter => !char.IsControl(letter)).Take(LongestTitle));
}
