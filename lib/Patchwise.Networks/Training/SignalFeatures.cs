namespace Patchwise;

/// <summary>
/// The features of a network for a <see cref="SignalTest"/>: the means of its channels at several depths, over the patch and over its middle half each way. Of
/// a network that takes patches of any size the input may be any; others take their own.
/// </summary>
public sealed class SignalFeatures : ISignalFeatures, IDisposable
{
    public string Name => throw new NotImplementedException();
    public string Digest => throw new NotImplementedException();
    public IReadOnlyList<int> Inputs(IReadOnlyList<int> asked) => throw new NotImplementedException();
    public IReadOnlyList<int> Parts(int input) => throw new NotImplementedException();
    public float[][] Of(IReadOnlyList<Raster> patches, CancellationToken cancel) => throw new NotImplementedException();
    public long? MultiplyAdds(int input) => throw new NotImplementedException();

    /// <param name="model">Weights of a known architecture, or an .onnx file that ends in a linear layer. It may be closed afterwards.</param>
    /// <exception cref="BadInputException">The model gives no features.</exception>
    public static SignalFeatures Of(Model model) => throw new NotImplementedException();

    /// <summary>
    /// Learns a classifier from the objects of a test at a setting and writes it with the network as one .onnx file, as <see cref="LinearHead.Save"/> does. It
    /// takes patches as they are read at the setting's magnification, and enlarges them itself.
    /// </summary>
    /// <param name="setting">Null: the suggested one, or the best where none is.</param>
    /// <exception cref="BadInputException">The name does not end in .onnx.</exception>
    public void SaveHead(SignalTest test, string path, SignalSetting? setting, CancellationToken cancel) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
