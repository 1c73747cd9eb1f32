namespace Patchwise;

/// <summary>
/// Szegedy 2015, Going deeper with convolutions, table 1, with batch norm as torchvision has it: the branch called 5 x 5 is 3 x 3, and pooling
/// keeps windows that reach over the edge. The auxiliary heads serve training and are left out.
/// </summary>
sealed class GoogLeNet() : Family(["googlenet"], "fc")
{
    internal override Layer Body(string name, Layer patch)
    {
        var x = Unit(patch, "conv1", 64, 7, stride: 2).MaxPool(3, 2, ceiling: true);
        x = Unit(Unit(x, "conv2", 64, 1), "conv3", 192, 3).MaxPool(3, 2, ceiling: true);
        x = Inception(x, "inception3a", 64, 96, 128, 16, 32, 32);
        x = Inception(x, "inception3b", 128, 128, 192, 32, 96, 64).MaxPool(3, 2, ceiling: true);
        x = Inception(x, "inception4a", 192, 96, 208, 16, 48, 64);
        x = Inception(x, "inception4b", 160, 112, 224, 24, 64, 64);
        x = Inception(x, "inception4c", 128, 128, 256, 24, 64, 64);
        x = Inception(x, "inception4d", 112, 144, 288, 32, 64, 64);
        x = Inception(x, "inception4e", 256, 160, 320, 32, 128, 128).MaxPool(2, 2, ceiling: true);
        x = Inception(x, "inception5a", 256, 160, 320, 32, 128, 128);
        return Inception(x, "inception5b", 384, 192, 384, 48, 128, 128);
    }

    static Layer Unit(Layer x, string key, int channels, int kernel, int stride = 1) =>
        x.Conv($"{key}.conv", channels, kernel, stride, kernel / 2).Norm($"{key}.bn", 1e-3).Relu();

    static Layer Inception(Layer x, string key, int one, int three, int threeOut, int five, int fiveOut, int pool) => Layer.Concat(
        Unit(x, $"{key}.branch1", one, 1),
        Unit(Unit(x, $"{key}.branch2.0", three, 1), $"{key}.branch2.1", threeOut, 3),
        Unit(Unit(x, $"{key}.branch3.0", five, 1), $"{key}.branch3.1", fiveOut, 3),
        Unit(x.MaxPool(3, 1, 1, ceiling: true), $"{key}.branch4.1", pool, 1));

    /// <summary>The pooled form counts torchvision's children, pooling layers among them.</summary>
    static readonly string[] Children = ["conv1", "", "conv2", "conv3", "", "inception3a", "inception3b", "", "inception4a", "inception4b", "inception4c",
        "inception4d", "inception4e", "", "inception5a", "inception5b"];

    internal override string PooledKey(string key) =>
        key.Split('.', 2) is [var child, var rest] ? $"feat_extract.{Array.IndexOf(Children, child)}.{rest}" : key;

    internal override bool IsUnused(string part) => part is "aux1" or "aux2";
}
