using System.Runtime.InteropServices;

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
        switch (raster.Channels * raster.Bits / 8)
        {
            case 1: Copy<byte>(raster, turned, start, right, down); break;
            case 2: Copy<ushort>(raster, turned, start, right, down); break;
            case 3: Copy<Rgb8>(raster, turned, start, right, down); break;
            case 4: Copy<uint>(raster, turned, start, right, down); break;
            case 6: Copy<Rgb16>(raster, turned, start, right, down); break;
            default: Copy<ulong>(raster, turned, start, right, down); break;
        }
        return turned;
    }

    static void Copy<TPixel>(Raster from, Raster to, int start, int right, int down) where TPixel : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, TPixel>(from.Data);
        var target = MemoryMarshal.Cast<byte, TPixel>(to.Data);
        for (var y = 0; y < to.Height; y++)
        {
            var at = start + y * down;
            foreach (ref var pixel in target.Slice(y * to.Width, to.Width))
            {
                pixel = source[at];
                at += right;
            }
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 3)]
    readonly struct Rgb8;

    [StructLayout(LayoutKind.Sequential, Pack = 1, Size = 6)]
    readonly struct Rgb16;
}
