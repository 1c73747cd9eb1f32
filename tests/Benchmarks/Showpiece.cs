using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Microsoft.ML.OnnxRuntime;
using Patchwise.Onnx;
using static System.FormattableString;

namespace Patchwise.Benchmarks;

/// <summary>
/// Can the 61 embedded tissue patches be told apart better? Networks, sizes of the input, depths, orientations, stain jitter and heads, each tested by
/// leave-one-out, and the choice among them by nested leave-one-out: what is chosen for a patch is chosen without it.
/// </summary>
static class Showpiece
{
    const int Jitters = 3, Seed = 7;
    static readonly int[] Sides = [224, 336, 448];

    /// <summary>One way to describe a patch, and a head to learn on it.</summary>
    /// <param name="Stain">plain; mean: features are the mean over the patch and its jittered copies; rows: the copies are learned from, too.</param>
    sealed record Setting(string Network, int Side, string Depths, bool Eight, string Stain, string Head)
    {
        internal string InWords => ToString().Replace(" |", ",", StringComparison.Ordinal);

        public override string ToString() => Invariant($"{Network} | {Side} | {Depths} | {(Eight ? "eight" : "one")} | {Stain} | {Head}");
    }

    /// <summary>Of a vector of features: the mean of the channels at one depth, over the patch or over its middle.</summary>
    readonly record struct Part(int Start, int Channels, bool Middle)
    {
        internal static Part[] Of(IEnumerable<(int Channels, bool Middle)> parts)
        {
            var start = 0;
            return [.. parts.Select(part => new Part((start += part.Channels) - part.Channels, part.Channels, part.Middle))];
        }
    }

    /// <summary>Features of all patches: by copy (0: as it is), patch and orientation.</summary>
    sealed record FeatureSet(float[][][][] Of, Part[] Parts)
    {
        internal IEnumerable<Part> Kept(string depths) => depths == "last" ? [Parts.Last(part => !part.Middle)]
            : Parts.Where(part => !part.Middle || depths == "with middles");

        internal float[] Row(int patch, int copy, bool eight) => Of[copy][patch] is var turned && eight ? Mean(turned) : turned[0];

        internal float[] MeanOfCopies(int patch, bool eight) => Mean([.. Of.Select((_, copy) => Row(patch, copy, eight))]);

        static float[] Mean(float[][] rows) => [.. rows[0].Select((_, i) => rows.Average(row => row[i]))];
    }

    readonly record struct Row(float[] Values, int Label, int Group);

