using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Patchwise;

/// <summary>The inner loops of <see cref="Resampling"/>. T is byte or ushort.</summary>
static class ResamplingKernels
{
    /// <summary>
    /// Products summed before they join the total: with thousands of taps a single running sum would lose bits,
    /// and with thousands of rows each needs its turn in the cache.
    /// </summary>
    const int Group = 64;

    /// <summary>sum[i] = sum over k of weights[k] * rows[k * step + i]: one row out of weights.Length rows.</summary>
    internal static void Sum<T>(ReadOnlySpan<T> rows, int step, ReadOnlySpan<float> weights, Span<float> sum) where T : unmanaged
    {
        for (var k = 0; k < weights.Length; k += Group)
            SumGroup(rows[(k * step)..], step, weights[k..Math.Min(k + Group, weights.Length)], sum, k > 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SumGroup<T>(ReadOnlySpan<T> rows, int step, ReadOnlySpan<float> weights, Span<float> sum, bool more) where T : unmanaged
    {
        _ = rows[(weights.Length - 1) * step + sum.Length - 1]; // all that is read below lies inside
        ref var row0 = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(rows));
        ref var total = ref MemoryMarshal.GetReference(sum);
        ref var weight0 = ref MemoryMarshal.GetReference(weights);
        var (i, count, next) = (0, weights.Length, step * (nint)Unsafe.SizeOf<T>());
        if (Vector512.IsHardwareAccelerated)
            for (; i <= sum.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                ref var at = ref Unsafe.Add(ref row0, i * (nint)Unsafe.SizeOf<T>());
                var group = Vector512<float>.Zero;
                for (var k = 0; k < count; k++)
                {
                    group += Load512<T>(ref at) * Unsafe.Add(ref weight0, k);
                    at = ref Unsafe.Add(ref at, next);
                }
                (more ? Vector512.LoadUnsafe(ref total, (nuint)i) + group : group).StoreUnsafe(ref total, (nuint)i);
            }
        if (Vector256.IsHardwareAccelerated)
            for (; i <= sum.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                ref var at = ref Unsafe.Add(ref row0, i * (nint)Unsafe.SizeOf<T>());
                var group = Vector256<float>.Zero;
                for (var k = 0; k < count; k++)
                {
                    group += Load256<T>(ref at) * Unsafe.Add(ref weight0, k);
                    at = ref Unsafe.Add(ref at, next);
                }
                (more ? Vector256.LoadUnsafe(ref total, (nuint)i) + group : group).StoreUnsafe(ref total, (nuint)i);
            }
        for (; i < sum.Length; i++)
        {
            var group = 0f;
            for (var k = 0; k < count; k++)
                group += Load(rows, k * step + i) * weights[k];
            sum[i] = more ? sum[i] + group : group;
        }
    }

    /// <summary>
    /// The horizontal pass over one row: output pixel i, channel c, is the weighted sum of its taps. A pixel is one vector; what of it belongs to the next
    /// pixels is overwritten by them. Both rows have slack behind them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Spread(ReadOnlySpan<float> row, Span<float> output, ResampleTaps taps, int channels)
    {
        var first = taps.First;
        _ = row[(first[^1] + taps.Count) * channels]; // First never falls, so this is the furthest pixel
        _ = output[first.Length * channels];
        ref var from = ref MemoryMarshal.GetReference(row);
        ref var to = ref MemoryMarshal.GetReference(output);
        // Constants, so that the compiler lays out the loop over the taps for the common methods.
        switch (taps.Count, channels)
        {
            case (2, 3): Spread(ref from, ref to, first, taps.Weights, 2, 3); break;
            case (4, 3): Spread(ref from, ref to, first, taps.Weights, 4, 3); break;
            case (8, 3): Spread(ref from, ref to, first, taps.Weights, 8, 3); break;
            default: Spread(ref from, ref to, first, taps.Weights, taps.Count, channels); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Spread(ref float from, ref float to, int[] first, float[] weights, int count, int channels)
    {
        ref var weight = ref MemoryMarshal.GetArrayDataReference(weights);
        for (var i = 0; i < first.Length; i++)
        {
            ref var at = ref Unsafe.Add(ref from, first[i] * channels);
            var total = Weighted(ref at, ref weight, Math.Min(count, Group), channels);
            for (var k = Group; k < count; k += Group)
                total += Weighted(ref Unsafe.Add(ref at, k * channels), ref Unsafe.Add(ref weight, k), Math.Min(count - k, Group), channels);
            total.StoreUnsafe(ref to);
            to = ref Unsafe.Add(ref to, channels);
            weight = ref Unsafe.Add(ref weight, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Weighted(ref float at, ref float weight, int count, int channels)
    {
        var sum = Vector128.LoadUnsafe(ref at) * weight;
        if (count == 2)
            return sum + Tap(ref at, ref weight, 1, channels);
        if (count == 4)
            return sum + Tap(ref at, ref weight, 1, channels) + Tap(ref at, ref weight, 2, channels) + Tap(ref at, ref weight, 3, channels);
        if (count == 8)
            return sum + Tap(ref at, ref weight, 1, channels) + Tap(ref at, ref weight, 2, channels) + Tap(ref at, ref weight, 3, channels)
                + Tap(ref at, ref weight, 4, channels) + Tap(ref at, ref weight, 5, channels) + Tap(ref at, ref weight, 6, channels)
                + Tap(ref at, ref weight, 7, channels);
        for (var k = 1; k < count; k++)
            sum += Tap(ref at, ref weight, k, channels);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Tap(ref float at, ref float weight, int k, int channels) =>
        Vector128.LoadUnsafe(ref Unsafe.Add(ref at, k * channels)) * Unsafe.Add(ref weight, k);

    /// <summary>Rounds half up and cuts off what lies outside the range of T.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Round<T>(ReadOnlySpan<float> row, Span<T> target) where T : unmanaged
    {
        _ = row[target.Length - 1];
        ref var from = ref MemoryMarshal.GetReference(row);
        var top = typeof(T) == typeof(byte) ? 255f : 65535f;
        var i = 0;
        if (Avx512F.IsSupported)
            for (; i <= target.Length - 16; i += 16)
            {
                var values = Vector512.LoadUnsafe(ref from, (nuint)i) + Vector512.Create(0.5f);
                var whole = Vector512.ConvertToUInt32Native(Vector512.ClampNative(values, Vector512<float>.Zero, Vector512.Create(top)));
                if (typeof(T) == typeof(byte))
                    Avx512F.ConvertToVector128Byte(whole).StoreUnsafe(ref Unsafe.As<T, byte>(ref target[i]));
                else
                    Avx512F.ConvertToVector256UInt16(whole).StoreUnsafe(ref Unsafe.As<T, ushort>(ref target[i]));
            }
        else if (Avx2.IsSupported)
        {
            // What lies outside is cut off as the numbers are packed, of each half of the vectors by itself.
            for (; typeof(T) == typeof(byte) && i <= target.Length - 32; i += 32)
            {
                var (low, high) = (Packed(ref from, i), Packed(ref from, i + 16));
                Avx2.PermuteVar8x32(Avx2.PackUnsignedSaturate(low.AsInt16(), high.AsInt16()).AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsByte()
                    .StoreUnsafe(ref Unsafe.As<T, byte>(ref target[i]));
            }
            for (; typeof(T) == typeof(ushort) && i <= target.Length - 16; i += 16)
                Avx2.Permute4x64(Packed(ref from, i).AsUInt64(), 0b11_01_10_00).AsUInt16().StoreUnsafe(ref Unsafe.As<T, ushort>(ref target[i]));
        }
        for (; i <= target.Length - 8; i += 8)
        {
            var shorts = Vector128.Narrow(Round(ref from, i, top), Round(ref from, i + 4, top));
            if (typeof(T) == typeof(byte))
                Unsafe.WriteUnaligned(ref Unsafe.As<T, byte>(ref target[i]), Vector128.Narrow(shorts, shorts).AsUInt64()[0]);
            else
                shorts.StoreUnsafe(ref Unsafe.As<T, ushort>(ref target[i]));
        }
        for (; i < target.Length; i++)
        {
            var value = (int)Math.Clamp(row[i] + 0.5f, 0, top);
            target[i] = typeof(T) == typeof(byte) ? (T)(object)(byte)value : (T)(object)(ushort)value;
        }
    }

    /// <summary>Sixteen numbers, rounded and cut off at 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<ushort> Packed(ref float from, int at)
    {
        var half = Vector256.Create(0.5f);
        return Avx2.PackUnsignedSaturate(Vector256.ConvertToInt32Native(Vector256.LoadUnsafe(ref from, (nuint)at) + half),
            Vector256.ConvertToInt32Native(Vector256.LoadUnsafe(ref from, (nuint)at + 8) + half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<uint> Round(ref float from, int at, float top) =>
        Vector128.ConvertToInt32Native(Vector128.ClampNative(Vector128.LoadUnsafe(ref from, (nuint)at) + Vector128.Create(0.5f), Vector128<float>.Zero,
        Vector128.Create(top)))
            .AsUInt32();

    static float Load<T>(ReadOnlySpan<T> row, int at) =>
        typeof(T) == typeof(byte) ? (byte)(object)row[at]! : (ushort)(object)row[at]!;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Load256<T>(ref byte at)
    {
        if (typeof(T) == typeof(byte) && Avx2.IsSupported)
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref at)).AsByte()));
        var words = typeof(T) == typeof(byte)
            ? Vector128.WidenLower(Vector64.LoadUnsafe(ref at).ToVector128Unsafe())
            : Vector128.LoadUnsafe(ref at).AsUInt16();
        return Vector256.ConvertToSingle(Vector256.WidenLower(words.ToVector256Unsafe()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Load512<T>(ref byte at)
    {
        if (typeof(T) == typeof(byte) && Avx512F.IsSupported)
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.LoadUnsafe(ref at)));
        var words = typeof(T) == typeof(byte)
            ? Vector256.WidenLower(Vector128.LoadUnsafe(ref at).ToVector256Unsafe())
            : Vector256.LoadUnsafe(ref at).AsUInt16();
        return Vector512.ConvertToSingle(Vector512.WidenLower(words.ToVector512Unsafe()).AsInt32());
    }
}
