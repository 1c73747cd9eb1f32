using System.Globalization;
using System.Text.RegularExpressions;
using Patchwise;

namespace Notebooks.Tests;

/// <summary>What notebook 7 shows, beside the table that it wrote and the cells as their file states them.</summary>
[Collection("default run")]
public class SignalTests(DefaultRun run)
{
    ExecutedNotebook Notebook => run["07"];

    /// <summary>The settings by column.</summary>
    Dictionary<string, string>[] Settings
    {
        get
        {
            var lines = File.ReadAllLines(run.Written("07-settings.csv"));
            return [.. lines.Skip(1).Select(line => lines[0].Split(',').Zip(line.Split(',')).ToDictionary())];
        }
    }

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [Fact]
    public void Every_cell_is_counted_under_its_class()
    {
        var classes = File.ReadLines(Repository.Path("notebooks", "data", "chula-rbc-12", "cells.csv")).Skip(1)
            .CountBy(line => line.Split(',')[3]).ToDictionary();
        Assert.Equal((2343, 8), (classes.Values.Sum(), classes.Count));
        foreach (var (name, count) in classes)
            Assert.Matches($@"\b{name} +{count}\b", Notebook["objects"]);
    }

    [Fact]
    public void The_surface_and_the_frontier_draw_the_numbers_of_the_table()
    {
        var chart = Notebook.Plotly("surface");
        var side = Regex.Match(Notebook["surface"], @"network input (\d+) px").Groups[1].Value;
        var map = Assert.Single(chart["data"]!.AsArray(), trace => (string)trace!["type"]! == "heatmap")!;
        double[] shown = [.. map["z"]!.AsArray().SelectMany(row => row!.AsArray()).Where(value => value is not null).Select(value => (double)value!).Order()];
        Assert.Equal(Settings.Where(row => row["input"] == side).Select(row => Number(row["accuracy"])).Order(), shown, (a, b) => Math.Abs(a - b) < 1e-5);
        var marks = Notebook.Plotly("frontier")["data"]!.AsArray().Where(trace => Regex.IsMatch((string)trace!["name"]!, "^[0-9.]+x$")).ToArray();
        Assert.Equal(Settings.Length, marks.Sum(trace => trace!["x"]!.AsArray().Count));
        foreach (var word in (string[])["clarity test: ", "size test: 64 px"])
            Assert.Contains(word, Notebook["surface"], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_suggested_is_cheaper_and_loses_no_more_than_is_allowed()
    {
        var (suggested, reference) = (Assert.Single(Settings, row => row["role"].Contains("suggested", StringComparison.Ordinal)),
            Assert.Single(Settings, row => row["role"].Contains("reference", StringComparison.Ordinal)));
        Assert.Equal("224", reference["input"]);
        Assert.True(Number(suggested["multiply_adds"]) < 0.5 * Number(reference["multiply_adds"]));
        Assert.InRange(Number(suggested["shrunk_loss"]), 0, 1);
        Assert.Equal("true", suggested["safe"]);
        Assert.Contains("keeps the signal at ", Notebook["test"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_galleries_show_pairs_of_each_class()
    {
        Assert.Contains("8 rows, 48 images", Notebook["gallery"], StringComparison.Ordinal);
        Assert.Matches("Of 600 objects \\d+ are told right at the best setting", Notebook["changed"]);
    }

    [Fact]
    public void The_head_is_a_model_of_eight_classes()
    {
        using var model = Model.Open(run.Written("07-head.onnx"));
        Assert.Equal(8, model.Card.Classes.Count);
    }
}
