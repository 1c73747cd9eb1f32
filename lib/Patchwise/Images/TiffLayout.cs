namespace Patchwise;

/// <summary>How a page of a TIFF file is laid out, checked to be one that can be read.</summary>
/// <param name="Bits">Of a sample in the file; the raster's are <see cref="ImageInfo.Bits"/>.</param>
/// <param name="Numbers">What the samples are.</param>
/// <param name="Sources">For each channel of the raster the sample of a pixel that it comes from.</param>
/// <param name="Planes">Each sample has strips or tiles of its own.</param>
/// <param name="Colors">Red, green and blue of each palette entry, one after another; empty: samples are taken as they are.</param>
/// <param name="ByLibrary">Only libtiff's own conversion, of all pixels at once, reads its colors.</param>
sealed record TiffLayout(ImageInfo Info, int Bits, NumberKind Numbers, int Samples, bool Planes, int[] Sources, byte[] Colors, bool IsPalette,
    bool WhiteIsZero, bool Stored, bool Premultiplied, bool ByLibrary, int Orientation)
{
    const int WhiteIsZeroColors = 0, BlackIsZero = 1, Rgb = 2, Palette = 3, Mask = 4, Cmyk = 5, YCbCr = 6;
    const int JpegCompression = 7, Separate = 2;

    internal int Width => Info.Size.Width;
    internal int Height => Info.Size.Height;

    internal int RowBytes(int width) => (int)Math.Min(((long)width * (Planes ? 1 : Samples) * Bits + 7) / 8, int.MaxValue);

    /// <summary>Whether the samples are none of a picture on a screen.</summary>
    internal static bool IsOfOtherNumbers(LibTiff.Document document) => LibTiff.UInt16(document, TiffTag.SampleFormat) > 1
        || LibTiff.UInt16(document, TiffTag.BitsPerSample) > 16 || LibTiff.UInt16(document, TiffTag.Photometric, otherwise: Rgb) is Cmyk or > YCbCr;

    internal static TiffLayout Read(LibTiff.Document document, string name, Reading how)
    {
        int bits = LibTiff.UInt16(document, TiffTag.BitsPerSample), samples = LibTiff.UInt16(document, TiffTag.SamplesPerPixel);
        int photometric = LibTiff.UInt16(document, TiffTag.Photometric, otherwise: samples >= 3 ? Rgb : BlackIsZero),
            orientation = LibTiff.UInt16(document, TiffTag.Orientation), method = LibTiff.UInt16(document, TiffTag.Compression);
        var size = new PixelSize(LibTiff.UInt32(document, TiffTag.Width), LibTiff.UInt32(document, TiffTag.Height));
        var planes = samples > 1 && LibTiff.UInt16(document, TiffTag.PlanarConfig) == Separate;
        var extras = LibTiff.UInt16s(document, TiffTag.ExtraSamples);
        var colors = photometric is Rgb or YCbCr ? 3 : 1;
        var numbers = LibTiff.UInt16(document, TiffTag.SampleFormat) switch { 2 => NumberKind.Signed, 3 => NumberKind.Real, _ => NumberKind.Unsigned };

        void Expect(bool isRight, string found, string cure)
        {
            if (!isRight)
                throw new BadInputException($"{name}: a TIFF {found}: {cure}");
        }
        const string AsLabels = "convert it first, or read it as labels with Mask.Load";
        Expect(size is { Width: > 0, Height: > 0 }, $"of {size} px", "expected at least one pixel each way; get the file again");
        Expect(LibTiff.CanDecompress(method), $"compressed by method {method}, which libtiff does not know",
            "open it as a slide, or save it again with LZW or deflate compression");
        Expect(how.Stored || numbers != NumberKind.Real, $"of {bits}-bit real numbers", $"expected whole numbers of 8 or 16 bits; scale and {AsLabels}");
        Expect(LibTiff.UInt16(document, TiffTag.SampleFormat) is not (5 or 6) && (how.Stored || numbers != NumberKind.Signed),
            "of signed or complex numbers", $"expected unsigned whole numbers of 8 or 16 bits; {AsLabels}");
        Expect((bits is 1 or 2 or 4 or 8 or 16 || (how.Stored && bits is 32 or 64)) && (bits >= 8 || (samples == 1 && numbers != NumberKind.Real))
            && (bits <= 8 || photometric is not (Palette or YCbCr)), $"with {bits} bits a sample",
            how.Stored ? "expected 1 to 64; convert it first" : $"expected 8 or 16; {AsLabels}");
        Expect(photometric is WhiteIsZeroColors or BlackIsZero or Rgb or Palette or Mask or YCbCr,
            photometric == Cmyk ? "in CMYK, the colors of print" : $"with colors of kind {photometric}",
            "expected grey, a palette or RGB; save it again as RGB");
        Expect(samples >= colors, $"with {samples} samples a pixel", "expected 3 or more for color; get the file again");
        // 1 and 2 are opacity. Beside RGB one unnamed sample is left out, as other readers do; beside grey any may be the picture.
        var alpha = photometric != Palette && extras is [1 or 2, ..];
        var choose = $"choose one of 0 to {samples - 1} (channel: 0, on the command line --channel)";
        Expect(how.Channel is not null || samples - colors <= (alpha || colors == 3 ? 1 : 0), $"with {samples} channels", choose);
        Expect(how.Channel is null || (uint)how.Channel < (uint)samples, $"with {samples} channels and none of number {how.Channel}",
            $"expected 0 to {samples - 1}");
        var palette = photometric == Palette ? LibTiff.Palette(document, bits) : [];
        Expect(photometric != Palette || palette.Length > 0, "whose palette is missing", "get the file again");

        // JPEG turns its colors into RGB itself. What is left, with chroma of lower resolution, is rare and goes through libtiff's own conversion.
        var byLibrary = photometric == YCbCr && (method != JpegCompression || planes);
        if (photometric == YCbCr && !byLibrary)
            LibTiff.AskForRgb(document);
        var indexed = photometric == Palette && (how.Stored || how.Channel is not null);
        int[] sources = (photometric, alpha && !byLibrary) switch
        {
            _ when how.Channel is { } one && !byLibrary => [one],
            (Palette, _) => indexed ? [0] : [0, 0, 0],
            (Rgb or YCbCr, var opaque) => opaque ? [0, 1, 2, colors] : [0, 1, 2],
            (_, true) => [0, 0, 0, 1],
            _ => [0],
        };
        Expect(bits <= 16 || sources.Length == 1, $"with {samples} channels of {bits} bits", choose);
        var (mpp, magnification) = ReadResolution(document);
        var odd = mpp is null && magnification is null ? null : TiffDescription.OddSize(LibTiff.Text(document, TiffTag.Description, 1 << 16), size);
        // Of the entries, of 16 bits, some writers fill only the lower 8.
        var shift = palette.Any(entry => entry > byte.MaxValue) ? 8 : 0;
        return new(new(size, sources.Length, Math.Max(bits, 8), ImageFormat.Tiff, mpp, magnification) { Odd = odd }, bits, numbers, samples, planes, sources,
            indexed ? [] : [.. palette.Select(entry => (byte)(entry >> shift))], photometric == Palette, photometric == WhiteIsZeroColors, how.Stored,
            sources.Length == 4 && extras[0] == 1, byLibrary, orientation is >= 1 and <= 8 ? orientation : 1);
    }

    internal static (Mpp?, Magnification?) ReadResolution(LibTiff.Document document)
    {
        double x = LibTiff.Single(document, TiffTag.XResolution), y = LibTiff.Single(document, TiffTag.YResolution);
        var (mpp, magnification) = TiffDescription.Read(LibTiff.Text(document, TiffTag.Description, 1 << 16), x, y);
        return (mpp ?? PixelSpacing.OfUnit(x, y, LibTiff.UInt16(document, TiffTag.ResolutionUnit)), magnification);
    }

    internal void Finish(Raster raster)
    {
        if (WhiteIsZero && !Stored)
            Invert(raster);
        if (Premultiplied && raster.Bits == 8)
            Unmultiply<byte>(raster);
        else if (Premultiplied)
            Unmultiply<ushort>(raster);
    }

    static void Invert(Raster raster)
    {
        var data = raster.Data;
        var pixel = raster.Channels * raster.Bits / 8;
        var colors = raster.Channels == 4 ? pixel / 4 * 3 : pixel;
        for (var at = 0; at < data.Length; at += pixel)
            for (var i = at; i < at + colors; i++)
                data[i] = (byte)~data[i];
    }

    /// <summary>Colors that were multiplied with their opacity are divided by it, rounded down, as Pillow does.</summary>
    static void Unmultiply<T>(Raster raster) where T : unmanaged, System.Numerics.IBinaryInteger<T>, System.Numerics.IMinMaxValue<T>
    {
        var most = uint.CreateTruncating(T.MaxValue);
        for (var pixels = raster.Samples<T>(); !pixels.IsEmpty; pixels = pixels[4..])
            for (var c = 0; c < 3; c++)
                pixels[c] = pixels[3] == T.Zero ? T.Zero
                    : T.CreateTruncating(Math.Min(most, uint.CreateTruncating(pixels[c]) * most / uint.CreateTruncating(pixels[3])));
    }
}
