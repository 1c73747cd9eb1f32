using System.Runtime.InteropServices;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise;

/// <summary>The values that a tensor takes, as bytes stand for them: (byte - <paramref name="Zero"/>) * <paramref name="Step"/>.</summary>
readonly record struct ByteScale(float Step, byte Zero)
{
    /// <param name="low">At most 0, so that 0 itself, with which borders are padded, has no error.</param>
    internal static ByteScale Of(float low, float high)
    {
        var step = Math.Max((Math.Max(high, 0) - Math.Min(low, 0)) / 255, 1e-12f);
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
    const int UInt8 = 2, Int8 = 3, Int32 = 6, Float32 = 1;

    static readonly string[] Activations = ["Relu", "Clip"], Plain = ["Add", "Concat", "MaxPool", "AveragePool"];

    readonly ModelProto _model;
    readonly Dictionary<string, TensorProto> _stored;
    readonly ILookup<string, NodeProto> _consumers;
    readonly Dictionary<string, NodeProto> _producers;
    readonly HashSet<string> _outputs;

    /// <summary>Layers with weights that can be computed in 8 bits, in their order.</summary>
    internal IReadOnlyList<NodeProto> Layers { get; }

    /// <param name="model">In float32, normalisations folded into the convolutions before them (<see cref="Folded"/>).</param>
    internal QuantizedGraph(ModelProto model)
    {
        _model = model;
        var graph = model.Graph;
        _stored = graph.Initializer.ToDictionary(values => values.Name);
        _consumers = graph.Node.SelectMany(node => node.Input.Select(name => (name, node))).ToLookup(one => one.name, one => one.node);
        _producers = graph.Node.SelectMany(node => node.Output.Select(name => (name, node))).ToDictionary(one => one.name, one => one.node);
        _outputs = [.. graph.Output.Select(port => port.Name)];
        var layers = graph.Node.Where(IsLayer).ToList();
        Layers = layers.Count < 3 ? [] : [.. layers[1..^1]];
    }

    /// <summary>The same network as the runtime writes it down before it chooses its own operations: constants computed, normalisations folded.</summary>
    internal static ModelProto Folded(byte[] model, string name, string? folder)
    {
        var path = Path.Combine(Path.GetTempPath(), $"patchwise-{Guid.NewGuid():N}.onnx");
        try
        {
            OnnxEngine.Open(model, name, folder, new(Threads: 1, FoldedTo: path)).Dispose();
            return ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    bool IsLayer(NodeProto node) => node is { OpType: "Conv" or "Gemm", Domain: "" or "ai.onnx", Input.Count: >= 2 }
        && _stored.TryGetValue(node.Input[1], out var weight) && weight.DataType == Float32 && weight.DataLocation == 0
        && (node.Input.Count < 3 || _stored.ContainsKey(node.Input[2]))
        && (node.OpType == "Conv" || node.Attribute.Any(attribute => attribute is { Name: "transB", I: 1 }));

    /// <summary>Operations in 8 bits, where some layers are left out.</summary>
    HashSet<NodeProto> Chosen(ISet<string> without)
    {
        HashSet<NodeProto> chosen = [.. Layers.Where(layer => !without.Contains(layer.Output[0]))];
        // What only passes on or joins is in 8 bits where what it takes is, or what takes it: never by itself between real numbers.
        foreach (var node in _model.Graph.Node.Where(node => Plain.Contains(node.OpType) && !node.Input.Any(_stored.ContainsKey)))
            if (node.Input.All(name => _producers.TryGetValue(name, out var made) && (chosen.Contains(made) || (Activations.Contains(made.OpType)
                && _producers.TryGetValue(made.Input[0], out var before) && chosen.Contains(before))))
                || _consumers[node.Output[0]].Any(chosen.Contains))
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
    /// <param name="means">Of each tensor that a convolution takes the mean of each channel: by these the bias makes up for what rounding adds to weights.</param>
    /// <param name="without">Layers, by what they give, that stay in float32.</param>
    internal ModelProto Write(IReadOnlyDictionary<string, ByteScale> scales, IReadOnlyDictionary<string, float[]> means, ISet<string> without)
    {
        var chosen = Chosen(without);
        var tensors = Tensors(without).ToHashSet();
        var model = _model.Clone();
        var graph = model.Graph;
        var nodes = new List<NodeProto>();
        // What a pooling of largest values gives are values that it takes.
        ByteScale Scale(string name) => _producers.TryGetValue(name, out var made) && made.OpType == "MaxPool" && tensors.Contains(made.Input[0])
            ? Scale(made.Input[0]) : scales[name];
        foreach (var input in graph.Input.Select(port => port.Name).Where(tensors.Contains))
            nodes.AddRange(Pair(input));
        foreach (var (own, original) in graph.Node.Zip(_model.Graph.Node))
        {
            if (chosen.Contains(original) && original.OpType is "Conv" or "Gemm" && Layers.Contains(original))
                nodes.AddRange(Weights(own, Scale(original.Input[0])));
            for (var i = 0; i < own.Input.Count; i++)
                if (tensors.Contains(own.Input[i]))
                    own.Input[i] += ".real";
            nodes.Add(own);
            foreach (var name in own.Output.Where(tensors.Contains))
                nodes.AddRange(Pair(name));
        }
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        // What the runtime has inferred of shapes stays right; weights that are bytes now are no more wanted as they were.
        var used = graph.Node.SelectMany(node => node.Input).ToHashSet();
        foreach (var unused in graph.Initializer.Where(values => !used.Contains(values.Name)).ToArray())
            graph.Initializer.Remove(unused);
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
            var (weight, key) = (_stored[node.Input[1]], node.Output[0]);
            var (values, channels) = (Floats(weight), (int)weight.Dims[0]);
            var each = values.Length / channels;
            // A product of the runtime takes one step for all.
            var perChannel = node.OpType == "Conv";
            var most = new float[channels];
            for (var k = 0; k < channels; k++)
                most[k] = Math.Max(values.AsSpan(k * each, each).ToArray().Max(MathF.Abs), 1e-12f);
            var steps = Array.ConvertAll(most, one => (perChannel ? one : most.Max()) / 127);
            var (bytes, mistakes) = (new sbyte[values.Length], new double[channels]);
            var mean = means.GetValueOrDefault(node.Input[0]);
            // Weights of a channel are [in / groups, height, width]; which of the input's channels they see depends on the group.
            var groups = (int)(node.Attribute.FirstOrDefault(attribute => attribute.Name == "group")?.I ?? 1);
            var (inputs, area) = ((int)weight.Dims[1], weight.Dims.Count == 4 ? (int)(weight.Dims[2] * weight.Dims[3]) : 1);
            for (var k = 0; k < channels; k++)
                for (var i = 0; i < each; i++)
                {
                    var value = values[k * each + i];
                    bytes[k * each + i] = (sbyte)Math.Clamp(MathF.Round(value / steps[k]), -127, 127);
                    if (mean is not null && mean.Length == inputs * groups)
                        mistakes[k] += (bytes[k * each + i] * steps[k] - value) * mean[k / (channels / groups) * inputs + i / area];
                }
            var bias = node.Input.Count > 2 ? Floats(_stored[node.Input[2]]) : new float[channels];
            var biases = new int[channels];
            for (var k = 0; k < channels; k++)
                biases[k] = (int)Math.Clamp(Math.Round((bias[k] - mistakes[k]) / ((double)input.Step * steps[k])), int.MinValue, int.MaxValue);
            long[] one = perChannel ? [channels] : [];
            float[] weightSteps = perChannel ? steps : [steps[0]];
            var (stepName, zeroName) = (Store($"{key}.weight.step", Float32, one, Bytes(weightSteps)),
                Store($"{key}.weight.zero", Int8, one, new byte[weightSteps.Length]));
            var biasSteps = Array.ConvertAll(weightSteps, step => input.Step * step);
            var (biasStep, biasZero) = (Store($"{key}.bias.step", Float32, one, Bytes(biasSteps)), Store($"{key}.bias.zero", Int32, one, new byte[4 * biasSteps.Length]));
            var (weights, all) = (Store($"{key}.weight.bytes", Int8, [.. weight.Dims], Bytes(bytes)), Store($"{key}.bias.bytes", Int32, [channels], Bytes(biases)));
            node.Input[1] = $"{key}.weight.real";
            while (node.Input.Count < 3)
                node.Input.Add("");
            node.Input[2] = $"{key}.bias.real";
            return [Made("DequantizeLinear", $"{key}.weight.real", weights, stepName, zeroName, 0), Made("DequantizeLinear", $"{key}.bias.real", all, biasStep, biasZero, 0)];
        }

        string Store(string name, int type, long[] shape, byte[] bytes)
        {
            graph.Initializer.Add(new TensorProto { Name = name, DataType = type, Dims = { shape }, RawData = ByteString.CopyFrom(bytes) });
            return name;
        }
    }

    static NodeProto Made(string type, string name, string from, string step, string zero, long? axis = null)
    {
        var node = OnnxWriter.Node(type, axis is { } one ? [OnnxWriter.Int("axis", one)] : []);
        node.Name = name;
        node.Input.AddRange([from, step, zero]);
        node.Output.Add(name);
        return node;
    }

    static float[] Floats(TensorProto tensor) => tensor.FloatData.Count > 0 ? [.. tensor.FloatData] : MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();

    static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
