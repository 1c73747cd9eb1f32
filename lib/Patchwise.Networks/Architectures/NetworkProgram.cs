using System.Globalization;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>The values of a layer that is to run: float32 in row-major order, made when asked for.</summary>
sealed record StepValues(string Name, long[] Shape, Func<byte[]> Read);

/// <summary>One operation on earlier results.</summary>
/// <param name="Layer">What to do; batch norm only where it could not be folded.</param>
/// <param name="Result">The number of the result; 0 is the patch.</param>
/// <param name="Operands">Numbers of earlier results.</param>
/// <param name="Values">Convolution and linear: weight, bias. Batch norm: weight, bias, mean, variance.</param>
sealed record NetworkStep(Layer Layer, int Result, int[] Operands, StepValues[] Values);

/// <summary>A network with its weights, as the list of operations that the writers put down: batch norm after a convolution is folded into it.</summary>
sealed class NetworkProgram
{
    readonly Network _network;
    readonly Dictionary<string, CheckpointTensor> _tensors;
    readonly string _file;
    readonly Dictionary<Layer, int> _numbers = [];

    internal IReadOnlyList<NetworkStep> Steps { get; }
    internal int Features { get; }
    internal int Logits { get; }

    /// <summary>The number of a layer's result.</summary>
    internal int NumberOf(Layer layer) => _numbers[layer];

    /// <param name="checkpoint">Stays open until the values have been read.</param>
    internal NetworkProgram(Network network, Checkpoint checkpoint)
    {
        (_network, _tensors, _file) = (network, network.Bind(checkpoint), checkpoint.Path);
        var uses = network.Layers.SelectMany(layer => layer.Inputs).GroupBy(layer => layer).ToDictionary(group => group.Key, group => group.Count());
        var folded = network.Layers.OfType<BatchNorm>().Where(norm => norm.Inputs[0] is Convolution && uses[norm.Inputs[0]] == 1)
            .ToDictionary(norm => norm.Inputs[0]);
        var steps = new List<NetworkStep>();
        foreach (var layer in network.Layers)
            if (layer is Patch)
                _numbers[layer] = 0;
            else if (layer is BatchNorm done && folded.GetValueOrDefault(done.Inputs[0]) == done)
                _numbers[layer] = _numbers[done.Inputs[0]];
            else
            {
                int[] operands = [.. layer.Inputs.Select(input => _numbers[input])];
                _numbers[layer] = steps.Count + 1;
                steps.Add(new(layer, steps.Count + 1, operands, Values(layer, folded.GetValueOrDefault(layer))));
            }
        (Steps, Features, Logits) = (steps, _numbers[network.Features], _numbers[network.Logits]);
    }

    StepValues[] Values(Layer layer, BatchNorm? norm) => layer switch
    {
        Convolution convolution => Folded(convolution, norm),
        BatchNorm or Linear => [.. layer.Tensors.Select(tensor => new StepValues(_network.FileKey(tensor.Key), tensor.Shape, () => Bytes(Floats(tensor.Key))))],
        _ => [],
    };

    /// <summary>
    /// norm(conv(x)) = conv'(x) with weight' = weight * s and bias' = (bias - mean) * s + shift, where s = scale / sqrt(variance + epsilon) for each channel.
    /// </summary>
    StepValues[] Folded(Convolution convolution, BatchNorm? norm)
    {
        var (weightKey, biasKey) = (convolution.Key + ".weight", convolution.Key + ".bias");
        float[] Bias() => convolution.Bias ? Floats(biasKey) : new float[convolution.Channels];
        double[] Scale() => [.. Floats(norm!.Key + ".weight").Zip(Floats(norm.Key + ".running_var"),
            (scale, variance) => scale / Math.Sqrt(variance + norm.Epsilon))];

        byte[] Weight()
        {
            var weight = Floats(weightKey);
            if (norm is not null)
            {
                var scale = Scale();
                var size = weight.Length / scale.Length;
                for (var channel = 0; channel < scale.Length; channel++)
                    foreach (ref var value in weight.AsSpan(channel * size, size))
                        value = (float)(value * scale[channel]);
            }
            return Bytes(weight);
        }

        byte[] Shift()
        {
            var bias = Bias();
            if (norm is not null)
            {
                var (scale, mean, shift) = (Scale(), Floats(norm.Key + ".running_mean"), Floats(norm.Key + ".bias"));
                for (var channel = 0; channel < bias.Length; channel++)
                    bias[channel] = (float)(((double)bias[channel] - mean[channel]) * scale[channel] + shift[channel]);
            }
            return Bytes(bias);
        }
        return [new(_network.FileKey(weightKey), convolution.WeightShape, Weight), new(_network.FileKey(biasKey), [convolution.Channels], Shift)];
    }

    /// <exception cref="BadInputException">A value is not a finite number, or a variance is negative: training went wrong or the file is damaged.</exception>
    float[] Floats(string key)
    {
        var name = _network.FileKey(key);
        var values = _tensors[name].Read<float>();
        var variance = name.EndsWith(".running_var", StringComparison.Ordinal);
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]) || (variance && values[i] < 0))
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                    $"{_file} has {values[i]} as element {i} of {name}: expected {(variance ? "a variance of 0 or more" : "finite numbers")}; the training "
                        + $"failed or the file is damaged"));
        return values;
    }

    static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