    /// <param name="resnet">The network of the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18; null: without it.</param>
    internal static IEnumerable<string> Measure(string root, string? resnet)
    {
        var busy = Process.GetCurrentProcess().TotalProcessorTime;
        var patches = LabelledPatches.Open(Path.Combine(root, "notebooks", "data", "nct-crc-he"));
        var (sets, settings) = (Sets(patches, root, resnet), new List<Setting>());
        foreach (var network in resnet is null ? (string[])["mobilenet_v2"] : ["mobilenet_v2", "resnet18", "both"])
        {
            // One thing at a time differs from what the library does.
            var usual = new Setting(network, Sides[0], "all", true, "plain", "ridge");
            settings.AddRange([usual, usual with { Eight = false }, usual with { Depths = "with middles" }, usual with { Depths = "last" },
                usual with { Stain = "mean" }, usual with { Stain = "rows" }, usual with { Head = "nearest mean" },
                .. Sides[1..].Where(side => network == "mobilenet_v2" || ResNet.Takes(side)).Select(side => usual with { Side = side })]);
        }

        var (count, labels) = (patches.Count, patches.Labels);
        var found = settings.ConvertAll(_ => new (double Inner, double[] Probabilities)[count]);
        Parallel.For(0, settings.Count * count, i =>
        {
            var (at, left) = (i / count, i % count);
            found[at][left] = Tested(sets, settings[at], labels, [.. Enumerable.Range(0, count).Where(patch => patch != left)], [left]) is var (inner, of)
                ? (inner, of[0]) : default;
        });
        bool Right(double[] probabilities, int patch) => Array.IndexOf(probabilities, probabilities.Max()) == labels[patch];
        double Loss(IEnumerable<double[]> rows) => rows.Index().Average(row => -Math.Log(Math.Max(row.Item[labels[row.Index]], 1e-7)));
        yield return "| network | input, px | depths | orientations | stain | head | right of 61 (95 % interval) | log loss |";
        yield return "|---|--:|---|---|---|---|--:|--:|";
        foreach (var (at, setting) in settings.Index().OrderByDescending(one => found[one.Index].Index().Count(row => Right(row.Item.Probabilities, row.Index)))
            .ThenBy(one => Loss(found[one.Index].Select(row => row.Probabilities))))
        {
            var right = found[at].Index().Count(row => Right(row.Item.Probabilities, row.Index));
            yield return Invariant($"| {setting} | {right}, {Estimate.OfShare(right, count).Percent} | ")
                + Invariant($"{Loss(found[at].Select(row => row.Probabilities)):0.00} |");
        }
        int[] chosen = [.. Enumerable.Range(0, count).Select(patch => Enumerable.Range(0, settings.Count).MinBy(at => found[at][patch].Inner))];
        double[][] nested = [.. chosen.Select((at, patch) => found[at][patch].Probabilities)];
        var nestedRight = nested.Index().Count(row => Right(row.Item, row.Index));
        yield return "";
        yield return Invariant($"- **Chosen without the patch that is tested** (nested leave-one-out, by the log loss on the others): ")
            + Invariant($"{nestedRight} of {count} right, ")
            + Invariant($"{Estimate.OfShare(nestedRight, count).Percent}, log loss {Loss(nested):0.00}. Chosen were ")
            + string.Join("; ", chosen.CountBy(at => at).OrderByDescending(one => one.Value)
                .Select(one => Invariant($"{settings[one.Key].InWords} ({one.Value} times)"))) + ".";

        // What a third held out shows depends on which third.
        var today = new Setting("mobilenet_v2", 224, "all", true, "plain", "ridge");
        Setting[] compared = [today with { Eight = false }, today, settings[chosen.CountBy(at => at).MaxBy(one => one.Value).Key]];
        foreach (var setting in compared)
        {
            double[] shares = [.. Enumerable.Range(1, 20).AsParallel().Select(seed =>
            {
                var (kept, held) = patches.Split(1 / 3.0, seed);
                int[] Places(LabelledPatches part) => [.. part.Files.Select(file => patches.Files.Index().First(one => one.Item == file).Index)];
                var test = Places(held);
                return Tested(sets, setting, labels, Places(kept), test).Of.Index().Average(row => Right(row.Item, test[row.Index]) ? 1.0 : 0);
            })];
            yield return Invariant($"- **A third held out**, {setting.InWords}: of the held patches {100 * shares.Average():0} % right, ")
                + Invariant($"{100 * shares.Min():0} to {100 * shares.Max():0} % over 20 divisions.");
        }
        yield return Invariant($"- **Time**: {(Process.GetCurrentProcess().TotalProcessorTime - busy).TotalSeconds:0} s of processor time.");
    }

