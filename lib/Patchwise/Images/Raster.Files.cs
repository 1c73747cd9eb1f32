namespace Patchwise;

/// <remarks>In a notebook an image shows itself as PNG.</remarks>
public sealed partial class Raster
{
    /// <summary>Images of more pixels (2^28, 268 million) are refused unless the caller raises the limit.</summary>
    public const long DefaultPixelLimit = 1L << 28;

    /// <summary>
    /// Reads a PNG, JPEG, TIFF, BMP, WebP or JPEG 2000 file; the bytes decide the format, not the name.
    /// Grey of 1, 2 or 4 bits is scaled to 8, a palette becomes RGB, any transparency makes RGBA (not premultiplied; a fourth channel of TIFF that
    /// is not named opacity is left out), an orientation that the file states is applied. Color profiles and gamma are not: pixels are those
    /// that libpng, libjpeg and libtiff give. A mask is read by <see cref="Mask.Load"/>.
    /// </summary>
    /// <param name="page">Of a TIFF of several, from 0; needed where it holds more than one image that is not a smaller copy.</param>
    /// <param name="channel">One channel as a grey image, from 0; needed where a TIFF holds others than those of grey or color.</param>
    /// <exception cref="BadInputException">
    /// The file is missing, of another kind, damaged, cut short or above <paramref name="maxPixels"/>; the message names it.
    /// </exception>
    public static Raster Load(string path, long maxPixels = DefaultPixelLimit, int? page = null, int? channel = null) =>
        Load(path, new Reading(maxPixels, page, channel));

    internal static Raster Load(string path, Reading how) => Read(path, how.Stored, out var format) is { } file ? Decode(file, format, path, how)
        : DecodeAt(path, format, path, how);

