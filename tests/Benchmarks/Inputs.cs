using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>The inputs both sides read, made from a seed into a folder.</summary>
static class Inputs
{
    internal static void Make(string folder, string repository)
    {
        foreach (var (name, side, count) in ((string, int, int)[])[("mask", 5000, Objects), ("mask quarter", 2500, Objects / 4),
            ("mask fourfold", 10_000, 4 * Objects)])
            EllipseMask(side, count, seed: 1).Save(Path.Combine(folder, name + ".png"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "nuclei"), Path.Combine(repository, "notebooks", "data", "dsb2018-nuclei"));
        MakeSlide(folder, repository);
        MakePatches(folder, repository);
    }

    /// <summary>Of the mask of 5000 px.</summary>
    internal const int Objects = 1500;

    /// <summary>Patches of one round: 20 rows of the slide below.</summary>
    internal const int SlidePatches = 1080;

    /// <summary>At a quarter of the slide's size, where it holds a fifth of them.</summary>
    internal const int CoarsePatches = 2000;

    /// <summary>Files of each format.</summary>
    internal const int PatchFiles = 2000;

    internal static string Patch(string folder, int index, string format) =>
        Path.Combine(folder, "patches", string.Create(CultureInfo.InvariantCulture, $"{index:0000}.{format}"));

    /// <summary>The embedded patches, over and over, as PNG, JPEG and TIFF (uncompressed, as the Kather-100k set has them).</summary>
    static void MakePatches(string folder, string repository)
    {
        Directory.CreateDirectory(Path.Combine(folder, "patches"));
        var sources = Directory.GetFiles(Path.Combine(repository, "notebooks", "data", "nct-crc-he"), "*.*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".png" or ".jpg" or ".tif").Order(StringComparer.Ordinal).ToArray();
        for (var i = 0; i < PatchFiles; i++)
        {
            if (i < sources.Length)
            {
                var pixels = Raster.Load(sources[i]);
                pixels.Save(Patch(folder, i, "png"));
                pixels.Save(Patch(folder, i, "jpg"));
                Vips("copy", Patch(folder, i, "png"), Patch(folder, i, "tif"));
                continue;
            }
            foreach (var format in (string[])["png", "jpg", "tif"])
                File.Copy(Patch(folder, i % sources.Length, format), Patch(folder, i, format));
        }
    }

    internal static void Vips(params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start("vips", arguments);
        process.WaitForExit();
        Expect(process.ExitCode, 0, "exit code of vips");
    }

    /// <summary>The embedded slide, repeated to 22,200 x 20,769 px, as a pyramid of JPEG tiles, and 5000 x 5000 px of it as a plain image.</summary>
    static void MakeSlide(string folder, string repository)
    {
        // vips reads slides with opacity, which the work below is without
        Vips("flatten", Path.Combine(repository, "notebooks", "data", "slides", "CMU-1-Small-Region.svs"), Path.Combine(folder, "region.v"));
        MakeSlide(folder, Path.Combine(folder, "slide.tif"), 10, 7);
        Vips("crop", Path.Combine(folder, "slide.tif"), Path.Combine(folder, "photo.png"), "0", "0", "5000", "5000");
    }

    /// <summary>The embedded slide, repeated so often across and down.</summary>
    internal static void MakeSlide(string folder, string path, int across, int down) => Vips("replicate", Path.Combine(folder, "region.v"),
        $"{path}[tile,tile-width=256,tile-height=256,pyramid,compression=jpeg,Q=85]", $"{across}", $"{down}");

    internal static void Save(Raster image, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        image.Save(path);
    }

    /// <summary>A work that computes something else than it should is not timed.</summary>
    internal static void Expect(int found, int expected, string what)
    {
        if (found != expected)
            throw new InvalidOperationException($"{found} {what}, expected {expected}");
    }

    /// <summary>Ellipses with axes of 10 to 80 px that do not touch: value 1 to 255 each, as an annotator's class masks hold.</summary>
    internal static Raster EllipseMask(int side, int count, int seed)
    {
        var random = new Random(seed);
        var samples = new byte[side * side];
        var objects = 0;
        while (objects < count)
        {
            var (a, b, turn) = (random.Next(5, 41), random.Next(5, 41), random.NextDouble() * Math.PI);
            var reach = Math.Max(a, b) + 2;
            var (cx, cy) = (random.Next(reach, side - reach), random.Next(reach, side - reach));
            if (!Free(cx, cy, reach))
                continue;
            objects++;
            var value = (byte)random.Next(1, 256);
            var (cos, sin) = (Math.Cos(turn), Math.Sin(turn));
            for (var y = -reach; y <= reach; y++)
                for (var x = -reach; x <= reach; x++)
                {
                    var (u, v) = ((x * cos + y * sin) / a, (y * cos - x * sin) / b);
                    if (u * u + v * v < 1)
                        samples[(cy + y) * side + cx + x] = value;
                }
        }
        return Raster.FromSamples(side, side, 1, samples);

        bool Free(int cx, int cy, int reach)
        {
            for (var y = cy - reach; y <= cy + reach; y++)
                if (samples.AsSpan(y * side + cx - reach, 2 * reach + 1).ContainsAnyExcept((byte)0))
                    return false;
            return true;
        }
    }
}
