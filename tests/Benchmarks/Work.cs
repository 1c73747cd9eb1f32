using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>
/// One side of a comparison, measured in a process of its own so that its peak memory is its own. The protocol is the same for C# and Python:
/// the process prepares and prints "ready"; each line "go" on its input runs the work once and prints its seconds; "end" prints peak bytes.
/// </summary>
static class Work
{
    /// <summary>The comparisons by name: prepares from the folder of inputs, returns what is timed.</summary>
    static readonly Dictionary<string, Func<string, Action>> All = new()
    {
        ["regions"] = folder =>
        {
            var mask = Raster.Load(Path.Combine(folder, "mask.png"));
            return () => Inputs.Expect(RegionTable.Measure(mask).Count, Inputs.MaskObjects(folder), "objects");
        },
        ["slide"] = folder => () =>
        {
            using var slide = Slide.Open(Path.Combine(folder, "slide.tif"));
            var grid = PatchGrid.Over(slide, 256, Resolution.Baseline(256.0 / 410), edge: EdgePolicy.Whole);
            Inputs.Expect(slide.Read(grid).Take(Inputs.SlidePatches).Count(), Inputs.SlidePatches, "patches");
        },
        ["matrix product"] = _ => Networks.PreparePeak(),
    };

    internal static int Serve(string name, string folder)
    {
        var work = Networks.Measured.Contains(name) ? Networks.Prepare(name, folder) : All[name](folder);
        work(); // the first run compiles
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

    static long PeakBytes() =>
        long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
