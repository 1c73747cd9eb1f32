using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>The values that a tensor takes, as bytes stand for them: (byte - <paramref name="Zero"/>) * <paramref name="Step"/>.</summary>
readonly record struct ByteScale(float Step, byte Zero)
{
    /// <param name="low">At most 0, so that 0 itself, with which borders are padded, has no error.</param>
    internal static ByteScale Of(float low, float high)
    {
        var step = Math.Max((Math.Max(high, 0) - Math.Min(low, 0)) / 255, 1e-12f);
        // Not above the end by rounding: the runtime leaves out a Clip only where no byte stands for more than it lets pass.
        while (255 * step > high && low >= 0 && high > 0)
            step = MathF.BitDecrement(step);
        return new(step, (byte)Math.Clamp(MathF.Round(-Math.Min(low, 0) / step), 0, 255));
    }
}

/// <summary>
/// A network whose convolutions, sums and poolings are computed in 8 bits: each of their tensors is brought to bytes and back (QuantizeLinear and
/// DequantizeLinear of ONNX), which the runtime takes together with the operation. Weights have a step for each output channel. The first convolution, which
/// sees the pixels, and the last layer stay as they are.
/// </summary>
sealed class QuantizedGraph
{
    /// <summary>Of what files in 8 bits say of themselves.</summary>
    internal const string Key = "patchwise.int8";

    const int UInt8 = 2, Int8 = 3, Int32 = 6, Float32 = 1;

    /// <summary>Of a bias in its own steps: so much stays free for the sum of products that is added to it.</summary>
    const double MostBias = 1 << 30;

    static readonly string[] Activations = ["Relu", "Clip"], Joins = ["Add", "Concat"], Plain = [.. Joins, "MaxPool", "AveragePool"];

    readonly ModelProto _model;
    readonly Dictionary<string, TensorProto> _stored;
    readonly ILookup<string, NodeProto> _consumers;
    readonly Dictionary<string, NodeProto> _producers;
    readonly HashSet<string> _outputs;

    /// <summary>Layers with weights that can be computed in 8 bits, in their order.</summary>
    internal IReadOnlyList<NodeProto> Layers { get; }

    /// <param name="model">In float32, normalisations folded into the convolutions before them (<see cref="Folded"/>). It belongs to this from here on.</param>
    internal QuantizedGraph(ModelProto model)
    {
        _model = model;
        var graph = model.Graph;
        _stored = graph.Initializer.ToDictionary(values => values.Name);
        _consumers = graph.Node.SelectMany(node => node.Input.Select(name => (name, node))).ToLookup(one => one.name, one => one.node);
        _producers = graph.Node.SelectMany(node => node.Output.Select(name => (name, node))).ToDictionary(one => one.name, one => one.node);
        _outputs = [.. graph.Output.Select(port => port.Name)];
        foreach (var norm in graph.Node.Where(IsNorm))
            Convolve(norm);
        var layers = graph.Node.Where(IsLayer).ToList();
        Layers = layers.Count < 3 ? [] : [.. layers[1..^1]];
    }

