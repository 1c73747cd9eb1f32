using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>Nearest neighbour: output pixel i is source pixel floor(i * scale), the scale rounded as OpenCV rounds it.</summary>
static class NearestResampling
{
    internal static void Run(Raster source, Raster target)
    {
        var pixel = source.Channels * (source.Bits / 8);
        var (xs, ys) = (Positions(source.Width, target.Width, pixel), Positions(source.Height, target.Height, 1));
        Resampling.InBands(target.Height, target.Size.Area, (y0, y1) =>
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
            case 1: Pick<byte>(source, target, xs); break;
            case 2: Pick<ushort>(source, target, xs); break;
            case 3: Pick<Three<byte>>(source, target, xs); break;
            case 4: Pick<uint>(source, target, xs); break;
            case 6: Pick<Three<ushort>>(source, target, xs); break;
            default: Pick<ulong>(source, target, xs); break;
        }
    }

    static void Pick<TPixel>(ReadOnlySpan<byte> source, Span<byte> target, ReadOnlySpan<int> xs) where TPixel : unmanaged
    {
        var pixels = MemoryMarshal.Cast<byte, TPixel>(target);
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = Unsafe.ReadUnaligned<TPixel>(ref Unsafe.AsRef(in source[xs[i]]));
    }

#pragma warning disable CS0649, CS0169, IDE0051 // only a size in memory
    struct Three<T> where T : unmanaged
    {
        T _a, _b, _c;
    }
#pragma warning restore CS0649, CS0169, IDE0051
}
