namespace Patchwise;

/// <summary>
/// Tells the class of patches, of the patches of a tile and of those of a slide:
/// <code>
///   using var predictor = new PatchPredictor("resnet18-kather100k");
///   var predictions = predictor.Predict("patches");
/// </code>
/// A call takes no state from another, and several may run at once. Reading runs ahead of the network on threads of its own; besides the network and the table,
/// memory holds a few batches and what <see cref="Slide"/> keeps, whatever the number of patches.
/// </summary>
public sealed partial class PatchPredictor : IDisposable
{
    readonly InferenceEngine? _engine;
    readonly KeptQuantized? _quantized;
    readonly Outputs _outputs;
    readonly EngineOptions _options;
    readonly string _weights;
    readonly int _batch;
    readonly bool _novelty;

    /// <summary>Of the model.</summary>
    public ModelCard Card { get; }

    /// <summary>Of the model: what was assumed, left out or found, which the user should know; a line each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>What runs the network, where and in which precision, such as ONNX Runtime 1.31.1 on the CPU, float32.</summary>
    public string Place => _engine?.Place ?? KeptQuantized.Place;

    /// <summary>By id or file, see <see cref="Model.Open"/>.</summary>
    /// <param name="batch">Patches that go through the network together.</param>
    /// <param name="classes">A file with the name of a class a line, in the order of the network's outputs; null: as the model's card says.</param>
    /// <exception cref="BadInputException">There is no such model, or it cannot be run as asked.</exception>
    public PatchPredictor(string model, int batch = 32, EngineOptions? engine = null, string? classes = null)
        : this(Model.Open(model), batch, engine, owned: true)
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
            (_batch, _options, Card, Notes, _weights, _outputs) = (batch, options ?? new(), model.Card, model.Notes, model.Path, model.Outputs);
            if (_options.Precision == Precision.Int8)
                _quantized = new(model, _options);
            else
                _engine = Engines.Create(model, _options);
            _novelty = model.Onnx?.Novelty is not null;
        }
        finally
        {
            if (owned)
                model.Dispose();
        }
    }

    /// <summary>
    /// By what the path is: of a folder every image in and below it is a patch; an image no larger than the model's patches is one; a larger one is a tile and
    /// what OpenSlide opens a slide, to which grid and mask of the options apply. Folders named by a class of the model (its name or title) tell what the
    /// patches in them are.
    /// </summary>
    /// <param name="path">A folder, a file, or the id of a data set in data-manifest.json.</param>
    /// <exception cref="BadInputException">
    /// There is nothing to predict, no patch is of the model's size, or an option does not apply: the message names the file. A file that cannot be read, or
    /// is no patch, beside others that are is told in <see cref="PredictionTable.Problems"/>.
    /// </exception>
    public PredictionTable Predict(string path, PredictOptions? options, CancellationToken cancel) =>
        Read(Card, path, options ?? new(), (feed, own) => Predict(feed, own, cancel), cancel);

    /// <summary>Has the patches of a path, which are open meanwhile, and the options that apply to them used.</summary>
    internal static T Read<T>(ModelCard card, string path, PredictOptions options, Func<PatchFeed, PredictOptions, T> use, CancellationToken cancel)
    {
        if (!Path.Exists(path) && Manifest.TryLoad() is { } manifest
            && manifest.Entries.FirstOrDefault(entry => entry.Id == path) is { Kind: not DataKind.Model })
            path = manifest.Locate(path) is { Files: [var only] } ? only : manifest.Locate(path).Folder;
        if (Directory.Exists(path))
        {
            options.Checked(path, Subject.Patches);
            var (files, labels, masks) = LabelledFolder.Read(path, card.Classes);
            return use(new FileFeed(path, files, labels, new(card, options)) { LeftOut = SetFiles.LeftOut(path), Masks = masks }, options);
        }
        using var slide = Slide.Open(path, options.Mpp);
        if (slide.IsPlainImage && slide.Size is var size && Math.Max(size.Width, size.Height) <= (options.Patch ?? card.Patch))
            return use(new FileFeed(path, [path], null, new(card, options.Checked(path, Subject.Patches))), options);
        options = (options with { Mpp = null }).Checked(slide.Path, Subject.Slide);
        return use(Feed(card, slide, options, cancel), options);
    }

    /// <summary>Image files, each of which is one patch. Each is decoded once.</summary>
    /// <exception cref="BadInputException">As for a folder.</exception>
    public PredictionTable Predict(IEnumerable<string> files, PredictOptions? options, CancellationToken cancel)
    {
        options = (options ?? new()).Checked("the files given", Subject.NamedPatches);
        return Predict(new FileFeed("the files given", [.. files], Labels(options), new(Card, options)), options, cancel);
    }

    /// <summary>Patches whose class is known.</summary>
    /// <exception cref="BadInputException">They have a class that is none of the model's: predict their files instead.</exception>
    public PredictionTable Predict(LabelledPatches patches, PredictOptions? options, CancellationToken cancel)
    {
        options = (options ?? new()).Checked(patches.Name, Subject.Patches);
        var fit = new PatchFit(Card, options.Mpp is null && Card.Mpp is not null ? options with { Mpp = patches.Mpp } : options);
        return Predict(new FileFeed(patches.Name, patches.Files, [.. patches.As(Card.Classes).Labels], fit, patches.Patients), options, cancel);
    }

    /// <summary>Images in memory, each of which is one patch.</summary>
    /// <exception cref="BadInputException">One is not of the model's size.</exception>
    public PredictionTable Predict(IEnumerable<Raster> patches, PredictOptions? options, CancellationToken cancel)
    {
        options = (options ?? new()).Checked("images in memory", Subject.NamedPatches);
        return Predict(new RasterFeed([.. patches], Labels(options), new(Card, options)), options, cancel);
    }

    /// <summary>The patches of a slide, or of a tile, which is a plain image (<see cref="Slide.Of"/> for one in memory).</summary>
    /// <exception cref="BadInputException">The slide or card does not state its resolution, no patch has tissue, or an option is out of range.</exception>
    public PredictionTable Predict(Slide slide, PredictOptions? options, CancellationToken cancel)
    {
        options = (options ?? new()).Checked(slide.Path, Subject.Slide);
        return Predict(Feed(Card, slide, options, cancel), options, cancel);
    }

    /// <summary>The patches of a grid that was made for this slide.</summary>
    public PredictionTable Predict(Slide slide, PatchGrid grid, PredictOptions? options, CancellationToken cancel)
    {
        options = (options ?? new()).Checked(slide.Path, Subject.Grid);
        return Predict(new GridFeed(Card, slide, grid, options.Rule, []), options, cancel);
    }

    /// <summary>Of pixels between what a slide holds and what is asked: a patch shows nothing more, and takes long.</summary>
    const double MostEnlarged = 10;

    static GridFeed Feed(ModelCard card, Slide slide, PredictOptions options, CancellationToken cancel)
    {
        if (options.At is null && slide is { IsPlainImage: true, Mpp: null, Magnification: { } power } && card.Mpp is { } needed)
            throw new BadInputException(Invariant($"{slide.Path}: {power} is known, but not its microns per pixel, and {card.Name} takes patches at ")
                + Invariant($"{needed.X:0.####}: give them (mpp, --mpp), have them guessed as 10 / {power.Power:0.###} (guess, --guess), or ask for a ")
                + "resolution (At, --resolution)");
        var at = options.At ?? (slide.IsPlainImage && !(slide.Mpp is { } stated && card.Mpp is { } own
            && (PatchFit.Differs(stated.X, own.X) || PatchFit.Differs(stated.Y, own.Y)))
            ? Resolution.Baseline(1) : card.Mpp is { } mpp ? Resolution.Mpp(mpp.X)
            : throw new BadInputException($"the card of {card.Name} does not state microns per pixel: give the resolution (At = Resolution.Mpp(0.5), on the "
                + "command line --resolution 0.5 --units mpp)"));
        if (slide.At(at).Size.Width / (double)slide.Size.Width is > MostEnlarged and var times)
            throw new BadInputException(Invariant($"{slide.Path} at {at} is enlarged {times:0} times{(slide.Mpp is { } has ? $", as it has {has}" : "")}: ")
                + Invariant($"expected at most {MostEnlarged:0}; ask for a coarser resolution (At, --resolution), or open the slide with its right microns ")
                + "per pixel (mpp, --mpp)");
        var choice = options.Mask ?? (slide.IsPlainImage ? MaskChoice.None : MaskChoice.Automatic);
        var mask = choice.Of(slide, cancel);
        return new(card, slide, PatchGrid.Over(slide, options.Patch ?? card.Patch, at, new() { Stride = options.StrideFor(card), Mask = mask }), options.Rule,
        [
            .. choice == MaskChoice.Automatic ? mask!.Notes : [],
            .. options.At is null && slide.IsPlainImage && File.Exists(slide.Path) && Unknown(card, slide) is { } unknown ? (string[])[unknown] : [],
        ]);
    }

    /// <summary>What a reader should know of a tile that is read at its full size, since somebody does not state microns per pixel; null: nothing.</summary>
    static string? Unknown(ModelCard card, Slide slide) => card.Mpp is null
        ? $"read at its full size, since the card of {card.Name} states no microns per pixel; ask for the resolution that the network was made for, where that "
            + "is another (At, --resolution)"
        : slide.Mpp is null ? $"states no microns per pixel: read at its full size, as if it had the {card.Mpp} that {card.Name} was made for; give its own "
            + "where they are others (mpp, --mpp)" : null;

    IReadOnlyList<int?>? Labels(PredictOptions options) => options.Labels?.FirstOrDefault(label => label < 0 || label >= Card.Classes.Count) is { } wrong
        ? throw new BadInputException($"label {wrong}: expected 0 to {Card.Classes.Count - 1}, the classes of {Card.Name}")
        : options.Labels;

    public void Dispose()
    {
        _engine?.Dispose();
        _quantized?.Dispose();
    }
}
