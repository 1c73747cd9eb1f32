namespace Patchwise;

static class FileKind
{
    internal const int HeadLength = 132;

    internal static ImageFormat Of(ReadOnlySpan<byte> file, string name)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return ImageFormat.Png;
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return ImageFormat.Jpeg;
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8))
            return ImageFormat.Tiff;
        if (file.StartsWith("BM"u8) && file.Length >= 26 && file[5] < 0x20)
            return ImageFormat.Bmp;
        if (file.StartsWith("RIFF"u8) && At(file, 8, "WEBP"u8))
            return ImageFormat.WebP;
        if (At(file, 4, "jP  "u8) || file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]))
            return ImageFormat.Jpeg2000;
        const string Expected = "expected a PNG, JPEG, TIFF, BMP, WebP or JPEG 2000 image";
        throw new BadInputException(file.IsEmpty ? $"{name} is empty: {Expected}; get the file again"
            : IsNumpy(file) ? $"{name} is a NumPy array: {Expected}; labels in an array are read by Mask.Load"
            : $"{name} is {Describe(file)}: {Expected}; convert it to one of these");
    }

    internal static bool IsNumpy(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]);

    /// <summary>What a file that no format here begins like may be, in words.</summary>
    internal static string Describe(ReadOnlySpan<byte> file) => file switch
    {
        _ when file.StartsWith("GIF8"u8) => "a GIF",
        _ when At(file, 4, "ftypavif"u8) => "an AVIF image",
        _ when At(file, 4, "ftyp"u8) => "a HEIC image or a video",
        _ when At(file, 128, "DICM"u8) => "a DICOM file",
        _ when file.StartsWith("ZISRAWFILE"u8) => "a CZI slide, which OpenSlide does not read",
        _ when file.StartsWith("<DataObject"u8) => "an iSyntax slide, which OpenSlide does not read",
        _ when file.StartsWith("%PDF"u8) => "a PDF",
        _ when file.StartsWith("8BPS"u8) => "a Photoshop file",
        _ when file.StartsWith("PK"u8) => "a zip file (unpack it first)",
        _ when file.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) => "a gzip file (unpack it first)",
        _ when file.StartsWith((ReadOnlySpan<byte>)[0x89, 0x48, 0x44, 0x46]) => "an HDF5 file",
        _ when file.StartsWith("version https://git-lfs"u8) => "a Git LFS pointer (run git lfs pull)",
        _ when file.StartsWith("<"u8) => "XML, SVG or a web page (perhaps a failed download)",
        _ when file[..Math.Min(file.Length, HeadLength)].IndexOfAnyExcept(Printable) < 0 => "text",
        _ when file.IndexOfAnyExcept((byte)0) < 0 => "zeros only (perhaps a failed download or copy)",
        _ => $"no image known here (it begins {Convert.ToHexString(file[..Math.Min(file.Length, 8)])})",
    };

    static readonly System.Buffers.SearchValues<byte> Printable =
        System.Buffers.SearchValues.Create([(byte)'\t', (byte)'\n', (byte)'\r', .. Enumerable.Range(0x20, 0x5F).Select(c => (byte)c)]);

    static bool At(ReadOnlySpan<byte> file, int offset, ReadOnlySpan<byte> mark) => file.Length >= offset && file[offset..].StartsWith(mark);
}
