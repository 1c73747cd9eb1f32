namespace Patchwise;

/// <summary>Krizhevsky 2014, One weird trick for parallelizing convolutional neural networks, section 1, without the split over devices.</summary>
sealed class AlexNet() : Family(["alexnet"], "classifier.6")
{
    internal override Layer Body(string name, Layer patch) => patch
        .Conv("features.0", 64, 11, stride: 4, padding: 2, bias: true).Relu().MaxPool(3, 2)
        .Conv("features.3", 192, 5, padding: 2, bias: true).Relu().MaxPool(3, 2)
        .Conv("features.6", 384, 3, padding: 1, bias: true).Relu()
        .Conv("features.8", 256, 3, padding: 1, bias: true).Relu()
        .Conv("features.10", 256, 3, padding: 1, bias: true).Relu().MaxPool(3, 2);

    /// <summary>A patch of 224 px leaves 6 x 6 pixels, which the first linear layer takes as they are.</summary>
    protected override Layer FeaturesOf(string name, Layer body) =>
        body.Flatten(6 * 6).Linear("classifier.1", 4096).Relu().Linear("classifier.4", 4096).Relu();

    internal override int? FixedSide => 224;
}
