using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>
/// The networks on a CUDA device: agreement with ONNX Runtime on the CPU, patches a second, shares of what the device can copy and multiply. On a
/// machine without such a device libtorch's CPU stands in, which tries the measurement and says nothing of a GPU.
/// </summary>
static class Gpu
{
    const int Side = 224, PatchBytes = 3 * Side * Side;

    /// <summary>Patches that the CPU runs as well.</summary>
    const int OnCpu = 48;

    static readonly bool Real = TorchLibrary.CudaDevices > 0;
    static readonly string Device = Real ? "cuda" : "cpu";

    /// <summary>Patches of a batch, of one prediction from end to end, and the least time of a measurement.</summary>
    static readonly (int Batch, int Predicted, double Seconds) Size = Real ? (256, 12_000, 1.5) : (16, 64, 0.2);

    static readonly Precision[] Precisions = Real ? [Precision.Float32, Precision.Float16, Precision.BFloat16] : [Precision.Float32];

    /// <summary>Of the slide: 224 px of it at this share of its size are a patch, as in the rows of the CPU.</summary>
    const double Share = 0.6;

    /// <summary>
    /// Copies the embedded patches as PNG files, and makes a slide of 49,152 x 32,768 px in two megabytes: 12 x 8 tiles of the embedded one, which it names
    /// sixteen times across and down.
    /// </summary>
    internal static int Pack(string repository, string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "slide"));
        string In(string name) => Path.Combine(folder, "slide", name);
        var (region, wide, part) = (In("region.v"), In("wide.v"), In("part.tif"));
        Inputs.Vips("flatten", Path.Combine(repository, "notebooks", "data", "slides", "CMU-1-Small-Region.svs"), region);
        Inputs.Vips("replicate", region, wide, "2", "1");
        Inputs.Vips("crop", wide, $"{part}[tile,tile-width=256,tile-height=256,pyramid,compression=jpeg,Q=85]", "0", "0", "3072", "2048");
        File.WriteAllBytes(In("slide.tif"), RepeatedTiff.Of(File.ReadAllBytes(part), 16));
        foreach (var made in (string[])[region, wide, part])
            File.Delete(made);
        foreach (var file in Patches(repository))
        {
            var copy = Path.Combine(folder, Path.ChangeExtension(Path.GetRelativePath(repository, file), ".png"));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.WriteAllBytes(copy, Raster.Load(file).ToPng());
        }
        return 0;
    }

    static IEnumerable<string> Patches(string repository) =>
        Directory.GetFiles(Path.Combine(repository, "notebooks", "data", "nct-crc-he"), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is ".png" or ".jpg" or ".tif").Order(StringComparer.Ordinal);

    /// <param name="folder">A copy of the repository with the embedded patches.</param>
    /// <param name="names">Architectures; none: all.</param>
    internal static int Run(string folder, string[] names)
    {
        var patches = Turned([.. Patches(folder).SelectMany(file => Raster.Load(file).AsBytes().ToArray())]);
        Print($"{DateTime.UtcNow:yyyy-MM-dd}, TorchSharp {typeof(TorchSharp.torch).Assembly.GetName().Version}, "
            + $"{(Real ? CudaDriver.Describe(0) : "no CUDA device: libtorch's CPU stands in, the times say nothing of a GPU")}, "
            + $"{Environment.ProcessorCount} CPU cores; "
            + $"batches of {Size.Batch} patches of {Side} px; {patches.Length / PatchBytes} embedded patches, turned and mirrored");
        var copy = CopyBytesPerSecond();
        var products = Precisions.ToDictionary(precision => precision, ProductsPerSecond);
        Print($"ceilings: {copy / 1e9:0.0} GB/s from pinned memory to the device; matrix product "
            + string.Join(", ", products.Select(product => FormattableString.Invariant($"{product.Value / 1e12:0.0} TFLOP/s in {product.Key}"))));
        Print($"");
        Print($"| network | precision | logits off by, of their spread | labels as ONNX on the CPU | labels as float32 | first batch after, s "
            + $"| engine, patches/s | times PyTorch's | of the matrix ceiling | of the copy ceiling | end to end, patches/s | of the engine |");
        Print($"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        // NETWORK PRECISION RATE a line, as python/gpu.py prints them.
        var measured = Path.Combine(folder, "pytorch.txt");
        var peer = (File.Exists(measured) ? File.ReadLines(measured) : []).Select(line => line.Split(' '))
            .ToDictionary(words => $"{words[0]} {words[1]}", words => double.Parse(words[2], CultureInfo.InvariantCulture));
        var alone = new Dictionary<(string Name, Precision Precision), double>();
        foreach (var name in names.Length > 0 ? names : [.. Network.Known])
            Measure(folder, name, patches, copy, products, alone, peer);
        FromSlide(folder, [.. alone.Where(rate => rate.Key.Precision != Precision.BFloat16)]);
        return 0;
    }

    /// <summary>Whole predictions of a slide, whose patches are read and shrunk on the processor's cores while the device computes.</summary>
    static void FromSlide(string folder, KeyValuePair<(string Name, Precision Precision), double>[] alone)
    {
        using var slide = Slide.Open(Path.Combine(folder, "slide", "slide.tif"));
        var all = PatchGrid.Over(slide, Side, Resolution.Baseline(Share), new() { Edge = EdgePolicy.Whole });
        var rows = Real ? all.Rows : 2;
        var grid = PatchGrid.Over(slide, Side, Resolution.Baseline(Share), new()
        {
            Mask = TissueMask.Of(Raster.FromSamples(all.Columns, all.Rows, 1,
                [.. Enumerable.Range(0, all.Count).Select(patch => patch < rows * all.Columns ? (byte)1 : (byte)0)])),
            MinTissue = 0.5,
            Edge = EdgePolicy.Whole,
        });
        static double Seconds(Action work)
        {
            var clock = Stopwatch.StartNew();
            work();
            return clock.Elapsed.TotalSeconds;
        }
        double Reading(int threads, int patches)
        {
            using var anew = Slide.Open(slide.Path);
            var next = -1;
            Thread[] readers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
            {
                var rgb = new byte[PatchBytes];
                for (int index; (index = Interlocked.Increment(ref next)) < patches;)
                    anew.ReadTo(grid, index, rgb);
            }))];
            return patches / Seconds(() =>
            {
                foreach (var reader in readers)
                    reader.Start();
                foreach (var reader in readers)
                    reader.Join();
            });
        }
        Reading(1, 100);
        List<(int Threads, double Rate)> rates = [];
        for (var threads = 1; threads <= Environment.ProcessorCount; threads *= 2)
            rates.Add((threads, Reading(threads, Math.Min(grid.Count, 1000 * threads))));
        var reading = rates[^1].Rate;
        Print($"");
        Print($"From a slide of {slide.Size} px, {grid.Count} patches at {Share} of its size; read alone: "
            + string.Join(", ", rates.Select(each => FormattableString.Invariant($"{each.Rate:0} a second by {each.Threads}"))) + " threads.");
        Print($"");
        Print($"| network | precision | from the slide, patches/s | of the slower of engine and reading | the network waited |");
        Print($"|---|---|--:|--:|--:|");
        foreach (var ((name, precision), rate) in alone)
            WithNetwork(folder, name, model =>
            {
                using var predictor = new PatchPredictor(model, Size.Batch, new(EngineKind.Torch, Device, precision));
                var waited = 0.0;
                predictor.Predict(Patches(folder).Take(Size.Batch), new(), default);
                var whole = grid.Count / Seconds(() => Inputs.Expect(
                    predictor.Predict(slide, grid, new() { Progress = told => waited = told.NetworkWaited ?? 0 }, default).Count, grid.Count, "predictions"));
                Print($"| {name} | {precision} | {whole:0} | {whole / Math.Min(reading, rate):0.00} | {waited:P0} |");
            });
    }

    static void WithNetwork(string folder, string name, Action<Model> use)
    {
        var weights = Path.Combine(folder, name + ".safetensors");
        if (!File.Exists(weights))
            Networks.WriteWeights(weights, Network.Describe(name, pooled: true, 9));
        using var model = Model.Open(weights);
        use(model);
    }

    /// <param name="rates">Gets the engine's patches a second.</param>
    static void Measure(string folder, string name, byte[] patches, double copy, Dictionary<Precision, double> products,
        Dictionary<(string Name, Precision Precision), double> rates, Dictionary<string, double> peer) => WithNetwork(folder, name, model =>
    {
        float[] onCpu, asFloat32 = [];
        using (var onnx = Engines.Create(model, new(EngineKind.Onnx)))
            onCpu = Logits(onnx, patches.AsSpan(0, Math.Min(patches.Length, OnCpu * PatchBytes)));
        var mean = onCpu.Average();
        var spread = Math.Sqrt(onCpu.Average(value => (value - mean) * (value - mean)));
        foreach (var precision in Precisions)
        {
            using var predictor = new PatchPredictor(model, Size.Batch, new(EngineKind.Torch, Device, precision));
            var clock = Stopwatch.StartNew();
            using var engine = Engines.Create(model, new(EngineKind.Torch, Device, precision));
            Logits(engine, patches.AsSpan(0, Math.Min(Size.Batch * PatchBytes, patches.Length)));
            var start = clock.Elapsed.TotalSeconds;
            var logits = Logits(engine, patches);
            if (precision == Precision.Float32)
                asFloat32 = logits;
            var worst = onCpu.Zip(logits, (expected, found) => Math.Abs(expected - found)).Max();
            var alone = rates[(name, precision)] = EngineRate(engine, patches);
            var whole = WholeRate(predictor, patches);
            var besides = peer.TryGetValue($"{name} {precision}".ToLowerInvariant(), out var theirs)
                ? FormattableString.Invariant($"{alone / theirs:0.00}") : "";
            var operations = 2.0 * Network.Describe(name, pooled: true, 9).Operations(Side);
            Print($"| {name} | {precision} | {worst / spread:0.0e+0} | {Agreement(onCpu, logits[..onCpu.Length], engine.Classes):P1} | "
                + $"{Agreement(asFloat32, logits, engine.Classes):P2} | {start:0.0} | {alone:0} "
                + $"| {besides} | {operations * alone / products[precision]:P0} | {PatchBytes * alone / copy:P0} | {whole:0} | "
                + $"{whole / alone:0.00} |");
        }
    });

    /// <summary>Each patch in the eight ways that it can lie.</summary>
    static byte[] Turned(byte[] patches)
    {
        var all = new byte[8 * patches.Length];
        Parallel.For(0, all.Length / PatchBytes, index =>
        {
            var from = patches.AsSpan(index / 8 * PatchBytes, PatchBytes);
            var to = all.AsSpan(index * PatchBytes, PatchBytes);
            var way = index % 8;
            for (var y = 0; y < Side; y++)
                for (var x = 0; x < Side; x++)
                {
                    var (column, row) = (way & 4) == 0 ? (x, y) : (y, x);
                    column = (way & 1) == 0 ? column : Side - 1 - column;
                    row = (way & 2) == 0 ? row : Side - 1 - row;
                    from.Slice(3 * (row * Side + column), 3).CopyTo(to[(3 * (y * Side + x))..]);
                }
        });
        return all;
    }

    static float[] Logits(InferenceEngine engine, ReadOnlySpan<byte> patches)
    {
        var logits = new float[patches.Length / PatchBytes * engine.Classes];
        for (var start = 0; start < patches.Length / PatchBytes; start += Size.Batch)
        {
            var count = Math.Min(Size.Batch, patches.Length / PatchBytes - start);
            engine.Run(patches.Slice(start * PatchBytes, count * PatchBytes), count, new(Side, Side),
                logits.AsSpan(start * engine.Classes, count * engine.Classes), []);
        }
        return logits;
    }

    /// <summary>
    /// The share of rows with the same most probable class. Random weights favour one class for every patch, which any arithmetic agrees on, so each
    /// class counts from its mean over the patches: then the classes are about equally frequent and near to each other.
    /// </summary>
    static double Agreement(float[] expected, float[] found, int classes)
    {
        var rows = expected.Length / classes;
        var means = Enumerable.Range(0, classes).Select(k => Enumerable.Range(0, rows).Average(row => expected[row * classes + k])).ToArray();
        int Label(float[] logits, int row) => Enumerable.Range(0, classes).MaxBy(k => logits[row * classes + k] - means[k]);
        return Enumerable.Range(0, rows).Count(row => Label(expected, row) == Label(found, row)) / (double)rows;
    }

    /// <summary>As many threads as the engine takes, one batch after the other.</summary>
    static double EngineRate(InferenceEngine engine, byte[] patches)
    {
        var batch = Math.Min(Size.Batch, patches.Length / PatchBytes);
        void Batches(double seconds, ref long done)
        {
            var logits = new float[batch * engine.Classes];
            var clock = Stopwatch.StartNew();
            do
            {
                engine.Run(patches.AsSpan(0, batch * PatchBytes), batch, new(Side, Side), logits, []);
                Interlocked.Add(ref done, batch);
            }
            while (clock.Elapsed.TotalSeconds < seconds);
        }
        double Rate(double seconds)
        {
            var done = 0L;
            var clock = Stopwatch.StartNew();
            Thread[] threads = [.. Enumerable.Range(0, engine.Parallel).Select(_ => new Thread(() => Batches(seconds, ref done)))];
            foreach (var thread in threads)
                thread.Start();
            foreach (var thread in threads)
                thread.Join();
            return done / clock.Elapsed.TotalSeconds;
        }
        Rate(0); // chooses kernels and makes the memory ready
        return Rate(Size.Seconds);
    }

    /// <summary>Images in memory to the table.</summary>
    static double WholeRate(PatchPredictor predictor, byte[] patches)
    {
        var rasters = Enumerable.Range(0, patches.Length / PatchBytes)
            .Select(index => Raster.FromSamples(Side, Side, 3, patches.AsSpan(index * PatchBytes, PatchBytes))).ToArray();
        var many = Enumerable.Range(0, Size.Predicted).Select(index => rasters[index % rasters.Length]).ToArray();
        predictor.Predict(many.Take(4 * Size.Batch));
        var clock = Stopwatch.StartNew();
        predictor.Predict(many);
        return many.Length / clock.Elapsed.TotalSeconds;
    }

    /// <summary>A network that only copies: 256 MiB of pinned memory to the device, ten times.</summary>
    static double CopyBytesPerSecond() => Rate(10.0 * (256 << 20), Precision.Float32, [], $"""
            room = torch.empty([{256 << 20}], dtype=0, pin_memory={(Real ? "True" : "False")})
            there = torch.empty([{256 << 20}], dtype=0, device=x.device)
            for i in range(10):
                torch.copy_(there, room, True)
            y = y + there[0] * 0.0
        """);

    /// <summary>A network that only multiplies square matrices. One depends on the patches: libtorch works out what does not while it compiles.</summary>
    static double ProductsPerSecond(Precision precision)
    {
        var (side, times) = Real ? (8192, 10) : (1024, 2);
        var matrix = new StepValues("matrix", [side, side],
            () => [.. Enumerable.Range(0, side * side).Select(i => (i % 7 - 3) / 64f)]);
        return Rate(2.0 * times * side * side * side, precision, [matrix, matrix], $"""
            a = w[0] + y[0, 0] * 0.0
            for i in range({times}):
                z = torch.mm(a, w[1])
                y = y + z[0, 0] * 0.0
        """);
    }

    static double Rate(double amount, Precision precision, StepValues[] values, string body)
    {
        var source = $"def forward(x: Tensor, w: List[Tensor]) -> Tuple[Tensor, Tensor]:\n    y = torch.mean(x, [2, 3])\n{body}\n    return y, y\n\n";
        using var engine = TorchEngine.Compile(source, values, "ceiling", CardFile.Parse("{}", "ceiling", "ceiling", 8),
            new(EngineKind.Torch, Device, precision));
        double Seconds()
        {
            var clock = Stopwatch.StartNew();
            engine.Run(new byte[3 * 8 * 8], 1, new(8, 8), new float[3], []);
            return clock.Elapsed.TotalSeconds;
        }
        Seconds();
        return amount / Enumerable.Range(0, 5).Min(_ => Seconds());
    }

    static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    static void Print(string line) => Console.WriteLine(line);
}
