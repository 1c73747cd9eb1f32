using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Kernel;

/// <summary>Answers execute_request, one at a time.</summary>
sealed partial class Execution(IKernelLanguage language, Clients clients)
{
    CancellationTokenSource? _running;
    int _count;

    internal History History { get; } = new();

    /// <summary>A cell has failed, and what waits behind it is not run.</summary>
    internal bool Aborting { get; set; }

    /// <summary>Asks the cell that runs to end; when none runs, nothing happens. What else listens has its own thread, and its failures are not ours.</summary>
    internal void Interrupt() => _ = Volatile.Read(ref _running)?.CancelAsync();

    internal async Task<JsonObject> RunAsync(Message request)
    {
        if (Aborting)
            return Failed("aborted", new("Aborted", "A cell before this one failed, so this one was not run."));
        var code = request.Text("code");
        var silent = request.Flag("silent", false);
        var stored = !silent && request.Flag("store_history", true) && !string.IsNullOrWhiteSpace(code);
        var (expressions, mayAsk, stopOnError) = (Expressions(request), request.Flag("allow_stdin", false), request.Flag("stop_on_error", true));
        if (stored)
            History.Add(++_count, code);
        void Send(string type, JsonObject content)
        {
            if (!silent)
                clients.Publish(type, content, request);
        }
        Task<string> Ask(string prompt, bool secret) => mayAsk ? clients.AskAsync(request, prompt, secret) : throw new NotSupportedException(
            $"The cell asks \"{prompt}\", but its client cannot be asked: run it in a notebook page or a console.");

        Send("execute_input", new() { ["code"] = code, ["execution_count"] = _count });
        var output = new CellOutput(_count, Send, Ask);
        var stop = new CancellationTokenSource();
        Volatile.Write(ref _running, stop);
        JsonObject values = [];
        JsonArray payload = [];
        try
        {
            if (Help().Match(code) is { Success: true } help)
                payload.Add((JsonNode)Page(help.Groups[1].Value + help.Groups[2].Value));
            else if (!string.IsNullOrWhiteSpace(code))
            {
                // Cells that are not counted have the number 0 in traces.
                var error = ErrorOf(await language.RunAsync(code, stored ? _count : 0, output, stop.Token).ConfigureAwait(false));
                if (stored)
                    History.SetOutput(output.ResultText);
                output.End(error);
                Aborting = error is not null && stopOnError;
                if (error is not null)
                    return Failed("error", error);
            }
            foreach (var (name, expression) in expressions)
            {
                JsonObject? value = null;
                var shown = new CellOutput(0, (type, content) =>
                {
                    if (type == "execute_result")
                        value = content;
                    else
                        Send(type, content);
                }, Ask);
                var error = ErrorOf(await language.RunAsync(expression, -1, shown, stop.Token).ConfigureAwait(false))
                    ?? (value is null ? new("NotebookException", $"\"{expression}\" has no value") : null);
                shown.End();
                value = error?.ToJson() ?? value!;
                value.Remove("execution_count");
                value["status"] = error is null ? "ok" : "error";
                values[name] = value;
            }
        }
        finally
        {
            Volatile.Write(ref _running, null);
        }
        return new() { ["execution_count"] = _count, ["user_expressions"] = values, ["payload"] = payload };
    }

    static (string Name, string Code)[] Expressions(Message request)
    {
        try
        {
            return request.Of("user_expressions", JsonValueKind.Object) is not { } given ? []
                : [.. given.EnumerateObject().Select(one => (one.Name, one.Value.ToString()))];
        }
        catch (InvalidOperationException)
        {
            throw new BadRequestException("execute_request: 'user_expressions' holds half a character (a lone surrogate)");
        }
    }

    static CellError? ErrorOf(CellResult result) => result.Status switch
    {
        CellStatus.Done => null,
        CellStatus.Failed => result.Error ?? new("Error", "The cell failed."),
        _ when result.StillRunning => new("OperationCanceledException",
            "The cell was asked to stop and still runs: native code or a blocking wait holds its thread. You may go on with other cells; to end it, restart "
                + "the kernel, which forgets all variables."),
        _ => new("OperationCanceledException", "The cell was stopped."),
    };

    JsonObject Failed(string status, CellError error)
    {
        var reply = error.ToJson();
        reply["status"] = status;
        if (status == "error")
            (reply["execution_count"], reply["user_expressions"], reply["payload"]) = (_count, new JsonObject(), new JsonArray());
        return reply;
    }

    /// <summary>Help on a name, for the pager of the client.</summary>
    JsonObject Page(string name)
    {
        var bundle = language.Inspect(name, name.Length) ?? MimeBundle.Plain($"Nothing is known of {name}.");
        return new() { ["source"] = "page", ["data"] = bundle.ToJson(), ["start"] = 0 };
    }

    /// <summary>As in other kernels: a name with a question mark before or after it, and nothing else.</summary>
    [GeneratedRegex(@"^\s*(?:\?\s*([\w.]+)|([\w.]+)\s*\?)\s*$")]
    private static partial Regex Help();
}
