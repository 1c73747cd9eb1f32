namespace Patchwise.Tests.Regions;

public class RegionCheckTests
{
    /// <summary>Discs of a radius in rows of ten, in one image.</summary>
    static RegionTable Discs(string name, double radius, int count, Magnification? magnification, bool numbered = true)
    {
        var step = (int)Math.Ceiling(2 * radius) + 4;
        var mask = Masks.Map(Masks.Of("1"), 10 * step, (count + 9) / 10 * step, (x, y) =>
        {
            var number = y / step * 10 + x / step;
            return number < count && Math.Pow(x % step - step / 2, 2) + Math.Pow(y % step - step / 2, 2) <= radius * radius ? numbered ? number + 1 : 255 : 0;
        });
        return RegionTable.Measure(mask, name, magnification, RegionProperties.All);
    }

    [Fact]
    public void Images_whose_medians_differ_more_than_threefold_are_named()
    {
        var mixed = RegionTable.Concat([Discs("near", 20, 20, 40.0), Discs("far", 5, 20, 40.0), Discs("few", 2, 5, 40.0)]);
        var warning = Assert.Single(mixed.Check().Warnings);
        // 11 px and 41 px at 0.25 microns each; the five of the third image say nothing.
        Assert.StartsWith("the median object is 2.8 microns long in far and 10.3 in near, 3.7 times as long", warning, StringComparison.Ordinal);
        Assert.Equal(mixed.Check().Warnings, mixed.At(20).Check().Warnings);
        // With the magnification of each they are alike; without any the px count.
        Assert.Empty(RegionTable.Concat([Discs("near", 20, 20, 40.0), Discs("far", 5, 20, 10.0)]).Check().Warnings);
        Assert.Contains("11 px of the mask long", Assert.Single(RegionTable.Concat([Discs("near", 20, 20, null), Discs("far", 5, 20, null)]).Check().Warnings),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(12, 40, "nuclei", null)] // 28 square microns
    [InlineData(5, 40, "nuclei", "20 of 20 objects, 100 %, are below 10 square microns, which nuclei hardly are")]
    [InlineData(12, 5, "nuclei", "20 of 20 objects, 100 %, are above 400 square microns")]
    [InlineData(12, 40, "glands", "are below 1,000 square microns, which glands hardly are")]
    [InlineData(12, 40, null, null)]
    public void Sizes_that_such_objects_do_not_have_are_said(double radius, double power, string? kind, string? expected)
    {
        var warnings = Discs("a", radius, 20, power).Check(kind).Warnings;
        if (expected is null)
            Assert.Empty(warnings);
        else
            Assert.Contains(expected, Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_kind_is_refused_with_those_that_are_known() => Assert.Contains("nuclei, cells, glands",
        Assert.Throws<BadInputException>(() => Discs("a", 5, 3, 40.0).Check("stars")).Message, StringComparison.Ordinal);

    [Fact]
    public void Objects_that_look_like_several_in_a_mask_of_one_value_are_counted()
    {
        // Twenty discs of radius 4, and two crosses of arms that are far larger and hollow between.
        static int Shape(int x, int y, int arm) => x >= 0 && y >= 0 && x < 60 && y < 60 && (Math.Abs(x - 30) < arm || Math.Abs(y - 30) < arm) ? 255 : 0;
        var discs = Masks.Map(Masks.Of("1"), 260, 60, (x, y) => x < 130 ? (Math.Pow(x % 13 - 6, 2) + Math.Pow(y % 30 - 6, 2) <= 16 ? 255 : 0)
            : Math.Max(Shape(x - 132, y, 4), Shape(x - 196, y, 4)));
        var table = RegionTable.Measure(discs, "a", 40.0, RegionProperties.All);
        Assert.Equal((22, 2), (table.Count, table.Check().LikeSeveral));
        Assert.Contains("2 of 22 objects look like several that touch", Assert.Single(table.Check().Warnings), StringComparison.Ordinal);
        Assert.Contains("holds one value only", table.Check().ToString(), StringComparison.Ordinal);
        Assert.Contains(SizeTest.Of(table, [32, 8]).Notes, note => note.Contains("look like several", StringComparison.Ordinal));
        // In a mask of classes, each by the sizes of its own.
        var classes = Masks.Map(discs, 260, 60, (x, y) => discs.Samples8[y * 260 + x] == 0 ? 0 : x < 66 ? 1 : x < 196 ? 2 : 3);
        table = RegionTable.Measure(classes, "a", 40.0, RegionProperties.All);
        Assert.Equal((22, 1), (table.Count, table.Check().LikeSeveral));
        Assert.Contains("the mask holds classes, in which", Assert.Single(table.Check().Warnings), StringComparison.Ordinal);
        // Numbers tell them apart; without shapes nothing is counted.
        Assert.Equal(0, Discs("a", 5, 12, 40.0).Check().LikeSeveral);
        Assert.Null(RegionTable.Measure(discs).Check().LikeSeveral);
    }

    [Fact]
    public void The_sample_is_one_population()
    {
        var regions = RegionTable.Measure(ImageSet.Open("dsb2018-nuclei"), RegionProperties.All).AwayFromEdge();
        Assert.DoesNotContain(regions.Check("nuclei").Warnings, warning => warning.Contains("times as long", StringComparison.Ordinal));
        var medians = regions.GroupBy(row => row.Image).Where(rows => rows.Count() >= 10).Select(rows => new Distribution(rows.Select(row => row.Side))
            .Percentile(50)).ToArray();
        Assert.InRange(medians.Max() / medians.Min(), 1, 2.5);
    }

    [Fact]
    public void A_photograph_is_no_mask()
    {
        // In color, and as grey, as which only the values tell. One of empty glass is left out: it has no more values than some masks.
        foreach (var file in LabelledPatches.Open("nct-crc-he").Files.Where(file => !file.Contains("BACK-AAQSHYMA", StringComparison.Ordinal))
            .Concat(ImageSet.Open("dsb2018-nuclei").Images.Select(image => image.ImagePath)))
            foreach (var pixels in (Raster[])[Raster.Load(file), Raster.Load(file).Channel(0)])
                Assert.Throws<BadInputException>(() => RegionTable.Measure(pixels));
        // Many small objects, and noise of a few values, are masks.
        Assert.Equal(2500, RegionTable.Measure(Masks.Map(Masks.Random(1, 9, 9, 16), 100, 100, (x, y) => x % 2 + y % 2 == 0 ? 1 + x + 100 * y : 0)).Count);
        Assert.NotEmpty(RegionTable.Measure(Masks.Map(Masks.Of("1"), 60, 60, (x, y) => (x * 7 + y * y * 3) % 5)));
    }

    [Fact]
    public void A_magnification_above_the_images_own_is_refused_and_one_that_some_lack_is_noted()
    {
        var both = RegionTable.Concat([Discs("a", 12, 10, 40.0), Discs("b", 6, 15, 20.0)]);
        Assert.Contains("scanned at 40x", Assert.Throws<BadInputException>(() => both.At(80)).Message, StringComparison.Ordinal);
        Assert.Contains("15 of 25 objects are of images that were scanned below 40x", string.Join(' ', SizeTest.Of(both.At(40), [32, 16]).Notes),
            StringComparison.Ordinal);
        Assert.Empty(SizeTest.Of(both.At(20), [32, 10]).Notes);
        // A mask a quarter as wide as its slide leads to the slide's magnification, and not beyond.
        using var slide = Slide.Of(new Raster(400, 400, 3), "slide", magnification: 20.0);
        var coarse = RegionTable.Measure(Masks.Map(Masks.Of("1"), 100, 100, (x, y) => x is > 10 and < 20 && y is > 10 and < 20 ? 1 : 0), slide);
        Assert.Equal(36, coarse.At(20)[0].Side);
        Assert.Contains("scanned at 20x", Assert.Throws<BadInputException>(() => coarse.At(40)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_magnification_with_the_eyepiece_counted_in_is_refused()
    {
        Assert.Contains("at most 200", Assert.Throws<BadInputException>(() => RegionTable.Measure(Masks.Of("1"), magnification: 400.0)).Message,
            StringComparison.Ordinal);
        Assert.Contains("400 is 40", Assert.Throws<BadInputException>(() => ImageSet.Open("dsb2018-nuclei", magnification: 400)).Message,
            StringComparison.Ordinal);
        Assert.Equal(100, new Magnification(100).Power);
    }

    [Fact]
    public void The_strip_plot_shows_every_object_over_its_image()
    {
        var regions = RegionTable.Concat([Discs("near", 20, 20, 40.0), Discs("far", 5, 12, 20.0)]);
        foreach (var table in (RegionTable[])[regions, regions.At(20)])
        {
            var traces = Shown.Traces(table.SizesByImage(), "scatter");
            var points = traces[0];
            Assert.Equal(32, Shown.Numbers(points["x"]).Length);
            // far: 11 px at 0.5 microns, first as the smaller; near: 41 px at 0.25.
            foreach (var (x, y) in Shown.Numbers(points["x"]).Zip(Shown.Numbers(points["y"])))
                Assert.Equal(Math.Round(x) == 1 ? 5.5 : 10.25, y, 1e-9);
            Assert.Equal([5.5, 10.25], traces.Skip(1).Select(trace => Shown.Numbers(trace["y"])[0]));
        }
        Assert.Contains("px of the mask", Shown.Text(Discs("a", 5, 3, null).SizesByImage()), StringComparison.Ordinal);
    }
}
