using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>WebP by libwebp 1.x: one picture of 8 bits, with or without opacity.</summary>
static unsafe partial class WebP
{
    static WebP() => NativeLibraries.Register();

    /// <summary>Of the structure below; libwebp refuses callers of another.</summary>
    const int AbiVersion = 0x0209;

    const int Lossless = 2;

    [StructLayout(LayoutKind.Sequential)]
    struct Features
    {
        internal int Width, Height, HasAlpha, HasAnimation, Format;
        internal fixed uint Unused[5];
    }

    internal static ImageInfo ReadInfo(ReadOnlySpan<byte> file, string name)
    {
        var features = Read(file, name);
        return new ImageInfo(new(features.Width, features.Height), features.HasAlpha != 0 ? 4 : 3, 8, ImageFormat.WebP).Turned(ExifOf(file).Orientation);
    }

    internal static Raster Decode(ReadOnlySpan<byte> file, string name, Reading how)
    {
        var features = Read(file, name);
        ReadInfo(file, name).CheckPixels(name, how.MaxPixels);
        var raster = new Raster(features.Width, features.Height, features.HasAlpha != 0 ? 4 : 3) { Lossy = features.Format != Lossless };
        fixed (byte* from = file, to = raster.Data)
            if ((raster.Channels == 4 ? WebPDecodeRGBAInto(from, (nuint)file.Length, to, (nuint)raster.Data.Length, raster.Stride)
                : WebPDecodeRGBInto(from, (nuint)file.Length, to, (nuint)raster.Data.Length, raster.Stride)) == null)
                throw Damaged(name);
        return Orientation.Apply(raster, ExifOf(file).Orientation);
    }

    /// <summary>Of the chunk EXIF, which comes after the picture: each has four letters, its length and its bytes, to an even number of them.</summary>
    static Exif ExifOf(ReadOnlySpan<byte> file)
    {
        const int Riff = 12, Head = 8;
        for (long at = Riff; at <= file.Length - Head;)
        {
            var chunk = file[(int)at..];
            var length = (long)BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            at += Head;
            if (chunk.StartsWith("EXIF"u8) && length <= file.Length - at)
            {
                var block = file.Slice((int)at, (int)length);
                return Exif.Read(block.StartsWith("Exif\0\0"u8) ? block[6..] : block);
            }
            at += length + (length & 1);
        }
        return Exif.None;
    }

    static Features Read(ReadOnlySpan<byte> file, string name)
    {
        Features features;
        fixed (byte* from = file)
            if (WebPGetFeaturesInternal(from, (nuint)file.Length, &features, AbiVersion) != 0 || features.Width < 1 || features.Height < 1)
                throw Damaged(name);
        return features.HasAnimation == 0 ? features
            : throw new BadInputException($"{name}: a WebP of several pictures: expected one; save the picture that you need as PNG");
    }

    static BadInputException Damaged(string name) => new($"{name}: a WebP that is damaged or cut short: get the file again");

    [LibraryImport(NativeLibraries.WebP)] private static partial int WebPGetFeaturesInternal(byte* file, nuint length, Features* features, int version);
    [LibraryImport(NativeLibraries.WebP)] private static partial byte* WebPDecodeRGBInto(byte* file, nuint length, byte* pixels, nuint size, int stride);
    [LibraryImport(NativeLibraries.WebP)] private static partial byte* WebPDecodeRGBAInto(byte* file, nuint length, byte* pixels, nuint size, int stride);
}
