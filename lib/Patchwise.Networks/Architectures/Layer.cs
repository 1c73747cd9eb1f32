namespace Patchwise;

enum LayerKind { Patch, Convolution, Norm, Relu, Relu6, HardSwish, HardSigmoid, MaxPool, AveragePool, GlobalPool, Flatten, Linear, Add, Multiply, Concat }

/// <summary>
/// One layer of a network: its inputs and its settings, not its weights. Layers are made by the methods below, each from its input, so that a
/// description reads in the order in which data flows. Keys are the names under which PyTorch stores the weights.
/// </summary>
/// <param name="inputs">Earlier layers; the order matters where there is more than one.</param>
/// <param name="channels">Of the result.</param>
sealed class Layer(LayerKind kind, Layer[] inputs, int channels)
{
    internal LayerKind Kind => kind;
    internal Layer[] Inputs => inputs;
    internal int Channels => channels;
    internal string Key { get; private init; } = "";
    internal int Kernel { get; private init; } = 1;
    internal int Stride { get; private init; } = 1;
    internal int Padding { get; private init; }
    internal int Groups { get; private init; } = 1;
    internal bool Bias { get; private init; }

    /// <summary>Of batch norm, which is a layer of its own or the end of a convolution; empty without one.</summary>
    internal string NormKey { get; private set; } = "";
    internal double Epsilon { get; private set; }

    /// <summary>The last window of a pool may reach over the edge, rather than being left out.</summary>
    internal bool Ceiling { get; private init; }

    /// <summary>RGB, as the model's card scales it.</summary>
    internal static Layer Patch() => new(LayerKind.Patch, [], 3);

    internal Layer Conv(string key, int channels, int kernel, int stride = 1, int padding = 0, int groups = 1, bool bias = false) =>
        new(LayerKind.Convolution, [this], channels) { Key = key, Kernel = kernel, Stride = stride, Padding = padding, Groups = groups, Bias = bias };

    /// <summary>Batch norm, which becomes part of a convolution.</summary>
    internal Layer Norm(string key, double epsilon = 1e-5)
    {
        var layer = Kind == LayerKind.Convolution ? (Layer)MemberwiseClone() : new(LayerKind.Norm, [this], Channels) { Key = key };
        (layer.NormKey, layer.Epsilon) = (key, epsilon);
        return layer;
    }

    internal Layer Relu() => new(LayerKind.Relu, [this], Channels);
    internal Layer Relu6() => new(LayerKind.Relu6, [this], Channels);
    internal Layer HardSwish() => new(LayerKind.HardSwish, [this], Channels);
    internal Layer HardSigmoid() => new(LayerKind.HardSigmoid, [this], Channels);

    internal Layer MaxPool(int kernel, int stride, int padding = 0, bool ceiling = false) =>
        new(LayerKind.MaxPool, [this], Channels) { Kernel = kernel, Stride = stride, Padding = padding, Ceiling = ceiling };

    internal Layer AveragePool(int kernel, int stride) => new(LayerKind.AveragePool, [this], Channels) { Kernel = kernel, Stride = stride };

    /// <summary>The mean over x and y, which leaves one pixel.</summary>
    internal Layer GlobalPool() => new(LayerKind.GlobalPool, [this], Channels);

    /// <summary>Channels, rows and columns as one vector.</summary>
    /// <param name="pixels">Pixels a channel.</param>
    internal Layer Flatten(int pixels = 1) => new(LayerKind.Flatten, [this], Channels * pixels);
    internal Layer Linear(string key, int channels) => new(LayerKind.Linear, [this], channels) { Key = key, Bias = true };
    internal Layer Plus(Layer other) => new(LayerKind.Add, [this, other], Channels);

    /// <summary>Each channel times the one pixel that <paramref name="scale"/> has for it.</summary>
    internal Layer Times(Layer scale) => new(LayerKind.Multiply, [this, scale], Channels);
    internal static Layer Concat(params Layer[] parts) => new(LayerKind.Concat, parts, parts.Sum(part => part.Channels));

    /// <summary>The tensors that the layer takes from a checkpoint, with their shapes.</summary>
    internal IEnumerable<(string Key, long[] Shape)> Tensors =>
    [
        .. Kind is LayerKind.Convolution or LayerKind.Linear ? [($"{Key}.weight", WeightShape)] : Array.Empty<(string, long[])>(),
        .. Bias ? [($"{Key}.bias", [Channels])] : Array.Empty<(string, long[])>(),
        .. (NormKey == "" ? [] : (string[])["weight", "bias", "running_mean", "running_var"]).Select(name => ($"{NormKey}.{name}", (long[])[Channels])),
    ];

    internal long[] WeightShape => Kind == LayerKind.Linear ? [Channels, Inputs[0].Channels] : [Channels, Inputs[0].Channels / Groups, Kernel, Kernel];

    /// <summary>Height and width of the result, given those of the first input.</summary>
    internal (int Height, int Width) Size((int Height, int Width) input) => Kind switch
    {
        LayerKind.Convolution or LayerKind.MaxPool or LayerKind.AveragePool => (Length(input.Height), Length(input.Width)),
        LayerKind.GlobalPool or LayerKind.Flatten => (1, 1),
        _ => input,
    };

    int Length(int length) => (length + 2 * Padding - Kernel + (Ceiling ? Stride - 1 : 0)) / Stride + 1;

    /// <summary>Multiply-adds for one pixel of the result, all channels.</summary>
    internal long WorkPerPixel => Kind is LayerKind.Convolution or LayerKind.Linear ? WeightShape.Aggregate(1L, (product, size) => product * size) : 0;

    /// <summary>This and all layers before it, each after its inputs.</summary>
    internal List<Layer> InOrder()
    {
        var (order, seen) = (new List<Layer>(), new HashSet<Layer>());
        void Visit(Layer layer)
        {
            if (!seen.Add(layer))
                return;
            foreach (var input in layer.Inputs)
                Visit(input);
            order.Add(layer);
        }
        Visit(this);
        return order;
    }
}
