using System.Diagnostics;

namespace CSharpNotebook.Kernel;

enum Channel { Shell, Control, Stdin }

/// <summary>
/// The five sockets and the one thread that uses them. It never waits for a client: heartbeats are answered whatever a cell does. Outputs wait here, counted in
/// bytes, for the slowest client that reads; those who make them wait with them. A client that takes nothing for a while loses what it has no room for.
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

    /// <summary>How long a client may hold back the others; how long what waits at the end may take; and a port that another process is just leaving.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), EndPatience = TimeSpan.FromSeconds(2), BindPatience = TimeSpan.FromSeconds(3);

    static int _count;

    readonly Zmq.Context _context = new();
    readonly Zmq.Socket _shell, _control, _stdin, _heartbeat, _iopub, _wake, _waker;
    readonly Zmq.Socket[] _polled;
    readonly Lock _waking = new();
    readonly object _lock = new();
    readonly Queue<(Channel Channel, byte[][] Frames)> _replies = new();
    readonly Queue<byte[][]> _outputs = new();
    /// <summary>Runs while some client has no room.</summary>
    readonly Stopwatch _stalled = new();
    readonly Thread _thread;
    long _pending;
    bool _closing, _closed;

    /// <summary>Set before <see cref="Start"/>; called on the sockets' thread.</summary>
    internal required Action<Channel, byte[][]> Received { get; init; }

    /// <summary>With the beginning of the types of messages that a client has just asked for.</summary>
    internal required Action<byte[]> Subscribed { get; init; }

    /// <summary>False leaves requests with the client, for there are too many here.</summary>
    internal required Func<bool> HasRoom { get; init; }

    /// <exception cref="NotebookException">A port is in use, or libzmq is missing.</exception>
    internal Sockets(ConnectionFile connection)
    {
        _shell = Bound(Zmq.SocketType.Router, connection, connection.Shell, "shell");
        _control = Bound(Zmq.SocketType.Router, connection, connection.Control, "control");
        _stdin = Bound(Zmq.SocketType.Router, connection, connection.Stdin, "stdin");
        _heartbeat = Bound(Zmq.SocketType.Router, connection, connection.Heartbeat, "hb");
        _iopub = Bound(Zmq.SocketType.XPub, connection, connection.Iopub, "iopub");
        var inside = $"inproc://wake-{Interlocked.Increment(ref _count)}";
        (_wake, _waker) = (new(_context, Zmq.SocketType.Pair), new(_context, Zmq.SocketType.Pair));
        _wake.TryBind(inside);
        _waker.Connect(inside);
        _polled = [_wake, _control, _stdin, _heartbeat, _iopub, _shell];
        _thread = new Thread(Run) { Name = "Jupyter sockets", IsBackground = true };
    }

    internal void Start() => _thread.Start();

    Zmq.Socket Bound(Zmq.SocketType type, ConnectionFile connection, int port, string name)
    {
        var socket = new Zmq.Socket(_context, type);
        socket.Set(Zmq.Option.MaxMessageSize, type == Zmq.SocketType.XPub ? LongestTopic : name == "hb" ? LargestBeat : LargestFrame);
        socket.Set(Zmq.Option.SendHighWater, type == Zmq.SocketType.XPub ? MostOutputs : MostAnswers);
        if (type == Zmq.SocketType.XPub)
        {
            socket.Set(Zmq.Option.XPubNoDrop, 1);
            socket.Set(Zmq.Option.XPubVerbose, 1);
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

    internal void Send(Channel channel, byte[][] frames)
    {
        lock (_lock)
            if (!_closing)
                _replies.Enqueue((channel, frames));
        Wake();
    }

    internal void Publish(byte[][] frames)
    {
        lock (_lock)
            if (!_closing)
            {
                _outputs.Enqueue(frames);
                _pending += Length(frames);
            }
        Wake();
    }

    static long Length(byte[][] frames) => frames.Sum(frame => (long)frame.Length);

    /// <summary>Holds back those who make outputs faster than they can be sent.</summary>
    internal void WaitForRoom()
    {
        lock (_lock)
            while (_pending > MostPending && !_closing)
                Monitor.Wait(_lock);
    }

    void Wake()
    {
        lock (_waking)
            if (!_closed)
                _waker.TrySend([[]]);
    }

    void Run()
    {
        var (waits, ended) = (false, new Stopwatch());
        while (ended.Elapsed < EndPatience)
        {
            var readable = Zmq.Poll(HasRoom() ? _polled : _polled.AsSpan(0, _polled.Length - 1).ToArray(), waits ? 1 : HasRoom() ? -1 : 50);
            for (var i = 0; i < readable.Length; i++)
                if (readable[i])
                    Read(_polled[i], waits);
            SendReplies();
            waits = !TrySendOutputs();
            lock (_lock)
                if (_closing)
                {
                    ended.Start();
                    if (!waits && _replies.Count == 0)
                        return;
                }
        }
    }

    void Read(Zmq.Socket socket, bool outputsWait)
    {
        // Not without end: the others have their turn.
        for (var i = 0; i < 100 && socket.TryReceive() is { } frames; i++)
            if (socket == _heartbeat)
                socket.TrySend(frames);
            else if (socket == _iopub)
            {
                // Not those who come in crowds while outputs wait: nobody has checked who they are.
                if (frames is [[1, .. var prefix]] && !outputsWait)
                    Subscribed(prefix);
            }
            else if (socket != _wake)
                Received(socket == _shell ? Channel.Shell : socket == _control ? Channel.Control : Channel.Stdin, frames);
    }

    void SendReplies()
    {
        while (true)
        {
            (Channel Channel, byte[][] Frames) next;
            lock (_lock)
                if (!_replies.TryDequeue(out next))
                    return;
            // A router does not wait; what cannot be sent is for a client that has gone.
            (next.Channel switch { Channel.Shell => _shell, Channel.Control => _control, _ => _stdin }).TrySend(next.Frames);
        }
    }

    /// <summary>False when outputs wait for a client, which does not say when it takes them.</summary>
    bool TrySendOutputs()
    {
        while (true)
        {
            byte[][]? next;
            lock (_lock)
                if (!_outputs.TryPeek(out next))
                    return true;
            if (_iopub.TrySend(next))
                _stalled.Reset();
            else
            {
                _stalled.Start();
                if (_stalled.Elapsed < Patience)
                    return false;
                // Who has room gets it.
                _iopub.Set(Zmq.Option.XPubNoDrop, 0);
                _iopub.TrySend(next);
                _iopub.Set(Zmq.Option.XPubNoDrop, 1);
            }
            lock (_lock)
            {
                _outputs.Dequeue();
                _pending -= Length(next);
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>Sends what waits, for as long as clients take it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _closing = true;
            Monitor.PulseAll(_lock);
        }
        if (_thread.IsAlive)
        {
            Wake();
            _thread.Join();
        }
        lock (_waking)
            _closed = true;
        foreach (var socket in (Zmq.Socket[])[_shell, _control, _stdin, _heartbeat, _iopub])
        {
            socket.Set(Zmq.Option.Linger, 1000);
            socket.Dispose();
        }
        _wake.Dispose();
        _waker.Dispose();
        _context.Dispose();
    }
}
