namespace Patchwise;

/// <summary>
/// Something of a library that several threads use at once: it admits no one once it is disposed, and ends with the last use that was under way.
/// </summary>
sealed class InUse<T>(T value) : IDisposable where T : IDisposable
{
    readonly Lock _lock = new();
    int _uses = 1;
    bool _disposed;

    /// <summary>Lasts until it is disposed.</summary>
    internal readonly struct Use(InUse<T> of, T value) : IDisposable
    {
        internal T Value => value;

        public void Dispose() => of.Leave();
    }

    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    internal Use Take()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, value);
            _uses++;
            return new(this, value);
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
