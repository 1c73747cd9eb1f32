namespace Patchwise;

/// <summary>
/// Writes a network as TorchScript source for libtorch's compiler: a function forward that takes patches [batch, 3, height, width] and the weights in the order
/// of <see cref="Values"/>, and returns the logits and the features before the last layer. What is taken once only is changed in place.
/// </summary>
static class TorchScriptWriter
{
    internal static IEnumerable<StepValues> Values(NetworkProgram program) => program.Steps.SelectMany(step => step.Values);

    /// <param name="joined">Whether a convolution takes what is added to it and the rectifier behind it along, as a CUDA device's library does in 16 bits: each
    /// would else read and write all of the result once more.</param>
    internal static string Write(NetworkProgram program, bool joined = false)
    {
        var source = new StringBuilder("def forward(x: Tensor, w: List[Tensor]) -> Tuple[Tensor, Tensor]:\n");
        var uses = program.Steps.SelectMany(step => step.Operands).Concat([program.Logits, program.Features]).CountBy(result => result).ToDictionary();
        var fresh = program.Steps.Where(step => step.Layer.Kind is LayerKind.Convolution or LayerKind.Norm or LayerKind.MaxPool or LayerKind.AveragePool
            or LayerKind.Add or LayerKind.Multiply or LayerKind.Concat && uses.GetValueOrDefault(step.Result) == 1).Select(step => step.Result).ToHashSet();
        var next = 0;
        var weights = program.Steps.ToDictionary(step => step.Result, step => step.Values.Select(_ => $"w[{next++}]").ToArray());
        var calls = new Dictionary<int, string>();
        var made = program.Steps.ToDictionary(step => step.Result);
        if (joined)
            foreach (var step in program.Steps.Where(step => step.Layer.Kind == LayerKind.Relu))
                Join(step);
        foreach (var step in program.Steps)
            if (calls.GetValueOrDefault(step.Result, Call(step.Layer, [.. step.Operands.Select(Name)], weights[step.Result], fresh.Contains(step.Operands[0])
                ? "_" : "")) is { Length: > 0 } call)
                source.Append(CultureInfo.InvariantCulture, $"    {Name(step.Result)} = {call}\n");
        return source.Append(CultureInfo.InvariantCulture, $"    return {Name(program.Logits)}, {Name(program.Features)}\n\n").ToString();

        // A step that another takes along has no call of its own.
        void Join(NetworkStep rectifier)
        {
            NetworkStep? Only(int result, LayerKind kind) =>
                uses[result] == 1 && made.GetValueOrDefault(result) is { } step && step.Layer.Kind == kind ? step : null;
            var sum = Only(rectifier.Operands[0], LayerKind.Add);
            var convolution = sum is null ? Only(rectifier.Operands[0], LayerKind.Convolution) : Only(sum.Operands[0], LayerKind.Convolution);
            if (convolution is null)
                return;
            var w = weights[convolution.Result];
            calls[convolution.Result] = "";
            if (sum is not null)
                calls[sum.Result] = "";
            calls[rectifier.Result] = $"torch.cudnn_convolution_{(sum is null ? "" : "add_")}relu({Name(convolution.Operands[0])}, {w[0]}, "
                + (sum is null ? "" : $"{Name(sum.Operands[1])}, 1.0, ") + $"{w[1]}, {Window(convolution.Layer)})";
        }
    }

    static string Name(int result) => result == 0 ? "x" : $"v{result}";

    /// <param name="here">An underline where the first operand may take the result.</param>
    static string Call(Layer layer, string[] x, string[] w, string here) => layer.Kind switch
    {
        LayerKind.Convolution => Call($"conv2d({x[0]}, {w[0]}, {w[1]}, {Window(layer)})"),
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

    /// <summary>How a convolution's window moves.</summary>
    static string Window(Layer layer) => FormattableString.Invariant($"{Pair(layer.Stride)}, {Pair(layer.Padding)}, [1, 1], {layer.Groups}");

    static string Pair(int value) => $"[{value}, {value}]";
}
