using System.Globalization;
using System.Text.Json.Nodes;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Runner;

/// <summary>What a run leaves in the notebook's metadata, in the layout of papermill, so that tools which read its notebooks read these.</summary>
sealed class PapermillRecord(string input, string output, JsonObject parameters, JsonObject defaults)
{
    readonly DateTime _start = DateTime.UtcNow;
    readonly Dictionary<NotebookCell, DateTime> _starts = [];

    internal void Start(NotebookFile notebook)
    {
        notebook.Metadata["papermill"] = new JsonObject
        {
            ["default_parameters"] = defaults.DeepClone(),
            ["duration"] = null,
            ["end_time"] = null,
            ["environment_variables"] = new JsonObject(),
            ["exception"] = null,
            ["input_path"] = input,
            ["output_path"] = output,
            ["parameters"] = parameters.DeepClone(),
            ["start_time"] = Stamp(_start),
            ["version"] = $"csnb {Magics.Version}",
        };
        foreach (var cell in notebook.CodeCells)
            cell.Metadata["papermill"] = Cell("pending", null, null, null);
    }

    internal void Start(NotebookCell cell)
    {
        _starts[cell] = DateTime.UtcNow;
        cell.Metadata["papermill"] = Cell("running", _starts[cell], null, null);
    }

    internal void End(NotebookCell cell, CellError? error) =>
        cell.Metadata["papermill"] = Cell(error is null ? "completed" : "failed", _starts[cell], DateTime.UtcNow, error is not null);

    internal void End(NotebookFile notebook, bool failed)
    {
        var record = (JsonObject)notebook.Metadata["papermill"]!;
        var end = DateTime.UtcNow;
        record["end_time"] = Stamp(end);
        record["duration"] = (end - _start).TotalSeconds;
        record["exception"] = failed ? true : null;
    }

    static JsonObject Cell(string status, DateTime? start, DateTime? end, bool? exception) => new()
    {
        ["duration"] = end is null ? null : (end - start)!.Value.TotalSeconds,
        ["end_time"] = end is null ? null : Stamp(end.Value),
        ["exception"] = exception,
        ["start_time"] = start is null ? null : Stamp(start.Value),
        ["status"] = status,
    };

    static string Stamp(DateTime time) => time.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}
