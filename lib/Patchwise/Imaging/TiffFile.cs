using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>TIFF, its first page, by libtiff: strips and tiles of 1, 2, 4, 8 and 16 bits, grey, palette, RGB, YCbCr, with or without opacity.</summary>
static class TiffFile
{
    const uint Width = 256, Height = 257, BitsPerSample = 258, Compression = 259, Photometric = 262, Description = 270, OrientationTag = 274,
        SamplesPerPixel = 277, RowsPerStrip = 278, XResolution = 282, YResolution = 283, PlanarConfig = 284, ResolutionUnit = 296,
        TileWidth = 322, TileHeight = 323, ExtraSamples = 338, SampleFormat = 339;

    const int WhiteIsZero = 0, BlackIsZero = 1, Rgb = 2, Palette = 3, Mask = 4, Cmyk = 5, YCbCr = 6;
    const int JpegCompression = 7, Separate = 2;

    /// <summary>How the first page is laid out, checked to be one that can be read.</summary>
    /// <param name="Sources">For each channel of the raster the sample of a pixel that it comes from.</param>
    sealed record Layout(ImageInfo Info, int Photometric, int Bits, int Samples, bool Planes, int[] Sources, bool Premultiplied, bool ByLibrary, int Orientation)
    {
        internal int Width => Info.Size.Width;
        internal int Height => Info.Size.Height;

        /// <summary>Samples lie in the file as in a raster, so that strips are decoded in place.</summary>
        internal bool IsDirect => !Planes && Bits >= 8 && Photometric != Palette && Samples == Sources.Length;

        internal int RowBytes(int width) => (int)Math.Min(((long)width * (Planes ? 1 : Samples) * Bits + 7) / 8, int.MaxValue);
    }

    internal static ImageInfo ReadInfo(Stream stream, string name)
    {
        using var document = Open(stream, name);
        var layout = ReadLayout(document, name);
        return layout.Info.Turned(layout.Orientation);
    }

    /// <param name="indices">Of a palette the numbers of its entries instead of their colours.</param>
    internal static Raster Decode(Stream stream, string name, long maxPixels, bool indices = false)
    {
        using var document = Open(stream, name);
        var layout = ReadLayout(document, name);
        layout.Info.CheckPixels(name, maxPixels);
        var channels = indices && layout.Photometric == Palette ? 1 : layout.Info.Channels;
        var raster = new Raster(layout.Width, layout.Height, channels, layout.Info.Bits) { Mpp = layout.Info.Mpp };
        document.Source.Clear();
        if (layout.ByLibrary)
            ReadByLibrary(document, layout, raster, name);
        else if (LibTiff.IsTiled(document))
            ReadTiles(document, layout, raster, name, maxPixels);
        else
            ReadStrips(document, layout, raster, name);
        if (layout.Photometric == WhiteIsZero)
            Invert(raster);
        if (layout.Premultiplied)
            Unmultiply(raster);
        return Orientation.Apply(raster, layout.Orientation);
    }

    static LibTiff.Document Open(Stream stream, string name) => LibTiff.Open(stream, out var problem)
        ?? throw new BadInputException($"{name}: a TIFF that is damaged or cut short ({problem}): get the file again");

