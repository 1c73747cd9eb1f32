using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Patchwise.Onnx;

namespace Patchwise.Benchmarks;

/// <summary>Works at 1, 4 and 16 times a size, which are to take no more than 1, 4 and 16 times as long.</summary>
static class Growing
{
    internal static readonly int[] Times = [1, 4, 16];

    /// <summary>The works, as the table calls them.</summary>
    internal static readonly (string Name, string Work)[] Works =
    [
        ("Patches of 256 px from slides of 131 to 2,108 million px", "patches"), ("Tissue on a sixteenth of these slides' sides", "tissue"),
        ("Predictions of these slides, mobilenet_v2", "slides"), ("62,500 to 1,000,000 predictions merged and drawn", "merged"),
        ("Predictions of folders of 6,250 to 100,000 files, the least of networks", "files"), ("Region tables of 64 to 1,024 masks", "masks"),
    ];

    internal static Action Prepare(string work, int times, string folder) => work switch
    {
        "patches" => OnSlide(folder, times, slide =>
        {
            var grid = PatchGrid.Over(slide, 256, Resolution.Baseline(256.0 / 410), new() { Edge = EdgePolicy.Whole });
            Inputs.Expect(slide.Read(grid).Count(), grid.Count, "patches");
        }),
        "tissue" => OnSlide(folder, times, slide =>
        {
            var at = Resolution.Baseline(1 / 16.0);
            Inputs.Expect(TissueMask.Of(slide, new TissueOptions { At = at }).Pixels.Width, slide.At(at).Size.Width, "px");
        }),
        "slides" => Predictions(folder, times),
        "merged" => Merged((int)Math.Sqrt(62_500.0 * times)),
        "files" => Files(folder, 6250 * times),
        "masks" => Masks(folder, 64 * times),
        _ => throw new ArgumentException($"no work that grows is called {work}"),
    };

    static Action OnSlide(string folder, int times, Action<Slide> work)
    {
        var (path, side) = (Path.Combine(folder, $"slide {times}.tif"), (int)Math.Sqrt(times));
        if (!File.Exists(path))
            Inputs.MakeSlide(folder, path, 5 * side, 4 * side);
        return () =>
        {
            using var slide = Slide.Open(path);
            work(slide);
        };
    }

    static Action Predictions(string folder, int times)
    {
        var predictor = Predicting.Predictor(folder, architecture: "mobilenet_v2");
        return OnSlide(folder, times, slide =>
        {
            var grid = PatchGrid.Over(slide, 224, Resolution.Baseline(0.6));
            Inputs.Expect(predictor.Predict(slide, grid).Count, grid.Count, "predictions");
        });
    }

    /// <summary>Patches of 8 px, half a patch apart, of an image that is drawn below them.</summary>
    static Action Merged(int side)
    {
        var pixels = new Raster(4 * side + 4, 4 * side + 4, 3);
        new Random(1).NextBytes(pixels.Data);
        var table = Work.Predictions(side, patch: 8, stride: 4);
        return () => Inputs.Expect(Overlay.Of(pixels, PredictionMap.Of(table, Resolution.Baseline(1))).Pixels.Width, pixels.Width, "px");
    }

    static Action Files(string folder, int count)
    {
        var (files, model) = (Path.Combine(folder, $"files {count}"), Path.Combine(folder, "least.onnx"));
        if (!Directory.Exists(files))
            for (var i = 0; i < count; i++)
            {
                var image = new Raster(8, 8, 3);
                new Random(i).NextBytes(image.Data);
                Inputs.Save(image, Path.Combine(files, $"class {i % 9}", string.Create(CultureInfo.InvariantCulture, $"{i:000000}.png")));
            }
        if (!File.Exists(model))
            WholeFile.WriteBeside(model, partial => File.WriteAllBytes(partial, Least().ToByteArray()));
        var predictor = new PatchPredictor(model, 256);
        var options = new PredictOptions { SaveTo = Path.Combine(folder, "files.sqlite"), Overwrite = true };
        return () => Inputs.Expect(predictor.Predict(files, options).Count, count, "predictions");
    }

    /// <summary>One product, so that all else is what takes long.</summary>
    static ModelProto Least()
    {
        var (weights, model) = (new float[192 * 9], new ModelProto { IrVersion = 8, OpsetImport = { new OperatorSetIdProto { Version = 17 } } });
        foreach (ref var weight in weights.AsSpan())
            weight = Random.Shared.NextSingle() - 0.5f;
        model.Graph = new() { Name = "least", Input = { OnnxWriter.Value("x", "batch", 3, 8, 8) }, Output = { OnnxWriter.Value("y", "batch", 9) } };
        model.Graph.Initializer.Add(new TensorProto
        {
            Name = "w",
            DataType = 1,
            Dims = { 192, 9 },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(weights.AsSpan())),
        });
        model.Graph.Node.Add(new NodeProto { OpType = "Flatten", Input = { "x" }, Output = { "v" } });
        model.Graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "v", "w" }, Output = { "y" } });
        return model;
    }

    static Action Masks(string folder, int count)
    {
        var files = Path.Combine(folder, $"masks {count}");
        if (!Directory.Exists(files))
            for (var i = 0; i < count; i++)
            {
                var mask = Inputs.EllipseMask(512, 20, seed: i);
                Inputs.Save(mask, Path.Combine(files, $"{i}_mask.png"));
                Inputs.Save(mask, Path.Combine(files, $"{i}.png"));
            }
        return () => Inputs.Expect(RegionTable.Measure(ImageSet.Open(files)).Count, 20 * count, "objects");
    }
}
