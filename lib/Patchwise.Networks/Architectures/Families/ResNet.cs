namespace Patchwise;

/// <summary>
/// He 2015, Deep residual learning, table 1; with groups Xie 2017, Aggregated residual transformations, table 1; wider Zagoruyko 2016, Wide
/// residual networks. A bottleneck halves the picture in its 3 x 3 convolution.
/// </summary>
sealed class ResNet() : Family([.. Variants.Keys], "fc")
{
    /// <param name="Width">Channels of a group in the 3 x 3 convolution of the first stage.</param>
    sealed record Variant(int[] Blocks, bool Bottleneck = true, int Groups = 1, int Width = 64);

    static readonly Dictionary<string, Variant> Variants = new()
    {
        ["resnet18"] = new([2, 2, 2, 2], Bottleneck: false),
        ["resnet34"] = new([3, 4, 6, 3], Bottleneck: false),
        ["resnet50"] = new([3, 4, 6, 3]),
        ["resnet101"] = new([3, 4, 23, 3]),
        ["resnext50_32x4d"] = new([3, 4, 6, 3], Groups: 32, Width: 4),
        ["resnext101_32x8d"] = new([3, 4, 23, 3], Groups: 32, Width: 8),
        ["wide_resnet50_2"] = new([3, 4, 6, 3], Width: 128),
        ["wide_resnet101_2"] = new([3, 4, 23, 3], Width: 128),
    };

    internal override Layer Body(string name, Layer patch)
    {
        var variant = Variants[name];
        var x = patch.Conv("conv1", 64, 7, stride: 2, padding: 3).Norm("bn1").Relu().MaxPool(3, 2, 1);
        for (var stage = 0; stage < 4; stage++)
            for (var block = 0; block < variant.Blocks[stage]; block++)
                x = Block(x, $"layer{stage + 1}.{block}", 64 << stage, stage > 0 && block == 0 ? 2 : 1, variant);
        return x;
    }

    static Layer Block(Layer x, string key, int planes, int stride, Variant variant)
    {
        var width = planes * variant.Width / 64 * variant.Groups;
        var y = variant.Bottleneck
            ? x.Conv($"{key}.conv1", width, 1).Norm($"{key}.bn1").Relu()
                .Conv($"{key}.conv2", width, 3, stride, 1, variant.Groups).Norm($"{key}.bn2").Relu()
                .Conv($"{key}.conv3", planes * 4, 1).Norm($"{key}.bn3")
            : x.Conv($"{key}.conv1", planes, 3, stride, 1).Norm($"{key}.bn1").Relu()
                .Conv($"{key}.conv2", planes, 3, 1, 1).Norm($"{key}.bn2");
        var shortcut = stride == 1 && x.Channels == y.Channels ? x : x.Conv($"{key}.downsample.0", y.Channels, 1, stride).Norm($"{key}.downsample.1");
        return y.Plus(shortcut).Relu();
    }

    internal override (bool, NetworkKeys)[] Forms => [.. base.Forms, (false, NetworkKeys.Children)];

    /// <summary>The pooled form counts torchvision's children: 0 conv1, 1 bn1, 2 relu, 3 maxpool, 4 to 7 the stages.</summary>
    internal override string PooledKey(string key) => "feat_extract." + (key.StartsWith("layer", StringComparison.Ordinal)
        ? (char)(key[5] - '1' + '4') + key[6..]
        : key.Replace("conv1", "0", StringComparison.Ordinal).Replace("bn1", "1", StringComparison.Ordinal));
}
