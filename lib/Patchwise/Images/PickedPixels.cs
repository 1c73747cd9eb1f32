using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>An image made of pixels of another: pixel (x, y) is that of number rows[y] + columns[x].</summary>
static class PickedPixels
{
    internal static void Run(Raster from, Raster to, int[] rows, int[] columns, bool alone) =>
        Resampling.InBands(to.Height, to.Size.Area, alone, (y0, y1) =>
        {
            switch (from.Channels * from.Bits / 8)
            {
                case 1: Move<byte>(from, to, rows, columns, y0, y1); break;
                case 2: Move<ushort>(from, to, rows, columns, y0, y1); break;
                case 3: Move<Rgb8>(from, to, rows, columns, y0, y1); break;
                case 4: Move<uint>(from, to, rows, columns, y0, y1); break;
                case 6: Move<Rgb16>(from, to, rows, columns, y0, y1); break;
                default: Move<ulong>(from, to, rows, columns, y0, y1); break;
            }
        });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Move<TPixel>(Raster from, Raster to, int[] rows, int[] columns, int y0, int y1) where TPixel : unmanaged
    {
        ReadOnlySpan<TPixel> source = from.Samples<TPixel>();
        for (var y = y0; y < y1; y++)
        {
            var row = to.Samples<TPixel>().Slice(y * to.Width, columns.Length);
            for (var x = 0; x < row.Length; x++)
                row[x] = source[rows[y] + columns[x]];
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 3)]
    readonly struct Rgb8;

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 6)]
    readonly struct Rgb16;
}
