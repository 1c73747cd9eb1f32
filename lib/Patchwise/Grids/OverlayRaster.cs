namespace Patchwise;

/// <summary>Marks over a thumbnail, as an image of its size that is transparent elsewhere: as cheap for a million marks as for ten.</summary>
sealed class OverlayRaster(PixelSize size)
{
    readonly Raster _pixels = new(size.Width, size.Height, 4);

    const uint Line = 0xFF_2E_A0_1A, Wash = 0x38_2E_A0_1A;

    internal Raster Pixels => _pixels;

    Span<uint> Words => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(_pixels.Data);

    /// <summary>A box with its outline; <paramref name="whole"/> is the size of the whole in the box's px.</summary>
    internal void Frame(Box box, PixelSize whole)
    {
        double fx = size.Width / (double)whole.Width, fy = size.Height / (double)whole.Height;
        int x0 = (int)(box.X0 * fx), y0 = (int)(box.Y0 * fy), x1 = Math.Max(x0, (int)(box.X1 * fx) - 1), y1 = Math.Max(y0, (int)(box.Y1 * fy) - 1);
        for (var y = Math.Max(y0, 0); y <= Math.Min(y1, size.Height - 1); y++)
        {
            var row = Words.Slice(y * size.Width, size.Width);
            for (var x = Math.Max(x0, 0); x <= Math.Min(x1, size.Width - 1); x++)
                if (y == y0 || y == y1 || x == x0 || x == x1)
                    row[x] = Ordered(Line);
                else if (row[x] == 0)
                    row[x] = Ordered(Wash);
        }
    }

    /// <summary>The pixels of a mask, with their outline.</summary>
    internal void Fill(Raster mask)
    {
        var shown = mask.Size == size ? mask : mask.Resize(size, ResizeMethod.Nearest);
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
                if (shown[x, y] != 0)
                    Words[y * size.Width + x] = Ordered(
                        x == 0 || y == 0 || x == size.Width - 1 || y == size.Height - 1 || shown[x - 1, y] == 0 || shown[x + 1, y] == 0 || shown[x, y - 1] == 0 || shown[x, y + 1] == 0 ? Line : Wash);
    }

    /// <summary>0xAABBGGRR as R, G, B, A in memory.</summary>
    static uint Ordered(uint color) => BitConverter.IsLittleEndian ? color : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(color);

    internal Figure Over(Raster thumbnail, Slide slide, string title) => new Figure(title)
        .Image(thumbnail, slide.Size.Width / (double)size.Width).Image(_pixels, slide.Size.Width / (double)size.Width)
        .X("x", "px of level 0").Y("y", "px of level 0");
}
