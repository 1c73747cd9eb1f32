namespace Patchwise;

/// <summary>
/// A family of networks in torchvision's key names. The pooled form, in which TIAToolbox stores the Kather-100k networks, has the same body under
/// other names, then the mean over the patch and one linear layer.
/// </summary>
/// <param name="names">Of its networks.</param>
/// <param name="lastKey">The key of the last layer in torchvision's form.</param>
abstract class Family(string[] names, string lastKey)
{
    internal IReadOnlyList<string> Names => names;

    /// <summary>The layers before pooling, as torchvision's own module runs them up to the last one that the pooled form keeps.</summary>
    internal abstract Layer Body(string name, Layer patch);

    /// <summary>Pooling and the layers after it in torchvision's form: the features before the last layer, and that layer.</summary>
    internal (Layer Features, Layer Logits) Head(string name, Layer body, int classes)
    {
        var features = FeaturesOf(name, body);
        return (features, features.Linear(lastKey, classes));
    }

    /// <summary>What torchvision's last layer takes.</summary>
    protected virtual Layer FeaturesOf(string name, Layer body) => body.GlobalPool().Flatten();

    /// <summary>The key in the pooled form of a tensor of the body.</summary>
    internal virtual string PooledKey(string key) => "feat_extract" + key["features".Length..];

    /// <summary>The forms in which files have it: whether it is the pooled one, and its keys.</summary>
    internal virtual (bool Pooled, NetworkKeys Keys)[] Forms => [(true, NetworkKeys.Pooled), (false, NetworkKeys.Native)];

    /// <summary>The key here of a tensor in a file, where files of other versions of torchvision differ.</summary>
    internal virtual string Canonical(string key) => key;

    /// <summary>Whether what is stored under this name serves training only.</summary>
    internal virtual bool IsUnused(string part) => false;

    /// <summary>The side in px that the network is bound to; null where any patch of some size will do.</summary>
    internal virtual int? FixedSide => null;

    internal static readonly Family[] All = [new AlexNet(), new ResNet(), new DenseNet(), new MobileNetV2(), new MobileNetV3(), new GoogLeNet()];
}
