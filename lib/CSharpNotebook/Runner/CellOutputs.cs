using System.Text;
using System.Text.Json.Nodes;
using CSharpNotebook.Display;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Runner;

/// <summary>
/// The outputs of one cell as they come, in order; text of one stream in a row is one output. Every change is made under the notebook's lock.
/// </summary>
/// <param name="tell">Gets the words of what takes the place of something shown.</param>
sealed class CellOutputs(NotebookCell cell, int number, Dictionary<string, List<JsonObject>> shown, Lock notebook, Action<string> tell) : ICellHost
{
    readonly OutputLimit _limit = new();
    readonly StringBuilder _text = new();
    readonly List<(string Id, JsonObject Output)> _updatable = [];
    JsonObject? _stream;
    bool _clearNext;

    public void Write(string stream, string text)
    {
        lock (notebook)
        {
            if (text.Length == 0)
                return;
            ClearIfAsked();
            var begins = _stream is null || NotebookFile.Text(_stream["name"]) != stream;
            text = _limit.Fit(text, begins);
            if (text.Length == 0)
                return;
            if (begins)
            {
                CloseStream();
                _stream = new JsonObject { ["name"] = stream, ["output_type"] = "stream" };
                cell.Outputs.Add((JsonNode)_stream);
            }
            _text.Append(text);
        }
    }

    public void Show(MimeBundle bundle, string displayId)
    {
        lock (notebook)
            if (Add(bundle, "display_data") is { } output)
                Remember(displayId, output);
    }

    public void Update(MimeBundle bundle, string displayId)
    {
        if (bundle.Data.TryGetValue(MimeBundle.Text, out var words))
            tell(words);
        lock (notebook)
            foreach (var output in OutputLimit.FitsAlone(bundle) ? shown.GetValueOrDefault(displayId) ?? [] : [])
                output["data"] = Data(bundle);
    }

    public void Result(MimeBundle bundle)
    {
        lock (notebook)
            if (Add(bundle, "execute_result") is { } output)
                output["execution_count"] = number;
    }

    public void Clear(bool wait)
    {
        lock (notebook)
        {
            _clearNext = true;
            if (!wait)
                ClearIfAsked();
        }
    }

    void ClearIfAsked()
    {
        if (!_clearNext)
            return;
        _clearNext = false;
        CloseStream();
        cell.Outputs.Clear();
        _limit.Clear();
        foreach (var (id, output) in _updatable)
            if (shown.TryGetValue(id, out var outputs) && outputs.Remove(output) && outputs.Count == 0)
                shown.Remove(id);
        _updatable.Clear();
    }

    public Task<string> AskAsync(string prompt, bool secret) =>
        throw new NotSupportedException(
            $"The notebook asks \"{prompt}\", but csnb run has nobody to ask: make it a parameter, and give it with -p NAME=VALUE.");

    internal void Fail(CellError error)
    {
        lock (notebook)
        {
            CloseStream();
            cell.Outputs.Add((JsonNode)new JsonObject
            {
                ["output_type"] = "error",
                ["ename"] = error.Name,
                ["evalue"] = error.Message,
                ["traceback"] = new JsonArray([.. error.Trace.Select(line => JsonValue.Create(line))]),
            });
        }
    }

    /// <summary>Brings text that is still collected into the cell, and says what was left out; before each save.</summary>
    internal void Flush()
    {
        if (_stream is not null)
            _stream["text"] = NotebookCell.Lines(_text.ToString());
    }

    internal void End()
    {
        lock (notebook)
        {
            Flush();
            foreach (var note in _limit.TakeNotes())
                Note(note);
        }
    }

    void Note(string text)
    {
        CloseStream();
        cell.Outputs.Add((JsonNode)new JsonObject { ["name"] = "stderr", ["output_type"] = "stream", ["text"] = NotebookCell.Lines(text) });
    }

    void CloseStream()
    {
        Flush();
        _stream = null;
        _text.Clear();
    }

    JsonObject? Add(MimeBundle bundle, string type)
    {
        ClearIfAsked();
        if (!_limit.Fits(bundle))
            return null;
        CloseStream();
        var output = new JsonObject { ["data"] = Data(bundle), ["metadata"] = new JsonObject(), ["output_type"] = type };
        cell.Outputs.Add((JsonNode)output);
        return output;
    }

    void Remember(string displayId, JsonObject output)
    {
        if (!shown.TryGetValue(displayId, out var outputs))
            shown[displayId] = outputs = [];
        outputs.Add(output);
        _updatable.Add((displayId, output));
    }

    static JsonObject Data(MimeBundle bundle)
    {
        var data = bundle.ToJson();
        foreach (var (mimeType, node) in data.ToArray())
            if (!MimeBundle.IsJson(mimeType) && NotebookFile.Text(node) is { } text && text.Contains('\n'))
                data[mimeType] = NotebookCell.Lines(text);
        return data;
    }
}
