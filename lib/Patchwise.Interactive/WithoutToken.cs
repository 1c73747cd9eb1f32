namespace Patchwise;

/// <summary>
/// The library's long work as a notebook calls it: stopped with the cell, and showing how far it is. What is not said of a member stands at the one that takes
/// a token.
/// </summary>
// The analyzer takes extension blocks for members of like names.
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1708", Justification = "extension blocks have no names")]
public static class WithoutToken
{
    extension(RegionTable)
    {
        /// <inheritdoc cref="RegionTable.Measure(Mask, string, Magnification?, RegionProperties, CancellationToken)"/>
        public static RegionTable Measure(Mask mask, string name = "mask", Magnification? magnification = null,
            RegionProperties properties = RegionProperties.Basic) =>
            RegionTable.Measure(mask, name, magnification, properties, Cell.Stop);

        /// <inheritdoc cref="RegionTable.Measure(ImageSet, RegionProperties, string?, CancellationToken)"/>
        public static RegionTable Measure(ImageSet set, RegionProperties properties = RegionProperties.Basic, string? cacheFolder = null) =>
            RegionTable.Measure(set, properties, cacheFolder, Cell.Stop);

        /// <inheritdoc cref="RegionTable.Measure(Mask, Slide, RegionProperties, CancellationToken)"/>
        public static RegionTable Measure(Mask mask, Slide slide, RegionProperties properties = RegionProperties.Basic) =>
            RegionTable.Measure(mask, slide, properties, Cell.Stop);
    }

    /// <inheritdoc cref="RegionTable.Examples"/>
    public static Gallery Examples(this RegionTable regions, ImageSet set, int examples = 4, int seed = 7) => regions.Examples(set, examples, seed, Cell.Stop);

    extension(ClarityTest)
    {
        /// <inheritdoc cref="ClarityTest.Of(ImageSet, RegionTable, ClarityOptions, CancellationToken)"/>
        public static ClarityTest Of(ImageSet set, RegionTable regions, ClarityOptions options) => ClarityTest.Of(set, regions, options, Cell.Stop);

        /// <inheritdoc cref="ClarityTest.Of(Slide, RegionTable, ClarityOptions, CancellationToken)"/>
        public static ClarityTest Of(Slide slide, RegionTable regions, ClarityOptions options) => ClarityTest.Of(slide, regions, options, Cell.Stop);
    }

    /// <inheritdoc cref="ClarityTest.Look"/>
    public static Gallery Look(this ClarityTest clarity, int padding, IReadOnlyList<double> trials) => clarity.Look(padding, trials, Cell.Stop);

    /// <inheritdoc cref="SizeTest.CutOff(ImageSet, CutOffOptions, CancellationToken)"/>
    public static Gallery CutOff(this SizeTest test, ImageSet set, CutOffOptions? options = null) => test.CutOff(set, options, Cell.Stop);

    /// <inheritdoc cref="SizeTest.CutOff(Slide, CutOffOptions, CancellationToken)"/>
    public static Gallery CutOff(this SizeTest test, Slide slide, CutOffOptions? options = null) => test.CutOff(slide, options, Cell.Stop);

    extension(SignalTest)
    {
        /// <inheritdoc cref="SignalTest.Of(SignalObjects, ISignalFeatures, SignalOptions, CancellationToken)"/>
        /// <param name="model">Whose features are taken, see <see cref="SignalFeatures"/>.</param>
        /// <param name="options">Null: as they are by default.</param>
        public static SignalTest Of(SignalObjects objects, Model model, SignalOptions? options = null)
        {
            using var features = SignalFeatures.Of(model);
            return SignalTest.Of(objects, features, (options ?? new()) is { Progress: null } silent
                ? silent with { Progress = Cell.Progress<PredictionProgress>() } : options!, Cell.Stop);
        }
    }

    /// <inheritdoc cref="SignalFeatures.SaveHead"/>
    /// <param name="model">That the test was made with.</param>
    public static void SaveHead(this SignalTest test, Model model, string path, SignalSetting? setting = null)
    {
        using var features = SignalFeatures.Of(model);
        features.SaveHead(test, path, setting, Cell.Stop);
    }

    /// <inheritdoc cref="PatchReading.Read"/>
    public static IEnumerable<PatchImage> Read(this Slide slide, PatchGrid grid, ReadRule rule = ReadRule.Plain, int? ahead = null) =>
        slide.Read(grid, rule, ahead, Cell.Stop);

    /// <inheritdoc cref="Manifest.FetchAsync"/>
    public static Task<LocatedData> FetchAsync(this Manifest manifest, string id, IProgress<FetchProgress>? progress = null, long? maxUnpacked = null) =>
        manifest.FetchAsync(id, progress ?? (Cell.Progress<FetchProgress>() is { } show ? new Progress(show) : null), maxUnpacked, Cell.Stop);

    /// <inheritdoc cref="Manifest.VerifyAsync"/>
    public static Task<Verification> VerifyAsync(this Manifest manifest, string id) => manifest.VerifyAsync(id, Cell.Stop);

