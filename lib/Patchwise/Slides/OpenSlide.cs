using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// OpenSlide 3.4 or 4. Every call but closing may come from any thread; <see cref="SafeHandle"/> keeps a slide open until the last call is back.
/// </summary>
static unsafe partial class OpenSlide
{
    static OpenSlide() => NativeLibraries.Register();

    internal sealed class Handle() : SafeHandle(0, ownsHandle: true)
    {
        internal string Path { get; set; } = "";

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            openslide_close(handle);
            return true;
        }
    }

    internal static string Version => $"OpenSlide {Text(openslide_get_version())}";

    /// <summary>An open slide; null where OpenSlide knows no format that the file is of.</summary>
    internal static Handle? Open(string path)
    {
        var slide = openslide_open(path);
        if (slide.IsInvalid)
            return null;
        slide.Path = path;
        return slide.OrDispose(() => Checked(slide, slide));
    }

    internal static int LevelCount(Handle slide) => Checked(slide, openslide_get_level_count(slide));

    internal static (long Width, long Height) LevelSize(Handle slide, int level)
    {
        openslide_get_level_dimensions(slide, level, out var width, out var height);
        return Checked(slide, (width, height));
    }

    internal static double LevelDownsample(Handle slide, int level) => Checked(slide, openslide_get_level_downsample(slide, level));

    internal static Dictionary<string, string> Properties(Handle slide) => Checked(slide, Texts(openslide_get_property_names(slide)))
        .ToDictionary(name => name, name => Text(openslide_get_property_value(slide, name)) ?? "", StringComparer.Ordinal);

    internal static List<string> AssociatedNames(Handle slide) => Checked(slide, Texts(openslide_get_associated_image_names(slide)));

    internal static (long Width, long Height) AssociatedSize(Handle slide, string name)
    {
        openslide_get_associated_image_dimensions(slide, name, out var width, out var height);
        return Checked(slide, (width, height));
    }

    /// <summary>Fills <paramref name="argb"/> with one number a pixel, 0xAARRGGBB, the colors multiplied with the opacity.</summary>
    internal static void ReadAssociated(Handle slide, string name, Span<uint> argb)
    {
        fixed (uint* target = argb)
            openslide_read_associated_image(slide, name, target);
        _ = Checked(slide, true);
    }

    /// <summary>As <see cref="ReadAssociated"/>, for <paramref name="size"/> px of a level from (x, y), which are in px of level 0.</summary>
    internal static void ReadRegion(Handle slide, long x, long y, int level, PixelSize size, Span<uint> argb)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(argb.Length, size.Area, nameof(argb));
        fixed (uint* target = argb)
            openslide_read_region(slide, target, x, y, level, size.Width, size.Height);
        _ = Checked(slide, true);
    }

    static string? Text(byte* text) => Marshal.PtrToStringUTF8((nint)text);

    static List<string> Texts(byte** texts)
    {
        List<string> all = [];
        for (; texts != null && *texts != null; texts++)
            all.Add(Text(*texts) ?? "");
        return all;
    }

    /// <summary>OpenSlide keeps the first error of a slide, after which all its calls fail.</summary>
    static T Checked<T>(Handle slide, T value) => Text(openslide_get_error(slide)) is not { } problem ? value : throw new BadInputException(
        IsLimit(problem)
            ? $"{slide.Path}: a slide that {Version} cannot read, of a kind or compression that it lacks (it says: {problem}): try OpenSlide 4, or save the "
                + "slide anew with JPEG compression"
            : $"{slide.Path}: a slide that is damaged or cut short (OpenSlide says: {problem}): get the file again");

    /// <summary>Whether an error is about what OpenSlide can do, not about the bytes.</summary>
    static bool IsLimit(string problem) => ((string[])["unsupported", "not supported", "not implemented", "not configured", "unrecognized image format"])
        .Any(word => problem.Contains(word, StringComparison.OrdinalIgnoreCase));

    [LibraryImport(NativeLibraries.OpenSlide)] private static partial byte* openslide_get_version();
    [LibraryImport(NativeLibraries.OpenSlide, StringMarshalling = StringMarshalling.Utf8)] private static partial Handle openslide_open(string path);
    [LibraryImport(NativeLibraries.OpenSlide)] private static partial void openslide_close(nint slide);
    [LibraryImport(NativeLibraries.OpenSlide)] private static partial byte* openslide_get_error(Handle slide);
    [LibraryImport(NativeLibraries.OpenSlide)] private static partial int openslide_get_level_count(Handle slide);
    [LibraryImport(NativeLibraries.OpenSlide)]
    private static partial void openslide_get_level_dimensions(Handle slide, int level, out long width, out long height);
    [LibraryImport(NativeLibraries.OpenSlide)] private static partial double openslide_get_level_downsample(Handle slide, int level);
    [LibraryImport(NativeLibraries.OpenSlide)] private static partial byte** openslide_get_property_names(Handle slide);
    [LibraryImport(NativeLibraries.OpenSlide, StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* openslide_get_property_value(Handle slide, string name);
    [LibraryImport(NativeLibraries.OpenSlide)] private static partial byte** openslide_get_associated_image_names(Handle slide);
    [LibraryImport(NativeLibraries.OpenSlide, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void openslide_get_associated_image_dimensions(Handle slide, string name, out long width, out long height);
    [LibraryImport(NativeLibraries.OpenSlide, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void openslide_read_associated_image(Handle slide, string name, uint* target);
    [LibraryImport(NativeLibraries.OpenSlide)]
    private static partial void openslide_read_region(Handle slide, uint* target, long x, long y, int level, long width, long height);
}
