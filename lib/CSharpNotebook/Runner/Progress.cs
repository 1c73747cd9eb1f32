using System.Globalization;

namespace CSharpNotebook.Runner;

/// <summary>One line a cell on standard error: number, title, time. On a terminal the line stands there while the cell runs.</summary>
sealed class Progress(TextWriter to, bool terminal, int cells)
{
    string _line = "";

    internal void Start(int number, string title)
    {
        var width = cells.ToString(CultureInfo.InvariantCulture).Length;
        _line = $"[{number.ToString(CultureInfo.InvariantCulture).PadLeft(width)}/{cells}] {title}".TrimEnd();
        if (terminal)
            to.Write(_line + " ...");
    }

    internal void End(TimeSpan time, string? outcome = null) =>
        to.WriteLine($"{(terminal ? "\r\e[K" : "")}{_line}  {time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s{(outcome is null ? "" : ", " + outcome)}");
}
