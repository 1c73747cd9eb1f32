using System.Globalization;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>What notebook 6 shows, beside values found from the files it read and wrote.</summary>
[Collection("default run")]
public class OwnNetworkTests(DefaultRun run)
{
    ExecutedNotebook Notebook => run["06"];

    static int Number(string text, string pattern) =>
        int.Parse(Regex.Match(text, pattern, RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

    [Fact]
    public void The_seventeen_published_networks_stand_with_the_scores_that_their_publishers_state()
    {
        var rows = Notebook.Table("published").Where(row => row[0].EndsWith("-kather100k", StringComparison.Ordinal)).ToArray();
        Assert.Equal(17, rows.Length);
        Assert.All(rows, row => Assert.InRange(double.Parse(row[1], CultureInfo.InvariantCulture), 0.965, 0.993));
        Assert.Contains("as their publishers state it", Notebook["published"].Split('\n')[0], StringComparison.Ordinal);
        Assert.Equal("0.990", rows.Single(row => row[0] == "resnet18-kather100k")[1]);
    }

    [Fact]
    public void The_accuracy_is_that_of_the_confusion_matrix_and_as_good_as_the_reference_run()
    {
        var matrix = Notebook.Plotly("confusion")["data"]![0]!;
        var names = matrix["y"]!.AsArray().Select(name => (string)name!).ToArray();
        var counts = matrix["text"]!.AsArray().Select(row =>
            row!.AsArray().Select(cell => int.Parse(((string)cell!).Split(' ')[0], CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal(names, matrix["x"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(names.Select(name => PredictionTests.Patches[name]), counts.Select(row => row.Sum()));
        var right = counts.Index().Sum(row => row.Item[row.Index]);
        Assert.Equal(right / 61.0, PredictionTests.Measure(Notebook, "head", "accuracy"), 1e-3);
        Assert.InRange(right / 61.0, 0.77, 0.98);
        // The gallery has all errors, and a row for each class that is right.
        Assert.Equal(61 - right, Regex.Count(Notebook["examples"], " taken for "));
        Assert.StartsWith($"Gallery \"All {61 - right} wrong predictions of 61;", Notebook["examples"], StringComparison.Ordinal);
        Assert.Equal(names, Notebook["examples"].Split('\n').Select(line => line.Trim().Split(':')[0]).Where(PredictionTests.Patches.ContainsKey));
        // The comparison counts the same patches: what both or only this one has right is what it has right.
        var compared = Shown("compare");
        Assert.Equal(right, Number(compared, @"^both right +(\d+)") + Number(compared, @"^only .*, leave-one-out right +(\d+)"));
        Assert.Contains("61 patches whose class is known", compared, StringComparison.Ordinal);
    }

    /// <summary>All that a cell shows, as text.</summary>
    string Shown(string cell) => Notebook.Texts(cell);

    [Fact]
    public void The_disagreement_is_counted_and_drawn_and_the_strides_stand_beside_the_truth_with_the_share_that_each_has_right()
    {
        var compared = Shown("disagreement");
        Assert.Equal(36, Number(compared, @"^both right +(\d+)") + Number(compared, @"^only 06-eight right +(\d+)")
            + Number(compared, @"^only 06-one right +(\d+)")
            + Number(compared, @"^both wrong +(\d+)"));
        Assert.Contains("heatmap 'both right'", compared, StringComparison.Ordinal);
        Assert.Matches("labels: .*Known tissue.*Stride 224: [0-9]+ % right.*Stride 112: [0-9]+ % right", Notebook["stride"]);
        Assert.Contains("learned from 61 patches of nct-crc-he", Notebook.Printed("own"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_of_ones_own_is_described_and_compared_on_patches_of_ones_own()
    {
        using var folder = new Folder();
        PredictionTests.OwnPatches(folder);
        var ended = Repository.RunNotebook("06", folder["06.ipynb"], "-p", $"patches={folder["my patches"]}", "-p", "tile=500", "-p",
            $"own={run.Written("06-one.onnx")}", "-p", "seed=3", "-p", "figures=png", "-p", $"output={folder.Path}");
        Assert.True(ended.ExitCode == 0, ended.Error);
        var notebook = new ExecutedNotebook(folder["06.ipynb"]);
        Assert.Contains("06-one", notebook.Printed("own"), StringComparison.Ordinal);
        Assert.Contains("15 patches whose class is known", notebook.Texts("compare"), StringComparison.Ordinal);
        Pictures.Shown(folder["06-confusion.png"]);
    }
}
