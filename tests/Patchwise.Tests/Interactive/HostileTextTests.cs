using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;
using Plotly.NET;

namespace Patchwise.Tests;

/// <summary>Names of files, classes, objects and whatever else comes from outside are text wherever they are shown, and no markup.</summary>
[Collection("networks")]
public sealed class HostileTextTests : IDisposable
{
    /// <summary>A file and a folder may be called so.</summary>
    const string Hostile = "<img src=x onerror=alert(1)>&'";

    readonly TemporaryFolder _folder = new();
    readonly List<object> _views = [];
    readonly HashSet<Type> _seen = [];

    public void Dispose() => _folder.Dispose();

    /// <summary>Whether the library says how the type shows itself.</summary>
    static bool Formatted(Type type) => type.IsAssignableTo(typeof(ITabular)) || Others.Contains(type);

    /// <summary>What is no table.</summary>
    static readonly Type[] Others =
    [
        typeof(TextTable), typeof(Evaluation), typeof(ClaritySuggestion), typeof(SizeSuggestion), typeof(ClarityTest), typeof(SizeTest), typeof(Model),
            typeof(PredictionProgress), typeof(Gallery),
        typeof(Overlay), typeof(PatchMosaic), typeof(Raster), typeof(TissueMask), typeof(ProbabilityMap),
    ];

    /// <summary>A view, and those that its properties give.</summary>
    void Add(object? view)
    {
        if (view is null || _views.Contains(view, ReferenceEqualityComparer.Instance))
            return;
        _views.Add(view);
        _seen.Add(view.GetType());
        foreach (var property in view.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(property => property.GetIndexParameters().Length == 0
            && (Formatted(property.PropertyType) || property.PropertyType.IsAssignableTo(typeof(IEnumerable)) && property.PropertyType != typeof(string))))
            if (property.GetValue(view) is { } inner && Formatted(inner.GetType()))
                Add(inner);
    }

    void AddImages()
    {
        using var made = new SyntheticSet().Add(Hostile, 90, 80, 40, (new(10, 10, 30, 40), 1), (new(50, 30, 75, 60), 2)).Add("second", 60, 60, 40,
            (new(20, 20, 45, 40), 3));
        var set = made.Open();
        Add(set);
        Add(set.Report);
        Add(new SetReport(1, [new(Hostile, Hostile, true)]));
        var regions = RegionTable.Measure(set, RegionProperties.All);
        Add(regions);
        var clarity = ClarityTest.Of(set, regions, new() { Trials = [20, 10] });
        Add(clarity);
        var sizes = SizeTest.Of(regions, marked: [32, 64]);
        Add(sizes);
        Add(sizes.CutOff(set));
        foreach (var chart in (GenericChart[])[clarity.Curve(), sizes.Histograms(), sizes.Coverage(), regions.Sizes(), regions.SizesByImage(),
            regions.Shapes()])
            Add(chart);
        Add(regions.ByValue());
        Add(regions.Check());
        Add(regions.ToDataFrame());
        using var subject = new SignalSubject(Hostile);
        var signal = subject.Test();
        Add(signal);
        Add(signal.Surface());
        Add(signal.Frontier());
        Add(signal.Gallery());
        Add(signal.Changed());
    }

    void AddPredictions()
    {
        var random = new Random(3);
        foreach (var name in (string[])[Hostile, $"{Hostile}2"])
            for (var i = 0; i < 6; i++)
                _folder.Write($"patches/{name}/{Hostile}{i}.png", SmallModel.Patch(random).ToPng());
        var patches = LabelledPatches.Open(_folder.At("patches"));
        Add(patches);
        Add(patches.Gallery());
        Add(patches.Counts());
        Add(PatchMosaic.Of(patches, 128, 96));

        var model = SmallModel.Write(_folder, mpp: 0.5, name: Hostile);
        File.WriteAllText(Path.ChangeExtension(model, ".json"), $$"""
            {"name":{{JsonSerializer.Serialize(Hostile)}},"classes":[{{string.Join(",", Enumerable.Range(0, 4).Select(k =>
                $$"""{"name":{{JsonSerializer.Serialize(Hostile + k)}},"title":{{JsonSerializer.Serialize(Hostile)}}}"""))}}],
             "patch":32,"mpp":0.5,"licence":{{JsonSerializer.Serialize(Hostile)}}}
            """);
        using var opened = Model.Open(model);
        Add(opened);
        Add(Model.Costs("resnet18-kather100k", [32, 64]));
        Add(LinearHead.Train(opened, patches));
        var pixels = SmallModel.Patch(random, 150);
        pixels.Mpp = 0.5;
        using var slide = Slide.Open(_folder.Write($"{Hostile}.png", pixels.ToPng()));
        Add(slide);
        var grid = PatchGrid.Over(slide, 32, Resolution.Mpp(0.5));
        Add(grid);
        Add(grid.Show(slide));
        var mask = TissueMask.Of(slide);
        Add(mask);
        Add(mask.Show(slide));
        using var predictor = new PatchPredictor(opened);
        var predictions = predictor.Predict(slide, grid).WithLabels(row => row.Box.X0 / 32 % 4);
        Add(predictions);
        var evaluation = Evaluation.Of(predictions, resamples: 100);
        Add(evaluation);
        Add(PairedComparison.Of(predictions, predictions));
        Add(SlideSummary.Of(predictions, 0.5));
        Add(predictions.ToDataFrame());
        foreach (var chart in (GenericChart[])[evaluation.ConfusionChart(), evaluation.Reliability()])
            Add(chart);
        var map = PredictionMap.Of(predictions);
        Add(map);
        Add(Overlay.Of(slide, map));
        var likely = ProbabilityMap.Of(predictions, Hostile + 1);
        Add(likely);
        Add(Overlay.Of(slide, likely));
        Add(new PredictionProgress(Hostile, 1, 2, 3));
        Add(new QuantizedModel(Hostile, 8, 1, 0.1, 2, [Hostile]));

        predictions.Save(_folder.At("t.geojson"));
        using var geojson = JsonDocument.Parse(File.ReadAllText(_folder.At("t.geojson")));
        Assert.All(geojson.RootElement.GetProperty("features").EnumerateArray(),
            feature => Assert.StartsWith(Hostile, feature.GetProperty("properties").GetProperty("classification").GetProperty("name").GetString(),
                StringComparison.Ordinal));
    }

