namespace Patchwise.Tests;

/// <summary>What QuPath has written over the years, and what others write like it.</summary>
public sealed class GeoJsonAnnotationsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    const string Square = """
        "type":"Polygon","coordinates":[[[10,10],[30,10],[30,30],[10,30],[10,10]]]
        """;

    AnnotationSet Load(params string[] features) => AnnotationSet.Load(_folder.Write("a.geojson", $$"""
        {"type":"FeatureCollection","features":[{{string.Join(",", features)}}]}
        """));

    static string Feature(string properties, string more = "") =>
        $$"""{"type":"Feature","id":"x",{{more}}"geometry":{ {{Square}} },"properties":{ {{properties}} } }""";

    [Theory]
    [InlineData("v04.geojson", "5 regions of no class (1), CD3: CD8 (1), Stroma (1), Tumor: Negative (1), Tumor: Positive (1)")]
    [InlineData("v03.json", "3 regions of Immune cells: Positive (1), Stroma (1), Tumor: Positive (1)")]
    [InlineData("string.geojson", "2 regions of Stroma (1), Tumor (1)")]
    public void Classes_are_read_as_every_version_of_qupath_wrote_them(string file, string expected) =>
        Assert.Equal(expected, AnnotationSet.Load(Path.Combine(Repository.Root, "tests", "data", "field", "08-qupath-classes", file)).ToString());

    [Theory]
    [InlineData("""{"name":"2+","parentClass":{"name":"Positive","parentClass":{"name":"Tumor"}}}""", "Tumor: Positive: 2+")]
    [InlineData("""{"name":"Tumor: Positive","parentClass":{"name":"Tumor"}}""", "Tumor: Positive")]
    [InlineData("""{"names":["Tumor"],"name":"old"}""", "Tumor")]
    [InlineData("""["CD3","CD8"]""", "CD3: CD8")]
    [InlineData("""{"name":" Größe ","colorRGB":-1}""", "Größe")]
    [InlineData("null", "")]
    [InlineData("{}", "")]
    [InlineData("""{"name":null,"color":[1,2,3]}""", "")]
    [InlineData("""{"names":[]}""", "")]
    public void A_class_has_one_meaning_in_all_its_spellings(string classification, string expected) =>
        Assert.Equal(expected, Load(Feature($"\"classification\":{classification}"))[0].Class);

    [Theory]
    [InlineData("7")]
    [InlineData("""{"label":"Tumor"}""")]
    [InlineData("""{"name":5}""")]
    [InlineData("""{"names":["Tumor",1]}""")]
    [InlineData("""{"name":"Positive","parentClass":{"id":4}}""")]
    public void A_class_that_is_not_understood_is_named(string classification)
    {
        var message = Assert.Throws<BadInputException>(() => Load(Feature("\"name\":\"a\""), Feature($"\"classification\":{classification}"))).Message;
        Assert.Contains($"feature 1 has the classification {classification}: expected a name", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_under_another_key_is_named()
    {
        var set = Load(Feature("\"label\":\"Tumor\""), Feature("\"label\":\"Stroma\""));
        Assert.Equal("2 regions of no class (2); property 'label', which may be a class (expected: classification): 2; "
            + "the same as others in class and outline, and counted as well: 1", set.ToString());
        Assert.Contains("property 'type', which may be a class", Load(Feature("\"type\":\"Neoplastic\"")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Cells_have_nuclei_and_lie_in_a_region_of_another_type()
    {
        const string Nucleus = """
            "nucleusGeometry":{"type":"Polygon","coordinates":[[[15,15],[20,15],[20,20],[15,20],[15,15]]]},
            """;
        var set = Load("""
            {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[100,0],[100,100],[0,100],[0,0]]]},"properties":{"objectType":"annotation",
             "classification":{"name":"Tumor","color":[200,0,0]}},"childObjects":[
            """ + Feature("\"objectType\":\"cell\",\"classification\":{\"names\":[\"Tumor\",\"Positive\"],\"color\":[250,62,5]}", Nucleus) + "]}",
            Feature("\"object_type\":\"cell\",\"classification\":{\"name\":\"Stroma\",\"colorRGB\":-6895466}," + Nucleus.Trim().TrimEnd(',')));
        Assert.Equal("3 regions of Stroma (1), Tumor (1), Tumor: Positive (1); annotation (1), cell (2)", set.ToString());
        Assert.Equal(["#c80000", "#fa3e05", "#96c896"], set.Select(one => one.Color));
        using var slide = Slide.Of(new Raster(200, 200, 3));
        Assert.Equal([400.0, 400], RegionTable.Of(set.OfType("cell"), slide).Select(row => row.Area));
        Assert.Equal([("nucleus", 25.0), ("nucleus", 25)],
            set.Nuclei.Zip(RegionTable.Of(set.Nuclei, slide)).Select(pair => (pair.First.Type, pair.Second.Area)));
        Assert.Equal(10_000, TissueMask.Of(set, slide).Pixels.AsBytes().Count((byte)255));
        Assert.Contains("annotation, cell", Assert.Throws<BadInputException>(() => set.OfType("tile")).Message, StringComparison.Ordinal);
        Assert.Contains("no cell with a nucleus", Assert.Throws<BadInputException>(() => set.OfType("annotation").Nuclei).Message, StringComparison.Ordinal);
    }
}
