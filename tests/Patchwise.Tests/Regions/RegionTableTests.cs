using System.Globalization;

namespace Patchwise.Tests.Regions;

public class RegionTableTests
{
    static RegionTable Two(RegionProperties properties = RegionProperties.Basic) => RegionTable.Concat([
        RegionTable.Measure(Masks.Random(5, 120, 80, noise: 0.02), "a, \"1\"", 40.0, properties),
        RegionTable.Measure(Masks.Of("...", "..."), "empty", 40.0, properties),
        RegionTable.Measure(Masks.Random(6, 60, 90, 16), "b", 20.0, properties)]);

    [Fact]
    public void An_image_without_objects_has_no_rows_and_stands_in_the_summary()
    {
        var table = Two();
        Assert.DoesNotContain(table, row => row.Image == "empty");
        Assert.Equal(["a, \"1\"", "empty", "b"], table.Summary.Select(image => image.Image));
        Assert.Equal(new ImageSummary("empty", 0, 0), table.Summary[1]);
        var large = table.Where(row => row.Area > 5);
        Assert.Equal(table.Summary.Objects, large.Summary.Objects);
        Assert.Equal(large.Count, large.Summary.Usable);
        Assert.Equal(table.Count(row => row.Area > 5), large.Count);
    }

    [Fact]
    public void Another_magnification_scales_lengths_and_areas_by_image_and_leads_back()
    {
        var table = Two(RegionProperties.All);
        Assert.Null(table.Magnification);
        var at10 = table.At(10.0).At(10.0);
        Assert.Equal(new Magnification(10), at10.Magnification);
        foreach (var (row, scaled) in table.Zip(at10))
        {
            var s = row.Image == "b" ? 0.5 : 0.25;
            Assert.Equal((row.Area * s * s, row.X0 * s, row.Y1 * s, row.Cx * s, row.Side * s), (scaled.Area, scaled.X0, scaled.Y1, scaled.Cx, scaled.Side));
            Assert.Equal((row.Perimeter * s, row.Feret * s, row.Major * s, row.EquivalentDiameter * s),
                (scaled.Perimeter, scaled.Feret, scaled.Major, scaled.EquivalentDiameter));
            Assert.Equal((row.Eccentricity, row.Solidity, row.Euler, row.Extent, row.Orientation),
                (scaled.Eccentricity, scaled.Solidity, scaled.Euler, scaled.Extent, scaled.Orientation));
            Assert.Equal((row.SourceBox, row.FirstX, row.FirstY, s), (scaled.SourceBox, scaled.FirstX, scaled.FirstY, scaled.Scale));
        }
        Assert.Equal(table.Where(row => row.Image == "b"), at10.At(20.0).Where(row => row.Image == "b"));
    }

