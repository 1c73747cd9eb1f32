namespace Patchwise.Tests.Regions;

public class RegionCacheTests
{
    static void Fill(TemporaryFolder folder)
    {
        foreach (var (name, mask) in new[] { ("a", Masks.Random(1, 70, 50)), ("b", Masks.Map(Masks.Of("1"), 30, 20, (_, _) => 0)),
            ("c", Masks.Random(2, 40, 60, 16)) })
        {
            folder.Write($"set/{name}.png", Raster.FromSamples(mask.Width, mask.Height, 1, new byte[mask.Width * mask.Height]).ToPng());
            folder.Write($"set/{name}_mask.png", mask.ToPng());
        }
    }

    static ImageSet Open(TemporaryFolder folder, double? magnification = 40) => ImageSet.Open(folder.At("set"), magnification);

    static string[] Cached(TemporaryFolder folder) => Directory.Exists(folder.At("out")) ? Directory.GetFiles(folder.At("out")) : [];

    [Fact]
    public void A_set_is_measured_image_by_image()
    {
        using var folder = new TemporaryFolder();
        Fill(folder);
        var table = RegionTable.Measure(Open(folder));
        Assert.Equal(new Magnification(40), table.Magnification);
        Assert.Equal(["a", "b", "c"], table.Summary.Select(image => image.Image));
        Assert.Equal(RegionTable.Measure(Masks.Random(1, 70, 50), "a"), table.Where(row => row.Image == "a"));
        Assert.Equal(RegionTable.Measure(Masks.Random(2, 40, 60, 16), "c"), table.Where(row => row.Image == "c"));
    }

    [Fact]
    public void A_mask_that_cannot_be_read_is_named()
    {
        using var folder = new TemporaryFolder();
        Fill(folder);
        var set = Open(folder);
        File.WriteAllBytes(folder.At("set/c_mask.png"), File.ReadAllBytes(folder.At("set/c_mask.png"))[..60]);
        Assert.Contains("c_mask.png", Assert.ThrowsAny<PatchwiseException>(() => RegionTable.Measure(set)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(RegionProperties.Basic), InlineData(RegionProperties.All)]
    public void A_table_is_taken_from_the_cache_while_nothing_has_changed(RegionProperties properties)
    {
        using var folder = new TemporaryFolder();
        Fill(folder);
        var table = RegionTable.Measure(Open(folder), properties, folder.At("out"));
        var file = Assert.Single(Cached(folder));

        // Proof that the file is read: what stands in it is what comes back.
        var again = RegionTable.Measure(Open(folder), properties, folder.At("out"));
        Assert.Equal(table, again);
        Assert.Equal(table.Summary, again.Summary);
        Assert.Equal(table.At(10.0), again.At(10.0));
        Assert.Equal(table.AwayFromEdge(5), again.AwayFromEdge(5));
        File.WriteAllText(file, """
            [{"Name":"a","Width":5,"Height":5,"Magnification":null,"Notes":[],"Rows":[{"Shape":null,
                "Basics":{"Value":7,"Pixels":3,"Box":{"X0":0,"Y0":0,"X1":2,"Y1":2},"FirstX":0,"Cx":0.5,"Cy":0.5}}]}]
            """);
        Assert.Equal(7, Assert.Single(RegionTable.Measure(Open(folder), properties, folder.At("out"))).Value);
    }

    [Fact]
    public void Changed_masks_and_parameters_are_measured_anew()
    {
        using var folder = new TemporaryFolder();
        Fill(folder);
        RegionTable.Measure(Open(folder), cacheFolder: folder.At("out"));
        RegionTable.Measure(Open(folder), RegionProperties.All, folder.At("out"));
        RegionTable.Measure(Open(folder, 20), cacheFolder: folder.At("out"));
        Assert.Equal(3, Cached(folder).Length);
        folder.Write("set/a_mask.png", Masks.Random(3, 70, 50).ToPng());
        File.SetLastWriteTimeUtc(folder.At("set/a_mask.png"), new(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(RegionTable.Measure(Open(folder)), RegionTable.Measure(Open(folder), cacheFolder: folder.At("out")));
        Assert.Equal(4, Cached(folder).Length);
    }

    [Theory, InlineData(""), InlineData("null"), InlineData("[{}]"), InlineData("[null]"), InlineData("{"),
        InlineData("""[{"Name":"a","Width":5,"Height":5,"Magnification":null,"Notes":[],"Rows":[{"Basics":null,"Shape":null}]}]"""),
        InlineData("""[{"Name":"a","Width":5,"Height":5,"Magnification":null,"Notes":[],"Rows":[null]}]"""),
        InlineData("""[{"Name":"a","Width":5,"Height":5,"Magnification":-1,"Notes":[],"Rows":[]}]""")]
    public void A_damaged_cache_is_measured_again_and_replaced(string damage)
    {
        using var folder = new TemporaryFolder();
        Fill(folder);
        var table = RegionTable.Measure(Open(folder), cacheFolder: folder.At("out"));
        var file = Assert.Single(Cached(folder));
        File.WriteAllText(file, damage);
        Assert.Equal(table, RegionTable.Measure(Open(folder), cacheFolder: folder.At("out")));
        Assert.True(File.ReadAllText(file).Length > 100);
    }
}
