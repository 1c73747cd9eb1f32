namespace Patchwise;

/// <summary>
/// Random choices that are the same on every machine and for ever: objects are drawn in the order of the outputs of <see cref="SplitMix64"/>.
/// </summary>
public static class SeededOrder
{
    /// <summary>0 .. <paramref name="count"/> - 1 in an order that the seed decides; item i has the i-th output of the generator as its key.</summary>
    public static int[] Of(int seed, int count)
    {
        var random = new SplitMix64(SplitMix64.Checked(seed));
        var keys = new ulong[count];
        foreach (ref var key in keys.AsSpan())
            key = random.Next();
        int[] order = [.. Enumerable.Range(0, count)];
        Array.Sort(keys, order);
        return order;
    }
}
