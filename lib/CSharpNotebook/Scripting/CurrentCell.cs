using System.Text.Json.Nodes;

namespace CSharpNotebook.Scripting;

/// <summary>A cell while it runs.</summary>
sealed class CellRun(string path, string code)
{
    /// <summary>Its name in traces: <c>Cell [3]</c>.</summary>
    internal string Path { get; } = path;

    internal string Code { get; } = code;

    /// <summary>What the compiler says of it; of a cell that imports, what ended one of the imported.</summary>
    internal CellError? Error { get; set; }

    /// <summary>Whether it runs cells of another file, whose failures .NET Interactive does not count as its own.</summary>
    internal bool Imports { get; } = code.Contains("#!import", StringComparison.Ordinal);

    /// <summary>It was stopped, and holds a thread.</summary>
    internal bool StillRunning { get; set; }

    /// <summary>A piece of the cell, behind as many empty lines as stand above it there, so that the lines in traces are those of the cell.</summary>
    internal string InPlace(string piece) => Code.IndexOf(piece, StringComparison.Ordinal) is > 0 and var at
        ? new string('\n', Code.AsSpan(0, at).Count('\n')) + piece : piece;
}

/// <summary>The cell that the calling code belongs to: it flows into tasks and threads started by the cell, even when they outlive it.</summary>
static class CurrentCell
{
    sealed record Cell(CellOutput Output, CellRun? Run, CancellationToken Stop);

    static readonly AsyncLocal<Cell?> Own = new();
    static volatile CellOutput? _latest;

    /// <summary>Null only before the first cell has run. Threads that carry no context (native callbacks) count to the latest cell.</summary>
    internal static CellOutput? Output => Own.Value?.Output ?? _latest;

    /// <summary>Asks the cell to end.</summary>
    internal static CancellationToken Stop => Own.Value?.Stop ?? CancellationToken.None;

    /// <summary>Null where the kernel runs something of its own.</summary>
    internal static CellRun? Run => Own.Value?.Run;

    internal static void Enter(CellOutput output, CellRun? run, CancellationToken stop)
    {
        Own.Value = new(output, run, stop);
        _latest = output;
    }

    internal static CellOutput Required => Output ?? throw new InvalidOperationException("No cell is running, so there is nowhere to show this.");
}

enum CellStatus { Done, Failed, Stopped }

/// <summary>How a cell ended; what it showed has gone to its output already.</summary>
/// <param name="StillRunning">A stopped cell did not end: native code or a blocking wait holds its thread.</param>
sealed record CellResult(CellStatus Status, CellError? Error = null, bool StillRunning = false)
{
    internal static readonly CellResult Done = new(CellStatus.Done);
}

/// <param name="Name">The exception's type, without its namespace.</param>
/// <param name="Trace">Lines for people, the first of them with name and message.</param>
sealed record CellError(string Name, string Message, IReadOnlyList<string> Trace)
{
    internal CellError(string name, string message) : this(name, message, [$"{name}: {message}"]) { }

    /// <summary>As notebooks and messages of Jupyter hold it.</summary>
    internal JsonObject ToJson() =>
        new() { ["ename"] = Name, ["evalue"] = Message, ["traceback"] = new JsonArray([.. Trace.Select(line => JsonValue.Create(line))]) };
}