    /// <summary>As <see cref="Load(string, long, int?, int?)"/>, from the bytes of a file; <paramref name="name"/> stands for it in messages.</summary>
    public static Raster Decode(ReadOnlySpan<byte> file, string name = "image", long maxPixels = DefaultPixelLimit)
    {
        var format = FileKind.Of(file, name);
        if (!IsReadAtPath(format))
            return Decode(file, (ImageFormat?)format, name, new(maxPixels));
        var copy = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(copy, file);
            return DecodeAt(copy, format, name, new(maxPixels));
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>
    /// A mask's numbers, for who saves it again: of a palette its indices, of 1, 2 and 4 bits as they are stored, of more than 16 bits as
    /// <see cref="Mask.Load"/> has them. Any other image is as <see cref="Load(string, long, int?, int?)"/> gives it.
    /// </summary>
    /// <param name="notes">What was done that a user should know of.</param>
    /// <exception cref="BadInputException">As for both of these.</exception>
    public static Raster LoadNumbers(string path, long maxPixels, out IReadOnlyList<string> notes)
    {
        notes = [];
        var file = Read(path, arrays: true, out var format);
        Raster Decoded(Reading how) => file is null ? DecodeAt(path, format, path, how) : Decode(file, format, path, how);
        var stored = Decoded(new(maxPixels, Stored: true));
        if (stored.Bits > 16 || stored.Numbers != NumberKind.Unsigned)
        {
            var mask = Mask.Of(stored, name: path);
            notes = mask.Notes;
            return mask.Pixels;
        }
        if (format is null)
            return stored;
        var colors = Decoded(new(maxPixels));
        if (colors.FromPalette)
            notes = [$"{path}: the numbers of its palette are kept, as of a mask, and not the colors"];
        // A TIFF of which 0 is white is no smaller in bits.
        return colors.FromPalette || (colors.Channels == 1 && stored is { Channels: 1, Remark: null }) ? stored : colors;
    }

    /// <param name="format">Null: a NumPy array.</param>
    static Raster Decode(ReadOnlySpan<byte> file, ImageFormat? format, string name, Reading how)
    {
        if (how.Page is not (null or 0) && format is not null)
            throw new BadInputException($"{name} has one page and none of number {how.Page}: expected page 0, or none to be named");
        var raster = format switch
        {
            ImageFormat.Png => PngFile.Decode(file, name, how),
            ImageFormat.Jpeg => JpegFile.Decode(file, name, how),
            ImageFormat.Bmp => BmpFile.Decode(file, name, how),
            ImageFormat.WebP => WebP.Decode(file, name, how),
            _ => NumpyFile.Decode(file, name, how),
        };
        return how.Channel is { } channel ? raster.Channel(channel) : raster;
    }

    /// <summary>Whether a library reads the file by its path, of which parts may be enough.</summary>
    static bool IsReadAtPath(ImageFormat? format) => format is ImageFormat.Tiff or ImageFormat.Jpeg2000;

    static Raster DecodeAt(string path, ImageFormat? format, string name, Reading how) =>
        format == ImageFormat.Tiff ? TiffFile.Decode(path, name, how) : OpenJpeg.Decode(path, name, how);

    /// <summary>Size, channels, bits and resolution as the file states them, without decoding a pixel.</summary>
    /// <exception cref="BadInputException">As for <see cref="Load(string, long, int?, int?)"/>.</exception>
    public static ImageInfo ReadInfo(string path) => ReadInfo(path, new(long.MaxValue));

    internal static ImageInfo ReadInfo(string path, Reading how) => (Read(path, how.Stored, out var format), format) switch
    {
        (_, ImageFormat.Tiff) => TiffFile.ReadInfo(path, path, how),
        (_, ImageFormat.Jpeg2000) => OpenJpeg.ReadInfo(path, path, how),
        (var file, ImageFormat.Png) => PngFile.ReadInfo(file, path),
        (var file, ImageFormat.Jpeg) => JpegFile.ReadInfo(file, path),
        (var file, ImageFormat.Bmp) => BmpFile.ReadInfo(file, path),
        (var file, ImageFormat.WebP) => WebP.ReadInfo(file, path),
        var (file, _) => NumpyFile.ReadInfo(file, path),
    };

    /// <summary>The image as a PNG file, with its <see cref="Mpp"/> where known.</summary>
    public byte[] ToPng() => PngFile.Encode(this);

    /// <summary>
    /// The image as a PNG file of at most so many colors, for figures: a third of the bytes and less. As it is where it has no more colors, else in such as
    /// come near its own. Opacity is laid over white.
    /// </summary>
    /// <param name="colors">2 to 256.</param>
    /// <exception cref="BadInputException">The number is out of range.</exception>
    public byte[] ToPng(int colors)
    {
        if (colors is < 2 or > 256)
            throw new BadInputException($"a PNG of {colors} colors: expected 2 to 256");
        var (indices, palette) = FewColors.Of(OnWhite(), colors);
        return PngFile.Encode(indices, palette, level: 9);
    }

    /// <summary>The image as a JPEG file. Of RGBA the transparency is left out; from quality 90 on the colors are not subsampled.</summary>
    /// <param name="quality">1 (small) to 100 (best).</param>
    /// <exception cref="BadInputException">The quality is out of range, or the image has 16 bits.</exception>
    public byte[] ToJpeg(int quality = 90) => JpegFile.Encode(this, quality);

    /// <summary>Writes a PNG or JPEG file, as the name ends in .png, .jpg or .jpeg. It appears whole or not at all.</summary>
    public void Save(string path)
    {
        if (IsPngName(path))
            WholeFile.Write(path, stream => PngFile.Write(this, stream));
        else
        {
            var file = ToJpeg();
            WholeFile.Write(path, stream => stream.Write(file));
        }
    }

    internal static bool IsPngName(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".PNG" => true,
        ".JPG" or ".JPEG" => false,
        var other =>
            throw new BadInputException(
                $"{path}: images are saved as .png or .jpg, not as {(other == "" ? "a file without an ending" : other)}; change the name"),
    };

    /// <summary>All bytes of a file, or null where a library reads it by its path.</summary>
    /// <param name="arrays">NumPy's are read, too.</param>
    /// <param name="format">Null: a NumPy array.</param>
    static byte[]? Read(string path, bool arrays, out ImageFormat? format)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new BadInputException("no image file was named: expected a path such as slides/one.png");
        if (Directory.Exists(path))
            throw new BadInputException($"{path} is a folder: expected an image file; ImageSet.Open reads a whole folder");
        if (!File.Exists(path))
            throw new BadInputException($"{path} does not exist (looked in {Path.GetFullPath(".")}): expected an image file; check the name");
        (var file, format) = InputFile.Read(path, () =>
        {
            using var file = File.OpenHandle(path);
            Span<byte> head = stackalloc byte[FileKind.HeadLength];
            head = head[..RandomAccess.Read(file, head, 0)];
            ImageFormat? kind = arrays && FileKind.IsNumpy(head) ? null : FileKind.Of(head, path);
            if (RandomAccess.GetLength(file) is var length && length > Array.MaxLength && !IsReadAtPath(kind))
                throw new BadInputException(FormattableString.Invariant(
                    $"{path} takes {length:N0} bytes: expected at most {Array.MaxLength:N0}; open it as a slide"));
            return (IsReadAtPath(kind) ? null : File.ReadAllBytes(path), kind);
        });
        return file;
    }
}
