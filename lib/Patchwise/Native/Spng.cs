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

    const int EncoderContext = 2, Finalize = 2, Progressive = 256;
    const int CompressionLevel = 2, CompressionStrategy = 5, FilterChoice = 10, EncodeToBuffer = 12;

    /// <summary>Bounds what a colour profile or text may unpack to before the pixels; real ones stay far below.</summary>
    const int ChunkLimit = 64 << 20;

    [StructLayout(LayoutKind.Sequential)]
    internal struct Header
    {
        internal uint Width, Height;
        internal byte BitDepth, ColorType, Compression, Filter, Interlace;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Density
    {
        internal uint PerUnitX, PerUnitY;
        internal byte Unit;
    }

    /// <summary>Entries of R, G, B and a byte that is not used here.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct Palette
    {
        internal uint Count;
        internal fixed byte Entries[4 * 256];
    }

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

    /// <summary>A PNG of samples in the machine's byte order.</summary>
    /// <param name="palette">R, G, B of up to 256 entries, for a colour type that needs it.</param>
    internal static byte[] Encode(ReadOnlySpan<byte> pixels, Header header, Density? density, int level, int strategy, int filters, ReadOnlySpan<byte> palette = default)
    {
        fixed (byte* source = pixels)
        {
            using var context = New(EncoderContext);
            Check(spng_set_option(context, EncodeToBuffer, 1));
            Check(spng_set_option(context, CompressionLevel, level));
            Check(spng_set_option(context, CompressionStrategy, strategy));
            Check(spng_set_option(context, FilterChoice, filters));
            Check(spng_set_ihdr(context, &header));
            if (density is { } known)
                Check(spng_set_phys(context, &known));
            if (!palette.IsEmpty)
            {
                var colours = new Palette { Count = (uint)palette.Length / 3 };
                for (var i = 0; i < palette.Length / 3; i++)
                    (colours.Entries[4 * i], colours.Entries[4 * i + 1], colours.Entries[4 * i + 2]) = (palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]);
                Check(spng_set_plte(context, &colours));
            }
            Check(spng_encode_image(context, source, (nuint)pixels.Length, AsStored, Finalize));
            nuint length;
            int code;
            var file = spng_get_png_buffer(context, &length, &code);
            Check(code);
            try
            {
                return new ReadOnlySpan<byte>(file, checked((int)length)).ToArray();
            }
            finally
            {
                NativeMemory.Free(file);
            }
        }
    }

    static Context Open(byte* file, int length)
    {
        var context = New(WithoutAdler32);
        Check(spng_set_chunk_limits(context, ChunkLimit, 4 * (nuint)ChunkLimit));
        Check(spng_set_png_buffer(context, file, (nuint)length));
        return context;
    }

    static Context New(int flags)
    {
        var context = spng_ctx_new(flags);
        return context.IsInvalid ? throw new PatchwiseException("libspng has no memory left: close other programs or work on smaller images") : context;
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
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_option(Context context, int option, int value);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_ihdr(Context context, Header* header);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_phys(Context context, Density* density);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_plte(Context context, Palette* palette);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_encode_image(Context context, byte* pixels, nuint length, int format, int flags);
    [LibraryImport(NativeLibraries.Spng)] private static partial byte* spng_get_png_buffer(Context context, nuint* length, int* code);
}
