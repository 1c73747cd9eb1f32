namespace Patchwise;

/// <summary>
/// What a <see cref="SignalTest"/> takes the features of patches from: a network that stays as it is. Safe to use from several threads at once, and the same
/// features however many use it.
/// </summary>
public interface ISignalFeatures
{
    /// <summary>For people.</summary>
    string Name { get; }

    /// <summary>Changes whenever the features of the same patch would: of the weights, and of what is taken from them.</summary>
    string Digest { get; }

    /// <summary>Those of these sides in px that it takes; of a network that takes one side only, that side, whatever was asked.</summary>
    IReadOnlyList<int> Inputs(IReadOnlyList<int> asked);

    /// <summary>At an input side, the lengths of the parts that a vector of features consists of; each part counts alike, however long it is.</summary>
    IReadOnlyList<int> Parts(int input);

    /// <summary>For each patch its features, as long as the parts together.</summary>
    /// <param name="patches">8-bit RGB, squares of one of the sides that it takes, few enough to be done in a fraction of a second.</param>
    float[][] Of(IReadOnlyList<Raster> patches, CancellationToken cancel);

    /// <summary>Multiply-adds for one patch; null where they cannot be counted.</summary>
    long? MultiplyAdds(int input);
}
