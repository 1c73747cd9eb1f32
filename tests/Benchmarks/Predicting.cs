using System.Globalization;

namespace Patchwise.Benchmarks;

/// <summary>
/// Our side of whole predictions with resnet18 on two threads, and the network alone on as many patches, which is what they can at best take.
/// </summary>
static class Predicting
{
    const string Architecture = "resnet18";

    const int Batch = 32, Threads = 2, Side = 224;

    /// <summary>Patches in a row of the slide at the share of its size below; it has 56 rows.</summary>
    const int Columns = 60, Rows = 56;

    const double Share = 0.6;

    internal const int AllOfSlide = Columns * Rows;

    internal static Action Files(string folder, string count, Precision precision = Precision.Float32)
    {
        var predictor = Predictor(folder, precision);
        string[] files = [.. Enumerable.Range(0, int.Parse(count, CultureInfo.InvariantCulture)).Select(i => Inputs.Patch(folder, i, "png"))];
        return () => Inputs.Expect(predictor.Predict(files).Count, files.Length, "predictions");
    }

    /// <param name="count">A multiple of <see cref="Columns"/>: the upper part of the slide, or all of it several times.</param>
    internal static Action Slide(string folder, string count, Precision precision = Precision.Float32)
    {
        var (predictor, patches) = (Predictor(folder, precision), int.Parse(count, CultureInfo.InvariantCulture));
        var rounds = Math.Max(1, patches / AllOfSlide);
        var upper = Enumerable.Range(0, AllOfSlide).Select(place => place < patches ? (byte)1 : (byte)0).ToArray();
        var mask = TissueMask.Of(Raster.FromSamples(Columns, Rows, 1, upper));
        return () =>
        {
            using var slide = Patchwise.Slide.Open(Path.Combine(folder, "slide.tif"));
            var grid = PatchGrid.Over(slide, Side, Resolution.Baseline(Share), new() { Mask = mask, MinTissue = 0.5 });
            for (var round = 0; round < rounds; round++)
                Inputs.Expect(predictor.Predict(slide, grid).Count, patches / rounds, "predictions");
        };
    }

    internal static Action Alone(string folder, string count)
    {
        using var model = Model.Open(Networks.Weights(Architecture, folder));
        var (engine, patches) = (OnnxEngine.Of(model, new(Threads)), int.Parse(count, CultureInfo.InvariantCulture));
        var rgb = new byte[Batch * 3 * Side * Side];
        new Random(1).NextBytes(rgb);
        var logits = new float[Batch * engine.Classes];
        return () =>
        {
            for (var left = patches; left > 0; left -= Batch)
            {
                var here = Math.Min(left, Batch);
                engine.Run(rgb.AsSpan(0, rgb.Length / Batch * here), here, new(Side, Side), logits.AsSpan(0, engine.Classes * here), []);
            }
        };
    }

    static PatchPredictor? _only;

    /// <summary>The one of this process: what is run before the measurement would else keep a second network in memory.</summary>
    internal static PatchPredictor Predictor(string folder, Precision precision = Precision.Float32, string architecture = Architecture) =>
        _only ??= new(Networks.Weights(architecture, folder), Batch, new(EngineKind.Onnx, Precision: precision, Threads: Threads) { LeastAgreement = 1e-9 });
}
