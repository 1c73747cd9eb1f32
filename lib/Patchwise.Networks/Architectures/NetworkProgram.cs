using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>The values of a layer that is to run: float32 in row-major order, made when asked for.</summary>
sealed record StepValues(string Name, long[] Shape, Func<float[]> Read);

/// <summary>One operation on earlier results.</summary>
/// <param name="Result">The number of the result; 0 is the patch.</param>
/// <param name="Operands">Numbers of earlier results.</param>
/// <param name="Values">Convolution and linear: weight, bias. Batch norm: weight, bias, mean, variance.</param>
sealed record NetworkStep(Layer Layer, int Result, int[] Operands, StepValues[] Values);

/// <summary>A network with its weights, as the list of operations that the writers put down.</summary>
/// <param name="network">Its file stays open until the values have been read.</param>
sealed class NetworkProgram(Network network)
{
    readonly Dictionary<Layer, int> _numbers = network.Layers.Index().ToDictionary(layer => layer.Item, layer => layer.Index);

    internal Network Network => network;
    internal int Features => NumberOf(network.Features);
    internal int Logits => NumberOf(network.Logits);

    /// <summary>The number of a layer's result.</summary>
    internal int NumberOf(Layer layer) => _numbers[layer];

    internal IEnumerable<NetworkStep> Steps => network.Layers.Skip(1).Select(layer => new NetworkStep(layer, NumberOf(layer),
        [.. layer.Inputs.Select(NumberOf)], layer.Kind == LayerKind.Convolution ? Folded(layer)
        : [.. layer.Tensors.Select(tensor => new StepValues(tensor.Key, tensor.Shape, () => Floats(tensor.Key)))]));

    /// <summary>
    /// norm(conv(x)) = conv'(x) with weight' = weight * s and bias' = (bias - mean) * s + shift, where s = scale / sqrt(variance + epsilon) for each channel.
    /// </summary>
    StepValues[] Folded(Layer layer)
    {
        double[] Scale() => layer.NormKey == "" ? [.. Enumerable.Repeat(1.0, layer.Channels)]
            : [.. Floats(layer.NormKey + ".weight").Zip(Floats(layer.NormKey + ".running_var"),
                (scale, variance) => scale / Math.Sqrt(variance + layer.Epsilon))];

        float[] Weight()
        {
            var (weight, scale) = (Floats(layer.Key + ".weight"), Scale());
            for (var i = 0; i < weight.Length; i++)
                weight[i] = (float)(weight[i] * scale[i / (weight.Length / scale.Length)]);
            return weight;
        }

        float[] Shift()
        {
            var bias = layer.Bias ? Floats(layer.Key + ".bias") : new float[layer.Channels];
            if (layer.NormKey == "")
                return bias;
            var (scale, mean, shift) = (Scale(), Floats(layer.NormKey + ".running_mean"), Floats(layer.NormKey + ".bias"));
            return [.. bias.Select((value, channel) => (float)(((double)value - mean[channel]) * scale[channel] + shift[channel]))];
        }
        return [new(layer.Key + ".weight", layer.WeightShape, Weight), new(layer.Key + ".bias", [layer.Channels], Shift)];
    }

    float[] Floats(string key)
    {
        var (file, name, tensor) = network.Tensor(key);
        var (values, least) = (tensor.Read(), key.EndsWith(".running_var", StringComparison.Ordinal) ? 0 : float.MinValue);
        var wrong = Array.FindIndex(values, value => !float.IsFinite(value) || value < least);
        return wrong < 0 ? values : throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
            $"{file} has {values[wrong]} as element {wrong} of {name}: expected {(least == 0 ? "a variance of 0 or more" : "finite numbers")}; the training ")
                + "failed or the file is damaged");
    }

    internal static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
