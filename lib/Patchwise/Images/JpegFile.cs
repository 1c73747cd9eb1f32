using System.Buffers.Binary;

namespace Patchwise;

/// <summary>JPEG: the segments before the pixels are read here, the pixels by TurboJPEG.</summary>
static class JpegFile
{
    const int StartOfScan = 0xDA, EndOfImage = 0xD9, App0 = 0xE0, App1 = 0xE1;

    const int MaxSide = 65_500;

    /// <summary>What the segments before the pixels say. Width and height are those stored; <see cref="Info"/> counts the orientation.</summary>
    readonly record struct Header(int Width, int Height, int Components, int Bits, Mpp? Jfif, Exif Exif)
    {
        internal ImageInfo Info => new ImageInfo(new(Width, Height), Components, Bits, ImageFormat.Jpeg, Jfif ?? Exif.Mpp).Turned(Exif.Orientation);
    }

    internal static ImageInfo ReadInfo(ReadOnlySpan<byte> file, string name) => ReadHeader(file, name).Info;

    internal static Raster Decode(ReadOnlySpan<byte> file, string name, Reading how)
    {
        var header = ReadHeader(file, name);
        header.Info.CheckPixels(name, how.MaxPixels);
        var raster = new Raster(header.Width, header.Height, header.Components) { Mpp = header.Jfif ?? header.Exif.Mpp, Lossy = true };
        // Some cameras put a few bytes between the pixels and the end: nothing is lost by that, and by any other warning something is.
        if (TurboJpeg.Decode(file, raster.Data, header.Width, header.Height, header.Components) is { } problem
            && !problem.Contains("extraneous bytes before marker 0xd9", StringComparison.Ordinal))
            throw new BadInputException($"{name}: a JPEG that is damaged or cut short, or of a rare kind ({problem}): get the file again, or save it as PNG");
        return Orientation.Apply(raster, header.Exif.Orientation);
    }

    /// <summary>
    /// A JPEG file of its own, made of a TIFF's tile and of the tables that its tiles share. Their kind of color stands in the TIFF only, so it is written
    /// as Adobe's segment (0: RGB, 1: YCbCr), which decoders believe. Null where the parts are no JPEG from beginning to end.
    /// </summary>
    internal static byte[]? OfTile(ReadOnlySpan<byte> tables, ReadOnlySpan<byte> tile, bool rgb)
    {
        static bool IsWhole(ReadOnlySpan<byte> part) => part is [0xFF, 0xD8, .., 0xFF, EndOfImage];
        if (!IsWhole(tile) || tables.Length > 0 && !IsWhole(tables))
            return null;
        return [0xFF, 0xD8, 0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, (byte)(rgb ? 0 : 1),
            .. tables.Length > 0 ? tables[2..^2] : [], .. tile[2..]];
    }

    static Header ReadHeader(ReadOnlySpan<byte> file, string name)
    {
        var header = new Header(0, 0, 0, 0, null, Exif.None);
        for (var at = 2; at + 4 <= file.Length;)
        {
            // Between segments there may be any number of 0xFF, and bytes that readers skip.
            if (file[at] != 0xFF || file[at + 1] is 0xFF or 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at++;
                continue;
            }
            int marker = file[at + 1], length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (marker == StartOfScan && header.Components > 0)
                return header;
            if (marker is StartOfScan or EndOfImage || length < 2 || length > file.Length - at - 2)
                break;
            var data = file.Slice(at + 4, length - 2);
            at += 2 + length;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && data.Length >= 6)
                header = Check(header with
                {
                    Bits = data[0],
                    Height = BinaryPrimitives.ReadUInt16BigEndian(data[1..]),
                    Width = BinaryPrimitives.ReadUInt16BigEndian(data[3..]),
                    Components = data[5],
                }, name);
            else if (marker == App0 && data.StartsWith("JFIF\0"u8) && data.Length >= 12)
                // Its units are those of TIFF, counted from 0.
                header = header with
                {
                    Jfif = PixelSpacing.OfUnit(BinaryPrimitives.ReadUInt16BigEndian(data[8..]),
                    BinaryPrimitives.ReadUInt16BigEndian(data[10..]), data[7] + 1)
                };
            else if (marker == App1 && data.StartsWith("Exif\0\0"u8))
                header = header with { Exif = Exif.Read(data[6..]) };
        }
        throw new BadInputException($"{name}: a JPEG that is damaged or ends before its pixels, after {file.Length} bytes: get the file again");
    }

    static Header Check(Header header, string name) => header switch
    {
        { Components: 4 } => throw new BadInputException($"{name}: a JPEG in CMYK, the colors of print: expected grey or RGB; save it again as RGB"),
        { Components: not (1 or 3) } =>
            throw new BadInputException($"{name}: a JPEG with {header.Components} components: expected 1 (grey) or 3 (color); save it again as RGB"),
        { Bits: not 8 } => throw new BadInputException($"{name}: a JPEG with {header.Bits} bits a sample: expected 8; save it as PNG or TIFF with 16 bits"),
        { Width: 0 } or { Height: 0 } =>
            throw new BadInputException($"{name}: a JPEG of {header.Width} x {header.Height} px: expected at least one pixel each way; get the file again"),
        _ => header,
    };

    internal static byte[] Encode(Raster raster, int quality)
    {
        if (quality is < 1 or > 100)
            throw new BadInputException($"JPEG quality {quality}: expected 1 (small) to 100 (best)");
        if (raster.Bits != 8)
            throw new BadInputException("a JPEG holds 8 bits a sample and this image has 16: use To8Bit first, or save it as PNG");
        if (raster.Size is { Width: > MaxSide } or { Height: > MaxSide })
            throw new BadInputException($"a JPEG holds at most {MaxSide} px each way and this image is {raster.Size} px: save it as PNG");
        var file = TurboJpeg.Encode(raster.Data, raster.Width, raster.Height, raster.Channels, quality);
        if (raster.Mpp is { } mpp)
            WriteDensity(file, mpp);
        return file;
    }

    /// <summary>
    /// Sets the density of the JFIF segment, which TurboJPEG puts first. It holds whole dots per cm up to 65535: from 0.153 microns per pixel on.
    /// </summary>
    static void WriteDensity(Span<byte> file, Mpp mpp)
    {
        double x = Math.Round(PixelSpacing.MicronsPerCentimetre / mpp.X), y = Math.Round(PixelSpacing.MicronsPerCentimetre / mpp.Y);
        if (x is < 1 or > ushort.MaxValue || y is < 1 or > ushort.MaxValue || !file[6..].StartsWith("JFIF\0"u8))
            return;
        file[13] = 2;
        BinaryPrimitives.WriteUInt16BigEndian(file[14..], (ushort)x);
        BinaryPrimitives.WriteUInt16BigEndian(file[16..], (ushort)y);
    }
}