    static Layout ReadLayout(LibTiff.Document document, string name)
    {
        int bits = LibTiff.UInt16(document, BitsPerSample), samples = LibTiff.UInt16(document, SamplesPerPixel), format = LibTiff.UInt16(document, SampleFormat);
        int photometric = LibTiff.UInt16(document, Photometric, otherwise: (ushort)(samples >= 3 ? Rgb : BlackIsZero)), orientation = LibTiff.UInt16(document, OrientationTag);
        var method = LibTiff.UInt16(document, Compression);
        var size = new PixelSize((int)Math.Min(LibTiff.UInt32(document, Width), int.MaxValue), (int)Math.Min(LibTiff.UInt32(document, Height), int.MaxValue));
        var planes = samples > 1 && LibTiff.UInt16(document, PlanarConfig) == Separate;
        var extras = LibTiff.UInt16s(document, ExtraSamples);
        var colours = photometric is Rgb or YCbCr ? 3 : 1;

        BadInputException Refuse(string found, string cure) => new($"{name}: a TIFF {found}: {cure}");
        if (size.Width < 1 || size.Height < 1)
            throw Refuse($"of {size} px", "expected at least one pixel each way; get the file again");
        if (!LibTiff.CanDecompress(method))
            throw Refuse($"compressed by method {method}, which libtiff does not know", "open it as a slide, or save it again with LZW or deflate compression");
        if (format == 3)
            throw Refuse($"of {bits}-bit real numbers", "expected whole numbers of 8 or 16 bits; scale and convert it first");
        if (format is 2 or 5 or 6)
            throw Refuse("of signed or complex numbers", "expected unsigned whole numbers of 8 or 16 bits; convert it first");
        if (bits is not (1 or 2 or 4 or 8 or 16) || (bits < 8 && samples > 1) || (bits > 8 && photometric is Palette or YCbCr))
            throw Refuse($"with {bits} bits a sample", "expected 8 or 16; convert it first");
        if (photometric is not (WhiteIsZero or BlackIsZero or Rgb or Palette or Mask or YCbCr))
            throw Refuse(photometric == Cmyk ? "in CMYK, the colours of print" : $"with colours of kind {photometric}", "expected grey, a palette or RGB; save it again as RGB");
        // 1 and 2 are opacity; 0 is unnamed and ignored beside RGB, but beside grey it may be the picture.
        var alpha = samples > colours && photometric != Palette && extras is [1 or 2, ..];
        if (samples < colours || (samples > colours && colours == 1 && !alpha))
            throw Refuse($"with {samples} samples a pixel", colours == 3 ? "expected 3 or more for colour; get the file again" : "expected 1 for grey; save the channel you need on its own");
        if (photometric == Palette && LibTiff.Palette(document, bits).Length == 0)
            throw Refuse("whose palette is missing", "get the file again");

        // JPEG turns its colours into RGB itself. What is left, with chroma of lower resolution, is rare and goes through libtiff's own conversion.
        var byLibrary = photometric == YCbCr && (method != JpegCompression || planes);
        if (photometric == YCbCr && !byLibrary)
            LibTiff.AskForRgb(document);
        int[] sources = (photometric, alpha && !byLibrary) switch
        {
            (Palette, _) => [0, 0, 0],
            (Rgb or YCbCr, var opaque) => opaque ? [0, 1, 2, colours] : [0, 1, 2],
            (_, true) => [0, 0, 0, 1],
            _ => [0],
        };
        var (mpp, magnification) = ReadResolution(document);
        var info = new ImageInfo(size, sources.Length, Math.Max(bits, 8), ImageFormat.Tiff, mpp, magnification);
        return new(info, photometric, bits, samples, planes, sources, sources.Length == 4 && extras[0] == 1, byLibrary, orientation is >= 1 and <= 8 ? orientation : 1);
    }

    static (Mpp?, Magnification?) ReadResolution(LibTiff.Document document)
    {
        double x = LibTiff.Single(document, XResolution), y = LibTiff.Single(document, YResolution);
        var (mpp, magnification) = TiffDescription.Read(LibTiff.Text(document, Description, 1 << 16), x, y);
        return (mpp ?? LibTiff.UInt16(document, ResolutionUnit) switch
        {
            2 => PixelSpacing.Of(x, y, PixelSpacing.MicronsPerInch),
            3 => PixelSpacing.Of(x, y, PixelSpacing.MicronsPerCentimetre),
            _ => null,
        }, magnification);
    }

