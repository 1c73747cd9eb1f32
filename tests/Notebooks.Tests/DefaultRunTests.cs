using System.Globalization;
using System.Text.RegularExpressions;
using Patchwise;

namespace Notebooks.Tests;

/// <summary>All notebooks, executed once by the command that README gives, into a folder of their own.</summary>
public sealed class DefaultRun : IDisposable
{
    readonly Folder _folder = new();

    internal Repository.Ended Ended { get; }

    public DefaultRun() => Ended = Repository.Run(Repository.Path("notebooks", "run"), "--out", _folder.Path);

    internal ExecutedNotebook this[string number] => new(_folder[Path.GetFileName(Repository.Notebook(number))]);

    /// <summary>A file that the notebooks wrote.</summary>
    internal string Written(string name) => _folder[name];

    public void Dispose() => _folder.Dispose();
}

[CollectionDefinition("default run")]
public class SharedDefaultRun : ICollectionFixture<DefaultRun>;

/// <summary>What the notebooks show with the parameters they come with, beside values found by filling the masks pixel by pixel.</summary>
[Collection("default run")]
public class DefaultRunTests(DefaultRun run)
{
    static readonly TrueObject[] Usable = Truth.AwayFromEdge(1);

    [Fact]
    public void Every_notebook_runs_to_its_end()
    {
        Assert.True(run.Ended.ExitCode == 0, run.Ended.Error);
        foreach (var number in Repository.All)
        {
            Assert.Empty(run[number].Errors);
            Assert.InRange(new FileInfo(run[number].Page).Length, 1_000_000, 6_000_000);
        }
    }

    [Fact]
    public void As_many_objects_are_found_as_the_annotators_drew() =>
        Assert.Equal(Truth.Index.Sum(entry => entry.Instances), Truth.Objects.Count);

    [Fact]
    public void The_summary_counts_the_objects_of_each_image()
    {
        var rows = run["01"].Table("measure").Where(row => row.Length == 3).ToDictionary(row => row[0], row => (row[1], row[2]));
        Assert.Equal(($"{Truth.Objects.Count}", $"{Usable.Length}"), rows["all"]);
        foreach (var (name, _, _, instances) in Truth.Index.Where(entry => rows.ContainsKey(entry.Name)))
            Assert.Equal(($"{instances}", $"{Usable.Count(o => o.Image == name)}"), rows[name]);
        Assert.True(rows.Count > 5);
    }

    [Fact]
    public void The_table_that_is_written_holds_every_usable_object()
    {
        var lines = File.ReadAllLines(run.Written("01-objects.csv"));
        var columns = lines[0].Split(',');
        double Number(string[] row, string name) => double.Parse(row[Array.IndexOf(columns, name)], CultureInfo.InvariantCulture);
        var found = lines.Skip(1).Select(line => line.Split(',')).ToArray();
        Assert.Equal(Usable.Length, found.Length);
        foreach (var (row, o) in found.Zip(Usable.OrderBy(o => Array.FindIndex(Order(found), name => name == o.Image))))
        {
            Assert.Equal(o.Image, row[Array.IndexOf(columns, "image")]);
            Assert.Equal((o.Area, o.X0, o.Y0, o.X1, o.Y1, o.Side),
                (Number(row, "area"), Number(row, "x0"), Number(row, "y0"), Number(row, "x1"), Number(row, "y1"), Number(row, "side")));
            Assert.Equal(o.Cx, Number(row, "cx"), 1e-6);
            Assert.Equal(o.Cy, Number(row, "cy"), 1e-6);
        }

        string[] Order(string[][] rows) => [.. rows.Select(row => row[Array.IndexOf(columns, "image")]).Distinct()];
    }

    [Fact]
    public void The_percentiles_are_those_of_the_objects()
    {
        foreach (var row in run["01"].Table("sizes").Where(row => row.Length == 3 && double.TryParse(row[0], CultureInfo.InvariantCulture, out _)))
        {
            var percent = double.Parse(row[0], CultureInfo.InvariantCulture);
            Assert.Equal(Truth.Percentile(Usable.Select(o => (double)o.Area), percent), double.Parse(row[1], CultureInfo.InvariantCulture), 1e-3);
            Assert.Equal(Truth.Percentile(Usable.Select(o => (double)o.Side), percent), double.Parse(row[2], CultureInfo.InvariantCulture), 1e-3);
        }
    }

    [Theory, InlineData("01", "sizes", 0.25, false), InlineData("03", "histograms", 0.5, true)]
    public void The_bars_of_the_histograms_count_the_objects(string notebook, string cell, double scale, bool centred)
    {
        var bars = run[notebook].Plotly(cell)["data"]!.AsArray().Where(trace => (string)trace!["type"]! == "bar").ToArray();
        Assert.Equal(2, bars.Length);
        foreach (var (trace, of) in bars.Zip(
            (Func<TrueObject, double>[])[o => o.Area * scale * scale, o => (centred ? Math.Round(o.Needs, 6) : o.Side) * scale]))
        {
            var (x, y, width) = (Numbers(trace!["x"]!), Numbers(trace["y"]!), trace["width"] is System.Text.Json.Nodes.JsonArray w ? Numbers(w) : null);
            for (var i = 0; i < x.Length; i++)
            {
                var half = (width?[i] ?? x[1] - x[0]) / 2;
                var last = i == x.Length - 1;
                Assert.Equal(Usable.Count(o => of(o) >= x[i] - half - 1e-9 && (of(o) < x[i] + half - 1e-9 || last && of(o) <= x[i] + half + 1e-9)), y[i]);
            }
        }
    }

