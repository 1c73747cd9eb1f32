using System.Runtime.InteropServices;
using OpenCvSharp;

namespace Patchwise;

/// <summary>
/// Loads OpenCV's library so that slides and images can still be opened after it.
/// On Linux it holds a libjpeg, libpng, libzstd and liblzma of its own for all to see, and needs GTK, which needs the system's.
/// Where these are loaded on its behalf, their calls of their own functions end in OpenCV's, of another version:
/// the next slide or TIFF with JPEG in it ends the process. Loaded before it they keep to themselves.
/// </summary>
public static partial class OpenCv
{
    /// <summary>What OpenCV's library needs and what in turn needs all that it also brings.</summary>
    const string Needed = "libgtk-3.so.0";

    static readonly string[] Both = ["libjpeg.so", "libpng16.so", "libzstd.so", "liblzma.so"];

    static readonly Lazy<string> Once = new(LoadOnce);

    /// <summary>
    /// To be called before anything else of OpenCvSharp, such as <c>Cv2.ImRead</c>.
    /// <see cref="MatConversion.ToMat"/> and <see cref="MatConversion.ToRaster"/> call it, too.
    /// </summary>
    /// <returns>OpenCV's version.</returns>
    /// <exception cref="PatchwiseException">OpenCV's library is already there without what must come before it, or cannot be loaded.</exception>
    public static string Load() => Once.Value;

    static string LoadOnce()
    {
        if (OperatingSystem.IsLinux())
        {
            if (LoadedAfter("libOpenCvSharpExtern", LoadedLibraries(), Both) is { } late)
                throw new PatchwiseException(
                    $"OpenCV's library was loaded before {late}, which now calls it by mistake: the next slide or image may end this process. "
                    + "Start again and call OpenCv.Load() before anything else of OpenCvSharp");
            NativeLibrary.TryLoad(Needed, out _); // where it is missing the next call fails as well, or does without
        }
        try
        {
            return Cv2.GetVersionString()!;
        }
        catch (Exception error) when (error is TypeInitializationException or TypeLoadException or BadImageFormatException or OpenCvSharpException)
        {
            throw new PatchwiseException(
                "OpenCV's library could not be loaded: expected the package OpenCvSharp4.official.runtime.linux-x64 (or that of this system), "
                + "of the same version as OpenCvSharp4, and on Linux GTK 3 (apt-get install libgtk-3-0 libdrm2 libatomic1); add what is missing, start again. "
                + (error.InnerException ?? error).Message.ReplaceLineEndings(" "), error);
        }
    }

    /// <summary>The first of <paramref name="names"/> that stands behind <paramref name="library"/> in the order of loading; null if none does.</summary>
    static string? LoadedAfter(string library, IEnumerable<string> loaded, string[] names) =>
        loaded.Select(path => Path.GetFileName(path)).SkipWhile(file => !file.StartsWith(library, StringComparison.Ordinal))
            .FirstOrDefault(file => names.Any(name => file.StartsWith(name, StringComparison.Ordinal)));

    /// <summary>Paths of the libraries in this process in the order of loading, what a library needs behind it.</summary>
    static List<string> LoadedLibraries()
    {
        var paths = new List<string>();
        VisitLibraries((ref Library library, nint _, nint _) =>
        {
            paths.Add(Marshal.PtrToStringUTF8(library.Path) ?? "");
            return 0;
        }, 0);
        return paths;
    }

    /// <summary>The head of C's struct dl_phdr_info.</summary>
    readonly record struct Library(nint Address, nint Path);

    delegate int Visit(ref Library library, nint size, nint context);

    [LibraryImport("libc", EntryPoint = "dl_iterate_phdr")]
    private static partial int VisitLibraries(Visit visit, nint context);
}
