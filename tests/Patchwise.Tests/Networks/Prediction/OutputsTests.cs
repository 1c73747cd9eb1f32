using System.Runtime.InteropServices;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Tests;

/// <summary>What outputs mean is told from what a network gives, unless its card says so; and a network that leaves a question is not run.</summary>
public sealed class OutputsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    const int Side = 8, Float = 1, Byte = 2, Half = 10, Double = 11;

    static readonly float[] Weights = [-9, 20, -8, -8, -9, 21, 12, -10, -6];
    static readonly float[] Bias = [1, 0.5f, -0.25f];

    /// <summary>The means of the channels by fixed weights, then the operations named.</summary>
    string Write(int input, bool channelsLast, int values, string[] operations, string card = "{}", float scale = 1)
    {
        var graph = new GraphProto { Name = "g" };
        graph.Input.Add(channelsLast ? ModelTests.Port("x", input, -1, Side, Side, 3) : ModelTests.Port("x", input, -1, 3, Side, Side));
        var at = "x";
        void Node(string type, string[] more, params AttributeProto[] attributes)
        {
            var to = $"v{graph.Node.Count}";
            graph.Node.Add(new NodeProto { OpType = type, Input = { (string[])[at, .. more] }, Output = { to }, Attribute = { attributes } });
            at = to;
        }
        string Stored(string name, float[] data, params long[] shape)
        {
            graph.Initializer.Add(new TensorProto
            {
                Name = name,
                DataType = 1,
                Dims = { shape },
                RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(data.AsSpan()))
            });
            return name;
        }
        if (input != Float)
            Node("Cast", [], OnnxWriter.Int("to", Float));
        if (input == Byte)
            Node("Div", [Stored("d", [255])]);
        if (channelsLast)
            Node("Transpose", [], OnnxWriter.Ints("perm", 0, 3, 1, 2));
        Node("GlobalAveragePool", []);
        Node("Flatten", []);
        float[] weights = [.. Enumerable.Range(0, 3).SelectMany(c => Weights.Where((_, i) => i % 3 == c).Take(values)).Select(value => scale * value)];
        Node("Gemm", [Stored("w", weights, 3, values), Stored("b", Bias[..values], values)]);
        foreach (var operation in operations)
            if (operation.StartsWith("to ", StringComparison.Ordinal))
                Node("Cast", [], OnnxWriter.Int("to", int.Parse(operation[3..], System.Globalization.CultureInfo.InvariantCulture)));
            else if (operation == "percent")
                Node("Mul", [Stored("hundred", [100])]);
            else if (operation == "second")
                graph.Output.Add(new ValueInfoProto { Name = graph.Node[^2].Output[0] });
            else
                Node(operation, []);
        graph.Output.Add(new ValueInfoProto { Name = at });
        graph.Output[^1] = new() { Name = at };
        _folder.Write("n.json", card);
        var model = new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        return _folder.Write("n.onnx", model.ToByteArray());
    }

    static Raster[] Patches()
    {
        var random = new Random(8);
        return [.. Enumerable.Range(0, 20).Select(_ => SmallModel.Patch(random, Side))];
    }

    static double[] Values(Raster patch, float scale = 1, bool isBgr = false)
    {
        var mean = new double[3];
        foreach (var (i, sample) in patch.AsBytes().ToArray().Index())
            mean[isBgr ? 2 - i % 3 : i % 3] += sample / 255.0 / patch.Size.Area;
        return [.. Enumerable.Range(0, 3).Select(k => Bias[k] + Enumerable.Range(0, 3).Sum(c => scale * Weights[3 * k + c] * mean[c]))];
    }

    static double[] Softmaxed(double[] values) => [.. values.Select(value =>
        Math.Exp(value - values.Max()) / values.Sum(other => Math.Exp(other - values.Max())))];

    static double[] Sigmoids(double[] values) => [.. values.Select(value => 1 / (1 + Math.Exp(-value)))];

    static double[] Pair(double[] values) => [1 - Sigmoids(values)[0], Sigmoids(values)[0]];

    static void AssertGives(string file, Func<double[], double[]> right, double most = 1e-4, float scale = 1, bool isBgr = false)
    {
        var patches = Patches();
        using var predictor = new PatchPredictor(file, batch: 7);
        var table = predictor.Predict(patches);
        foreach (var (i, patch) in patches.Index())
            Assert.All(right(Values(patch, scale, isBgr)).Zip(table.Probabilities(i).ToArray()), pair => Assert.Equal(pair.First, pair.Second, most));
    }

    [Theory]
    [InlineData(Float, false, 1e-4), InlineData(Float, true, 1e-4), InlineData(Byte, false, 1e-4), InlineData(Byte, true, 1e-4), InlineData(Half, false, 0.01)]
    [InlineData(Half, true, 0.01)]
    public void Channels_first_and_last_of_real_numbers_and_bytes_are_taken_as_the_file_says(int input, bool last, double most)
    {
        AssertGives(Write(input, last, 3, []), Softmaxed, most);
        AssertGives(Write(input, last, 3, ["Softmax"]), Softmaxed, most);
        AssertGives(Write(input, last, 1, ["Sigmoid"]), Pair, most);
        AssertGives(Write(input, last, 3, [], """{"channels":"bgr"}"""), Softmaxed, most, isBgr: true);
    }

    [Fact]
    public void Outputs_of_other_real_numbers_are_taken()
    {
        AssertGives(Write(Float, false, 3, [$"to {Half}"]), Softmaxed, 0.02);
        AssertGives(Write(Float, false, 3, [$"to {Double}", "Softmax"]), Softmaxed);
        AssertGives(Write(Float, false, 1, [$"to {Half}"]), Pair, 0.02);
    }

    [Fact]
    public void A_softmax_or_a_logistic_function_inside_is_found_by_what_it_gives()
    {
        AssertGives(Write(Float, false, 3, ["Softmax", "Identity"]), Softmaxed);
        AssertGives(Write(Float, false, 3, ["LogSoftmax", "Exp", "Neg", "Abs"]), Softmaxed);
        AssertGives(Write(Float, false, 3, ["LogSoftmax"]), Softmaxed);
        AssertGives(Write(Float, false, 3, ["Sigmoid"]), Sigmoids);
        AssertGives(Write(Float, false, 1, []), Pair);
        AssertGives(Write(Float, false, 1, ["Sigmoid", "Neg", "Abs"]), Pair);
        // Values that look like probabilities of patches, but are none of all that the network can give.
        AssertGives(Write(Float, false, 1, [], scale: 0.001f), Pair, scale: 0.001f);
    }

    [Theory]
    [InlineData("logits"), InlineData("labelLogits"), InlineData("probabilities"), InlineData("labelProbabilities")]
    public void The_word_of_the_card_goes_first(string word)
    {
        var card = $$"""{"output":"{{word}}"}""";
        if (word == "logits")
            AssertGives(Write(Float, false, 3, ["Neg"], card), values => Softmaxed([.. values.Select(value => -value)]));
        else if (word == "labelLogits")
            AssertGives(Write(Float, false, 3, [], card), Sigmoids);
        else
        {
            AssertGives(Write(Float, false, 3, [word == "probabilities" ? "Softmax" : "Sigmoid"], card), word == "probabilities" ? Softmaxed : Sigmoids);
            using var predictor = new PatchPredictor(Write(Float, false, 3, [], card));
            var message = Assert.Throws<BadInputException>(() => predictor.Predict(Patches())).Message;
            Assert.Contains("\"output\"", message, StringComparison.Ordinal);
            Assert.Contains("n.json", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("logits", 3, "Softmax"), InlineData("logits", 1, "Sigmoid"), InlineData("labelLogits", 3, "Sigmoid")]
    [InlineData("logits", 2, "Softmax Identity"), InlineData("logits", 3, "Sigmoid")]
    public void Logits_are_not_believed_of_a_network_that_ends_in_probabilities(string word, int values, string operations)
    {
        var card = $$"""{"output":"{{word}}"}""";
        var message = Assert.Throws<BadInputException>(() => Model.Open(Write(Float, false, values, operations.Split(' '), card))).Message;
        Assert.Contains("where ", message, StringComparison.Ordinal);
        Assert.Contains("logit", message, StringComparison.Ordinal);
        Assert.Contains("\"probabilities\"", message, StringComparison.Ordinal);
        // Where the end tells nothing, some patches do.
        if (operations == "Softmax")
        {
            using var predictor = new PatchPredictor(Write(Float, false, 3, ["Softmax", "Abs"], card));
            Assert.Contains("\"output\"", Assert.Throws<BadInputException>(() => predictor.Predict(Patches())).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_two_outputs_the_card_names_one_and_without_it_that_is_asked()
    {
        var file = Write(Float, false, 3, ["second"]);
        Assert.Contains("\"outputName\"", Assert.Throws<BadInputException>(() => Model.Open(file)).Message, StringComparison.Ordinal);
        AssertGives(Write(Float, false, 3, ["second"], """{"outputName":"v2"}"""), Softmaxed);
        var other = Write(Float, false, 3, ["second"], """{"outputName":"other"}""");
        Assert.Contains("\"outputName\"", Assert.Throws<BadInputException>(() => Model.Open(other)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Percentages_are_no_logits()
    {
        var path = Write(Float, false, 3, ["Softmax", "percent"]);
        Assert.Contains("add up to 100 for each patch, as percentages do", Assert.Throws<BadInputException>(() => Model.Open(path)).Message,
            StringComparison.Ordinal);
        using var model = Model.Open(Write(Float, false, 3, ["Softmax", "percent"], """{"output":"logits"}"""));
        Assert.Equal(3, model.Card.Classes.Count);
    }

    [Fact]
    public void What_is_no_number_is_said_to_be_that()
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Write(Float, false, 3, [])));
        model.Graph.Initializer.Single(one => one.Name == "b").RawData =
            ByteString.CopyFrom(MemoryMarshal.AsBytes<float>([float.NaN, float.NaN, float.NaN]));
        using var predictor = new PatchPredictor(_folder.Write("n.onnx", model.ToByteArray()));
        Assert.DoesNotContain("state \"output\"", Assert.ThrowsAny<PatchwiseException>(() => predictor.Predict(Patches())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_that_do_not_apply_are_refused_by_name()
    {
        foreach (var (input, card, field) in ((int, string, string)[])[(Byte, """{"mean":[0.5,0.5,0.5]}""", "mean"),
            (Float, """{"samples":"bytes"}""", "samples"),
            (Float, """{"layout":"nhwc"}""", "layout"), (Float, """{"transformInput":true}""", "transformInput")])
            Assert.Contains($"\"{field}\"", Assert.Throws<BadInputException>(() => Model.Open(Write(input, false, 3, [], card))).Message,
                StringComparison.Ordinal);
    }

    /// <summary>Gives what it is told to; nothing was found out on trial patches, since that was no number.</summary>
    sealed class Told : InferenceEngine
    {
        internal Told(int classes) : base("told") => (Classes, PatchSize) = (classes, new(1, 1));

        internal float[] Next { get; set; } = [];
        internal override string Place => "";

        internal override void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop) =>
            (Next.Length > 0 ? Next : Enumerable.Repeat(float.NaN, logits.Length).ToArray()).AsSpan(0, logits.Length).CopyTo(logits);

        protected override void Free()
        {
        }
    }

    [Fact]
    public void What_is_no_number_on_trial_patches_contradicts_no_card()
    {
        using var engine = new Told(2);
        Assert.Equal(ModelOutput.Logits, Outputs.Of(engine, CardFile.Parse("""{"output":"logits"}""", "t", "t"), "t", null).Kind);
    }

    [Fact]
    public void Patches_that_contradict_what_was_found_are_a_question()
    {
        var card = CardFile.Parse("{}", "t", "t");
        foreach (var (trial, patches, classes) in ((float[], float[], int)[])[
            ([0.5f, 0.5f, 1, 0, 0, 1, 0.3f, 0.7f], [0.5f, 0.6f], 2), ([0, 1, 0, 1], [1.5f], 1), ([0.5f, 0.9f, 1, 1, 0, 1, 0.3f, 0.7f], [-0.5f, 0.6f], 2),
            ([], [0.2f, 0.8f], 2), ([], [0.2f], 1)])
        {
            using var engine = new Told(classes) { Next = trial };
            var outputs = Outputs.Of(engine, card, "t", null);
            Assert.Contains("\"output\"", Assert.Throws<BadInputException>(() => outputs.Probabilities(patches)).Message, StringComparison.Ordinal);
        }
    }
}
