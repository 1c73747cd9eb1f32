using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Patchwise.Tests;

[Collection("networks")]
public class TorchEngineTests
{
    internal static readonly string Program = Path.Combine(Repository.Root, "tests", "data", "checkpoints", "program.pt");

    /// <summary>
    /// The device that these tests run on: the CPU, or what PATCHWISE_TEST_DEVICE says, as tests/Benchmarks/gpu does; auto is the first GPU where there is one.
    /// </summary>
    static readonly string Device = Environment.GetEnvironmentVariable("PATCHWISE_TEST_DEVICE") is { Length: > 0 } named ? named : "cpu";

    internal static readonly EngineOptions OnDevice = new(EngineKind.Torch, Device);

    internal static readonly bool OnCuda = Device != "cpu" && TorchLibrary.CudaDevices > 0;

    /// <summary>For numbers near 1 of a network of few layers in float32, which a GPU adds in another order.</summary>
    static readonly float Most = OnCuda ? 1e-5f : 1e-6f;

    internal static ModelCard Card(int side = 224, string json = "{}") => CardFile.Parse(json, "test", "test", side);

    /// <summary>The samples for which program-expected.json holds PyTorch's results.</summary>
    internal static byte[] Samples() => [.. Enumerable.Range(0, 2 * 32 * 32 * 3).Select(i => (byte)((7L * i * i + 37 * i + 11) / 13 % 256))];

