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

/// <summary>
/// Random numbers that are the same on every machine and for ever: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
/// </summary>
struct SplitMix64(ulong state)
{
    ulong _state = state;

    internal ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 .. <paramref name="count"/> - 1: the upper half of the product, whose bias of count / 2^64 no one can measure (Lemire 2019).</summary>
    internal int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    internal static ulong Checked(int seed) => seed >= 0 ? (ulong)seed
        : throw new BadInputException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"seed {seed}: expected 0 or more"));
}
