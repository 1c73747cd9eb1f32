using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

static class TiffTag
{
    internal const uint SubfileType = 254, Width = 256, Height = 257, BitsPerSample = 258, Compression = 259, Photometric = 262, Description = 270,
        Orientation = 274, SamplesPerPixel = 277, RowsPerStrip = 278, XResolution = 282, YResolution = 283, PlanarConfig = 284, ResolutionUnit = 296,
        ColorMap = 320, TileWidth = 322, TileHeight = 323, ExtraSamples = 338, SampleFormat = 339, JpegTables = 347, JpegColorMode = 65538;
}

/// <summary>
/// libtiff 4.5 or later (its error handlers belong to one open file, those of older versions to the process), the part used by <see cref="TiffFile"/>.
/// </summary>
static unsafe partial class LibTiff
{
    static LibTiff() => NativeLibraries.Register();

    /// <summary>Memory that one step of libtiff may take beyond the size of the file: a tag can ask for gigabytes.</summary>
    const long MemoryLimit = 256 << 20;

    internal sealed class Document() : SafeHandle(0, ownsHandle: true)
    {
        /// <summary>Errors, and warnings that mean lost pixels.</summary>
        internal List<string> Complaints { get; set; } = [];

        internal GCHandle Callbacks { get; set; }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            TIFFClose(handle);
            Callbacks.Free();
            return true;
        }
    }

    /// <summary>Opens the first page. The file is read, never mapped: a file that shrinks under a map ends the process.</summary>
    internal static Document Open(string path, string name)
    {
        List<string> complaints = [];
        var callbacks = GCHandle.Alloc(complaints);
        var options = TIFFOpenOptionsAlloc();
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, (nint)(new FileInfo(path).Length + MemoryLimit));
        TIFFOpenOptionsSetErrorHandlerExtR(options, &OnError, GCHandle.ToIntPtr(callbacks));
        TIFFOpenOptionsSetWarningHandlerExtR(options, &OnWarning, GCHandle.ToIntPtr(callbacks));
        var document = OperatingSystem.IsWindows() ? TIFFOpenWExt(path, "rm", options) : TIFFOpenExt(path, "rm", options);
        TIFFOpenOptionsFree(options);
        if (document.IsInvalid)
        {
            callbacks.Free();
            throw new BadInputException($"{name}: a TIFF that is damaged or cut short ({complaints.FirstOrDefault("no reason given")}): get the file again");
        }
        (document.Complaints, document.Callbacks) = (complaints, callbacks);
        return document;
    }

    internal static int UInt16(Document document, uint tag, int otherwise = 0)
    {
        ushort value = 0;
        return TIFFGetFieldDefaulted(document, tag, &value) != 0 ? value : otherwise;
    }

    /// <summary>A number, 0 where the tag is absent, at most the largest of 31 bits.</summary>
    internal static int UInt32(Document document, uint tag)
    {
        uint value = 0;
        return TIFFGetFieldDefaulted(document, tag, &value) != 0 ? (int)Math.Min(value, int.MaxValue) : 0;
    }

    internal static float Single(Document document, uint tag)
    {
        float value = 0;
        return TIFFGetField(document, tag, &value) != 0 ? value : 0;
    }

    /// <summary>At most <paramref name="limit"/> bytes of a text; empty where the tag is absent.</summary>
    internal static string Text(Document document, uint tag, int limit)
    {
        byte* text = null;
        if (TIFFGetField(document, tag, &text) == 0 || text == null)
            return "";
        var all = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);
        return System.Text.Encoding.UTF8.GetString(all[..Math.Min(all.Length, limit)]);
    }

    internal static ushort[] UInt16s(Document document, uint tag)
    {
        ushort count = 0;
        ushort* values = null;
        return TIFFGetFieldDefaulted(document, tag, &count, &values) != 0 && values != null ? new ReadOnlySpan<ushort>(values, count).ToArray() : [];
    }

    /// <summary>The red, green and blue of a palette, one after another; empty where there is none. The library vouches for 2^bits of each.</summary>
    internal static ushort[] Palette(Document document, int bits)
    {
        ushort* red = null, green = null, blue = null;
        if (TIFFGetField(document, TiffTag.ColorMap, &red, &green, &blue) == 0 || red == null || green == null || blue == null)
            return [];
        var count = 1 << bits;
        return [.. new ReadOnlySpan<ushort>(red, count), .. new ReadOnlySpan<ushort>(green, count), .. new ReadOnlySpan<ushort>(blue, count)];
    }

    internal static bool CanDecompress(int method) => TIFFIsCODECConfigured((ushort)method) != 0;

    /// <summary>Lets JPEG data come out as RGB, whatever colors are stored.</summary>
    internal static void AskForRgb(Document document) => _ = TIFFSetField(document, TiffTag.JpegColorMode, 1);

    internal static bool IsTiled(Document document) => TIFFIsTiled(document) != 0;

    internal static long BlockBytes(Document document) =>
        (long)Math.Min(IsTiled(document) ? TIFFTileSize64(document) : TIFFStripSize64(document), long.MaxValue);

    /// <summary>Decodes a strip or tile into all of <paramref name="pixels"/>; false where that fails or something was lost.</summary>
    internal static bool ReadBlock(Document document, uint block, Span<byte> pixels)
    {
        fixed (byte* target = pixels)
            return (IsTiled(document) ? TIFFReadEncodedTile(document, block, target, pixels.Length) : TIFFReadEncodedStrip(document, block, target,
                pixels.Length)) == pixels.Length && document.Complaints.Count == 0;
    }

    /// <summary>The bytes of a strip or tile as they are stored; empty where it has none or they cannot be read.</summary>
    internal static byte[] ReadStored(Document document, uint block, int limit)
    {
        var length = TIFFGetStrileByteCount(document, block);
        if (length == 0 || length > (ulong)limit)
            return [];
        var bytes = new byte[length];
        fixed (byte* target = bytes)
            return (IsTiled(document) ? TIFFReadRawTile(document, block, target, bytes.Length) : TIFFReadRawStrip(document, block, target, bytes.Length))
                == bytes.Length && document.Complaints.Count == 0 ? bytes : [];
    }

    /// <summary>What all JPEG tiles of a page share; empty where each has all of its own.</summary>
    internal static byte[] JpegTables(Document document)
    {
        uint count = 0;
        byte* tables = null;
        return TIFFGetField(document, TiffTag.JpegTables, &count, &tables) != 0 && tables != null ? new ReadOnlySpan<byte>(tables, (int)count).ToArray() : [];
    }

    /// <summary>The whole image by libtiff's own conversion to 8-bit RGBA, rows as stored.</summary>
    internal static bool ReadRgba(Document document, int width, int height, int orientation, Span<uint> pixels)
    {
        fixed (uint* target = pixels)
            return TIFFReadRGBAImageOriented(document, (uint)width, (uint)height, target, orientation, 1) != 0 && document.Complaints.Count == 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int OnError(nint document, nint user, byte* module, byte* format, nint arguments)
    {
        ((List<string>)GCHandle.FromIntPtr(user).Target!).Add(Format(format, arguments));
        return 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int OnWarning(nint document, nint user, byte* module, byte* format, nint arguments)
    {
        var text = Format(format, arguments);
        if (!IsHarmless(text))
            ((List<string>)GCHandle.FromIntPtr(user).Target!).Add(text);
        return 1;
    }

    /// <summary>Data beyond what the image needs; every other warning while reading pixels means that some are lost.</summary>
    static bool IsHarmless(string warning) =>
        warning.Contains("extraneous bytes before marker 0xd9", StringComparison.Ordinal)
        || warning.Contains("to avoid buffer overrun", StringComparison.Ordinal)
        || warning.Contains("exceeds expected dimensions", StringComparison.Ordinal);

    static string Format(byte* format, nint arguments)
    {
        var text = stackalloc byte[512];
        _ = OperatingSystem.IsWindows() ? _vsnprintf(text, 511, format, arguments) : vsnprintf(text, 512, format, arguments);
        return Marshal.PtrToStringUTF8((nint)text)!.Trim('.', ':', ' ');
    }

    // The arguments of a C va_list reach a function as one pointer on every system this runs on.
    // That of Windows writes no zero at the end where the text is as long as the buffer, which is all zeros before.
    [LibraryImport("msvcrt")] private static partial int _vsnprintf(byte* text, nuint size, byte* format, nint arguments);
    [LibraryImport("libc")] private static partial int vsnprintf(byte* text, nuint size, byte* format, nint arguments);

    [LibraryImport(NativeLibraries.Tiff, StringMarshalling = StringMarshalling.Utf8)]
    private static partial Document TIFFOpenExt(string path, string mode, nint options);
    [LibraryImport(NativeLibraries.Tiff)]
    private static partial Document TIFFOpenWExt([MarshalAs(UnmanagedType.LPWStr)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string mode,
        nint options);
    [LibraryImport(NativeLibraries.Tiff)] private static partial void TIFFClose(nint document);
    [LibraryImport(NativeLibraries.Tiff)] private static partial nint TIFFOpenOptionsAlloc();
    [LibraryImport(NativeLibraries.Tiff)] private static partial void TIFFOpenOptionsFree(nint options);
    [LibraryImport(NativeLibraries.Tiff)] private static partial void TIFFOpenOptionsSetMaxSingleMemAlloc(nint options, nint bytes);
    [LibraryImport(NativeLibraries.Tiff)]
    private static partial void TIFFOpenOptionsSetErrorHandlerExtR(nint options, delegate* unmanaged[Cdecl]<nint, nint, byte*, byte*, nint, int> handler,
    nint user);
    [LibraryImport(NativeLibraries.Tiff)]
    private static partial void TIFFOpenOptionsSetWarningHandlerExtR(nint options, delegate* unmanaged[Cdecl]<nint, nint, byte*, byte*, nint, int> handler,
    nint user);
    [LibraryImport(NativeLibraries.Tiff)] internal static partial uint TIFFNumberOfDirectories(Document document);
    [LibraryImport(NativeLibraries.Tiff)] internal static partial int TIFFSetDirectory(Document document, uint page);

    // These take any arguments in C; integers and pointers are passed as here on Linux.
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFGetField(Document document, uint tag, void* value);
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFGetField(Document document, uint tag, uint* count, byte** bytes);
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFGetField(Document document, uint tag, ushort** a, ushort** b, ushort** c);
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFGetFieldDefaulted(Document document, uint tag, void* value);
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFGetFieldDefaulted(Document document, uint tag, ushort* count, ushort** values);
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFSetField(Document document, uint tag, int value);

    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFIsCODECConfigured(ushort method);
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFIsTiled(Document document);
    [LibraryImport(NativeLibraries.Tiff)] private static partial ulong TIFFStripSize64(Document document);
    [LibraryImport(NativeLibraries.Tiff)] private static partial ulong TIFFTileSize64(Document document);
    [LibraryImport(NativeLibraries.Tiff)] private static partial nint TIFFReadEncodedStrip(Document document, uint strip, byte* pixels, nint count);
    [LibraryImport(NativeLibraries.Tiff)] private static partial nint TIFFReadEncodedTile(Document document, uint tile, byte* pixels, nint count);
    [LibraryImport(NativeLibraries.Tiff)] private static partial ulong TIFFGetStrileByteCount(Document document, uint block);
    [LibraryImport(NativeLibraries.Tiff)] private static partial nint TIFFReadRawStrip(Document document, uint strip, byte* bytes, nint count);
    [LibraryImport(NativeLibraries.Tiff)] private static partial nint TIFFReadRawTile(Document document, uint tile, byte* bytes, nint count);
    [LibraryImport(NativeLibraries.Tiff)]
    private static partial int TIFFReadRGBAImageOriented(Document document, uint width, uint height, uint* pixels, int orientation, int stopOnError);
}