    [Fact]
    public void The_gallery_shows_the_objects_at_the_percentiles_of_area_uncut()
    {
        var lines = run["02"]["gallery"].Split('\n');
        foreach (var percent in (int[])[1, 5, 10, 15, 50, 95])
        {
            var wanted = Truth.Percentile(Usable.Select(o => (double)o.Area), percent);
            var nearest = Usable.Min(o => Math.Abs(o.Area - wanted));
            var candidates = Usable.Where(o => Math.Abs(o.Area - wanted) == nearest).ToArray();
            var label = percent == 50 ? "median" : percent == 1 ? "1st percentile" : $"{percent}th percentile";
            var line = Assert.Single(lines, line => line.TrimStart().StartsWith($"{label}: ", StringComparison.Ordinal));
            Assert.Contains(candidates, o => line.Contains(string.Create(CultureInfo.InvariantCulture, $"{o.Area:N0} px²"), StringComparison.Ordinal)
                && line.Contains($"{o.Side + 20} x {o.Side + 20} px", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_first_column_of_the_gallery_holds_the_pixels_of_the_images()
    {
        var wanted = Truth.Percentile(Usable.Select(o => (double)o.Area), 50);
        var images = Regex.Matches(run["02"]["gallery", "text/html"], "data:image/png;base64,([A-Za-z0-9+/=]+)")
            .Select(match => Raster.Decode(Convert.FromBase64String(match.Groups[1].Value))).ToArray();
        Assert.Equal(10 * 5, images.Length);
        var shown = images[8 * 5]; // the row of the median
        var candidates = Usable.Where(o => o.Side + 20 == shown.Width && Math.Abs(o.Area - wanted) <= 1);
        Assert.Contains(candidates, o =>
        {
            var source = Raster.Load(Truth.Index.Single(entry => entry.Name == o.Image).Image);
            // The crop's first pixel may be found up to a pixel apart where the side is odd.
            return Enumerable.Range(-1, 3).Any(dy => Enumerable.Range(-1, 3)
                .Any(dx => Equal(source, shown, (o.X0 + o.X1) / 2 - shown.Width / 2 + dx, (o.Y0 + o.Y1) / 2 - shown.Height / 2 + dy)));
        });

        static bool Equal(Raster source, Raster crop, int x0, int y0)
        {
            for (var y = 0; y < crop.Height; y++)
                for (var x = 0; x < crop.Width; x++)
                    for (var c = 0; c < 3; c++)
                        if (x + x0 >= 0 && y + y0 >= 0 && x + x0 < source.Width && y + y0 < source.Height && source[x + x0, y + y0, c] != crop[x, y, c])
                            return false;
            return true;
        }
    }

    [Fact]
    public void Clarity_falls_with_the_magnification_and_the_suggestion_says_where_it_is_enough()
    {
        var traces = run["02"].Plotly("curve")["data"]!.AsArray().Where(trace => (string?)trace!["type"] == "scatter" && trace["y"] is not null).ToArray();
        Assert.NotEmpty(traces);
        foreach (var trace in traces)
        {
            var points = Numbers(trace!["x"]!).Zip(Numbers(trace["y"]!)).OrderBy(p => p.First).ToArray();
            Assert.All(points.Zip(points.Skip(1)), pair => Assert.True(pair.First.Second <= pair.Second.Second + 1e-9));
        }
        Assert.Matches(@"^[0-9.]+x: the lowest that keeps SSIM at or above 0\.90? for 95 % of the objects, to 1x \(at .* [0-9.]+x to [0-9.]+x \(95 % of 1000",
            run["02"]["suggestion"]);
        Assert.StartsWith("200 objects measured at 30x, 20x, 10x, 5x", run["02"]["objects"]);
    }

    [Fact]
    public void The_fit_table_counts_the_objects_that_a_patch_around_their_centroid_holds()
    {
        var fit = run["03"].Fit("fit");
        Assert.Equal([16, 32, 48, 64], fit.Select(row => row.Size));
        Assert.All(fit, row => Assert.Equal((Usable.Count(o => o.Needs * 0.5 <= row.Size), Usable.Length), (row.Fits, row.Total)));
    }

    [Fact]
    public void The_sample_is_one_population_and_every_object_stands_over_its_image()
    {
        Assert.DoesNotContain("times as long", run["01"].Texts("population"));
        var points = run["01"].Plotly("population")["data"]![0]!;
        var sides = Numbers(points["y"]!).Order().ToArray();
        foreach (var (found, known) in sides.Zip(Usable.Select(o => o.Side * 0.25).Order()))
            Assert.Equal(known, found, 1e-9);
        Assert.Equal(Usable.Length, sides.Length);
    }

    [Theory, InlineData("02-gallery"), InlineData("02-curve", "SSIM"), InlineData("03-histograms", "px at 20x"), InlineData("03-coverage", "px at 20x"),
        InlineData("03-cut-off"), InlineData("04-tile"), InlineData("04-slide"), InlineData("04-novelty"), InlineData("06-confusion", "TUM"),
        InlineData("07-surface", "100x"), InlineData("07-frontier", "multiply-adds"), InlineData("07-changed")]
    public void The_figures_are_written_as_pages(string name, string shown = "data:image/")
    {
        var page = File.ReadAllText(run.Written(name + ".html"));
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains(shown, page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_suggested_size_is_the_smallest_step_that_holds_the_target()
    {
        var size = Enumerable.Range(1, 100).Select(i => 8 * i).First(size => Usable.Count(o => o.Needs * 0.5 <= size) >= 0.95 * Usable.Length);
        Assert.Contains($"{size} px", run["03"]["suggestion"], StringComparison.Ordinal);
    }

    static double[] Numbers(System.Text.Json.Nodes.JsonNode array) => [.. array.AsArray().Select(value => (double)value!)];
}
