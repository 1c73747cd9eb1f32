namespace Patchwise;

/// <summary>
/// Tells the class of patches, of the patches of a tile and of those of a slide:
/// <code>
///   using var predictor = new PatchPredictor("resnet18-kather100k");
///   var predictions = predictor.Predict("patches");
/// </code>
/// A call takes no state from another, and several may run at once. Reading runs ahead of the network on threads of its own; besides the network and the table, memory
/// holds a few batches and what <see cref="Slide"/> keeps, whatever the number of patches.
/// </summary>
public sealed partial class PatchPredictor : IDisposable
{
    readonly IInferenceEngine _engine;
    readonly EngineOptions _options;
    readonly ModelOutput _output;
    readonly string _weights;
    readonly int _batch;

    /// <summary>Of the model.</summary>
    public ModelCard Card { get; }

    /// <summary>What runs the network, where and in which precision, such as ONNX Runtime on the CPU, float32.</summary>
    public string Place => _engine.Place;

    /// <summary>By id or file, see <see cref="Model.Open"/>.</summary>
    /// <param name="batch">Patches that go through the network together.</param>
    /// <param name="classes">A file with the name of a class a line, in the order of the network's outputs; null: as the model's card says.</param>
    /// <exception cref="BadInputException">There is no such model, or it cannot be run as asked.</exception>
    public PatchPredictor(string model, int batch = 32, EngineOptions? engine = null, string? classes = null) : this(Model.Open(model), batch, engine, owned: true)
    {
        if (classes is null)
            return;
        try
        {
            Card = Card.WithClassesOf(classes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <param name="model">It may be disposed before the predictor is.</param>
    public PatchPredictor(Model model, int batch = 32, EngineOptions? engine = null) : this(model, batch, engine, owned: false)
    {
    }

    PatchPredictor(Model model, int batch, EngineOptions? options, bool owned)
    {
        try
        {
            if (batch < 1)
                throw new BadInputException($"batches of {batch} patches: expected 1 or more");
            (_batch, _options, Card, _output, _weights) = (batch, options ?? new(), model.Card, model.Output, model.Path);
            _engine = Engines.Create(model, _options);
        }
        finally
        {
            if (owned)
                model.Dispose();
        }
    }

    /// <summary>
    /// By what the path is: of a folder every image in and below it is a patch; an image no larger than the model's patches is one; a larger one is a tile and what OpenSlide opens a slide,
    /// see <see cref="Predict(Slide, Resolution?, int?, int?, MaskChoice?, bool, ReadRule, Action{PredictionProgress}?, CancellationToken)"/>, to which the other parameters apply.
    /// Folders named by a class of the model (its name or title) tell what the patches in them are.
    /// </summary>
    /// <param name="path">A folder, a file, or the id of a data set in data-manifest.json.</param>
    /// <exception cref="BadInputException">There is nothing to predict, files are damaged, or patches differ in size: the message names the file.</exception>
    public PredictionTable Predict(string path, Resolution? at = null, int? patch = null, int? stride = null, MaskChoice? mask = null, bool keepProbabilities = true,
        ReadRule rule = ReadRule.Plain, Action<PredictionProgress>? progress = null, CancellationToken cancel = default)
    {
        if (!Path.Exists(path) && Manifest.TryLoad() is { } manifest && manifest.Entries.FirstOrDefault(entry => entry.Id == path) is { Kind: not DataKind.Model })
            path = manifest.Locate(path) is { Files: [var only] } ? only : manifest.Locate(path).Folder;
        if (Directory.Exists(path))
        {
            var (files, labels) = LabelledFolder.Read(path, Card.Classes);
            return Table(new FileFeed(path, files, labels), keepProbabilities, progress, cancel);
        }
        using var slide = Slide.Open(path);
        return slide.IsPlainImage && slide.Size.Width <= (patch ?? Card.Patch) && slide.Size.Height <= (patch ?? Card.Patch)
            ? Table(new FileFeed(path, [path], null), keepProbabilities, progress, cancel)
            : Predict(slide, at, patch, stride, mask, keepProbabilities, rule, progress, cancel);
    }

    /// <summary>Image files, each of which is one patch; all must have one size. Each is decoded once.</summary>
    /// <param name="labels">The class that each is known to be, by its number; null where it is not known.</param>
    public PredictionTable Predict(IEnumerable<string> files, IReadOnlyList<int?>? labels = null, bool keepProbabilities = true, Action<PredictionProgress>? progress = null,
        CancellationToken cancel = default) => Table(new FileFeed("the files given", [.. files], Checked(labels)), keepProbabilities, progress, cancel);

    /// <summary>Patches whose class is known.</summary>
    /// <exception cref="BadInputException">They have a class that is none of the model's: predict their files instead.</exception>
    public PredictionTable Predict(LabelledPatches patches, bool keepProbabilities = true, Action<PredictionProgress>? progress = null, CancellationToken cancel = default) =>
        Table(new FileFeed(patches.Name, patches.Files, [.. patches.As(Card.Classes).Labels]), keepProbabilities, progress, cancel);

    /// <summary>Images in memory, each of which is one patch; all must have one size.</summary>
    /// <param name="labels">As for files.</param>
    public PredictionTable Predict(IEnumerable<Raster> patches, IReadOnlyList<int?>? labels = null, bool keepProbabilities = true, Action<PredictionProgress>? progress = null,
        CancellationToken cancel = default) => Table(new RasterFeed([.. patches], Checked(labels)), keepProbabilities, progress, cancel);

    /// <summary>The patches of a slide, or of a tile, which is a plain image (<see cref="Slide.Of"/> for one in memory).</summary>
    /// <param name="at">Null: the resolution of the model's card for a slide, full size for a tile.</param>
    /// <param name="patch">Side of the patches in px at the resolution; null: as the card says.</param>
    /// <param name="stride">Px from one patch to the next; null: as the card says, or <paramref name="patch"/> where that is given.</param>
    /// <param name="mask">Null: <see cref="MaskChoice.Automatic"/> for a slide, <see cref="MaskChoice.None"/> for a tile.</param>
    /// <param name="keepProbabilities">Of all classes; else of the most probable one only.</param>
    /// <param name="progress">Told some times a second, on this thread.</param>
    /// <exception cref="BadInputException">The slide or card does not state its resolution, no patch has tissue, or a parameter is out of range.</exception>
    public PredictionTable Predict(Slide slide, Resolution? at = null, int? patch = null, int? stride = null, MaskChoice? mask = null, bool keepProbabilities = true,
        ReadRule rule = ReadRule.Plain, Action<PredictionProgress>? progress = null, CancellationToken cancel = default) =>
        Predict(slide, Grid(slide, at, patch, stride, mask), keepProbabilities, rule, progress, cancel);

    /// <summary>The patches of a grid that was made for this slide.</summary>
    public PredictionTable Predict(Slide slide, PatchGrid grid, bool keepProbabilities = true, ReadRule rule = ReadRule.Plain, Action<PredictionProgress>? progress = null,
        CancellationToken cancel = default) => Table(new GridFeed(slide, grid, rule), keepProbabilities, progress, cancel);

    internal PatchGrid Grid(Slide slide, Resolution? at, int? patch, int? stride, MaskChoice? mask) => PatchGrid.Over(slide, patch ?? Card.Patch,
        at ?? (slide.IsPlainImage ? Resolution.Baseline(1) : Card.Mpp is { } mpp ? Resolution.Mpp(mpp.X)
            : throw new BadInputException($"the card of {Card.Name} does not state microns per pixel: give the resolution (at: Resolution.Mpp(0.5), on the command line --resolution 0.5 --units mpp)")),
        stride ?? patch ?? Card.Stride, (mask ?? (slide.IsPlainImage ? MaskChoice.None : MaskChoice.Automatic)).Of(slide));

    IReadOnlyList<int?>? Checked(IReadOnlyList<int?>? labels) => labels?.FirstOrDefault(label => label < 0 || label >= Card.Classes.Count) is { } wrong
        ? throw new BadInputException(FormattableString.Invariant($"label {wrong}: expected 0 to {Card.Classes.Count - 1}, the classes of {Card.Name}"))
        : labels;

    internal PredictionTable Table(PatchFeed feed, bool keepProbabilities, Action<PredictionProgress>? progress, CancellationToken cancel)
    {
        if (keepProbabilities && (long)feed.Count * Card.Classes.Count > Array.MaxLength)
            throw new BadInputException(FormattableString.Invariant($"{feed.Name}: {feed.Count:N0} patches of {Card.Classes.Count} classes have more probabilities than one table holds ({Array.MaxLength:N0}): keep those of the most probable class only (keepProbabilities: false), or take a larger stride"));
        var rows = new Prediction[feed.Count];
        var probabilities = keepProbabilities ? new float[feed.Count * Card.Classes.Count] : null;
        Run(feed, 0, batch =>
        {
            for (var i = 0; i < batch.Count; i++)
                rows[batch.Start + i] = Row(feed, batch, i);
            if (probabilities is not null)
                batch.Outputs.CopyTo(probabilities.AsSpan(batch.Start * Card.Classes.Count));
        }, progress, cancel);
        return new(Card.Name, Card.Classes, feed.Sources, rows, probabilities);
    }

    Prediction Row(PatchFeed feed, PatchBatch batch, int index)
    {
        var values = batch.Outputs.Slice(index * Card.Classes.Count, Card.Classes.Count);
        var best = 0;
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new PatchwiseException($"{Card.Name} gives {values[i]} for class {i} of patch {batch.Start + index} of {feed.Name}: its weights or the precision {_options.Precision} do not fit");
            else if (values[i] > values[best])
                best = i;
        return feed.At(batch.Start + index) with { Class = best, Probability = values[best] };
    }

    /// <param name="take">Called in order, with probabilities as <see cref="PatchBatch.Outputs"/>.</param>
    void Run(PatchFeed feed, int first, Action<PatchBatch> take, Action<PredictionProgress>? progress, CancellationToken cancel)
    {
        using var pipeline = new PredictionPipeline(feed, _engine, _batch, _options.Threads > 0 ? _options.Threads : Environment.ProcessorCount);
        pipeline.Run(first, batch =>
        {
            if (_output == ModelOutput.Logits)
                Softmax.Apply(batch.Outputs, Card.Classes.Count);
            take(batch);
        }, progress, cancel);
    }

    public void Dispose() => _engine.Dispose();
}
