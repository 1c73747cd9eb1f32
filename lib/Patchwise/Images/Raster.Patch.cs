namespace Patchwise;

public sealed partial class Raster
{
    /// <summary>
    /// Fills <paramref name="rgb"/> with the 8-bit RGB samples of an image of <paramref name="size"/>, straight from the decoder where the file holds such samples.
    /// Grey becomes color, opacity is laid over white.
    /// </summary>
    /// <returns>Null, or the image's size where it is another: nothing was written then.</returns>
    /// <exception cref="BadInputException">As for <see cref="Load"/>.</exception>
    internal static PixelSize? LoadPatch(string path, PixelSize size, Memory<byte> rgb) => WithFile(path,
        file => FileKind.Of(file, path) == ImageFormat.Png ? PngFile.DecodePatch(file, path, size, rgb.Span) : JpegFile.DecodePatch(file, path, size, rgb.Span),
        stream => TiffFile.Decode(stream, path, DefaultPixelLimit).CopyPatch(size, rgb.Span));

    /// <summary>As <see cref="LoadPatch"/>, from these pixels.</summary>
    internal PixelSize? CopyPatch(PixelSize size, Span<byte> rgb)
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
        ReadOnlySpan<byte> from = Samples8;
        var to = flat.Samples8;
        for (; !to.IsEmpty; from = from[4..], to = to[3..])
            for (var c = 0; c < 3; c++)
                to[c] = (byte)((from[c] * from[3] + 255 * (255 - from[3]) + 127) / 255);
        return flat;
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
