using System.Text.Json.Nodes;

namespace CSharpNotebook.Kernel;

/// <summary>
/// A kernel as Jupyter clients see it, for a language that it knows nothing of. Requests of the shell are answered one after the other;
/// those of control beside them, on a thread of their own.
/// </summary>
sealed class JupyterKernel : IDisposable
{
    const int MostComplaints = 20;

    readonly Clients _clients;
    readonly Execution _execution;
    readonly Requests _requests;
    readonly TextWriter _log;
    readonly List<byte[][]> _behind = [];
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _complaints;

    /// <param name="log">Gets a line for what is dropped and for failures of the kernel itself.</param>
    /// <exception cref="NotebookException">The sockets cannot be had.</exception>
    internal JupyterKernel(ConnectionFile connection, IKernelLanguage language, TextWriter log)
    {
        _log = log;
        _clients = new(connection);
        _execution = new(language, _clients);
        _requests = new(language, connection, _execution.History, _clients);
        _clients.Status("starting", null);
        var (shell, control) = (_clients.Sockets.Shell, _clients.Sockets.Control);
        Sockets.Serve(control, "control", frames => Answer(control, frames));
        Sockets.Serve(shell, "shell", frames =>
        {
            Answer(shell, frames);
            foreach (var waited in _behind)
                Answer(shell, waited);
            _behind.Clear();
            _execution.Aborting = false;
        });
    }

    /// <summary>A client has asked the kernel to end, and has its answer.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Asks the running cell to end.</summary>
    internal void Interrupt() => _execution.Interrupt();

    void Answer(Zmq.Socket socket, byte[][] frames)
    {
        if (_clients.Wire.Read(frames, out var why) is { } message)
            Answer(socket, message);
        else if (Interlocked.Increment(ref _complaints) is <= MostComplaints and var count)
            _log.WriteLine($"csnb: a message was dropped: {why}{(count == MostComplaints ? "; the next ones are dropped without a word" : "")}");
    }

    /// <summary>Busy, the answer, idle: around each request, whatever becomes of it.</summary>
    void Answer(Zmq.Socket socket, Message request)
    {
        // At once: clients may be busy with what the cell has sent them.
        if (request.Type == "interrupt_request")
            Interrupt();
        _clients.Status("busy", request);
        JsonObject? reply;
        try
        {
            reply = request.Type switch
            {
                "execute_request" => _execution.RunAsync(request).GetAwaiter().GetResult(),
                "interrupt_request" => [],
                "shutdown_request" => new JsonObject { ["restart"] = request.Flag("restart", false) },
                _ => _requests.Answer(request),
            };
        }
        catch (Exception error)
        {
            if (error is not BadRequestException)
                _log.WriteLine($"csnb: {request.Type} failed: {error}");
            reply = new CellError(error is BadRequestException ? "BadRequest" : error.GetType().Name, error.Message).ToJson();
            reply["status"] = "error";
        }
        reply?.TryAdd("status", "ok");
        // What waits behind a cell that failed is not run. It is taken before the client hears of the failure: what it sends after that is to run.
        if (_execution.Aborting && socket == _clients.Sockets.Shell && request.Type == "execute_request" && (string?)reply?["status"] == "error")
            while (socket.Receive() is { } waiting)
                _behind.Add(waiting);
        if (reply is not null)
            socket.TrySend(_clients.Wire.Write(request.Identities, request.ReplyType, reply, request.Header));
        var ends = request.Type == "shutdown_request" && reply!.ContainsKey("restart");
        if (ends) // All clients are to know that the kernel goes.
            _clients.Publish("shutdown_reply", reply!, request);
        _clients.Status("idle", request);
        if (!ends)
            return;
        Interrupt();
        _ended.TrySetResult();
    }

    /// <summary>Sends what waits to be sent, and closes the sockets. A cell that still runs goes with the process.</summary>
    public void Dispose() => _clients.Dispose();
}
