namespace Patchwise.Tests;

/// <summary>Counts what is read, and calls <paramref name="before"/> with the number of each patch that is to be.</summary>
sealed class WatchedFeed(PatchFeed inner, Action<int> before) : PatchFeed
{
    internal int Begun;
    internal override string Name => inner.Name;
    internal override int Count => inner.Count;
    internal override PixelSize Size => inner.Size;
    internal override IReadOnlyList<PredictionSource> Sources => inner.Sources;
    internal override Prediction At(int index) => inner.At(index);
    internal override IEnumerable<(string, string)> Parameters() => inner.Parameters();

    internal override string? Read(int index, Memory<byte> rgb)
    {
        Interlocked.Increment(ref Begun);
        before(index);
        return inner.Read(index, rgb);
    }
}
