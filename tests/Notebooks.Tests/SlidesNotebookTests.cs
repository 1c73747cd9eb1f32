using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Patchwise;

namespace Notebooks.Tests;

/// <summary>What notebook 5 shows of the embedded slide, beside values found from its pixels and from the file of outlines.</summary>
[Collection("default run")]
public class SlidesNotebookTests(DefaultRun run)
{
    /// <summary>Class and corners of each outline, px of level 0; those that the slide's border does not cut.</summary>
    static readonly (string Class, (double X, double Y)[] Corners)[] Whole = [.. Outlines().Where(one => one.Corners.All(at => at.Y < 2966))];

    static IEnumerable<(string Class, (double X, double Y)[] Corners)> Outlines() =>
        JsonNode.Parse(File.ReadAllText(Repository.Path("notebooks", "data", "slides", "CMU-1-Small-Region.geojson")))!["features"]!.AsArray().Select(one => (
            (string)one!["properties"]!["classification"]!["name"]!,
            one["geometry"]!["coordinates"]![0]!.AsArray().Select(at => ((double)at![0]!, (double)at[1]!)).ToArray()));

    /// <summary>The side of the square around the centroid that holds the outline.</summary>
    static double Needs((double X, double Y)[] corners)
    {
        double area = 0, x = 0, y = 0;
        foreach (var (a, b) in corners.Zip(corners.Skip(1)))
        {
            var cross = a.X * b.Y - b.X * a.Y;
            (area, x, y) = (area + 3 * cross, x + (a.X + b.X) * cross, y + (a.Y + b.Y) * cross);
        }
        return 2 * corners.Max(at => Math.Max(Math.Abs(at.X - x / area), Math.Abs(at.Y - y / area)));
    }

    static double Side((double X, double Y)[] corners) =>
        Math.Max(corners.Max(at => at.X) - corners.Min(at => at.X), corners.Max(at => at.Y) - corners.Min(at => at.Y));

