using System.Globalization;

namespace Patchwise;

/// <summary>Random choices that are the same on every machine and for ever: objects are drawn in the order of the outputs of SplitMix64 (Steele, Lea and Flood 2014).</summary>
static class SeededOrder
{
    /// <summary>0 .. <paramref name="count"/> - 1 in an order that the seed decides; item i has the i-th output of the generator as its key.</summary>
    internal static int[] Of(int seed, int count)
    {
        if (seed < 0)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: expected 0 or more"));
        var keys = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            var z = (ulong)seed + (ulong)(i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            keys[i] = z ^ (z >> 31);
        }
        int[] order = [.. Enumerable.Range(0, count)];
        Array.Sort(keys, order);
        return order;
    }
}
