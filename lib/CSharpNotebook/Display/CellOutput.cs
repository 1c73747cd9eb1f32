using System.Text.Json.Nodes;

namespace CSharpNotebook.Display;

/// <summary>
/// What one cell shows, also what its threads show after it has ended, as messages of Jupyter; a notebook's outputs have the same form. Called from any
/// thread. Text is collected for a moment, and of updates that follow each other closely the last one counts; everything stays in order.
/// </summary>
/// <param name="send">Gets type and content, one after the other.</param>
/// <param name="ask">Throws <see cref="NotSupportedException"/> where nobody is there to answer.</param>
sealed class CellOutput(int number, Action<string, JsonObject> send, Func<string, bool, Task<string>> ask)
{
    const int LongText = 64 * 1024;
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    readonly Lock _lock = new();
    readonly OutputLimit _limit = new();
    readonly StringBuilder _text = new();
    string _stream = "";
    (MimeBundle Bundle, string Id)? _update;
    Timer? _timer;
    bool _waiting;

    /// <summary>The plain text of the cell's value.</summary>
    internal string? ResultText { get; private set; }

    /// <summary>Text for <c>stdout</c> or <c>stderr</c>.</summary>
    internal void Write(string stream, string text)
    {
        lock (_lock)
        {
            text = _limit.Fit(text, begins: stream != _stream);
            if (text.Length == 0)
                return;
            if (stream != _stream || _update is not null)
                Flush();
            _stream = stream;
            _text.Append(text);
            if (_text.Length >= LongText)
                Flush();
            else
                FlushSoon();
        }
    }

    internal void Show(MimeBundle bundle, string displayId)
    {
        lock (_lock)
            if (_limit.Fits(bundle))
                Send("display_data", Content(bundle, displayId));
    }

    /// <summary>Replaces what was shown under the same id, in whichever cell that was.</summary>
    internal void Update(MimeBundle bundle, string displayId)
    {
        lock (_lock)
        {
            if (!OutputLimit.FitsAlone(bundle))
                return;
            if (_text.Length > 0 || _update?.Id != displayId)
                Flush();
            _update = (bundle, displayId);
            FlushSoon();
        }
    }

    /// <summary>The value of the cell's last expression.</summary>
    internal void Result(MimeBundle bundle)
    {
        lock (_lock)
        {
            ResultText = bundle.Data.GetValueOrDefault(MimeBundle.Text);
            if (_limit.Fits(bundle))
                Send("execute_result", new JsonObject { ["execution_count"] = number, ["data"] = bundle.ToJson(), ["metadata"] = new JsonObject() });
        }
    }

    /// <summary>Takes away what the cell has shown so far.</summary>
    /// <param name="wait">Not before it shows the next thing, so that nothing flickers.</param>
    internal void Clear(bool wait)
    {
        lock (_lock)
        {
            Send("clear_output", new JsonObject { ["wait"] = wait });
            _limit.Clear();
        }
    }

    internal Task<string> AskAsync(string prompt, bool secret)
    {
        lock (_lock)
            Flush();
        return ask(prompt, secret);
    }

    /// <summary>Sends all that waits, and says what was left out. Threads that the cell left behind may write on.</summary>
    /// <param name="error">That ended the cell.</param>
    internal void End(CellError? error = null)
    {
        lock (_lock)
        {
            Flush();
            foreach (var note in _limit.TakeNotes())
                send("stream", new JsonObject { ["name"] = "stderr", ["text"] = _stream == "stderr" ? "\n" + note : note });
            if (error is not null)
                send("error", error.ToJson());
        }
    }

    void Send(string type, JsonObject content)
    {
        Flush();
        send(type, content);
    }

    void FlushSoon()
    {
        if (_waiting)
            return;
        _timer ??= new(_ =>
        {
            lock (_lock)
            {
                _waiting = false;
                Flush();
            }
        });
        _timer.Change(Moment, Timeout.InfiniteTimeSpan);
        _waiting = true;
    }

    void Flush()
    {
        if (_update is { } update)
        {
            _update = null;
            send("update_display_data", Content(update.Bundle, update.Id));
        }
        // The second half of a character may still come.
        var half = _text.Length is > 0 and < LongText && char.IsHighSurrogate(_text[^1]) ? 1 : 0;
        var text = _text.ToString(0, _text.Length - half);
        _text.Remove(0, text.Length);
        if (text.Length > 0)
            send("stream", new JsonObject { ["name"] = _stream, ["text"] = text });
    }

    static JsonObject Content(MimeBundle bundle, string displayId) =>
        new() { ["data"] = bundle.ToJson(), ["metadata"] = new JsonObject(), ["transient"] = new JsonObject { ["display_id"] = displayId } };
}
