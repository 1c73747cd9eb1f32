using System.Security.Cryptography;

namespace Patchwise.Attack;

/// <summary>Everything of the library that writes a file of results, with two contents each: the old one and the new one.</summary>
sealed record Writer(string File, Action<string, int> Write)
{
    const int Side = 700;

    static readonly ClassInfo[] Classes = [new("a", "A", "#112233"), new("b", "B", "#445566")];

    internal static Writer[] All(string root) =>
    [
        new("image.png", (path, version) => Noise(version).Save(path)),
        new("image.jpg", (path, version) => Noise(version).Save(path)),
        new("thumbnail.png", (path, version) =>
        {
            using var slide = Slide.Open(Path.Combine(root, "notebooks", "data", "slides", "CMU-1-Small-Region.svs"));
            slide.SaveThumbnail(path, Resolution.Baseline(version == 0 ? 0.3 : 0.25));
        }),
        new("predictions.csv", (path, version) => Predictions(version).Save(path)),
        new("predictions.json", (path, version) => Predictions(version).Save(path)),
        new("predictions.geojson", (path, version) => Predictions(version).Save(path)),
        new("predictions.sqlite", (path, version) => Predictions(version).Save(path)),
        new("map.png", (path, version) => PredictionMap.Of(Predictions(version)).Save(path)),
        new("regions.csv", (path, version) => Regions(root, version).SaveCsv(path)),
        new("chart.html", (path, version) => Regions(root, version).Shapes().Save(path)),
        new("chart.json", (path, version) => Regions(root, version).Shapes().Save(path)),
        new("gallery.html", (path, version) => new Gallery("images").Row("one", [new(Noise(version).Resize(new(200, 200), ResizeMethod.Area))]).Save(path)),
        new("network.onnx", (path, version) =>
        {
            using var model = Model.Open(Path.Combine(root, "notebooks", "data", "models", "mobilenet_v2-imagenet.safetensors"));
            model.ExportOnnx(path);
        }),
    ];

    /// <summary>Of both contents.</summary>
    internal string[] Digests()
    {
        var folder = Directory.CreateTempSubdirectory("patchwise-attack-").FullName;
        try
        {
            return [.. Enumerable.Range(0, 2).Select(version =>
            {
                Write(Path.Combine(folder, File), version);
                return DigestOf(Path.Combine(folder, File));
            })];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static string DigestOf(string path) => Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(path)));

    static Raster Noise(int version)
    {
        var samples = new byte[3 * Side * Side];
        new Random(version).NextBytes(samples);
        return Raster.FromSamples(Side, Side, 3, samples);
    }

    static PredictionTable Predictions(int version)
    {
        using var slide = Slide.Of(new Raster(Side, Side, 3), "slide.svs", new Mpp(0.5));
        var grid = PatchGrid.Over(slide, 16, Resolution.Mpp(0.5));
        Prediction[] rows = [.. grid.Select(patch => new Prediction(0, patch.Box, patch.Level0, (patch.Index + version) % 2, 0.75f))];
        return new("net", Classes, [new(slide.Path, grid.Frame)], rows, [.. rows.SelectMany(row => row.Class == 0 ? [0.75f, 0.25f] : (float[])[0.25f, 0.75f])]);
    }

    static RegionTable Regions(string root, int version) =>
        RegionTable.Measure(Mask.Load(Path.Combine(root, "tests", "data", "regions", "ellipses8.png")), version == 0 ? "old" : "new",
        properties: RegionProperties.All);
}