    [Fact]
    public void The_slide_says_what_it_is_and_is_shown_with_its_tissue_and_patches()
    {
        using var slide = Slide.Open(Repository.Path("notebooks", "data", "slides", "CMU-1-Small-Region.svs"));
        foreach (var word in (string[])["2220 x 2967 px", "0.499 microns per pixel (openslide.mpp-x and -y)", "20x (openslide.objective-power)"])
            Assert.Contains(word, run["05"]["slide"], StringComparison.Ordinal);

        var html = run["05"]["thumbnail", "text/html"];
        var thumbnail = Raster.Decode(Convert.FromBase64String(Regex.Match(html, "data:image/jpeg;base64,([A-Za-z0-9+/=]+)").Groups[1].Value));
        Assert.Equal(new PixelSize((int)Math.Round(2220 * 0.499 / 4), (int)Math.Round(2967 * 0.499 / 4)), thumbnail.Size);
        Assert.InRange(slide.Thumbnail(Resolution.Mpp(4)).AsBytes().ToArray().Zip(thumbnail.AsBytes().ToArray(), (a, b) => Math.Abs(a - b)).Average(), 0, 6);
        Assert.Contains("px, bar 200 µm", html, StringComparison.Ordinal);

        // Patches begin every 224 px of 0.5 microns; on the mask each takes the pixels between its edges.
        var mask = TissueMask.Of(slide).Pixels;
        var (size, kept) = (slide.At(Resolution.Mpp(0.5)).Size, 0);
        for (var y = 0; y < size.Height; y += 224)
            for (var x = 0; x < size.Width; x += 224)
            {
                int x0 = x * mask.Width / size.Width, x1 = Math.Min(x + 224, size.Width) * mask.Width / size.Width, y0 = y * mask.Height / size.Height,
                    y1 = Math.Min(y + 224, size.Height) * mask.Height / size.Height;
                var tissue = Enumerable.Range(y0, y1 - y0).Sum(v => Enumerable.Range(x0, x1 - x0).Count(u => mask[u, v] > 0));
                kept += 2 * tissue >= (x1 - x0) * (y1 - y0) ? 1 : 0;
            }
        Assert.Contains($"{kept} patches of 224 x 224 px", run["05"]["grid"], StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Tissue, outlined: {100.0 * mask.AsBytes().Count((byte)255) / mask.Size.Area:0.#} %"),
            run["05"]["tissue"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_quality_of_the_slide_is_told_and_drawn()
    {
        var table = run["05"].Texts("quality");
        Assert.Matches(@"in focus +(9\d|100)\.\d % of \d+ patches", table);
        Assert.Matches(@"background +2[2-5]\d of 255", table);
        Assert.Matches(@"stain +\d+ degrees from the reference", table);
        var names = run["05"].Plotly("quality")["data"]!.AsArray().Select(trace => (string?)trace!["name"]).ToArray();
        Assert.Contains("in focus", names);
    }

    [Fact]
    public void The_outlines_are_drawn_where_they_lie_each_class_in_a_color_of_its_own()
    {
        var outlines = Outlines().ToArray();
        var traces = run["05"].Plotly("outlines")["data"]!.AsArray().Where(trace => (string?)trace!["name"] is { } name
            && outlines.Any(one => one.Class == name) && trace["x"] is JsonArray { Count: > 2 }).ToArray();
        Assert.Equal(outlines.Select(one => one.Class).Distinct().Order(StringComparer.Ordinal), traces.Select(trace => (string)trace!["name"]!).Distinct());
        foreach (var group in outlines.GroupBy(one => one.Class))
        {
            var mine = traces.Where(trace => (string)trace!["name"]! == group.Key).ToArray();
            double[] Drawn(string axis) =>
                [.. mine.SelectMany(trace => trace![axis]!.AsArray()).OfType<JsonValue>().Select(value => (double)value * 1000 / 0.499)];
            var corners = group.SelectMany(one => one.Corners).ToArray();
            // To two px of the thumbnail.
            Assert.Equal((corners.Min(at => at.X), corners.Max(at => at.X), corners.Min(at => at.Y), corners.Max(at => at.Y)),
                (Drawn("x").Min(), Drawn("x").Max(), Drawn("y").Min(), Drawn("y").Max()), Near);
        }

        static bool Near((double, double, double, double) a, (double, double, double, double) b) =>
            new[] { a.Item1 - b.Item1, a.Item2 - b.Item2, a.Item3 - b.Item3, a.Item4 - b.Item4 }.All(apart => Math.Abs(apart) < 6);
    }

    [Fact]
    public void The_tables_count_the_outlines_that_the_border_does_not_cut()
    {
        var rows = run["05"].Table("outlines").Where(row => row.Length == 5).ToDictionary(row => row[0], row => row[1]);
        foreach (var group in Whole.GroupBy(one => one.Class))
            Assert.Equal($"{group.Count()}", rows[group.Key]);
        Assert.Equal(((int[])[64, 128, 256, 512]).Select(size => (size, Whole.Count(one => Needs(one.Corners) <= size), Whole.Length)), run["05"].Fit("fit"));
        Assert.InRange(Side(Whole.MaxBy(one => Side(one.Corners)).Corners), 128, 256);
    }

    [Fact]
    public void The_galleries_show_the_misfits_and_each_trial()
    {
        Assert.Contains("columns: larger than 128 px, at most 256: 3 | larger than 64 px, at most 128: 4", run["05"]["fit"], StringComparison.Ordinal);
        Assert.Contains("columns: Original | 20x | 10x | 5x | 2.5x | 1.25x", run["05"]["clarity"], StringComparison.Ordinal);
        Assert.Contains("20x", run["05"].Texts("fit"), StringComparison.Ordinal);
        var lines = File.ReadAllLines(run.Written("05-objects.csv"));
        Assert.Equal(Whole.Length + 1, lines.Length);
    }
}
