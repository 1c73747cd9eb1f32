using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>What notebook 4 shows, beside values found from the files it read and wrote.</summary>
[Collection("default run")]
public class PredictionTests(DefaultRun run)
{
    internal static readonly Dictionary<string, int> Patches = Directory.GetDirectories(Repository.Path("notebooks", "data", "nct-crc-he"))
        .ToDictionary(folder => Path.GetFileName(folder)!, folder => Directory.GetFiles(folder).Length);

    ExecutedNotebook Notebook => run["04"];

    internal static double Measure(ExecutedNotebook notebook, string cell, string name) => double.Parse(
        Regex.Match(notebook[cell], $@"^{name} +([0-9.]+) \(", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Some of the embedded patches under a name that a folder of one's own has.</summary>
    internal static void OwnPatches(Folder folder)
    {
        foreach (var (name, _, file) in Few())
        {
            Directory.CreateDirectory(folder[$"my patches/{name}"]);
            File.Copy(file, folder[$"my patches/{name}/{Path.GetFileName(file)}"]);
        }
    }

    static IEnumerable<(string Class, int Number, string File)> Few() => ((string[])["ADI", "LYM", "TUM"]).SelectMany(name =>
        Directory.GetFiles(Repository.Path("notebooks", "data", "nct-crc-he", name)).Order(StringComparer.Ordinal).Take(5)
            .Select((file, i) => (name, i, file)));

    /// <summary>A mask of the embedded slide, 30 of its px each, with so much of the upper left corner.</summary>
    internal static void Corner(string path, int width, int height) => Patchwise.Raster.FromSamples(74, 99, 1,
        [.. Enumerable.Range(0, 74 * 99).Select(i => (byte)(i % 74 < width && i / 74 < height ? 255 : 0))]).Save(path);

    [Fact]
    public void Every_patch_is_counted_once_under_its_folder_and_in_the_total()
    {
        Assert.Equal(61, Patches.Values.Sum());
        var rows = Notebook.Table("patches");
        foreach (var (name, count) in Patches)
            Assert.Equal($"{count}", rows.Single(row => row[0] == name)[^1]);
        Assert.Equal("61", rows.Single(row => row[0] == "all")[^1]);
    }

    [Fact]
    public void A_published_network_is_used_or_the_notebook_says_how_to_fetch_it_and_which_of_the_two_is_seen()
    {
        Assert.Matches("resnet18-kather100k is (ready|not on this machine .*patchwise data fetch resnet18-kather100k)", Notebook.Printed("network"));
        Assert.Matches("predicted by (04-head, trained here|resnet18-kather100k, not trained here); it runs in ", Notebook.Printed("network"));
    }

    [Fact]
    public void The_table_of_predictions_is_what_the_accuracy_was_counted_from()
    {
        Assert.Contains("61 labelled patches", Notebook["predictions"], StringComparison.Ordinal);
        Assert.InRange(Measure(Notebook, "predictions", "accuracy"), 0.77, 1);
        var texts = Notebook.EachText("table").ToArray();
        Assert.Matches(@"row +source +x0 +y0 +x1 +y1 +class +probability +novelty +label", texts[0]);
        Assert.Contains("the first 20 of 61 rows", texts[0], StringComparison.Ordinal);
        Assert.Equal(Patches.Keys.Order(), texts[1].Split('\n').Skip(2).Select(row => row.Trim().Split(' ')[0]).Order());
    }

    [Fact]
    public void The_tile_is_tested_on_patches_that_its_network_has_not_seen_and_its_title_says_how_many_are_right()
    {
        var share = int.Parse(Regex.Match(Notebook["tile"], @"(?:Held-out|Labelled) patches as a tile: (\d+) ?% of 64 places right").Groups[1].Value,
            CultureInfo.InvariantCulture);
        Assert.InRange(share, 50, 98);
        Assert.StartsWith("Gallery \"4 of 64 patches of tile, drawn at random\": 1 rows, 4 images", Notebook["tile-patches"], StringComparison.Ordinal);
        Assert.True(new FileInfo(run.Written("04-head-of-two-thirds.onnx")).Length > 5e6);
    }

    [Fact]
    public void The_file_for_QuPath_holds_the_patches_of_the_slide_and_the_map_of_novelty_divides_them()
    {
        var features = JsonNode.Parse(File.ReadAllText(run.Written("04-slide.geojson")))!["features"]!.AsArray();
        // Notebook 5 lays the same grid on the same slide.
        Assert.Contains($"{features.Count} patches of 224 x 224 px", run["05"]["grid"], StringComparison.Ordinal);
        Assert.All(features, feature =>
        {
            Assert.Contains((string)feature!["properties"]!["classification"]!["name"]!, Patches.Keys);
            Assert.True((double)feature["properties"]!["measurements"]!["novelty"]! >= 0);
            Assert.All(feature["geometry"]!["coordinates"]![0]!.AsArray(),
                point => Assert.True((double)point![0]! is >= 0 and < 2500 && (double)point[1]! is >= 0 and < 3300));
        });
        // Of another organ some is called unfamiliar, and of tissue that both have some is not.
        var far = features.Count(feature => (double)feature!["properties"]!["measurements"]!["novelty"]! > 1);
        Assert.InRange(far / (double)features.Count, 0.1, 0.9);
        Assert.Contains("heatmap 'unfamiliar'", Notebook["novelty"], StringComparison.Ordinal);
        Assert.Contains("Is it like what was learned from?", Notebook["novelty"], StringComparison.Ordinal);
    }

    [Fact]
    public void Small_patches_of_known_patients_a_small_tile_half_the_stride_and_several_slides_with_masks_run_as_well()
    {
        using var folder = new Folder();
        foreach (var (name, i, file) in Few())
        {
            Directory.CreateDirectory(folder[$"my patches/p{i % 3}/{name}"]);
            Patchwise.Raster.Load(file).Crop(new(0, 0, 112, 112)).Save(folder[$"my patches/p{i % 3}/{name}/{i}.png"]);
        }
        var slide = Repository.Path("notebooks", "data", "slides", "CMU-1-Small-Region.svs");
        Corner(folder["quarter.png"], 30, 40);
        Corner(folder["corner.png"], 10, 13);
        var ended = Repository.RunNotebook("04", folder["04.ipynb"], "-p", $"patches={folder["my patches"]}", "-p", "layout={patient}/{class}",
            "-p", "tile=600", "-p", "stride=56", "-p",
            $"slides=[\"{slide}\", \"{slide}\"]", "-p", $"masks={folder["quarter.png"]},{folder["corner.png"]}", "-p", "device=cpu", "-p", "seed=3", "-p",
            "labelledMpp=0.5", "-p", "figures=png", "-p", $"output={folder.Path}");
        Assert.True(ended.ExitCode == 0, ended.Error);
        var notebook = new ExecutedNotebook(folder["04.ipynb"]);
        Assert.Equal("15", notebook.Table("patches").Single(row => row[0] == "all")[^1]);
        Assert.Contains("; 3 patients", notebook.Texts("patches"), StringComparison.Ordinal);
        Assert.Contains("of 3 patients", notebook.Texts("predictions"), StringComparison.Ordinal);
        // Patches of 112 px every 56 px on 600: 81 lie inside.
        Assert.Matches("of 81 places right", notebook["tile"]);
        Assert.Equal(2, Regex.Count(notebook["slides"], "    image\n"));
        // In 900 x 1200 px at half a micron, with what reaches half over their edge.
        int Saved(string name) => JsonNode.Parse(File.ReadAllText(folder[name]))!["features"]!.AsArray().Count;
        Assert.InRange(Saved("04-slide.geojson"), 250, 500);
        Assert.InRange(Saved("04-slide-2.geojson"), 20, 80);
        Pictures.Shown(folder["04-tile.png"], folder["04-slide.png"], folder["04-novelty.png"], folder["04-slide-2.png"], folder["04-novelty-2.png"]);
    }
}
