using System.Diagnostics;

namespace CSharpNotebook.Kernel;

enum Channel { Shell, Control, Stdin }

/// <summary>
/// The five sockets and the one thread that uses them. It never waits for a client: heartbeats are answered whatever a cell does, and each
/// client gets outputs at its own pace.
/// </summary>
sealed class Sockets : IDisposable
{
    const int LargestFrame = 100_000_000;

    /// <summary>What these two take comes without a signature: a beat, and the beginning of a message's type.</summary>
    const int LargestBeat = 65_536, LongestTopic = 1024;

    /// <summary>Messages of the other sockets that wait for one client in libzmq.</summary>
    const int HighWater = 100;

    /// <summary>How long what waits to be sent at the end may take.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    static readonly TimeSpan BindPatience = TimeSpan.FromSeconds(3);
    static int _count;

    readonly Zmq.Context _context = new();
    readonly Zmq.Socket _shell, _control, _stdin, _heartbeat, _wake, _waker;
    readonly Subscribers _subscribers;
    readonly Zmq.Socket[] _polled;
    readonly Lock _waking = new();
    readonly Lock _outbox = new();
    readonly Queue<(Channel Channel, byte[][] Frames)> _replies = new();
    readonly Thread _thread;
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
        var iopub = new Zmq.Socket(_context, Zmq.SocketType.XPub);
        iopub.Set(Zmq.Option.MaxMessageSize, LongestTopic);
        _subscribers = new(_context, iopub, topic => Subscribed!(topic));
        Bind(iopub, connection, connection.Iopub, "iopub");
        var inside = $"inproc://wake-{Interlocked.Increment(ref _count)}";
        (_wake, _waker) = (new(_context, Zmq.SocketType.Pair), new(_context, Zmq.SocketType.Pair));
        _wake.TryBind(inside);
        _waker.Connect(inside);
        _polled = [_wake, _control, _stdin, _heartbeat, .. _subscribers.Polled, _shell];
        _thread = new Thread(Run) { Name = "Jupyter sockets", IsBackground = true };
    }

    internal void Start() => _thread.Start();

    Zmq.Socket Bound(Zmq.SocketType type, ConnectionFile connection, int port, string name)
    {
        var socket = new Zmq.Socket(_context, type);
        socket.Set(Zmq.Option.MaxMessageSize, port == connection.Heartbeat ? LargestBeat : LargestFrame);
        socket.Set(Zmq.Option.SendHighWater, HighWater);
        // A client that comes again under its name is the same client.
        socket.Set(Zmq.Option.RouterHandover, 1);
        Bind(socket, connection, port, name);
        return socket;
    }

    static void Bind(Zmq.Socket socket, ConnectionFile connection, int port, string name)
    {
        if (connection.Ip.Contains(':'))
            socket.Set(Zmq.Option.IPv6, 1);
        var endpoint = connection.Endpoint(port);
        // The kernel that this one follows after a restart may still be going.
        for (var clock = Stopwatch.StartNew(); !socket.TryBind(endpoint); Thread.Sleep(50))
            if (clock.Elapsed > BindPatience)
                throw new NotebookException($"the {name} port {endpoint} is in use by another process: restart the kernel, and Jupyter chooses other ports");
        if (connection.Transport == "ipc" && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(endpoint["ipc://".Length..], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    internal void Send(Channel channel, byte[][] frames)
    {
        lock (_outbox)
            if (!_closing)
                _replies.Enqueue((channel, frames));
        Wake();
    }

    internal void Publish(byte[][] frames)
    {
        _subscribers.Publish(frames);
        Wake();
    }

    /// <summary>Holds back those who make outputs faster than they can be sent.</summary>
    internal void WaitForRoom() => _subscribers.WaitForRoom();

    void Wake()
    {
        lock (_waking)
            if (!_closed)
                _waker.TrySend([[]]);
    }

    void Run()
    {
        for (var ended = new Stopwatch(); ;)
        {
            var readable = Zmq.Poll(HasRoom() ? _polled : _polled.AsSpan(0, _polled.Length - 1).ToArray(), _subscribers.IsWaiting ? 1 : HasRoom() ? -1 : 50);
            for (var i = 0; i < readable.Length; i++)
                if (readable[i])
                    Read(_polled[i]);
            SendReplies();
            _subscribers.Send();
            lock (_outbox)
                if (_closing)
                {
                    ended.Start();
                    if ((_subscribers.IsEmpty && _replies.Count == 0) || ended.Elapsed > Patience)
                        return;
                }
        }
    }

    void Read(Zmq.Socket socket)
    {
        if (_subscribers.Polled.Contains(socket))
        {
            _subscribers.Read();
            return;
        }
        // Not without end: the others have their turn.
        for (var i = 0; i < 100 && socket.TryReceive() is { } frames; i++)
            if (socket == _heartbeat)
                socket.TrySend(frames);
            else if (socket == _shell || socket == _control || socket == _stdin)
                Received(socket == _shell ? Channel.Shell : socket == _control ? Channel.Control : Channel.Stdin, frames);
    }

    void SendReplies()
    {
        while (true)
        {
            (Channel Channel, byte[][] Frames) next;
            lock (_outbox)
                if (!_replies.TryDequeue(out next))
                    return;
            // A router does not wait; what cannot be sent is for a client that has gone.
            (next.Channel switch { Channel.Shell => _shell, Channel.Control => _control, _ => _stdin }).TrySend(next.Frames);
        }
    }

    /// <summary>Sends what waits, for as long as clients take it.</summary>
    public void Dispose()
    {
        lock (_outbox)
            _closing = true;
        _subscribers.Close();
        if (_thread.IsAlive)
        {
            Wake();
            _thread.Join();
        }
        lock (_waking)
            _closed = true;
        foreach (var socket in (Zmq.Socket[])[_shell, _control, _stdin, _heartbeat])
        {
            socket.Set(Zmq.Option.Linger, 1000);
            socket.Dispose();
        }
        _subscribers.Dispose();
        _wake.Dispose();
        _waker.Dispose();
        _context.Dispose();
    }
}
