using CSharpNotebook.Display;

namespace CSharpNotebook.Scripting;

/// <summary>Where a running cell sends what it shows: the outputs of a notebook file, or a Jupyter client. Called from any thread.</summary>
interface ICellHost
{
    /// <summary>Text for <c>stdout</c> or <c>stderr</c>.</summary>
    void Write(string stream, string text);

    void Show(MimeBundle bundle, string displayId);

    /// <summary>Replaces what was shown under the same id, in whichever cell that was.</summary>
    void Update(MimeBundle bundle, string displayId);

    /// <summary>The value of the cell's last expression.</summary>
    void Result(MimeBundle bundle);

    /// <summary>Takes away what the cell has shown so far.</summary>
    /// <param name="wait">Not before it shows the next thing, so that nothing flickers.</param>
    void Clear(bool wait);

    /// <exception cref="NotSupportedException">Nobody is there to answer.</exception>
    Task<string> AskAsync(string prompt, bool secret);
}

/// <summary>The cell that the calling code belongs to: it flows into tasks and threads started by the cell, even when they outlive it.</summary>
static class CurrentCell
{
    sealed record Cell(ICellHost Host, CellRun? Run, CancellationToken Stop);

    static readonly AsyncLocal<Cell?> Own = new();
    static volatile ICellHost? _latest;

    /// <summary>Null only before the first cell has run. Threads that carry no context (native callbacks) count to the latest cell.</summary>
    internal static ICellHost? Host => Own.Value?.Host ?? _latest;

    /// <summary>Asks the cell to end.</summary>
    internal static CancellationToken Stop => Own.Value?.Stop ?? CancellationToken.None;

    /// <summary>Null where the kernel runs something of its own.</summary>
    internal static CellRun? Run => Own.Value?.Run;

    internal static void Enter(ICellHost host, CellRun? run, CancellationToken stop)
    {
        Own.Value = new(host, run, stop);
        _latest = host;
    }

    internal static ICellHost Required => Host ?? throw new InvalidOperationException("No cell is running, so there is nowhere to show this.");
}
