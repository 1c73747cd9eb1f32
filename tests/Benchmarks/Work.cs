using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>
/// One side of a comparison, measured in a process of its own so that its peak memory is its own. The protocol is the same for C# and Python:
/// the process prepares and prints "ready"; each line "go" on its input runs the work once and prints its seconds; "end" prints peak bytes.
/// </summary>
static class Work
{
    /// <summary>What is timed of a work, prepared from the folder of inputs.</summary>
    static Action Prepare(string name, string folder) => name.Split(' ') switch
    {
        ["regions", .. var size] => Regions(folder, size, RegionProperties.Basic),
        ["all", "properties"] => Regions(folder, [], RegionProperties.All),
        ["resize", var method, var side] => Resize(folder, Enum.Parse<ResizeMethod>(method, ignoreCase: true), int.Parse(side, CultureInfo.InvariantCulture)),
        ["decode", var format] => () => Parallel.For(0, Inputs.PatchFiles, i => Inputs.Expect(Raster.Load(Inputs.Patch(folder, i, format)).Width, 224, "px")),
        ["clarity"] => () =>
        {
            var set = ImageSet.Open(Path.Combine(folder, "nuclei"), 40);
            var clarity = ClarityTest.Of(set, RegionTable.Measure(set).AwayFromEdge(16), new() { Trials = [30, 20, 10, 5], Sample = 200 });
            clarity.Gallery.Save(Path.Combine(folder, "gallery.png"));
            clarity.Curve().Save(Path.Combine(folder, "curve.png"));
        }
        ,
        ["slide"] => Patches(folder, 256.0 / 410, Inputs.SlidePatches),
        ["slide", "coarse"] => Patches(folder, 0.25, Inputs.CoarsePatches),
        ["merge"] => Merge(),
        ["copy"] => Copy(),
        ["matrix", "product"] => Networks.PreparePeak(),
        ["predict", "files", "int8", var count] => Predicting.Files(folder, count, Precision.Int8),
        ["predict", "files", var count] => Predicting.Files(folder, count),
        ["predict", "slide", "int8", var count] => Predicting.Slide(folder, count, Precision.Int8),
        ["predict", "slide", var count] => Predicting.Slide(folder, count),
        ["viewer", "ours", var round, var clients] => Viewing.Ours(folder, round == "again", int.Parse(clients, CultureInfo.InvariantCulture)),
        ["viewer", "theirs", var round, var clients, var script] => Viewing.Theirs(script, folder, round == "again",
            int.Parse(clients, CultureInfo.InvariantCulture)),
        ["growing", var work, var times] => Growing.Prepare(work, int.Parse(times, CultureInfo.InvariantCulture), folder),
        ["network", "alone", var count] => Predicting.Alone(folder, count),
        ["bf16", var network] => Networks.PrepareBFloat16(Networks.Weights(network, folder)),
        ["int8", var network] => Networks.Prepare(Networks.Quantized(network, folder)),
        [var network] => Networks.Prepare(Networks.Weights(network, folder)),
        _ => throw new ArgumentException($"no work is called {name}"),
    };

    static (string Suffix, double Factor) Sized(string[] size) => size switch
    {
        [] => ("", 1),
        ["quarter"] => (" quarter", 0.25),
        ["fourfold"] => (" fourfold", 4),
        _ => throw new ArgumentException($"no size is called {size[0]}"),
    };

    static Action Regions(string folder, string[] size, RegionProperties properties)
    {
        var (suffix, factor) = Sized(size);
        var mask = Raster.Load(Path.Combine(folder, $"mask{suffix}.png"));
        return () => Inputs.Expect(RegionTable.Measure(mask, properties: properties).Count, (int)(factor * Inputs.Objects), "objects");
    }

    static Action Resize(string folder, ResizeMethod method, int side)
    {
        var photo = Raster.Load(Path.Combine(folder, "photo.png"));
        Inputs.Expect(photo.Channels, 3, "channels");
        return () =>
        {
            // Given back at once, as Python gives back an array that nothing names.
            using var resized = photo.Resize(new(side, side), method);
            Inputs.Expect(resized.Width, side, "px");
        };
    }

