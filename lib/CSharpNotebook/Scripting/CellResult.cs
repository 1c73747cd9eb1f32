namespace CSharpNotebook.Scripting;

enum CellStatus { Done, Failed, Stopped }

/// <summary>How a cell ended; what it showed has gone to its host already.</summary>
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
}
