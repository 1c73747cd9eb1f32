namespace Patchwise.Tests;

/// <summary>What ImageScope, HALO and ASAP write.</summary>
public sealed class XmlAnnotationsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    AnnotationSet Load(string xml) => AnnotationSet.Load(_folder.Write("a.xml", xml));

    static double[] Areas(AnnotationSet set)
    {
        using var slide = Slide.Of(new Raster(300, 300, 3));
        double[] areas = [.. RegionTable.Of(set, slide).Select(row => row.Area)];
        Assert.Equal(areas.Sum(), TissueMask.Of(set, slide, Resolution.Baseline(1)).Pixels.AsBytes().Count((byte)255), 30.0);
        return areas;
    }

    static string Layer(string attributes, string name, params string[] regions) =>
        $"""<Annotation Id="4" Name="{name}" LineColor="65280"><Attributes>{attributes}</Attributes><Regions>{string.Concat(regions)}</Regions></Annotation>""";

    static string Region(int x0, int y0, int x1, int y1, bool negative = false) => $"""
        <Region Id="1" Type="1" Text="" NegativeROA="{(negative ? 1 : 0)}"><Vertices>
        <Vertex X="{x0}" Y="{y0}" Z="0"/><Vertex X="{x1}" Y="{y1}"/></Vertices></Region>
        """;

    [Theory]
    [InlineData("described.xml", "2 regions of Stroma (1), Tumor (1)")]
    [InlineData("unnamed.xml", "3 regions of layer 1 (2), layer 2 (1)")]
    public void Layers_of_imagescope_are_classes(string file, string expected)
    {
        var set = AnnotationSet.Load(Path.Combine(Repository.Root, "tests", "data", "field", "10-imagescope-layers", file));
        Assert.Equal(expected, set.ToString());
        Assert.Equal(["#00ff00", "#ff0000"], set.Select(one => one.Color).Distinct());
    }

    [Theory]
    [InlineData("""<Attribute Name="Description" Value="Tumor"/>""", "Layer", "Tumor")]
    [InlineData("""<Attribute Name="Grade" Value="3"/><Attribute Name="Description" Value=" Tumor "/>""", "", "Tumor")]
    [InlineData("""<Attribute Name="Description" Value=""/>""", "Tumor", "Tumor")]
    [InlineData("""<Attribute Name="Description" Value=""/><Attribute Name="Kind" Value="Tumor"/>""", "Layer", "Tumor")]
    [InlineData("""<Attribute Name="Tumor" Value=""/>""", "", "Tumor")]
    [InlineData("", "", "layer 4")]
    public void A_layers_class_is_its_description_else_its_name_else_its_number(string attributes, string name, string expected) =>
        Assert.Equal(expected, Load($"<Annotations>{Layer(attributes, name, Region(0, 0, 9, 9))}</Annotations>")[0].Class);

    [Fact]
    public void Negative_regions_subtract_wherever_they_lie()
    {
        double[] AreasOf(params string[] layers) => Areas(Load($"<Annotations>{string.Concat(layers)}</Annotations>"));
        // Over a corner and before what they are cut from; over two at once; those of one layer leave another alone.
        Assert.Equal([1200.0], AreasOf(Layer("", "a", Region(30, 30, 60, 60, negative: true), Region(10, 10, 50, 50))));
        Assert.Equal([1400.0, 1400], AreasOf(Layer("", "a", Region(0, 0, 40, 40), Region(60, 0, 100, 40), Region(30, 10, 70, 30, negative: true))));
        Assert.Equal([1600.0], AreasOf(Layer("", "a", Region(0, 0, 40, 40)), Layer("", "b", Region(0, 0, 20, 20, negative: true))));
        var set = Load("<Annotations>" + Layer("", "a", Region(0, 0, 40, 40), Region(50, 50, 60, 60), Region(45, 45, 70, 70, negative: true),
            Region(200, 0, 210, 9, negative: true)) + "</Annotations>");
        Assert.Equal("1 region of a (1); region that negative ones cover left out: 1; negative region beside those of its layer left out: 1", set.ToString());
    }

    [Fact]
    public void Halo_names_what_imagescope_numbers()
    {
        static string Halo(string type, string negative, params int[] corners) => $"""
            <Region Type="{type}" HasEndcaps="0" NegativeROA="{negative}"><Vertices>
            {string.Concat(corners.Chunk(2).Select(corner => $"""<V X="{corner[0]}" Y="{corner[1]}" />"""))}</Vertices><Comments /></Region>
            """;
        var set = AnnotationSet.Load(_folder.Write("halo.annotations", $"""
            <Annotations><Annotation LineColor="65535" Name="Tumor" Visible="True"><Regions>
            {Halo("Polygon", "0", 10, 10, 50, 10, 50, 50, 10, 50)}{Halo("Rectangle", "1", 20, 20, 30, 30)}{Halo("Ellipse", "0", 100, 100, 180, 140)}
            {Halo("Ruler", "0", 1, 1, 9, 9)}{Halo("Pin", "0", 1, 1)}</Regions></Annotation>
            <Annotation LineColor="255" Name="Stroma"><Regions>{Halo("Rectangle", "0", 250, 250, 200, 290)}</Regions></Annotation></Annotations>
            """));
        Assert.Equal("3 regions of Stroma (1), Tumor (2); ruler left out: 1; pin left out: 1", set.ToString());
        var areas = Areas(set);
        Assert.Equal((1500.0, 2000.0), (areas[0], areas[2]));
        Assert.Equal(Math.PI * 40 * 20, areas[1], 10.0);
        Assert.Equal(["#ffff00", "#ffff00", "#ff0000"], set.Select(one => one.Color));
    }

    [Fact]
    public void Asap_has_groups()
    {
        static string Asap(string name, string type, string group, params (int Order, string X, int Y)[] corners) => $"""
            <Annotation Name="{name}" Type="{type}" PartOfGroup="{group}" Color="#F4FA58"><Coordinates>
            {string.Concat(corners.Select(at => $"""<Coordinate Order="{at.Order}" X="{at.X}" Y="{at.Y}" />"""))}</Coordinates></Annotation>
            """;
        var set = Load($"""
            <?xml version="1.0"?><ASAP_Annotations><Annotations>
            {Asap("one", "Polygon", "Tumor", (0, "10", 10), (2, "50", 50), (1, "50", 10), (3, "10.0", 50))}
            {Asap("two", "Rectangle", "None", (0, "100", 100), (1, "120", 100), (2, "120", 130), (3, "100", 130))}
            {Asap("three", "Spline", "Stroma", (0, "200", 200), (1, "240", 200), (2, "240", 220))}{Asap("four", "Dot", "Stroma", (0, "1", 1))}
            </Annotations><AnnotationGroups><Group Name="Tumor" PartOfGroup="None" Color="#64FE2E"><Attributes/></Group></AnnotationGroups></ASAP_Annotations>
            """);
        Assert.Equal("3 regions of no class (1), Stroma (1), Tumor (1); spline read as the polygon of its points: 1; dot left out: 1", set.ToString());
        Assert.Equal([("one", "#64fe2e"), ("two", "#f4fa58"), ("three", "#f4fa58")], set.Select(one => (one.Name, one.Color)));
        Assert.Equal([1600.0, 600, 400], Areas(set));
    }

    [Theory]
    [InlineData("<ndpviewstates/>", "begins <ndpviewstates>")]
    [InlineData("<annotations><polygon/></annotations>", "begins <annotations>")]
    public void Xml_of_other_programs_is_refused_by_name(string xml, string word) =>
        Assert.Contains(word, Assert.Throws<BadInputException>(() => Load(xml)).Message, StringComparison.Ordinal);
}
