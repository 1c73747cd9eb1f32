using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace CSharpNotebook.Kernel;

/// <summary>
/// A kernel as Jupyter clients see it, for a language that it knows nothing of. Requests of the shell are answered one after the other;
/// those of control beside them, on a thread of their own.
/// </summary>
sealed class JupyterKernel : IDisposable
{
    /// <summary>More stay with the clients that sent them.</summary>
    const int MostWaiting = 10_000, MostComplaints = 20;

    readonly Wire _wire;
    readonly Sockets _sockets;
    readonly Publisher _publisher;
    readonly Questions _questions;
    readonly Execution _execution;
    readonly Requests _requests;
    readonly TextWriter _log;
    readonly BlockingCollection<(Message Request, long Order)> _shell = [], _control = [];
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _complaints;
    long _received;

    /// <param name="log">Gets a line for what is dropped and for failures of the kernel itself.</param>
    /// <exception cref="NotebookException">The sockets cannot be had.</exception>
    internal JupyterKernel(ConnectionFile connection, IKernelLanguage language, TextWriter log)
    {
        _log = log;
        _wire = new(connection.Key);
        _sockets = new(connection) { Received = OnReceived, Subscribed = OnSubscribed, HasRoom = () => _shell.Count < MostWaiting };
        _publisher = new(_wire, _sockets);
        _questions = new(_wire, _sockets);
        _execution = new(language, _publisher, _sockets, _questions);
        _requests = new(language, connection, _execution.History, _publisher);
        _sockets.Start();
        _publisher.Status("starting", null);
        Serve(_shell, Channel.Shell);
        Serve(_control, Channel.Control);
    }

    /// <summary>A client has asked the kernel to end, and has its answer.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Asks the running cell to end.</summary>
    internal void Interrupt() => _execution.Interrupt();

    void OnSubscribed(byte[] topic) => _publisher.Send("iopub_welcome", new JsonObject { ["subscription"] = Encoding.UTF8.GetString(topic) }, null);

    void OnReceived(Channel channel, byte[][] frames)
    {
        if (_wire.Read(frames, out var why) is not { } message)
        {
            if (++_complaints <= MostComplaints)
                _log.WriteLine(
                    $"csnb: a message on {channel} was dropped: {why}{(_complaints == MostComplaints ? "; the next ones are dropped without a word" : "")}");
        }
        else if (channel == Channel.Stdin)
            Answered(message);
        else
            Queue(channel, message);
    }

    void Answered(Message reply)
    {
        try
        {
            _questions.Answer(reply);
        }
        catch (BadRequestException error)
        {
            _log.WriteLine($"csnb: {error.Message}");
        }
    }

    void Queue(Channel channel, Message message)
    {
        var order = channel == Channel.Shell ? Interlocked.Increment(ref _received) : 0;
        var queue = channel == Channel.Shell ? _shell : _control;
        queue.Add((message, order));
    }

    void Serve(BlockingCollection<(Message Request, long Order)> queue, Channel channel)
    {
        var thread = new Thread(() =>
        {
            foreach (var (request, order) in queue.GetConsumingEnumerable())
                Answer(channel, request, order);
        });
        (thread.Name, thread.IsBackground) = ($"Jupyter {channel}", true);
        thread.Start();
    }

    /// <summary>Busy, the answer, idle: around each request, whatever becomes of it.</summary>
    void Answer(Channel channel, Message request, long order)
    {
        _publisher.Status("busy", request);
        JsonObject? reply;
        try
        {
            reply = request.Type switch
            {
                "execute_request" => _execution.RunAsync(request, order, () => Interlocked.Read(ref _received)).GetAwaiter().GetResult(),
                "interrupt_request" => Interrupted(),
                "shutdown_request" => new JsonObject { ["status"] = "ok", ["restart"] = request.Flag("restart", false) },
                _ => _requests.Answer(request),
            };
        }
        catch (Exception error)
        {
            if (error is not BadRequestException)
                _log.WriteLine($"csnb: {request.Type} failed: {error}");
            reply = Publisher.Error(new(error is BadRequestException ? "BadRequest" : error.GetType().Name, error.Message));
            reply["status"] = "error";
        }
        if (reply is not null)
            _sockets.Send(channel, _wire.Write(request.Identities, request.ReplyType, reply, request.Header));
        if (request.Type == "shutdown_request" && reply?["restart"] is { } restart)
            // All clients are to know that the kernel goes.
            _publisher.Send("shutdown_reply", new JsonObject { ["status"] = "ok", ["restart"] = restart.GetValue<bool>() }, request);
        _publisher.Status("idle", request);
        if (request.Type == "shutdown_request")
        {
            Interrupt();
            _ended.TrySetResult();
        }
    }

    JsonObject Interrupted()
    {
        Interrupt();
        return new() { ["status"] = "ok" };
    }

    /// <summary>Sends what waits to be sent, and closes the sockets. A cell that still runs goes with the process.</summary>
    public void Dispose()
    {
        _sockets.Dispose();
        _shell.CompleteAdding();
        _control.CompleteAdding();
    }
}