    static void ReadStrips(LibTiff.Document document, Layout layout, Raster raster, string name)
    {
        var rows = (int)Math.Clamp(LibTiff.UInt32(document, RowsPerStrip), 1, (uint)layout.Height);
        var rowBytes = layout.RowBytes(layout.Width);
        CheckBlock(LibTiff.StripBytes(document), (long)rows * rowBytes, name);
        var buffer = layout.IsDirect ? [] : new byte[rows * rowBytes];
        var placer = new Placer(document, layout, raster);
        var strip = 0u;
        for (var plane = 0; plane < (layout.Planes ? layout.Samples : 1); plane++)
            for (var y = 0; y < layout.Height; y += rows, strip++)
            {
                var count = Math.Min(rows, layout.Height - y);
                var pixels = layout.IsDirect ? raster.Data.Slice(y * rowBytes, count * rowBytes) : buffer.AsSpan(0, count * rowBytes);
                if (!LibTiff.ReadStrip(document, strip, pixels))
                    throw Damaged(document, layout, y, name);
                if (!layout.IsDirect)
                    for (var i = 0; i < count; i++)
                        placer.Place(pixels.Slice(i * rowBytes, rowBytes), plane, 0, y + i, layout.Width);
            }
    }

    static void ReadTiles(LibTiff.Document document, Layout layout, Raster raster, string name, long maxPixels)
    {
        var size = new PixelSize((int)Math.Min(LibTiff.UInt32(document, TileWidth), int.MaxValue), (int)Math.Min(LibTiff.UInt32(document, TileHeight), int.MaxValue));
        if (size.Width < 1 || size.Height < 1)
            throw new BadInputException($"{name}: a TIFF with tiles of {size} px is damaged: get the file again");
        (layout.Info with { Size = size }).CheckPixels($"{name}: a tile", maxPixels);
        var rowBytes = layout.RowBytes(size.Width);
        var block = (long)size.Height * rowBytes;
        CheckBlock(LibTiff.TileBytes(document), block, name);
        var buffer = new byte[block];
        var placer = new Placer(document, layout, raster);
        var tile = 0u;
        for (var plane = 0; plane < (layout.Planes ? layout.Samples : 1); plane++)
            for (var y = 0L; y < layout.Height; y += size.Height)
                for (var x = 0L; x < layout.Width; x += size.Width, tile++)
                {
                    if (!LibTiff.ReadTile(document, tile, buffer))
                        throw Damaged(document, layout, (int)y, name);
                    for (var i = 0; i < Math.Min(size.Height, layout.Height - y); i++)
                        placer.Place(buffer.AsSpan(i * rowBytes, rowBytes), plane, (int)x, (int)y + i, (int)Math.Min(size.Width, layout.Width - x));
                }
    }

    static void ReadByLibrary(LibTiff.Document document, Layout layout, Raster raster, string name)
    {
        if (layout.Info.Size.Area > Array.MaxLength / 4)
            throw new BadInputException($"{name}: a TIFF of {layout.Info.Size} px in YCbCr is too large to convert: save it again as RGB");
        var rgba = new uint[layout.Info.Size.Area];
        if (!LibTiff.ReadRgba(document, layout.Width, layout.Height, layout.Orientation, rgba))
            throw Damaged(document, layout, 0, name);
        var to = raster.Samples8;
        for (var i = 0; i < rgba.Length; i++)
            (to[3 * i], to[3 * i + 1], to[3 * i + 2]) = ((byte)rgba[i], (byte)(rgba[i] >> 8), (byte)(rgba[i] >> 16));
    }

    /// <summary>libtiff writes blocks of its own reckoning: where that is not ours, nothing is read.</summary>
    static void CheckBlock(long found, long expected, string name)
    {
        if (found != expected || expected > Array.MaxLength)
            throw new BadInputException($"{name}: a TIFF in blocks of {found} bytes, where its tags ask for {expected}: get the file again, or save it anew");
    }

    static BadInputException Damaged(LibTiff.Document document, Layout layout, int rows, string name) =>
        new($"{name}: a TIFF that is damaged or cut short after {rows} of {layout.Height} rows ({document.Source.Problem ?? "no reason given"}): get the file again");

