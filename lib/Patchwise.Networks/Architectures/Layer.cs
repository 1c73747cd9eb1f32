namespace Patchwise;

/// <summary>
/// One layer of a network: its inputs and its settings, not its weights. Layers are made by the methods below, each from its input, so that a
/// description reads in the order in which data flows. Keys are the names under which PyTorch stores the weights.
/// </summary>
/// <param name="inputs">Earlier layers; the order matters where there is more than one.</param>
/// <param name="channels">Of the result.</param>
abstract class Layer(Layer[] inputs, int channels)
{
    internal Layer[] Inputs => inputs;
    internal int Channels => channels;

    internal Layer Conv(string key, int channels, int kernel, int stride = 1, int padding = 0, int groups = 1, bool bias = false) =>
        new Convolution(this, key, channels, kernel, stride, padding, groups, bias);

    internal Layer Norm(string key, double epsilon = 1e-5) => new BatchNorm(this, key, epsilon);
    internal Layer Relu() => new Activation(this, ActivationKind.Relu);
    internal Layer Relu6() => new Activation(this, ActivationKind.Relu6);
    internal Layer HardSwish() => new Activation(this, ActivationKind.HardSwish);
    internal Layer HardSigmoid() => new Activation(this, ActivationKind.HardSigmoid);
    internal Layer MaxPool(int kernel, int stride, int padding = 0, bool ceiling = false) => new Pool(this, PoolKind.Max, kernel, stride, padding, ceiling);
    internal Layer AveragePool(int kernel, int stride) => new Pool(this, PoolKind.Average, kernel, stride, 0, false);

    /// <summary>The mean over x and y, which leaves one pixel.</summary>
    internal Layer GlobalPool() => new GlobalPool(this);

    /// <summary>Channels, rows and columns as one vector.</summary>
    /// <param name="pixels">Pixels a channel.</param>
    internal Layer Flatten(int pixels = 1) => new Flatten(this, pixels);
    internal Layer Linear(string key, int channels) => new Linear(this, key, channels);
    internal Layer Plus(Layer other) => new Join(JoinKind.Add, [this, other], Channels);

    /// <summary>Each channel times the one pixel that <paramref name="scale"/> has for it.</summary>
    internal Layer Times(Layer scale) => new Join(JoinKind.Multiply, [this, scale], Channels);
    internal static Layer Concat(params Layer[] parts) => new Join(JoinKind.Concat, parts, parts.Sum(part => part.Channels));

    /// <summary>The tensors that the layer takes from a checkpoint, with their shapes.</summary>
    internal virtual IEnumerable<(string Key, long[] Shape)> Tensors => [];

    /// <summary>Height and width of the result, given those of the first input.</summary>
    internal virtual (int Height, int Width) Size((int Height, int Width) input) => input;

    /// <summary>Multiply-adds for one pixel of the result, all channels.</summary>
    internal virtual long WorkPerPixel => 0;

    /// <summary>This and all layers before it, each after its inputs.</summary>
    internal List<Layer> InOrder()
    {
        var order = new List<Layer>();
        var seen = new HashSet<Layer>();
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

/// <summary>The patch: RGB, as the model's card scales it.</summary>
sealed class Patch() : Layer([], 3);

sealed class Convolution(Layer input, string key, int channels, int kernel, int stride, int padding, int groups, bool bias) : Layer([input], channels)
{
    internal string Key => key;
    internal int Kernel => kernel;
    internal int Stride => stride;
    internal int Padding => padding;
    internal int Groups => groups;
    internal bool Bias => bias;

    internal long[] WeightShape => [Channels, Inputs[0].Channels / groups, kernel, kernel];

    internal override IEnumerable<(string, long[])> Tensors =>
        bias ? [(key + ".weight", WeightShape), (key + ".bias", [Channels])] : [(key + ".weight", WeightShape)];

    internal override (int Height, int Width) Size((int Height, int Width) input) =>
        ((input.Height + 2 * padding - kernel) / stride + 1, (input.Width + 2 * padding - kernel) / stride + 1);

    internal override long WorkPerPixel => (long)Channels * (Inputs[0].Channels / groups) * kernel * kernel;
}

sealed class BatchNorm(Layer input, string key, double epsilon) : Layer([input], input.Channels)
{
    internal string Key => key;
    internal double Epsilon => epsilon;

    internal override IEnumerable<(string, long[])> Tensors =>
        [(key + ".weight", [Channels]), (key + ".bias", [Channels]), (key + ".running_mean", [Channels]), (key + ".running_var", [Channels])];
}

enum ActivationKind { Relu, Relu6, HardSwish, HardSigmoid }

sealed class Activation(Layer input, ActivationKind kind) : Layer([input], input.Channels)
{
    internal ActivationKind Kind => kind;
}

enum PoolKind { Max, Average }

sealed class Pool(Layer input, PoolKind kind, int kernel, int stride, int padding, bool ceiling) : Layer([input], input.Channels)
{
    internal PoolKind Kind => kind;
    internal int Kernel => kernel;
    internal int Stride => stride;
    internal int Padding => padding;

    /// <summary>The last window may reach over the edge, rather than being left out.</summary>
    internal bool Ceiling => ceiling;

    internal override (int Height, int Width) Size((int Height, int Width) input) => (Length(input.Height), Length(input.Width));

    int Length(int length) => (length + 2 * padding - kernel + (ceiling ? stride - 1 : 0)) / stride + 1;
}

sealed class GlobalPool(Layer input) : Layer([input], input.Channels)
{
    internal override (int Height, int Width) Size((int Height, int Width) input) => (1, 1);
}

sealed class Flatten(Layer input, int pixels) : Layer([input], input.Channels * pixels)
{
    internal override (int Height, int Width) Size((int Height, int Width) input) => (1, 1);
}

sealed class Linear(Layer input, string key, int channels) : Layer([input], channels)
{
    internal string Key => key;

    internal override IEnumerable<(string, long[])> Tensors => [(key + ".weight", [Channels, Inputs[0].Channels]), (key + ".bias", [Channels])];

    internal override long WorkPerPixel => (long)Channels * Inputs[0].Channels;
}

enum JoinKind { Add, Multiply, Concat }

sealed class Join(JoinKind kind, Layer[] inputs, int channels) : Layer(inputs, channels)
{
    internal JoinKind Kind => kind;
}