    /// <summary>What is new to a head learned from the patches, and how new; held-out patches are not.</summary>
    internal static IEnumerable<string> Novelty(string root)
    {
        string Data(params string[] parts) => Path.Combine([root, "notebooks", "data", .. parts]);
        Directory.SetCurrentDirectory(root);
        var patches = LabelledPatches.Open("nct-crc-he");
        using var model = Model.Open(Data("models", "mobilenet_v2-imagenet.safetensors"));
        var file = Path.Combine(Path.GetTempPath(), Invariant($"showpiece-{Environment.ProcessId}.onnx"));
        var (random, rows) = (new Random(Seed), new List<(string What, double[] Novelty)>());
        try
        {
            var head = LinearHead.Train(model, patches, new(), default);
            head.Save(file);
            rows.Add(("the 61 patches, each left out", [.. head.CrossValidate(default).Select(row => (double)row.Novelty!)]));
            foreach (var seed in (int[])[1, 2, 3])
            {
                var (kept, held) = patches.Split(1 / 3.0, seed);
                rows.Add((Invariant($"a third held out, division {seed}"), [.. LinearHead.Train(model, kept, new(), default).Predict(held, default)
                    .Select(row => (double)row.Novelty!)]));
            }
            using var predictor = new PatchPredictor(file);
            using var slide = Slide.Open(Data("slides", "CMU-1-Small-Region.svs"));
            rows.Add(("skin, the embedded slide", [.. predictor.Predict(slide, null, default).Select(row => (double)row.Novelty!)]));
            Raster Noise() { var bytes = new byte[3 * 224 * 224]; random.NextBytes(bytes); return Raster.FromSamples(224, 224, 3, bytes); }
            Raster Plain(byte value) { var bytes = new byte[3 * 224 * 224]; bytes.AsSpan().Fill(value); return Raster.FromSamples(224, 224, 3, bytes); }
            Raster Cut(string path) { using var image = Slide.Open(path); return image.Read(new(0, 0, 224, 224), Resolution.Baseline(1)); }
            foreach (var (what, images) in ((string, Raster[])[])
                [("noise", [Noise(), Noise(), Noise()]), ("white", [Plain(255)]), ("grey", [Plain(128)]), ("black", [Plain(0)]),
                ("blood cells", [.. Directory.GetFiles(Data("chula-rbc-12", "images")).Order().Take(10).Select(Cut)]),
                ("nuclei at 40x", [.. Directory.GetFiles(Data("dsb2018-nuclei", "images")).Order().Take(10).Select(Cut)])])
                rows.Add((what, [.. predictor.Predict(images, null, default).Select(row => (double)row.Novelty!)]));
        }
        finally
        {
            File.Delete(file);
        }
        yield return "| patches | number | novelty: median | lowest | highest | above 1 | above 1.5 |";
        yield return "|---|--:|--:|--:|--:|--:|--:|";
        foreach (var (what, of) in rows)
            yield return Invariant($"| {what} | {of.Length} | {of.Order().ElementAt(of.Length / 2):0.00} | {of.Min():0.00} | {of.Max():0.00} | ")
                + Invariant($"{100.0 * of.Count(one => one > 1) / of.Length:0} % | {100.0 * of.Count(one => one > 1.5) / of.Length:0} % |");
    }

    /// <summary>Learned from some patches: the log loss on them when each is left out, and the probabilities of others.</summary>
    static (double Inner, double[][] Of) Tested(Dictionary<(string, int), FeatureSet> sets, Setting setting, IReadOnlyList<int> labels, int[] train, int[] test)
    {
        (string, int)[] keys = setting.Network == "both" ? [("mobilenet_v2", setting.Side), ("resnet18", setting.Side)] : [(setting.Network, setting.Side)];
        FeatureSet[] used = [.. keys.Select(key => sets[key])];
        float[] Values(int patch, int copy) => [.. used.SelectMany(set => (setting.Stain == "mean" ? set.MeanOfCopies(patch, setting.Eight)
            : set.Row(patch, copy, setting.Eight)) is var row ? set.Kept(setting.Depths)
                .SelectMany(part => row[part.Start..(part.Start + part.Channels)]) : [])];
        Row[] rows = [.. train.SelectMany(patch => Enumerable.Range(0, setting.Stain == "rows" ? 1 + Jitters : 1)
            .Select(copy => new Row(Values(patch, copy), labels[patch], patch)))];
        var head = new Head([.. used.SelectMany(set => set.Kept(setting.Depths)).Select(part => part.Channels)], rows, labels.Max() + 1,
            setting.Head == "ridge");
        return (head.Inner, [.. test.Select(patch => head.Predict(Values(patch, 0)))]);
    }