    static GenericChart HostileChart => new Panel(Hostile).Names(Hostile, [Hostile]).Y(Hostile).Bars([Hostile], [1])
        .Points([0], [1], Hostile, [Hostile]).VerticalLine(0, Hostile).ToChart();

    [Fact]
    public void Every_value_that_a_notebook_shows_shows_foreign_text_as_text()
    {
        AddImages();
        AddPredictions();
        Add(Manifest.Load(_folder.Write("data-manifest.json",
            """{"$schema":"s","entries":[{"id":"one","title":T,"kind":"slide","licence":T,"source":T,"folder":"f",""".Replace("T,",
                JsonSerializer.Serialize(Hostile) + ",", StringComparison.Ordinal)
            + $$"""  "files":[{"path":"a.svs","bytes":1,"sha256":"{{new string('0', 64)}}"}]}]}""")));
        using var cohort = new CohortFolder();
        Add(cohort.Add(20).Add(Hostile, Hostile, Hostile)
            .Write(Hostile, "predict", new { model = Hostile, patches = 9, classes = new[] { new { name = Hostile, count = 9, share = 1.0 } } })
            .Open(new() { Positive = Hostile, Resamples = 100 }));
        foreach (var chart in (GenericChart?[])[_views.OfType<Cohort>().Single().ClassShares(), _views.OfType<Cohort>().Single().Histograms(),
            _views.OfType<Cohort>().Single().Roc()])
            Add(chart!);
        using var slide = Slide.Of(new Raster(64, 64, 3), Hostile);
        Add(SlideQuality.Of(slide, new(), default));
        Add(HostileChart);
        Add(new Gallery(Hostile, [Hostile]).Row(Hostile, [new(new Raster(9, 9, 3), Hostile) { Boxes = [new(new(1, 1, 4, 4), "#ff0000", Hostile)] }]));

        var missing = typeof(Raster).Assembly.GetTypes().Concat(typeof(Model).Assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && Formatted(type) && !_seen.Contains(type));
        Assert.Equal("", string.Join(", ", missing.Select(type => type.Name)));

        var shown = 0;
        foreach (var view in _views)
            if (Shown.Types(view).Contains("text/html") && Shown.Html(view) is { } html)
            {
                Assert.False(html.Contains("<img src=x", StringComparison.OrdinalIgnoreCase),
                    $"{view.GetType().Name}: {html[Math.Max(0, html.IndexOf("<img src=x", StringComparison.OrdinalIgnoreCase) - 200)..]}");
                shown += html.Contains("&lt;img src=x", StringComparison.Ordinal)
                    || html.Contains("u003cimg src=x", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
            }
        Assert.InRange(shown, 20, int.MaxValue);
    }

    [Fact]
    public void Saved_pages_show_foreign_text_as_text()
    {
        var figure = HostileChart;
        var gallery = new Gallery(Hostile, [Hostile]).Row(Hostile, [new(new Raster(9, 9, 3), Hostile)]);
        foreach (var (name, save) in ((string, Action<string>)[])[("chart.html", figure.Save), ("chart.svg", figure.Save), ("gallery.html", gallery.Save),
            ("gallery.svg", gallery.Save)])
        {
            save(_folder.At(name));
            var page = File.ReadAllText(_folder.At(name));
            Assert.DoesNotContain("<img src=x", page, StringComparison.OrdinalIgnoreCase);
            if (!name.EndsWith(".svg", StringComparison.Ordinal))
                Assert.Contains("&lt;img src=x", page, StringComparison.Ordinal);
            if (name.EndsWith(".svg", StringComparison.Ordinal))
                Assert.Contains(Hostile, XDocument.Parse(page).Root!.Value, StringComparison.Ordinal);
            if (name.EndsWith(".svg", StringComparison.Ordinal))
                Assert.DoesNotContain(XDocument.Parse(page).Descendants(),
                    element => element.Name.LocalName is "img" or "script"
                        || element.Attributes().Any(attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        }
    }

    [Fact]
    public void A_script_in_a_property_of_a_slide_is_text()
    {
        var bytes = File.ReadAllBytes(SlideFiles.Aperio);
        var at = bytes.AsSpan().IndexOf("|AppMag = 20"u8);
        var end = bytes.AsSpan(at + 12).IndexOf("|"u8) + 12;
        Assert.InRange(end, 12, 400);
        var script = "|AppMag = 20|x = <script>alert(1)</script>"u8;
        script.CopyTo(bytes.AsSpan(at));
        bytes[at + script.Length] = (byte)'|';
        using var slide = Slide.Open(_folder.Write("script.svs", bytes));
        Assert.Equal("<script>alert(1)</script>", slide.Properties["aperio.x"]);
        Assert.DoesNotContain("<script", Shown.Html(slide), StringComparison.Ordinal);
    }
}
