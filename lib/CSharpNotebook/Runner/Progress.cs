using System.Diagnostics;

namespace CSharpNotebook.Runner;

/// <summary>
/// One line a cell on standard error: number, title, time. While a cell runs, a terminal shows there every second what the cell tells of its progress, or how
/// long the notebook has still to go where an earlier run tells that; elsewhere a line comes now and then.
/// </summary>
/// <param name="every">Between two lines of one cell.</param>
sealed class Progress(TextWriter to, bool terminal, int cells, TimeSpan every) : IDisposable
{
    const int LongestTitle = 200;

    readonly Lock _lock = new();
    Timer? _timer;
    Stopwatch _clock = new();
    TimeSpan? _left;
    string _line = "", _told = "";

    /// <param name="left">Of this cell and all after it, as far as known.</param>
    internal void Start(int number, string title, TimeSpan? left)
    {
        lock (_lock)
        {
            var width = cells.ToString(CultureInfo.InvariantCulture).Length;
            (_line, _told, _left, _clock) = ($"[{number.ToString(CultureInfo.InvariantCulture).PadLeft(width)}/{cells}] {Plain(title)}".TrimEnd(), "", left,
                Stopwatch.StartNew());
            if (terminal)
                to.Write(_line + " ...");
            (_timer ??= new(_ => Tick())).Change(every, every);
        }
    }

    /// <summary>What the cell shows in the place of something, such as how far its work is.</summary>
    internal void Tell(string text)
    {
        lock (_lock)
            _told = Plain(text.Split('\n')[0].Trim());
    }

    internal void End(string? outcome = null)
    {
        lock (_lock)
        {
            _timer?.Change(Timeout.Infinite, Timeout.Infinite);
            to.WriteLine($"{(terminal ? "\r\e[K" : "")}{_line}  {_clock.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s"
                + (outcome is null ? "" : ", " + outcome));
            _line = "";
        }
    }

    void Tick()
    {
        lock (_lock)
        {
            var left = _left - _clock.Elapsed;
            var text = _told.Length > 0 ? _told : left > TimeSpan.Zero ? $"about {Minutes(left.Value)} left" : $"{Minutes(_clock.Elapsed)} so far";
            if (_line.Length == 0)
                return;
            if (!terminal)
                to.WriteLine($"{_line} ... {text}");
            // A longer line would go on in the next, and stay there.
            else if ($"{_line} ... {text}" is var whole)
                to.Write($"\r\e[K{(whole.Length < Width ? whole : text[..Math.Min(text.Length, Width - 1)])}");
        }
    }

    static int Width => Console.IsErrorRedirected || Console.WindowWidth is not (> 1 and var width) ? 80 : width;

    static string Minutes(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00}");

    /// <summary>It comes from the notebook, and a terminal would obey what it holds.</summary>
    static string Plain(string text) => string.Concat(text.Where(letter => !char.IsControl(letter)).Take(LongestTitle));

    public void Dispose() => _timer?.Dispose();
}
