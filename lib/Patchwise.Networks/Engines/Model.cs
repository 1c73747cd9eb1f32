using SystemPath = System.IO.Path;

namespace Patchwise;

/// <summary>
/// A network with its weights and its card: weights of a known one, an ONNX model, or a TorchScript program. The file stays open until this is disposed;
/// engines made from it live on their own.
/// </summary>
public sealed class Model : IDisposable
{
    /// <summary>Of files of networks.</summary>
    static readonly string[] Endings = [".safetensors", ".onnx", ".pt", ".pth", ".ckpt", ".bin"];

    readonly Checkpoint? _checkpoint;

    /// <summary>The file of weights.</summary>
    public string Path { get; }
    public ModelCard Card { get; }

    /// <summary>What was assumed, left out or found, which the user should know; a line each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The network whose weights these are; null for a file that brings its own.</summary>
    internal Network? Network { get; }

    /// <summary>An ONNX model, which no other engine runs.</summary>
    internal OnnxFile? Onnx { get; private set; }

    /// <summary>A program of libtorch, which no other engine runs.</summary>
    internal bool IsScript => Network is null && Onnx is null;

    internal Outputs Outputs { get; }

    /// <summary>Shapes of the weights of a TorchScript program; empty for other files.</summary>
    internal IReadOnlyList<long[]> Weights { get; } = [];

