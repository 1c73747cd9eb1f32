using System.Buffers.Binary;

namespace Patchwise;

/// <summary>Marks over a thumbnail, as an image of its size that is transparent elsewhere: as cheap for a million marks as for ten.</summary>
sealed class Marks(PixelSize size)
{
    readonly byte[] _pixels = new byte[4 * size.Area];

    /// <summary>As R, G, B, A.</summary>
    const uint Line = 0x1A_A0_2E_FF, Wash = 0x1A_A0_2E_38;

    internal Raster ToRaster() => Raster.FromSamples(size.Width, size.Height, 4, _pixels);

    /// <summary>A box with its outline; <paramref name="whole"/> is the size of the whole in the box's px.</summary>
    internal void Frame(Box box, PixelSize whole)
    {
        double fx = size.Width / (double)whole.Width, fy = size.Height / (double)whole.Height;
        int x0 = (int)(box.X0 * fx), y0 = (int)(box.Y0 * fy), x1 = Math.Max(x0, (int)(box.X1 * fx) - 1), y1 = Math.Max(y0, (int)(box.Y1 * fy) - 1);
        for (var y = Math.Max(y0, 0); y <= Math.Min(y1, size.Height - 1); y++)
            for (var x = Math.Max(x0, 0); x <= Math.Min(x1, size.Width - 1); x++)
                if (y == y0 || y == y1 || x == x0 || x == x1)
                    Set(x, y, Line);
                else if (_pixels[4 * (y * size.Width + x) + 3] == 0)
                    Set(x, y, Wash);
    }

    /// <summary>The pixels of a mask, with their outline.</summary>
    internal void Fill(Raster mask)
    {
        var shown = mask.Size == size ? mask : mask.Resize(size, ResizeMethod.Nearest);
        bool Inside(int x, int y) => x >= 0 && y >= 0 && x < size.Width && y < size.Height && shown[x, y] != 0;
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
                if (Inside(x, y))
                    Set(x, y, Inside(x - 1, y) && Inside(x + 1, y) && Inside(x, y - 1) && Inside(x, y + 1) ? Wash : Line);
    }

    void Set(int x, int y, uint color) => BinaryPrimitives.WriteUInt32BigEndian(_pixels.AsSpan(4 * (y * size.Width + x)), color);
}