    /// <summary>
    /// As <see cref="RidgeClassifier"/>, where all copies of a patch are left out together, and beside it the class whose mean is nearest.
    /// </summary>
    sealed class Head
    {
        readonly double[] _mean, _scale;
        readonly Matrix<double> _weight;
        readonly Vector<double> _bias;
        readonly double _factor;

        internal double Inner { get; }

        internal Head(int[] parts, Row[] rows, int classes, bool ridge)
        {
            int n = rows.Length, length = parts.Sum();
            var x = DenseMatrix.Create(n, length, (i, j) => rows[i].Values[j]);
            var y = DenseMatrix.Create(n, classes, (i, k) => rows[i].Label == k ? 1 : 0);
            var mean = x.ColumnSums() / n;
            double[] room = [.. parts.SelectMany(channels => Enumerable.Repeat(Math.Sqrt(n / ((double)channels * parts.Length)), channels))];
            x.MapIndexedInplace((_, j, value) => value - mean[j]);
            var norms = x.ColumnNorms(2);
            (_mean, _scale) = ([.. mean], [.. norms.Select((norm, j) => norm > (1e-6 * Math.Abs(mean[j]) + 1e-12) * Math.Sqrt(n) ? room[j] / norm : 0)]);
            x.MapIndexedInplace((_, j, value) => value * _scale[j]);
            var groups = Enumerable.Range(0, n).GroupBy(i => rows[i].Group).Select(group => group.ToArray()).ToArray();
            int[] all = [.. Enumerable.Range(0, n)], labels = [.. rows.Select(row => row.Label)];
            if (!ridge)
            {
                // 2 z·m - m·m for the mean m of each class, of its own class without the patch.
                var sums = y.TransposeThisAndMultiply(x);
                var sizes = y.ColumnSums();
                var outputs = DenseMatrix.Create(n, classes, (_, _) => 0);
                foreach (var group in groups)
                {
                    var own = group.Select(i => x.Row(i)).Aggregate((one, other) => one + other);
                    for (var k = 0; k < classes; k++)
                    {
                        var known = labels[group[0]] == k;
                        var middle = (known ? sums.Row(k) - own : sums.Row(k)) / Math.Max(1, sizes[k] - (known ? group.Length : 0));
                        foreach (var i in group)
                            outputs[i, k] = 2 * x.Row(i) * middle - middle * middle;
                    }
                }
                (_factor, Inner) = RidgeClassifier.Sharpen(outputs, all, labels);
                var means = DenseMatrix.Create(classes, length, (k, j) => sums[k, j] / Math.Max(1, sizes[k]));
                (_weight, _bias) = (2 * means.Transpose(), -Vector<double>.Build.Dense(classes, k => means.Row(k) * means.Row(k)));
                return;
            }
            var share = y.ColumnSums() / n;
            var system = x.TransposeAndMultiply(x).Evd(Symmetricity.Symmetric);
            var (vectors, values) = (system.EigenVectors, system.EigenValues.Map(value => Math.Max(0, value.Real)));
            var turned = vectors.TransposeThisAndMultiply(y.MapIndexed((_, k, value) => value - share[k]));
            var best = RidgeClassifier.Penalties.Reverse().Select(penalty =>
            {
                var shrink = vectors.MapIndexed((_, j, value) => value * penalty / (values[j] + penalty));
                var (residual, own) = (shrink * turned, shrink.TransposeAndMultiply(vectors) - 1.0 / n);
                var outputs = y.Clone();
                foreach (var group in groups)
                {
                    var solved = DenseMatrix.Create(group.Length, group.Length, (a, b) => own[group[a], group[b]])
                        .Solve(DenseMatrix.Create(group.Length, classes, (a, k) => residual[group[a], k]));
                    foreach (var (a, i) in group.Index())
                        for (var k = 0; k < classes; k++)
                            outputs[i, k] -= solved[a, k];
                }
                return (Penalty: penalty, Sharp: RidgeClassifier.Sharpen(outputs, all, labels));
            }).MinBy(tried => tried.Sharp.Loss);
            (_factor, Inner) = best.Sharp;
            _weight = x.TransposeThisAndMultiply(vectors * turned.MapIndexed((i, _, value) => value / (values[i] + best.Penalty)));
            _bias = share;
        }

