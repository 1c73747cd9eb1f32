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
    /// A digest that equal images of 8 bits share, however they are turned or mirrored, and others do not but by chance: the least of what its eight
    /// orientations give, each the sum over pixels of colors and place. It keeps nobody from making two images of one digest.
    /// </summary>
    public static ulong Digest(Raster raster)
    {
        int w = raster.Width, h = raster.Height, length = raster.Channels;
        var bytes = raster.AsBytes();
        Span<ulong> sums = stackalloc ulong[8];
        sums[..4].Fill(Pair(w, h));
        sums[4..].Fill(Pair(h, w));
        for (int y = 0, at = 0; y < h; y++)
            for (var x = 0; x < w; x++, at += length)
            {
                var colors = 0UL;
                foreach (var sample in bytes.Slice(at, length))
                    colors = colors << 8 | sample;
                int left = w - 1 - x, up = h - 1 - y;
                ReadOnlySpan<ulong> places = [Pair(x, y), Pair(left, y), Pair(x, up), Pair(left, up), Pair(y, x), Pair(y, left), Pair(up, x), Pair(up, left)];
                for (var i = 0; i < sums.Length; i++)
                    sums[i] += Mixed(places[i] * 0x9E3779B97F4A7C15 + colors);
            }
        var least = sums[0];
        foreach (var sum in sums)
            least = Math.Min(least, sum);
        return least;

        static ulong Pair(int one, int other) => (ulong)one << 32 | (uint)other;

        static ulong Mixed(ulong value)
        {
            value = (value ^ (value >> 32)) * 0xD6E8FEB86659FD93;
            value = (value ^ (value >> 32)) * 0xD6E8FEB86659FD93;
            return value ^ (value >> 32);
        }
    }
}
