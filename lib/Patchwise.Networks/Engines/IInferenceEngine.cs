namespace Patchwise;

/// <summary>What runs a network. Safe to use from several threads at once; a run that is under way when it is disposed finishes first.</summary>
interface IInferenceEngine : IDisposable
{
    int Classes { get; }

    /// <summary>Length of the vector before the last layer; 0 where the network does not give it.</summary>
    int Features { get; }

    /// <summary>The size of the only patches it takes; null where any will do.</summary>
    PixelSize? PatchSize { get; }

    /// <summary>What runs it, where and in which precision, for people.</summary>
    string Place { get; }

    /// <summary>How many runs at once keep it busy.</summary>
    int Parallel { get; }

    /// <summary>Runs <paramref name="count"/> patches of <paramref name="size"/>, scaling them as the model's card says.</summary>
    /// <param name="rgb">count x height x width x 3 samples: each patch as an 8-bit RGB raster holds it.</param>
    /// <param name="logits">Takes count x <see cref="Classes"/> values.</param>
    /// <param name="features">Takes count x <see cref="Features"/> values; empty where they are not wanted.</param>
    /// <param name="stop">Ends the run at the network's next operation, where the engine can; others finish it.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended it.</exception>
    void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop = default);
}
