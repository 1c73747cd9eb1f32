namespace Patchwise;

/// <summary>How the first page of a TIFF file is laid out, checked to be one that can be read.</summary>
/// <param name="Sources">For each channel of the raster the sample of a pixel that it comes from.</param>
/// <param name="Planes">Each sample has strips or tiles of its own.</param>
/// <param name="ByLibrary">Only libtiff's own conversion, of all pixels at once, reads its colors.</param>
sealed record TiffLayout(ImageInfo Info, int Photometric, int Bits, int Samples, bool Planes, int[] Sources, bool Premultiplied, bool ByLibrary,
    int Orientation)
{
    const int WhiteIsZero = 0, BlackIsZero = 1, Rgb = 2, Palette = 3, Mask = 4, Cmyk = 5, YCbCr = 6;
    const int JpegCompression = 7, Separate = 2;

    internal int Width => Info.Size.Width;
    internal int Height => Info.Size.Height;
    internal bool IsPalette => Photometric == Palette;
    internal bool IsInverted => Photometric == WhiteIsZero;

    /// <summary>Samples lie in the file as in a raster, so that strips are decoded in place.</summary>
    internal bool IsDirect => !Planes && Bits >= 8 && !IsPalette && Samples == Sources.Length;

    internal int RowBytes(int width) => (int)Math.Min(((long)width * (Planes ? 1 : Samples) * Bits + 7) / 8, int.MaxValue);

    /// <exception cref="BadInputException">It cannot be read; the message says why and what to do.</exception>
    internal static TiffLayout Read(LibTiff.Document document, string name)
    {
        int bits = LibTiff.UInt16(document, TiffTag.BitsPerSample), samples = LibTiff.UInt16(document, TiffTag.SamplesPerPixel),
            format = LibTiff.UInt16(document, TiffTag.SampleFormat);
        int photometric = LibTiff.UInt16(document, TiffTag.Photometric, otherwise: (ushort)(samples >= 3 ? Rgb : BlackIsZero)),
            orientation = LibTiff.UInt16(document, TiffTag.Orientation);
        var method = LibTiff.UInt16(document, TiffTag.Compression);
        var size = new PixelSize((int)Math.Min(LibTiff.UInt32(document, TiffTag.Width), int.MaxValue),
            (int)Math.Min(LibTiff.UInt32(document, TiffTag.Height), int.MaxValue));
        var planes = samples > 1 && LibTiff.UInt16(document, TiffTag.PlanarConfig) == Separate;
        var extras = LibTiff.UInt16s(document, TiffTag.ExtraSamples);
        var colors = photometric is Rgb or YCbCr ? 3 : 1;

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
            throw Refuse(photometric == Cmyk ? "in CMYK, the colors of print" : $"with colors of kind {photometric}",
                "expected grey, a palette or RGB; save it again as RGB");
        // 1 and 2 are opacity; 0 is unnamed and ignored beside RGB, but beside grey it may be the picture.
        var alpha = samples > colors && photometric != Palette && extras is [1 or 2, ..];
        if (samples < colors || (samples > colors && colors == 1 && !alpha))
            throw Refuse($"with {samples} samples a pixel",
                colors == 3 ? "expected 3 or more for color; get the file again" : "expected 1 for grey; save the channel you need on its own");
        if (photometric == Palette && LibTiff.Palette(document, bits).Length == 0)
            throw Refuse("whose palette is missing", "get the file again");

        // JPEG turns its colors into RGB itself. What is left, with chroma of lower resolution, is rare and goes through libtiff's own conversion.
        var byLibrary = photometric == YCbCr && (method != JpegCompression || planes);
        if (photometric == YCbCr && !byLibrary)
            LibTiff.AskForRgb(document);
        int[] sources = (photometric, alpha && !byLibrary) switch
        {
            (Palette, _) => [0, 0, 0],
            (Rgb or YCbCr, var opaque) => opaque ? [0, 1, 2, colors] : [0, 1, 2],
            (_, true) => [0, 0, 0, 1],
            _ => [0],
        };
        var (mpp, magnification) = ReadResolution(document);
        var info = new ImageInfo(size, sources.Length, Math.Max(bits, 8), ImageFormat.Tiff, mpp, magnification);
        return new(info, photometric, bits, samples, planes, sources, sources.Length == 4 && extras[0] == 1, byLibrary,
            orientation is >= 1 and <= 8 ? orientation : 1);
    }

    static (Mpp?, Magnification?) ReadResolution(LibTiff.Document document)
    {
        double x = LibTiff.Single(document, TiffTag.XResolution), y = LibTiff.Single(document, TiffTag.YResolution);
        var (mpp, magnification) = TiffDescription.Read(LibTiff.Text(document, TiffTag.Description, 1 << 16), x, y);
        return (mpp ?? LibTiff.UInt16(document, TiffTag.ResolutionUnit) switch
        {
            2 => PixelSpacing.Of(x, y, PixelSpacing.MicronsPerInch),
            3 => PixelSpacing.Of(x, y, PixelSpacing.MicronsPerCentimetre),
            _ => null,
        }, magnification);
    }
}
