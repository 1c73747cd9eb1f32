using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Patchwise;

/// <summary>The inner loops of <see cref="Resampling"/>. T is byte, ushort or float.</summary>
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
        ref var row0 = ref MemoryMarshal.GetReference(rows);
        ref var total = ref MemoryMarshal.GetReference(sum);
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
            for (; i <= sum.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var group = Load512(ref row0, i) * weights[0];
                for (var k = 1; k < weights.Length; k++)
                    group += Load512(ref row0, k * step + i) * weights[k];
                (more ? Vector512.LoadUnsafe(ref total, (nuint)i) + group : group).StoreUnsafe(ref total, (nuint)i);
            }
        if (Vector256.IsHardwareAccelerated)
            for (; i <= sum.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                var group = Load256(ref row0, i) * weights[0];
                for (var k = 1; k < weights.Length; k++)
                    group += Load256(ref row0, k * step + i) * weights[k];
                (more ? Vector256.LoadUnsafe(ref total, (nuint)i) + group : group).StoreUnsafe(ref total, (nuint)i);
            }
        if (Vector128.IsHardwareAccelerated)
            for (; i <= sum.Length - Vector128<float>.Count; i += Vector128<float>.Count)
            {
                var group = Load128(ref row0, i) * weights[0];
                for (var k = 1; k < weights.Length; k++)
                    group += Load128(ref row0, k * step + i) * weights[k];
                (more ? Vector128.LoadUnsafe(ref total, (nuint)i) + group : group).StoreUnsafe(ref total, (nuint)i);
            }
        for (; i < sum.Length; i++)
        {
            var group = Load(ref row0, i) * weights[0];
            for (var k = 1; k < weights.Length; k++)
                group += Load(ref row0, k * step + i) * weights[k];
            sum[i] = more ? sum[i] + group : group;
        }
    }

    /// <summary>The horizontal pass over one row: output pixel i, channel c, is the weighted sum of its taps. Both rows have slack behind them.</summary>
    internal static void Spread(ReadOnlySpan<float> row, Span<float> output, ResampleTaps taps, int channels)
    {
        if (channels == 1)
            SpreadGrey(row, output, taps);
        else
            SpreadColour(row, output, taps, channels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SpreadGrey(ReadOnlySpan<float> row, Span<float> output, ResampleTaps taps)
    {
        var (count, weights) = (taps.Count, taps.Weights);
        for (var i = 0; i < taps.First.Length; i++)
        {
            var total = 0f;
            for (var k = 0; k < count; k += Group)
            {
                var group = 0f;
                for (var j = k; j < Math.Min(k + Group, count); j++)
                    group += row[taps.First[i] + j] * weights[i * count + j];
                total += group;
            }
            output[i] = total;
        }
    }

    /// <summary>A pixel is one vector; with three channels its last lane is the next pixel's and is overwritten by it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SpreadColour(ReadOnlySpan<float> row, Span<float> output, ResampleTaps taps, int channels)
    {
        var (count, first) = (taps.Count, taps.First);
        _ = row[(first[^1] + count) * channels]; // First never falls, so this is the furthest pixel
        _ = output[first.Length * channels];
        ref var pixels = ref MemoryMarshal.GetReference(row);
        ref var weight = ref MemoryMarshal.GetArrayDataReference(taps.Weights);
        for (var i = 0; i < first.Length; i++)
        {
            ref var from = ref Unsafe.Add(ref pixels, first[i] * channels);
            var total = Vector128<float>.Zero;
            for (var k = 0; k < count; k += Group)
            {
                var group = Vector128<float>.Zero;
                for (var j = k; j < Math.Min(k + Group, count); j++)
                    group += Vector128.LoadUnsafe(ref from, (nuint)(j * channels)) * Unsafe.Add(ref weight, i * count + j);
                total += group;
            }
            total.StoreUnsafe(ref MemoryMarshal.GetReference(output), (nuint)(i * channels));
        }
    }

    /// <summary>Rounds half up and cuts off what lies outside the range of T.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Round<T>(ReadOnlySpan<float> row, Span<T> target) where T : unmanaged
    {
        _ = row[target.Length - 1];
        ref var from = ref MemoryMarshal.GetReference(row);
        var top = typeof(T) == typeof(byte) ? 255f : 65535f;
        var i = 0;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<uint> Round(ref float from, int at, float top) =>
        Vector128.ConvertToInt32Native(Vector128.Clamp(Vector128.LoadUnsafe(ref from, (nuint)at) + Vector128.Create(0.5f), Vector128<float>.Zero, Vector128.Create(top)))
            .AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Load<T>(ref T row, int at)
    {
        if (typeof(T) == typeof(byte))
            return Unsafe.Add(ref Unsafe.As<T, byte>(ref row), at);
        if (typeof(T) == typeof(ushort))
            return Unsafe.Add(ref Unsafe.As<T, ushort>(ref row), at);
        return Unsafe.Add(ref Unsafe.As<T, float>(ref row), at);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Load128<T>(ref T row, int at)
    {
        if (typeof(T) == typeof(float))
            return Vector128.LoadUnsafe(ref Unsafe.As<T, float>(ref row), (nuint)at);
        var words = typeof(T) == typeof(byte)
            ? Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref Unsafe.As<T, byte>(ref row), at))).AsByte())
            : Vector64.LoadUnsafe(ref Unsafe.As<T, ushort>(ref row), (nuint)at).ToVector128Unsafe();
        return Vector128.ConvertToSingle(Vector128.WidenLower(words).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Load256<T>(ref T row, int at)
    {
        if (typeof(T) == typeof(float))
            return Vector256.LoadUnsafe(ref Unsafe.As<T, float>(ref row), (nuint)at);
        var words = typeof(T) == typeof(byte)
            ? Vector128.WidenLower(Vector64.LoadUnsafe(ref Unsafe.As<T, byte>(ref row), (nuint)at).ToVector128Unsafe())
            : Vector128.LoadUnsafe(ref Unsafe.As<T, ushort>(ref row), (nuint)at);
        return Vector256.ConvertToSingle(Vector256.WidenLower(words.ToVector256Unsafe()).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Load512<T>(ref T row, int at)
    {
        if (typeof(T) == typeof(float))
            return Vector512.LoadUnsafe(ref Unsafe.As<T, float>(ref row), (nuint)at);
        var words = typeof(T) == typeof(byte)
            ? Vector256.WidenLower(Vector128.LoadUnsafe(ref Unsafe.As<T, byte>(ref row), (nuint)at).ToVector256Unsafe())
            : Vector256.LoadUnsafe(ref Unsafe.As<T, ushort>(ref row), (nuint)at);
        return Vector512.ConvertToSingle(Vector512.WidenLower(words.ToVector512Unsafe()).AsInt32());
    }
}
