using System.Collections.Concurrent;
using System.Runtime.InteropServices;

[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]

namespace Patchwise;

/// <summary>
/// Finds the C libraries that the other native classes import, by the names that distributions give them.
/// A notebook's <c>#r</c> loads this assembly in a load context of its own, so files are looked for beside the assembly first, then by the system.
/// </summary>
static class NativeLibraries
{
    /// <summary>A library by the name used in LibraryImport: its package of Debian, Homebrew and vcpkg, and the file names to try in order.</summary>
    sealed record Known(string Debian, string Homebrew, string Vcpkg, params string[] Files)
    {
        internal string Install => OperatingSystem.IsWindows()
            ? $"{Vcpkg}, with its folder bin on the PATH"
            : OperatingSystem.IsMacOS() ? $"brew install {Homebrew}" : $"apt-get install {Debian}";
    }

    static readonly Dictionary<string, Known> All = new()
    {
        [Spng] = new("libspng0", "libspng", "vcpkg install libspng", "libspng.so.0", "libspng.dylib", "spng.dll"),
        [TurboJpeg] = new("libturbojpeg0", "jpeg-turbo", "vcpkg install libjpeg-turbo", "libturbojpeg.so.0", "libturbojpeg.dylib", "turbojpeg.dll"),
        [Tiff] = new("libtiff6", "libtiff", "vcpkg install tiff", "libtiff.so.6", "libtiff.dylib", "tiff.dll"),
        [WebP] = new("libwebp7", "webp", "vcpkg install libwebp", "libwebp.so.7", "libwebp.dylib", "libwebp.dll"),
        [OpenJpeg] = new("libopenjp2-7", "openjpeg", "vcpkg install openjpeg", "libopenjp2.so.7", "libopenjp2.dylib", "openjp2.dll"),
        [OpenSlide] = new("libopenslide0", "openslide", "the binaries of openslide.org", "libopenslide.so.1", "libopenslide.so.0", "libopenslide.1.dylib",
            "libopenslide.0.dylib", "libopenslide-1.dll", "libopenslide-0.dll"),
    };

    /// <summary>Where Homebrew puts libraries: macOS looks into neither of them by itself for a program from elsewhere.</summary>
    static readonly string[] Homebrews = OperatingSystem.IsMacOS() ? ["/opt/homebrew/lib", "/usr/local/lib"] : [];

    static readonly ConcurrentDictionary<string, nint> Loaded = new();

    internal const string Spng = "spng", TurboJpeg = "turbojpeg", Tiff = "tiff", WebP = "webp",
        OpenJpeg = "openjp2", OpenSlide = "openslide";

    static NativeLibraries() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, (name, _, _) => All.ContainsKey(name) ? Load(name) : 0);

    /// <summary>Every native class calls this from its static constructor, which makes the resolver known before its first call.</summary>
    internal static void Register() { }

    static nint Load(string name) => Loaded.GetOrAdd(name, static name =>
    {
        var (files, install) = (All[name].Files, All[name].Install);
        var beside = Path.GetDirectoryName(typeof(NativeLibraries).Assembly.Location) ?? "";
        string[] paths = [.. files.SelectMany(file =>
            (string[])[Path.Combine(beside, file), Path.Combine(beside, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", file), file,
                .. Homebrews.Select(folder => Path.Combine(folder, file))])];
        foreach (var path in paths)
            if (NativeLibrary.TryLoad(path, out var handle))
                return handle;
        throw paths.FirstOrDefault(File.Exists) is { } there
            ? new PatchwiseException(
                $"the library {there} cannot be loaded, since one that it needs is missing or of another version: {install}; then start again")
            : new PatchwiseException($"the library {files[0]} was not found beside {beside} nor on this system: install it ({install}) and start again");
    });
}
