namespace Patchwise.Tests;

public sealed class AnnotationTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    const string QuPath = """
        {"type":"FeatureCollection","features":[
         {"type":"Feature","id":"1","geometry":{"type":"Polygon","coordinates":
          [[[100,100],[500,100],[500,300],[100,300],[100,100]],[[200,150],[300,150],[300,250],[200,250],[200,150]]]},
          "properties":{"objectType":"annotation","classification":{"name":"Tumor","color":[200,0,0]},"isLocked":false}},
         {"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":
          [[[[600,600],[700,600],[700,700],[600,700],[600,600]]],[[[800,600],[900,600],[900,700],[800,600]]]]},
          "properties":{"name":"two parts","classification":{"name":"Stroma"}}},
         {"type":"Feature","geometry":{"type":"Point","coordinates":[5,5]},"properties":{}}]}
        """;

    const string ImageScope = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Annotations MicronsPerPixel="0.499"><Annotation Id="1" Name="" ReadOnly="0"><Attributes><Attribute Name="Tumor" Id="0" Value=""/></Attributes><Regions>
        <Region Id="1" Type="0" Text="first" NegativeROA="0"><Vertices>
        <Vertex X="100" Y="100" Z="0"/><Vertex X="500" Y="100"/><Vertex X="500" Y="300"/><Vertex X="100" Y="300"/></Vertices></Region>
        <Region Id="2" Type="1" NegativeROA="1"><Vertices><Vertex X="200" Y="150"/><Vertex X="300" Y="250"/></Vertices></Region>
        <Region Id="3" Type="2"><Vertices><Vertex X="600" Y="600"/><Vertex X="800" Y="700"/></Vertices></Region>
        <Region Id="4" Type="3"><Vertices><Vertex X="0" Y="0"/><Vertex X="9" Y="9"/></Vertices></Region></Regions></Annotation></Annotations>
        """;

    [Fact]
    public void Regions_from_qupath_become_a_table_and_a_mask()
    {
        var set = AnnotationSet.Load(_folder.Write("a.geojson", QuPath));
        Assert.Equal(["Stroma", "Tumor"], set.Classes);
        Assert.Equal("2 regions of Stroma (1), Tumor (1); annotation (1), no type (1); Point left out: 1", set.ToString());
        using var slide = Slide.Open(SlideFiles.Aperio);
        var table = RegionTable.Of(set, slide);
        Assert.Equal([(2, 70_000.0, 400.0), (1, 15_000.0, 300.0)], table.Select(row => (row.Value, row.Area, row.Side)));
        Assert.Equal((400 * 200 * 300 - 100 * 100 * 250) / 70_000.0 - 0.5, table[0].Cx, 1e-9);
        Assert.Equal(199.5, table[0].Cy, 1e-9);
        Assert.Equal(200, table.At(10)[0].Side);
        var mask = TissueMask.Of(set.OfClass("Tumor"), slide, Resolution.Baseline(1)).Pixels;
        Assert.Equal(70_000, mask.AsBytes().Count((byte)255));
        Assert.Equal((255, 0, 255, 0), (mask[100, 100], mask[250, 200], mask[499, 299], mask[500, 299]));
        Assert.Contains("Stroma, Tumor", Assert.Throws<BadInputException>(() => set.OfClass("tumour")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"name\":\"one.svs\",\"width\":400,\"height\":300}", "outlines of one.svs (400 x 300 px), but ")]
    [InlineData("{\"name\":\"one.svs\",\"width\":2220,\"height\":2967}", null)]
    [InlineData("{\"name\":\"one.svs\",\"width\":\"400\"}", null)]
    [InlineData("\"one.svs\"", null)]
    public void Outlines_that_say_whose_they_are_are_refused_on_a_slide_of_another_size(string said, string? refused)
    {
        var set = AnnotationSet.Load(_folder.Write("a.geojson", QuPath.Replace("\"features\"", $"\"slide\":{said},\"features\"", StringComparison.Ordinal)));
        using var slide = Slide.Open(SlideFiles.Aperio);
        foreach (var some in (AnnotationSet[])[set, set.OfClass("Tumor")])
            if (refused is null)
                Assert.Equal(some.Count, some.On(slide).Count);
            else
                Assert.Contains(refused, Assert.Throws<BadInputException>(() => some.On(slide)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outlines_that_reach_over_the_edge_are_told()
    {
        using var slide = Slide.Of(new Raster(400, 400, 3), "slide");
        var set = AnnotationSet.Load(_folder.Write("over.xml", ImageScope));
        Assert.Contains(RegionTable.Of(set, slide).Notes, note => note.EndsWith("reach over the edge of the slide, and are cut off there: 1",
            StringComparison.Ordinal));
        var table = RegionTable.Of(set, slide);
        Assert.All(table, row => Assert.True(Box.Of(slide.Size).Contains(row.SourceBox)));
        table.SaveCsv(_folder.At("over.csv"));
        Assert.Equal(table.Select(row => (row.Area, row.SourceBox)), RegionTable.LoadCsv(_folder.At("over.csv")).Select(row => (row.Area, row.SourceBox)));
        // A square around the slide's corner, of which a quarter lies on it.
        var corner = AnnotationSet.Load(_folder.Write("corner.geojson", """
            {"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[-50,-50],[50,-50],[50,50],[-50,50],[-50,-50]]]}}
            """));
        Assert.Equal((2500, new Box(0, 0, 50, 50), 24.5), (RegionTable.Of(corner, slide)[0] is var one ? (one.Area, one.SourceBox, one.Cx) : default));
        // A triangle whose box reaches over the corner, and of which nothing lies on the slide.
        var beside = AnnotationSet.Load(_folder.Write("beside.geojson", """
            [{"type":"Polygon","coordinates":[[[-50,30],[30,-50],[-50,-50],[-50,30]]]},{"type":"Polygon","coordinates":[[[10,10],[30,10],[30,30],[10,10]]]}]
            """));
        Assert.Equal("outside of the slide, and left out: 1", Assert.Single(beside.On(slide).Notes));
        Assert.Equal(new Box(10, 10, 30, 30), Assert.Single(beside.On(slide)).Box);
        using var large = Slide.Of(new Raster(800, 700, 3), "slide");
        Assert.DoesNotContain(RegionTable.Of(set, large).Notes, note => note.Contains("reach over", StringComparison.Ordinal));
    }

    [Fact]
    public void Outlines_of_ImageScope_on_a_slide_of_another_scale_are_told()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        Assert.DoesNotContain(RegionTable.Of(AnnotationSet.Load(_folder.Write("same.xml", ImageScope)), slide).Notes,
            note => note.Contains("drawn on", StringComparison.Ordinal));
        var other = AnnotationSet.Load(_folder.Write("other.xml", ImageScope.Replace("0.499", "0.2495", StringComparison.Ordinal)));
        Assert.Contains("drawn on a slide of 0.2495 microns per pixel, while ", Assert.Single(RegionTable.Of(other, slide).Notes, note =>
            note.Contains("drawn on", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains(SignalObjects.Of(slide, other).Notes, note => note.Contains("drawn on", StringComparison.Ordinal));
        Assert.DoesNotContain(AnnotationSet.Load(_folder.Write("none.xml", ImageScope.Replace("0.499", "0", StringComparison.Ordinal))).On(slide).Notes,
            note => note.Contains("drawn on", StringComparison.Ordinal));
    }

    [Fact]
    public void Areas_that_are_marked_to_be_ignored_are_cut_out_of_tissue_and_what_else_is_taken_is_told()
    {
        static string Square(string name, int x0, int y0, int x1, int y1) => $$$"""
            {"type":"Feature","properties":{"objectType":"annotation","classification":{"name":"{{{name}}}"}},
             "geometry":{"type":"Polygon","coordinates":
              [[[{{{x0}}},{{{y0}}}],[{{{x1}}},{{{y0}}}],[{{{x1}}},{{{y1}}}],[{{{x0}}},{{{y1}}}],[{{{x0}}},{{{y0}}}]]]}}
            """;
        string Write(string name, params string[] features) =>
            _folder.Write(name, $$"""{"type":"FeatureCollection","features":[{{string.Join(",", features)}}]}""");
        using var slide = Slide.Open(SlideFiles.Aperio);
        int Tissue(TissueMask mask) => mask.Pixels.AsBytes().Count((byte)255);
        var file = Write("a.geojson", Square("Ignore*", 100, 100, 300, 200), Square("Tumor", 100, 100, 500, 300));
        var mask = TissueMask.Of(AnnotationSet.Load(file), slide, Resolution.Baseline(1), default);
        Assert.Equal(400 * 200 - 200 * 100, Tissue(mask));
        Assert.Equal(["a.geojson: taken for tissue Tumor 1; cut out Ignore* 1"], mask.Notes);
        Assert.Equal(mask.Notes, MaskChoice.File(file).Notes);
        var other = MaskChoice.File(Write("b.geojson", Square("Exclude", 100, 100, 300, 200), Square("Tumor", 100, 100, 500, 300)));
        Assert.Equal(["b.geojson: taken for tissue Exclude 1, Tumor 1; where some of these mark what is no tissue, take them out of the file"], other.Notes);
        // QuPath's own name for a part to work on.
        var region = Write("region.geojson", Square("Region*", 100, 100, 500, 300), Square("Ignore*", 100, 100, 300, 200));
        Assert.Equal(400 * 200 - 200 * 100, Tissue(TissueMask.Of(AnnotationSet.Load(region), slide, Resolution.Baseline(1), default)));
        var nothing = Write("nothing.geojson", Square("Ignore*", 100, 100, 300, 200));
        Assert.Equal(["nothing.geojson: taken for tissue nothing; cut out Ignore* 1"], MaskChoice.File(nothing).Notes);
        // Neither is an object.
        var table = RegionTable.Of(AnnotationSet.Load(Write("objects.geojson", Square("Region*", 0, 0, 900, 900), Square("Tumor", 100, 100, 500, 300))), slide);
        Assert.Equal(("Tumor", 1), (Assert.Single(table).StatedClass, table[0].Value));
        Assert.Contains(table.Notes, note => note.EndsWith("no objects, as in QuPath, since their classes end in *: 1", StringComparison.Ordinal));
        var objects = SignalObjects.Of(slide, AnnotationSet.Load(_folder.At("objects.geojson")));
        Assert.Equal("Tumor", Assert.Single(objects).Class);
        Assert.Contains("end in * are no objects", Assert.Throws<BadInputException>(() => RegionTable.Of(AnnotationSet.Load(region), slide)).Message,
            StringComparison.Ordinal);
        Assert.Empty(MaskChoice.File(Write("c.geojson", Square("Tumor", 100, 100, 500, 300))).Notes);
        Assert.Equal(["a.xml: arrow left out: 1"], MaskChoice.File(_folder.Write("a.xml", ImageScope)).Notes);
    }

    [Fact]
    public void An_outline_may_hold_more_pixels_than_32_bits_count()
    {
        var file = _folder.Write("large.tif", TiffMaker.RepeatedTiles(ImageFiles.Slope(1024, 1024, 3), new(60_000, 50_000)));
        using var slide = Slide.Open(file);
        var outline = _folder.Write("large.geojson", """
            {"type":"Feature","properties":{"classification":"Tumor"},
             "geometry":{"type":"Polygon","coordinates":[[[0,0],[60000,0],[60000,50000],[0,50000],[0,0]]]}}
            """);
        var table = RegionTable.Of(AnnotationSet.Load(outline), slide);
        Assert.Equal((3e9, 1.0), (table[0].Area, table[0].Extent));
        table.SaveCsv(_folder.At("large.csv"));
        Assert.Equal(3e9, RegionTable.LoadCsv(_folder.At("large.csv"))[0].Area);
    }

    [Fact]
    public void Regions_from_imagescope_have_holes_and_ellipses()
    {
        var set = AnnotationSet.Load(_folder.Write("a.xml", ImageScope));
        Assert.Equal([("Tumor", "first", new Box(100, 100, 500, 300)), ("Tumor", "", new Box(600, 600, 800, 700))], set.Select(a => (a.Class, a.Name, a.Box)));
        Assert.Equal(["arrow left out: 1"], set.Notes);
        using var slide = Slide.Open(SlideFiles.Aperio);
        var table = RegionTable.Of(set, slide);
        Assert.Equal(70_000, table[0].Area);
        Assert.Equal(Math.PI * 100 * 50, table[1].Area, 40.0);
    }

    [Fact]
    public void A_grid_keeps_the_patches_inside_the_regions()
    {
        var set = AnnotationSet.Load(_folder.Write("a.geojson", QuPath)).OfClass("Tumor");
        using var slide = Slide.Open(SlideFiles.Aperio);
        var grid = PatchGrid.Over(slide, 50, Resolution.Baseline(1), new() { Mask = TissueMask.Of(set, slide, Resolution.Baseline(1)), MinTissue = 1 });
        Assert.Equal(8 * 4 - 2 * 2, grid.Count);
    }

    [Fact]
    public void Objects_smaller_than_a_pixel_of_the_mask_keep_their_patches()
    {
        var set = AnnotationSet.Load(_folder.Write("a.json", """
            [{"type":"Polygon","coordinates":[[[103,103],[106,103],[106,106],[103,106]]]},
             {"type":"Polygon","coordinates":[[[399,199],[399.5,199],[399.5,199.5]]]},
             {"type":"Polygon","coordinates":[[[-9,-9],[-6,-9],[-6,-6]]]}]
            """));
        using var slide = Slide.Of(new Raster(400, 200, 3));
        var mask = TissueMask.Of(set, slide, Resolution.Baseline(1 / 20.0));
        Assert.Equal((255, 255, 2), (mask.Pixels[5, 5], mask.Pixels[19, 9], mask.Pixels.AsBytes().Count((byte)255)));
        Assert.Equal([new Box(100, 100, 120, 120), new(380, 180, 400, 200)],
            PatchGrid.Over(slide, 20, Resolution.Baseline(1), new() { Mask = mask }).Select(patch => patch.Box));
    }

    [Fact]
    public void Objects_of_a_mask_over_the_slide_come_in_its_frame()
    {
        using var slide = Slide.Of(new Raster(400, 200, 3), magnification: 20);
        var mask = new Raster(100, 50, 1);
        for (var y = 10; y < 20; y++)
            mask.Samples8.Slice(y * 100 + 30, 20).Fill(3);
        Assert.Equal((3, 80.0, 3200.0), RegionTable.Measure(mask, slide).At(20).Select(row => (row.Value, row.Side, row.Area)).Single());
        Assert.Contains("same aspect", Assert.Throws<BadInputException>(() => RegionTable.Measure(new Raster(100, 70, 1), slide)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "holds no area")]
    [InlineData("hello", "neither GeoJSON nor XML")]
    [InlineData("{\"type\":\"FeatureCollection\",\"features\":[]}", "holds no area")]
    [InlineData("{\"features\":[{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,", "no GeoJSON that can be read")]
    [InlineData("{\"features\":[{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,4]]]}}]}", "holds no area")]
    [InlineData("{\"features\":[{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,1e300],[4,5]]]}}]}", "nowhere near")]
    [InlineData("{\"features\":[{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3],[4,5]]]}}]}", "feature 0: a point of 1 numbers")]
    [InlineData("{\"features\":5}", "no GeoJSON that can be read")]
    [InlineData("<html/>", "XML of another kind")]
    [InlineData("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Annotations>&x;</Annotations>", "no XML that can be read")]
    [InlineData("<Annotations><Annotation><Regions><Region Id=\"7\" Type=\"0\"><Vertices><Vertex X=\"a\" "
        + "Y=\"1\"/></Vertices></Region></Regions></Annotation></Annotations>", "region 7: a vertex with X=\"a\"")]
    public void Files_that_hold_no_regions_are_refused_with_a_reason(string text, string word)
    {
        var path = _folder.Write("bäd file.json", text);
        var message = Assert.Throws<BadInputException>(() => AnnotationSet.Load(path)).Message;
        Assert.Contains(word, message, StringComparison.Ordinal);
        Assert.Contains("bäd file.json", message, StringComparison.Ordinal);
    }
}