    [Fact]
    public void Without_a_known_magnification_the_error_says_how_to_give_it()
    {
        var error = Assert.Throws<BadInputException>(() => RegionTable.Measure(Masks.Of("1"), "slide 3").At(20.0));
        Assert.Contains("slide 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("magnification: 40", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_edge_filter_looks_at_the_centre_or_the_box_in_px_of_the_table()
    {
        // Objects of one pixel at x = 0..9 in turn; an image of 10 x 10.
        var table = RegionTable.Measure(Masks.Map(Masks.Of("1"), 10, 10, (x, y) => y == 5 ? x + 1 : 0), magnification: 40.0);
        Assert.Equal(Enumerable.Range(2, 7), table.AwayFromEdge(2, EdgeRule.Centre).Select(row => row.FirstX!.Value));
        Assert.Equal(Enumerable.Range(2, 6), table.AwayFromEdge(2).Select(row => row.FirstX!.Value));
        Assert.Equal(Enumerable.Range(1, 8), table.AwayFromEdge().Select(row => row.FirstX!.Value));
        Assert.Equal(Enumerable.Range(2, 7), table.At(20.0).AwayFromEdge(1, EdgeRule.Centre).Select(row => row.FirstX!.Value));
        Assert.Equal(10, table.AwayFromEdge(0).Count);
        Assert.Empty(table.AwayFromEdge(6));
        Assert.Equal(EdgeRule.Box, default);
        Assert.Throws<BadInputException>(() => table.AwayFromEdge(-1));
        Assert.Throws<BadInputException>(() => table.AwayFromEdge(double.NaN));
    }

    [Fact]
    public void A_percentile_is_the_first_object_nearest_the_interpolated_area()
    {
        // Areas 4, 1, 2, 2, 8.
        var table = RegionTable.Measure(Masks.Of("1111.2.33.44.55555555"));
        Assert.Equal([2, 3, 3, 1, 5], new[] { 0.0, 25, 50, 75, 100 }.Select(p => table.Percentile(p).Label));
        // Sorted 1 2 2 4 8: at 62.5 % halfway from 2 to 4, so 3 is as near to 2 as to 4, and label 1 (area 4) comes first.
        Assert.Equal(1, table.Percentile(62.5).Label);
        Assert.Throws<BadInputException>(() => table.Percentile(101));
        Assert.Contains("empty", Assert.Throws<BadInputException>(() => table.Where(_ => false).Percentile(50)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_are_grouped_by_value()
    {
        var groups = RegionTable.Measure(Masks.Of("11.9.1.3")).ByValue();
        Assert.Equal([(1, 2), (3, 1), (9, 1)], groups.Select(group => (group.Value, group.Regions.Count)));
        Assert.Equal([1, 3], groups[0].Regions.Select(row => row.Label));
    }

    [Fact]
    public void Two_images_of_one_name_are_refused() => Assert.Contains("named a", Assert.Throws<BadInputException>(() =>
        RegionTable.Concat([RegionTable.Measure(Masks.Of("1"), "a"), RegionTable.Measure(Masks.Of("1"), "a")])).Message, StringComparison.Ordinal);

    [Theory, InlineData(RegionProperties.Basic), InlineData(RegionProperties.All)]
    public void A_table_comes_back_from_its_csv(RegionProperties properties)
    {
        using var folder = new TemporaryFolder();
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new("de-DE");
        try
        {
            foreach (var table in (RegionTable[])[Two(properties), Two(properties).At(20.0), Two(properties).Where(_ => false)])
            {
                table.SaveCsv(folder.At("t.csv"));
                var loaded = RegionTable.LoadCsv(folder.At("t.csv"));
                Assert.Equal(table.Count, loaded.Count);
                Assert.Equal(table.Count == 0 ? null : table.Magnification, loaded.Magnification);
                foreach (var (row, back) in table.Zip(loaded))
                {
                    Assert.Equal((row.Image, row.Label, row.Value, row.Area, row.SourceBox, row.FirstX, row.Scale),
                        (back.Image, back.Label, back.Value, back.Area, back.SourceBox, back.FirstX, back.Scale));
                    Assert.Equal(row.Cx, back.Cx, 9);
                    Assert.Equal(row.Perimeter ?? -1, back.Perimeter ?? -1, 9);
                    Assert.Equal(row.Euler, back.Euler);
                }
                Assert.Equal(table.AwayFromEdge(7).Select(row => (row.Image, row.Label)), loaded.AwayFromEdge(7).Select(row => (row.Image, row.Label)));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void A_csv_without_the_way_back_is_taken_in_px_of_the_masks()
    {
        using var folder = new TemporaryFolder();
        var table = Two(RegionProperties.All);
        table.SaveCsv(folder.At("t.csv"), source: false);
        Assert.Equal(
            "image,label,value,area,x0,y0,x1,y1,cx,cy,side,perimeter,eccentricity,major,minor,orientation,extent,equivalent_diameter,solidity,euler,feret",
            File.ReadLines(folder.At("t.csv")).First());
        var loaded = RegionTable.LoadCsv(folder.At("t.csv"));
        Assert.Equal(table.Select(row => (row.Image, row.Area, row.Shape)), loaded.Select(row => (row.Image, row.Area, row.Shape)));
        Assert.Contains("measure the masks again", Assert.Throws<BadInputException>(() => loaded.AwayFromEdge(3)).Message, StringComparison.Ordinal);
        // Objects are still found in their mask.
        var mask = Masks.Random(5, 120, 80, noise: 0.02);
        Assert.All(loaded.Where(row => row.Image != "b"), row => Assert.Equal(row.Area, row.MaskFrom(mask).AsBytes().ToArray().Count(value => value != 0)));
    }

    public static TheoryData<string, string, string> BadLines => new()
    {
        { "area", "", "found nothing" }, { "area", "x", "'x'" }, { "area", "3.5", "whole" }, { "area", "1e9", "size of the box" },
            { "value", "0", "a whole number from 1 on" },
        { "cx", "1,5", "'1,5'" }, { "cy", "NaN", "number" }, { "label", "-1", "1 or more" }, { "label", "1e30", "whole" }, { "x1", "0", "box" },
            { "image", "", "a name" },
        { "scale", "0", "above 0" }, { "width", "1", "holds the box" }, { "magnification", "-3", "above 0" }, { "feret", "", "found nothing" },
            { "side", "?", "'?'" },
    };

    [Theory, MemberData(nameof(BadLines))]
    public void A_wrong_number_in_a_csv_is_named_with_its_line_and_column(string column, string text, string says)
    {
        using var folder = new TemporaryFolder();
        RegionTable.Measure(Masks.Of("11.2", "11.2"), "m", 40.0, RegionProperties.All).SaveCsv(folder.At("t.csv"));
        var lines = File.ReadAllLines(folder.At("t.csv"));
        var cells = lines[2].Split(',');
        cells[Array.IndexOf(lines[0].Split(','), column)] = text.Contains(',', StringComparison.Ordinal) ? $"\"{text}\"" : text;
        File.WriteAllLines(folder.At("t.csv"), [lines[0], lines[1], string.Join(',', cells)]);
        var message = Assert.Throws<BadInputException>(() => RegionTable.LoadCsv(folder.At("t.csv"))).Message;
        Assert.Contains($"line 3, column {(column == "x1" ? "x0" : column)}", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_another_encoding_is_refused_since_letters_of_its_names_would_be_lost()
    {
        using var folder = new TemporaryFolder();
        RegionTable.Measure(Masks.Of("1.1"), "Präparat").SaveCsv(folder.At("t.csv"));
        Assert.Equal("Präparat", RegionTable.LoadCsv(folder.At("t.csv"))[0].Image);
        File.WriteAllText(folder.At("t.csv"), File.ReadAllText(folder.At("t.csv")), System.Text.Encoding.Latin1);
        Assert.Contains("is no text in UTF-8", Assert.Throws<BadInputException>(() => RegionTable.LoadCsv(folder.At("t.csv"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_table_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("cannot be read", Assert.Throws<BadInputException>(() => RegionTable.LoadCsv(folder.At("none.csv"))).Message, StringComparison.Ordinal);
        foreach (var text in (string[])["", "a,b\n1,2\n", "\0\0\0"])
            Assert.Contains("lacks the columns image, label", Assert.Throws<BadInputException>(() => RegionTable.LoadCsv(folder.Write("t.csv", text))).Message,
                StringComparison.Ordinal);
        RegionTable.Measure(Masks.Of("1.1")).SaveCsv(folder.At("t.csv"));
        var twice = File.ReadAllText(folder.At("t.csv")).Replace("mask,2,", "mask,1,", StringComparison.Ordinal);
        Assert.Contains("a second object 1", Assert.Throws<BadInputException>(() => RegionTable.LoadCsv(folder.Write("t.csv", twice))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_shows_the_first_rows_and_how_many_there_are()
    {
        var table = RegionTable.Measure(Masks.Random(1, 200, 100), "<script>");
        var html = Shown.Html(table);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.Equal(11, html.Split("<tr>").Length - 1);
        Assert.Contains("the first 10", Shown.Text(table), StringComparison.Ordinal);
        Assert.Equal(["text/html", "text/plain"], Shown.Types(table));
        Assert.Contains("usable", Shown.Html(Two().Summary), StringComparison.Ordinal);
        Assert.Contains("median area", Shown.Text(Two().ByValue()), StringComparison.Ordinal);
    }
}