        internal double[] Predict(float[] values)
        {
            var z = Vector<double>.Build.Dense(values.Length, j => (values[j] - _mean[j]) * _scale[j]);
            var logits = (_weight.TransposeThisAndMultiply(z) + _bias) * _factor;
            var exponents = logits.Map(logit => Math.Exp(logit - logits.Maximum()));
            return [.. exponents / exponents.Sum()];
        }
    }

    static Dictionary<(string, int), FeatureSet> Sets(LabelledPatches patches, string root, string? resnet)
    {
        Raster[] rasters = [.. patches.Files.Select(file => Raster.Load(file).OnWhite())];
        var found = new Dictionary<(string, int), FeatureSet>();
        using var model = Model.Open(Path.Combine(root, "notebooks", "data", "models", "mobilenet_v2-imagenet.safetensors"));
        using var mobilenet = SignalFeatures.Of(model);
        using var other = resnet is null ? null : new ResNet(resnet);
        foreach (var side in Sides)
        {
            var copies = side == 224 ? 1 + Jitters : 1;
            var parts = mobilenet.Parts(side); // each depth with its middle
            found[("mobilenet_v2", side)] = new(Cached("mobilenet_v2", side, () => Copies(rasters, copies, side, turned => mobilenet.Of(turned, default))),
                Part.Of(parts.Select((channels, i) => (channels, i % 2 == 1))));
            if (other is not null && ResNet.Takes(side))
                found[("resnet18", side)] = new(Cached("resnet18", side, () => Copies(rasters, copies, side, other.Of)),
                    Part.Of(ResNet.Channels.SelectMany(channels => ((int, bool)[])[(channels, false), (channels, true)])));
        }
        return found;

        // What takes most of the time is kept beside what is built, until patches or networks change.
        float[][][][] Cached(string network, int side, Func<float[][][][]> make)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in patches.Files.Append(network == "resnet18" ? resnet! : model.Path))
                hash.AppendData(File.ReadAllBytes(file));
            var path = Path.Combine(root, "lib", "obj", Invariant($"showpiece-{network}-{side}-{Convert.ToHexStringLower(hash.GetHashAndReset())[..12]}.json"));
            if (!File.Exists(path))
                File.WriteAllText(path, JsonSerializer.Serialize(make()));
            return JsonSerializer.Deserialize<float[][][][]>(File.ReadAllText(path))!;
        }
    }

    static float[][][][] Copies(Raster[] rasters, int copies, int side, Func<IReadOnlyList<Raster>, float[][]> of) =>
        [.. Enumerable.Range(0, copies).Select(copy => rasters.Index().AsParallel().AsOrdered().Select(one =>
        {
            var patch = copy == 0 ? one.Item : Jittered(one.Item, new Random(Seed + 1000 * copy + one.Index));
            patch = side == patch.Width ? patch : patch.Resize(new(side, side), ResizeMethod.Cubic);
            return of([.. Enumerable.Range(1, 8).Select(turn => Orientation.Apply(patch, turn))]);
        }).ToArray())];

    /// <summary>Stains changed as between laboratories: each of haematoxylin, eosin and the rest (Ruifrok and Johnston 2001) times 0.8 to 1.2.</summary>
    static Raster Jittered(Raster patch, Random random)
    {
        var stains = DenseMatrix.OfArray(new[,] { { 0.65, 0.70, 0.29 }, { 0.07, 0.99, 0.11 }, { 0.27, 0.57, 0.78 } });
        var changed = stains.Inverse() * DenseMatrix.OfDiagonalArray([.. Enumerable.Range(0, 3).Select(_ => 0.8 + 0.4 * random.NextDouble())]) * stains;
        double[] density = [.. Enumerable.Range(0, 256).Select(value => -Math.Log((value + 1) / 256.0))];
        var samples = patch.AsBytes().ToArray();
        for (var i = 0; i < samples.Length; i += 3)
        {
            double r = density[samples[i]], g = density[samples[i + 1]], b = density[samples[i + 2]];
            for (var c = 0; c < 3; c++)
                samples[i + c] = (byte)Math.Clamp(256 * Math.Exp(-(r * changed[0, c] + g * changed[1, c] + b * changed[2, c])) - 1, 0, 255);
        }
        return Raster.FromSamples(patch.Width, patch.Height, 3, samples);
    }

    /// <summary>The network of ML.NET's package, which takes B, G, R from 0 to 255 less their means over ImageNet.</summary>
    sealed class ResNet : IDisposable
    {
        static readonly string[] Depths = ["ReLU253_Output_0", "ReLU283_Output_0", "ReLU315_Output_0", "ReLU347_Output_0", "ReLU393_Output_0"];
        static readonly double[] Means = [103.939, 116.779, 123.68];

        internal static readonly int[] Channels = [64, 64, 128, 256, 512];

        readonly InferenceSession _session;

        /// <summary>Its shortcuts fit where every halving is even.</summary>
        internal static bool Takes(int side) => side % 32 == 0 && side % 224 == 0;

        internal ResNet(string path)
        {
            var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
            foreach (var axis in model.Graph.Input.First(port => port.Name == "Input247").Type.TensorType.Shape.Dim.Index().Where(axis => axis.Index != 1))
                axis.Item.DimParam = Invariant($"d{axis.Index}");
            model.Graph.Output.Clear();
            model.Graph.Output.Add(Depths.Select(name => new ValueInfoProto { Name = name }));
            _session = OnnxEngine.Open(model.ToByteArray(), path, null, new(Threads: 1));
        }

        internal float[][] Of(IReadOnlyList<Raster> patches)
        {
            var (side, count) = (patches[0].Width, patches.Count);
            var values = new float[count * 3 * side * side];
            for (var i = 0; i < values.Length; i++)
            {
                var (patch, plane, at) = (i / (3 * side * side), i / (side * side) % 3, i % (side * side));
                values[i] = (float)(patches[patch].AsBytes()[3 * at + 2 - plane] - Means[plane]);
            }
            using var input = OrtValue.CreateTensorValueFromMemory(values, [count, 3, side, side]);
            using var settings = new RunOptions();
            using var results = _session.Run(settings, ["Input247"], [input], Depths);
            float[][][] depths = [.. results.Select(result => MeansOf(result, count))];
            return [.. Enumerable.Range(0, count).Select(patch => depths.SelectMany(depth => depth[patch]).ToArray())];
        }

        /// <summary>For each patch the channels' means over it, and over the middle half each way.</summary>
        static float[][] MeansOf(OrtValue result, int count)
        {
            var shape = result.GetTensorTypeAndShape().Shape;
            var (channels, side, values) = ((int)shape[1], (int)shape[2], result.GetTensorDataAsSpan<float>().ToArray());
            float Of(int patch, int channel, int from, int to)
            {
                var sum = 0.0;
                for (var y = from; y < to; y++)
                    for (var x = from; x < to; x++)
                        sum += values[((patch * channels + channel) * side + y) * side + x];
                return (float)(sum / ((to - from) * (to - from)));
            }
            return [.. Enumerable.Range(0, count).Select(patch => ((float[])[.. Enumerable.Range(0, channels).Select(c => Of(patch, c, 0, side)),
                .. Enumerable.Range(0, channels).Select(c => Of(patch, c, side / 4, side - side / 4))]))];
        }

        public void Dispose() => _session.Dispose();
    }
}
