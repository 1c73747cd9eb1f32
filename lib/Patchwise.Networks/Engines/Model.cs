using System.Globalization;
using Google.Protobuf;

namespace Patchwise;

/// <summary>
/// A network with its weights and its card. The file stays mapped until this is disposed; engines made from it live on their own.
/// </summary>
public sealed class Model : IDisposable
{
    internal ModelFile File { get; }

    /// <summary>The file of weights.</summary>
    public string Path => File.Path;
    public ModelCard Card { get; }

    /// <summary>Whether the network itself ends in a softmax, so that none must follow.</summary>
    internal ModelOutput Output { get; }

    /// <summary>Shapes of the weights of a TorchScript program; empty for other files.</summary>
    internal IReadOnlyList<long[]> Weights { get; } = [];

    Model(ModelFile file)
    {
        (File, Card, Output) = (file, file.Card, file.Card.Output ?? file.Onnx?.Output ?? ModelOutput.Logits);
        if (file.Onnx is not null)
        {
            using var engine = OnnxEngine.Of(file, PatchScaling.None, new(Threads: 1, Optimise: false));
            Card = Card.WithClasses(engine.Classes, Path);
            if (engine.PatchSize is { } size)
                Card = Card.WithPatches(size, Path);
            if (engine.Features == 0)
                file.LacksFeatures();
        }
        else if (file.IsScript)
        {
            using var engine = TorchEngine.Of(file, Card, new(Device: "cpu"));
            (Card, Weights) = (Card.WithClasses(engine.Classes, Path), engine.Weights);
            Output = Card.Output ?? (engine.EndsInSoftmax ? ModelOutput.Probabilities : ModelOutput.Logits);
        }
    }

    static Model Of(string path, ModelCard? card)
    {
        var file = new ModelFile(path, card);
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a model of the manifest by its id, or a user's file of weights or program (.pth, .pt, .safetensors, .onnx) with its card beside it.
    /// </summary>
    /// <param name="nameOrFile">Such as resnet18-kather100k, or a path.</param>
    /// <exception cref="BadInputException">It is not there, is damaged, or is no network that is known here: the message says what was found.</exception>
    public static Model Open(string nameOrFile)
    {
        if (IsFile(nameOrFile))
            return Of(nameOrFile, null);
        var data = Manifest.Load().Locate(nameOrFile);
        return Of(data.Files[0], ModelCard.Of(data));
    }

    /// <summary>As <see cref="Open"/>, but null for a model of the manifest that is not on this machine.</summary>
    /// <param name="note">That the model is ready, or how to fetch it; one line.</param>
    public static Model? TryOpen(string nameOrFile, out string note)
    {
        if (!IsFile(nameOrFile) && Manifest.Load() is var manifest && manifest[nameOrFile] is var entry && manifest.TryLocate(entry) is null)
        {
            note = manifest.HowToGet(entry);
            return null;
        }
        var model = Open(nameOrFile);
        note = string.Create(CultureInfo.InvariantCulture, $"{model.Card.Name} is ready: {model.Card.Classes.Count} classes, patches of {model.Card.Patch} px");
        return model;
    }

    internal static bool IsFile(string text) => string.IsNullOrWhiteSpace(text)
        ? throw new BadInputException($"'{text}' names no model: expected the id of one, such as resnet18-kather100k, or a file of weights")
        : System.IO.File.Exists(text) || text.Contains(System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
        || System.IO.Path.GetExtension(text).ToLowerInvariant() is ".pth" or ".pt" or ".safetensors" or ".onnx";

    /// <summary>Writes the network as ONNX, with its card: input "patches" [batch, 3, height, width], outputs "logits" and "features".</summary>
    /// <exception cref="BadInputException">The model is one already, the name does not end in .onnx, or a weight is not a finite number.</exception>
    public void ExportOnnx(string path)
    {
        if (File.Network is null)
            throw new BadInputException(File.IsScript ? $"{Path} is a TorchScript program: export it with torch.onnx.export where it was made"
                : $"{Path} is an ONNX model already: copy it");
        if (!ModelFile.IsOnnx(path))
            throw new BadInputException($"{path} is no name for an ONNX model: expected one that ends in .onnx");
        var model = File.ToOnnx(Card);
        WholeFile.Write(path, model.WriteTo);
    }

    /// <summary>
    /// The card, the layers, the parameters and the operations a patch, as lines of text; of a model of the manifest also where it is not on this machine.
    /// </summary>
    public static string Describe(string nameOrFile)
    {
        if (!IsFile(nameOrFile) && Manifest.Load() is var manifest && manifest[nameOrFile] is { IsEmbedded: false } entry && manifest.TryLocate(entry) is null)
            return ModelReport.Of(ModelCard.Of(entry, null), $"not on this machine: fetch it with 'patchwise data fetch {entry.Id}'");
        using var model = Open(nameOrFile);
        return model.ToString();
    }

    public override string ToString() => ModelReport.Of(this);

    public void Dispose() => File.Dispose();
}
