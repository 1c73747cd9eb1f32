using System.Diagnostics;

namespace CSharpNotebook.Kernel;

/// <summary>
/// The five sockets of a kernel. Heartbeats have their own thread, and are answered whatever a cell does. Outputs wait here, counted in bytes, for the slowest
/// client that reads; those who make them wait with them. A client that takes nothing for a while loses what it has no room for.
/// </summary>
sealed class Sockets : IDisposable
{
    const int LargestFrame = 100_000_000;

    /// <summary>What these two take comes without a signature: a beat, and the beginning of a message's type.</summary>
    const int LargestBeat = 65_536, LongestTopic = 1024;

    /// <summary>Messages that wait for one client in libzmq: outputs, and answers.</summary>
    const int MostOutputs = 300, MostAnswers = 100;

    /// <summary>Bytes of outputs that wait here.</summary>
    const long MostPending = 32_000_000;

    /// <summary>
    /// How long a client may hold back the others, or itself, as the only one: libzmq goes on only when it has read some hundreds, which takes its time on a
    /// busy machine. How long what waits at the end may take, and a port that another process is just leaving.
    /// </summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(8), LonePatience = TimeSpan.FromMinutes(1), EndPatience = TimeSpan.FromSeconds(2),
        BindPatience = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks for new clients.</summary>
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    readonly Zmq.Context _context = new();
    readonly Zmq.Socket _heartbeat, _iopub;
    readonly Queue<byte[][]> _outputs = new();
    readonly Thread _publishing;
    /// <summary>Runs while some client has no room.</summary>
    readonly Stopwatch _stalled = new();
    long _pending;
    volatile bool _closing;

    /// <summary>Clients that take outputs, as often as they subscribed.</summary>
    int _subscribed;

    /// <summary>What those ask for who are to be welcomed.</summary>
    readonly Queue<string> _come = new();

    internal Zmq.Socket Shell { get; }

    internal Zmq.Socket Control { get; }

    internal Zmq.Socket Stdin { get; }

    /// <param name="subscribed">Makes the message that welcomes a client, of the beginning of the types that it asks for.</param>
    /// <exception cref="NotebookException">A port is in use, or libzmq is missing.</exception>
    internal Sockets(ConnectionFile connection, Func<string, byte[][]> subscribed)
    {
        Shell = Bound(Zmq.SocketType.Router, connection, connection.Shell, "shell");
        Control = Bound(Zmq.SocketType.Router, connection, connection.Control, "control");
        Stdin = Bound(Zmq.SocketType.Router, connection, connection.Stdin, "stdin");
        _heartbeat = Bound(Zmq.SocketType.Router, connection, connection.Heartbeat, "hb");
        _iopub = Bound(Zmq.SocketType.XPub, connection, connection.Iopub, "iopub");
        Serve(_heartbeat, "hb", beat => _heartbeat.TrySend(beat));
        _publishing = new(() => Publish(subscribed)) { Name = "Jupyter iopub", IsBackground = true };
        _publishing.Start();
    }

    Zmq.Socket Bound(Zmq.SocketType type, ConnectionFile connection, int port, string name)
    {
        var socket = new Zmq.Socket(_context, type);
        socket.Set(Zmq.Option.Linger, 1000);
        socket.Set(Zmq.Option.MaxMessageSize, type == Zmq.SocketType.XPub ? LongestTopic : name == "hb" ? LargestBeat : LargestFrame);
        socket.Set(Zmq.Option.SendHighWater, type == Zmq.SocketType.XPub ? MostOutputs : MostAnswers);
        if (type == Zmq.SocketType.XPub)
        {
            socket.Set(Zmq.Option.XPubNoDrop, 1);
            socket.Set(Zmq.Option.XPubVerboser, 1);
        }
        else
            socket.Set(Zmq.Option.RouterHandover, 1); // a client that comes again under its name is the same client
        if (connection.Ip.Contains(':'))
            socket.Set(Zmq.Option.IPv6, 1);
        var endpoint = connection.Endpoint(port);
        // The kernel that this one follows after a restart may still be going.
        for (var clock = Stopwatch.StartNew(); !socket.TryBind(endpoint); Thread.Sleep(50))
            if (clock.Elapsed > BindPatience)
                throw new NotebookException($"the {name} port {endpoint} is in use by another process: restart the kernel, and Jupyter chooses other ports");
        if (connection.Transport == "ipc" && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(endpoint["ipc://".Length..], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return socket;
    }

    /// <summary>A thread that receives, and waits for each message's handling.</summary>
    internal static void Serve(Zmq.Socket socket, string name, Action<byte[][]> handle) => new Thread(() =>
    {
        while (socket.Receive(wait: true) is { } frames)
            handle(frames);
    })
    { Name = $"Jupyter {name}", IsBackground = true }.Start();

    /// <summary>Holds back those who make outputs faster than they can be sent.</summary>
    internal void Publish(byte[][] frames)
    {
        lock (_outputs)
        {
            while (_pending > MostPending && !_closing)
                Monitor.Wait(_outputs);
            _outputs.Enqueue(frames);
            _pending += Length(frames);
            Monitor.PulseAll(_outputs);
        }
    }

    void Publish(Func<string, byte[][]> subscribed)
    {
        while (true)
        {
            byte[][]? next;
            lock (_outputs)
                if (!_outputs.TryPeek(out next) && !_closing)
                    Monitor.Wait(_outputs, Moment);
                else if (next is null)
                    return;
            LookForClients();
            while (_come.TryDequeue(out var prefix))
                _iopub.TrySend(subscribed(prefix));
            if (next is null)
                continue;
            Send(next);
            lock (_outputs)
            {
                _outputs.Dequeue();
                _pending -= Length(next);
                Monitor.PulseAll(_outputs);
            }
        }
    }

    void LookForClients()
    {
        for (var i = 0; i < 100 && _iopub.Receive() is { } frames; i++)
            if (frames is [[1, .. var prefix]])
            {
                _subscribed++;
                if (_come.Count < MostAnswers)
                    _come.Enqueue(Encoding.UTF8.GetString(prefix));
            }
            else if (frames is [[0, ..]])
                _subscribed--;
    }

    void Send(byte[][] frames)
    {
        for (; !_iopub.TrySend(frames); Thread.Sleep(1))
        {
            _stalled.Start();
            LookForClients();
            if (_stalled.Elapsed < (_closing ? EndPatience : _subscribed > 1 ? Patience : LonePatience))
                continue;
            // Who has room gets it.
            _iopub.Set(Zmq.Option.XPubNoDrop, 0);
            _iopub.TrySend(frames);
            _iopub.Set(Zmq.Option.XPubNoDrop, 1);
            return;
        }
        _stalled.Reset();
    }

    static long Length(byte[][] frames) => frames.Sum(frame => (long)frame.Length);

    /// <summary>Sends what waits, for as long as clients take it.</summary>
    public void Dispose()
    {
        lock (_outputs)
        {
            _closing = true;
            Monitor.PulseAll(_outputs);
        }
        _publishing.Join(EndPatience);
        _context.End();
        foreach (var socket in (Zmq.Socket[])[Shell, Control, Stdin, _heartbeat, _iopub])
            socket.Dispose();
        _context.Dispose();
    }
}
