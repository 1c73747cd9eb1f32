using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>The inputs both sides read, made from a seed into a folder.</summary>
static class Inputs
{
    internal static void Make(string folder)
    {
        var (mask, objects) = EllipseMask(5000, 1500, seed: 1);
        mask.Save(Path.Combine(folder, "mask.png"));
        File.WriteAllText(Path.Combine(folder, "mask.txt"), objects.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Patches of one round: 20 rows of the slide below.</summary>
    internal const int SlidePatches = 1080;

    /// <summary>The embedded slide, repeated to 22,200 x 20,769 px, as a pyramid of JPEG tiles.</summary>
    internal static void MakeSlide(string folder, string repository)
    {
        var (region, repeated) = (Path.Combine(folder, "region.v"), Path.Combine(folder, "repeated.v"));
        Vips("copy", Path.Combine(repository, "notebooks", "data", "slides", "CMU-1-Small-Region.svs"), region);
        Vips("replicate", region, repeated, "10", "7");
        Vips("tiffsave", repeated, Path.Combine(folder, "slide.tif"), "--tile", "--tile-width", "256", "--tile-height", "256", "--pyramid", "--compression", "jpeg", "--Q", "85");
        File.Delete(repeated);

        static void Vips(params string[] arguments)
        {
            using var process = System.Diagnostics.Process.Start("vips", arguments);
            process.WaitForExit();
            Expect(process.ExitCode, 0, "exit code of vips");
        }
    }

    internal static int MaskObjects(string folder) =>
        int.Parse(File.ReadAllText(Path.Combine(folder, "mask.txt")), CultureInfo.InvariantCulture);

    /// <summary>A work that computes something else than it should is not timed.</summary>
    internal static void Expect(int found, int expected, string what)
    {
        if (found != expected)
            throw new InvalidOperationException($"{found} {what}, expected {expected}");
    }

    /// <summary>Ellipses with axes of 10 to 80 px that do not touch: value 1 to 255 each, as an annotator's class masks hold.</summary>
    static (Raster Mask, int Objects) EllipseMask(int side, int count, int seed)
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
        return (Raster.FromSamples(side, side, 1, samples), objects);

        bool Free(int cx, int cy, int reach)
        {
            for (var y = cy - reach; y <= cy + reach; y++)
                if (samples.AsSpan(y * side + cx - reach, 2 * reach + 1).ContainsAnyExcept((byte)0))
                    return false;
            return true;
        }
    }
}
