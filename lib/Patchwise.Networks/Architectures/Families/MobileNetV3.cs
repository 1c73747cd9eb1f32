namespace Patchwise;

/// <summary>Howard 2019, Searching for MobileNetV3, tables 1 and 2.</summary>
sealed class MobileNetV3() : Family(["mobilenet_v3_large", "mobilenet_v3_small"], "classifier.3")
{
    const double Epsilon = 1e-3;

    /// <param name="Squeeze">Whether channels are weighted by their means (Hu 2018, Squeeze-and-excitation).</param>
    /// <param name="Swish">Hard swish instead of ReLU.</param>
    sealed record Block(int Kernel, int Wide, int Channels, bool Squeeze, bool Swish, int Stride);

    static readonly Block[] Large =
    [
        new(3, 16, 16, false, false, 1), new(3, 64, 24, false, false, 2), new(3, 72, 24, false, false, 1),
        new(5, 72, 40, true, false, 2), new(5, 120, 40, true, false, 1), new(5, 120, 40, true, false, 1),
        new(3, 240, 80, false, true, 2), new(3, 200, 80, false, true, 1), new(3, 184, 80, false, true, 1), new(3, 184, 80, false, true, 1),
        new(3, 480, 112, true, true, 1), new(3, 672, 112, true, true, 1),
        new(5, 672, 160, true, true, 2), new(5, 960, 160, true, true, 1), new(5, 960, 160, true, true, 1),
    ];

    static readonly Block[] Small =
    [
        new(3, 16, 16, true, false, 2), new(3, 72, 24, false, false, 2), new(3, 88, 24, false, false, 1),
        new(5, 96, 40, true, true, 2), new(5, 240, 40, true, true, 1), new(5, 240, 40, true, true, 1),
        new(5, 120, 48, true, true, 1), new(5, 144, 48, true, true, 1),
        new(5, 288, 96, true, true, 2), new(5, 576, 96, true, true, 1), new(5, 576, 96, true, true, 1),
    ];

    internal override Layer Body(string name, Layer patch)
    {
        var (x, index) = (patch.Conv("features.0.0", 16, 3, stride: 2, padding: 1).Norm("features.0.1", Epsilon).HardSwish(), 1);
        foreach (var block in name == "mobilenet_v3_large" ? Large : Small)
            x = Of(block, x, $"features.{index++}.block");
        return x.Conv($"features.{index}.0", 6 * x.Channels, 1).Norm($"features.{index}.1", Epsilon).HardSwish();
    }

    static Layer Of(Block block, Layer x, string key)
    {
        var step = 0;
        Layer Activate(Layer y) => block.Swish ? y.HardSwish() : y.Relu();
        Layer Unit(Layer y, int channels, int kernel, int stride = 1, int groups = 1) =>
            y.Conv($"{key}.{step}.0", channels, kernel, stride, kernel / 2, groups).Norm($"{key}.{step++}.1", Epsilon);

        var y = block.Wide == x.Channels ? x : Activate(Unit(x, block.Wide, 1));
        y = Activate(Unit(y, block.Wide, block.Kernel, block.Stride, block.Wide));
        if (block.Squeeze)
        {
            var at = $"{key}.{step++}";
            y = y.Times(y.GlobalPool().Conv($"{at}.fc1", Squeezed(block.Wide), 1, bias: true).Relu().Conv($"{at}.fc2", block.Wide, 1, bias: true)
                .HardSigmoid());
        }
        y = Unit(y, block.Channels, 1);
        return block.Stride == 1 && x.Channels == block.Channels ? y.Plus(x) : y;
    }

    /// <summary>A quarter, as a multiple of 8 that is not below nine tenths of it.</summary>
    static int Squeezed(int channels)
    {
        var rounded = Math.Max(8, (channels / 4 + 4) / 8 * 8);
        return rounded < 0.9 * (channels / 4) ? rounded + 8 : rounded;
    }

    protected override Layer FeaturesOf(string name, Layer body) =>
        base.FeaturesOf(name, body).Linear("classifier.0", name == "mobilenet_v3_large" ? 1280 : 1024).HardSwish();

    /// <summary>Of torchvision's two last layers some keep one.</summary>
    internal override (bool, NetworkKeys)[] Forms => [.. base.Forms, (true, NetworkKeys.Native)];
}
