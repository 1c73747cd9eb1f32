using System.Buffers.Binary;

namespace Patchwise;

/// <summary>PNG: the chunks before the pixels are read here, the pixels by libspng.</summary>
static class PngFile
{
    const int SignatureLength = 8;

    /// <summary>What the chunks before the pixels say.</summary>
    readonly record struct Header(int Width, int Height, int Bits, int Color, bool Interlaced, bool Transparent, Mpp? Mpp)
    {
        const int Grey = 0, Rgb = 2, Palette = 3, Rgba = 6;

        internal bool Alpha => Transparent || Color >= 4;

        /// <summary>Grey of 1, 2 and 4 bits is scaled to 8 and a palette becomes colours, as other readers do; any transparency makes RGBA.</summary>
        internal ImageInfo Info => new(new(Width, Height), Alpha ? 4 : Color == Grey ? 1 : 3, Math.Max(Bits, 8), ImageFormat.Png, Mpp);

        /// <summary>A mask with a palette: its pixels are numbers that name a class, and the colours only show them.</summary>
        internal bool IsIndexed => Color == Palette;

        internal int Format => (Info.Channels, Info.Bits) switch
        {
            (1, 8) => Spng.Grey8,
            (3, 8) => Spng.Rgb8,
            (4, 8) => Spng.Rgba8,
            (4, _) => Spng.Rgba16,
            _ => Spng.AsStored,
        };

        internal bool IsKnown => Width > 0 && Height > 0 && Color switch
        {
            Grey => Bits is 1 or 2 or 4 or 8 or 16,
            Palette => Bits is 1 or 2 or 4 or 8,
            Rgb or 4 or Rgba => Bits is 8 or 16,
            _ => false,
        };
    }

    internal static ImageInfo ReadInfo(ReadOnlySpan<byte> file, string name) => ReadHeader(file, name).Info;

    internal static Raster Decode(ReadOnlySpan<byte> file, string name, long maxPixels)
    {
        var header = ReadHeader(file, name);
        var info = header.Info;
        info.CheckPixels(name, maxPixels);
        var raster = new Raster(header.Width, header.Height, info.Channels, info.Bits) { Mpp = info.Mpp };
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
            return Decode(file, name, size.Area).CopyPatch(size, rgb);
        Fill(file, name, header, rgb);
        return null;
    }

    static void Fill(ReadOnlySpan<byte> file, string name, Header header, Span<byte> pixels)
    {
        var flags = header.Transparent ? Spng.Transparency : 0;
        if (Spng.Decode(file, pixels, header.Format, flags) is not { } problem)
            return;
        var rows = header.Interlaced ? "" : $" after {Spng.CountRows(file, pixels.Length / header.Height, header.Format, flags)} of {header.Height} rows";
        throw new BadInputException($"{name}: a PNG that is damaged or cut short{rows} ({problem}): get the file again");
    }

    /// <summary>The numbers of a palette's entries as one 8-bit channel; null for a file without palette.</summary>
    internal static Raster? DecodeIndices(ReadOnlySpan<byte> file, string name, long maxPixels)
    {
        var header = ReadHeader(file, name);
        if (!header.IsIndexed)
            return null;
        header.Info.CheckPixels(name, maxPixels);
        var raster = new Raster(header.Width, header.Height, 1) { Mpp = header.Mpp };
        var rowBytes = (int)(((long)header.Width * header.Bits + 7) / 8);
        var packed = header.Bits == 8 ? raster.Data : new byte[rowBytes * header.Height];
        if (Spng.Decode(file, packed, Spng.AsStored, 0) is { } problem)
            throw new BadInputException($"{name}: a PNG that is damaged or cut short ({problem}): get the file again");
        if (header.Bits < 8)
            for (var y = 0; y < header.Height; y++)
                PackedSamples.Unpack(packed.Slice(y * rowBytes, rowBytes), header.Bits, raster.Data.Slice(y * header.Width, header.Width));
        return raster;
    }

    static Header ReadHeader(ReadOnlySpan<byte> file, string name)
    {
        var header = default(Header);
        for (var at = SignatureLength; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            var kind = file.Slice(at + 4, 4);
            if (kind.SequenceEqual("IDAT"u8) && header.IsKnown)
                return header;
            if (length > file.Length - at - 12)
                break;
            var data = file.Slice(at + 8, (int)length);
            at += 12 + (int)length;
            if (kind.SequenceEqual("IHDR"u8) && data.Length == 13)
                header = new((int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data), int.MaxValue),
                    (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data[4..]), int.MaxValue), data[8], data[9], data[12] != 0, false, null);
            else if (kind.SequenceEqual("tRNS"u8))
                header = header with { Transparent = true };
            else if (kind.SequenceEqual("pHYs"u8) && data.Length == 9 && data[8] == 1)
                header = header with { Mpp = PixelSpacing.Of(BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]), PixelSpacing.MicronsPerMetre) };
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
        using var png = Begin(stream, raster.Size, raster.Channels, raster.Bits, raster.Mpp);
        png.Write(raster.Data);
        png.End();
    }

    /// <summary>A file whose rows are written as they come.</summary>
    internal static Spng.Encoder Begin(Stream stream, PixelSize size, int channels, int bits, Mpp? mpp)
    {
        // Filtered samples hold few repeats but runs: looking for runs only is twice as fast as level 1 is otherwise, and smaller.
        const int Level = 1, Runs = 3, SubAndUp = 0x10 | 0x20;
        return new(stream, (nuint)size.Width * (nuint)(channels * bits / 8), HeaderOf(size, bits, channels switch { 1 => 0, 3 => 2, _ => 6 }), DensityOf(mpp), Level, Runs, SubAndUp);
    }

    /// <summary>Samples of one 8-bit channel as numbers of a palette's colours, written #rrggbb.</summary>
    internal static byte[] EncodeIndexed(Raster raster, IReadOnlyList<string> palette)
    {
        const int Level = 1, Usual = 0, Unfiltered = 0x08;
        using var file = new MemoryStream();
        using (var png = new Spng.Encoder(file, (nuint)raster.Width, HeaderOf(raster.Size, raster.Bits, 3), DensityOf(raster.Mpp), Level, Usual, Unfiltered,
            [.. palette.SelectMany(colour => Convert.FromHexString(colour.AsSpan(1)))]))
        {
            png.Write(raster.Data);
            png.End();
        }
        return file.ToArray();
    }

    static Spng.Header HeaderOf(PixelSize size, int bits, int color) => new() { Width = (uint)size.Width, Height = (uint)size.Height, BitDepth = (byte)bits, ColorType = (byte)color };

    static Spng.Density? DensityOf(Mpp? mpp) => mpp is { } known && PerMetre(known.X) is { } x && PerMetre(known.Y) is { } y ? new() { PerUnitX = x, PerUnitY = y, Unit = 1 } : null;

    static uint? PerMetre(double microns) => PixelSpacing.MicronsPerMetre / microns is >= 1 and <= int.MaxValue and var perMetre ? (uint)Math.Round(perMetre) : null;
}