    /// <summary>The same network as the runtime writes it down before it chooses its own operations: constants computed, normalisations folded.</summary>
    internal static ModelProto Folded(byte[] model, string name)
    {
        var path = Path.Combine(Path.GetTempPath(), $"patchwise-{Guid.NewGuid():N}.onnx");
        try
        {
            OnnxEngine.Open(model, name, null, new(Threads: 1, FoldedTo: path)).Dispose();
            return ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    internal bool IsLayer(NodeProto node) => node is { OpType: "Conv" or "Gemm", Domain: "" or "ai.onnx", Input.Count: >= 2 }
        && node.Input.Skip(1).All(name => _stored.TryGetValue(name, out var values) && values.DataType == Float32)
        && _stored[node.Input[1]].Dims.Count == (node.OpType == "Conv" ? 4 : 2)
        && (node.OpType == "Conv" || (node.Attribute.Any(attribute => attribute is { Name: "transB", I: 1 })
            && !node.Attribute.Any(attribute => attribute is { Name: "transA", I: not 0 } or { Name: "alpha" or "beta", F: not 1 })));

    /// <summary>A normalisation of images that no convolution before it could take up, as DenseNet has them.</summary>
    bool IsNorm(NodeProto node) => node is { OpType: "BatchNormalization", Input.Count: 5, Output.Count: 1 }
        && node.Input.Skip(1).All(name => _stored.TryGetValue(name, out var values) && values.DataType == Float32)
        && _consumers[End(node)].Any(next => next.OpType is "Conv" or "GlobalAveragePool");

    /// <summary>Makes a convolution of 1 px of a normalisation, channel by channel, which is computed in 8 bits with the rest.</summary>
    void Convolve(NodeProto node)
    {
        var (scale, shift, mean, variance) = (Floats(_stored[node.Input[1]]), Floats(_stored[node.Input[2]]), Floats(_stored[node.Input[3]]),
            Floats(_stored[node.Input[4]]));
        var epsilon = node.Attribute.FirstOrDefault(attribute => attribute.Name == "epsilon")?.F ?? 1e-5f;
        var factors = scale.Zip(variance, (a, v) => a / Math.Sqrt((double)v + epsilon)).ToArray();
        var bias = factors.Select((factor, c) => (float)(shift[c] - factor * mean[c])).ToArray();
        var (weight, offset) = (node.Output[0] + ".factor", node.Output[0] + ".shift");
        Store(weight, Float32, [scale.Length, 1, 1, 1], Bytes(Array.ConvertAll(factors, factor => (float)factor)));
        Store(offset, Float32, [scale.Length], Bytes(bias));
        var made = OnnxWriter.Node("Conv", OnnxWriter.Int("group", scale.Length), OnnxWriter.Ints("kernel_shape", 1, 1));
        node.OpType = made.OpType;
        node.Attribute.Clear();
        node.Attribute.AddRange(made.Attribute);
        string[] inputs = [node.Input[0], weight, offset];
        node.Input.Clear();
        node.Input.AddRange(inputs);

        void Store(string name, int type, long[] shape, byte[] bytes) => _model.Graph.Initializer.Add(_stored[name] = Tensor(name, type, shape, bytes));
    }

    /// <summary>Operations in 8 bits, where some layers are left out.</summary>
    HashSet<NodeProto> Chosen(ISet<string> without)
    {
        HashSet<NodeProto> chosen = [.. Layers.Where(layer => !without.Contains(layer.Output[0]))];
        bool InBytes(string name) => _producers.TryGetValue(name, out var made) && (chosen.Contains(made) || (Activations.Contains(made.OpType)
            && _producers.TryGetValue(made.Input[0], out var before) && chosen.Contains(before)));
        // What joins is in 8 bits where what it takes is, or what takes it: never by itself between real numbers. A pooling of real numbers stays one: it
        // leaves a quarter of them, and the runtime's of bytes takes longer (measured after resnet18's first layer: 73 ms of 243 for 32 patches).
        foreach (var node in _model.Graph.Node.Where(node => Plain.Contains(node.OpType) && !node.Input.Any(_stored.ContainsKey)))
            if (node.Input.All(InBytes) || (Joins.Contains(node.OpType) && _consumers[node.Output[0]].Any(chosen.Contains)))
                chosen.Add(node);
        return chosen;
    }

    /// <summary>The tensor that an operation ends in: what it gives, or what the only activation after it gives.</summary>
    string End(NodeProto node) => _consumers[node.Output[0]].ToList() is [{ } next] && Activations.Contains(next.OpType) && next.Input[0] == node.Output[0]
        && !_outputs.Contains(node.Output[0]) ? next.Output[0] : node.Output[0];

    /// <summary>Tensors that are brought to bytes.</summary>
    internal IReadOnlyList<string> Tensors(ISet<string> without)
    {
        var chosen = Chosen(without);
        return [.. chosen.SelectMany(node => (node.OpType is "Conv" or "Gemm" ? node.Input.Take(1) : node.Input).Append(End(node)))
            .Where(name => !_stored.ContainsKey(name) && !_outputs.Contains(name)).Distinct()];
    }

    /// <summary>With these tensors among the outputs.</summary>
    internal ModelProto Observed(IEnumerable<string> tensors)
    {
        var observed = _model.Clone();
        observed.Graph.Output.AddRange(tensors.Except(_outputs).Select(name => new ValueInfoProto { Name = name }));
        return observed;
    }

    /// <param name="scales">Of <see cref="Tensors"/>.</param>
    /// <param name="means">Of what each layer takes: by these its bias makes up for what rounding and cutting off add to its outputs in the mean.</param>
    /// <param name="without">Layers, by what they give, that stay in float32.</param>
    internal ModelProto Write(IReadOnlyDictionary<string, ByteScale> scales, IReadOnlyDictionary<string, ChannelMeans> means, ISet<string> without)
    {
        var chosen = Chosen(without);
        var tensors = Tensors(without).ToHashSet();
        // Weights that are bytes now are no more wanted as they were: they are left out before the rest is copied.
        var kept = _model.Graph.Node.SelectMany(node => chosen.Contains(node) && Layers.Contains(node) ? node.Input.Take(1) : node.Input).ToHashSet();
        var model = new ModelProto
        {
            IrVersion = _model.IrVersion,
            ProducerName = "Patchwise",
            ProducerVersion = typeof(QuantizedGraph).Assembly.GetName().Version!.ToString(3),
            Graph = new() { Name = _model.Graph.Name },
        };
        model.MetadataProps.Add(new StringStringEntryProto { Key = Key });
        model.OpsetImport.AddRange(_model.OpsetImport.Select(one => one.Clone()));
        var graph = model.Graph;
        graph.Input.AddRange(_model.Graph.Input.Select(port => port.Clone()));
        graph.Output.AddRange(_model.Graph.Output.Select(port => port.Clone()));
        graph.Initializer.AddRange(_stored.Values.Where(values => kept.Contains(values.Name)));
        var nodes = graph.Node;
        // What a pooling of largest values gives are values that it takes.
        ByteScale Scale(string name) => _producers.TryGetValue(name, out var made) && made.OpType == "MaxPool" && tensors.Contains(made.Input[0])
            ? Scale(made.Input[0]) : scales[name];
        foreach (var input in graph.Input.Select(port => port.Name).Where(tensors.Contains))
            nodes.AddRange(Pair(input));
        foreach (var original in _model.Graph.Node)
        {
            var own = original.Clone();
            if (chosen.Contains(original) && original.OpType is "Conv" or "Gemm" && Layers.Contains(original))
                nodes.AddRange(Weights(own, Scale(original.Input[0])));
            for (var i = 0; i < own.Input.Count; i++)
                if (tensors.Contains(own.Input[i]))
                    own.Input[i] += ".real";
            nodes.Add(own);
            foreach (var name in own.Output.Where(tensors.Contains))
                nodes.AddRange(Pair(name));
        }
        return model;

        NodeProto[] Pair(string name)
        {
            var scale = Scale(name);
            var step = Store($"{name}.step", Float32, [], BitConverter.GetBytes(scale.Step));
            var zero = Store($"{name}.zero", UInt8, [], [scale.Zero]);
            return [Made("QuantizeLinear", $"{name}.bytes", name, step, zero), Made("DequantizeLinear", $"{name}.real", $"{name}.bytes", step, zero)];
        }

        IEnumerable<NodeProto> Weights(NodeProto node, ByteScale input)
        {
            var (weight, key) = (new LayerWeights(node, _stored), node.Output[0]);
            var (values, channels, each) = (weight.Values, weight.Outputs, weight.Each);
            var bias = node.Input.Count > 2 ? Floats(_stored[node.Input[2]]) : new float[channels];
            // A channel of next to no weight and some bias, as training leaves them, needs steps that its bias can be counted in.
            var steps = new float[channels];
            for (var k = 0; k < channels; k++)
                steps[k] = Math.Max(Math.Max(weight.Most(k) / 127, (float)(Math.Abs(bias[k]) / (input.Step * MostBias))), 1e-12f);
            // A product of the runtime takes one step for all.
            var perChannel = node.OpType == "Conv";
            if (!perChannel)
                Array.Fill(steps, steps.Max());
            var (bytes, mistakes) = (new sbyte[values.Length], new double[channels]);
            var mean = means[node.Input[0]];
            for (var k = 0; k < channels; k++)
                for (var i = 0; i < each; i++)
                {
                    var value = values[k * each + i];
                    bytes[k * each + i] = (sbyte)Math.Clamp(MathF.Round(value / steps[k]), -127, 127);
                    mistakes[k] += bytes[k * each + i] * (double)steps[k] * mean.Bytes[weight.Input(k, i)] - value * mean.Real[weight.Input(k, i)];
                }
            var biases = new int[channels];
            for (var k = 0; k < channels; k++)
                biases[k] = (int)Math.Clamp(Math.Round((bias[k] - mistakes[k]) / ((double)input.Step * steps[k])), -2 * MostBias, 2 * MostBias - 1);
            long[] one = perChannel ? [channels] : [];
            float[] weightSteps = perChannel ? steps : [steps[0]];
            var (stepName, zeroName) = (Store($"{key}.weight.step", Float32, one, Bytes(weightSteps)),
                Store($"{key}.weight.zero", Int8, one, new byte[weightSteps.Length]));
            var biasSteps = Array.ConvertAll(weightSteps, step => input.Step * step);
            var (biasStep, biasZero) = (Store($"{key}.bias.step", Float32, one, Bytes(biasSteps)),
                Store($"{key}.bias.zero", Int32, one, new byte[4 * biasSteps.Length]));
            var (weights, all) = (Store($"{key}.weight.bytes", Int8, [.. weight.Shape], Bytes(bytes)),
                Store($"{key}.bias.bytes", Int32, [channels], Bytes(biases)));
            node.Input[1] = $"{key}.weight.real";
            while (node.Input.Count < 3)
                node.Input.Add("");
            node.Input[2] = $"{key}.bias.real";
            return [Made("DequantizeLinear", $"{key}.weight.real", weights, stepName, zeroName, 0),
                Made("DequantizeLinear", $"{key}.bias.real", all, biasStep, biasZero, 0)];
        }

        string Store(string name, int type, long[] shape, byte[] bytes)
        {
            graph.Initializer.Add(Tensor(name, type, shape, bytes));
            return name;
        }
    }

    static TensorProto Tensor(string name, int type, long[] shape, byte[] bytes) =>
        new() { Name = name, DataType = type, Dims = { shape }, RawData = UnsafeByteOperations.UnsafeWrap(bytes) };

    static NodeProto Made(string type, string name, string from, string step, string zero, long? axis = null)
    {
        var node = OnnxWriter.Node(type, axis is { } one ? [OnnxWriter.Int("axis", one)] : []);
        node.Name = name;
        node.Input.AddRange([from, step, zero]);
        node.Output.Add(name);
        return node;
    }

    internal static float[] Floats(TensorProto tensor) =>
        tensor.FloatData.Count > 0 ? [.. tensor.FloatData] : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();

    static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}

/// <summary>Weights of a convolution, [out, in / groups, height, width], or of a product, [out, in].</summary>
sealed class LayerWeights
{
    readonly TensorProto _tensor;
    readonly int _inputs, _area, _ofGroup;

    internal IReadOnlyList<long> Shape => _tensor.Dims;
    internal float[] Values { get; }
    internal int Outputs { get; }

    /// <summary>Values of one output channel.</summary>
    internal int Each { get; }

    internal LayerWeights(NodeProto node, IReadOnlyDictionary<string, TensorProto> stored)
    {
        _tensor = stored[node.Input[1]];
        Values = QuantizedGraph.Floats(_tensor);
        var groups = (int)(node.Attribute.FirstOrDefault(attribute => attribute.Name == "group")?.I ?? 1);
        (Outputs, _inputs) = ((int)Shape[0], (int)Shape[1]);
        Each = Values.Length / Outputs;
        (_area, _ofGroup) = (Each / _inputs, Outputs / groups);
    }

    /// <summary>The input channel that a value of an output channel is multiplied with.</summary>
    internal int Input(int output, int value) => output / _ofGroup * _inputs + value / _area;

    /// <summary>The largest of an output channel, without its sign.</summary>
    internal float Most(int output) => Math.Abs(TensorPrimitives.MaxMagnitude<float>(Values.AsSpan(output * Each, Each)));
}
