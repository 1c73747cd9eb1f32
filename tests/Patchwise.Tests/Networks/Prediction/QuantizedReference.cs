using System.Runtime.InteropServices;
using Patchwise.Onnx;

namespace Patchwise.Tests;

/// <summary>Reckons a small graph operation by operation, as ONNX defines them, in double precision: convolutions of 3 x 3 px with borders of 1.</summary>
static class QuantizedReference
{
    /// <param name="input">3 planes of side x side.</param>
    internal static double[] Run(GraphProto graph, double[] input, int side)
    {
        var known = graph.Initializer.ToDictionary(one => one.Name, Values);
        known[graph.Input[0].Name] = input;
        foreach (var node in graph.Node)
        {
            var from = node.Input.Select(name => known[name]).ToArray();
            known[node.Output[0]] = node.OpType switch
            {
                "QuantizeLinear" => Array.ConvertAll(from[0], x => Math.Clamp(Math.Round((float)x / (float)from[1][0]) + from[2][0], 0, 255)),
                // Of a weight or bias the steps are those of its first axis.
                "DequantizeLinear" => [.. from[0].Select((q, i) => i / (from[0].Length / from[1].Length) is var k ? (q - from[2][k]) * from[1][k] : 0)],
                "Relu" => Array.ConvertAll(from[0], x => Math.Max(x, 0)),
                "Conv" => Convolve(from[0], from[1], from[2], side),
                "GlobalAveragePool" => [.. from[0].Chunk(side * side).Select(plane => plane.Average())],
                "Flatten" => from[0],
                "Gemm" => [.. from[2].Select((bias, k) => bias + from[0].Select((x, c) => x * from[1][k * from[0].Length + c]).Sum())],
                _ => throw new InvalidOperationException($"{node.OpType} is not reckoned here"),
            };
        }
        return known[graph.Output[0].Name];
    }

    static double[] Values(TensorProto tensor) => tensor.DataType switch
    {
        1 => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray(), value => (double)value),
        2 => Array.ConvertAll(tensor.RawData.ToByteArray(), value => (double)value),
        3 => Array.ConvertAll(tensor.RawData.ToByteArray(), value => (double)(sbyte)value),
        _ => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(tensor.RawData.Span).ToArray(), value => (double)value),
    };

    static double[] Convolve(double[] x, double[] weights, double[] bias, int side)
    {
        var (area, inputs) = (side * side, x.Length / (side * side));
        var y = new double[bias.Length * area];
        for (var k = 0; k < bias.Length; k++)
            for (var at = 0; at < area; at++)
            {
                var sum = bias[k];
                for (var c = 0; c < inputs; c++)
                    for (var tap = 0; tap < 9; tap++)
                        if ((at / side + tap / 3 - 1, at % side + tap % 3 - 1) is ( >= 0, >= 0) and var (row, column) && row < side && column < side)
                            sum += x[c * area + row * side + column] * weights[(k * inputs + c) * 9 + tap];
                y[k * area + at] = sum;
            }
        return y;
    }
}
