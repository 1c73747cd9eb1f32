using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CSharpNotebook.Kernel;

/// <summary>
/// The clients that take outputs, each with a queue of its own, so that none waits for another. libzmq's own queue for a client tells nothing of
/// how far the client is, so little waits there; what a client has not taken waits here, counted in bytes. A client that takes what it is sent,
/// however slowly, gets everything: those who make outputs wait for it. One that takes nothing for a while loses what waits for it.
/// Except where another is said, members are called by the thread of the sockets.
/// </summary>
sealed class Subscribers : IDisposable
{
    /// <summary>Bytes that wait here, and messages that wait for one client in libzmq; all of those may be large.</summary>
    const int MostPending = 32_000_000, HighWater = 16;

    /// <summary>A client that takes nothing for so long, while it holds back others, does not read.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    sealed class Output(byte[][] frames)
    {
        internal byte[][] Frames { get; } = frames;

        internal long Length { get; } = frames.Sum(frame => (long)frame.Length);

        /// <summary>Queues that it stands in.</summary>
        internal int Waits { get; set; }
    }

    /// <summary>One connection. A message to it begins with its own name, behind what it has asked for: to the others libzmq does not send it.</summary>
    sealed class Subscriber(int number)
    {
        readonly byte[] _name = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"client.{number}."));

        internal List<byte[]> Prefixes { get; } = [];

        internal Queue<Output> Queue { get; } = new();

        /// <summary>Runs while the client takes nothing of what waits for it.</summary>
        internal Stopwatch Stalled { get; } = new();

        /// <summary>It did not read, and lost something; from when it reads again, it gets what is new.</summary>
        internal bool Lost { get; set; }

        internal byte[] Topic(byte[] prefix) => [.. prefix, .. _name];

        internal bool Wants(Output output) => Prefixes.Exists(prefix => output.Frames[0].AsSpan().StartsWith(prefix));

        internal byte[][] Addressed(Output output)
        {
            var prefix = Prefixes.Find(prefix => output.Frames[0].AsSpan().StartsWith(prefix)) ?? [];
            return [[.. Topic(prefix), .. output.Frames[0].AsSpan(prefix.Length)], .. output.Frames.AsSpan(1)];
        }
    }

    readonly Zmq.Socket _socket, _monitor;
    readonly Action<byte[]> _subscribed;
    readonly object _lock = new();
    readonly Queue<Output> _new = new();
    /// <summary>By the number that the operating system gives the connection.</summary>
    readonly Dictionary<int, Subscriber> _subscribers = [];
    readonly HashSet<int> _connected = [];
    long _pending;
    int _count;
    bool _closing;

    /// <param name="socket">Of the kind XPUB, not yet bound; it belongs to this object.</param>
    /// <param name="subscribed">Called with the beginning of the types of messages that a client has just asked for.</param>
    internal Subscribers(Zmq.Context context, Zmq.Socket socket, Action<byte[]> subscribed)
    {
        (_socket, _subscribed) = (socket, subscribed);
        _socket.Set(Zmq.Option.SendHighWater, HighWater);
        _socket.Set(Zmq.Option.XPubNoDrop, 1);
        _socket.Set(Zmq.Option.XPubManual, 1);
        _monitor = _socket.Monitored(context, Zmq.Happening.Accepted | Zmq.Happening.Disconnected);
    }

    /// <summary>Those that have something to be read.</summary>
    internal IEnumerable<Zmq.Socket> Polled => [_socket, _monitor];

    /// <summary>Something waits for a client, which does not say when it takes it.</summary>
    internal bool IsWaiting { get; private set; }

    /// <summary>Everything is sent.</summary>
    internal bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _new.Count == 0 && !IsWaiting;
        }
    }

    /// <summary>From any thread.</summary>
    internal void Publish(byte[][] frames)
    {
        var output = new Output(frames);
        lock (_lock)
        {
            if (_closing)
                return;
            _new.Enqueue(output);
            _pending += output.Length;
        }
    }

    /// <summary>Holds back those who make outputs faster than they can be sent. From any thread.</summary>
    internal void WaitForRoom()
    {
        lock (_lock)
            while (_pending > MostPending && !_closing)
                Monitor.Wait(_lock);
    }

    /// <summary>No more outputs are taken. From any thread.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closing = true;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Clients come, ask for messages, and go.</summary>
    internal void Read()
    {
        // Not without end: the others have their turn.
        for (var i = 0; i < 100 && _socket.TryReceive(out var connection) is { } frames; i++)
        {
            // What a connection asks comes after the news of it, and its number may have been another's.
            Watch();
            if (frames is not [[var asks and (0 or 1), .. var prefix]] || !_connected.Contains(connection))
                continue;
            if (asks == 1)
                Add(connection, prefix);
            else if (_subscribers.TryGetValue(connection, out var subscriber)
                && subscriber.Prefixes.FindIndex(one => one.AsSpan().SequenceEqual(prefix)) is >= 0 and var index)
            {
                subscriber.Prefixes.RemoveAt(index);
                _socket.Set(Zmq.Option.Unsubscribe, subscriber.Topic(prefix));
            }
        }
        Watch();
    }

    void Add(int connection, byte[] prefix)
    {
        if (!_subscribers.TryGetValue(connection, out var subscriber))
            _subscribers[connection] = subscriber = new(++_count);
        if (!subscriber.Prefixes.Exists(one => one.AsSpan().SequenceEqual(prefix)))
        {
            _socket.Set(Zmq.Option.Subscribe, subscriber.Topic(prefix));
            subscriber.Prefixes.Add(prefix);
        }
        // Not those who come in crowds while outputs wait: nobody has checked who they are.
        if (!IsWaiting)
            _subscribed(prefix);
    }

    void Watch()
    {
        while (_monitor.TryReceive() is { } frames)
        {
            if (frames is not [{ Length: 6 } news, ..])
                continue;
            var (happening, connection) = ((Zmq.Happening)BinaryPrimitives.ReadUInt16LittleEndian(news), BinaryPrimitives.ReadInt32LittleEndian(
                news.AsSpan(2)));
            if (happening == Zmq.Happening.Accepted)
                _connected.Add(connection);
            else if (_connected.Remove(connection) && _subscribers.Remove(connection, out var gone))
                Forget(gone);
        }
    }

    /// <summary>Sends what can be sent without waiting.</summary>
    internal void Send()
    {
        while (true)
        {
            Output? next;
            lock (_lock)
                if (!_new.TryDequeue(out next))
                    break;
            next.Waits++;
            foreach (var subscriber in _subscribers.Values)
                if (subscriber.Wants(next))
                    Send(subscriber, next);
            Release(next);
        }
        IsWaiting = false;
        foreach (var subscriber in _subscribers.Values)
        {
            while (subscriber.Queue.TryPeek(out var output) && TrySend(subscriber, output))
                Release(subscriber.Queue.Dequeue());
            if (subscriber.Queue.Count > 0 && subscriber.Stalled.Elapsed > Patience && IsFull)
            {
                Forget(subscriber);
                subscriber.Lost = true;
            }
            IsWaiting |= subscriber.Queue.Count > 0;
        }
    }

    bool IsFull
    {
        get
        {
            lock (_lock)
                return _pending > MostPending;
        }
    }

    void Send(Subscriber subscriber, Output output)
    {
        if (subscriber.Queue.Count == 0 && TrySend(subscriber, output))
            subscriber.Lost = false;
        else if (!subscriber.Lost)
        {
            output.Waits++;
            subscriber.Queue.Enqueue(output);
        }
    }

    bool TrySend(Subscriber subscriber, Output output)
    {
        if (_socket.TrySend(subscriber.Addressed(output)))
        {
            subscriber.Stalled.Reset();
            return true;
        }
        subscriber.Stalled.Start();
        return false;
    }

    void Forget(Subscriber subscriber)
    {
        while (subscriber.Queue.TryDequeue(out var output))
            Release(output);
    }

    void Release(Output output)
    {
        if (--output.Waits > 0)
            return;
        lock (_lock)
        {
            _pending -= output.Length;
            Monitor.PulseAll(_lock);
        }
    }

    public void Dispose()
    {
        _socket.Set(Zmq.Option.Linger, 1000);
        _socket.Dispose();
        _monitor.Dispose();
    }
}
