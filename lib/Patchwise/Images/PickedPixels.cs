using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>An image made of pixels of another: pixel (x, y) is that of number rows[y] + columns[x].</summary>
static class PickedPixels
{
    internal static void Run(Raster from, Raster to, int[] rows, int[] columns, bool alone)
    {
        var pixel = from.Channels * from.Bits / 8;
        int[] offsets = [.. columns.Select(column => column * pixel)];
        var reach = offsets.Max();
        Resampling.InBands(to.Height, to.Size.Area, alone, (y0, y1) =>
        {
            for (var y = y0; y < y1; y++)
            {
                var first = rows[y] * pixel;
                var row = to.Data.Slice(y * to.Stride, to.Stride);
                switch (pixel)
                {
                    case 1: Move<byte>(from.Data, row, first, offsets, reach, pixel); break;
                    case 2: Move<ushort>(from.Data, row, first, offsets, reach, pixel); break;
                    case <= 4: Move<uint>(from.Data, row, first, offsets, reach, pixel); break;
                    default: Move<ulong>(from.Data, row, first, offsets, reach, pixel); break;
                }
            }
        });
    }

    /// <summary>
    /// Moves a pixel as one word. A word longer than the pixel carries bytes of its neighbour, which the next write covers; where there is no room for them,
    /// at the end of the row and in the last row of the source, the bytes go one by one.
    /// </summary>
    /// <param name="reach">The largest of the offsets.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Move<TWord>(ReadOnlySpan<byte> source, Span<byte> row, int first, ReadOnlySpan<int> offsets, int reach, int pixel) where TWord : unmanaged
    {
        ref var from = ref MemoryMarshal.GetReference(source[first..]);
        ref var to = ref MemoryMarshal.GetReference(row[..(offsets.Length * pixel)]);
        var words = first + reach + Unsafe.SizeOf<TWord>() > source.Length ? 0
            : Math.Min(offsets.Length, (row.Length - Unsafe.SizeOf<TWord>()) / pixel + 1);
        ref var offset = ref MemoryMarshal.GetReference(offsets);
        var x = 0;
        for (; x < words - 3; x += 4)
        {
            ref var place = ref Unsafe.Add(ref to, x * pixel);
            Unsafe.WriteUnaligned(ref place, Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, Unsafe.Add(ref offset, x))));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref place, pixel), Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, Unsafe.Add(ref offset, x + 1))));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref place, 2 * pixel), Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, Unsafe.Add(ref offset, x + 2))));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref place, 3 * pixel), Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, Unsafe.Add(ref offset, x + 3))));
        }
        for (; x < offsets.Length; x++)
            source.Slice(first + offsets[x], pixel).CopyTo(row[(x * pixel)..]);
    }
}
