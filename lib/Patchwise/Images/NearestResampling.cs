using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>Nearest neighbour: output pixel i is source pixel floor(i * scale), the scale rounded as OpenCV rounds it.</summary>
static class NearestResampling
{
    internal static void Run(Raster source, Raster target, bool alone = false)
    {
        var pixel = source.Channels * (source.Bits / 8);
        var (xs, ys) = (Positions(source.Width, target.Width, pixel), Positions(source.Height, target.Height, 1));
        Resampling.InBands(target.Height, target.Size.Area, alone, (y0, y1) =>
        {
            for (var y = y0; y < y1; y++)
            {
                var row = target.Data.Slice(y * target.Stride, target.Stride);
                if (y > y0 && ys[y] == ys[y - 1])
                    target.Data.Slice((y - 1) * target.Stride, target.Stride).CopyTo(row);
                else
                    Row(source.Data.Slice(ys[y] * source.Stride, source.Stride), row, xs, pixel);
            }
        });
    }

    static int[] Positions(int from, int to, int step)
    {
        var positions = new int[to];
        var scale = 1 / ((double)to / from);
        for (var i = 0; i < to; i++)
            positions[i] = Math.Min((int)(i * scale), from - 1) * step;
        return positions;
    }

    static void Row(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<int> xs, int pixel)
    {
        switch (pixel)
        {
            case 1: Move<byte>(source, target, xs, 1); break;
            case 2: Move<ushort>(source, target, xs, 2); break;
            case 3: Move<uint>(source, target, xs, 3); break;
            case 4: Move<uint>(source, target, xs, 4); break;
            case 6: Move<ulong>(source, target, xs, 6); break;
            default: Move<ulong>(source, target, xs, 8); break;
        }
    }

    /// <summary>
    /// Moves a pixel as one word. A word longer than the pixel carries bytes of its neighbour, which the next write covers;
    /// at the end of a row, where no room is left for them, the bytes go one by one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Move<TWord>(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<int> xs, int pixel) where TWord : unmanaged
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..(xs.Length * pixel)]);
        var words = xs.Length;
        while (words > 0 && (words * pixel - pixel + Unsafe.SizeOf<TWord>() > target.Length || xs[words - 1] + Unsafe.SizeOf<TWord>() > source.Length))
            words--;
        for (var i = 0; i < words; i++)
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i * pixel), Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, xs[i])));
        for (var i = words; i < xs.Length; i++)
            source.Slice(xs[i], pixel).CopyTo(target[(i * pixel)..]);
    }
}
