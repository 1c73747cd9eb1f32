using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>TurboJPEG, by the calls of 2.1 that 3.x keeps.</summary>
static unsafe partial class TurboJpeg
{
    static TurboJpeg() => NativeLibraries.Register();

    const int Rgb = 0, Grey = 6, Rgba = 7;
    const int Yuv444 = 0, Yuv420 = 2, YuvGrey = 3;

    /// <summary>The exact DCT; with the library's default smooth upsampling the pixels are those of libjpeg, Pillow and OpenCV.</summary>
    const int AccurateDct = 4096;

    /// <summary>An error after 500 scans: small files with very many take minutes and are made only to harm.</summary>
    const int LimitScans = 32768;

    sealed class Codec() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => tjDestroy(handle) == 0;
    }

    // One of each a thread: making one costs more than a small patch does, and none may serve two threads at a time.
    static readonly ThreadLocal<Codec> Decoder = new(() => New(tjInitDecompress())), Encoder = new(() => New(tjInitCompress()));

    /// <summary>
    /// Fills <paramref name="pixels"/> (interleaved, 1 or 3 channels); null when that went well, else the library's own words.
    /// It never writes beyond width x height, whatever the file says.
    /// </summary>
    internal static string? Decode(ReadOnlySpan<byte> file, Span<byte> pixels, int width, int height, int channels)
    {
        var decoder = Decoder.Value!;
        fixed (byte* source = file, target = pixels)
            return tjDecompress2(decoder, source, new((uint)file.Length), target, width, width * channels, height, channels == 1 ? Grey : Rgb,
                AccurateDct | LimitScans) == 0
                ? null : Text(decoder);
    }

    /// <summary>A JPEG; of 4 channels the last is left out. From quality 90 on the colors keep their full resolution.</summary>
    internal static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels, int quality)
    {
        var encoder = Encoder.Value!;
        byte* file = null;
        CULong length = default;
        try
        {
            fixed (byte* source = pixels)
                if (tjCompress2(encoder, source, width, width * channels, height, channels switch { 1 => Grey, 3 => Rgb, _ => Rgba },
                    &file, &length, channels == 1 ? YuvGrey : quality >= 90 ? Yuv444 : Yuv420, quality, AccurateDct) != 0)
                    throw new PatchwiseException($"TurboJPEG could not write {width} x {height} px: {Text(encoder)}; save it as PNG");
            return new ReadOnlySpan<byte>(file, checked((int)length.Value)).ToArray();
        }
        finally
        {
            tjFree(file);
        }
    }

    static Codec New(Codec codec) =>
        codec.IsInvalid ? throw new PatchwiseException("TurboJPEG has no memory left: close other programs or work on smaller images") : codec;

    static string Text(Codec codec) => Marshal.PtrToStringUTF8(tjGetErrorStr2(codec)) ?? "unknown error";

    [LibraryImport(NativeLibraries.TurboJpeg)] private static partial Codec tjInitDecompress();
    [LibraryImport(NativeLibraries.TurboJpeg)] private static partial Codec tjInitCompress();
    [LibraryImport(NativeLibraries.TurboJpeg)] private static partial int tjDestroy(nint codec);
    [LibraryImport(NativeLibraries.TurboJpeg)] private static partial nint tjGetErrorStr2(Codec codec);
    [LibraryImport(NativeLibraries.TurboJpeg)] private static partial void tjFree(byte* buffer);
    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial int tjDecompress2(Codec codec, byte* file, CULong length, byte* pixels, int width, int pitch, int height, int pixelFormat,
    int flags);
    [LibraryImport(NativeLibraries.TurboJpeg)]
    private static partial int tjCompress2(Codec codec, byte* pixels, int width, int pitch, int height, int pixelFormat,
        byte** file, CULong* length, int subsampling, int quality, int flags);
}
