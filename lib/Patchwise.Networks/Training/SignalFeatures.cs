using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Patchwise;

/// <summary>
/// The features of a network for a <see cref="SignalTest"/>: the means of its channels at several depths, over the patch and over its middle half each way. Of
/// a network that takes patches of any size the input may be any; others take their own.
/// </summary>
public sealed class SignalFeatures : ISignalFeatures, IDisposable
{
    readonly ModelProto _backbone;
    readonly NetworkProgram? _program;
    readonly IReadOnlyList<FeatureDepth> _depths;
    readonly ModelCard _card;
    readonly string _path;
    readonly string? _folder;
    readonly int? _only;

    /// <summary>Of each input side.</summary>
    readonly ConcurrentDictionary<int, Lazy<OnnxEngine?>> _engines = [];

    public string Name => _card.Name;
    public string Digest { get; }

    SignalFeatures(Model model)
    {
        (_backbone, _depths) = FeatureDepth.Backbone(model);
        (_card, _path, _program, _folder) = (model.Card, model.Path, model.Network is null ? null : model.Program, model.Onnx?.Folder);
        if (model.Network is { } network)
            _only = network.FixedSide;
        else
            using (var engine = OnnxEngine.Of(model, new(Threads: 1, Optimise: false)))
                _only = engine.PatchSize?.Width;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join(' ', _card.Mean.Concat(_card.Deviation)
            .Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
        if (_card.IsBgr)
            hash.AppendData("bgr"u8);
        hash.AppendData(_backbone.ToByteArray());
        Digest = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <param name="model">Weights of a known architecture, or an .onnx file that ends in a linear layer. It may be closed afterwards.</param>
    /// <exception cref="BadInputException">The model gives no features: a TorchScript program, or an .onnx file that does not end so.</exception>
    public static SignalFeatures Of(Model model) => new(model);

    public IReadOnlyList<int> Inputs(IReadOnlyList<int> asked) => _only is { } side ? [side] : [.. asked.Distinct().Where(input => Engine(input) is not null)];

    public IReadOnlyList<int> Parts(int input) => [.. Depths(input).Select(depth => depth.Channels)];

    /// <summary>Of a network whose layers are not known, only its vector of features.</summary>
    IEnumerable<FeatureDepth> Depths(int input) => _program is null ? _depths
        : FeatureDepth.Of(_program.Network, _program, input).SelectMany(depth => ((FeatureDepth?[])[depth, depth.OfMiddle]).OfType<FeatureDepth>());

    /// <summary>Null where the network does not take patches of that side.</summary>
    OnnxEngine? Engine(int input) => _engines.GetOrAdd(input, side => new(() =>
    {
        if ((_only ?? side) != side || _program?.Network.Takes(side) == false)
            return null;
        FeatureDepth[] depths = [.. Depths(side)];
        var length = depths.Sum(depth => depth.Channels);
        // One logit that nothing is asked of, as an engine has some. A thread a run: the same sums however many run at once.
        var graph = HeadGraph.Write(_backbone.Clone(), depths, side, false, new float[length], [0], _path);
        var engine = new OnnxEngine(graph.ToByteArray(), _path, new PatchScaling(_card), new(Threads: 1), OnnxWriter.Logits, OnnxWriter.Features, _folder);
        try
        {
            if (_program is null && _only is null)
                engine.Run(new byte[3 * side * side], 1, new(side, side), new float[engine.Classes], new float[length]);
            return engine;
        }
        catch (PatchwiseException)
        {
            engine.Dispose();
            return null;
        }
    })).Value;

    public float[][] Of(IReadOnlyList<Raster> patches, CancellationToken cancel)
    {
        var (side, count) = (patches[0].Width, patches.Count);
        var engine = Engine(side) ?? throw new BadInputException($"{Name} takes no patches of {side} px: expected "
            + (_only is { } only ? $"{only} px" : "larger ones"));
        var rgb = new byte[count * 3 * side * side];
        foreach (var (i, patch) in patches.Index())
            patch.AsBytes().CopyTo(rgb.AsSpan(i * 3 * side * side));
        var features = new float[count * engine.Features];
        engine.Run(rgb, count, new(side, side), new float[count * engine.Classes], features, cancel);
        return [.. features.Chunk(engine.Features)];
    }

    public long? MultiplyAdds(int input) => _program is { } program ? program.Network.Operations(input)
        : OnnxOperations.OfPatch(_backbone.ToByteArray(), _folder, input) is (var count, "") ? count : null;

    /// <summary>
    /// Learns a classifier from the objects of a test at a setting and writes it with the network as one .onnx file, as <see cref="LinearHead.Save"/> does. It
    /// takes patches as they are read at the setting's magnification, and enlarges them itself. Its card states microns per pixel where they are known of all
    /// images.
    /// </summary>
    /// <param name="setting">Null: the suggested one, or the best where none is.</param>
    /// <exception cref="BadInputException">The name does not end in .onnx, or the network keeps its weights in a file of their own.</exception>
    public void SaveHead(SignalTest test, string path, SignalSetting? setting, CancellationToken cancel)
    {
        var chosen = setting ?? (test.Suggested ?? test.Best).Setting;
        float[][] rows = [.. test.Patches(chosen, test.Objects, cancel).Chunk(16).AsParallel().AsOrdered().WithCancellation(cancel)
            .SelectMany(batch => Of(batch, cancel))];
        int[] labels = [.. test.Objects.Select(one => test.Classes.Index().First(known => known.Item == one.Class).Index)];
        var head = Task.Run(() => RidgeClassifier.Fit(rows, Parts(chosen.Input), [.. Enumerable.Range(0, rows.Length)], labels, test.Classes.Count,
            test.Groups), cancel).WaitAsync(cancel).GetAwaiter().GetResult();
        var enlarged = chosen.Patch < chosen.Input;
        var patch = enlarged ? chosen.Patch : chosen.Input;
        var card = new ModelCard(Path.GetFileNameWithoutExtension(path), [.. test.Classes.Select((name, k) => new ClassInfo(name, name, Palette.Distinct(k)))],
            patch, patch, test.Source.Mpp is { } mpp ? new Mpp(mpp.X * chosen.Field / patch, mpp.Y * chosen.Field / patch) : null, _card.Mean, _card.Deviation,
            _card.Licence is null ? null : $"network: {_card.Licence}; objects: not stated",
            string.Create(CultureInfo.InvariantCulture, $"linear head on {_card.Name}, learned from {rows.Length} objects of {test.Source.Name} at ")
                + chosen.Describe(test.Magnification))
        {
            Orientations = _card.Orientations,
            IsBgr = _card.IsBgr,
            Output = ModelOutput.Logits,
        };
        var graph = HeadGraph.Write(_backbone.Clone(), [.. Depths(chosen.Input)], patch, false, head.Weight, head.Bias, _path, enlarged ? chosen.Input : null);
        HeadGraph.Save(graph, card, path, _path);
    }

    public void Dispose()
    {
        foreach (var engine in _engines.Values.Where(engine => engine.IsValueCreated))
            engine.Value?.Dispose();
    }
}
