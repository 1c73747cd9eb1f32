namespace Patchwise;

/// <summary>Sandler 2018, MobileNetV2: inverted residuals and linear bottlenecks, table 2.</summary>
sealed class MobileNetV2() : Family(["mobilenet_v2"], "classifier.1")
{
    static readonly (int Expand, int Channels, int Repeat, int Stride)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    internal override Layer Body(string name, Layer patch)
    {
        var (x, index) = (patch.Conv("features.0.0", 32, 3, stride: 2, padding: 1).Norm("features.0.1").Relu6(), 1);
        foreach (var (expand, channels, repeat, stride) in Stages)
            for (var i = 0; i < repeat; i++)
                x = Block(x, $"features.{index++}.conv", expand, channels, i == 0 ? stride : 1);
        return x.Conv("features.18.0", 1280, 1).Norm("features.18.1").Relu6();
    }

    static Layer Block(Layer x, string key, int expand, int channels, int stride)
    {
        var (wide, step) = (x.Channels * expand, 0);
        var y = expand == 1 ? x : x.Conv($"{key}.0.0", wide, 1).Norm($"{key}.{step++}.1").Relu6();
        y = y.Conv($"{key}.{step}.0", wide, 3, stride, 1, groups: wide).Norm($"{key}.{step}.1").Relu6()
            .Conv($"{key}.{step + 1}", channels, 1).Norm($"{key}.{step + 2}");
        return stride == 1 && x.Channels == channels ? y.Plus(x) : y;
    }
}
