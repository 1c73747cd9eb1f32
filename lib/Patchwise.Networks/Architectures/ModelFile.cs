using Patchwise.Onnx;

namespace Patchwise;

/// <summary>A file of a network: weights of a known one, an ONNX model, or a TorchScript program. Weights stay mapped until this is disposed.</summary>
sealed class ModelFile : IDisposable
{
    readonly Checkpoint? _checkpoint;

    internal string Path { get; }

    /// <summary>As given, or as the file or its JSON states it; the classes may be missing.</summary>
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
            Card = card ?? ModelCard.Beside(path, Onnx.Card, Onnx.PatchSize);
            return;
        }
        Card = card ?? ModelCard.Beside(path);
        if (TorchFile.IsProgram(path))
            return;
        _checkpoint = Checkpoint.Open(path);
        try
        {
            Network = Network.Recognise(_checkpoint, Card.Architecture);
            Card = Card.WithClasses(Network.Classes, path) with { Architecture = Network.Architecture };
            if (Network.FixedSide is { } side && side != Card.Patch)
                throw new BadInputException(
                    $"{path} is {Network.Architecture} in torchvision's form, which takes patches of {side} px, its card says {Card.Patch}");
        }
        catch
        {
            _checkpoint.Dispose();
            throw;
        }
    }

    internal static bool IsOnnx(string path) => System.IO.Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Told by a runtime that does not give the features.</summary>
    internal void LacksFeatures() => Onnx = Onnx! with { Features = null };

    /// <summary>The operations and weights.</summary>
    /// <exception cref="BadInputException">The file is an ONNX model or a TorchScript program, which has its own.</exception>
    internal NetworkProgram Program => Network is null
        ? throw new BadInputException(
            $"{Path} runs in {(IsScript ? "libtorch (engine torch)" : "ONNX Runtime (engine onnx)")} only: give the weights as .pth or .safetensors for "
                + $"another engine")
        : new(Network, _checkpoint!);

    /// <summary>The network as ONNX, with a card in it.</summary>
    /// <exception cref="BadInputException">The file brings its own operations, or a weight is not a finite number.</exception>
    internal ModelProto ToOnnx(ModelCard card)
    {
        var model = OnnxWriter.Write(Program, Network!, typeof(ModelFile).Assembly.GetName().Version!.ToString(3));
        model.MetadataProps.Add(new StringStringEntryProto { Key = ModelCard.OnnxKey, Value = card.ToJson() });
        return model;
    }

    public void Dispose() => _checkpoint?.Dispose();
}
