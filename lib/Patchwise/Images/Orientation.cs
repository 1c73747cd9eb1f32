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
}
