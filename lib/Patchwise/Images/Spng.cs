using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>libspng 0.7, the part used by <see cref="PngFile"/>.</summary>
static unsafe partial class Spng
{
    static Spng() => NativeLibraries.Register();

    internal const int Rgba8 = 1, Rgba16 = 2, Rgb8 = 4, Grey8 = 64, AsStored = 256;
    internal const int Transparency = 1;

    /// <summary>The sum over all pixels is not checked: each chunk's own is.</summary>
    const int WithoutAdler32 = 1;

    const int Progressive = 256;

    /// <summary>Bounds what a color profile or text may unpack to before the pixels; real ones stay far below.</summary>
    const int ChunkLimit = 64 << 20;

    sealed class Context() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            spng_ctx_free(handle);
            return true;
        }
    }

    /// <summary>Fills <paramref name="pixels"/>; null when that went well, else the library's own words.</summary>
    internal static string? Decode(ReadOnlySpan<byte> file, Span<byte> pixels, int format, int flags)
    {
        fixed (byte* source = file, target = pixels)
        {
            using var context = Open(source, file.Length);
            var code = spng_decode_image(context, target, (nuint)pixels.Length, format, flags);
            return code == 0 ? null : Text(code);
        }
    }

    /// <summary>How many rows of a damaged file (not interlaced) can be decoded.</summary>
    internal static int CountRows(ReadOnlySpan<byte> file, int rowBytes, int format, int flags)
    {
        var row = new byte[rowBytes];
        fixed (byte* source = file, target = row)
        {
            using var context = Open(source, file.Length);
            if (spng_decode_image(context, null, 0, format, flags | Progressive) != 0)
                return 0;
            var rows = 0;
            while (spng_decode_row(context, target, (nuint)rowBytes) == 0)
                rows++;
            return rows;
        }
    }

    static Context Open(byte* file, int length)
    {
        var context = spng_ctx_new(WithoutAdler32);
        if (context.IsInvalid)
            throw new PatchwiseException("libspng has no memory left: close other programs or work on smaller images");
        Check(spng_set_chunk_limits(context, ChunkLimit, 4 * (nuint)ChunkLimit));
        Check(spng_set_png_buffer(context, file, (nuint)length));
        return context;
    }

    static void Check(int code)
    {
        if (code != 0)
            throw new PatchwiseException($"libspng: {Text(code)}");
    }

    static string Text(int code) => Marshal.PtrToStringUTF8(spng_strerror(code)) ?? $"error {code}";

    [LibraryImport(NativeLibraries.Spng)] private static partial Context spng_ctx_new(int flags);
    [LibraryImport(NativeLibraries.Spng)] private static partial void spng_ctx_free(nint context);
    [LibraryImport(NativeLibraries.Spng)] private static partial nint spng_strerror(int code);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_chunk_limits(Context context, nuint chunk, nuint all);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_png_buffer(Context context, byte* file, nuint length);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_decode_image(Context context, byte* pixels, nuint length, int format, int flags);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_decode_row(Context context, byte* row, nuint length);
}
