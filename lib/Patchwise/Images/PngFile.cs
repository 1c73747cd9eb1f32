using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>PNG: what the chunks before the pixels say is read here, the pixels by <see cref="PngRows"/> or libspng. <see cref="PngWriter"/> writes.</summary>
static class PngFile
{
    /// <summary>What the chunks before the pixels say.</summary>
    /// <param name="Usual">Nothing is there that libspng alone knows or refuses.</param>
    /// <param name="Colors">There is a palette of a size that fits the bits.</param>
    readonly record struct Header(int Width, int Height, int Bits, int Color, bool Interlaced, bool Usual, bool Colors = false, bool Transparent = false,
        Mpp? Mpp = null, int PixelsAt = 0)
    {
        const int Grey = 0, Rgb = 2, Palette = 3, Rgba = 6;

        internal bool Alpha => Transparent || Color >= 4;

        /// <summary>Grey of 1, 2 and 4 bits is scaled to 8 and a palette becomes colors, as other readers do; any transparency makes RGBA.</summary>
        internal ImageInfo Info => new(new(Width, Height), Alpha ? 4 : Color == Grey ? 1 : 3, Math.Max(Bits, 8), ImageFormat.Png, Mpp);

        /// <summary>A mask with a palette: its pixels are numbers that name a class, and the colors only show them.</summary>
        internal bool IsIndexed => Color == Palette;

        /// <summary>A palette, or several pixels a byte: the stored numbers are not those of the picture.</summary>
        internal bool IsPacked => IsIndexed || (Bits < 8 && Color == Grey);

        internal int Format => (Info.Channels, Info.Bits) switch
        {
            (1, 8) => Spng.Grey8,
            (3, 8) => Spng.Rgb8,
            (4, 8) => Spng.Rgba8,
            (4, _) => Spng.Rgba16,
            _ => Spng.AsStored,
        };

        /// <summary>The rows hold the samples of the raster.</summary>
        internal bool IsDirect => Usual && !Transparent && Bits >= 8 && Color is Grey or Rgb or Rgba;

        internal bool IsKnown => Width > 0 && Height > 0 && Color switch
        {
            Grey => Bits is 1 or 2 or 4 or 8 or 16,
            Palette => Bits is 1 or 2 or 4 or 8,
            Rgb or 4 or Rgba => Bits is 8 or 16,
            _ => false,
        };
    }

    internal static ImageInfo ReadInfo(ReadOnlySpan<byte> file, string name) => ReadHeader(file, name).Info;

    internal static Raster Decode(ReadOnlySpan<byte> file, string name, Reading how)
    {
        var header = ReadHeader(file, name);
        var info = header.Info;
        info.CheckPixels(name, how.MaxPixels);
        if (how.Stored && header.IsPacked)
            return DecodePacked(file, name, header);
        var raster = new Raster(header.Width, header.Height, info.Channels, info.Bits) { Mpp = info.Mpp, FromPalette = header.IsIndexed };
        Fill(file, name, header, raster.Data);
        return raster;
    }

    /// <summary>See <see cref="Raster.LoadPatch"/>.</summary>
    internal static PixelSize? DecodePatch(ReadOnlySpan<byte> file, string name, PixelSize size, Span<byte> rgb)
    {
        var header = ReadHeader(file, name);
        if (header.Info.Size != size)
            return header.Info.Size;
        if (header.Info is not { Channels: 3, Bits: 8 })
            return Decode(file, name, new(size.Area)).CopyPatch(size, rgb);
        Fill(file, name, header, rgb);
        return null;
    }

    static void Fill(ReadOnlySpan<byte> file, string name, Header header, Span<byte> pixels)
    {
        var flags = header.Transparent ? Spng.Transparency : 0;
        if (Read(file, header, header.IsDirect, header.Info.Channels * header.Bits / 8, pixels, header.Format, flags) is not { } problem)
            return;
        var rows = header.Interlaced ? "" : $" after {Spng.CountRows(file, pixels.Length / header.Height, header.Format, flags)} of {header.Height} rows";
        throw new BadInputException($"{name}: a PNG that is damaged or cut short{rows} ({problem}): get the file again");
    }

