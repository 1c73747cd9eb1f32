using System.Security.Cryptography;

namespace Patchwise;

/// <summary>
/// A network in 8 bits: quantized on patches of what is predicted first, and kept beside the file of its weights for the next time. What is kept says of what
/// it was made, so that a changed network, or a file that is damaged, is quantized anew. So is one that does not suit what is predicted: ranges of values that
/// were taken from other patches may cut these off, so some of each input are compared with float32 before the rest is predicted.
/// </summary>
sealed class KeptQuantized : IDisposable
{
    /// <summary>One of so many patches is compared at first, but so many at least and at most.</summary>
    const int OneOf = 16, Fewest = 32, Most = 64;

    internal static string Place => OnnxEngine.PlaceOf("int8");

    readonly Lock _lock = new();
    readonly EngineOptions _options;
    readonly Action<string> _notice;
    readonly Quantizer _quantizer;

    /// <summary>Those that were used, the last one last: a prediction on another thread may still run an older one.</summary>
    readonly List<(OnnxEngine Engine, string Digest)> _networks = [];

    /// <summary>No network's ending, so that a folder with one network still has one.</summary>
    internal string Path { get; }

    /// <summary>Of the network that was used last; null before there is one.</summary>
    internal string? Digest => _networks is [.., var last] ? last.Digest : null;

    /// <param name="model">It may be disposed before this is.</param>
    internal KeptQuantized(Model model, EngineOptions options)
    {
        if (options.Engine == EngineKind.Torch || options.Gpu is not null)
            throw new BadInputException($"precision Int8 with engine {options.Engine} on device {options.Device}: ONNX Runtime computes in 8 bits, on the CPU; "
                + "leave engine and device out, or take Float16 on a GPU");
        (_quantizer, _options, _notice, Path) = (new(model), options, options.Notice ?? Console.Error.WriteLine, $"{model.Path}.int8");
    }

    /// <summary>An engine, which is this one's, and the digest of its network.</summary>
    /// <param name="feed">Its patches are quantized on where nothing is kept that suits them.</param>
    /// <exception cref="BadInputException">Too few patches, or both forms agree on too few of them: nothing is kept then.</exception>
    internal (InferenceEngine Engine, string Digest) Of(PatchFeed feed, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_networks.Count == 0 && Kept() is { } kept)
                _networks.Add(Opened(kept));
            var suits = Suiting(feed, cancel);
            var network = suits < 0 ? Opened(Made(feed, cancel)) : _networks[suits];
            _networks.Remove(network);
            _networks.Add(network);
            return network;
        }
    }

    (OnnxEngine Engine, string Digest) Opened(byte[] model)
    {
        var engine = _quantizer.Engine(model, _options.Threads);
        Quantizer.Forget();
        return (engine, $"sha256 {Convert.ToHexStringLower(SHA256.HashData(model))}");
    }

    /// <returns>The place of the one that was used last of those that suit these patches; -1: none does.</returns>
    int Suiting(PatchFeed feed, CancellationToken cancel)
    {
        if (_networks.Count == 0)
            return -1;
        // Opened for each input (0.1 s of resnet18), since a second network would else stay in memory.
        using var exact = _quantizer.Engine(threads: _options.Threads);
        return _networks.FindLastIndex(one => Suits(one.Engine, exact, feed, cancel));
    }

    /// <summary>
    /// Whether it gives enough of a few of these patches, or else of all that are looked at, the class that float32 gives.
    /// </summary>
    bool Suits(OnnxEngine engine, OnnxEngine exact, PatchFeed feed, CancellationToken cancel)
    {
        var few = Quantizer.Sample(feed, Math.Clamp(feed.Count / OneOf, Fewest, Most), cancel);
        if (Agreement(few) >= _options.LeastAgreement)
            return true;
        var all = Quantizer.Sample(feed, Quantizer.Patches, cancel);
        var agreement = Agreement(all);
        var suits = agreement >= _options.LeastAgreement;
        _notice(Invariant($"8 bits: {100 * agreement:0.0} % of {all.Length} patches of {feed.Name} get the class that float32 gives them")
            + (suits ? "" : Invariant($", expected at least {100 * _options.LeastAgreement:0.0} %: the network was quantized on patches of another kind")));
        return suits;

        double Agreement(byte[][] patches)
        {
            // Where none can be read there is nothing to predict.
            if (patches.Length == 0)
                return 1;
            var found = _quantizer.Compared(exact, engine, patches, feed.Size, cancel);
            if (found.Agreement >= _options.LeastAgreement && found.Novelty < _options.LeastAgreement)
                _notice(Invariant($"8 bits: {100 * found.Novelty:0.0} % of {patches.Length} patches of {feed.Name} are as familiar as in float32 ")
                    + "(novelty up to 1, or above): where novelty matters, predict in float32");
            return found.Agreement;
        }
    }

    byte[]? Kept()
    {
        try
        {
            if (!File.Exists(Path))
                return null;
            var bytes = File.ReadAllBytes(Path);
            if (_quantizer.Check(bytes) is { } told && told.Agreement >= _options.LeastAgreement)
                return bytes;
            _notice($"{Path} is damaged, or of another network, or agrees with it too little: quantized anew");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _notice($"{Path} cannot be read: {error.Message}; quantized anew");
        }
        return null;
    }

    byte[] Made(PatchFeed feed, CancellationToken cancel)
    {
        var patches = Quantizer.Sample(feed, Quantizer.Patches, cancel);
        var (bytes, told) = _quantizer.Run(patches, feed.Size, new() { LeastAgreement = _options.LeastAgreement }, cancel);
        _notice($"quantized to 8 bits on patches of {feed.Name}: "
            + Invariant($"{100 * told.Agreement:0.0} % of {told.Patches} get the class that ")
            + Invariant($"float32 gives them, no probability changes by more than {told.LargestShift:0.000}")
            + (told.NoveltyAgreement is { } novelty ? Invariant($", {100 * novelty:0.0} % are as familiar (novelty up to 1, or above)") : ""));
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

    public void Dispose()
    {
        foreach (var (engine, _) in _networks)
            engine.Dispose();
    }
}
