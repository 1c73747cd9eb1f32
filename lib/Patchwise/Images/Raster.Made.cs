using System.Runtime.CompilerServices;

namespace Patchwise;

/// <remarks>Images made of an image.</remarks>
public sealed partial class Raster
{
    /// <summary>
    /// A copy of the pixels in <paramref name="box"/>; those of the box outside the image, even all of them, take <paramref name="fill"/>
    /// in every channel (0 black, 255 full scale, whatever the bits).
    /// </summary>
    /// <exception cref="BadInputException">The box is empty, or does not fit in memory.</exception>
    public Raster Crop(Box box, byte fill = 0)
    {
        if (box.IsEmpty)
            throw new BadInputException($"crop to {box}: expected a box of at least one pixel each way");
        if ((long)box.X1 - box.X0 > int.MaxValue || (long)box.Y1 - box.Y0 > int.MaxValue)
            throw new BadInputException($"crop to {box}: expected sides of at most {int.MaxValue} px");
        var (result, inside) = (new Raster(box.Width, box.Height, Channels, Bits, clear: false) { Mpp = Mpp }, box.Intersect(Bounds));
        // 255 in both bytes of a 16-bit sample is full scale, as 255 is of an 8-bit one.
        if (inside != box)
            result.Data.Fill(fill);
        var pixel = Channels * (Bits / 8);
        for (var y = inside.Y0; y < inside.Y1 && !inside.IsEmpty; y++)
            Data.Slice(y * Stride + inside.X0 * pixel, inside.Width * pixel)
                .CopyTo(result.Data[((y - box.Y0) * result.Stride + (inside.X0 - box.X0) * pixel)..]);
        return result;
    }

    /// <summary>
    /// A new image of <paramref name="size"/>, the old one stretched over it; the edges of both coincide, pixels beyond the edge repeat it.
    /// Equal to OpenCV's <c>resize</c>: nearest exactly, the others up to rounding. Channels and bits stay, <see cref="Mpp"/> follows the scale.
    /// Runs on all cores.
    /// </summary>
    /// <exception cref="BadInputException">A side below 1 px, or a result that does not fit in memory.</exception>
    public Raster Resize(PixelSize size, ResizeMethod method) => Resize(size, method, alone: false);

    /// <param name="alone">On this thread, as others resize at the same time.</param>
    internal Raster Resize(PixelSize size, ResizeMethod method, bool alone)
    {
        if (size.Width < 1 || size.Height < 1)
            throw new BadInputException($"resize to {size} px: expected at least one pixel each way");
        method.Check();
        _ = Bytes; // a disposed image says so here, and not from several threads
        var result = new Raster(size.Width, size.Height, Channels, Bits, clear: false)
        {
            Mpp = Mpp is { } mpp ? new Mpp(mpp.X * Width / size.Width, mpp.Y * Height / size.Height) : null,
        };
        if (size == Size)
            Data.CopyTo(result.Data);
        else if (method == ResizeMethod.Nearest)
            PickedPixels.Run(this, result, Nearest(Height, size.Height, Width), Nearest(Width, size.Width, 1), alone);
        else if (HalfResampling.Fits(this, result, method))
            HalfResampling.Run(this, result, alone);
        else
            Resampling.Run(this, result, method, alone);
        return result;
    }

    /// <summary>Of pixel i the source's floor(i * scale), the scale rounded as OpenCV rounds it.</summary>
    static int[] Nearest(int from, int to, int step)
    {
        var scale = 1 / ((double)to / from);
        return [.. Enumerable.Range(0, to).Select(i => Math.Min((int)(i * scale), from - 1) * step)];
    }

    /// <summary>
    /// The image with 8 bits a sample: 16-bit samples are divided by 257 and rounded, so that 65535 becomes 255. Itself where it has 8 already.
    /// </summary>
    public Raster To8Bit()
    {
        if (Bits == 8)
            return this;
        var narrow = new Raster(Width, Height, Channels) { Mpp = Mpp };
        var from = Samples16;
        var to = narrow.Samples8;
        for (var i = 0; i < to.Length; i++)
            to[i] = (byte)((from[i] + 128) / 257);
        return narrow;
    }

    /// <summary>One channel as a grey image: of a mask saved as RGB the first, of RGBA the last is the opacity. Itself where it has one channel only.</summary>
    public Raster Channel(int channel)
    {
        if ((uint)channel >= (uint)Channels)
            throw new BadInputException($"channel {channel} of an image with {Channels}: expected 0 to {Channels - 1}");
        if (Channels == 1)
            return this;
        var single = new Raster(Width, Height, 1, Bits) { Mpp = Mpp, Lossy = Lossy, Remark = Remark };
        if (Bits == 8)
            Pick(Samples8, single.Samples8, channel, Channels);
        else
            Pick(Samples16, single.Samples16, channel, Channels);
        return single;
    }

    static void Pick<T>(ReadOnlySpan<T> from, Span<T> to, int channel, int channels)
    {
        for (int i = 0, at = channel; i < to.Length; i++, at += channels)
            to[i] = from[at];
    }

    /// <summary>
    /// Fills <paramref name="rgb"/> with the 8-bit RGB samples of an image of <paramref name="size"/>. Grey becomes color, opacity is laid over white.
    /// </summary>
    /// <returns>Null, or the image's size where it is another: nothing was written then.</returns>
    public PixelSize? CopyPatch(PixelSize size, Span<byte> rgb)
    {
        if (Size != size)
            return Size;
        OnWhite().Data.CopyTo(rgb);
        return null;
    }

    /// <summary>8-bit RGB. Opacity is laid over white before anything is resized: what shows through would leave a seam after it.</summary>
    internal Raster OnWhite()
    {
        if (Bits > 8)
            return To8Bit().OnWhite();
        if (Channels == 3)
            return this;
        var color = new Raster(Width, Height, 3, clear: false) { Mpp = Mpp };
        ReadOnlySpan<byte> from = Samples8;
        var to = color.Samples8;
        if (Channels == 4)
            Flatten(from, to);
        else
            for (var i = 0; i < from.Length; i++)
                to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
        return color;
    }

    /// <summary>Brightness of 8-bit RGB as one channel: 0.299 R + 0.587 G + 0.114 B, as OpenCV rounds it. Itself where it has one channel only.</summary>
    internal Raster Luminance()
    {
        if (Channels == 1)
            return this;
        var grey = new Raster(Width, Height, 1, clear: false) { Mpp = Mpp };
        ReadOnlySpan<byte> from = Samples8;
        foreach (ref var value in grey.Samples8)
        {
            value = (byte)((from[0] * 9798 + from[1] * 19235 + from[2] * 3735 + (1 << 14)) >> 15);
            from = from[Channels..];
        }
        return grey;
    }

    // Compiled for speed at the first call, as the images of one set take a few hundred.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Flatten(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (; !rgb.IsEmpty; rgba = rgba[4..], rgb = rgb[3..])
            for (var c = 0; c < 3; c++)
                rgb[c] = (byte)((rgba[c] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
    }
}
