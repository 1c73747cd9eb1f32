namespace Patchwise;

/// <summary>How a <see cref="LinearHead"/> is trained and tested.</summary>
public sealed record HeadOptions
{
    /// <summary>For the cross-validation; null: leave one out, or of more than 200 patches ten parts.</summary>
    public int? Folds { get; init; }

    /// <summary>Deals the patches to the parts.</summary>
    public int Seed { get; init; }

    /// <summary>Average over the eight flips and rotations; without it a patch takes an eighth of the time.</summary>
    public bool Eight { get; init; } = true;

    /// <summary>Told how far the features are, which take longest.</summary>
    public Action<PredictionProgress>? Progress { get; init; }
}

/// <summary>
/// A classifier of one's own from a few labelled patches: the network stays as it is, one linear layer is learned on the means of its channels at several
/// depths, averaged over the eight flips and rotations of each patch.
/// <code>
///   var head = LinearHead.Train(Model.Open("mobilenet_v2-imagenet"), LabelledPatches.Open("nct-crc-he"), new(), cancel);
///   Evaluation.Of(head.CrossValidate(cancel))
///   head.Save("tissue.onnx");   // Model.Open opens it
/// </code>
/// </summary>
public sealed class LinearHead : ITabular
{
    /// <summary>Of patches: the work grows with the third power of their number.</summary>
    const int Most = 3000;

    readonly ModelProto _backbone;
    readonly IReadOnlyList<FeatureDepth> _depths;
    readonly ModelCard _card;
    readonly string _path;
    readonly HeadOptions _options;
    readonly LabelledPatches _patches;
    readonly PatchFeatures _features;

    /// <summary>For each patch a number that those share which may not be both learned from and tested on: copies, and those of one patient.</summary>
    readonly int[] _groups;
    readonly RidgeClassifier _classifier;
    readonly Lazy<Novelty> _novelty;
    /// <summary>A head of some patches may have too few to be tested.</summary>
    readonly Lazy<int[]> _folds;
    PredictionTable? _crossValidated;

    public IReadOnlyList<ClassInfo> Classes => _patches.Classes;

    /// <summary>
    /// Microns per pixel of the patches, at which the saved network reads slides: as given or stated of the set, as their files state them, else as the
    /// network's card does, which <see cref="MppSource"/> tells; null where nobody states any.
    /// </summary>
    public Mpp? Mpp { get; }

    /// <summary>Who says so, for the reader.</summary>
    public string MppSource { get; }

    /// <param name="features">Of the patches; asked of the head, whose network computes them.</param>
    LinearHead(ModelProto backbone, IReadOnlyList<FeatureDepth> depths, ModelCard card, string path, HeadOptions options, LabelledPatches patches,
        Func<LinearHead, PatchFeatures> features, bool isTested, CancellationToken cancel)
    {
        (_backbone, _depths, _card, _path, _options, _patches) = (backbone, depths, card, path, options, patches);
        _features = features(this);
        _groups = patches.Patients is { } patients ? Folds.Joined(_features.Groups, patients) : _features.Groups;
        (Mpp, MppSource) = ResolutionOf();
        _folds = new(() => Folds.Of(patches, _features.Groups, options.Folds, options.Seed));
        if (isTested)
            _ = _folds.Value;
        _classifier = Await(() => Fit(fold: -1), cancel);
        _novelty = new(() => Novelty.Of(_features.Rows, Channels, _groups));
    }

