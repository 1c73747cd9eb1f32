namespace Patchwise;

/// <summary>Samples of 1, 2 or 4 bits, the first in the highest bits of a byte, as PNG and TIFF store them.</summary>
static class PackedSamples
{
    /// <summary>One sample a byte, not scaled; rows begin with a new byte. 8 bits are copied.</summary>
    internal static void Unpack(ReadOnlySpan<byte> row, int bits, Span<byte> samples)
    {
        if (bits == 8)
        {
            row[..samples.Length].CopyTo(samples);
            return;
        }
        var (perByte, mask) = (8 / bits, (1 << bits) - 1);
        for (var x = 0; x < samples.Length; x++)
            samples[x] = (byte)(row[x / perByte] >> (8 - bits - x % perByte * bits) & mask);
    }
}
