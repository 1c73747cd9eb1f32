namespace Patchwise.Tests;

/// <summary>What an outline winds around is inside, and parts unite: the same for the area, the centroid and the painted mask.</summary>
public sealed class OutlineTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Ring(params int[] numbers) => $"[{string.Join(",", numbers.Chunk(2).Select(point => $"[{point[0]},{point[1]}]"))}]";

    static string Box(int x0, int y0, int x1, int y1) => Ring(x0, y0, x1, y0, x1, y1, x0, y1, x0, y0);

    static string Polygon(params string[] rings) => $$"""{"type":"Polygon","coordinates":[{{string.Join(",", rings)}}]}""";

    public static TheoryData<string, string, double, double> Shapes => new()
    {
        { "a figure of eight", Polygon(Ring(10, 10, 90, 90, 90, 10, 10, 90, 10, 10)), 3200, 50 },
        { "a figure of eight of unlike halves", Polygon(Ring(0, 0, 40, 40, 40, 100, 100, 100, 100, 40, 40, 40, 40, 0, 0, 0)), 800 + 3600,
            (800 * 80 / 3.0 + 3600 * 70) / 4400 },
        { "a ring that goes around twice", Polygon(Ring(10, 10, 50, 10, 50, 50, 10, 50, 10, 10, 50, 10, 50, 50, 10, 50, 10, 10)), 1600, 30 },
        { "a ring that crosses itself around a middle", Polygon(Ring(20, 20, 80, 20, 80, 60, 40, 60, 40, 40, 60, 40, 60, 80, 20, 80, 20, 20)), 3200,
            (2400 * 50 + 800 * 40) / 3200.0 },
        { "parts that overlap", $$"""{"type":"MultiPolygon","coordinates":[[{{Box(10, 10, 50, 50)}}],[{{Box(30, 30, 70, 70)}}]]}""", 2800, 40 },
        { "a part inside another", $$"""{"type":"MultiPolygon","coordinates":[[{{Box(10, 10, 70, 70)}}],[{{Box(30, 30, 50, 50)}}]]}""", 3600, 40 },
        { "a collection", $$"""
            {"type":"GeometryCollection","geometries":[{{Polygon(Box(10, 10, 50, 50))}},{"type":"Point","coordinates":[1,1]},
             {"type":"GeometryCollection","geometries":[{{Polygon(Box(30, 30, 70, 70))}}] }] }
            """, 2800, 40 },
        { "an empty ring among the holes", Polygon(Box(10, 10, 50, 50), "[]", Box(20, 20, 40, 40)), 1200, 30 },
        { "an empty part", $$"""{"type":"MultiPolygon","coordinates":[[[]],[],[{{Box(10, 10, 50, 50)}}]]}""", 1600, 30 },
        { "a hole that reaches out", Polygon(Box(10, 10, 50, 50), Box(30, 10, 90, 50)), 800, 20 },
        { "a hole outside", Polygon(Box(10, 10, 50, 50), Box(60, 60, 90, 90)), 1600, 30 },
        { "holes that overlap", Polygon(Box(10, 10, 90, 90), Box(20, 20, 60, 60), Box(40, 40, 80, 80)), 6400 - 2800, 50 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Area_centroid_and_painted_mask_are_those_of_the_union(string name, string geometry, double area, double middle)
    {
        var set = AnnotationSet.Load(_folder.Write("a.json", geometry));
        using var slide = Slide.Of(new Raster(120, 120, 3));
        var row = RegionTable.Of(set, slide).Single();
        Assert.True(Math.Abs(area - row.Area) < 1e-6, $"{name}: {row.Area}");
        Assert.Equal(middle - 0.5, row.Cx, 1e-6);
        // Slanted sides pass through pixels.
        Assert.Equal(area, TissueMask.Of(set, slide, Resolution.Baseline(1)).Pixels.AsBytes().Count((byte)255), 45.0);
        Assert.Single(set);
    }

    [Fact]
    public void What_has_no_area_is_left_out_and_named()
    {
        var set = AnnotationSet.Load(_folder.Write("a.json", $$"""
            [{{Polygon("[]")}},{"type":"Feature","geometry":null,"properties":{ } },{"type":"LineString","coordinates":[[1,1],[5,5]]},
            {{Polygon(Ring(10, 10, 50, 50, 90, 90, 10, 10))}},{{Polygon(Box(10, 10, 50, 50))}}]
            """));
        Assert.Equal("1 region of no class (1); outline without area left out: 3; LineString left out: 1", set.ToString());
        var none = Assert.Throws<BadInputException>(() => AnnotationSet.Load(_folder.Write("b.json", Polygon("[]")))).Message;
        Assert.Contains("holds no area (outline without area left out: 1)", none, StringComparison.Ordinal);
    }
}