    static Action Patches(string folder, double share, int wanted) => () =>
    {
        using var slide = Slide.Open(Path.Combine(folder, "slide.tif"));
        var grid = PatchGrid.Over(slide, 256, Resolution.Baseline(share), new() { Edge = EdgePolicy.Whole });
        // Where the slide holds fewer, it is read again.
        for (var left = wanted; left > 0;)
        {
            var here = Math.Min(left, grid.Count);
            Inputs.Expect(slide.Read(grid).Take(here).Count(), here, "patches");
            left -= here;
        }
    };

    /// <summary>1,000 x 1,000 patches of 224 px, a stride of half a patch.</summary>
    static Action Merge()
    {
        const int Map = 4000;
        var table = Predictions(1000, 224, 112);
        return () =>
        {
            var map = PredictionMap.Of(table, Resolution.Baseline(Map / (double)table.Sources[0].Frame!.Size.Width));
            Inputs.Expect(map.Size.Width, Map, "px");
            Inputs.Expect((int)map.Shares.Sum(share => share.Pixels), Map * Map, "px with a class");
        };
    }

    /// <summary>Of nine classes, for a square of so many patches.</summary>
    internal static PredictionTable Predictions(int side, int patch, int stride)
    {
        const int Classes = 9;
        var whole = (side - 1) * stride + patch;
        var frame = new SlideShape("slide", [new(new(whole, whole), 1)], null, null).At(Resolution.Baseline(1));
        ClassInfo[] classes = [.. Enumerable.Range(0, Classes).Select(k => new ClassInfo($"{k}", $"{k}", $"#0000{28 * k:x2}"))];
        var rows = new Prediction[side * side];
        var probabilities = new float[rows.Length * Classes];
        for (var i = 0; i < rows.Length; i++)
        {
            var (x, y) = (i % side * stride, i / side * stride);
            var values = probabilities.AsSpan(i * Classes, Classes);
            for (var k = 0; k < Classes; k++)
                values[k] = (i * 31 + k * 17) % 97 + 1;
            var (sum, best) = (0f, 0);
            for (var k = 0; k < Classes; k++)
                (sum, best) = (sum + values[k], values[k] > values[best] ? k : best);
            for (var k = 0; k < Classes; k++)
                values[k] /= sum;
            var box = new Box(x, y, x + patch, y + patch);
            rows[i] = new(0, box, box, best, values[best]);
        }
        return new("model", classes, [new("slide", frame)], rows, probabilities);
    }

    /// <summary>Read and written by one run of the copy, which stands for what this machine's memory can do.</summary>
    internal const double CopyBytes = 2.0 * 2 * (1 << 28);

    static Action Copy()
    {
        var threads = Environment.ProcessorCount;
        var part = (int)(CopyBytes / 2 / threads);
        var (from, to) = (new byte[threads][], new byte[threads][]);
        for (var i = 0; i < threads; i++)
            (from[i], to[i]) = (new byte[part], new byte[part]);
        return () => Parallel.For(0, threads, i => from[i].AsSpan().CopyTo(to[i]));
    }

    internal static int Serve(string name, string folder)
    {
        var work = Prepare(name, folder);
        // The first run compiles; of whole predictions, which take a minute, a few patches do.
        if (name.Split(' ') is ["predict" or "network" or "growing", var what, _] && what != "merged")
            Prepare(name[..name.LastIndexOf(' ')] + (name.StartsWith("growing", StringComparison.Ordinal) ? " 1" : " 120"), folder)();
        else
            work();
        Console.WriteLine("ready");
        while (Console.ReadLine() is "go")
        {
            var clock = Stopwatch.StartNew();
            work();
            Console.WriteLine(clock.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        }
        Console.WriteLine(PeakBytes());
        return 0;
    }

    /// <summary>Whose peak memory counts: a process that the work has started, or this.</summary>
    internal static int? Measured { get; set; }

    static long PeakBytes() =>
        long.Parse(File.ReadLines($"/proc/{Measured ?? Environment.ProcessId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
