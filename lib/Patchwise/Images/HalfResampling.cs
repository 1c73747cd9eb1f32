using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Patchwise;

/// <summary>
/// Exactly half the size in 8 bits, where linear and area are both the mean of 2 x 2 pixels, rounded half up: worth its own loop, which makes every halving of
/// a pyramid cheap.
/// </summary>
static class HalfResampling
{
    internal static bool Fits(Raster source, Raster target, ResizeMethod method) =>
        method is ResizeMethod.Linear or ResizeMethod.Area && source.Bits == 8 && source.Width == 2 * (long)target.Width
        && source.Height == 2 * (long)target.Height;

    internal static void Run(Raster source, Raster target, bool alone = false) =>
        Resampling.InBands(target.Height, source.Size.Area * source.Channels, alone, (y0, y1) =>
    {
        for (var y = y0; y < y1; y++)
            Row(source.Data.Slice(2 * y * source.Stride, 2 * source.Stride), target.Data.Slice(y * target.Stride, target.Stride), source.Channels);
    });

    /// <param name="rows">Two source rows, one behind the other.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Row(ReadOnlySpan<byte> rows, Span<byte> target, int channels)
    {
        var (length, i, step) = (target.Length * 2, 0, Vector128<byte>.Count / (2 * channels) * channels);
        ref var a = ref MemoryMarshal.GetReference(rows[..(2 * length)]);
        ref var to = ref MemoryMarshal.GetReference(target);

        // The two neighbours of each output sample are brought side by side: R G B R G B becomes R R G G B B.
        Span<byte> pairs = stackalloc byte[Vector128<byte>.Count];
        for (var k = 0; k < pairs.Length; k++)
            pairs[k] = (byte)(k / 2 / channels * 2 * channels + k / 2 % channels + k % 2 * channels);
        var pair = Vector128.Create<byte>(pairs);

        // Every step reads and writes whole vectors inside the rows; what it writes beyond its whole pixels the next one covers.
        for (; i <= target.Length - Vector64<byte>.Count; i += step)
        {
            var means = Sums(ref a, 2 * i, pair) + Sums(ref a, length + 2 * i, pair) + Vector128.Create((ushort)2) >>> 2;
            Vector128.Narrow(means, means).GetLower().StoreUnsafe(ref to, (nuint)i);
        }
        for (; i < target.Length; i++)
        {
            var at = i / channels * 2 * channels + i % channels;
            target[i] = (byte)(rows[at] + rows[at + channels] + rows[length + at] + rows[length + at + channels] + 2 >> 2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ushort> Sums(ref byte from, int at, Vector128<byte> pair)
    {
        var pairs = Vector128.ShuffleNative(Vector128.LoadUnsafe(ref from, (nuint)at), pair).AsUInt16();
        return (pairs & Vector128.Create((ushort)0xff)) + (pairs >>> 8);
    }
}
