namespace Patchwise;

/// <summary>
/// Something of a library that several threads use at once: it admits no one once it is disposed, and ends with the last use that was under way.
/// </summary>
sealed class InUse<T>(T value) : IDisposable where T : IDisposable
{
    readonly Lock _lock = new();
    int _uses = 1;
    bool _disposed;

    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    internal void Use(Action<T> use)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, value);
            _uses++;
        }
        try
        {
            use(value);
        }
        finally
        {
            Leave();
        }
    }

    void Leave()
    {
        lock (_lock)
            if (--_uses > 0)
                return;
        value.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
                return;
            _disposed = true;
        }
        Leave();
    }
}
