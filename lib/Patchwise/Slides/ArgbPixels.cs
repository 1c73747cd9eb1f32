using System.Runtime.CompilerServices;

namespace Patchwise;

/// <summary>OpenSlide's pixels (0xAARRGGBB, colors multiplied with opacity) as rasters.</summary>
static class ArgbPixels
{
    /// <summary>
    /// RGB where all pixels are opaque, else RGBA whose colors are divided by their opacity, rounded down; white where there is none, so that no dark seam
    /// comes of resizing.
    /// </summary>
    internal static Raster ToRaster(ReadOnlySpan<uint> argb, PixelSize size)
    {
        if (argb.ContainsAnyInRange(0u, 0xFEFFFFFFu))
            return WithOpacity(argb, size);
        var raster = new Raster(size.Width, size.Height, 3, clear: false);
        Pack(argb, raster.Samples8);
        return raster;
    }

    // Compiled for speed at the first call, as one drawing or the first patches take a few hundred.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Pack(ReadOnlySpan<uint> argb, Span<byte> to)
    {
        for (var i = 0; i < argb.Length; i++, to = to[3..])
            (to[2], to[1], to[0]) = ((byte)argb[i], (byte)(argb[i] >> 8), (byte)(argb[i] >> 16));
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
