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
    /// <summary>A library by the name used in LibraryImport: the file names to try in order, and how to install it.</summary>
    sealed record Known(string[] Files, string Install);

    static readonly Dictionary<string, Known> All = new()
    {
        [Spng] = new(["libspng.so.0", "libspng.dylib", "spng.dll"], "apt-get install libspng0"),
        [Deflate] = new(["libdeflate.so.0", "libdeflate.dylib", "deflate.dll"], "apt-get install libdeflate0"),
        [TurboJpeg] = new(["libturbojpeg.so.0", "libturbojpeg.dylib", "turbojpeg.dll"], "apt-get install libturbojpeg0"),
        [Tiff] = new(["libtiff.so.6", "libtiff.dylib", "tiff.dll"], "apt-get install libtiff6"),
        [OpenSlide] = new(["libopenslide.so.1", "libopenslide.so.0", "libopenslide.1.dylib", "libopenslide.0.dylib", "libopenslide-1.dll",
            "libopenslide-0.dll"], "apt-get install libopenslide0"),
        [Rsvg] = new(["librsvg-2.so.2", "librsvg-2.dylib", "rsvg-2.dll"], "apt-get install librsvg2-2"),
        [Cairo] = new(["libcairo.so.2", "libcairo.dylib", "cairo.dll"], "apt-get install libcairo2"),
    };

    static readonly ConcurrentDictionary<string, nint> Loaded = new();

    internal const string Spng = "spng", Deflate = "deflate", TurboJpeg = "turbojpeg", Tiff = "tiff", Rsvg = "rsvg", Cairo = "cairo", OpenSlide = "openslide";

    static NativeLibraries() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, (name, _, _) => All.ContainsKey(name) ? Load(name) : 0);

    /// <summary>Every native class calls this from its static constructor, which makes the resolver known before its first call.</summary>
    internal static void Register() { }

    static nint Load(string name) => Loaded.GetOrAdd(name, static name =>
    {
        var (files, install) = All[name];
        var beside = Path.GetDirectoryName(typeof(NativeLibraries).Assembly.Location) ?? "";
        string[] paths = [.. files.SelectMany(file =>
            (string[])[Path.Combine(beside, file), Path.Combine(beside, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", file), file])];
        foreach (var path in paths)
            if (NativeLibrary.TryLoad(path, out var handle))
                return handle;
        throw paths.FirstOrDefault(File.Exists) is { } there
            ? new PatchwiseException(
                $"the library {there} cannot be loaded, since one that it needs is missing or of another version: {install}; then start again")
            : new PatchwiseException($"the library {files[0]} was not found beside {beside} nor on this system: install it ({install}) and start again");
    });
}
