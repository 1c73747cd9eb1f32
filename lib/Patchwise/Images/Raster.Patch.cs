using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Patchwise;

public sealed partial class Raster
{
    /// <summary>
    /// Fills <paramref name="rgb"/> with the 8-bit RGB samples of an image of <paramref name="size"/>, straight from the decoder where the file holds such
    /// samples. Grey becomes color, opacity is laid over white.
    /// </summary>
    /// <returns>Null, or the image's size where it is another: nothing was written then.</returns>
    /// <exception cref="BadInputException">As for <see cref="Load(string, long, int?, int?)"/>.</exception>
    public static PixelSize? LoadPatch(string path, PixelSize size, Memory<byte> rgb) => WithFile(path, false, (file, format) => format switch
    {
        ImageFormat.Png => PngFile.DecodePatch(file, path, size, rgb.Span),
        ImageFormat.Jpeg => JpegFile.DecodePatch(file, path, size, rgb.Span),
        _ => Decode(file, format, path, new(DefaultPixelLimit)).CopyPatch(size, rgb.Span),
    }, format => DecodeAt(path, format, path, new(DefaultPixelLimit)).CopyPatch(size, rgb.Span));

    /// <summary>As <see cref="LoadPatch"/>, from these pixels.</summary>
    public PixelSize? CopyPatch(PixelSize size, Span<byte> rgb)
    {
        if (Size != size)
            return Size;
        OnWhite().Data.CopyTo(rgb);
        return null;
    }

    /// <summary>8-bit RGB. Opacity is laid over white before anything is resized: what shows through would leave a seam after it.</summary>
    internal Raster OnWhite() => To8Bit().InColor().Flat();

    /// <summary>RGBA over white; an RGB raster as it is.</summary>
    internal Raster Flat()
    {
        if (Channels != 4)
            return this;
        var flat = new Raster(Width, Height, 3, clear: false) { Mpp = Mpp };
        Flatten(Samples8, flat.Samples8);
        return flat;
    }

    // Compiled for speed at the first call, as the images of one set take a few hundred.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Flatten(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 3, 3, 3);
        var opacity = Vector128.Create(BitConverter.IsLittleEndian ? 0xFF000000u : 0xFFu).AsByte();
        while (!rgb.IsEmpty)
        {
            // Four opaque pixels at once; the four bytes behind them are overwritten by the next step.
            if (rgb.Length >= 16 && Vector128.Create(rgba) is var four && (four & opacity) == opacity)
            {
                Vector128.Shuffle(four, order).CopyTo(rgb);
                rgba = rgba[16..];
                rgb = rgb[12..];
                continue;
            }
            for (var c = 0; c < 3; c++)
                rgb[c] = (byte)((rgba[c] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
            rgba = rgba[4..];
            rgb = rgb[3..];
        }
    }

    /// <summary>Grey as RGB; itself where it has color already.</summary>
    Raster InColor()
    {
        if (Channels > 1)
            return this;
        var color = new Raster(Width, Height, 3, clear: false) { Mpp = Mpp };
        var from = Samples8;
        var to = color.Samples8;
        for (var i = 0; i < from.Length; i++)
            to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
        return color;
    }
}
