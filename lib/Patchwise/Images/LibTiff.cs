using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// libtiff 4.5 or later (its error handlers belong to one open file, those of older versions to the process), the part used by <see cref="TiffFile"/>.
/// A file is read through a <see cref="Stream"/>, never mapped: a file that shrinks under a map ends the process.
/// </summary>
static unsafe partial class LibTiff
{
    static LibTiff() => NativeLibraries.Register();

    /// <summary>Memory that one step of libtiff may take beyond the size of the file: a tag can ask for gigabytes.</summary>
    const long MemoryLimit = 256 << 20;

    /// <summary>An open file. Closing leaves the stream open.</summary>
    internal sealed class Document() : SafeHandle(0, ownsHandle: true)
    {
        internal Source Source { get; set; } = null!;

        internal GCHandle Callbacks { get; set; }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            TIFFClose(handle);
            Callbacks.Free();
            return true;
        }
    }

    /// <summary>What libtiff's callbacks work on: the bytes, and what libtiff said about them.</summary>
    internal sealed class Source(Stream stream)
    {
        internal Stream Stream => stream;

        /// <summary>The first error, or the first warning that means lost pixels; null where there was none.</summary>
        internal string? Problem { get; private set; }

        bool _isError;

        /// <summary>Forgets what was said about tags.</summary>
        internal void Clear() => (Problem, _isError) = (null, false);

        internal void Add(string text, bool isError)
        {
            if (Problem is null || (isError && !_isError))
                (Problem, _isError) = (text, isError);
        }
    }

    /// <summary>Opens the first directory; null with the reason where that fails.</summary>
    internal static Document? Open(Stream stream, out string? problem)
    {
        var source = new Source(stream);
        var callbacks = GCHandle.Alloc(source);
        var options = TIFFOpenOptionsAlloc();
        TIFFOpenOptionsSetMaxSingleMemAlloc(options, (nint)(stream.Length + MemoryLimit));
        TIFFOpenOptionsSetErrorHandlerExtR(options, &OnError, GCHandle.ToIntPtr(callbacks));
        TIFFOpenOptionsSetWarningHandlerExtR(options, &OnWarning, GCHandle.ToIntPtr(callbacks));
        var document = TIFFClientOpenExt("", "rm", GCHandle.ToIntPtr(callbacks), &Read, &Write, &Seek, &Close, &Size, &Map, &Unmap, options);
        TIFFOpenOptionsFree(options);
        problem = document.IsInvalid ? source.Problem ?? "no reason given" : null;
        if (document.IsInvalid)
        {
            callbacks.Free();
            return null;
        }
        (document.Source, document.Callbacks) = (source, callbacks);
        return document;
    }

    internal static ushort UInt16(Document document, uint tag, ushort otherwise = 0)
    {
        ushort value = 0;
        return TIFFGetFieldDefaulted(document, tag, &value) != 0 ? value : otherwise;
    }

    internal static uint UInt32(Document document, uint tag)
    {
        uint value = 0;
        return TIFFGetFieldDefaulted(document, tag, &value) != 0 ? value : 0;
    }

    /// <summary>A real number; 0 where the tag is absent.</summary>
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
        if (TIFFGetField(document, 320, &red, &green, &blue) == 0 || red == null || green == null || blue == null)
            return [];
        var count = 1 << bits;
        return [.. new ReadOnlySpan<ushort>(red, count), .. new ReadOnlySpan<ushort>(green, count), .. new ReadOnlySpan<ushort>(blue, count)];
    }

    internal static bool CanDecompress(ushort method) => TIFFIsCODECConfigured(method) != 0;

    /// <summary>Lets JPEG data come out as RGB, whatever colors are stored.</summary>
    internal static void AskForRgb(Document document) => _ = TIFFSetField(document, 65538, 1);

    internal static bool IsTiled(Document document) => TIFFIsTiled(document) != 0;

    internal static long StripBytes(Document document) => (long)Math.Min(TIFFStripSize64(document), long.MaxValue);

    internal static long TileBytes(Document document) => (long)Math.Min(TIFFTileSize64(document), long.MaxValue);

    /// <summary>Decodes one strip into all of <paramref name="pixels"/>; false where that fails or something was lost.</summary>
    internal static bool ReadStrip(Document document, uint strip, Span<byte> pixels)
    {
        fixed (byte* target = pixels)
            return TIFFReadEncodedStrip(document, strip, target, pixels.Length) == pixels.Length && document.Source.Problem is null;
    }

    internal static bool ReadTile(Document document, uint tile, Span<byte> pixels)
    {
        fixed (byte* target = pixels)
            return TIFFReadEncodedTile(document, tile, target, pixels.Length) == pixels.Length && document.Source.Problem is null;
    }

    /// <summary>The whole image by libtiff's own conversion to 8-bit RGBA, rows as stored.</summary>
    internal static bool ReadRgba(Document document, int width, int height, int orientation, Span<uint> pixels)
    {
        fixed (uint* target = pixels)
            return TIFFReadRGBAImageOriented(document, (uint)width, (uint)height, target, orientation, 1) != 0 && document.Source.Problem is null;
    }

    // An exception must not leave a callback, and the process: it becomes the failure that libtiff knows how to report.

    static Source From(nint user) => (Source)GCHandle.FromIntPtr(user).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint Read(nint user, byte* buffer, nint count)
    {
        var source = From(user);
        try
        {
            return source.Stream.ReadAtLeast(new(buffer, (int)Math.Min(count, Array.MaxLength)), (int)Math.Min(count, Array.MaxLength),
                throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or NotSupportedException or ObjectDisposedException or UnauthorizedAccessException)
        {
            source.Add(error.Message, isError: true);
            return -1;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint Write(nint user, byte* buffer, nint count) => -1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static ulong Seek(nint user, ulong offset, int whence)
    {
        var stream = From(user).Stream;
        try
        {
            var target = whence switch { 0 => offset, 1 => (ulong)stream.Position + offset, _ => (ulong)stream.Length + offset };
            if (target > long.MaxValue)
                return ulong.MaxValue;
            stream.Position = (long)target;
            return target;
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException or ObjectDisposedException)
        {
            return ulong.MaxValue;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int Close(nint user) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static ulong Size(nint user) => (ulong)From(user).Stream.Length;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int Map(nint user, void** start, ulong* length) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Unmap(nint user, void* start, ulong length) { }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int OnError(nint document, nint user, byte* module, byte* format, nint arguments)
    {
        From(user).Add(Format(format, arguments), isError: true);
        return 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int OnWarning(nint document, nint user, byte* module, byte* format, nint arguments)
    {
        var text = Format(format, arguments);
        if (!IsHarmless(text))
            From(user).Add(text, isError: false);
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
    private static partial Document TIFFClientOpenExt(string name, string mode, nint user,
        delegate* unmanaged[Cdecl]<nint, byte*, nint, nint> read, delegate* unmanaged[Cdecl]<nint, byte*, nint, nint> write,
        delegate* unmanaged[Cdecl]<nint, ulong, int, ulong> seek, delegate* unmanaged[Cdecl]<nint, int> close, delegate* unmanaged[Cdecl]<nint, ulong> size,
        delegate* unmanaged[Cdecl]<nint, void**, ulong*, int> map, delegate* unmanaged[Cdecl]<nint, void*, ulong, void> unmap, nint options);
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

    // These take any arguments in C; integers and pointers are passed as here on Linux.
    [LibraryImport(NativeLibraries.Tiff)] private static partial int TIFFGetField(Document document, uint tag, void* value);
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
    [LibraryImport(NativeLibraries.Tiff)]
    private static partial int TIFFReadRGBAImageOriented(Document document, uint width, uint height, uint* pixels, int orientation, int stopOnError);
}
