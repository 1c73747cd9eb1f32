using System.Globalization;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>The values of a layer that is to run: float32 in row-major order, made when asked for.</summary>
sealed record StepValues(string Name, long[] Shape, Func<float[]> Read);

/// <summary>One operation on earlier results.</summary>
/// <param name="Layer">What to do; batch norm only where it could not be folded.</param>
/// <param name="Result">The number of the result; 0 is the patch.</param>
/// <param name="Operands">Numbers of earlier results.</param>
/// <param name="Values">Convolution and linear: weight, bias. Batch norm: weight, bias, mean, variance.</param>
sealed record NetworkStep(Layer Layer, int Result, int[] Operands, StepValues[] Values);

/// <summary>A network with its weights, as the list of operations that the writers put down: batch norm after a convolution is folded into it.</summary>
sealed class NetworkProgram
{
    readonly Dictionary<Layer, int> _numbers = [];

    internal Network Network { get; }
    internal IReadOnlyList<NetworkStep> Steps { get; }
    internal int Features => _numbers[Network.Features];
    internal int Logits => _numbers[Network.Logits];

    /// <summary>The number of a layer's result.</summary>
    internal int NumberOf(Layer layer) => _numbers[layer];

    /// <param name="network">Its file stays open until the values have been read.</param>
    internal NetworkProgram(Network network)
    {
        Network = network;
        var uses = network.Layers.SelectMany(layer => layer.Inputs).CountBy(layer => layer).ToDictionary();
        var folded = network.Layers.Where(layer => layer.Kind == LayerKind.Norm && layer.Inputs[0].Kind == LayerKind.Convolution && uses[layer.Inputs[0]] == 1)
            .ToDictionary(norm => norm.Inputs[0]);
        var steps = new List<NetworkStep>();
        foreach (var layer in network.Layers)
            if (layer.Kind == LayerKind.Patch)
                _numbers[layer] = 0;
            else if (layer.Kind == LayerKind.Norm && folded.GetValueOrDefault(layer.Inputs[0]) == layer)
                _numbers[layer] = _numbers[layer.Inputs[0]];
            else
            {
                int[] operands = [.. layer.Inputs.Select(input => _numbers[input])];
                _numbers[layer] = steps.Count + 1;
                steps.Add(new(layer, steps.Count + 1, operands, layer.Kind == LayerKind.Convolution ? Folded(layer, folded.GetValueOrDefault(layer))
                    : [.. layer.Tensors.Select(tensor => new StepValues(tensor.Key, tensor.Shape, () => Floats(tensor.Key)))]));
            }
        Steps = steps;
    }

    /// <summary>
    /// norm(conv(x)) = conv'(x) with weight' = weight * s and bias' = (bias - mean) * s + shift, where s = scale / sqrt(variance + epsilon) for each channel.
    /// </summary>
    StepValues[] Folded(Layer convolution, Layer? norm)
    {
        var (weightKey, biasKey) = (convolution.Key + ".weight", convolution.Key + ".bias");
        double[] Scale() => norm is null ? [.. Enumerable.Repeat(1.0, convolution.Channels)]
            : [.. Floats(norm.Key + ".weight").Zip(Floats(norm.Key + ".running_var"), (scale, variance) => scale / Math.Sqrt(variance + norm.Epsilon))];

        float[] Weight()
        {
            var (weight, scale) = (Floats(weightKey), Scale());
            for (var i = 0; i < weight.Length; i++)
                weight[i] = (float)(weight[i] * scale[i / (weight.Length / scale.Length)]);
            return weight;
        }

        float[] Shift()
        {
            var bias = convolution.Bias ? Floats(biasKey) : new float[convolution.Channels];
            if (norm is null)
                return bias;
            var (scale, mean, shift) = (Scale(), Floats(norm.Key + ".running_mean"), Floats(norm.Key + ".bias"));
            return [.. bias.Select((value, channel) => (float)(((double)value - mean[channel]) * scale[channel] + shift[channel]))];
        }
        return [new(weightKey, convolution.WeightShape, Weight), new(biasKey, [convolution.Channels], Shift)];
    }

    /// <exception cref="BadInputException">A value is not a finite number, or a variance is negative: training went wrong or the file is damaged.</exception>
    float[] Floats(string key)
    {
        var (file, name, tensor) = Network.Tensor(key);
        var values = tensor.Read();
        var variance = key.EndsWith(".running_var", StringComparison.Ordinal);
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]) || (variance && values[i] < 0))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"{file} has {values[i]} as element {i} of {name}: expected {(variance ? "a variance of 0 or more" : "finite numbers")}; the training "
                        + $"failed or the file is damaged"));
        return values;
    }

    internal static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
