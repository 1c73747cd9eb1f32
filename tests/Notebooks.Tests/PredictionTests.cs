using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>What notebook 4 shows, beside values found from the files it read and wrote.</summary>
[Collection("default run")]
public class PredictionTests(DefaultRun run)
{
    static readonly Dictionary<string, int> Patches = Directory.GetDirectories(Repository.Path("notebooks", "data", "nct-crc-he"))
        .ToDictionary(folder => Path.GetFileName(folder)!, folder => Directory.GetFiles(folder).Length);

    ExecutedNotebook Notebook => run["04"];

    double Measure(string cell, string name) => double.Parse(Regex.Match(Notebook[cell], $@"^{name} +([0-9.]+) \(", RegexOptions.Multiline).Groups[1].Value,
        CultureInfo.InvariantCulture);

    [Fact]
    public void Every_patch_is_counted_once_under_its_folder()
    {
        Assert.Equal(61, Patches.Values.Sum());
        foreach (var (name, count) in Patches)
            Assert.Matches($@"\b{name} {count}\b", Notebook["patches"]);
    }

    [Fact]
    public void The_accuracy_is_that_of_the_confusion_matrix_and_as_good_as_the_reference_run()
    {
        var matrix = Notebook.Plotly("confusion")["data"]![0]!;
        var names = matrix["y"]!.AsArray().Select(name => (string)name!).ToArray();
        var counts = matrix["text"]!.AsArray().Select(row =>
            row!.AsArray().Select(cell => int.Parse(((string)cell!).Split(' ')[0], CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal(names, matrix["x"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(names.Select(name => Patches[name]), counts.Select(row => row.Sum()));
        var right = counts.Index().Sum(row => row.Item[row.Index]);
        Assert.Equal(right / 61.0, Measure("head", "accuracy"), 1e-3);
        Assert.InRange(right / 61.0, 0.77, 0.98);
        // The gallery has all errors, and a row for each class that is right.
        Assert.Equal(61 - right, Regex.Count(Notebook["examples"], " taken for "));
        Assert.StartsWith($"Gallery \"All {61 - right} wrong predictions of 61;", Notebook["examples"], StringComparison.Ordinal);
        Assert.Equal(names, Notebook["examples"].Split('\n').Select(line => line.Trim().Split(':')[0]).Where(Patches.ContainsKey));
    }

    [Fact]
    public void The_tile_is_tested_on_patches_that_its_network_has_not_seen()
    {
        Assert.Contains("484 labelled patches", Notebook["tile-accuracy"]);
        Assert.InRange(Measure("tile-accuracy", "accuracy"), 0.35, 0.95);
        Assert.InRange(Measure("tile-accuracy", "AUC"), 0.8, 1);
        Assert.True(new FileInfo(run.Written("04-head-of-two-thirds.onnx")).Length > 5e6);
        foreach (var picture in (string[])["04-confusion.png", "04-tile.png", "04-slide.png"])
            Assert.True(new FileInfo(run.Written(picture)).Length > 10_000, picture);
    }

    [Fact]
    public void The_strides_stand_beside_the_truth_with_the_share_that_each_has_right()
    {
        Assert.Matches("labels: .*Known tissue.*Stride 224: [0-9]+ % right.*Stride 112: [0-9]+ % right", Notebook["stride"]);
        // Notebook 5 lays the same grid on the same slide.
        static string Patches(string grid) => Regex.Match(grid, @"\d+ patches of 224 x 224 px").Value;
        Assert.Equal(Patches(run["05"]["grid"]), Patches(Notebook["grid"]));
    }

    [Fact]
    public void The_file_for_QuPath_holds_the_patches_of_the_grid_inside_the_slide()
    {
        var count = int.Parse(Regex.Match(Notebook["grid"], @"(\d+) patches of 224").Groups[1].Value, CultureInfo.InvariantCulture);
        var features = JsonNode.Parse(File.ReadAllText(run.Written("04-slide.geojson")))!["features"]!.AsArray();
        Assert.Equal(count, features.Count);
        Assert.All(features, feature =>
        {
            Assert.Contains((string)feature!["properties"]!["classification"]!["name"]!, Patches.Keys);
            Assert.All(feature["geometry"]!["coordinates"]![0]!.AsArray(),
                point => Assert.True((double)point![0]! is >= 0 and < 2500 && (double)point[1]! is >= 0 and < 3300));
        });
        Assert.Contains("0.499 microns per pixel", Notebook["slide"]);
    }

    [Fact]
    public void A_published_network_is_used_or_the_notebook_says_how_to_fetch_it() =>
        Assert.Matches("resnet18-kather100k is (ready|not on this machine .*patchwise data fetch resnet18-kather100k)", Notebook.Printed("published"));

    [Fact]
    public void Patches_of_ones_own_a_small_tile_half_the_stride_and_a_network_of_ones_own_run_as_well()
    {
        using var folder = new Folder();
        foreach (var name in (string[])["ADI", "LYM", "TUM"])
        {
            Directory.CreateDirectory(folder[$"my patches/{name}"]);
            foreach (var file in Directory.GetFiles(Repository.Path("notebooks", "data", "nct-crc-he", name)).Order(StringComparer.Ordinal).Take(5))
                File.Copy(file, folder[$"my patches/{name}/{Path.GetFileName(file)}"]);
        }
        var ended = Repository.RunNotebook("04", folder["04.ipynb"], "-p", $"patches={folder["my patches"]}", "-p", "tile=600", "-p", "stride=112", "-p",
            $"own={run.Written("04-head-of-two-thirds.onnx")}",
            "-p", "seed=3", "-p", $"output={folder.Path}");
        Assert.True(ended.ExitCode == 0, ended.Error);
        var notebook = new ExecutedNotebook(folder["04.ipynb"]);
        Assert.Contains("bar: ADI 5, LYM 5, TUM 5", notebook["patches"]);
        // Patches of 224 px every 112 px on 600: 16 of 36 lie inside.
        Assert.Contains("16 labelled patches, 20 over the edge left out", notebook["tile-accuracy"]);
        Assert.StartsWith("Chart \"Predicted tissue\"", notebook["own"]);
        var patches = int.Parse(Regex.Match(notebook["grid"], @"(\d+) patches of 224 x 224 px, stride 112").Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(patches, JsonNode.Parse(File.ReadAllText(folder["04-slide.geojson"]))!["features"]!.AsArray().Count);
    }
}
