using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CSharpNotebook.Display;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Kernel;

/// <summary>Answers execute_request, one at a time.</summary>
sealed partial class Execution(IKernelLanguage language, Publisher publisher, Sockets sockets, Questions questions)
{
    readonly Lock _lock = new();
    CancellationTokenSource? _running;
    int _count;
    long _abortUpTo;

    internal History History { get; } = new();

    /// <summary>Asks the cell that runs to end; when none runs, nothing happens. Called from any thread.</summary>
    internal void Interrupt()
    {
        CancellationTokenSource? running;
        lock (_lock)
            running = _running;
        // What else listens to it has its own thread, and its failures are not ours.
        _ = running?.CancelAsync();
    }

    /// <param name="order">The place of the request among all that came.</param>
    /// <param name="latest">The place of the one that came last: after a failure those that wait until there are not run.</param>
    internal async Task<JsonObject> RunAsync(Message request, long order, Func<long> latest)
    {
        if (order <= _abortUpTo)
            return Failed("aborted", new("Aborted", "A cell before this one failed, so this one was not run."));
        var code = request.Text("code");
        var silent = request.Flag("silent", false);
        var stored = !silent && request.Flag("store_history", true) && !string.IsNullOrWhiteSpace(code);
        var expressions = Expressions(request);
        if (stored)
            History.Add(++_count, code);
        if (!silent)
            publisher.Send("execute_input", new JsonObject { ["code"] = code, ["execution_count"] = _count }, request);
        var host = new ClientHost(request, _count, silent, request.Flag("allow_stdin", false), publisher, sockets, questions);

        var stop = new CancellationTokenSource();
        lock (_lock)
            _running = stop;
        CellError? error;
        JsonObject values = [];
        JsonArray payload = [];
        try
        {
            if (Help().Match(code) is { Success: true } help)
                payload.Add((JsonNode)Page(help.Groups[1].Value + help.Groups[2].Value));
            else if (!string.IsNullOrWhiteSpace(code))
            {
                // Cells that are not counted have the number 0 in traces.
                error = ErrorOf(await language.RunAsync(code, stored ? _count : 0, host, stop.Token).ConfigureAwait(false));
                if (stored)
                    History.SetOutput(host.ResultText);
                if (error is not null)
                {
                    host.End(error);
                    if (request.Flag("stop_on_error", true))
                        _abortUpTo = latest();
                    return Failed("error", error);
                }
            }
            foreach (var (name, expression) in expressions)
                values[name] = Value(await language.EvaluateAsync(expression, host, stop.Token).ConfigureAwait(false));
        }
        finally
        {
            lock (_lock)
                _running = null;
        }
        host.End(null);
        return new() { ["status"] = "ok", ["execution_count"] = _count, ["user_expressions"] = values, ["payload"] = payload };
    }

    static (string Name, string Code)[] Expressions(Message request)
    {
        if (request.Of("user_expressions", JsonValueKind.Object) is not { } given)
            return [];
        try
        {
            return [.. given.EnumerateObject().Select(one => (one.Name, one.Value.ToString()))];
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
        var reply = Publisher.Error(error);
        reply["status"] = status;
        if (status == "error")
        {
            reply["execution_count"] = _count;
            reply["user_expressions"] = new JsonObject();
            reply["payload"] = new JsonArray();
        }
        return reply;
    }

    static JsonObject Value(ExpressionResult result)
    {
        var value = result.Value is { } bundle ? new JsonObject { ["data"] = bundle.ToJson(), ["metadata"] = new JsonObject() }
            : Publisher.Error(result.Error ?? new("Error", "The expression failed."));
        value["status"] = result.Value is null ? "error" : "ok";
        return value;
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
