using System.Security.Cryptography;

namespace Patchwise;

/// <summary>
/// A network in 8 bits: quantized on patches of what is predicted first, and kept beside the file of its weights for the next time. What is kept says of what
/// it was made, so that a changed network, or a file that is damaged, is quantized anew.
/// </summary>
sealed class KeptQuantized : IDisposable
{
    internal static string Place => OnnxEngine.PlaceOf("int8");

    readonly Lock _lock = new();
    readonly EngineOptions _options;
    readonly Action<string> _notice;

    /// <summary>Holds the weights in float32, until there is an engine.</summary>
    Quantizer? _quantizer;
    OnnxEngine? _engine;

    /// <summary>No network's ending, so that a folder with one network still has one.</summary>
    internal string Path { get; }

    /// <summary>Of the network in use; null before there is one.</summary>
    internal string? Digest { get; private set; }

    /// <param name="model">It may be disposed before this is.</param>
    internal KeptQuantized(Model model, EngineOptions options)
    {
        if (options.Engine == EngineKind.Torch || options.Gpu is not null)
            throw new BadInputException($"precision Int8 with engine {options.Engine} on device {options.Device}: ONNX Runtime computes in 8 bits, on the CPU; "
                + "leave engine and device out, or take Float16 on a GPU");
        (_quantizer, _options, _notice, Path) = (new(model), options, options.Notice ?? Console.Error.WriteLine, $"{model.Path}.int8");
    }

    /// <summary>The engine; it is this one's.</summary>
    /// <param name="feed">Its patches are quantized on where nothing fitting is kept.</param>
    /// <exception cref="BadInputException">Too few patches, or both forms agree on too few of them: nothing is kept then.</exception>
    internal InferenceEngine Of(PatchFeed feed, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_quantizer is not { } quantizer)
                return _engine!;
            var bytes = Kept(quantizer) ?? Made(quantizer, feed, cancel);
            Digest = $"sha256 {Convert.ToHexStringLower(SHA256.HashData(bytes))}";
            _engine = quantizer.Engine(bytes, _options.Threads);
            _quantizer = null;
            Quantizer.Forget();
            return _engine;
        }
    }

    byte[]? Kept(Quantizer quantizer)
    {
        try
        {
            if (!File.Exists(Path))
                return null;
            var bytes = File.ReadAllBytes(Path);
            if (quantizer.Check(bytes) is { } told && told.Agreement >= _options.LeastAgreement)
                return bytes;
            _notice($"{Path} is damaged, or of another network, or agrees with it too little: quantized anew");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _notice($"{Path} cannot be read: {error.Message}; quantized anew");
        }
        return null;
    }

    byte[] Made(Quantizer quantizer, PatchFeed feed, CancellationToken cancel)
    {
        var (patches, size) = Quantizer.Sample(feed, cancel);
        var (bytes, told) = quantizer.Run(patches, size, new() { LeastAgreement = _options.LeastAgreement }, cancel);
        _notice($"quantized to 8 bits on patches of {feed.Name}: "
            + FormattableString.Invariant($"{100 * told.Agreement:0.0} % of {told.Patches} get the class that ")
            + FormattableString.Invariant($"float32 gives them, no probability changes by more than {told.LargestShift:0.000}"));
        try
        {
            WholeFile.Write(Path, stream => stream.Write(bytes));
            _notice($"kept as {Path}");
        }
        catch (PatchwiseException error)
        {
            // Another process keeps its own, or nothing may be written there.
            _notice($"not kept: {error.Message}");
        }
        return bytes;
    }

    public void Dispose() => _engine?.Dispose();
}