    static float[] Expected() => [.. JsonDocument.Parse(File.ReadAllText(Program.Replace(".pt", "-expected.json", StringComparison.Ordinal))).RootElement
        .GetProperty("probabilities").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(value => value.GetSingle()))];

    static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, float most)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found[i]) <= most,
                string.Create(CultureInfo.InvariantCulture, $"value {i} is {found[i]}, expected {expected[i]}"));
    }

    static (float[] Logits, float[] Features) Run(InferenceEngine engine, byte[] rgb, int side)
    {
        var count = rgb.Length / (3 * side * side);
        var (logits, features) = (new float[count * engine.Classes], new float[count * engine.Features]);
        engine.Run(rgb, count, new(side, side), logits, features);
        return (logits, features);
    }

    /// <summary>A network of 3 values a patch, each the mean of a channel, with <paramref name="body"/> before it.</summary>
    static TorchEngine Means(string body, EngineOptions? options = null) => TorchEngine.Compile(
        $"def forward(x: Tensor, w: List[Tensor]) -> Tuple[Tensor, Tensor]:\n    y = torch.mean(x, [2, 3])\n{body}    return y, y\n\n", [], "means", Card(8),
            options ?? OnDevice);

    [Fact]
    public void Both_engines_agree_on_the_embedded_patches()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "notebooks", "data", "nct-crc-he"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".png" or ".jpg" or ".tif").Order().ToArray();
        var rgb = files.SelectMany(file => Raster.Load(file).AsBytes().ToArray()).ToArray();
        using var model = Model.Open("mobilenet_v2-imagenet");
        using var torch = Engines.Create(model, OnDevice);
        using var onnx = Engines.Create(model, new(EngineKind.Onnx));
        Assert.Equal((onnx.Classes, onnx.Features, onnx.PatchSize), (torch.Classes, torch.Features, torch.PatchSize));
        var (expected, found) = (Run(onnx, rgb, 224), Run(torch, rgb, 224));
        Near(expected.Logits, found.Logits, 1e-3f * expected.Logits.Max());
        Near(expected.Features, found.Features, 1e-3f * expected.Features.Max());
        for (var row = 0; row < files.Length; row++)
            Assert.Equal(Best(expected.Logits, row, onnx.Classes), Best(found.Logits, row, onnx.Classes));
    }

    static int Best(float[] values, int row, int classes) =>
        values.AsSpan(row * classes, classes).IndexOf(values.AsSpan(row * classes, classes).ToArray().Max());

    [Theory, InlineData("mobilenet_v3_small", 97), InlineData("resnet18", 64)]
    public void Both_engines_scale_samples_as_the_card_says(string architecture, int side)
    {
        using var folder = new TemporaryFolder();
        ZooFile.Write(folder.At("w.safetensors"), "scaling", Network.Describe(architecture, pooled: true, 5).Tensors);
        folder.Write("w.json", $$"""{"patch":{{side}},"mean":[0.5,0.4,0.3],"deviation":[0.2,0.1,0.3]}""");
        var rgb = new byte[5 * side * side * 3];
        new Random(3).NextBytes(rgb);
        using var model = Model.Open(folder.At("w.safetensors"));
        using var torch = Engines.Create(model, OnDevice);
        using var onnx = Engines.Create(model, new(EngineKind.Onnx));
        var (expected, found) = (Run(onnx, rgb, side), Run(torch, rgb, side));
        Near(expected.Logits, found.Logits, 1e-3f * expected.Logits.Max(Math.Abs));
        Near(expected.Features, found.Features, 1e-3f * expected.Features.Max(Math.Abs));
    }

    [Fact]
    public void A_program_of_TorchScript_is_a_model_with_its_card_beside_it()
    {
        using var model = Model.Open(Program);
        Assert.Equal((ModelOutput.Probabilities, "small program", 32), (model.Outputs.Kind, model.Card.Name, model.Card.Patch));
        Assert.Equal(["A", "B", "C"], model.Card.Classes.Select(known => known.Name));
        Assert.Matches("TorchScript.*\nlayers +2 with weights\nparameters +135\noutputs +probabilities, from a softmax\n", model.ToString());
        using var engine = Engines.Create(model, new(Device: Device));
        Assert.Contains("libtorch", engine.Place, StringComparison.Ordinal);
        Near(Expected(), Run(engine, Samples(), 32).Logits, Most);
        Assert.Equal(0, engine.Features);

        using var predictor = new PatchPredictor(model, engine: new(Device: Device));
        var patches = Samples().Chunk(32 * 32 * 3).Select(rgb => Raster.FromSamples(32, 32, 3, rgb));
        var table = predictor.Predict(patches);
        Near(Expected(), table.Probabilities(0).ToArray().Concat(table.Probabilities(1).ToArray()).ToArray(), Most);
        Assert.Contains("engine torch", Assert.Throws<BadInputException>(() => Engines.Create(model, new(EngineKind.Onnx))).Message, StringComparison.Ordinal);
        Assert.Contains("torch.onnx.export", Assert.Throws<BadInputException>(() => model.ExportOnnx("out.onnx")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_that_cannot_be_run_are_refused_with_their_name_and_the_reason()
    {
        using var folder = new TemporaryFolder();
        string Refusal(byte[] file, string card = """{"patch":32}""")
        {
            folder.Write("bad.json", card);
            var message = Assert.Throws<BadInputException>(() => Model.Open(folder.Write("bad.pt", file))).Message;
            Assert.StartsWith(folder.At("bad"), message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
            return message;
        }
        var good = File.ReadAllBytes(Program);
        Assert.Contains("expected patches of 32 px", Refusal(good, """{"patch":64}"""), StringComparison.Ordinal);
        Assert.Contains("gives 3 classes", Refusal(good, """{"patch":32,"classes":[{"name":"only"}]}"""), StringComparison.Ordinal);
        Refusal(good[..(good.Length / 2)]);
        Refusal([1, 2, 3]);
        Assert.Contains("forward", Refusal(Rewritten(good, code => code.Replace("def forward", "def backward", StringComparison.Ordinal))),
            StringComparison.Ordinal);
        Assert.Contains("libtorch", Refusal(Rewritten(good, code => code[..^20])), StringComparison.Ordinal);
        // The compiler of libtorch may crash over damaged code.
        var linear = "program/code/__torch__/torch/nn/modules/linear.py"u8;
        var (damaged, name) = (good.ToArray(), good.AsSpan().IndexOf(linear));
        damaged[name + linear.Length + BitConverter.ToUInt16(good, name - 2) + 20] ^= 1;
        Assert.Contains("is damaged", Refusal(damaged), StringComparison.Ordinal);
        // libtorch would take 4 GiB for a text before it finds that the file ends.
        var text = good.AsSpan().IndexOf("X\u0004\0\0\0bias"u8);
        good.AsSpan(text + 1, 4).Fill(0xff);
        Assert.Contains("ends within its index", Refusal(good), StringComparison.Ordinal);
        // It takes vectors, not patches.
        Assert.Contains("libtorch", Refusal(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(Program)!, "torchscript.pt"))), StringComparison.Ordinal);
    }

    /// <summary>The program with other code.</summary>
    static byte[] Rewritten(byte[] program, Func<string, string> change)
    {
        using var memory = new MemoryStream();
        memory.Write(program);
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Update, leaveOpen: true))
        {
            var entry = zip.Entries.First(entry => entry.FullName.EndsWith("/code/__torch__.py", StringComparison.Ordinal));
            using var stream = entry.Open();
            var code = new StreamReader(stream).ReadToEnd();
            stream.SetLength(0);
            stream.Write(Encoding.UTF8.GetBytes(change(code)));
        }
        return memory.ToArray();
    }

    /// <summary>What a program prints where it is tried is not taken for an answer.</summary>
    [Fact]
    public void A_program_that_prints_is_run_all_the_same()
    {
        using var folder = new TemporaryFolder();
        folder.Write("prints.json", """{"patch":32}""");
        var lines = string.Concat(Enumerable.Repeat("    print(\"good\", 7)\n", 300));
        using var model = Model.Open(folder.Write("prints.pt", Rewritten(File.ReadAllBytes(Program),
            code => code.Replace("    norm = self.norm\n", $"{lines}    norm = self.norm\n", StringComparison.Ordinal))));
        using var engine = Engines.Create(model, OnDevice);
        Near(Expected(), Run(engine, Samples(), 32).Logits, Most);
    }

    [Fact]
    public void A_size_that_the_program_refuses_is_an_error_of_that_run_only()
    {
        using var model = Model.Open(Program);
        using var engine = Engines.Create(model, OnDevice);
        var message = Assert.Throws<PatchwiseException>(() => Run(engine, new byte[64 * 64 * 3], 64)).Message;
        Assert.Equal($"{Program} failed on patches of 64 x 64 px: libtorch: expected patches of 32 px",
            message.Replace("builtins.ValueError: ", "", StringComparison.Ordinal).Replace("ValueError: ", "", StringComparison.Ordinal));
        Near(Expected(), Run(engine, Samples(), 32).Logits, Most);
        Assert.Throws<ArgumentException>(() => engine.Run(new byte[32 * 32 * 3], 2, new(32, 32), new float[6], []));
        Assert.Throws<ArgumentException>(() => engine.Run(new byte[32 * 32 * 3], 1, new(32, 32), new float[3], new float[7]));
        engine.Run([], 0, new(32, 32), [], []);
    }

    [Theory]
    [InlineData("    y = y.sum()\n", "[patches, classes]")]
    [InlineData("    y = torch.cat([y, y])\n", "for 1 patches")]
    public void A_network_that_gives_another_shape_is_refused(string body, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => Means(body)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_batch_that_memory_does_not_hold_is_halved_until_it_does_and_that_is_said_once()
    {
        // Memory that is asked for and never touched: more than the machine has is refused, less is not taken. Where the system grants everything, only
        // addresses run out.
        // That of a GPU is taken at once, and others may have a part of it: two patches take 6 tenths.
        var everything = !OnCuda && File.ReadAllText("/proc/sys/vm/overcommit_memory").Trim() == "1";
        var total = OnCuda ? long.Parse(Regex.Match(CudaDriver.Describe(0), @"\((\d+) GiB").Groups[1].Value, CultureInfo.InvariantCulture) << 30
            : 1024 * long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        var each = everything ? 1L << 45 : total / 10 * (OnCuda ? 3 : 4);
        var said = new List<string>();
        using var engine = Means(string.Create(CultureInfo.InvariantCulture,
            $"    room = torch.empty([x.size(0), {each}], dtype=0, device=x.device)\n    y = y + 0 * (room.numel() // {each})\n"),
            OnDevice with { Notice = said.Add });
        var rgb = Enumerable.Range(0, 8).SelectMany(patch => Enumerable.Range(0, 64).SelectMany(_ => new[] { (byte)patch, (byte)(2 * patch), (byte)100 }))
            .ToArray();
        float[] expected = [.. Enumerable.Range(0, 8).SelectMany(patch => new[] { patch / 255f, 2 * patch / 255f, 100 / 255f })];
        Near(expected, Run(engine, rgb, 8).Logits, Most);
        Near(expected, Run(engine, rgb, 8).Features, Most);
        Assert.Contains("batches of 8 patches of 8 x 8 px do not fit into the memory of libtorch", Assert.Single(said), StringComparison.Ordinal);

        // A patch too many for the addresses of any machine.
        using var huge =
            Means($"    if x.size(0) * x.size(2) > 8:\n        room = torch.empty([{1L << 60}], dtype=0, device=x.device)\n        y = y + room.numel()\n",
            OnDevice with { Notice = said.Add });
        Assert.Contains("one patch of 16 x 16 px does not fit", Assert.Throws<PatchwiseException>(() => Run(huge, new byte[16 * 16 * 3], 16)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Bfloat16_gives_nearly_the_same_numbers_and_float16_is_for_devices()
    {
        using var model = Model.Open(Program);
        using var engine = Engines.Create(model, OnDevice with { Precision = Precision.BFloat16 });
        Assert.Matches($"on {(OnCuda ? "cuda:0.*" : "the CPU")}, bfloat16$", engine.Place);
        var found = Run(engine, Samples(), 32).Logits;
        Near(Expected(), found, 0.02f);
        Assert.NotEqual(Expected(), found);
        Assert.Contains("float16 runs on CUDA devices only",
            Assert.Throws<BadInputException>(() => Engines.Create(model, new(EngineKind.Torch, "cpu", Precision.Float16))).Message, StringComparison.Ordinal);
        if (!OnCuda)
            return;
        using var half = Engines.Create(model, OnDevice with { Precision = Precision.Float16 });
        Near(Expected(), Run(half, Samples(), 32).Logits, 0.005f);
    }

    [Fact]
    public void The_command_says_what_ran_and_on_request_how_many_classes_are_those_of_float32()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(4);
        for (var i = 0; i < 40; i++)
        {
            // Of one color each, so that the classes differ.
            var (color, rgb) = (new byte[3], new byte[32 * 32 * 3]);
            random.NextBytes(color);
            for (var at = 0; at < rgb.Length; at++)
                rgb[at] = color[at % 3];
            folder.Write(string.Create(CultureInfo.InvariantCulture, $"set/{i}.png"), Raster.FromSamples(32, 32, 3, rgb).ToPng());
        }
        var (code, output, error) = Cli.RunForOutput("predict", folder.At("set"), "--model", Program, "--engine", "torch", "--device", Device, "--precision",
            "bf16", "--agreement");
        Assert.Equal((0, ""), (code, error));
        using var model = Model.Open(Program);
        using PatchPredictor exact = new(model, engine: OnDevice), rounded = new(model, engine: OnDevice with { Precision = Precision.BFloat16 });
        var same = exact.Predict(folder.At("set")).Zip(rounded.Predict(folder.At("set"))).Count(pair => pair.First.Class == pair.Second.Class);
        Assert.Contains(
            $"run by {rounded.Place}\n{string.Create(CultureInfo.InvariantCulture, $"{100.0 * same / 40:0.00}")} % of 40 patches get the same class as from "
                + $"{exact.Place}\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_that_are_not_there_are_refused()
    {
        using var model = Model.Open(Program);
        Assert.Contains("device cuda:99: ", Assert.Throws<BadInputException>(() => Engines.Create(model, new(Device: "cuda:99"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("runs on the CPU", Assert.Throws<BadInputException>(() => Engines.Create(model, new(EngineKind.Onnx, "cuda"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_engine_runs_no_more_and_lets_the_run_under_way_finish()
    {
        using var model = Model.Open(Program);
        var engine = Engines.Create(model, OnDevice);
        var many = Enumerable.Repeat(Samples(), 300).SelectMany(rgb => rgb).ToArray();
        using var started = new ManualResetEventSlim();
        var logits = new float[600 * 3];
        var run = Task.Run(() =>
        {
            started.Set();
            engine.Run(many, 600, new(32, 32), logits, []);
        });
        started.Wait();
        Thread.Sleep(1);
        engine.Dispose();
        engine.Dispose();
        try
        {
            await run;
            Near(Expected(), logits.AsSpan(^6..), Most);
        }
        catch (ObjectDisposedException)
        {
            // It had not begun.
        }
        Assert.Throws<ObjectDisposedException>(() => Run(engine, Samples(), 32));
    }

    [Fact]
    public void Four_threads_get_what_one_gets()
    {
        using var model = Model.Open(Program);
        using var engine = Engines.Create(model, OnDevice);
        var expected = Expected();
        Parallel.For(0, 4, new() { MaxDegreeOfParallelism = 4 }, _ =>
        {
            for (var i = 0; i < 20; i++)
                Near(expected, Run(engine, Samples(), 32).Logits, Most);
        });
    }

    [Fact]
    public void Without_libtorch_or_with_another_one_everything_else_works_and_one_line_says_how_to_get_it()
    {
        using var folder = new TemporaryFolder();
        static (int Code, string Output) Info(string model, string libtorch)
        {
            var command = Cli.CommandIn(AppContext.BaseDirectory);
            var start = new ProcessStartInfo(command[0], [.. command[1..], "model", "info", model])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true
            };
            start.Environment["PATCHWISE_LIBTORCH"] = libtorch;
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, error + output.Result);
        }
        Assert.Equal(0, Info(Path.Combine(Repository.Root, "notebooks", "data", "models", "mobilenet_v2-imagenet.safetensors"), folder.Path).Code);
        foreach (var part in (string[])["libtorch.so", "libLibTorchSharp.so"])
            folder.Write($"torch.so/{part}", "no library"u8.ToArray());
        foreach (var (libtorch, reason) in ((string, string)[])[("", "lib/setup --torch"), (folder.Path, $"PATCHWISE_LIBTORCH names {folder.Path}"),
            (folder.At("torch.so"), "cannot be used")])
        {
            var (code, text) = Info(Program, libtorch);
            Assert.Equal(1, code);
            Assert.Contains(reason, Assert.Single(text.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    /// <summary>Whether these tests run in the pack of tests/Benchmarks/gpu: the command line is not beside them and other processes look different.</summary>
    static bool Packed => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "Patchwise.Tests";

    [Fact]
    public void Where_ONNX_Runtime_runs_libtorch_is_not_loaded()
    {
        if (Packed)
            return;
        using var folder = new TemporaryFolder();
        folder.Write("patch.png", new Raster(224, 224, 3).ToPng());
        string Loaded(params string[] engine)
        {
            var command = Cli.CommandIn(AppContext.BaseDirectory);
            var start = new ProcessStartInfo(command[0], [.. command[1..], "predict", folder.At("patch.png"), "--model", "mobilenet_v2-imagenet",
                .. engine])
            { RedirectStandardOutput = true };
            (start.Environment["LD_DEBUG"], start.Environment["LD_DEBUG_OUTPUT"]) = ("files", folder.At("loaded"));
            using var process = Process.Start(start)!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return File.ReadAllText(folder.At(string.Create(CultureInfo.InvariantCulture, $"loaded.{process.Id}")));
        }
        var onnx = Loaded();
        Assert.Contains("libonnxruntime.so", onnx, StringComparison.Ordinal);
        Assert.DoesNotContain("libtorch", onnx, StringComparison.Ordinal);
        Assert.Contains("libtorch_cpu.so", Loaded("--engine", "torch"), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_programs_are_refused_or_run_and_none_ends_this_process()
    {
        using var folder = new TemporaryFolder();
        folder.Write("program.json", """{"patch":32}""");
        var (good, random, refused, ended) = (File.ReadAllBytes(Program), new Random(14), 0, 0);
        for (var trial = 0; trial < 150; trial++)
        {
            var code = Rewritten(good, text => Damaged(text, random));
            try
            {
                using var model = Model.Open(folder.Write("program.pt", code));
            }
            catch (BadInputException error)
            {
                refused++;
                ended += error.Message.Contains("ended the process", StringComparison.Ordinal) ? 1 : 0;
            }
        }
        Assert.InRange(refused, 50, 150);
        // Some of them did end the process that tried them.
        Assert.InRange(ended, 1, refused - 1);
    }

    /// <summary>Code with a few letters changed, lost or twice: its checksum is right.</summary>
    static string Damaged(string text, Random random)
    {
        var letters = new StringBuilder(text);
        for (var i = 0; i < 3; i++)
        {
            var at = random.Next(letters.Length - 8);
            _ = random.Next(4) switch
            {
                0 => letters.Remove(at, random.Next(1, 8)),
                1 => letters.Insert(at, letters.ToString(random.Next(letters.Length - 8), 8)),
                2 => letters.Insert(at, (char)random.Next(32, 127)),
                _ => letters.Replace(letters[at], (char)random.Next(32, 127), at, 1),
            };
        }
        return letters.ToString();
    }

    [Fact]
    public void A_good_program_is_tried_once()
    {
        if (Packed)
            return;
        using var folder = new TemporaryFolder();
        var copy = folder.Write("copy.pt", File.ReadAllBytes(Program));
        TorchTrial.Check(Program, Card(32));
        // The process that tries ends for want of work; from then on only memory can answer without another.
        Assert.True(SpinWait.SpinUntil(() => Trials().Length == 0, TimeSpan.FromMinutes(3)));
        TorchTrial.Check(copy, Card(32));
        Assert.Empty(Trials());
        Assert.Contains("expected patches of 32 px", Assert.Throws<BadInputException>(() => TorchTrial.Check(copy, Card(33))).Message,
            StringComparison.Ordinal);
        Assert.Single(Trials());

        static int[] Trials() => Children.With(typeof(TorchTrial).Assembly.Location);
    }
}
