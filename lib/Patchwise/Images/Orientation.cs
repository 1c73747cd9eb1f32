namespace Patchwise;

/// <summary>Turns and mirrors an image as the orientation tag of TIFF and EXIF asks, so that its top is up.</summary>
public static class Orientation
{
    /// <summary>The raster itself for 1, else a new one; 5 to 8 exchange width and height.</summary>
    public static Raster Apply(Raster raster, int orientation)
    {
        if (orientation is < 2 or > 8)
            return raster;
        int w = raster.Width, h = raster.Height;
        // Where the first pixel of the result lies in the source, and the steps there for one pixel right and one down in the result.
        var (start, right, down) = orientation switch
        {
            2 => (w - 1, -1, w),
            3 => (h * w - 1, -1, -w),
            4 => ((h - 1) * w, 1, -w),
            5 => (0, w, 1),
            6 => ((h - 1) * w, -w, 1),
            7 => (h * w - 1, -w, -1),
            _ => (w - 1, w, -1),
        };
        var onSide = orientation >= 5;
        var turned = new Raster(onSide ? h : w, onSide ? w : h, raster.Channels, raster.Bits)
        {
            Mpp = onSide && raster.Mpp is { } mpp ? new Mpp(mpp.Y, mpp.X) : raster.Mpp,
            Numbers = raster.Numbers,
            FromPalette = raster.FromPalette,
            Lossy = raster.Lossy,
            Remark = raster.Remark,
        };
        PickedPixels.Run(raster, turned, [.. Enumerable.Range(0, turned.Height).Select(y => start + y * down)],
            [.. Enumerable.Range(0, turned.Width).Select(x => x * right)], alone: false);
        return turned;
    }

    /// <summary>
    /// A digest that equal images of 8 bits share, however they are turned or mirrored: each pixel counts with its distances to the nearer edges. It keeps
    /// nobody from making two images of one digest.
    /// </summary>
    public static ulong Digest(Raster raster)
    {
        int w = raster.Width, h = raster.Height, length = raster.Channels;
        var bytes = raster.AsBytes();
        var sum = (ulong)Math.Max(w, h) << 32 | (uint)Math.Min(w, h);
        for (int y = 0, at = 0; y < h; y++)
            for (int x = 0, down = Math.Min(y, h - 1 - y); x < w; x++, at += length)
            {
                var across = Math.Min(x, w - 1 - x);
                var mixed = (ulong)Math.Min(across, down) << 32 | (uint)Math.Max(across, down);
                foreach (var sample in bytes.Slice(at, length))
                    mixed = (mixed ^ sample) * 0x9E3779B97F4A7C15;
                sum += (mixed ^ (mixed >> 32)) * 0xD6E8FEB86659FD93;
            }
        return sum;
    }
}
