namespace Patchwise.Tests;

public class SizeTestTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fit_counts_and_fill_are_those_of_counting_by_hand(int seed)
    {
        using var folder = SyntheticSet.Varied(seed);
        var regions = RegionTable.Measure(folder.Open()).At(20);
        var test = SizeTest.Of(regions, [8, 24, 16, 16]);

        Assert.Equal([8, 16, 24], test.Fit.Select(row => row.Size));
        Assert.Equal([1, 4, 9], test.Fit.Select(row => row.Cost));
        foreach (var row in test.Fit)
        {
            // Sides halve at 20x, areas are quarters.
            var fitting = regions.Where(r => Math.Max(r.SourceBox.Width, r.SourceBox.Height) / 2.0 <= row.Size)
                .Select(r => r.SourceBox.Width * r.SourceBox.Height / 4.0).Order().ToArray();
            Assert.Equal((fitting.Length, 48), (row.Fits, row.Total));
            Assert.Equal((fitting[(fitting.Length - 1) / 2] + fitting[fitting.Length / 2]) / 2 / (row.Size * row.Size), row.MedianFill!.Value, 1e-12);
            Assert.StartsWith($"{fitting.Length} / 48, ", row.ToString());
            Assert.EndsWith($" % fit in {row.Size} px", row.ToString());
        }
    }

    [Fact]
    public void At_another_magnification_it_is_the_test_of_the_objects_there()
    {
        using var folder = SyntheticSet.Varied(6);
        var regions = RegionTable.Measure(folder.Open());
        var test = SizeTest.Of(regions.At(20), [32, 16], 0.8, 4);
        foreach (var (power, sizes) in ((double, int[]?)[])[(10, null), (40, [64, 8]), (17.5, [11])])
            Assert.Equal(SizeTest.Of(regions.At(new(power)), sizes ?? [32, 16], 0.8, 4).ToString(), test.At(new(power), sizes).ToString());
        Assert.Throws<BadInputException>(() => test.At(new(80)));
    }

    [Fact]
    public void An_object_of_exactly_the_size_fits_and_one_pixel_more_does_not()
    {
        using var folder = new SyntheticSet().Add("a", 200, 100, 20, (new(0, 0, 64, 10), 1), (new(70, 0, 135, 10), 1));
        var test = SizeTest.Of(RegionTable.Measure(folder.Open()), [64]);
        Assert.Equal("1 / 2, 50 % fit in 64 px", Assert.Single(test.Fit).ToString());
        Assert.Equal([1], test.CutOffBy(0));
    }

    [Theory]
    [InlineData(0.5, 8)]
    [InlineData(0.95, 32)]
    [InlineData(0.99, 1)]
    [InlineData(1, 16)]
    [InlineData(0.01, 32)]
    public void The_suggestion_is_the_smallest_multiple_that_holds_the_target(double target, int step)
    {
        using var folder = SyntheticSet.Varied(3);
        var regions = RegionTable.Measure(folder.Open());
        var suggestion = SizeTest.Of(regions, target: target, step: step).Suggestion;
        var size = step;
        while (regions.Count(r => r.Side <= size) < target * regions.Count)
            size += step;
        Assert.Equal(size, suggestion.Size);
        Assert.Equal(regions.Count(r => r.Side <= size), suggestion.Fits);
        Assert.StartsWith($"{size} px at 40x: the smallest multiple of {step} that holds at least ", suggestion.Reason);
    }

    [Fact]
    public void Fit_is_that_of_a_patch_around_the_centroid_and_the_other_stands_beside_it()
    {
        // Wedges, whose mass lies to one side: for each object its pixels are looked for in the patch that is cut out around their mean.
        var random = new Random(4);
        var mask = new Raster(300, 300, 1);
        for (var i = 0; i < 25; i++)
        {
            var (x0, y0, side, slope) = (i % 5 * 60 + 2, i / 5 * 60 + 2, random.Next(8, 50), random.Next(1, 4));
            for (var y = 0; y < side; y++)
                mask.Samples8.Slice((y0 + y) * 300 + x0, Math.Max(1, (side - y) / slope)).Fill(1);
        }
        var regions = RegionTable.Measure(mask, magnification: 40.0);
        var test = SizeTest.Of(regions, [48, 32, 24, 16]);
        foreach (var row in test.Fit)
        {
            var held = regions.Count(r =>
            {
                var alone = r.MaskFrom(mask);
                (int X, int Y)[] pixels = [.. from y in Enumerable.Range(0, alone.Height) from x in Enumerable.Range(0, alone.Width) where alone[x, y] > 0
                    select (x, y)];
                var (cx, cy) = (pixels.Average(p => p.X + 0.5), pixels.Average(p => p.Y + 0.5));
                return pixels.All(p => p.X >= cx - row.Size / 2.0 - 1e-9 && p.X + 1 <= cx + row.Size / 2.0 + 1e-9 && p.Y >= cy - row.Size / 2.0 - 1e-9
                    && p.Y + 1 <= cy + row.Size / 2.0 + 1e-9);
            });
            Assert.Equal((held, regions.Count(r => r.Side <= row.Size)), (row.Fits, row.FitsByBox));
            Assert.Equal(test.CutOffBy(test.Marked.Index().First(m => m.Item.Size == row.Size).Index).Count(),
                (test.Marked.Where(m => m.Size > row.Size).Select(m => (int?)test.Fit.Single(f => f.Size == m.Size).Fits).Min() ?? 25) - row.Fits);
        }
        Assert.Contains(test.Fit, row => row.Fits < row.FitsByBox);
    }

    [Fact]
    public void Percentages_are_rounded_down_so_that_a_hundred_means_all()
    {
        Assert.Equal("99.9 %", Words.Percent(9999, 10000));
        Assert.Equal("100 %", Words.Percent(10000, 10000));
        Assert.Equal("0 %", Words.Percent(0, 3));
    }

    [Fact]
    public void Cut_off_shows_objects_that_only_the_next_larger_size_holds()
    {
        using var folder = SyntheticSet.Varied(5);
        var set = folder.Open();
        var regions = RegionTable.Measure(set).At(20);
        var test = SizeTest.Of(regions, [20, 12, 6]);
        var gallery = test.CutOff(set, new() { Seed = 3, Examples = 40, Padding = 4, Mask = false });

        double[] upper = [double.PositiveInfinity, 20, 12];
        int[] sizes = [20, 12, 6];
        for (var column = 0; column < 3; column++)
        {
            var members = regions.Where(r => r.Side > sizes[column] && r.Side <= upper[column]).ToArray();
            Assert.True(members.Length is > 0 and < 40);
            var cells = gallery.Rows.Select(row => row.Cells[column]).ToArray();
            var shown = cells.TakeWhile(cell => cell.Image is not null).ToArray();
            Assert.Equal(members.Length, shown.Length);
            Assert.All(cells.Skip(shown.Length), cell => Assert.Equal(GalleryCell.Empty(""), cell with { Boxes = [] }));
            Assert.EndsWith($": {members.Length}", gallery.Columns[column], StringComparison.Ordinal);
            Assert.All(shown, cell => Assert.True(cell.Object!.AsBytes().ContainsAnyExcept((byte)0)));
            Assert.All(shown, cell => Assert.Equal(0.5, cell.Image!.Mpp!.Value.X, 1e-9));
            Assert.All(shown, cell => Assert.Equal(new PixelSize(sizes[column] + 8, sizes[column] + 8), cell.Image!.Size));
            Assert.Equal(members.Select(r => FormattableString.Invariant($"needs {r.CentredSide:0.#} px")).Order(), shown.Select(cell => cell.Caption).Order());
            Assert.All(shown, cell => Assert.Equal(sizes[column..].Select(size => Centred(sizes[column] + 8, size)), cell.Boxes.Select(box => box.Box)));
        }
    }

    [Fact]
    public void Cut_off_shows_the_pixels_around_the_object_hatched_beyond_the_image()
    {
        // One object in the corner, at the magnification of the scan: nothing is resampled.
        using var folder = new SyntheticSet().Add("a", 50, 40, 20, (new(0, 0, 11, 9), 1));
        var set = folder.Open();
        var image = set.Images[0].LoadImage();
        var crop = SizeTest.Of(RegionTable.Measure(set).At(20), [6]).CutOff(set, new() { Padding = 8, Mask = false }).Rows[0].Cells[0].Image!;
        Assert.Equal(new PixelSize(22, 22), crop.Size);
        // The box is 11 x 9: its middle at (5.5, 4.5) is the middle of the crop, rounded to whole px.
        for (var y = 0; y < 22; y++)
            for (var x = 0; x < 22; x++)
                for (var c = 0; c < 3; c++)
                    Assert.Equal(x - 6 < 0 || y - 7 < 0 ? (x + y) % 2 == 0 ? 200 : 150 : image[x - 6, y - 7, c], crop[x, y, c]);
    }

    [Fact]
    public void Cut_off_leaves_out_columns_and_panels_that_would_show_no_object()
    {
        // A ring whose middle, which is all that a small patch sees, is empty; and no object between 8 and 60 px.
        using var folder = new SyntheticSet().Add("a", 100, 100, 20, (new(10, 10, 80, 13), 1), (new(10, 13, 13, 80), 1), (new(13, 77, 80, 80), 1),
            (new(77, 13, 80, 77), 1), (new(90, 90, 95, 95), 2));
        var set = folder.Open();
        var test = SizeTest.Of(RegionTable.Measure(set), [60, 8, 4]);
        var gallery = test.CutOff(set, new() { Padding = 2 });
        Assert.Equal(["larger than 60 px: 1", "larger than 4 px, at most 8: 1"], gallery.Columns);
        Assert.Contains("none is larger than 8 px, at most 60", gallery.Title, StringComparison.Ordinal);
        var cells = Assert.Single(gallery.Rows).Cells;
        Assert.Equal((null, "", new PixelSize(8, 8)), (cells[0].Image, cells[0].Caption, cells[1].Image!.Size));
    }

    [Fact]
    public void Masking_hides_a_neighbour_of_equal_value()
    {
        // Two objects of value 5 in the same box; the first reaches round the second.
        using var folder = new SyntheticSet().Add("a", 40, 40, 20, (new(5, 5, 25, 8), 5), (new(5, 8, 8, 25), 5), (new(14, 14, 20, 20), 5));
        var set = folder.Open();
        var image = set.Images[0].LoadImage();
        var regions = RegionTable.Measure(set).At(20);
        var crop = SizeTest.Of(regions, [10]).CutOff(set, new() { Padding = 6, Mask = true }).Rows[0].Cells[0].Image!;
        for (var y = 0; y < 22; y++)
            for (var x = 0; x < 22; x++)
            {
                // The object's 60 + 51 pixels have their mean at (11.1, 11.1), counted from the image's corner.
                var (u, v) = (x, y);
                var own = u is >= 5 and < 25 && v is >= 5 and < 25 && (u < 8 || v < 8);
                Assert.Equal(own ? image[u, v] : 0, crop[x, y]);
            }
    }

    [Fact]
    public void Sizes_by_value_are_those_of_each_values_objects_alone()
    {
        using var folder = SyntheticSet.Varied(6);
        var regions = RegionTable.Measure(folder.Open());
        var byValue = SizeTest.Of(regions, step: 4).ByValue;
        Assert.Equal([1, 2, 3], byValue.Select(row => row.Value));
        foreach (var row in byValue)
        {
            var own = SizeTest.Of(regions.Where(r => r.Value == row.Value), step: 4);
            Assert.Equal((own.Suggestion.Size, own.Regions.Count, own.Regions.Max(r => r.Side)), (row.Suggested, row.Objects, row.LargestSide));
        }
    }

    [Fact]
    public void Px_of_several_magnifications_are_not_compared()
    {
        using var folder = new SyntheticSet().Add("at40", 100, 100, 40, (new(30, 30, 50, 50), 1)).Add("at20", 100, 100, 20, (new(40, 40, 50, 50), 1));
        var regions = RegionTable.Measure(folder.Open());
        Assert.Contains("images at 20x and 40x, whose px are not of one size: take them to one magnification first, such as regions.At(20)",
            Assert.Throws<BadInputException>(() => SizeTest.Of(regions)).Message);
        Assert.Contains("Not to be used: the objects are of images at 20x and 40x", regions.Percentiles.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Not to be used", regions.At(20).Percentiles.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, SizeTest.Of(regions.At(20)).Fit[^1].Total);
        Assert.Equal(1, SizeTest.Of(regions.Where(row => row.Image == "at20")).Fit[^1].Total);
        // Of slides that state microns only.
        static RegionTable OnSlide(string name, double mpp)
        {
            var mask = new Raster(40, 40, 1);
            mask.Samples8[41] = 1;
            using var slide = Slide.Of(new Raster(40, 40, 3), name, mpp);
            return RegionTable.Measure(mask, slide, RegionProperties.Basic, default);
        }
        Assert.Contains("at 0.25 and at 0.5 microns per pixel, whose px are not of one size", Assert.Throws<BadInputException>(() =>
            SizeTest.Of(RegionTable.Concat([OnSlide("a", 0.25), OnSlide("b", 0.5)]))).Message);
        Assert.Equal(2, SizeTest.Of(RegionTable.Concat([OnSlide("a", 0.25), OnSlide("b", 0.26)])).Fit[^1].Total);
    }

    [Fact]
    public void Equal_seeds_show_equal_pixels_and_others_do_not()
    {
        using var folder = SyntheticSet.Varied(7);
        var set = folder.Open();
        var test = SizeTest.Of(RegionTable.Measure(set).At(20), [10, 5]);
        Assert.Equal(GalleryPage.Html(test.CutOff(set, new() { Seed = 1, Padding = 5 })), GalleryPage.Html(test.CutOff(set, new() { Seed = 1, Padding = 5 })));
        Assert.NotEqual(GalleryPage.Html(test.CutOff(set, new() { Seed = 1, Padding = 5 })),
            GalleryPage.Html(test.CutOff(set, new() { Seed = 2, Padding = 5 })));
    }

    [Fact]
    public void Bad_parameters_are_named()
    {
        using var folder = SyntheticSet.Varied(8);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        static void Refused(string words, Action call) => Assert.Contains(words, Assert.Throws<BadInputException>(call).Message);
        Refused("no patch sizes", () => SizeTest.Of(regions, []));
        Refused("0 px", () => SizeTest.Of(regions, [64, 0]));
        Refused("target 2", () => SizeTest.Of(regions, target: 2));
        Refused("target NaN", () => SizeTest.Of(regions, target: double.NaN));
        Refused("steps of 0", () => SizeTest.Of(regions, step: 0));
        Refused("table is empty", () => SizeTest.Of(regions.AwayFromEdge(5000)));
        var test = SizeTest.Of(regions, [10]);
        Refused("padding -1", () => test.CutOff(set, new() { Padding = -1 }));
        Refused("0 examples", () => test.CutOff(set, new() { Examples = 0 }));
        using var other = new SyntheticSet().Add("elsewhere", 30, 30, 40, (new(0, 0, 5, 5), 1));
        Refused("does not hold the image image", () => test.CutOff(other.Open()));
        Assert.Throws<OperationCanceledException>(() => { test.CutOff(set, null, new(canceled: true)); });
    }

    static Box Centred(int side, int size) => new((side - size) / 2, (side - size) / 2, (side + size) / 2, (side + size) / 2);
}
