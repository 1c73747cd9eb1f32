using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Patchwise;

/// <summary>OpenSlide's pixels (0xAARRGGBB, colors multiplied with opacity) as rasters.</summary>
static class ArgbPixels
{
    /// <summary>
    /// RGB where all pixels are opaque, else RGBA whose colors are divided by their opacity, rounded down; white where there is none, so that no dark seam
    /// comes of resizing.
    /// </summary>
    internal static Raster ToRaster(ReadOnlySpan<uint> argb, PixelSize size, Raster? reuse = null)
    {
        if (!AreOpaque(argb))
            return WithOpacity(argb, size);
        var raster = SlideSource.Fresh(size, reuse);
        Pack(argb, raster.Samples8);
        return raster;
    }

    // Here and below: compiled for speed at the first call, as one drawing or the first patches take a few hundred.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Pack(ReadOnlySpan<uint> argb, Span<byte> to)
    {
        var i = 0;
        if (BitConverter.IsLittleEndian && Vector128.IsHardwareAccelerated)
        {
            // Bytes B G R A of four pixels become R G B; the four bytes behind are overwritten by the next step.
            var order = Vector128.Create((byte)2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 3, 3, 3);
            for (; i + 8 <= argb.Length; i += 4)
                Vector128.Shuffle(Vector128.Create<uint>(argb[i..]).AsByte(), order).CopyTo(to[(3 * i)..]);
        }
        for (; i < argb.Length; i++)
            (to[3 * i], to[3 * i + 1], to[3 * i + 2]) = ((byte)(argb[i] >> 16), (byte)(argb[i] >> 8), (byte)argb[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static bool AreOpaque(ReadOnlySpan<uint> argb)
    {
        var (all, i) = (Vector256<uint>.AllBitsSet, 0);
        for (; i + Vector256<uint>.Count <= argb.Length; i += Vector256<uint>.Count)
            all &= Vector256.Create<uint>(argb[i..]);
        var common = uint.MaxValue;
        for (var lane = 0; lane < Vector256<uint>.Count; lane++)
            common &= all[lane];
        for (; i < argb.Length; i++)
            common &= argb[i];
        return common >= 0xFF000000;
    }

    static Raster WithOpacity(ReadOnlySpan<uint> argb, PixelSize size)
    {
        var raster = new Raster(size.Width, size.Height, 4, clear: false);
        var to = raster.Samples8;
        for (var i = 0; i < argb.Length; i++, to = to[4..])
        {
            var opacity = argb[i] >> 24;
            for (var c = 0; c < 3; c++)
                to[c] = opacity == 0 ? (byte)255 : (byte)Math.Min(255, (argb[i] >> (16 - 8 * c) & 0xFF) * 255 / opacity);
            to[3] = (byte)opacity;
        }
        return raster;
    }
}
