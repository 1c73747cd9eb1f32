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
        Resampling.InBands(to.Height, to.Size.Area, alone, (y0, y1) =>
        {
            for (var y = y0; y < y1; y++)
            {
                var first = rows[y] * pixel;
                var row = to.Data.Slice(y * to.Stride, to.Stride);
                switch (pixel)
                {
                    case 1: Move<byte>(from.Data, row, first, offsets, pixel); break;
                    case 2: Move<ushort>(from.Data, row, first, offsets, pixel); break;
                    case <= 4: Move<uint>(from.Data, row, first, offsets, pixel); break;
                    default: Move<ulong>(from.Data, row, first, offsets, pixel); break;
                }
            }
        });
    }

    /// <summary>
    /// Moves a pixel as one word. A word longer than the pixel carries bytes of its neighbour, which the next write covers; where there is no room for them,
    /// at the end of the row and of the source, the bytes go one by one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Move<TWord>(ReadOnlySpan<byte> source, Span<byte> row, int first, ReadOnlySpan<int> offsets, int pixel) where TWord : unmanaged
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(row[..(offsets.Length * pixel)]);
        var (last, room) = (source.Length - Unsafe.SizeOf<TWord>(), row.Length - Unsafe.SizeOf<TWord>());
        for (int x = 0, place = 0; x < offsets.Length; x++, place += pixel)
        {
            var at = first + offsets[x];
            if (at <= last && place <= room)
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, place), Unsafe.ReadUnaligned<TWord>(ref Unsafe.Add(ref from, at)));
            else
                source.Slice(at, pixel).CopyTo(row[place..]);
        }
    }
}
