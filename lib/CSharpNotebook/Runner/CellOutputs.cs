using System.Text.Json.Nodes;

namespace CSharpNotebook.Runner;

/// <summary>Puts what cells show into the notebook, in order; text of one stream in a row is one output. Every change is made under its lock.</summary>
/// <param name="tell">Gets the words of what takes the place of something shown.</param>
sealed class CellOutputs(Action<string> tell)
{
    readonly Dictionary<string, List<JsonObject>> _shown = [];
    readonly HashSet<NotebookCell> _clearNext = [];

    internal Lock Lock { get; } = new();

    /// <param name="type">Of a message of Jupyter.</param>
    internal void Take(NotebookCell cell, string type, JsonObject content)
    {
        lock (Lock)
        {
            if (type == "clear_output")
                _clearNext.Add(cell);
            if (type == "clear_output" ? !content["wait"]!.GetValue<bool>() : type != "update_display_data")
                ClearIfAsked(cell);
            if (type == "update_display_data")
                Update(content);
            else if (type != "clear_output")
                Add(cell, type, content);
        }
    }

    void ClearIfAsked(NotebookCell cell)
    {
        if (!_clearNext.Remove(cell))
            return;
        cell.Outputs.Clear();
        foreach (var (id, outputs) in _shown)
            if (outputs.RemoveAll(output => output.Parent is null) > 0 && outputs.Count == 0)
                _shown.Remove(id);
    }

    void Update(JsonObject content)
    {
        var data = content["data"]!.AsObject();
        if (NotebookFile.Text(data[MimeBundle.Text]) is { } words)
            tell(words);
        foreach (var output in _shown.GetValueOrDefault(DisplayId(content)!) ?? [])
            output["data"] = Stored(data).DeepClone();
    }

    void Add(NotebookCell cell, string type, JsonObject content)
    {
        var (outputs, text) = (cell.Outputs, NotebookFile.Text(content["text"]));
        if (text is not null && outputs is [.., JsonObject last] && last["text"] is JsonArray lines
            && NotebookFile.Text(last["name"]) == NotebookFile.Text(content["name"]))
        {
            // The last line goes on where it has no end yet.
            if (NotebookFile.Text(lines[^1]) is var begun && !begun!.EndsWith('\n'))
            {
                lines.RemoveAt(lines.Count - 1);
                text = begun + text;
            }
            foreach (var line in NotebookCell.Lines(text))
                lines.Add(line!.DeepClone());
            return;
        }
        if (text is not null)
            content["text"] = NotebookCell.Lines(text);
        if (content["data"] is JsonObject data)
            Stored(data);
        content["output_type"] = type;
        if (DisplayId(content) is { } id)
        {
            content.Remove("transient");
            if (!_shown.TryGetValue(id, out var same))
                _shown[id] = same = [];
            same.Add(content);
        }
        outputs.Add((JsonNode)content);
    }

    static string? DisplayId(JsonObject content) => NotebookFile.Text(content["transient"]?["display_id"]);

    /// <summary>Texts of several lines become lists of lines, as notebooks have them.</summary>
    static JsonObject Stored(JsonObject data)
    {
        foreach (var (mimeType, node) in data.ToArray())
            if (!MimeBundle.IsJson(mimeType) && NotebookFile.Text(node) is { } text && text.Contains('\n'))
                data[mimeType] = NotebookCell.Lines(text);
        return data;
    }
}
