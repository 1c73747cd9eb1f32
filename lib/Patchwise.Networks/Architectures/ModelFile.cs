using Patchwise.Onnx;

namespace Patchwise;

/// <summary>A file of a network: weights of a known one, an ONNX model, or a TorchScript program. Weights are read until this is disposed.</summary>
sealed class ModelFile : IDisposable
{
    /// <summary>Of files of networks; the first of two is taken from a folder that has both of one name.</summary>
    static readonly string[] Endings = [".safetensors", ".onnx", ".pt", ".pth", ".ckpt", ".bin"];

    readonly Checkpoint? _checkpoint;

    internal string Path { get; }

    /// <summary>As given, or as the file or a JSON beside it states it; the classes may be missing.</summary>
    internal ModelCard Card { get; }

    /// <summary>The network whose weights these are; null for a file that brings its own.</summary>
    internal Network? Network { get; }

    /// <summary>An ONNX model, which no other engine runs.</summary>
    internal OnnxFile? Onnx { get; private set; }

    /// <summary>A program of libtorch, which no other engine runs.</summary>
    internal bool IsScript => Network is null && Onnx is null;

    /// <param name="card">Null for a user's file, which has it beside it or in it, or does without.</param>
    /// <exception cref="BadInputException">It is not there, is damaged, or holds no network that is known here.</exception>
    internal ModelFile(string path, ModelCard? card)
    {
        Path = path;
        if (IsOnnx(path))
        {
            Onnx = OnnxFile.Open(path);
            Card = card ?? CardFile.Beside(path, Onnx.Card, Onnx.PatchSize);
        }
        else
            Card = card ?? CardFile.Beside(path);
        if (Onnx is null && !TorchFile.IsProgram(path))
            _checkpoint = Checkpoint.Open(path);
        try
        {
            if (_checkpoint is not null)
            {
                Network = Recognition.Of(_checkpoint, Card.Architecture, Card.Weights);
                Card = Card.WithClasses(Network.Classes, path) with { Architecture = Network.Architecture };
            }
            if (Network?.FixedSide is { } side && side != Card.Patch)
                throw new BadInputException(
                    $"{path} is {Network.Architecture} in torchvision's form, which takes patches of {side} px, its card says {Card.Patch}");
            if (Card.TransformInput is not null && (Network is null || !Network.TransformsInput))
                throw new BadInputException($"\"transformInput\" of the card of {path} is for weights of GoogLeNet in torchvision's form: leave it out");
            if (Network is not null && (Card.Layout ?? ModelLayout.Nchw, Card.Samples ?? ModelSamples.Scaled, Card.OutputName)
                is not (ModelLayout.Nchw, ModelSamples.Scaled, null))
                throw new BadInputException($"\"layout\", \"samples\" and \"outputName\" of the card of {path} are for .onnx and TorchScript: leave them out");
        }
        catch
        {
            _checkpoint?.Dispose();
            throw;
        }
    }

    internal static bool IsNetwork(string path) => Endings.Contains(System.IO.Path.GetExtension(path).ToLowerInvariant());

    internal static bool IsOnnx(string path) => System.IO.Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>The file of the network in a folder as models are published.</summary>
    /// <exception cref="BadInputException">There is none, or more than one.</exception>
    internal static string In(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Where(IsNetwork).OrderBy(file => file, StringComparer.Ordinal)];
        // Hugging Face has the same weights in two forms.
        if (Array.Find(files, file => System.IO.Path.GetFileName(file) == "model.safetensors") is { } known)
            files = [known, .. files.Where(file => file != known && System.IO.Path.GetFileName(file) != "pytorch_model.bin")];
        return files is [var only] ? only : throw new BadInputException(files.Length == 0
            ? $"{folder} is a folder without a network: expected one file that ends in {string.Join(", ", Endings)}"
            : $"{folder} is a folder with {files.Length} networks: name one of {string.Join(", ", files.Take(5).Select(System.IO.Path.GetFileName))}");
    }

    /// <summary>Told by a runtime that does not give the features.</summary>
    internal void LacksFeatures() => Onnx = Onnx!.WithoutFeatures();

    /// <summary>The operations and weights.</summary>
    /// <exception cref="BadInputException">The file is an ONNX model or a TorchScript program, which has its own.</exception>
    internal NetworkProgram Program => Network is not null ? new(Network) : throw new BadInputException(
        $"{Path} runs in {(IsScript ? "libtorch (engine torch)" : "ONNX Runtime (engine onnx)")} only: give the weights as .pth or "
            + ".safetensors for another engine");

    /// <summary>The network as ONNX, with a card in it.</summary>
    /// <exception cref="BadInputException">The file brings its own operations, or a weight is not a finite number.</exception>
    internal ModelProto ToOnnx(ModelCard card)
    {
        var model = OnnxWriter.Write(Program);
        var stated = card with { Output = card.Output ?? ModelOutput.Logits };
        model.MetadataProps.Add(new StringStringEntryProto { Key = ModelCard.OnnxKey, Value = stated.ToJson() });
        return model;
    }

    public void Dispose() => _checkpoint?.Dispose();
}
