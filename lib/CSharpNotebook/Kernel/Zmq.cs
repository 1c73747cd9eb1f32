using System.Runtime.InteropServices;

namespace CSharpNotebook.Kernel;

/// <summary>libzmq: the sockets that Jupyter clients speak to. A socket is used by one thread at a time, whichever that is.</summary>
static unsafe partial class Zmq
{
    internal enum SocketType { Router = 6, XPub = 9 }

    internal enum Option
    {
        Linger = 17, MaxMessageSize = 22, SendHighWater = 23, IPv6 = 42, RouterHandover = 56, XPubNoDrop = 69, XPubVerboser = 78
    }

    /// <summary>Above this a message is no message: its frames are read and forgotten.</summary>
    const int MostFrames = 1000;

    const string Library = "zmq", Install = "install libzmq 4 (apt-get install libzmq5) and start again";
    const int DontWait = 1, SendMore = 2, ReceiveMore = 13;
    static readonly int Again = OperatingSystem.IsMacOS() ? 35 : 11, Interrupted = 4, InUse = OperatingSystem.IsMacOS() ? 48 : 98, Ended = 156384765;

    static Zmq() => NativeLibrary.SetDllImportResolver(typeof(Zmq).Assembly, static (name, _, _) =>
    {
        if (name != Library)
            return 0;
        foreach (var file in (string[])["libzmq.so.5", "libzmq.5.dylib", "libzmq.dll"])
            if (NativeLibrary.TryLoad(file, out var handle))
                return handle;
        throw new NotebookException($"the library libzmq.so.5 was not found on this system: {Install}");
    });

    internal sealed class Context : IDisposable
    {
        internal nint Handle { get; } = NotNull(zmq_ctx_new(), "its context could not be made");

        /// <summary>Nobody waits any more: those who receive get null.</summary>
        internal void End() => _ = zmq_ctx_shutdown(Handle);

        /// <summary>After its sockets; waits for what they still send, up to their linger time.</summary>
        public void Dispose()
        {
            while (zmq_ctx_term(Handle) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                continue;
        }
    }

    internal sealed class Socket : IDisposable
    {
        readonly nint _socket;
        readonly Lock _lock = new();
        bool _closed;

        internal Socket(Context context, SocketType type) => _socket = NotNull(zmq_socket(context.Handle, (int)type), $"a {type} socket could not be made");

        internal void Set(Option option, long value)
        {
            var small = (int)value;
            lock (_lock)
                Check(_closed ? 0 : option == Option.MaxMessageSize
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

        /// <summary>False when it would have to wait; then nothing was sent. What is sent at the end, or to a peer that has gone, falls.</summary>
        internal bool TrySend(IReadOnlyList<byte[]> frames)
        {
            lock (_lock)
                for (var i = 0; i < frames.Count && !_closed; i++)
                {
                    var (bytes, more) = (frames[i], i + 1 < frames.Count ? SendMore : 0);
                    int sent;
                    fixed (byte* start = bytes)
                        do
                            sent = zmq_send(_socket, start, (nuint)bytes.Length, DontWait | more);
                        while (sent < 0 && Marshal.GetLastPInvokeError() == Interrupted);
                    if (sent < 0 && Marshal.GetLastPInvokeError() == Again)
                        return false;
                    Check(sent, "a message could not be sent");
                }
            return true;
        }

        /// <summary>Null when there is none, or at the end.</summary>
        /// <param name="wait">Until there is one; others who want the socket wait with it.</param>
        internal byte[][]? Receive(bool wait = false)
        {
            List<byte[]> frames = [];
            lock (_lock)
                for (var more = true; more;)
                {
                    if (_closed || Frame(wait) is not { } frame)
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

        byte[]? Frame(bool wait)
        {
            var message = stackalloc long[8]; // zmq_msg_t: 64 bytes
            Check(zmq_msg_init(message), "a message could not be made");
            try
            {
                int size;
                do
                    size = zmq_msg_recv(message, _socket, wait ? 0 : DontWait);
                while (size < 0 && Marshal.GetLastPInvokeError() == Interrupted);
                if (size < 0 && (Marshal.GetLastPInvokeError() == Again || Marshal.GetLastPInvokeError() == Ended))
                    return null;
                Check(size, "a message could not be received");
                return new ReadOnlySpan<byte>(zmq_msg_data(message), size).ToArray();
            }
            finally
            {
                _ = zmq_msg_close(message);
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                if (!_closed)
                    _ = zmq_close(_socket);
                _closed = true;
            }
        }
    }

    static nint NotNull(nint handle, string what)
    {
        Check(handle == 0 ? -1 : 0, what);
        return handle;
    }

    static void Check(int result, string what)
    {
        if (result < 0 && Marshal.GetLastPInvokeError() != Ended)
            throw new NotebookException($"{what}: libzmq says {Marshal.PtrToStringUTF8(zmq_strerror(Marshal.GetLastPInvokeError()))}");
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint zmq_ctx_new();

    [LibraryImport(Library)]
    private static partial int zmq_ctx_shutdown(nint context);

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

    [LibraryImport(Library)]
    private static partial nint zmq_strerror(int error);
}