    /// <param name="card">Null for a user's file, which has it beside it or in it, or does without.</param>
    Model(string path, ModelCard? card)
    {
        Path = path;
        try
        {
            Onnx = OnnxFile.IsName(path) ? OnnxFile.Open(path) : null;
            Card = card ?? CardFile.Beside(path, Onnx?.Card, Onnx?.PatchSize);
            if (Onnx is not null)
            {
                using var engine = WildOnnx();
                if (engine.PatchSize is { } size)
                    Card = Card.WithPatches(size, path);
                if (engine.Features == 0 && Onnx.Features is not null)
                    Onnx = Onnx.WithoutFeatures();
                Outputs = Outputs.Of(engine, Card, path, Onnx.EndsIn);
            }
            else if (TorchFile.IsProgram(path))
            {
                using var engine = TorchEngine.Of(this, Outputs.Wild(Card), new(Device: "cpu"));
                (Outputs, Weights) = (Outputs.Of(engine, Card, path, endsIn: null), engine.Weights);
            }
            else
            {
                _checkpoint = Checkpoint.Open(path);
                Network = Recognition.Of(_checkpoint, Card.Architecture, Card.Weights);
                Card = Card with { Architecture = Network.Architecture };
                if (Network.FixedSide is { } side && side != Card.Patch)
                    throw new BadInputException(
                        $"{path} is {Network.Architecture} in torchvision's form, which takes patches of {side} px, its card says {Card.Patch}");
                if (Card is not { Layout: null or ModelLayout.Nchw, Samples: null or ModelSamples.Scaled, OutputName: null })
                    throw new BadInputException(
                        $"\"layout\", \"samples\" and \"outputName\" of the card of {path} are for .onnx and TorchScript: leave them out");
                Outputs = new(Card.Output ?? ModelOutput.Logits, Network.Classes, path, Card.Output is not null || Network.Classes > 1);
            }
            if (Card.TransformInput is not null && Network is not { TransformsInput: true })
                throw new BadInputException($"\"transformInput\" of the card of {path} is for weights of GoogLeNet in torchvision's form: leave it out");
            if (Card.LastRelu is { } relu)
                Network = Network is not { MayLackRelu: true } ? throw new BadInputException(
                    $"\"lastRelu\" of the card of {path} is for weights of a DenseNet in torchvision's form: leave it out")
                    : relu ? Network : Network.WithoutLastRelu();
            Card = Card.WithClasses(Outputs.Values, path);
            Notes = [.. ((string?[])[.. Network?.Notes ?? [], Card.Assumed(path),
                Card.ReadFrom is { } other ? $"what it is for is taken from {other}; where that is of another network, put a card in "
                    + CardFile.PathBeside(path) : null,
                Outputs.Note, Network?.TransformsInput == true && Card.TransformInput is null
                ? "GoogLeNet fine-tuned from torchvision's weights scales patches again, which its weights do not tell: not assumed; "
                    + $"\"transformInput\": true in {CardFile.PathBeside(path)} states it" : null,
                Network is { MayLackRelu: true, HasOwnHead: true } && Card.LastRelu is null
                ? "its last layer is not torchvision's: whether a ReLU stands before the pooling, as in torchvision's DenseNet, the weights do not tell; it is "
                    + $"assumed, and \"lastRelu\": false in {CardFile.PathBeside(path)} leaves it out, as networks built on \"features\" alone need" : null,
                Onnx is { IsQuantized: true } ? "in 8 bits, for patches like those that it was quantized on: compare it with the network in float32 on others"
                    : null]).OfType<string>()];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the vector of features cannot be had, without it.</summary>
    OnnxEngine WildOnnx()
    {
        OnnxEngine Open() => OnnxEngine.Of(this, Outputs.Wild(Card), new(Threads: 1, Optimise: false));
        try
        {
            return Open();
        }
        catch (BadInputException) when (Onnx!.Features is not null)
        {
            Onnx = Onnx.WithoutFeatures();
            return Open();
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
            return new(Directory.Exists(nameOrFile) ? In(nameOrFile) : nameOrFile, null);
        var data = Manifest.Load().Locate(nameOrFile);
        return new(data.Files[0], ModelCard.Of(data.Entry, data.Files.FirstOrDefault(file => file.EndsWith("labels.txt", StringComparison.Ordinal))));
    }

    /// <summary>As <see cref="Open"/>, but null for a model of the manifest that is not on this machine.</summary>
    /// <param name="note">That the model is ready, or how to fetch it; one line.</param>
    public static Model? TryOpen(string nameOrFile, out string note)
    {
        if (Missing(nameOrFile) is { } entry)
        {
            note = Manifest.Load().HowToGet(entry);
            return null;
        }
        var model = Open(nameOrFile);
        note = string.Concat(model.Notes.Select(one => $"; {one}").Prepend(
            $"{model.Card.Name} is ready: {model.Card.Classes.Count} classes, patches of {model.Card.Patch} px"));
        return model;
    }

    /// <summary>The entry of a model of the manifest that is not on this machine.</summary>
    static ManifestEntry? Missing(string nameOrFile) =>
        !IsFile(nameOrFile) && Manifest.Load() is var manifest && manifest[nameOrFile] is var entry && manifest.TryLocate(entry) is null ? entry : null;

    static bool IsFile(string text) => string.IsNullOrWhiteSpace(text)
        ? throw new BadInputException($"'{text}' names no model: expected the id of one, such as resnet18-kather100k, or a file of weights")
        : File.Exists(text) || text.Contains(SystemPath.DirectorySeparatorChar, StringComparison.Ordinal) || IsNetwork(text)
        || (Directory.Exists(text) && Manifest.TryLoad()?.Entries.Any(entry => entry.Id == text) != true);

    static bool IsNetwork(string path) => Endings.Contains(SystemPath.GetExtension(path).ToLowerInvariant());

    /// <summary>The file of the network in a folder as models are published.</summary>
    static string In(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Where(IsNetwork).OrderBy(file => file, StringComparer.Ordinal)];
        // Hugging Face has the same weights in two forms.
        if (files.Any(file => SystemPath.GetFileName(file) == "model.safetensors"))
            files = [.. files.Where(file => SystemPath.GetFileName(file) != "pytorch_model.bin")];
        return files is [var only] ? only : throw new BadInputException(files.Length == 0
            ? $"{folder} is a folder without a network: expected one file that ends in {string.Join(", ", Endings)}"
            : $"{folder} is a folder with {files.Length} networks: name one of {string.Join(", ", files.Take(5).Select(SystemPath.GetFileName))}");
    }

    /// <summary>The operations and weights.</summary>
    internal NetworkProgram Program => Network is not null ? new(Network) : throw new BadInputException(
        $"{Path} runs in {(IsScript ? "libtorch (engine torch)" : "ONNX Runtime (engine onnx)")} only: give the weights as .pth or "
            + ".safetensors for another engine");

    /// <summary>The network as ONNX, with its card in it.</summary>
    internal ModelProto ToOnnx()
    {
        var model = OnnxWriter.Write(Program);
        OnnxFile.SetCard(model, Card with { Output = Card.Output ?? ModelOutput.Logits });
        return model;
    }

    /// <summary>Writes the network as ONNX, with its card: input "patches" [batch, 3, height, width], outputs "logits" and "features".</summary>
    /// <exception cref="BadInputException">The model is one already, the name does not end in .onnx, or a weight is not a finite number.</exception>
    public void ExportOnnx(string path)
    {
        if (Network is null)
            throw new BadInputException(IsScript ? $"{Path} is a TorchScript program: export it with torch.onnx.export where it was made"
                : $"{Path} is an ONNX model already: copy it");
        OnnxFile.CheckName(path);
        OnnxFile.CheckBeside(path, Card);
        WholeFile.Write(path, ToOnnx().WriteTo);
    }

    /// <summary>The networks of data-manifest.json that are published for the same classes: what their publishers state and what they cost.</summary>
    public static TextTable Published() => ModelReport.OfPublished(Manifest.Load());

    /// <summary>
    /// The card, the layers, the parameters and the operations a patch, as lines of text; of a model of the manifest also where it is not on this machine.
    /// </summary>
    public static string Describe(string nameOrFile)
    {
        if (Missing(nameOrFile) is { IsEmbedded: false } entry)
            return ModelReport.Of(ModelCard.Of(entry, null), $"not on this machine: fetch it with 'patchwise data fetch {entry.Id}'");
        using var model = Open(nameOrFile);
        return model.ToString();
    }

    /// <summary>What patches of several sizes cost the network; of a model of the manifest also where it is not on this machine.</summary>
    /// <param name="nameOrFile">As for <see cref="Open"/>: weights of a known architecture.</param>
    /// <param name="sizes">Sides of the patches, px.</param>
    /// <exception cref="BadInputException">As for <see cref="Open"/>, a file that brings its own program, or a size that the network does not take.</exception>
    public static PatchCosts Costs(string nameOrFile, IReadOnlyList<int> sizes)
    {
        if (Missing(nameOrFile) is { IsEmbedded: false } entry)
        {
            var card = ModelCard.Of(entry, null);
            return PatchCosts.Of(card.Name, Network.Describe(card.Architecture!, pooled: true, card.Classes.Count), sizes);
        }
        using var model = Open(nameOrFile);
        return PatchCosts.Of(model.Card.Name, model.Network ?? throw new BadInputException($"{model.Path} brings a program of its own, whose layers are not "
            + "counted here: expected weights of a known architecture, or the name of a model such as resnet18-kather100k"), sizes);
    }

    public override string ToString() => ModelReport.Of(Card, Path, this);

    public void Dispose() => _checkpoint?.Dispose();
}
