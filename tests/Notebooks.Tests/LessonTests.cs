using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Patchwise;

namespace Notebooks.Tests;

/// <summary>The first lessons of notebook 1: what the two numbers mean and cost.</summary>
[Collection("default run")]
public sealed class LessonTests(DefaultRun run) : IDisposable
{
    readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_two_figures_show_the_embedded_slide_from_its_own_magnification_down()
    {
        Assert.Contains("columns: 20x | 10x: 4 times the tissue | 5x: 16 times the tissue", run["01"]["same-size"], StringComparison.Ordinal);
        Assert.Contains("columns: 20x | 10x: 1/4 of the pixels | 5x: 1/16 of the pixels", run["01"]["same-field"], StringComparison.Ordinal);
        // 256 px of 0.499 microns, and twice and four times as much.
        foreach (var microns in (int[])[128, 255, 511])
            Assert.Contains($"{microns} x {microns} µm of tissue 256 x 256 px", run["01"]["same-size"], StringComparison.Ordinal);
        foreach (var side in (int[])[256, 128, 64])
            Assert.Contains($"128 x 128 µm of tissue {side} x {side} px", run["01"]["same-field"], StringComparison.Ordinal);
        foreach (var cell in (string[])["same-size", "same-field"])
        {
            var html = run["01"][cell, "text/html"];
            Assert.Equal(3, Regex.Count(html, "data-bar"));
            Assert.Equal(3, Regex.Count(html, "bar [0-9]+ µm"));
        }
    }

    [Fact]
    public void The_table_of_costs_grows_with_the_square_of_the_side()
    {
        var rows = run["01"].Table("cost").Where(row => row.Length == 5 && int.TryParse(row[0], out _))
            .Select(row => row.Select(cell => double.Parse(cell, NumberStyles.Number, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal([64, 128, 224, 256, 512], rows.Select(row => row[0]));
        foreach (var row in rows)
        {
            var times = row[0] * row[0] / (64 * 64);
            Assert.InRange(row[1] / times, 0.95, 1.05);
            Assert.InRange(row[2] / (times * rows[0][2]), 0.95, 1.05);
            Assert.InRange(row[4] * times / rows[0][4], 0.95, 1.05);
        }
        // As published for ResNet-18: 1.8 billion multiply-adds for 224 px.
        Assert.InRange(rows[2][2], 1750, 1850);
    }

    [Theory, InlineData("01"), InlineData("05")]
    public void These_notebooks_have_at_most_twenty_cells(string number) =>
        Assert.InRange(JsonNode.Parse(File.ReadAllText(Repository.Notebook(number)))!["cells"]!.AsArray().Count, 8, 20);

    [Fact]
    public void Another_slide_patch_and_network_give_figures_and_costs_of_their_own()
    {
        var output = _folder["01.ipynb"];
        var ended = Repository.RunNotebook("01", output, "-p", "slideFile=data/slides/fluorescence-40x.ndpi", "-p", "shown=40,20", "-p", "patch=200",
            "-p", "network=mobilenet_v2-imagenet", "-p", "patchSizes=96,32", "-p", $"output={_folder.Path}");
        Assert.True(ended.ExitCode == 0, ended.Error);
        var notebook = new ExecutedNotebook(output);
        Assert.Contains("columns: 40x | 20x: 4 times the tissue", notebook["same-size"], StringComparison.Ordinal);
        // 200 px of 0.2282 microns.
        Assert.Contains("46 x 46 µm of tissue 200 x 200 px | 91 x 91 µm of tissue 200 x 200 px", notebook["same-size"], StringComparison.Ordinal);
        Assert.Contains("46 x 46 µm of tissue 200 x 200 px | 46 x 46 µm of tissue 100 x 100 px", notebook["same-field"], StringComparison.Ordinal);
        Assert.Equal(["32", "96"], notebook.Table("cost").Where(row => int.TryParse(row[0], out _)).Select(row => row[0]));
    }

    [Theory]
    [InlineData("01", "slideMagnification", "shown=20")]
    [InlineData("05", "give the outlines of this slide, such as -p outlines=mine.geojson", "slideMpp=0.5")]
    public void What_a_slide_of_ones_own_lacks_is_named_with_the_parameter_that_helps(string number, string expected, string given)
    {
        Drawn(900, 700).Save(_folder["plain.png"]);
        var ended = Repository.RunNotebook(number, _folder[$"{number}.ipynb"], "-p", $"slideFile={_folder["plain.png"]}", "-p", given, "-p",
            $"output={_folder.Path}");
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(expected, (string)new ExecutedNotebook(_folder[$"{number}.failed.ipynb"]).Errors.Single()["evalue"]!, StringComparison.Ordinal);
    }

    /// <summary>A violet square on glass.</summary>
    static Raster Drawn(int width, int height) => Raster.FromSamples(width, height, 3, [.. Enumerable.Range(0, width * height).SelectMany(i =>
        i % width > width / 4 && i % width < width / 2 && i / width > height / 4 && i / width < height / 2 ? (byte[])[120, 60, 140] : [240, 240, 240])]);

    [Fact]
    public void Other_outlines_trials_and_sizes_are_taken()
    {
        File.WriteAllText(_folder["one.geojson"], """
            {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates":
            [[[1190, 1980], [1340, 1980], [1340, 2180], [1190, 2180], [1190, 1980]]]}, "properties": {"classification": {"name": "square"}}}]}
            """);
        var output = _folder["05.ipynb"];
        var ended = Repository.RunNotebook("05", output, "-p", $"outlines={_folder["one.geojson"]}", "-p", "trials=5,2", "-p", "sizes=128,96", "-p",
            "chosen=10", "-p", "patch=112", "-p", "patchMpp=1", "-p", "minTissue=0", "-p", $"output={_folder.Path}");
        Assert.True(ended.ExitCode == 0, ended.Error);
        var notebook = new ExecutedNotebook(output);
        Assert.Contains("columns: Original | 20x | 5x | 2x", notebook["clarity"], StringComparison.Ordinal);
        Assert.Equal([(96, 0, 1), (128, 1, 1)], notebook.Fit("fit").Distinct());
        Assert.Contains(" patches of 112 x 112 px, 112 microns wide", notebook["grid"], StringComparison.Ordinal);
    }
}
