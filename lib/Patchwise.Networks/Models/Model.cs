using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise;

/// <summary>
/// A network with its weights and its card. The file stays mapped until this is disposed; engines made from it live on their own.
/// </summary>
[TypeFormatterSource(typeof(NotebookFormatters), PreferredMimeTypes = [NotebookFormatters.Html, NotebookFormatters.Text])]
public sealed class Model : IDisposable, INotebookView
{
    readonly Checkpoint? _checkpoint;
    readonly Network? _network;
    readonly OnnxFile? _onnx;
    readonly TorchShim.Description? _script;

    /// <summary>The file of weights.</summary>
    public string Path { get; }
    public ModelCard Card { get; }

    /// <summary>Whether the network itself ends in a softmax, so that none must follow.</summary>
    internal ModelOutput Output { get; }

    /// <param name="card">Null for a user's file, which has it beside it or in it, or does without.</param>
    Model(string path, ModelCard? card)
    {
        Path = path;
        if (IsOnnx(path))
        {
            _onnx = OnnxFile.Open(path);
            using var engine = CreateEngine(PatchScaling.None, new(Threads: 1, Optimise: false));
            Card = (card ?? UserCard(path, _onnx.Card, engine.PatchSize)).WithClasses(engine.Classes, path);
            if (engine.PatchSize is { } size)
                if (size.Width != size.Height)
                    throw new BadInputException($"{path} takes patches of {size} px: expected square ones; export it so");
                else if (size.Width != Card.Patch)
                    throw new BadInputException($"{path} takes patches of {size} px, its card says {Card.Patch}: put \"patch\" and \"stride\" right in {CardPath(path)}");
            Output = Card.Output ?? _onnx.Output;
            if (engine.Features == 0)
                _onnx = _onnx with { Features = null };
            return;
        }
        card ??= UserCard(path);
        if (TorchFile.IsProgram(path))
        {
            using var engine = TorchEngine.Load(path, card, new(Device: "cpu"));
            (Card, _script) = (card.WithClasses(engine.Classes, path), engine.Description);
            Output = Card.Output ?? (engine.Description.Probabilities != 0 ? ModelOutput.Probabilities : ModelOutput.Logits);
            return;
        }
        _checkpoint = Checkpoint.Open(path);
        try
        {
            _network = Network.Recognise(_checkpoint, card.Architecture);
            Card = card.WithClasses(_network.Classes, path) with { Architecture = _network.Architecture };
            Output = ModelOutput.Logits;
            if (_network.FixedSide is { } side && side != Card.Patch)
                throw new BadInputException($"{path} is {_network.Architecture} in torchvision's form, which takes patches of {side} px, its card says {Card.Patch}");
        }
        catch
        {
            _checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Opens a model of the manifest by its id, or a user's file of weights or program (.pth, .pt, .safetensors, .onnx) with its card beside it.</summary>
    /// <param name="nameOrFile">Such as resnet18-kather100k, or a path.</param>
    /// <exception cref="BadInputException">It is not there, is damaged, or is no network that is known here: the message says what was found.</exception>
    public static Model Open(string nameOrFile)
    {
        if (!IsFile(nameOrFile))
        {
            var data = Manifest.Load().Locate(nameOrFile);
            return new(data.Files[0], ModelCard.Of(data));
        }
        return new(nameOrFile, null);
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

    static bool IsFile(string text) => string.IsNullOrWhiteSpace(text)
        ? throw new BadInputException($"'{text}' names no model: expected the id of one, such as resnet18-kather100k, or a file of weights")
        : File.Exists(text) || text.Contains(System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
        || System.IO.Path.GetExtension(text).ToLowerInvariant() is ".pth" or ".pt" or ".safetensors" or ".onnx";

    static bool IsOnnx(string path) => System.IO.Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    static string CardPath(string path) => System.IO.Path.ChangeExtension(path, ".json");

    /// <param name="inside">The card that the file itself holds; one beside it comes first.</param>
    /// <param name="size">Of the only patches that the file takes, for a card that states none.</param>
    static ModelCard UserCard(string path, string? inside = null, PixelSize? size = null)
    {
        var (card, name) = (CardPath(path), System.IO.Path.GetFileNameWithoutExtension(path));
        return File.Exists(card) ? ModelCard.Parse(File.ReadAllText(card), name, card, size?.Width)
            : ModelCard.Parse(inside ?? "{}", name, path, size?.Width);
    }

    /// <summary>An engine of ONNX Runtime on the CPU; the caller disposes it.</summary>
    /// <exception cref="BadInputException">A weight is not a finite number, or the runtime refuses the file.</exception>
    internal OnnxEngine CreateEngine(OnnxOptions? options = null) => CreateEngine(new(Card), (options ?? new()) with { Copies = Card.Orientations });

    OnnxEngine CreateEngine(PatchScaling scaling, OnnxOptions? options) => _onnx is not null
        ? new(_onnx.Model, Path, scaling, options, _onnx.Logits, _onnx.Features, _onnx.Folder)
        : new(ToOnnx().ToByteArray(), Path, scaling, options, OnnxWriter.Logits, OnnxWriter.Features);

    /// <summary>An engine of libtorch on the device asked for; the caller disposes it.</summary>
    /// <exception cref="BadInputException">A weight is not a finite number, libtorch refuses the file, or there is no such device.</exception>
    internal TorchEngine CreateTorchEngine(EngineOptions options)
    {
        if (IsTorchScript)
            return TorchEngine.Load(Path, Card, options);
        var program = Program;
        return TorchEngine.Compile(TorchScriptWriter.Write(program), TorchScriptWriter.Values(program), Path, Card, options, _network!.FixedSide is { } side ? new(side, side) : null);
    }

    /// <summary>A program of libtorch, which no other engine runs.</summary>
    internal bool IsTorchScript => _script is not null;

    /// <summary>An .onnx file, which no other engine runs.</summary>
    internal bool IsOnnxFile => _onnx is not null;

    /// <summary>The operations and weights.</summary>
    /// <exception cref="BadInputException">The model is an .onnx file or a TorchScript program, which has its own.</exception>
    NetworkProgram Program => _network is null
        ? throw new BadInputException($"{Path} runs in {(IsTorchScript ? "libtorch (engine torch)" : "ONNX Runtime (engine onnx)")} only: give the weights as .pth or .safetensors for another engine")
        : new(_network, _checkpoint!);

    /// <summary>The model as ONNX, and its tensors from which a head can take features, the shallowest first.</summary>
    /// <exception cref="BadInputException">An .onnx file does not end in a linear layer, keeps its weights elsewhere or is of too old a form.</exception>
    internal (ModelProto Onnx, IReadOnlyList<FeatureDepth> Depths) Backbone()
    {
        if (_network is not null)
            return (ToOnnx(), FeatureDepth.Of(_network, Program, Card.Patch));
        using var engine = CreateEngine(new OnnxOptions(Threads: 1, Optimise: false));
        if (_onnx!.Features is not { } features)
            throw new BadInputException($"{Path} does not end in a linear layer, so that its features are not known: export the network with the layer that gives one value a class as its last");
        return (ModelProto.Parser.ParseFrom(_onnx.Model), [new(features, engine.Features, null)]);
    }

    ModelProto ToOnnx()
    {
        var model = OnnxWriter.Write(Program, _network!, typeof(Model).Assembly.GetName().Version!.ToString(3));
        model.MetadataProps.Add(new StringStringEntryProto { Key = ModelCard.OnnxKey, Value = Card.ToJson() });
        return model;
    }

    /// <summary>Writes the network as ONNX, with its card: input "patches" [batch, 3, height, width], outputs "logits" and "features".</summary>
    /// <exception cref="BadInputException">The model is one already, the name does not end in .onnx, or a weight is not a finite number.</exception>
    public void ExportOnnx(string path)
    {
        if (_network is null)
            throw new BadInputException(IsTorchScript ? $"{Path} is a TorchScript program: export it with torch.onnx.export where it was made" : $"{Path} is an ONNX model already: copy it");
        if (!IsOnnx(path))
            throw new BadInputException($"{path} is no name for an ONNX model: expected one that ends in .onnx");
        var model = ToOnnx();
        WholeFile.Write(path, model.WriteTo);
    }

    /// <summary>The card, the layers, the parameters and the operations a patch, as lines of text; of a model of the manifest also where it is not on this machine.</summary>
    public static string Describe(string nameOrFile)
    {
        if (!IsFile(nameOrFile))
        {
            var manifest = Manifest.Load();
            var entry = manifest[nameOrFile];
            var card = ModelCard.Of(entry, null);
            if (!entry.IsEmbedded && manifest.TryLocate(entry) is null)
                return Text(card, Network.Describe(card.Architecture!, pooled: true, card.Classes.Count), null, 0)
                    + $"file          not on this machine: fetch it with 'patchwise data fetch {entry.Id}'\n";
        }
        using var model = Open(nameOrFile);
        return model.ToString();
    }

    public override string ToString() => Text(Card, _network, _onnx, Card.Classes.Count, _script) + $"file          {Path}\n";

    static string Text(ModelCard card, Network? network, OnnxFile? onnx, int outputs, TorchShim.Description? script = null)
    {
        var text = new StringBuilder();
        void Line(string what, FormattableString value) => text.Append(what.PadRight(14)).Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line("model", $"{card.Name}");
        if (network is not null)
        {
            var convolutions = network.Layers.Count(layer => layer is Convolution);
            var linear = network.Layers.Count(layer => layer is Linear);
            Line("architecture", $"{network.Architecture}, keys as in {(network.IsPooled ? "TIAToolbox" : "torchvision")}");
            Line("layers", $"{convolutions + linear} with weights: {convolutions} convolutions, {linear} linear");
            Line("parameters", $"{network.Parameters:N0}");
            Line("operations", $"{network.Operations(card.Patch) / 1e9:0.000} billion multiply-adds a patch");
            Line("features", $"{network.Features.Channels} values before the last layer");
        }
        else if (script is { } program)
        {
            Line("architecture", $"TorchScript, {(program.Probabilities != 0 ? "ends in a softmax" : "gives logits")}, features not available");
            Line("layers", $"{program.Layers} with weights");
            Line("parameters", $"{program.Parameters:N0}");
        }
        else
        {
            Line("architecture", $"ONNX, {(onnx!.Output == ModelOutput.Probabilities ? "ends in a softmax" : "gives logits")}, {(onnx.Features is null ? "features not available" : "features available")}");
            Line("layers", $"{onnx.Layers} with weights");
            Line("parameters", $"{onnx.Parameters:N0}");
            Line("operations", $"{OnnxOperations.Text(onnx, card.Patch)}");
        }
        Line("patch", $"{card.Patch} x {card.Patch} px at {(card.Mpp is { } mpp ? string.Create(CultureInfo.InvariantCulture, $"{mpp.X} mpp") : "a resolution that is not stated")}, stride {card.Stride}");
        Line("scaling", $"{(card.Mean.All(mean => mean == 0) && card.Deviation.All(deviation => deviation == 1) ? "divide by 255, nothing else"
            : $"divide by 255, subtract {Numbers(card.Mean)}, divide by {Numbers(card.Deviation)}")}");
        Line("licence", $"{card.Licence ?? "not stated"}");
        if (card.Source is not null)
            Line("source", $"{card.Source}");
        if (card.Url is not null)
            Line("url", $"{card.Url}");
        Line("classes", $"{Math.Max(card.Classes.Count, outputs)}");
        foreach (var (index, known) in card.Classes.Index().Take(20))
            Line("", $"{index,4}  {known.Name}{(known.Title == known.Name ? "" : $"  {known.Title}")}  {known.Color}");
        if (card.Classes.Count > 20)
            Line("", $"      and {card.Classes.Count - 20} more");
        return text.ToString();
    }

    static string Numbers(IEnumerable<double> values) => string.Join(" ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));

    string? INotebookView.ToMime(string mimeType) => mimeType switch
    {
        NotebookFormatters.Html => $"<pre>{WebUtility.HtmlEncode(ToString())}</pre>",
        NotebookFormatters.Text => ToString(),
        _ => null,
    };

    public void Dispose() => _checkpoint?.Dispose();
}
