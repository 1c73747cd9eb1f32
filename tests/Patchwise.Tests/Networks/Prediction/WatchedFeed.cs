namespace Patchwise.Tests;

/// <summary>Counts what is read, and tells the number of each patch that is to be.</summary>
sealed class WatchedFeed : PatchFeed
{
    readonly PatchFeed _inner;
    readonly Action<int> _before;
    internal int Begun;

    internal WatchedFeed(PatchFeed inner, Action<int> before) : base(inner.Name, inner.Count, inner.Size) =>
        (_inner, _before, Sources) = (inner, before, inner.Sources);

    internal override Prediction At(int index) => _inner.At(index);
    internal override IEnumerable<(string, string)> Parameters() => _inner.Parameters();

    internal override string? Read(int index, Memory<byte> rgb)
    {
        Interlocked.Increment(ref Begun);
        _before(index);
        return _inner.Read(index, rgb);
    }
}