    static void Check(LabelledPatches patches)
    {
        if (patches.Count > Most)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"{patches.Count:N0} patches: a head is learned from {Most:N0} at most; choose some (Sample, in notebooks sample), or train a network"));
        foreach (var (label, known) in patches.Classes.Index())
            if (!patches.Labels.Contains(label))
                throw new BadInputException($"the class {known.Name} of {patches.Name} has no patch: add some, or take the class out");
    }

    /// <summary>Computes the features and learns the head. The model may be closed afterwards.</summary>
    /// <param name="model">
    /// Weights of a known architecture, which give several depths, or an .onnx file that ends in a linear layer, which gives the vector before it.
    /// </param>
    /// <param name="patches">
    /// Square and of one size, two or more of each class; of the size that the model's card states where the model takes no other. The saved network takes
    /// theirs.
    /// </param>
    /// <exception cref="BadInputException">The patches do not suit, or the model gives no features: the message says what to change.</exception>
    public static LinearHead Train(Model model, LabelledPatches patches, HeadOptions options, CancellationToken cancel)
    {
        Check(patches);
        var side = PatchFeatures.SideOf(patches, model);
        var (backbone, depths) = FeatureDepth.Backbone(model, side);
        return new(backbone, depths, model.Card with { Patch = side, Stride = side }, model.Path, options, patches, head =>
        {
            using var engine = head.Engine(new float[head.Channels.Sum() * patches.Classes.Count], new float[patches.Classes.Count]);
            return PatchFeatures.Of(patches, engine, side, options.Progress, cancel);
        }, true, cancel);
    }

    /// <summary>The same, learned from some of its patches only: a second in place of their features anew.</summary>
    /// <exception cref="BadInputException">One is none of its patches, or a class has too few.</exception>
    public LinearHead LearnedFrom(LabelledPatches some, CancellationToken cancel)
    {
        Check(some);
        var known = _patches.Files.Index().ToDictionary(one => one.Item, one => one.Index);
        int[] at = [.. some.Files.Select(file => known.TryGetValue(file, out var i) ? i : throw new BadInputException(
            $"{file} is none of the patches that the classifier was learned from: expected some of these, or LinearHead.Train"))];
        return new(_backbone, _depths, _card, _path, _options, some, _ => _features.Of(some.Files, at), false, cancel);
    }

    /// <summary>
    /// Divides its patches as <see cref="LabelledPatches.Split"/> does: what one trains on (<see cref="LearnedFrom"/>), and what one tests on. Equal
    /// images, turned or mirrored, are in one part, and so are the patches of a patient.
    /// </summary>
    /// <exception cref="BadInputException">As there.</exception>
    public (LabelledPatches Kept, LabelledPatches Held) Split(double share = 1 / 3.0, int seed = 7) => _patches.Split(share, seed, _groups);

    (Mpp? Mpp, string Source) ResolutionOf()
    {
        const string Cure = "state it when they are opened (mpp, in notebooks labelledMpp)";
        if (_patches.Mpp is not null)
            return (_patches.Mpp, $"as stated of {_patches.Name}");
        var stated = _features.Stated.OrderBy(one => one.Mpp.X).ToArray();
        if (stated is [var least, .., var most] && PatchFit.Differs(least.Mpp.X, most.Mpp.X))
            throw new BadInputException($"{least.File} states {least.Mpp}, {most.File} {most.Mpp}: a classifier is learned from patches of one resolution; "
                + $"bring them to one, or {Cure}");
        return stated.Length > 0 ? (stated[stated.Length / 2].Mpp, stated.Length == _patches.Count ? "as the patches' files state"
                : $"as the files of {stated.Length} of {_patches.Count} patches state")
            : _card.Mpp is not null ? (_card.Mpp, $"assumed, since the card of {_card.Name} states it and no patch states any; where it is another, {Cure}")
            : (null, $"no patch states any, nor does the network's card: slides cannot be read without; {Cure}");
    }

    int[] Channels => [.. _depths.Select(depth => depth.Channels)];

    /// <summary>Learned from the patches of all parts but one.</summary>
    RidgeClassifier Fit(int fold) => RidgeClassifier.Fit(_features.Rows, Channels,
        fold < 0 ? [.. Enumerable.Range(0, _patches.Count)]
            : [.. Enumerable.Range(0, _patches.Count).Where(i => _folds.Value[i] != fold)], _patches.Labels, Classes.Count, _groups);

    /// <summary>What MathNet does with large matrices takes a minute and cannot be stopped: who waits is let go, and the result is dropped.</summary>
    static T Await<T>(Func<T> work, CancellationToken cancel) => Task.Run(work, cancel).WaitAsync(cancel).GetAwaiter().GetResult();

    ModelProto Onnx(float[] weight, float[] bias, Novelty? novelty = null) =>
        HeadGraph.Write(_backbone.Clone(), _depths, _card.Patch, _options.Eight, weight, bias, _path, novelty: novelty);

    OnnxEngine Engine(float[] weight, float[] bias) =>
        new(Onnx(weight, bias).ToByteArray(), _path, new PatchScaling(_card), logits: OnnxWriter.Logits, features: OnnxWriter.Features,
        folder: Path.GetDirectoryName(Path.GetFullPath(_path)));

    /// <summary>
    /// Each patch as predicted by a head that was trained on the others: one at a time is left out, or one part of several. Standardisation, penalty and
    /// sharpness are found anew from the training patches alone each time; equal images, turned or mirrored, are left out together. So are patches of one
    /// patient where patients are known (<see cref="LabelledPatches.Patients"/>): only then does it tell how well a head does on others. Computed once, then
    /// kept.
    /// </summary>
    public PredictionTable CrossValidate(CancellationToken cancel) => _crossValidated ??= Await(() =>
    {
        var found = new float[_patches.Count][];
        Parallel.For(0, _folds.Value.Max() + 1, new ParallelOptions { CancellationToken = cancel }, fold =>
        {
            var classifier = Fit(fold);
            foreach (var (i, _) in _folds.Value.Index().Where(part => part.Item == fold))
                found[i] = classifier.Predict(_features.Rows[i]);
        });
        return Table($"{Name}, {Testing}", _patches, found, _novelty.Value.LeftOut);
    }, cancel);

    /// <summary>Predicts other patches; those of the same classes have labels in the result.</summary>
    /// <exception cref="BadInputException">A patch is of another size, or has a class that the head does not know.</exception>
    public PredictionTable Predict(LabelledPatches patches, CancellationToken cancel)
    {
        patches = patches.As(Classes);
        using var engine = Engine(_classifier.Weight, _classifier.Bias);
        var rows = PatchFeatures.Of(patches, engine, _card.Patch, null, cancel).Rows;
        return Table(Name, patches, Array.ConvertAll(rows, _classifier.Predict), Array.ConvertAll(rows, _novelty.Value.Of));
    }

    PredictionTable Table(string model, LabelledPatches patches, float[][] probabilities, double[] novelty)
    {
        var whole = new Box(0, 0, _card.Patch, _card.Patch);
        return new(model, Classes, [.. patches.Files.Select((file, i) => new PredictionSource(file) { Mpp = patches.Mpp, Patient = patches.Patients?[i] })],
            [.. probabilities.Select((of, i) => new Prediction(i, whole, whole, of.IndexOf(of.Max()), of.Max(), patches.Labels[i])
            { Novelty = (float)novelty[i] })],
                [.. probabilities.SelectMany(of => of)]);
    }

    /// <summary>
    /// Writes the network with this head as one .onnx file, its card inside: classes, patch size, scaling, licences and sources. It needs nothing else.
    /// The averaging over eight orientations is part of it, and so is how far a patch is from those that were learned from (<see cref="Prediction.Novelty"/>),
    /// for which it keeps their features: 4 bytes each.
    /// </summary>
    /// <exception cref="BadInputException">The name does not end in .onnx, or the network keeps its weights in a file of their own.</exception>
    public void Save(string path)
    {
        static string From(string? source) => source is null ? "" : $" ({source})";
        var card = new ModelCard(Path.GetFileNameWithoutExtension(path), Classes, _card.Patch, _card.Patch, Mpp, _card.Mean,
            _card.Deviation, _card.Licence is null && _patches.Licence is null ? null
                : $"network: {_card.Licence ?? "not stated"}; patches: {_patches.Licence ?? "not stated"}",
            $"linear head on {_card.Name}{From(_card.Source)}, "
                + $"learned from {_patches.Count} patches of {_patches.Name}{From(_patches.Source)}")
        {
            Orientations = _card.Orientations * (_options.Eight ? 8 : 1),
            IsBgr = _card.IsBgr,
            Output = ModelOutput.Logits,
        };
        HeadGraph.Save(Onnx(_classifier.Weight, _classifier.Bias, _novelty.Value), card, path, _path);
    }

    string Name => $"linear head on {_card.Name}{(_options.Eight ? "" : ", one orientation")}";

    string Testing
    {
        get
        {
            var (parts, groups) = (_folds.Value.Distinct().Count(), _groups.Distinct().Count());
            return _patches.Patients is null ? parts == groups ? "leave-one-out" : $"{parts} folds"
                : parts == groups ? $"leave-one-patient-out, {groups} patients" : $"{parts} folds, {groups} patients kept apart";
        }
    }

    public override string ToString() => ToTable().ToString();

    public TextTable ToTable() => new(["", ""],
    [
        ["network", _card.Name],
        ["features", FormattableString.Invariant($"{_depths.Sum(depth => depth.Channels):N0}: ") + string.Join(", ",
            _depths.Select(depth => $"{depth.Channels} {(depth.Side is { } side ? $"at {side} x {side} px" : "before the last layer")}"))],
        ["orientations", _options.Eight ? "mean of eight" : "one"],
        ["patches", FormattableString.Invariant($"{_patches.Count:N0} of {_patches.Name}, {Classes.Count} classes")],
        ["resolution", $"{Mpp?.ToString() ?? "not known"}: {MppSource}"],
        ["penalty", FormattableString.Invariant($"{_classifier.Penalty:0.####}, chosen on left-out training patches among ")
            + FormattableString.Invariant($"{RidgeClassifier.Penalties[0]:0.####} to {RidgeClassifier.Penalties[^1]:0.####}")],
        ["cross-validation", Testing],
    ], "Linear head");
}
