using System.Text.Json.Nodes;
using Plotly.NET;

namespace Patchwise.Tests;

public class OverlayChartTests
{
    static readonly ClassInfo[] Three = [new("TUM", "tumour", "#984ea3"), new("STR", "stroma", "#f781bf"), new("ADI", "fat", "#ff7f00")];

    [Fact]
    public void Each_class_that_occurs_is_a_layer_between_the_edges_of_its_patches()
    {
        // 90 x 30 px at 4 microns, predicted at 2 microns' double: patches of 10 px are 30 of level 0, less 15 at the map's end.
        var table = MadeUp.Table(MadeUp.Frame(90, 30, Resolution.Baseline(1 / 3.0), mpp: 4), Three,
            (new(0, 0, 10, 10), [.75f, .25f, 0]), (new(10, 0, 20, 10), [.125f, .875f, 0]), (new(20, 0, 30, 10), [.5f, .25f, .25f]));
        using var slide = Slide.Of(new Raster(90, 30, 3), "tile.png", mpp: 4);
        var data = Cells(Overlay.Of(slide, PredictionMap.Of(table), 0.5, new() { Millimetres = false }).Chart());
        Assert.Equal(["heatmap", "heatmap"], data.Select(trace => (string)trace!["type"]!));
        Same("""{"name": "TUM", "x": [0, 30, 60, 90], "y": [0, 30], "z": [[0.75, null, 0.5]], "opacity": 0.5, "text": [["row 0", null, "row 2"]],""" +
            """ "hovertemplate": "tumour<br>mean probability: %{z:,.3~r}<br>%{text}<extra>TUM</extra>", "showlegend": false}""", data[0]!);
        Same("""{"name": "STR", "x": [30, 60], "y": [0, 30], "z": [[0.875]], "opacity": 0.5,""" +
            """ "hovertemplate": "stroma<br>mean probability: %{z:,.3~r}<br>%{text}<extra>STR</extra>", "showlegend": false}""", data[1]!);
        // Where microns per pixel are known, axes are in mm unless asked for otherwise.
        var millimetres = Overlay.Of(slide, PredictionMap.Of(MadeUp.Bare(table)), 0.5, new() { Rest = "black" }).Chart();
        Same("""{"name": "STR", "x": [0.12, 0.24], "y": [0, 0.12], "z": [[1]], "opacity": 0.5,""" +
            """ "hovertemplate": "stroma<br>share of patches: %{z:,.3~r}<br>%{text}<extra>STR</extra>", "showlegend": false}""", Cells(millimetres)[1]!);
        Assert.Equal("x (mm)", (string)Shown.Json(millimetres)["layout"]!["xaxis"]!["title"]!["text"]!);
    }

    [Fact]
    public void What_was_not_predicted_is_a_layer_where_it_has_a_color()
    {
        var table = MadeUp.Table(MadeUp.Frame(90, 30), Three, (new(0, 0, 60, 30), [.75f, .25f, 0]));
        var data = Cells(Overlay.Of(new Raster(90, 30, 3), PredictionMap.Of(table), options: new() { Rest = "black" }).Chart());
        Same("""{"name": "not predicted", "x": [60, 90], "y": [0, 30], "z": [[0]], "opacity": 0.35,""" +
                """ "hovertemplate": "not predicted<extra>not predicted</extra>", "showlegend": false}""", data[1]!);
        Assert.Single(Data(Overlay.Of(new Raster(90, 30, 3), PredictionMap.Of(MadeUp.Table(MadeUp.Frame(90, 30), Three))).Chart()));
    }

    [Fact]
    public void A_probability_is_one_layer_with_a_scale()
    {
        var table = MadeUp.Table(MadeUp.Frame(90, 30), Three, (new(0, 0, 60, 30), [.75f, .25f, 0]), (new(30, 0, 90, 30), [.25f, .75f, 0]));
        var chart = Overlay.Of(new Raster(90, 30, 3), ProbabilityMap.Of(table, "STR")).Chart();
        var data = Data(chart);
        Assert.Equal(2, data.Count);
        // What the slider sets is clear below its value, and in the scale's colors from there on.
        var controls = Shown.Json(chart)["layout"]!["meta"]!["controls"]!;
        Assert.Equal(Enumerable.Range(0, 20).Select(step => step / 20.0), controls["controls"]![0]!["steps"]!.AsArray().Select(step =>
            double.Parse((string)step!, System.Globalization.CultureInfo.InvariantCulture)), (a, b) => Math.Abs(a - b) < 1e-9);
        var state = controls["states"]![8]!;
        Assert.Equal(1, (int)state["traces"]![0]!);
        var scale = state["data"]!["colorscale"]![0]!.AsArray();
        Assert.Equal([(0, "rgba(0,0,0,0)"), (0.4, "rgba(0,0,0,0)"), (0.4, Palette.HeatAt(0.4))], scale.Take(3).Select(stop => ((double)stop![0]!,
            (string)stop[1]!)));
        Assert.Equal((1, "#ffe84a"), ((double)scale[^1]![0]!, (string)scale[^1]![1]!));
        Same("""{"name": "STR", "x": [0, 30, 60, 90], "y": [0, 30], "z": [[0.25, 0.5, 0.75]], "opacity": 0.35, "text": [["row 0", "rows 0, 1", "row 1"]],""" +
                """ "hovertemplate": "stroma<br>probability of STR: %{z:,.3~r}<br>%{text}<extra>STR</extra>", "showlegend": false}""", data[1]!);
    }