    /// <summary>Fills <paramref name="pixels"/>; null when that went well, else what is wrong.</summary>
    /// <param name="direct">They are what the rows hold, so many bytes a <paramref name="pixel"/> or 1.</param>
    static string? Read(ReadOnlySpan<byte> file, Header header, bool direct, int pixel, Span<byte> pixels, int format, int flags)
    {
        var sound = PngChunks.AreSound(file);
        var outcome = direct && sound ? PngRows.Read(file, header.PixelsAt, header.Height, pixel, pixels) : LibDeflate.Outcome.Longer;
        if (outcome == LibDeflate.Outcome.Whole)
        {
            if (header.Bits == 16 && BitConverter.IsLittleEndian)
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, ushort>(pixels), MemoryMarshal.Cast<byte, ushort>(pixels));
            return null;
        }
        // libspng looks at neither the checksum of the last chunk nor that of all pixels.
        return Spng.Decode(file, pixels, format, flags)
            ?? (outcome == LibDeflate.Outcome.Damaged ? "invalid sum of all pixels" : sound ? null : "invalid chunk checksum");
    }

    /// <summary>The stored numbers of a palette's entries, or of grey of fewer than 8 bits, as one 8-bit channel.</summary>
    static Raster DecodePacked(ReadOnlySpan<byte> file, string name, Header header)
    {
        var raster = new Raster(header.Width, header.Height, 1) { Mpp = header.Mpp };
        var rowBytes = (int)(((long)header.Width * header.Bits + 7) / 8);
        var packed = header.Bits == 8 ? raster.Data : new byte[rowBytes * header.Height];
        if (Read(file, header, header.Usual && (header.Colors || !header.IsIndexed), 1, packed, Spng.AsStored, 0) is { } problem)
            throw new BadInputException($"{name}: a PNG that is damaged or cut short ({problem}): get the file again");
        if (header.Bits < 8)
            for (var y = 0; y < header.Height; y++)
                PackedSamples.Unpack(packed.Slice(y * rowBytes, rowBytes), header.Bits, raster.Data.Slice(y * header.Width, header.Width));
        return raster;
    }

    static Header ReadHeader(ReadOnlySpan<byte> file, string name)
    {
        var header = default(Header);
        for (var chunks = new PngChunks(file); ;)
        {
            if (chunks.PixelsAreNext && header.IsKnown)
                return header with { PixelsAt = chunks.At };
            if (!chunks.Next())
                break;
            var data = chunks.Data;
            if (chunks.Is("IHDR"u8) && data.Length == 13)
                header = new((int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data), int.MaxValue),
                    (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data[4..]), int.MaxValue), data[8], data[9], data[12] != 0,
                        Usual: chunks.IsFirst && !data[10..].ContainsAnyExcept((byte)0));
            else if (chunks.Is("PLTE"u8) && header.IsIndexed)
                header = header with { Colors = data.Length % 3 == 0 && data.Length / 3 is var count && count > 0 && count <= 1 << header.Bits };
            else if (chunks.Is("tRNS"u8))
                header = header with { Transparent = true };
            else if (chunks.Is("pHYs"u8) && data.Length == 9 && data[8] == 1)
                header = header with
                {
                    Mpp = PixelSpacing.Of(BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]),
                    PixelSpacing.MicronsPerMetre)
                };
            else if (chunks.IsNeeded)
                header = header with { Usual = false };
        }
        throw new BadInputException($"{name}: a PNG that is damaged or ends before its pixels, after {file.Length} bytes: get the file again");
    }

    internal static byte[] Encode(Raster raster)
    {
        using var file = new MemoryStream();
        Write(raster, file);
        return file.ToArray();
    }

    internal static void Write(Raster raster, Stream stream)
    {
        using var png = new PngWriter(stream, raster.Size, raster.Channels, raster.Bits, raster.Mpp);
        png.Write(raster.Data);
        png.End();
    }

    /// <summary>Samples of one 8-bit channel as numbers of a palette's colors, written #rrggbb.</summary>
    internal static byte[] EncodeIndexed(Raster raster, IReadOnlyList<string> palette)
    {
        using var file = new MemoryStream();
        using var png = new PngWriter(file, raster.Size, 1, raster.Bits, raster.Mpp, [.. palette.SelectMany(color => Convert.FromHexString(color.AsSpan(1)))]);
        png.Write(raster.Data);
        png.End();
        return file.ToArray();
    }
}
