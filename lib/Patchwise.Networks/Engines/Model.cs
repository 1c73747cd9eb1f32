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

    /// <summary>What was assumed, left out or found, which the user should know; a line each.</summary>
    public IReadOnlyList<string> Notes { get; }

    internal Outputs Outputs { get; }

    /// <summary>Shapes of the weights of a TorchScript program; empty for other files.</summary>
    internal IReadOnlyList<long[]> Weights { get; } = [];

    Model(ModelFile file)
    {
        (File, Card) = (file, file.Card);
        if (file.Network is { } network)
            Outputs = Outputs.Of(network, Card, Path);
        else if (file.Onnx is not null)
        {
            using var engine = WildOnnx(file);
            if (engine.PatchSize is { } size)
                Card = Card.WithPatches(size, Path);
            if (engine.Features == 0 && file.Onnx.Features is not null)
                file.LacksFeatures();
            Outputs = Outputs.Of(engine, Card, Path);
        }
        else
        {
            using var engine = TorchEngine.Of(file, Outputs.Wild(Card), new(Device: "cpu"));
            (Outputs, Weights) = (Outputs.Of(engine, Card, Path), engine.Weights);
        }
        Card = Card.WithClasses(Outputs.Values, Path);
        Notes = [.. ((string?[])[.. file.Network?.Notes ?? [], Card.Assumed(Path), Outputs.Note,
            file.Network?.TransformsInput == true && Card.TransformInput is null
                ? "GoogLeNet fine-tuned from torchvision's weights scales patches again, which its "
                + $"weights do not tell: not assumed; \"transformInput\": true in {CardFile.PathBeside(Path)} states it" : null]).OfType<string>()];
    }

    /// <summary>Where the vector of features cannot be had, without it.</summary>
    static OnnxEngine WildOnnx(ModelFile file)
    {
        OnnxEngine Open() => OnnxEngine.Of(file, new(Outputs.Wild(file.Card)), new(Threads: 1, Optimise: false));
        try
        {
            return Open();
        }
        catch (BadInputException) when (file.Onnx!.Features is not null)
        {
            file.LacksFeatures();
            return Open();
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
    /// Opens a model of the manifest by its id, or a user's file of weights or program (.pth, .pt, .ckpt, .safetensors, .onnx) with its card beside it, or a
    /// folder with one of them.
    /// </summary>
    /// <param name="nameOrFile">Such as resnet18-kather100k, or a path.</param>
    /// <exception cref="BadInputException">It is not there, is damaged, or is no network that is known here: the message says what was found.</exception>
    public static Model Open(string nameOrFile)
    {
        if (IsFile(nameOrFile))
            return Of(Directory.Exists(nameOrFile) ? ModelFile.In(nameOrFile) : nameOrFile, null);
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
        note = string.Create(CultureInfo.InvariantCulture, $"{model.Card.Name} is ready: {model.Card.Classes.Count} classes, patches of {model.Card.Patch} px")
            + string.Concat(model.Notes.Select(one => $"; {one}"));
        return model;
    }

    internal static bool IsFile(string text) => string.IsNullOrWhiteSpace(text)
        ? throw new BadInputException($"'{text}' names no model: expected the id of one, such as resnet18-kather100k, or a file of weights")
        : System.IO.File.Exists(text) || text.Contains(System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal) || ModelFile.IsNetwork(text)
        || (Directory.Exists(text) && Manifest.TryLoad()?.Entries.Any(entry => entry.Id == text) != true);

    /// <summary>Writes the network as ONNX, with its card: input "patches" [batch, 3, height, width], outputs "logits" and "features".</summary>
    /// <exception cref="BadInputException">The model is one already, the name does not end in .onnx, or a weight is not a finite number.</exception>
    public void ExportOnnx(string path)
    {
        if (File.Network is null)
            throw new BadInputException(File.IsScript ? $"{Path} is a TorchScript program: export it with torch.onnx.export where it was made"
                : $"{Path} is an ONNX model already: copy it");
        if (!ModelFile.IsOnnx(path))
            throw new BadInputException($"{path} is no name for an ONNX model: expected one that ends in .onnx");
        WholeFile.Write(path, File.ToOnnx(Card).WriteTo);
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
