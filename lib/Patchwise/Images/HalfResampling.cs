using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Patchwise;

/// <summary>
/// Exactly half the size in 8 bits, where linear and area are both the mean of 2 x 2 pixels, rounded half up: worth its own loop,
/// which runs at the speed of memory and makes every halving of a pyramid cheap.
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
        var (length, i) = (target.Length * 2, 0);
        ref var a = ref MemoryMarshal.GetReference(rows[..(2 * length)]);
        ref var b = ref Unsafe.Add(ref a, length);
        ref var to = ref MemoryMarshal.GetReference(target);

        // The two neighbours of each output sample are brought side by side: R G B R G B becomes R R G G B B.
        Span<byte> pairs = stackalloc byte[Vector512<byte>.Count];
        for (var k = 0; k < pairs.Length; k++)
            pairs[k] = (byte)(k / 2 / channels * 2 * channels + k / 2 % channels + k % 2 * channels);

        // Every step reads and writes whole vectors inside the rows; what it writes beyond its whole pixels the next one covers.
        if (Avx512Vbmi.IsSupported)
        {
            var (pair, step) = (Vector512.Create<byte>(pairs), Vector512<byte>.Count / (2 * channels) * channels);
            for (; i <= target.Length - Vector256<byte>.Count; i += step)
            {
                // The next two rows: without this the processor sees each row's start too late. A fifth faster; harmless past the end.
                Prefetch(ref Unsafe.Add(ref a, (nint)2 * (i + length)));
                Prefetch(ref Unsafe.Add(ref b, (nint)2 * (i + length)));
                var sum = PairSums(Vector512.ShuffleNative(Vector512.LoadUnsafe(ref a, (nuint)(2 * i)), pair))
                    + PairSums(Vector512.ShuffleNative(Vector512.LoadUnsafe(ref b, (nuint)(2 * i)), pair));
                Avx512BW.ConvertToVector256Byte(sum + Vector512.Create((ushort)2) >>> 2).StoreUnsafe(ref to, (nuint)i);
            }
        }
        if (Avx2.IsSupported)
        {
            // Two steps of 16 bytes at once, one in each half of a vector, as bytes are not moved from one half to the other.
            var step = Vector128<byte>.Count / (2 * channels) * channels;
            var pair = Vector256.Create(Vector128.Create<byte>(pairs), Vector128.Create<byte>(pairs));
            for (; i <= target.Length - Vector64<byte>.Count - step; i += 2 * step)
            {
                Prefetch(ref Unsafe.Add(ref a, (nint)2 * (i + length)));
                Prefetch(ref Unsafe.Add(ref b, (nint)2 * (i + length)));
                var sum = PairSums(Avx2.Shuffle(Two(ref a, 2 * i, 2 * step), pair)) + PairSums(Avx2.Shuffle(Two(ref b, 2 * i, 2 * step), pair));
                var means = sum + Vector256.Create((short)2) >>> 2;
                var bytes = Avx2.PackUnsignedSaturate(means, means).AsUInt64();
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i), bytes[0]);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i + step), bytes[2]);
            }
        }
        if (Vector128.IsHardwareAccelerated)
        {
            var (pair, step) = (Vector128.Create<byte>(pairs), Vector128<byte>.Count / (2 * channels) * channels);
            for (; i <= target.Length - Vector64<byte>.Count; i += step)
            {
                var sum = PairSums(Vector128.ShuffleNative(Vector128.LoadUnsafe(ref a, (nuint)(2 * i)), pair))
                    + PairSums(Vector128.ShuffleNative(Vector128.LoadUnsafe(ref b, (nuint)(2 * i)), pair));
                var means = sum + Vector128.Create((ushort)2) >>> 2;
                Vector128.Narrow(means, means).GetLower().StoreUnsafe(ref to, (nuint)i);
            }
        }
        for (; i < target.Length; i++)
        {
            var at = i / channels * 2 * channels + i % channels;
            target[i] = (byte)(rows[at] + rows[at + channels] + rows[length + at] + rows[length + at + channels] + 2 >> 2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ushort> PairSums(Vector512<byte> pairs) => (pairs.AsUInt16() & Vector512.Create((ushort)0xff)) + (pairs.AsUInt16() >>> 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<short> PairSums(Vector256<byte> pairs) => Avx2.MultiplyAddAdjacent(pairs, Vector256<sbyte>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> Two(ref byte from, int at, int further) => Vector256.Create(Vector128.LoadUnsafe(ref from, (nuint)at),
        Vector128.LoadUnsafe(ref from, (nuint)(at + further)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<ushort> PairSums(Vector128<byte> pairs) => (pairs.AsUInt16() & Vector128.Create((ushort)0xff)) + (pairs.AsUInt16() >>> 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe void Prefetch(ref byte at) => Sse.Prefetch1(Unsafe.AsPointer(ref at));
}
