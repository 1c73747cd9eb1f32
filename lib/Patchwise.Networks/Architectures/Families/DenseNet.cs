using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>Huang 2017, Densely connected convolutional networks, table 1: every layer sees all earlier ones of its block, joined.</summary>
sealed partial class DenseNet() : Family([.. Variants.Keys], "classifier")
{
    /// <summary>Channels that a layer adds, and layers of each block.</summary>
    static readonly Dictionary<string, (int Growth, int[] Blocks)> Variants = new()
    {
        ["densenet121"] = (32, [6, 12, 24, 16]),
        ["densenet161"] = (48, [6, 12, 36, 24]),
        ["densenet169"] = (32, [6, 12, 32, 32]),
        ["densenet201"] = (32, [6, 12, 48, 32]),
    };

    internal override Layer Body(string name, Layer patch)
    {
        var (growth, blocks) = Variants[name];
        var x = patch.Conv("features.conv0", 2 * growth, 7, stride: 2, padding: 3).Norm("features.norm0").Relu().MaxPool(3, 2, 1);
        for (var block = 1; block <= blocks.Length; block++)
        {
            for (var layer = 1; layer <= blocks[block - 1]; layer++)
            {
                var key = $"features.denseblock{block}.denselayer{layer}";
                x = Layer.Concat(x, x.Norm($"{key}.norm1").Relu().Conv($"{key}.conv1", 4 * growth, 1)
                    .Norm($"{key}.norm2").Relu().Conv($"{key}.conv2", growth, 3, padding: 1));
            }
            if (block < blocks.Length)
                x = x.Norm($"features.transition{block}.norm").Relu().Conv($"features.transition{block}.conv", x.Channels / 2, 1).AveragePool(2, 2);
        }
        return x.Norm("features.norm5");
    }

    /// <summary>torchvision's own form rectifies before it pools; the pooled form does not.</summary>
    protected override Layer FeaturesOf(string name, Layer body) => base.FeaturesOf(name, body.Relu());

    /// <summary>The files that torchvision publishes say norm.1 where its module says norm1.</summary>
    internal override string Canonical(string key) => PublishedKey().Replace(key, "$1$2");

    [GeneratedRegex(@"(denselayer\d+\.(?:norm|conv))\.([12]\.(?:weight|bias|running_mean|running_var)$)")]
    private static partial Regex PublishedKey();
}
