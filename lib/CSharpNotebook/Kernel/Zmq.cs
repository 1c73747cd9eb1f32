using System.Runtime.InteropServices;

namespace CSharpNotebook.Kernel;

/// <summary>libzmq: the sockets that Jupyter clients speak to. A socket belongs to the thread that uses it.</summary>
static unsafe partial class Zmq
{
    internal enum SocketType { Pair = 0, Router = 6, XPub = 9 }

    internal enum Option
    {
        Linger = 17, MaxMessageSize = 22, SendHighWater = 23, XPubVerbose = 40, IPv6 = 42, RouterHandover = 56, XPubNoDrop = 69
    }

    /// <summary>Above this a message is no message: its frames are read and forgotten.</summary>
    const int MostFrames = 1000;

    const string Library = "zmq", Install = "install libzmq 4 (apt-get install libzmq5) and start again";
    const int DontWait = 1, SendMore = 2, ReceiveMore = 13;
    const short PollIn = 1;
    static readonly int Again = OperatingSystem.IsMacOS() ? 35 : 11, Interrupted = 4, InUse = OperatingSystem.IsMacOS() ? 48 : 98;

    static Zmq() => NativeLibrary.SetDllImportResolver(typeof(Zmq).Assembly, static (name, _, _) =>
    {
        if (name != Library)
            return 0;
        foreach (var file in (string[])["libzmq.so.5", "libzmq.5.dylib", "libzmq.dll"])
            if (NativeLibrary.TryLoad(file, out var handle))
                return handle;
        throw new NotebookException($"the library libzmq.so.5 was not found on this system: {Install}");
    });

    /// <summary>To be disposed after its sockets; that waits for what they still send, up to their linger time.</summary>
    internal sealed class Context : IDisposable
    {
        internal nint Handle { get; } = NotNull(zmq_ctx_new(), "its context could not be made");

        public void Dispose()
        {
            while (zmq_ctx_term(Handle) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                continue;
        }
    }

    internal sealed class Socket : IDisposable
    {
        readonly nint _socket;

        internal Socket(Context context, SocketType type)
        {
            _socket = NotNull(zmq_socket(context.Handle, (int)type), $"a {type} socket could not be made");
            Set(Option.Linger, 0);
        }

        internal nint Handle => _socket;

        internal void Set(Option option, long value)
        {
            var small = (int)value;
            Check(option == Option.MaxMessageSize
                ? zmq_setsockopt(_socket, (int)option, &value, sizeof(long))
                : zmq_setsockopt(_socket, (int)option, &small, sizeof(int)), $"{option} could not be set");
        }

        /// <summary>False when another process has the place.</summary>
        internal bool TryBind(string endpoint)
        {
            var result = zmq_bind(_socket, endpoint);
            if (result < 0 && Marshal.GetLastPInvokeError() == InUse)
                return false;
            Check(result, $"{endpoint} cannot be listened on");
            return true;
        }

        internal void Connect(string endpoint) => Check(zmq_connect(_socket, endpoint), $"{endpoint} cannot be connected to");

        /// <summary>False when it would have to wait; then nothing was sent.</summary>
        internal bool TrySend(IReadOnlyList<byte[]> frames)
        {
            for (var i = 0; i < frames.Count; i++)
            {
                var (bytes, more) = (frames[i], i + 1 < frames.Count ? SendMore : 0);
                int sent;
                fixed (byte* start = bytes)
                    do
                        sent = zmq_send(_socket, start, (nuint)bytes.Length, DontWait | more);
                    while (sent < 0 && Marshal.GetLastPInvokeError() == Interrupted);
                // A peer that has gone is no fault of ours: a router lets its messages fall.
                if (sent < 0 && Marshal.GetLastPInvokeError() == Again)
                    return false;
                Check(sent, "a message could not be sent");
            }
            return true;
        }

        /// <summary>Null when there is none.</summary>
        internal byte[][]? TryReceive()
        {
            List<byte[]> frames = [];
            for (var more = true; more;)
            {
                if (Frame() is not { } frame)
                    return null;
                if (frames.Count <= MostFrames)
                    frames.Add(frame);
                int flag = 0;
                nuint size = sizeof(int);
                Check(zmq_getsockopt(_socket, ReceiveMore, &flag, &size), "the state of a socket could not be read");
                more = flag != 0;
            }
            return frames.Count > MostFrames ? [] : [.. frames];
        }

        byte[]? Frame()
        {
            var message = stackalloc long[8]; // zmq_msg_t: 64 bytes
            Check(zmq_msg_init(message), "a message could not be made");
            try
            {
                int size;
                do
                    size = zmq_msg_recv(message, _socket, DontWait);
                while (size < 0 && Marshal.GetLastPInvokeError() == Interrupted);
                if (size < 0 && Marshal.GetLastPInvokeError() == Again)
                    return null;
                Check(size, "a message could not be received");
                return new ReadOnlySpan<byte>(zmq_msg_data(message), size).ToArray();
            }
            finally
            {
                _ = zmq_msg_close(message);
            }
        }

        public void Dispose() => _ = zmq_close(_socket);
    }

    /// <summary>Waits until one of the sockets has something to read; which ones, is in the answer.</summary>
    /// <param name="milliseconds">The longest wait; -1 for no end.</param>
    internal static bool[] Poll(IReadOnlyList<Socket> sockets, int milliseconds)
    {
        var items = stackalloc PollItem[sockets.Count];
        for (var i = 0; i < sockets.Count; i++)
            items[i] = new() { Socket = sockets[i].Handle, Events = PollIn };
        int ready;
        do
            ready = zmq_poll(items, sockets.Count, milliseconds);
        while (ready < 0 && Marshal.GetLastPInvokeError() == Interrupted);
        Check(ready, "the sockets could not be waited for");
        var readable = new bool[sockets.Count];
        for (var i = 0; i < readable.Length; i++)
            readable[i] = (items[i].Returned & PollIn) != 0;
        return readable;
    }

    static nint NotNull(nint handle, string what)
    {
        Check(handle == 0 ? -1 : 0, what);
        return handle;
    }

    static void Check(int result, string what)
    {
        if (result < 0)
            throw new NotebookException($"{what}: libzmq says {Marshal.PtrToStringUTF8(zmq_strerror(Marshal.GetLastPInvokeError()))}");
    }

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    struct PollItem
    {
        [FieldOffset(0)] internal nint Socket;
        [FieldOffset(12)] internal short Events;
        [FieldOffset(14)] internal readonly short Returned;
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint zmq_ctx_new();

    [LibraryImport(Library, SetLastError = true)]
    private static partial int zmq_ctx_term(nint context);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint zmq_socket(nint context, int type);

    [LibraryImport(Library)]
    private static partial int zmq_close(nint socket);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int zmq_setsockopt(nint socket, int option, void* value, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int zmq_getsockopt(nint socket, int option, void* value, nuint* length);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int zmq_bind(nint socket, string endpoint);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int zmq_connect(nint socket, string endpoint);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int zmq_send(nint socket, byte* bytes, nuint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int zmq_msg_init(void* message);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int zmq_msg_recv(void* message, nint socket, int flags);

    [LibraryImport(Library)]
    private static partial void* zmq_msg_data(void* message);

    [LibraryImport(Library)]
    private static partial int zmq_msg_close(void* message);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int zmq_poll(PollItem* items, int count, long milliseconds);

    [LibraryImport(Library)]
    private static partial nint zmq_strerror(int error);
}
