using System.Buffers.Binary;
using System.Numerics;

namespace Patchwise;

/// <summary>BMP, not compressed: palettes of 1, 4 and 8 bits, and colors of 16, 24 and 32.</summary>
static class BmpFile
{
    const int FileHeader = 14;

    /// <param name="Colors">Blue, green, red and a byte more of each palette entry.</param>
    /// <param name="Masks">Which bits of a pixel are red, green, blue and opacity, above 8 bits.</param>
    readonly record struct Header(int Width, int Height, bool FromTop, int Bits, int PixelsAt, byte[] Colors, uint[] Masks, Mpp? Mpp)
    {
        /// <summary>Entry i of the palette is grey i: the numbers are the picture.</summary>
        internal bool IsGrey => Bits == 8 && Colors.Chunk(4).Index().All(entry => entry.Item.AsSpan(0, 3).IndexOfAnyExcept((byte)entry.Index) < 0);

        internal ImageInfo Info => new(new(Width, Height), Bits > 8 && Masks[3] != 0 ? 4 : IsGrey ? 1 : 3, 8, ImageFormat.Bmp, Mpp);
    }

    internal static ImageInfo ReadInfo(ReadOnlySpan<byte> file, string name) => ReadHeader(file, name).Info;

    internal static Raster Decode(ReadOnlySpan<byte> file, string name, Reading how)
    {
        var header = ReadHeader(file, name);
        header.Info.CheckPixels(name, how.MaxPixels);
        var (stored, rowBytes) = (header.Bits <= 8 && (how.Stored || header.IsGrey), (int)(((long)header.Width * header.Bits + 31) / 32 * 4));
        if (header.PixelsAt + (long)rowBytes * header.Height > file.Length)
            throw new BadInputException($"{name}: a BMP that is damaged or cut short, after {file.Length} bytes: get the file again");
        var channels = stored ? 1 : header.Info.Channels;
        var raster = new Raster(header.Width, header.Height, channels) { Mpp = header.Mpp, FromPalette = header.Bits <= 8 && !stored };
        var indices = new byte[header.Bits <= 8 ? header.Width : 0];
        for (var y = 0; y < header.Height; y++)
        {
            var row = file.Slice(header.PixelsAt + (header.FromTop ? y : header.Height - 1 - y) * rowBytes, rowBytes);
            var to = raster.Data.Slice(y * raster.Stride, raster.Stride);
            if (header.Bits <= 8)
                PackedSamples.Unpack(row, header.Bits, indices);
            if (stored)
                indices.CopyTo(to);
            else if (header.Bits > 8)
                PlaceColors(row, to, header, channels);
            else
                for (var x = 0; x < header.Width; x++)
                    for (var c = 0; c < 3; c++)
                        to[3 * x + c] = header.Colors[4 * indices[x] + 2 - c];
        }
        return raster;
    }

    static void PlaceColors(ReadOnlySpan<byte> row, Span<byte> to, Header header, int channels)
    {
        var bytes = header.Bits / 8;
        for (var x = 0; x < header.Width; x++)
        {
            uint pixel = 0;
            for (var i = 0; i < bytes; i++)
                pixel |= (uint)row[x * bytes + i] << 8 * i;
            for (var c = 0; c < channels; c++)
            {
                var shift = BitOperations.TrailingZeroCount(header.Masks[c]);
                to[x * channels + c] = (byte)(((pixel & header.Masks[c]) >> shift) * 255UL / Math.Max(1, header.Masks[c] >> shift));
            }
        }
    }

    static Header ReadHeader(ReadOnlySpan<byte> file, string name)
    {
        BadInputException Refuse(string found, string cure) => new($"{name}: a BMP {found}: {cure}");
        int Int(ReadOnlySpan<byte> bytes, int at) => bytes.Length < at + 4 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
        var (size, old) = (Int(file, FileHeader), Int(file, FileHeader) == 12);
        if (size < 12 || size > file.Length - FileHeader || (size < 40 && !old))
            throw Refuse("that is damaged or cut short", "get the file again");
        int width = old ? Int(file, 18) & 0xffff : Int(file, 18), height = old ? (int)((uint)Int(file, 18) >> 16) : Int(file, 22),
            bits = (old ? Int(file, 24) : Int(file, 28)) & 0xffff, method = old ? 0 : Int(file, 30);
        if (width < 1 || height is 0 or int.MinValue)
            throw Refuse($"of {width} x {height} px", "expected at least one pixel each way; get the file again");
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32) || method is not (0 or 3 or 6) || (method != 0 && bits < 16))
            throw Refuse($"of {bits} bits, compressed by method {method}", "expected one that is not compressed; save it as PNG");
        uint[] masks = bits == 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
        if (method != 0)
            for (var i = 0; i < 4; i++)
                masks[i] = i == 3 && size < 56 && method != 6 ? 0 : (uint)Int(file, FileHeader + 40 + 4 * i);
        // Behind the header of 40 bytes may stand the masks, else the palette does.
        var colorsAt = FileHeader + size + (size == 40 && method != 0 ? 12 : 0);
        var (entry, count) = (old ? 3 : 4, bits > 8 ? 0 : Int(file, 46) is var used && !old && used > 0 && used <= 1 << bits ? used : 1 << bits);
        var at = Int(file, 10);
        if (at < 0 || colorsAt + (long)entry * count > file.Length)
            throw Refuse("that is damaged or cut short", "get the file again");
        var colors = new byte[bits > 8 ? 0 : 4 << bits];
        for (var i = 0; i < count; i++)
            file.Slice(colorsAt + entry * i, 3).CopyTo(colors.AsSpan(4 * i));
        return new(width, Math.Abs(height), height < 0, bits, at, colors, masks,
            old ? null : PixelSpacing.Of(Int(file, 38), Int(file, 42), PixelSpacing.MicronsPerMetre));
    }
}