    extension(LinearHead)
    {
        /// <inheritdoc cref="LinearHead.Train(Model, LabelledPatches, HeadOptions, CancellationToken)"/>
        /// <param name="folds">See <see cref="HeadOptions.Folds"/>.</param>
        /// <param name="seed">See <see cref="HeadOptions.Seed"/>.</param>
        /// <param name="eight">See <see cref="HeadOptions.Eight"/>.</param>
        public static LinearHead Train(Model model, LabelledPatches patches, int? folds = null, int seed = 0, bool eight = true) =>
            LinearHead.Train(model, patches, new() { Folds = folds, Seed = seed, Eight = eight, Progress = Cell.Progress<PredictionProgress>() }, Cell.Stop);
    }

    extension(LinearHead head)
    {
        /// <inheritdoc cref="LinearHead.LearnedFrom"/>
        public LinearHead LearnedFrom(LabelledPatches some) => head.LearnedFrom(some, Cell.Stop);

        /// <inheritdoc cref="LinearHead.CrossValidate"/>
        public PredictionTable CrossValidated => head.CrossValidate(Cell.Stop);

        /// <inheritdoc cref="LinearHead.Predict"/>
        public PredictionTable Predict(LabelledPatches patches) => head.Predict(patches, Cell.Stop);
    }

    extension(SlideQuality)
    {
        /// <inheritdoc cref="SlideQuality.Of(Slide, QualityOptions, CancellationToken)"/>
        /// <param name="options">Null: as they are by default.</param>
        public static SlideQuality Of(Slide slide, QualityOptions? options = null) => SlideQuality.Of(slide, options ?? new(), Cell.Stop);
    }

    extension(TissueMask)
    {
        /// <inheritdoc cref="TissueMask.Of(Slide, TissueOptions, CancellationToken)"/>
        /// <param name="options">Null: as they are by default.</param>
        public static TissueMask Of(Slide slide, TissueOptions? options = null) => TissueMask.Of(slide, options ?? new(), Cell.Stop);

        /// <inheritdoc cref="TissueMask.Of(AnnotationSet, Slide, Resolution?, CancellationToken)"/>
        public static TissueMask Of(AnnotationSet annotations, Slide slide, Resolution? at = null) => TissueMask.Of(annotations, slide, at, Cell.Stop);
    }

    extension(PredictionMap)
    {
        /// <inheritdoc cref="PredictionMap.Of"/>
        /// <param name="at">See <see cref="MapOptions.At"/>.</param>
        /// <param name="rule">See <see cref="MapOptions.Rule"/>.</param>
        /// <param name="maxPixels">See <see cref="MapOptions.MaxPixels"/>.</param>
        public static PredictionMap Of(PredictionTable predictions, Resolution? at = null, MapRule rule = MapRule.Plain,
            long maxPixels = Raster.DefaultPixelLimit) => PredictionMap.Of(predictions, new() { At = at, Rule = rule, MaxPixels = maxPixels }, Cell.Stop);
    }

    extension(ProbabilityMap)
    {
        /// <inheritdoc cref="ProbabilityMap.Of"/>
        /// <param name="at">See <see cref="MapOptions.At"/>.</param>
        /// <param name="rule">See <see cref="MapOptions.Rule"/>.</param>
        /// <param name="maxPixels">See <see cref="MapOptions.MaxPixels"/>.</param>
        public static ProbabilityMap Of(PredictionTable predictions, string name, Resolution? at = null, MapRule rule = MapRule.Plain,
            long maxPixels = Raster.DefaultPixelLimit) =>
            ProbabilityMap.Of(predictions, name, new() { At = at, Rule = rule, MaxPixels = maxPixels }, Cell.Stop);
    }

    extension(PatchPredictor predictor)
    {
        /// <inheritdoc cref="PatchPredictor.Predict(string, PredictOptions, CancellationToken)"/>
        public PredictionTable Predict(string path, PredictOptions? options = null) => predictor.Predict(path, Told(options), Cell.Stop);

        /// <inheritdoc cref="PatchPredictor.Predict(IEnumerable{string}, PredictOptions, CancellationToken)"/>
        public PredictionTable Predict(IEnumerable<string> files, PredictOptions? options = null) => predictor.Predict(files, Told(options), Cell.Stop);

        /// <inheritdoc cref="PatchPredictor.Predict(LabelledPatches, PredictOptions, CancellationToken)"/>
        public PredictionTable Predict(LabelledPatches patches, PredictOptions? options = null) => predictor.Predict(patches, Told(options), Cell.Stop);

        /// <inheritdoc cref="PatchPredictor.Predict(IEnumerable{Raster}, PredictOptions, CancellationToken)"/>
        public PredictionTable Predict(IEnumerable<Raster> patches, PredictOptions? options = null) => predictor.Predict(patches, Told(options), Cell.Stop);

        /// <inheritdoc cref="PatchPredictor.Predict(Slide, PredictOptions, CancellationToken)"/>
        public PredictionTable Predict(Slide slide, PredictOptions? options = null) => predictor.Predict(slide, Told(options), Cell.Stop);

        /// <inheritdoc cref="PatchPredictor.Predict(Slide, PatchGrid, PredictOptions, CancellationToken)"/>
        public PredictionTable Predict(Slide slide, PatchGrid grid, PredictOptions? options = null) => predictor.Predict(slide, grid, Told(options), Cell.Stop);
    }

    static PredictOptions Told(PredictOptions? options) =>
        (options ?? new()) is { Progress: null } silent ? silent with { Progress = Cell.Progress<PredictionProgress>() } : options!;

    sealed class Progress(Action<FetchProgress> show) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => show(value);
    }
}