    [Fact]
    public void Layers_have_the_classes_of_the_map_and_twenty_thousand_patches_stay_small()
    {
        // 142 x 142 patches at half a patch's distance: more px than cells, and patches' own edges.
        var classes = MadeUp.Classes(9);
        var table = MadeUp.Grid(MadeUp.Frame(142 * 112, 142 * 112), 224, 112, classes);
        Assert.True(table.Count > 20_000);
        var map = PredictionMap.Of(table, Resolution.Baseline(1 / 16.0));
        var overlay = Overlay.Of(new Raster(map.Size.Width, map.Size.Height, 3), map);
        var layers = Cells(overlay.Chart());
        foreach (var (x, y) in ((int, int)[])[(0, 0), (500, 300), (993, 993), (7, 986)])
        {
            // The edges are in px of level 0.
            var hits = layers.Where(layer => Cell(layer!, (x + 0.5) * 16, (y + 0.5) * 16) is not null).ToArray();
            Assert.Equal(classes[map.Pixels[x, y] - 1].Name, (string)Assert.Single(hits)!["name"]!);
        }
        Assert.InRange(ChartPage.Json(overlay.Chart()).Length, 1, 3_000_000);
        // Patches anywhere make more cells than are drawn: an even raster takes their place.
        var random = new Random(4);
        var anywhere = MadeUp.Table(MadeUp.Frame(2000, 2000), classes, [.. Enumerable.Range(0, 20_000).Select(_ =>
        {
            var (left, top, one) = (random.Next(2000), random.Next(2000), random.Next(9));
            return (new Box(left, top, left + 30, top + 30), Enumerable.Range(0, 9).Select(k => k == one ? 1f : 0f).ToArray());
        })]);
        var figure = Overlay.Of(new Raster(2000, 2000, 3), PredictionMap.Of(anywhere)).Chart();
        Assert.InRange(Cells(figure).Sum(layer => layer!["z"]!.AsArray().Sum(row => row!.AsArray().Count)), 300_000, 400_000);
        Assert.InRange(ChartPage.Json(figure).Length, 1, 4_000_000);
    }

    static double? Cell(JsonNode layer, double x, double y)
    {
        static int Place(JsonNode edges, double at) => edges.AsArray().Count(edge => (double)edge! <= at) - 1;
        int column = Place(layer["x"]!, x), row = Place(layer["y"]!, y);
        var z = layer["z"]!.AsArray();
        return row < 0 || row >= z.Count || column < 0 || column >= z[0]!.AsArray().Count ? null : (double?)z[row]![column];
    }

    [Fact]
    public void The_legend_shows_each_class_as_clear_as_the_map_does_or_its_outline()
    {
        var table = MadeUp.Table(MadeUp.Frame(90, 30), Three, (new(0, 0, 60, 30), [.75f, .25f, 0]), (new(60, 0, 90, 30), [.25f, .75f, 0]));
        var (image, map) = (new Raster(90, 30, 3), PredictionMap.Of(table));
        var keys = Shown.Traces(Overlay.Of(image, map, 0.4).Chart(), "scatter");
        Assert.Equal([("TUM", "#984ea3", 0.4), ("STR", "#f781bf", 0.4)],
            keys.Select(key => ((string)key["name"]!, (string)key["marker"]!["color"]!, (double)key["marker"]!["opacity"]!)));
        var outlined = Overlay.Of(image, map, 0.4, new() { Outline = true }).Chart();
        var lines = Shown.Traces(outlined, "scatter");
        Assert.Equal(["#984ea3", "#f781bf"], lines.Select(line => (string)line["line"]!["color"]!));
        Assert.Equal([0, 60, double.NaN, 0, 60, double.NaN, 0, 0, double.NaN, 60, 60, double.NaN], Shown.Numbers(lines[0]["x"]));
        Assert.All(Cells(outlined), layer => Assert.Equal(0, (double)layer["opacity"]!));
        Assert.All(Cells(outlined).Zip(lines), pair => Assert.Equal((string)pair.Second["legendgroup"]!, (string)pair.First["legendgroup"]!));
    }

    static JsonNode[] Cells(GenericChart chart) => Shown.Traces(chart, "heatmap");

    static JsonArray Data(GenericChart chart) => Shown.Json(chart)["data"]!.AsArray();

    /// <summary>Of the trace, what is named; numbers to nine digits.</summary>
    static void Same(string expected, JsonNode trace)
    {
        var wanted = JsonNode.Parse(expected)!.AsObject();
        Assert.Equal(Rounded(wanted), Rounded(new JsonObject([.. wanted.Select(pair => KeyValuePair.Create(pair.Key, trace[pair.Key]?.DeepClone()))])));

        static string Rounded(JsonNode node) => System.Text.RegularExpressions.Regex.Replace(node.ToJsonString(), @"-?\d+\.\d+", match =>
            Math.Round(double.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture), 9)
            .ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
