using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OpenCvSharp;

namespace Patchwise.Tests;

/// <summary>Does the named steps one after the other in a fresh process and says what came of each: it matters which library is loaded first.</summary>
static class Program
{
    static readonly string Root = Path.GetFullPath(Environment.GetEnvironmentVariable("PATCHWISE_REPOSITORY") is { Length: > 0 } other
        ? other : Path.Combine(Path.GetDirectoryName(Source())!, "..", ".."));

    internal static int Main(string[] steps)
    {
        foreach (var step in steps)
            try
            {
                Console.WriteLine($"{step}: {Run(step)}");
            }
            catch (PatchwiseException error)
            {
                Console.WriteLine($"{step}: {error.Message}");
                return 1;
            }
        return 0;
    }

    static string Run(string step)
    {
        switch (step)
        {
            case "raw": // as by a user who does not know of the guard
                return Cv2.GetVersionString()!;
            case "load":
                return OpenCv.Load();
            case "mat":
                using (var mat = Raster.FromSamples(1, 1, 3, (ReadOnlySpan<byte>)[1, 2, 3]).ToMat())
                    return Digest(mat.ToRaster());
            case "missing": // as where the package of OpenCV's library is not referenced
                NativeLibrary.SetDllImportResolver(typeof(Cv2).Assembly, static (name, _, _) => NativeLibrary.Load($"/nowhere/lib{name}.so"));
                return step;
            case "svs":
                return Digest(Thumbnail("notebooks/data/slides/CMU-1-Small-Region.svs"));
            case "ndpi":
                return Digest(Thumbnail("notebooks/data/slides/fluorescence-40x.ndpi"));
            case "jpeg":
                return Digest(Raster.Load(At("tests/data/pictures/cat.jpg")));
            case "png":
                return Digest(Raster.Load(At("tests/data/imaging/rgb8.png")));
            case "tiff":
                return Digest(Raster.Load(At("tests/data/imaging/ycbcr-jpeg-strips.tif")));
            default:
                throw new ArgumentException(step);
        }
    }

    static Raster Thumbnail(string path)
    {
        using var slide = Slide.Open(At(path));
        return slide.Thumbnail();
    }

    static string Digest(Raster image) => $"{image} {Convert.ToHexString(SHA256.HashData(image.AsBytes()))}";

    static string At(string path) => Path.Combine(Root, path);

    static string Source([CallerFilePath] string path = "") => path;
}
