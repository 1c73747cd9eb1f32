using System.Text;
using System.Text.Json.Nodes;
using CSharpNotebook.Display;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Kernel;

/// <summary>
/// Sends what one cell shows to the clients, also what its threads show after it has ended. Text is collected for a moment, and of
/// updates that follow each other closely the last one counts; everything stays in order.
/// </summary>
/// <param name="silent">Nothing is sent.</param>
sealed class ClientHost(Message request, int number, bool silent, bool allowInput, Publisher publisher, Sockets sockets, Questions questions) : ICellHost
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

    public void Write(string stream, string text)
    {
        lock (_lock)
        {
            text = _limit.Fit(text, begins: stream != _stream);
            if (silent || text.Length == 0)
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

    public void Show(MimeBundle bundle, string displayId)
    {
        lock (_lock)
            if (_limit.Fits(bundle))
                Send("display_data", Content(bundle, displayId));
    }

    public void Update(MimeBundle bundle, string displayId)
    {
        lock (_lock)
        {
            if (silent || !OutputLimit.FitsAlone(bundle))
                return;
            if (_text.Length > 0 || _update?.Id != displayId)
                Flush();
            _update = (bundle, displayId);
            FlushSoon();
        }
    }

    public void Result(MimeBundle bundle)
    {
        lock (_lock)
        {
            ResultText = bundle.Data.GetValueOrDefault(MimeBundle.Text);
            if (_limit.Fits(bundle))
                Send("execute_result", new JsonObject { ["execution_count"] = number, ["data"] = bundle.ToJson(), ["metadata"] = new JsonObject() });
        }
    }

    public void Clear(bool wait)
    {
        lock (_lock)
        {
            Send("clear_output", new JsonObject { ["wait"] = wait });
            _limit.Clear();
        }
    }

    public Task<string> AskAsync(string prompt, bool secret)
    {
        if (!allowInput)
            throw new NotSupportedException($"The cell asks \"{prompt}\", but its client cannot be asked: run it in a notebook page or a console.");
        lock (_lock)
            Flush();
        return questions.AskAsync(request, prompt, secret, CurrentCell.Stop);
    }

    /// <summary>Sends all that waits, then the error, if there is one. Threads that the cell left behind may write on.</summary>
    internal void End(CellError? error)
    {
        lock (_lock)
        {
            Flush();
            foreach (var note in _limit.TakeNotes())
                Send("stream", new JsonObject { ["name"] = "stderr", ["text"] = note });
            if (error is not null)
                Send("error", Publisher.Error(error));
        }
    }

    void Send(string type, JsonObject content)
    {
        if (silent)
            return;
        Flush();
        sockets.WaitForRoom();
        publisher.Send(type, content, request);
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
            Send("update_display_data", Content(update.Bundle, update.Id));
        }
        if (_text.Length == 0)
            return;
        // The second half of a character may still come.
        var half = char.IsHighSurrogate(_text[^1]) && _text.Length < LongText ? 1 : 0;
        var text = _text.ToString(0, _text.Length - half);
        _text.Remove(0, text.Length);
        if (text.Length == 0)
            return;
        sockets.WaitForRoom();
        publisher.Send("stream", new JsonObject { ["name"] = _stream, ["text"] = text }, request);
    }

    static JsonObject Content(MimeBundle bundle, string displayId) =>
        new() { ["data"] = bundle.ToJson(), ["metadata"] = new JsonObject(), ["transient"] = new JsonObject { ["display_id"] = displayId } };
}
