using System.Text.Json.Nodes;

namespace CSharpNotebook.Runner;

/// <summary>What a run leaves in the notebook's metadata, in the layout of papermill, so that tools which read its notebooks read these.</summary>
sealed class RunRecord(string input, string output, JsonObject parameters)
{
    const string Key = "papermill";

    readonly DateTime _start = DateTime.UtcNow;
    readonly Dictionary<NotebookCell, DateTime> _starts = [];

    internal void Start(NotebookFile notebook)
    {
        notebook.Metadata[Key] = new JsonObject
        {
            ["exception"] = null,
            ["input_path"] = input,
            ["output_path"] = output,
            ["parameters"] = parameters.DeepClone(),
            ["start_time"] = Stamp(_start),
            ["version"] = $"csnb {Kernels.Version}",
        };
        foreach (var cell in notebook.CodeCells)
            cell.Metadata[Key] = new JsonObject { ["status"] = "pending" };
    }

    internal void Start(NotebookCell cell)
    {
        _starts[cell] = DateTime.UtcNow;
        cell.Metadata[Key] = new JsonObject { ["start_time"] = Stamp(_starts[cell]), ["status"] = "running" };
    }

    internal void End(NotebookCell cell, CellError? error)
    {
        var record = (JsonObject)cell.Metadata[Key]!;
        (record["status"], record["exception"]) = (error is null ? "completed" : "failed", error is not null);
        End(record, _starts[cell]);
    }

    internal void End(NotebookFile notebook, bool failed)
    {
        var record = (JsonObject)notebook.Metadata[Key]!;
        record["exception"] = failed ? true : null;
        End(record, _start);
    }

    static void End(JsonObject record, DateTime start)
    {
        var end = DateTime.UtcNow;
        (record["end_time"], record["duration"]) = (Stamp(end), (end - start).TotalSeconds);
    }

    static string Stamp(DateTime time) => time.ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>How long each cell took in an earlier run, by its source; empty where there is none to be read.</summary>
    internal static Dictionary<string, TimeSpan> Durations(string path)
    {
        Dictionary<string, TimeSpan> found = [];
        try
        {
            if (File.Exists(path) && new FileInfo(path).Length < NotebookFile.Largest)
                foreach (var cell in JsonNode.Parse(File.ReadAllText(path))?["cells"] as JsonArray ?? [])
                    if (cell?["metadata"]?[Key]?["duration"] is JsonValue value && value.TryGetValue<double>(out var seconds) && seconds is >= 0 and < 1e6)
                        found[NotebookCell.ReadSource(cell["source"]) ?? ""] = TimeSpan.FromSeconds(seconds);
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            found.Clear();
        }
        return found;
    }
}
