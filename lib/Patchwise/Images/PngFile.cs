using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>PNG: what stands before the pixels is read by libspng 0.7, and so is all that is unusual. <see cref="PngWriter"/> writes.</summary>
static unsafe partial class PngFile
{
    static PngFile() => NativeLibraries.Register();

    const int Rgba8 = 1, Rgba16 = 2, Rgb8 = 4, Grey8 = 64, AsStored = 256;
    const int UseTransparency = 1, Progressive = 256;
    const int NotThere = 73, EndOfImage = 75;
    const int Grey = 0, Rgb = 2, Palette = 3, GreyWithAlpha = 4, Rgba = 6;

    /// <summary>Bounds what a color profile or text may unpack to before the pixels; real ones stay far below.</summary>
    const int ChunkLimit = 64 << 20;

    [StructLayout(LayoutKind.Sequential)]
    struct Start
    {
        internal uint Width, Height;
        internal byte Bits, Color, Compression, Filter, Interlace;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Density
    {
        internal uint X, Y;
        internal byte Unit;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Block
    {
        internal nuint Length;
        internal byte* Data;
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

    /// <summary>What stands before the pixels.</summary>
    /// <param name="Info">
    /// Grey of 1, 2 and 4 bits is scaled to 8 and a palette becomes colors, as other readers do; any transparency makes RGBA. As stored, before it is turned.
    /// </param>
    readonly record struct Header(ImageInfo Info, int Bits, int Color, bool IsInterlaced, bool IsTransparent, int Orientation)
    {
        /// <summary>Its rows hold the samples of the image.</summary>
        internal bool IsUsual => !IsInterlaced && !IsTransparent && Bits >= 8 && Color is Grey or Rgb or Rgba;

        internal int Format => (Info.Channels, Info.Bits) switch
        {
            (1, 8) => Grey8,
            (3, 8) => Rgb8,
            (4, 8) => Rgba8,
            (4, _) => Rgba16,
            _ => AsStored,
        };
    }

    internal static ImageInfo ReadInfo(ReadOnlySpan<byte> file, string name)
    {
        fixed (byte* bytes = file)
        {
            using var png = Open(bytes, file.Length);
            var header = ReadHeader(png, name, file.Length);
            return header.Info.Turned(header.Orientation);
        }
    }

    internal static Raster Decode(ReadOnlySpan<byte> file, string name, Reading how)
    {
        fixed (byte* bytes = file)
        {
            using var png = Open(bytes, file.Length);
            var header = ReadHeader(png, name, file.Length);
            var info = header.Info;
            info.CheckPixels(name, how.MaxPixels);
            if (how.Stored && (header.Color == Palette || header.Bits < 8))
                return Orientation.Apply(DecodePacked(png, file, name, header), header.Orientation);
            var raster = new Raster(info.Size.Width, info.Size.Height, info.Channels, info.Bits, clear: false)
            {
                Mpp = info.Mpp,
                FromPalette = header.Color == Palette,
            };
            if (header.IsUsual && PngRows.Read(file, info.Size.Height, info.Channels * header.Bits / 8, raster.Data))
                ToMachineOrder(raster);
            else
                Fill(png, file, name, header, header.Format, raster.Data);
            return Orientation.Apply(raster, header.Orientation);
        }
    }

    static void ToMachineOrder(Raster raster)
    {
        if (raster.Bits == 16 && BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(raster.Samples16, raster.Samples16);
    }

    /// <summary>The stored numbers of a palette's entries, or of grey of fewer than 8 bits, as one 8-bit channel.</summary>
    static Raster DecodePacked(Context png, ReadOnlySpan<byte> file, string name, Header header)
    {
        var (width, height) = (header.Info.Size.Width, header.Info.Size.Height);
        var raster = new Raster(width, height, 1) { Mpp = header.Info.Mpp };
        var rowBytes = (int)(((long)width * header.Bits + 7) / 8);
        var packed = header.Bits == 8 ? raster.Data : new byte[rowBytes * height];
        if (header.IsInterlaced || !PngRows.Read(file, height, pixel: 1, packed))
            Fill(png, file, name, header, AsStored, packed);
        if (header.Bits < 8)
            for (var y = 0; y < height; y++)
                PackedSamples.Unpack(packed.Slice(y * rowBytes, rowBytes), header.Bits, raster.Data.Slice(y * width, width));
        return raster;
    }

    /// <summary>Decodes all rows, and reads on to the end of the file, so that every checksum is looked at.</summary>
    static void Fill(Context png, ReadOnlySpan<byte> file, string name, Header header, int format, Span<byte> pixels)
    {
        var (height, flags, rows) = (header.Info.Size.Height, header.IsTransparent && format != AsStored ? UseTransparency : 0, 0);
        int code;
        fixed (byte* target = pixels)
            if (header.IsInterlaced)
                code = spng_decode_image(png, target, (nuint)pixels.Length, format, flags);
            else
            {
                var rowBytes = pixels.Length / height;
                code = spng_decode_image(png, null, 0, format, flags | Progressive);
                while (code == 0 && (code = spng_decode_row(png, target + (long)rows * rowBytes, (nuint)rowBytes)) is 0 or EndOfImage)
                    rows++;
            }
        if (code is 0 or EndOfImage)
            code = spng_decode_chunks(png);
        if (code != 0)
            throw new BadInputException($"{name}: a PNG that is damaged or cut short{(header.IsInterlaced ? "" : $" after {rows} of {height} rows")} "
                + $"({Text(code)}): get the file again");
        if (!PngRows.AreStored(file))
            throw new BadInputException($"{name}: a PNG that is damaged (its pixels are not those that their checksum is of, or it is missing): "
                + "get the file again");
    }

    static Context Open(byte* file, int length)
    {
        var png = spng_ctx_new(0);
        if (png.IsInvalid)
            throw new PatchwiseException("libspng has no memory left: close other programs or work on smaller images");
        Check(spng_set_chunk_limits(png, ChunkLimit, 4 * (nuint)ChunkLimit));
        Check(spng_set_png_buffer(png, file, (nuint)length));
        return png;

        static void Check(int code)
        {
            if (code != 0)
                throw new PatchwiseException($"libspng: {Text(code)}");
        }
    }

    static Header ReadHeader(Context png, string name, int length)
    {
        Start start;
        Density density;
        Block block;
        // The colors of a palette's entries are its largest form: 8 bytes and 256 more.
        var transparency = stackalloc byte[512];
        if (spng_get_ihdr(png, &start) is not 0 and var first)
            throw Damaged(first);
        var found = spng_get_trns(png, transparency);
        if (found is not (0 or NotThere))
            throw Damaged(found);
        var mpp = spng_get_phys(png, &density) == 0 && density.Unit == 1 ? PixelSpacing.Of(density.X, density.Y, PixelSpacing.MicronsPerMetre) : null;
        var channels = found == 0 || start.Color >= GreyWithAlpha ? 4 : start.Color == Grey ? 1 : 3;
        return new(new(new((int)start.Width, (int)start.Height), channels, Math.Max((int)start.Bits, 8), ImageFormat.Png, mpp), start.Bits, start.Color,
            start.Interlace != 0, found == 0, spng_get_exif(png, &block) == 0 ? Exif.Read(new(block.Data, (int)block.Length)).Orientation : 1);

        BadInputException Damaged(int code) =>
            new($"{name}: a PNG that is damaged or ends before its pixels, after {length} bytes ({Text(code)}): get the file again");
    }

    internal static byte[] Encode(Raster raster, ReadOnlySpan<byte> palette = default, int level = 2)
    {
        using var file = new MemoryStream();
        Write(raster, file, palette, level);
        return file.ToArray();
    }

    /// <summary>Samples of one 8-bit channel as numbers of a palette's colors, written #rrggbb.</summary>
    internal static byte[] EncodeIndexed(Raster raster, IEnumerable<string> palette) =>
        Encode(raster, [.. palette.SelectMany(color => Convert.FromHexString(color.AsSpan(1)))]);

    internal static void Write(Raster raster, Stream stream, ReadOnlySpan<byte> palette = default, int level = 2)
    {
        using var png = new PngWriter(stream, raster.Size, raster.Channels, raster.Bits, raster.Mpp, palette, level);
        png.Write(raster.Data);
        png.End();
    }

    static string Text(int code) => Marshal.PtrToStringUTF8(spng_strerror(code)) ?? $"error {code}";

    [LibraryImport(NativeLibraries.Spng)] private static partial Context spng_ctx_new(int flags);
    [LibraryImport(NativeLibraries.Spng)] private static partial void spng_ctx_free(nint context);
    [LibraryImport(NativeLibraries.Spng)] private static partial nint spng_strerror(int code);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_chunk_limits(Context context, nuint chunk, nuint all);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_set_png_buffer(Context context, byte* file, nuint length);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_get_ihdr(Context context, Start* start);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_get_trns(Context context, byte* transparency);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_get_phys(Context context, Density* density);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_get_exif(Context context, Block* exif);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_decode_image(Context context, byte* pixels, nuint length, int format, int flags);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_decode_row(Context context, byte* row, nuint length);
    [LibraryImport(NativeLibraries.Spng)] private static partial int spng_decode_chunks(Context context);
}
