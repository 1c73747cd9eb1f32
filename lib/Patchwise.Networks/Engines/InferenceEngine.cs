namespace Patchwise;

/// <summary>What runs a network. Safe to use from several threads at once; a run that is under way when it is disposed finishes first.</summary>
/// <param name="name">Of the model in messages.</param>
abstract class InferenceEngine(string name) : IDisposable
{
    readonly Lock _lock = new();
    int _uses = 1;
    bool _disposed;

    protected string Name => name;

    /// <summary>Values that the network gives for a patch.</summary>
    internal int Classes { get; private protected set; }

    /// <summary>Length of the vector before the last layer; 0 where the network does not give it.</summary>
    internal int Features { get; private protected set; }

    /// <summary>The size of the only patches it takes; null where any will do.</summary>
    internal PixelSize? PatchSize { get; private protected set; }

    /// <summary>What runs it, where and in which precision, for people.</summary>
    internal abstract string Place { get; }

    /// <summary>How many runs at once keep it busy.</summary>
    internal virtual int Parallel => 1;

    /// <summary>Runs <paramref name="count"/> patches of <paramref name="size"/>, scaling them as the model's card says.</summary>
    /// <param name="rgb">count x height x width x 3 samples: each patch as an 8-bit RGB raster holds it.</param>
    /// <param name="logits">Takes count x <see cref="Classes"/> values.</param>
    /// <param name="features">Takes count x <see cref="Features"/> values; empty where they are not wanted.</param>
    /// <param name="stop">Ends the run at the network's next operation, where the engine can; others finish it.</param>
    internal abstract void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default);

    /// <summary>Of a run: samples or values a patch.</summary>
    protected int Checked(int values, int count, PixelSize size, int logits, int features)
    {
        if (PatchSize is { } expected && expected != size)
            throw new BadInputException($"patches of {size} px for {name}: it takes patches of {expected} px only");
        var patch = checked(3 * size.Width * size.Height);
        return count >= 0 && values == (long)count * patch && logits == (long)count * Classes && (features == 0 || features == (long)count * Features) ? patch
            : throw new ArgumentException($"{values} values, {logits} logits and {features} features do not match {count} patches of {size} px");
    }

    protected void Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _uses++;
        }
    }

    protected void Leave()
    {
        lock (_lock)
            if (--_uses > 0)
                return;
        Free();
    }

    protected abstract void Free();

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
