using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Patchwise;

/// <remarks>In a notebook an image shows itself as PNG.</remarks>
public sealed partial class Raster
{
    /// <summary>Images of more pixels (2^28, 268 million) are refused unless the caller raises the limit.</summary>
    public const long DefaultPixelLimit = 1L << 28;

    /// <summary>
    /// Reads a PNG, JPEG or TIFF file (its first page); the bytes decide the format, not the name.
    /// Grey of 1, 2 or 4 bits is scaled to 8, a palette becomes RGB, any transparency makes RGBA (not premultiplied; an extra channel of TIFF that
    /// is not named opacity is left out), the orientation of JPEG and TIFF is applied. Color profiles and gamma are not: pixels are those
    /// that libpng, libjpeg and libtiff give.
    /// </summary>
    /// <exception cref="BadInputException">
    /// The file is missing, of another kind, damaged, cut short or above <paramref name="maxPixels"/>; the message names it.
    /// </exception>
    public static Raster Load(string path, long maxPixels = DefaultPixelLimit) =>
        WithFile(path, file => Decode(file, path, maxPixels), stream => TiffFile.Decode(stream, path, maxPixels));

    /// <summary>As <see cref="Load"/>, from the bytes of a file; <paramref name="name"/> stands for it in messages.</summary>
    public static Raster Decode(ReadOnlySpan<byte> file, string name = "image", long maxPixels = DefaultPixelLimit) => FileKind.Of(file, name) switch
    {
        ImageFormat.Png => PngFile.Decode(file, name, maxPixels),
        ImageFormat.Jpeg => JpegFile.Decode(file, name, maxPixels),
        _ => DecodeTiff(file, name, maxPixels),
    };

    /// <summary>
    /// A mask of objects: one channel, whose values tell objects and classes apart. Of several channels the first counts; of a palette the numbers
    /// of its entries, since entries of unlike colors may share their red; the rest is as in <see cref="Load"/> (a 1-bit mask is 0 and 255).
    /// </summary>
    internal static Raster LoadMask(string path, long maxPixels = DefaultPixelLimit) => WithFile(path,
        file => FileKind.Of(file, path) == ImageFormat.Png && PngFile.DecodeIndices(file, path, maxPixels) is { } indices ? indices
            : Decode(file, path, maxPixels),
        stream => TiffFile.Decode(stream, path, maxPixels, indices: true)).Channel(0);

    static unsafe Raster DecodeTiff(ReadOnlySpan<byte> file, string name, long maxPixels)
    {
        fixed (byte* start = file)
            using (var stream = new UnmanagedMemoryStream(start, file.Length))
                return TiffFile.Decode(stream, name, maxPixels);
    }

    /// <summary>Size, channels, bits and resolution as the file states them, without decoding a pixel.</summary>
    /// <exception cref="BadInputException">As for <see cref="Load"/>.</exception>
    public static ImageInfo ReadInfo(string path) => WithFile(path,
        file => FileKind.Of(file, path) == ImageFormat.Png ? PngFile.ReadInfo(file, path) : JpegFile.ReadInfo(file, path),
        stream => TiffFile.ReadInfo(stream, path));

    /// <summary>The image as a PNG file, with its <see cref="Mpp"/> where known.</summary>
    public byte[] ToPng() => PngFile.Encode(this);

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

    /// <summary>Whether an image of this name is saved as PNG, else as JPEG.</summary>
    /// <exception cref="BadInputException">The name ends in another way.</exception>
    internal static bool IsPngName(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".PNG" => true,
        ".JPG" or ".JPEG" => false,
        var other =>
            throw new BadInputException(
                $"{path}: images are saved as .png or .jpg, not as {(other == "" ? "a file without an ending" : other)}; change the name"),
    };

    /// <summary>
    /// The image with 8 bits a sample: 16-bit samples are divided by 257 and rounded, so that 65535 becomes 255. Itself where it has 8 already.
    /// </summary>
    public Raster To8Bit()
    {
        if (Bits == 8)
            return this;
        var narrow = new Raster(Width, Height, Channels) { Mpp = Mpp };
        var from = Samples16;
        var to = narrow.Samples8;
        for (var i = 0; i < to.Length; i++)
            to[i] = (byte)((from[i] + 128) / 257);
        return narrow;
    }

    /// <summary>One channel as a grey image: of a mask saved as RGB the first, of RGBA the last is the opacity. Itself where it has one channel only.</summary>
    public Raster Channel(int channel)
    {
        if ((uint)channel >= (uint)Channels)
            throw new BadInputException($"channel {channel} of an image with {Channels}: expected 0 to {Channels - 1}");
        if (Channels == 1)
            return this;
        var single = new Raster(Width, Height, 1, Bits) { Mpp = Mpp };
        if (Bits == 8)
            Pick(Samples8, single.Samples8, channel, Channels);
        else
            Pick(Samples16, single.Samples16, channel, Channels);
        return single;
    }

    static void Pick<T>(ReadOnlySpan<T> from, Span<T> to, int channel, int channels)
    {
        for (int i = 0, at = channel; i < to.Length; i++, at += channels)
            to[i] = from[at];
    }

    delegate T BytesReader<T>(ReadOnlySpan<byte> file);

    /// <summary>
    /// Calls <paramref name="read"/> with all bytes of a PNG or JPEG file, or <paramref name="readTiff"/> with a TIFF file, of which parts may be enough.
    /// </summary>
    static T WithFile<T>(string path, BytesReader<T> read, Func<Stream, T> readTiff)
    {
        byte[]? rented = null;
        try
        {
            using var file = Open(path);
            Span<byte> head = stackalloc byte[FileKind.HeadLength];
            if (FileKind.Of(head[..RandomAccess.Read(file, head, 0)], path) == ImageFormat.Tiff)
            {
                using var stream = new FileStream(file, FileAccess.Read);
                return readTiff(stream);
            }
            var length = RandomAccess.GetLength(file);
            if (length > Array.MaxLength)
                throw new BadInputException(FormattableString.Invariant(
                    $"{path} takes {length:N0} bytes: expected at most {Array.MaxLength:N0}; open it as a slide"));
            rented = ArrayPool<byte>.Shared.Rent((int)length);
            var count = 0;
            for (int got; count < length && (got = RandomAccess.Read(file, rented.AsSpan(count, (int)length - count), count)) > 0; count += got) ;
            return read(rented.AsSpan(0, count));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path} could not be read: {error.Message}", error);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    static SafeFileHandle Open(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new BadInputException("no image file was named: expected a path such as slides/one.png");
        if (Directory.Exists(path))
            throw new BadInputException($"{path} is a folder: expected an image file; ImageSet.Open reads a whole folder");
        if (!File.Exists(path))
            throw new BadInputException($"{path} does not exist (looked in {Path.GetFullPath(".")}): expected an image file; check the name");
        return File.OpenHandle(path);
    }
}
