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
        method is ResizeMethod.Linear or ResizeMethod.Area && source.Bits == 8 && source.Width == 2 * (long)target.Width && source.Height == 2 * (long)target.Height;

    internal static void Run(Raster source, Raster target) => Resampling.InBands(target.Height, source.Size.Area * source.Channels, (y0, y1) =>
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

        // A mean is made at every source byte; those of the left pixels of each pair are the result and are moved together.
        Span<byte> picks = stackalloc byte[Vector512<byte>.Count];
        for (var k = 0; k < picks.Length; k++)
            picks[k] = (byte)(k / channels * 2 * channels + k % channels);

        // The last pair of a vector needs the vector's bytes only up to its left pixel: with 3 channels 11 pairs fit into 64 bytes.
        if (Avx512Vbmi.IsSupported)
        {
            var (pick, whole) = (Vector512.Create<byte>(picks), (Vector512<byte>.Count + channels) / (2 * channels) * channels);
            for (; i <= target.Length - Vector512<byte>.Count && 2 * i <= length - Vector512<byte>.Count - channels; i += whole)
            {
                var (even, odd) = (Vector512.Create((ushort)2), Vector512.Create((ushort)2));
                Add(ref Unsafe.Add(ref a, 2 * i), ref even, ref odd);
                Add(ref Unsafe.Add(ref a, 2 * i + channels), ref even, ref odd);
                Add(ref Unsafe.Add(ref b, 2 * i), ref even, ref odd);
                Add(ref Unsafe.Add(ref b, 2 * i + channels), ref even, ref odd);
                Vector512.ShuffleNative((even >>> 2 | odd >>> 2 << 8).AsByte(), pick).StoreUnsafe(ref to, (nuint)i);
            }
        }
        if (Vector128.IsHardwareAccelerated)
        {
            var (pick, whole) = (Vector128.Create<byte>(picks), (Vector128<byte>.Count + channels) / (2 * channels) * channels);
            for (; i <= target.Length - Vector128<byte>.Count && 2 * i <= length - Vector128<byte>.Count - channels; i += whole)
            {
                var (even, odd) = (Vector128.Create((ushort)2), Vector128.Create((ushort)2));
                Add128(ref Unsafe.Add(ref a, 2 * i), ref even, ref odd);
                Add128(ref Unsafe.Add(ref a, 2 * i + channels), ref even, ref odd);
                Add128(ref Unsafe.Add(ref b, 2 * i), ref even, ref odd);
                Add128(ref Unsafe.Add(ref b, 2 * i + channels), ref even, ref odd);
                Vector128.ShuffleNative((even >>> 2 | odd >>> 2 << 8).AsByte(), pick).StoreUnsafe(ref to, (nuint)i);
            }
        }
        for (; i < target.Length; i++)
        {
            var at = i / channels * 2 * channels + i % channels;
            target[i] = (byte)(rows[at] + rows[at + channels] + rows[length + at] + rows[length + at + channels] + 2 >> 2);
        }
    }

    /// <summary>Bytes at even and at odd places are summed apart, each in 16 bits: no widening, no change of order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(ref byte at, ref Vector512<ushort> even, ref Vector512<ushort> odd)
    {
        var bytes = Vector512.LoadUnsafe(ref at).AsUInt16();
        even += bytes & Vector512.Create((ushort)0xff);
        odd += bytes >>> 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add128(ref byte at, ref Vector128<ushort> even, ref Vector128<ushort> odd)
    {
        var bytes = Vector128.LoadUnsafe(ref at).AsUInt16();
        even += bytes & Vector128.Create((ushort)0xff);
        odd += bytes >>> 8;
    }
}
