using System.Runtime.CompilerServices;
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

    const int EncoderContext = 2, EncodeProgressive = 1, EncodeToEnd = 2, Progressive = 256;
    const int CompressionLevel = 2, CompressionStrategy = 5, FilterChoice = 10;
    const int StreamError = -2, EndOfImage = 75;

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

    /// <summary>A PNG that is written to a stream as its rows come, of samples in the machine's byte order.</summary>
    internal sealed class Encoder : IDisposable
    {
        readonly Context _context = New(EncoderContext);
        readonly Sink _sink;
        readonly GCHandle _user;
        readonly nuint _rowBytes;
        int _code;

        /// <param name="palette">R, G, B of up to 256 entries, for a colour type that needs it.</param>
        internal Encoder(Stream stream, nuint rowBytes, Header header, Density? density, int level, int strategy, int filters, ReadOnlySpan<byte> palette = default)
        {
            (_sink, _rowBytes) = (new(stream), rowBytes);
            _user = GCHandle.Alloc(_sink);
            try
            {
                Check(spng_set_png_stream(_context, &Write, GCHandle.ToIntPtr(_user)));
                Check(spng_set_option(_context, CompressionLevel, level));
                Check(spng_set_option(_context, CompressionStrategy, strategy));
                Check(spng_set_option(_context, FilterChoice, filters));
                Check(spng_set_ihdr(_context, &header));
                if (density is { } known)
                    Check(spng_set_phys(_context, &known));
                if (!palette.IsEmpty)
                {
                    var colours = new Palette { Count = (uint)palette.Length / 3 };
                    for (var i = 0; i < palette.Length / 3; i++)
                        (colours.Entries[4 * i], colours.Entries[4 * i + 1], colours.Entries[4 * i + 2]) = (palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]);
                    Check(spng_set_plte(_context, &colours));
                }
                Expect(spng_encode_image(_context, null, 0, AsStored, EncodeProgressive | EncodeToEnd), 0);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>The next rows, whole ones; the file is complete when the last is in.</summary>
        internal void Write(ReadOnlySpan<byte> rows)
        {
            fixed (byte* first = rows)
                for (nuint at = 0; at < (nuint)rows.Length; at += _rowBytes)
                    Expect(_code = spng_encode_row(_context, first + at, _rowBytes), EndOfImage);
        }

        /// <exception cref="PatchwiseException">Not all rows were written.</exception>
        internal void End()
        {
            if (_code != EndOfImage)
                throw new PatchwiseException("libspng: a PNG of which rows are missing");
        }

        /// <summary>What a stream throws must not pass through libspng: it is kept and thrown here.</summary>
        void Expect(int code, int other)
        {
            if (_sink.Error is { } error)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
            if (code != other)
                Check(code);
        }

        public void Dispose()
        {
            _context.Dispose();
            _user.Free();
        }

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        static int Write(nint context, nint user, byte* bytes, nuint count)
        {
            var sink = (Sink)GCHandle.FromIntPtr(user).Target!;
            try
            {
                for (nuint at = 0; at < count; at += int.MaxValue)
                    sink.Stream.Write(new(bytes + at, (int)nuint.Min(count - at, int.MaxValue)));
                return 0;
            }
            catch (Exception error)
            {
                sink.Error = error;
                return StreamError;
            }
        }

        sealed class Sink(Stream stream)
        {
            internal Stream Stream => stream;
            internal Exception? Error;
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
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_encode_row(Context context, byte* row, nuint length);
    [LibraryImport(NativeLibraries.Spng)]
    private static partial int spng_set_png_stream(Context context, delegate* unmanaged[Cdecl]<nint, nint, byte*, nuint, int> write, nint user);
}
