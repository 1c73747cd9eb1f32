using System.Globalization;
using System.Text;

namespace Patchwise;

/// <summary>
/// Writes a network as TorchScript source for libtorch's compiler: a function forward that takes patches [batch, 3, height, width] and the weights in the order
/// of <see cref="Values"/>, and returns the logits and the features before the last layer. What is taken once only is changed in place.
/// </summary>
static class TorchScriptWriter
{
    internal static IEnumerable<StepValues> Values(NetworkProgram program) => program.Steps.SelectMany(step => step.Values);

    internal static string Write(NetworkProgram program)
    {
        var source = new StringBuilder("def forward(x: Tensor, w: List[Tensor]) -> Tuple[Tensor, Tensor]:\n");
        var uses = program.Steps.SelectMany(step => step.Operands).Concat([program.Logits, program.Features]).CountBy(result => result).ToDictionary();
        var fresh = program.Steps.Where(step => step.Layer.Kind is LayerKind.Convolution or LayerKind.Norm or LayerKind.MaxPool or LayerKind.AveragePool
            or LayerKind.Add or LayerKind.Multiply or LayerKind.Concat && uses.GetValueOrDefault(step.Result) == 1).Select(step => step.Result).ToHashSet();
        var next = 0;
        foreach (var step in program.Steps)
        {
            string[] operands = [.. step.Operands.Select(Name)];
            string[] weights = [.. step.Values.Select(_ => $"w[{next++}]")];
            source.Append(CultureInfo.InvariantCulture,
                $"    {Name(step.Result)} = {Call(step.Layer, operands, weights, fresh.Contains(step.Operands[0]) ? "_" : "")}\n");
        }
        return source.Append(CultureInfo.InvariantCulture, $"    return {Name(program.Logits)}, {Name(program.Features)}\n\n").ToString();
    }

    static string Name(int result) => result == 0 ? "x" : $"v{result}";

    /// <param name="here">An underline where the first operand may take the result.</param>
    static string Call(Layer layer, string[] x, string[] w, string here) => layer.Kind switch
    {
        LayerKind.Convolution => Call($"conv2d({x[0]}, {w[0]}, {w[1]}, {Pair(layer.Stride)}, {Pair(layer.Padding)}, [1, 1], {layer.Groups})"),
        LayerKind.Norm => Call($"batch_norm({x[0]}, {w[0]}, {w[1]}, {w[2]}, {w[3]}, False, 0.1, {layer.Epsilon}, False)"),
        LayerKind.Relu => Call($"relu{here}({x[0]})"),
        LayerKind.Relu6 => Call($"hardtanh{here}({x[0]}, 0., 6.)"),
        LayerKind.HardSwish => Call($"hardswish{here}({x[0]})"),
        LayerKind.HardSigmoid => Call($"hardsigmoid{here}({x[0]})"),
        LayerKind.MaxPool =>
            Call($"max_pool2d({x[0]}, {Pair(layer.Kernel)}, {Pair(layer.Stride)}, {Pair(layer.Padding)}, [1, 1], {(layer.Ceiling ? "True" : "False")})"),
        LayerKind.AveragePool => Call($"avg_pool2d({x[0]}, {Pair(layer.Kernel)}, {Pair(layer.Stride)})"),
        LayerKind.GlobalPool => Call($"adaptive_avg_pool2d({x[0]}, [1, 1])"),
        LayerKind.Flatten => Call($"flatten({x[0]}, 1)"),
        LayerKind.Linear => Call($"linear({x[0]}, {w[0]}, {w[1]})"),
        LayerKind.Add => $"{x[0]}.add{here}({x[1]})",
        LayerKind.Multiply => $"{x[0]}.mul{here}({x[1]})",
        _ => Call($"cat([{string.Join(", ", x)}], 1)"),
    };

    static string Call(FormattableString call) => "torch." + FormattableString.Invariant(call);

    static string Pair(int value) => $"[{value}, {value}]";
}