    static void Invert(Raster raster)
    {
        var data = raster.Data;
        var pixel = raster.Channels * raster.Bits / 8;
        var colours = raster.Channels == 4 ? pixel / 4 * 3 : pixel;
        for (var at = 0; at < data.Length; at += pixel)
            for (var i = at; i < at + colours; i++)
                data[i] = (byte)~data[i];
    }

    /// <summary>Colours that were multiplied with their opacity are divided by it, rounded down, as Pillow does.</summary>
    static void Unmultiply(Raster raster)
    {
        if (raster.Bits == 8)
            for (var pixels = raster.Samples8; !pixels.IsEmpty; pixels = pixels[4..])
                for (var c = 0; c < 3; c++)
                    pixels[c] = pixels[3] == 0 ? (byte)0 : (byte)Math.Min(byte.MaxValue, pixels[c] * byte.MaxValue / pixels[3]);
        else
            for (var pixels = raster.Samples16; !pixels.IsEmpty; pixels = pixels[4..])
                for (var c = 0; c < 3; c++)
                    pixels[c] = pixels[3] == 0 ? (ushort)0 : (ushort)Math.Min(ushort.MaxValue, (uint)pixels[c] * ushort.MaxValue / pixels[3]);
    }

    /// <summary>Puts decoded rows of samples where they belong in the raster.</summary>
    sealed class Placer(LibTiff.Document document, Layout layout, Raster raster)
    {
        readonly byte[] _colours = layout.Photometric == Palette ? Colours(LibTiff.Palette(document, layout.Bits)) : [];
        readonly byte[] _indices = layout.Photometric == Palette ? new byte[layout.Width] : [];
        readonly int _samples = layout.Planes ? 1 : layout.Samples;

        /// <summary>Entries of 16 bits, of which some writers fill only the lower 8.</summary>
        static byte[] Colours(ushort[] entries)
        {
            var shift = entries.Max() > byte.MaxValue ? 8 : 0;
            return [.. entries.Select(entry => (byte)(entry >> shift))];
        }

        internal void Place(ReadOnlySpan<byte> row, int plane, int x0, int y, int count)
        {
            var to = raster.Data.Slice(y * raster.Stride + x0 * raster.Channels * (raster.Bits / 8), count * raster.Channels * (raster.Bits / 8));
            if (layout.Photometric == Palette)
                PlaceColours(row, to, count);
            else if (layout.Bits < 8)
                PlaceSmall(row, to, count);
            else if (layout.Bits == 8)
                PlaceSamples(row, to, plane, count);
            else
                PlaceSamples(MemoryMarshal.Cast<byte, ushort>(row), MemoryMarshal.Cast<byte, ushort>(to), plane, count);
        }

        void PlaceSamples<T>(ReadOnlySpan<T> from, Span<T> to, int plane, int count)
        {
            if (_samples == layout.Sources.Length && !layout.Planes)
            {
                from[..(count * _samples)].CopyTo(to);
                return;
            }
            for (var c = 0; c < layout.Sources.Length; c++)
                if (!layout.Planes || layout.Sources[c] == plane)
                    for (int i = 0, source = layout.Planes ? 0 : layout.Sources[c], target = c; i < count; i++, source += _samples, target += layout.Sources.Length)
                        to[target] = from[source];
        }

        void PlaceSmall(ReadOnlySpan<byte> row, Span<byte> to, int count)
        {
            PackedSamples.Unpack(row, layout.Bits, to[..count]);
            var scale = (byte)(byte.MaxValue / ((1 << layout.Bits) - 1));
            foreach (ref var sample in to[..count])
                sample *= scale;
        }

        void PlaceColours(ReadOnlySpan<byte> row, Span<byte> to, int count)
        {
            var indices = _indices.AsSpan(0, count);
            PackedSamples.Unpack(row, layout.Bits, indices);
            if (raster.Channels == 1)
            {
                indices.CopyTo(to);
                return;
            }
            var entries = _colours.Length / 3;
            for (var x = 0; x < count; x++)
                for (var c = 0; c < 3; c++)
                    to[3 * x + c] = _colours[c * entries + indices[x]];
        }
    }
}
