using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>JPEG 2000 by OpenJPEG 2.x, which OpenSlide stands on: grey, RGB, with or without opacity, of 1 to 16 bits; labels of up to 31.</summary>
static unsafe partial class OpenJpeg
{
    static OpenJpeg() => NativeLibraries.Register();

    const int RawCodec = 0, Jp2Codec = 2, Srgb = 1, Grey = 2, IgnorePalette = 1, ParameterBytes = 1 << 15, FlagsAt = 8248;

    [StructLayout(LayoutKind.Sequential)]
    struct Component
    {
        internal uint Dx, Dy, Width, Height, X0, Y0, Bits, Bpp, Signed, Resolutions, Factor;
        internal int* Data;
        internal ushort Alpha;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Picture
    {
        internal uint X0, Y0, X1, Y1, Count;
        internal int Colors;
        internal Component* Components;
        internal byte* Profile;
        internal uint ProfileLength;
    }

    internal static ImageInfo ReadInfo(string path, string name, Reading how) => Read(path, name, how, pixels: false).Info;

    internal static Raster Decode(string path, string name, Reading how) => Read(path, name, how, pixels: true).Raster!;

    static (ImageInfo Info, Raster? Raster) Read(string path, string name, Reading how, bool pixels)
    {
        Span<byte> head = stackalloc byte[2];
        using (var file = File.OpenHandle(path))
            _ = RandomAccess.Read(file, head, 0);
        List<string> problems = [];
        var user = GCHandle.Alloc(problems);
        var (stream, codec) = (opj_stream_create_default_file_stream(path, 1), opj_create_decompress(head[0] == 0xFF ? RawCodec : Jp2Codec));
        Picture* picture = null;
        var parameters = stackalloc byte[ParameterBytes];
        try
        {
            _ = opj_set_error_handler(codec, &OnMessage, GCHandle.ToIntPtr(user));
            _ = opj_set_warning_handler(codec, &OnMessage, GCHandle.ToIntPtr(user));
            opj_set_default_decoder_parameters(parameters);
            if (how.Stored)
                *(uint*)(parameters + FlagsAt) |= IgnorePalette;
            if (stream == 0 || opj_setup_decoder(codec, parameters) == 0 || opj_read_header(stream, codec, &picture) == 0)
                throw Damaged(name, problems);
            var info = Check(picture, name, how);
            if (!pixels)
                return (info, null);
            info.CheckPixels(name, how.MaxPixels);
            // A warning while pixels are read means that some are lost.
            if (opj_decode(codec, stream, picture) == 0 || opj_end_decompress(codec, stream) == 0 || problems.Count > 0)
                throw Damaged(name, problems);
            info = Check(picture, name, how);
            foreach (ref readonly var part in new Span<Component>(picture->Components, (int)picture->Count))
                if (part.Data == null || part.Width != info.Size.Width || part.Height != info.Size.Height)
                    throw Damaged(name, problems);
            return (info, ToRaster(picture, info, how));
        }
        finally
        {
            opj_image_destroy(picture);
            opj_destroy_codec(codec);
            opj_stream_destroy(stream);
            user.Free();
        }
    }

    static BadInputException Damaged(string name, List<string> problems) =>
        new($"{name}: a JPEG 2000 that is damaged or cut short ({problems.FirstOrDefault() ?? "no reason given"}): get the file again");

    static ImageInfo Check(Picture* picture, string name, Reading how)
    {
        void Expect(bool isRight, string found, string cure)
        {
            if (!isRight)
                throw new BadInputException($"{name}: a JPEG 2000 {found}: {cure}");
        }
        var parts = new Span<Component>(picture->Components, (int)Math.Min(picture->Count, 1 << 14));
        Expect(!parts.IsEmpty && picture->X1 > picture->X0 && picture->Y1 > picture->Y0 && Math.Max(picture->X1, picture->Y1) <= int.MaxValue,
            "without pixels", "get the file again");
        var bits = (int)parts[0].Bits;
        foreach (ref readonly var part in parts)
            Expect(part.Dx == 1 && part.Dy == 1 && part.Signed == 0 && part.Bits == bits, "whose channels differ in size or bits, or are signed",
                "save it as PNG or TIFF");
        Expect(picture->Colors <= Grey, "in other colors than grey or RGB", "save it again as RGB");
        Expect(bits >= 1 && bits <= (how.Stored ? 31 : 16), $"with {bits} bits a sample", "expected 1 to 16; convert it first");
        var choose = $"choose one of 0 to {parts.Length - 1} (channel: 0, on the command line --channel)";
        Expect(how.Channel is { } one ? (uint)one < (uint)parts.Length : parts.Length <= 4, $"with {parts.Length} channels", choose);
        var channels = how.Channel is not null ? 1 : parts.Length == 2 ? 4 : parts.Length;
        Expect(bits <= 16 || channels == 1, $"with {parts.Length} channels of {bits} bits", choose);
        return new(new((int)(picture->X1 - picture->X0), (int)(picture->Y1 - picture->Y0)), channels, bits <= 8 ? 8 : bits <= 16 ? 16 : 32,
            ImageFormat.Jpeg2000);
    }

    static Raster ToRaster(Picture* picture, ImageInfo info, Reading how)
    {
        var raster = new Raster(info.Size.Width, info.Size.Height, info.Channels, info.Bits);
        var bits = (int)picture->Components[0].Bits;
        for (var c = 0; c < info.Channels; c++)
        {
            // Grey and opacity are two channels there and four here.
            var part = picture->Components[how.Channel ?? (picture->Count == 2 ? c / 3 : c)];
            for (var i = 0; i < info.Size.Area; i++)
            {
                var value = (uint)part.Data[i];
                if (!how.Stored && bits != info.Bits)
                    value = (uint)(value * ((1UL << info.Bits) - 1) / ((1UL << bits) - 1));
                raster.Store((int)i * info.Channels + c, value);
            }
        }
        return raster;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void OnMessage(byte* text, nint user) =>
        ((List<string>)GCHandle.FromIntPtr(user).Target!).Add(Marshal.PtrToStringUTF8((nint)text)?.Trim() ?? "");

    [LibraryImport(NativeLibraries.OpenJpeg, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint opj_stream_create_default_file_stream(string path, int reads);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial void opj_stream_destroy(nint stream);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial nint opj_create_decompress(int format);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial void opj_destroy_codec(nint codec);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial void opj_set_default_decoder_parameters(byte* parameters);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial int opj_setup_decoder(nint codec, byte* parameters);
    [LibraryImport(NativeLibraries.OpenJpeg)]
    private static partial int opj_set_error_handler(nint codec, delegate* unmanaged[Cdecl]<byte*, nint, void> handler, nint user);
    [LibraryImport(NativeLibraries.OpenJpeg)]
    private static partial int opj_set_warning_handler(nint codec, delegate* unmanaged[Cdecl]<byte*, nint, void> handler, nint user);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial int opj_read_header(nint stream, nint codec, Picture** picture);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial int opj_decode(nint codec, nint stream, Picture* picture);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial int opj_end_decompress(nint codec, nint stream);
    [LibraryImport(NativeLibraries.OpenJpeg)] private static partial void opj_image_destroy(Picture* picture);
}
