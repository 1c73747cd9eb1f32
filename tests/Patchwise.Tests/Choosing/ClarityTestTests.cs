using System.Globalization;

namespace Patchwise.Tests;

public class ClarityTestTests
{
    [Fact]
    public void The_table_is_that_of_measuring_each_object_by_hand()
    {
        using var folder = SyntheticSet.Varied(11);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        var test = ClarityTest.Of(set, regions, new() { Trials = [10, 20, 5], Padding = 6, Sample = 9999, Threshold = 0.8 });

        Assert.Equal([20, 10, 5], test.Trials.Select(trial => trial.Power));
        var byArea = regions.OrderBy(row => row.Area).ToArray();
        Region[][] thirds = [byArea[..16], byArea[16..32], byArea[32..]];
        var images = set.Images.ToDictionary(image => image.Name, image => image.LoadImage());
        Assert.Equal(9, test.Table.Count);
        foreach (var row in test.Table)
        {
            var third = thirds[Array.IndexOf(["smallest third", "middle third", "largest third"], row.Group)];
            var kept = third.Select(region => Plain(images[region.Image], region.SourceBox, row.Trial.Power / 40)).ToArray();
            Assert.Equal(16, row.Objects);
            Assert.Equal(kept.Average(k => k.Ssim), row.Ssim, 1e-9);
            Assert.Equal(kept.Average(k => k.Energy), row.Energy, 1e-9);
            Assert.Equal(kept.Count(k => k.Ssim >= 0.8), row.Clear);
            var sorted = kept.Select(k => k.Ssim).Order().ToArray();
            Assert.Equal(sorted[1] + 0.5 * (sorted[2] - sorted[1]), row.SsimLow, 1e-9);
            Assert.Equal(sorted[13] + 0.5 * (sorted[14] - sorted[13]), row.SsimHigh, 1e-9);
            Assert.Equal((third[0].Area, third[^1].Area), (row.FromArea, row.ToArea));
        }
    }

    /// <summary>
    /// The rectangle and a tenth of its longer side around it, corners rounded; brought down by area and up by cubic with 16 px more around, luminance by
    /// OpenCV's weights.
    /// </summary>
    static (double Ssim, double Energy) Plain(Raster image, Box box, double scale)
    {
        var margin = Math.Max(1, (int)Math.Round(0.1 * Math.Max(box.Width, box.Height)));
        var side = Math.Max(64, Math.Max(box.Width, box.Height) + 2 * margin + 32);
        var (left, top) = ((int)Math.Floor((box.X0 + box.X1 - side) / 2.0), (int)Math.Floor((box.Y0 + box.Y1 - side) / 2.0));
        var part = new Box(Math.Max(left, 0), Math.Max(top, 0), Math.Min(left + side, image.Width), Math.Min(top + side, image.Height));
        List<byte> grey = [];
        List<bool> own = [];
        for (var y = part.Y0; y < part.Y1; y++)
            for (var x = part.X0; x < part.X1; x++)
            {
                grey.Add((byte)Math.Floor((9798 * image[x, y, 0] + 19235 * image[x, y, 1] + 3735 * image[x, y, 2]) / 32768.0 + 0.5));
                var (dx, dy) = (Math.Max(Math.Max(box.X0 - x, x - box.X1 + 1), 0), Math.Max(Math.Max(box.Y0 - y, y - box.Y1 + 1), 0));
                own.Add(dx * dx + dy * dy <= margin * margin);
            }
        var (width, height) = (part.Width, part.Height);
        var original = Raster.FromSamples(width, height, 1, grey.ToArray());
        var back = original.Resize(new((int)Math.Round(width * scale), (int)Math.Round(height * scale)), ResizeMethod.Area).Resize(original.Size,
            ResizeMethod.Cubic);
        // The window of SSIM goes on by reflection beyond the image only.
        var similar = Ssim.Of(original.AsBytes(), back.AsBytes(), own.ToArray(), width, height);
        var seen = new Box(Math.Max(box.X0 - margin, 0), Math.Max(box.Y0 - margin, 0), Math.Min(box.X1 + margin, image.Width),
            Math.Min(box.Y1 + margin, image.Height)).Shift(-part.X0, -part.Y0);
        bool[] inside = [.. Enumerable.Range(seen.Y0, seen.Height).SelectMany(y => own.Skip(y * width + seen.X0).Take(seen.Width))];
        var share = new double[1];
        SpectralShare.Of(original.Crop(seen).AsBytes(), inside, seen.Width, seen.Height, [scale], share);
        return (similar, share[0]);
    }

    [Theory, InlineData(31), InlineData(32), InlineData(33)]
    public void Padding_and_mask_change_pictures_only(int seed)
    {
        using var folder = SyntheticSet.Varied(seed);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        ClarityTest Of(int padding, bool mask) =>
            ClarityTest.Of(set, regions, new() { Trials = [30, 20, 10, 5], Sample = 30, Seed = seed, Threshold = 0.8, Padding = padding, Mask = mask });
        var plain = Of(0, false);
        foreach (var other in (ClarityTest[])[Of(10, false), Of(57, false), Of(0, true), Of(25, true)])
        {
            Assert.Equal(plain.Table, other.Table);
            Assert.Equal(plain.Suggestion, other.Suggestion);
            Assert.NotEqual(GalleryPage.Html(plain.Gallery), GalleryPage.Html(other.Gallery));
        }
    }

    [Fact]
    public void What_lies_beside_the_object_changes_nothing_beyond_its_margin()
    {
        // The same object on quiet and on loud ground, which begins 16 px from it: beyond the margin, the window of SSIM and what resampling mixes.
        var loud = SyntheticSet.Noise(3, 120, 120);
        var samples = loud.AsBytes().ToArray();
        for (var y = 0; y < 120; y++)
            for (var x = 0; x < 120; x++)
                if (x is < 24 or >= 96 || y is < 24 or >= 96)
                    samples.AsSpan(3 * (120 * y + x), 3).Fill(200);
        static ClarityTable Table(Raster image)
        {
            using var folder = new SyntheticSet().Add("a", image, 40, (new(40, 40, 80, 80), 1));
            var set = folder.Open();
            return ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20], Padding = 40 }).Table;
        }
        Assert.Equal(Table(loud), Table(Raster.FromSamples(120, 120, 3, samples)));
    }

    [Theory, InlineData(10), InlineData(20), InlineData(47), InlineData(48)]
    public void As_many_objects_are_measured_as_were_asked_for(int asked)
    {
        using var folder = SyntheticSet.Varied(17);
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20], Sample = asked });
        Assert.Equal(asked, test.Measured);
        Assert.Equal(asked, test.Table.Sum(row => row.Objects));
        Assert.Empty(test.Notes);
    }

    [Fact]
    public void Where_fewer_objects_are_there_than_asked_for_it_is_said()
    {
        using var folder = SyntheticSet.Varied(17);
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20], Sample = 200 });
        Assert.Equal(48, test.Measured);
        Assert.Equal(["200 objects were to be measured, and all 48 that there are were"], test.Notes);
        Assert.StartsWith("48 objects measured at 20x, 10 shown\n200 objects", test.ToString());
        Assert.DoesNotContain(test.Suggestion.Reason, test.ToString());
    }

    [Fact]
    public void The_sample_takes_a_third_of_each_size()
    {
        using var folder = SyntheticSet.Varied(12);
        var set = folder.Open();
        var table = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20], Sample = 21 }).Table;
        Assert.Equal([("smallest third", 7), ("middle third", 7), ("largest third", 7)], table.Select(row => (row.Group, row.Objects)));
        Assert.True(table[0].ToArea <= table[1].FromArea && table[1].ToArea <= table[2].FromArea);
    }

    [Fact]
    public void The_gallery_shows_random_objects_and_those_at_the_percentiles_never_stretched()
    {
        using var folder = SyntheticSet.Varied(13);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        var gallery = ClarityTest.Of(set, regions, new() { Trials = [30, 20, 10, 5], Padding = 10 }).Gallery;

        Assert.Equal(["Original | 40x", "30x", "20x", "10x", "5x"], gallery.Columns);
        Assert.Equal(10, gallery.Rows.Length);
        string[] names = ["random 1", "random 2", "random 3", "random 4", "1st percentile", "5th percentile", "10th percentile",
            "15th percentile", "median", "95th percentile"];
        foreach (var (row, name) in gallery.Rows.Zip(names))
        {
            Assert.StartsWith($"{name}: ", row.Label);
            var original = row.Cells[0].Image!;
            Assert.Equal(original.Width, original.Height);
            Assert.Equal(new[] { 1, 0.75, 0.5, 0.25, 0.125 }.Select(s => (int)Math.Round(original.Width * s)).Select(side => new PixelSize(side, side)),
                row.Cells.Select(cell => cell.Image!.Size));
        }
        foreach (var (i, percent) in new double[] { 1, 5, 10, 15, 50, 95 }.Index())
        {
            var expected = regions.Percentile(percent);
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{names[4 + i]}: {expected.Area:#,0} px²"), gallery.Rows[4 + i].Label);
        }
    }

    [Fact]
    public void What_lies_beyond_the_border_is_hatched_at_every_magnification_and_not_mixed_into_pixels()
    {
        // An even image: whatever is not its color was mixed with something else.
        using var folder = new SyntheticSet().Add("a", Raster.FromSamples(20, 12, 3, [.. Enumerable.Repeat((byte)90, 720)]), 40, (new(0, 0, 20, 12), 1));
        var set = folder.Open();
        foreach (var method in Enum.GetValues<ResizeMethod>())
            foreach (var cell in ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [30, 20, 10], Padding = 3, Method = method })
                .Gallery.Rows[0].Cells)
            {
                var image = cell.Image!;
                var scale = 26.0 / image.Width;
                Assert.Contains((byte)200, image.AsBytes().ToArray());
                for (var y = 0; y < image.Height; y++)
                    for (var x = 0; x < image.Width; x++)
                    {
                        var (u, v) = ((x + 0.5) * scale - 3, (y + 0.5) * scale - 7);
                        if (u is > 0 and < 20 && v is > 0 and < 12)
                            Assert.Equal(90, image[x, y, 1]);
                        else if (u is < 0 or > 20 || v is < 0 or > 12)
                            Assert.Contains(image[x, y, 1], (int[])[150, 200]);
                    }
            }
    }

    [Fact]
    public void The_object_of_a_row_is_outlined_in_the_original_and_images_know_their_microns()
    {
        using var folder = SyntheticSet.Varied(27);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        ClarityOptions options = new() { Trials = [20], Padding = 5, Sample = 6 };
        var gallery = ClarityTest.Of(set, regions, options).Gallery;
        Assert.EndsWith("; outlined in the original", gallery.Title, StringComparison.Ordinal);
        foreach (var row in gallery.Rows)
        {
            var thing = row.Cells[0].Object!;
            // Of the size that the label states, in the middle, 5 px from the sides of the longer extent.
            Assert.Contains(regions, region => row.Label.EndsWith(string.Create(CultureInfo.InvariantCulture, $": {region.Area:#,0} px²"),
                StringComparison.Ordinal) && region.Side == thing.Width - 10);
            Assert.Equal(row.Label.Split(": ")[1], string.Create(CultureInfo.InvariantCulture, $"{thing.AsBytes().Count((byte)255):#,0} px²"));
            Assert.Null(row.Cells[1].Object);
            Assert.Equal((0.25, 0.5), (row.Cells[0].Image!.Mpp!.Value.X, row.Cells[1].Image!.Mpp!.Value.X),
                (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 0.03);
        }
        var masked = ClarityTest.Of(set, regions, options with { Mask = true }).Gallery;
        Assert.All(masked.Rows, row => Assert.Null(row.Cells[0].Object));
    }

    [Fact]
    public void Masking_hides_a_neighbour_of_equal_value_in_the_gallery_only()
    {
        using var folder = new SyntheticSet().Add("a", 40, 40, 40, (new(10, 10, 20, 20), 9), (new(23, 10, 33, 20), 9));
        var set = folder.Open();
        var image = set.Images[0].LoadImage();
        var regions = RegionTable.Measure(set).Where(row => row.Label == 1);
        var (plain, masked) = (ClarityTest.Of(set, regions, new() { Trials = [20], Padding = 8 }), ClarityTest.Of(set, regions,
            new() { Trials = [20], Padding = 8, Mask = true }));
        var crop = masked.Gallery.Rows[0].Cells[0].Image!;
        for (var y = 0; y < 26; y++)
            for (var x = 0; x < 26; x++)
                Assert.Equal(x is >= 8 and < 18 && y is >= 8 and < 18 ? image[x + 2, y + 2] : 0, crop[x, y]);
        Assert.Equal(plain.Table.Select(row => row.Ssim), masked.Table.Select(row => row.Ssim));
    }

    [Fact]
    public void Nearest_shows_the_pixels_that_the_original_script_shows()
    {
        using var folder = new SyntheticSet().Add("a", 60, 60, 40, (new(20, 20, 40, 40), 1));
        var set = folder.Open();
        var cells = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [10], Padding = 0, Method = ResizeMethod.Nearest }).Gallery.Rows[0].Cells;
        for (var y = 0; y < 5; y++)
            for (var x = 0; x < 5; x++)
                Assert.Equal(cells[0].Image![4 * x, 4 * y], cells[1].Image![x, y]);
    }

    [Fact]
    public void Equal_seeds_give_equal_pixels_and_numbers_and_others_do_not()
    {
        using var folder = SyntheticSet.Varied(14);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        string Seen(int seed) => ClarityTest.Of(set, regions, new() { Trials = [20, 10], Sample = 12, Seed = seed }) is var test
            ? GalleryPage.Html(test.Gallery) + test.Table + ChartPage.Json(test.Curve()) : "";
        Assert.Equal(Seen(1), Seen(1));
        Assert.NotEqual(Seen(1), Seen(2));
    }

    [Fact]
    public void The_suggestion_follows_the_threshold_and_says_when_no_trial_reaches_it()
    {
        using var folder = SyntheticSet.Varied(15);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        ClaritySuggestion Suggest(double threshold) =>
            ClarityTest.Of(set, regions, new() { Trials = [30, 20, 10], Sample = 24, Threshold = threshold }).Suggestion;

        Assert.Equal(10, Suggest(0.01).Magnification!.Value.Power);
        Assert.StartsWith("10x: the lowest tried; it keeps SSIM at or above 0.01 for 95 % of the objects (at 10x 24 of 24 do, 100 % (86.2 to 100)), and a "
            + "lower one may, too; no resample of the objects differs.", Suggest(0.01).Reason);
        Assert.Null(Suggest(0.9999).Magnification);
        Assert.StartsWith("No trial magnification keeps SSIM at or above 0.9999 for 95 % of the objects: at 30x 0 of 24 do, 0 % (0 to 13.7).",
            Suggest(0.9999).ToString());
    }

    [Theory, InlineData(0.6), InlineData(0.7), InlineData(0.8), InlineData(0.9)]
    public void The_suggestion_is_the_lowest_to_1x_and_lies_in_its_interval(double threshold)
    {
        using var folder = SyntheticSet.Varied(18);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        ClarityTest Of(params double[] trials) => ClarityTest.Of(set, regions, new() { Trials = trials, Sample = 48, Threshold = threshold, Share = 0.9 });
        var found = Of(40, 20, 5).Suggestion;
        var power = found.Magnification!.Value.Power;
        bool Passes(double at) => Of(at).Table.Sum(row => row.Clear) >= 0.9 * 48;
        Assert.True(Passes(power));
        if (power > 5)
        {
            Assert.Contains(", to 1x (at ", found.Reason, StringComparison.Ordinal);
            Assert.False(Passes(power - 1), found.Reason);
        }
        Assert.InRange(power, found.Low!.Value.Power, found.High!.Value.Power);
        Assert.InRange(found.High.Value.Power - found.Low.Value.Power, 0.1, 30);
        Assert.Contains($"with other objects of the kind {found.Low} to {found.High} (95 % of 1000 resamples)", found.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_threshold_share_padding_or_trial_gives_what_a_test_with_it_gives()
    {
        using var folder = SyntheticSet.Varied(5);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        ClarityOptions options = new() { Trials = [30, 20, 10, 5], Sample = 30 };
        var test = ClarityTest.Of(set, regions, options);
        foreach (var (threshold, share) in ((double, double)[])[(0.5, 0.5), (0.8, 0.9), (0.97, 1), (0.9, 0.95), (1, 1)])
        {
            var (known, found) = (ClarityTest.Of(set, regions, options with { Threshold = threshold, Share = share }), test.With(threshold, share));
            Assert.Equal((known.Suggestion.ToString(), known.Table.ToString()), (found.Suggestion.ToString(), found.Table.ToString()));
            Assert.Equal(known.Suggestion.Tried, found.Suggestion.Tried);
            Assert.Equal(known.Table.Where(row => row.Trial.Power == 10).Select(row => new ClearCount(row.Group, row.Clear, row.Objects)),
                found.ClearAt(new(10)));
        }
        Assert.Equal(0.9, test.Options.Threshold);
        Assert.Contains("SSIM threshold 1.5", Assert.Throws<BadInputException>(() => test.With(1.5, 0.9)).Message, StringComparison.Ordinal);

        var (look, gallery) = (test.Look(25, [15, 60, 4]), ClarityTest.Of(set, regions, options with { Padding = 25, Trials = [15, 4] }).Gallery);
        Assert.Equal(gallery.ToString(), look.ToString());
        foreach (var (one, other) in gallery.Rows.SelectMany(row => row.Cells).Zip(look.Rows.SelectMany(row => row.Cells)))
            Assert.True(one.Image!.AsBytes().SequenceEqual(other.Image!.AsBytes()));
        Assert.Throws<BadInputException>(() => test.Look(0, [60]));
    }

    [Fact]
    public void Objects_are_brought_down_from_their_own_images_magnification()
    {
        using var folder = new SyntheticSet().Add("at40", 100, 100, 40, (new(30, 30, 50, 50), 1)).Add("at20", 100, 100, 20, (new(40, 40, 48, 48), 1));
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [80, 40, 10], Padding = 2, Sample = 3 });

        Assert.Equal([40, 10], test.Trials.Select(trial => trial.Power));
        Assert.Equal(["80x was left out: the images were scanned at 40x, and a higher magnification shows nothing new",
            "at 40x the 1 of 2 objects in images of lower magnification are left out",
            "3 objects were to be measured, and all 2 that there are were"], test.Notes);
        Assert.Equal("Original", test.Gallery.Columns[0]);
        Assert.Equal(("px² at 40x", "area (px² at 40x)"), (test.Table.Unit, test.Table.ToTable().Columns[1]));
        Assert.All(test.Gallery.Rows, row => Assert.EndsWith(" px² at 40x", row.Label, StringComparison.Ordinal));
        foreach (var row in test.Gallery.Rows)
        {
            var from40 = row.Cells[0].Caption == "40x";
            Assert.Equal(from40 ? 24 : 12, row.Cells[0].Image!.Width);
            Assert.Equal(from40 ? 24 : null, row.Cells[1].Image?.Width);
            Assert.Equal(from40 ? "" : "scanned at 20x", row.Cells[1].Caption);
            Assert.Equal(6, row.Cells[2].Image!.Width);
        }
        Assert.Equal(1, test.Table.Where(row => row.Trial.Power == 40).Sum(row => row.Objects));
        Assert.All(test.Table.Where(row => row.Trial.Power == 40), row => Assert.Equal((1, 1), (row.Ssim, row.Energy)));
        Assert.Equal(2, test.Table.Where(row => row.Trial.Power == 10).Sum(row => row.Objects));
    }

    [Fact]
    public void Objects_that_lose_nothing_at_a_trial_have_no_say_in_it()
    {
        // Coarse tissue at 20x, and noise of single px at 40x, of which nothing is left at 20x.
        using var folder = new SyntheticSet();
        var random = new Random(4);
        Box[] boxes = [.. Enumerable.Range(0, 16).Select(i => Box.Of(new(20, 20)).Shift(i % 4 * 30 + 5, i / 4 * 30 + 5))];
        for (var i = 0; i < 4; i++)
            folder.Add($"coarse{i}", 130, 130, 20, [.. boxes.Select(box => (box, 1))]);
        folder.Add("fine", Raster.FromSamples(130, 130, 3, [.. Enumerable.Range(0, 130 * 130 * 3).Select(_ => (byte)random.Next(20, 255))]), 40,
            [.. boxes.Select(box => (box, 1))]);
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [40, 20, 5], Share = 0.75 });
        Assert.Equal((80, 16), (test.Measured, test.Table.Where(row => row.Trial.Power == 20).Sum(row => row.Objects)));
        Assert.All(test.Table.Where(row => row.Trial.Power == 20), row => Assert.Equal(0, row.Clear));
        Assert.All(test.ClearAt(new(20)), one => Assert.Equal(0, one.Clear));
        Assert.True(test.Suggestion.Magnification is { Power: > 30 }, test.Suggestion.ToString());
        Assert.True(test.Suggestion.Low is null or { Power: > 20 }, test.Suggestion.ToString());
        Assert.Contains("at 20x the 64 of 80 objects in images of that magnification or a lower one are left out, as it takes nothing from them", test.Notes);
        // By themselves they are all clear there.
        var alone = ClarityTest.Of(set, RegionTable.Measure(set).Where(row => row.Image != "fine"), new() { Trials = [20, 5], Share = 0.75 });
        Assert.Equal(64, alone.Table.Where(row => row.Trial.Power == 20).Sum(row => row.Clear));
    }

    [Fact]
    public void Images_that_are_dark_all_over_are_told_as_all_of_them_would_seem_clear()
    {
        var noise = SyntheticSet.Noise(1, 60, 60);
        IReadOnlyList<string> Notes(int factor)
        {
            var image = Raster.FromSamples(60, 60, 3, Array.ConvertAll(noise.AsBytes().ToArray(), sample => (ushort)(sample * factor)));
            using var folder = new SyntheticSet().Add("deep", image, 40, (new(10, 10, 40, 40), 1));
            var set = folder.Open();
            return ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20], Sample = 3 }).Notes;
        }
        Assert.Contains(Notes(16), note => note.StartsWith("nothing is brighter than 1", StringComparison.Ordinal));
        Assert.DoesNotContain(Notes(257), note => note.StartsWith("nothing is brighter", StringComparison.Ordinal));
    }

    /// <summary>One texture, of which SSIM's constants call the pale one clear whatever is lost.</summary>
    [Fact]
    public void Objects_of_hardly_any_contrast_are_told_as_they_would_seem_clear()
    {
        var noise = SyntheticSet.Noise(1, 60, 60).AsBytes().ToArray();
        ClarityTest Of(double contrast)
        {
            var image = Raster.FromSamples(60, 60, 3, Array.ConvertAll(noise, sample => (byte)Math.Round(128 + contrast * (sample - 137) / 1.2)));
            using var folder = new SyntheticSet().Add("pale", image, 40, (new(10, 10, 40, 40), 1));
            var set = folder.Open();
            return ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20, 5], Sample = 3 });
        }
        var (pale, strong) = (Of(0.02), Of(1));
        Assert.Contains(pale.Notes, note => note.StartsWith("1 of 1 objects have hardly any contrast (their grey varies by less than 8 of 255)",
            StringComparison.Ordinal));
        Assert.DoesNotContain(strong.Notes, note => note.Contains("hardly any contrast", StringComparison.Ordinal));
        Assert.True(pale.Table.Sum(row => row.Clear) > strong.Table.Sum(row => row.Clear));
    }

    [Fact]
    public void A_grey_image_of_16_bits_is_looked_at_as_well()
    {
        var image = Raster.FromSamples(40, 40, 1, Enumerable.Range(0, 1600).Select(i => (ushort)(i * 40)).ToArray());
        using var folder = new SyntheticSet().Add("deep", image, 40, (new(10, 10, 20, 20), 1));
        var set = folder.Open();
        var test = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [20], Padding = 5 });
        var cells = test.Gallery.Rows[0].Cells;
        Assert.Equal((3, 8), cells[1].Image is { } cell ? (cell.Channels, cell.Bits) : default);
        var eight = image.To8Bit();
        for (var c = 0; c < 3; c++)
            Assert.Equal(eight[17, 12], cells[0].Image![12, 7, c]);
        Assert.InRange(test.Table[0].Ssim, 0.5, 1);
    }

    [Fact]
    public void Bad_parameters_are_named()
    {
        using var folder = SyntheticSet.Varied(16);
        var set = folder.Open();
        var regions = RegionTable.Measure(set);
        static void Refused(string words, Action call) => Assert.Contains(words, Assert.Throws<BadInputException>(call).Message);
        Refused("no trial magnifications", () => ClarityTest.Of(set, regions, new() { Trials = [] }));
        Refused("magnification 0", () => ClarityTest.Of(set, regions, new() { Trials = [20, 0] }));
        Refused("80x: the images were scanned at 40x", () => ClarityTest.Of(set, regions, new() { Trials = [80] }));
        Refused("padding -1", () => ClarityTest.Of(set, regions, new() { Trials = [20], Padding = -1 }));
        Refused("threshold 2", () => ClarityTest.Of(set, regions, new() { Trials = [20], Threshold = 2 }));
        Refused("share of objects 0", () => ClarityTest.Of(set, regions, new() { Trials = [20], Share = 0 }));
        Refused("sample of 0", () => ClarityTest.Of(set, regions, new() { Trials = [20], Sample = 0 }));
        Refused("seed -1", () => ClarityTest.Of(set, regions, new() { Trials = [20], Seed = -1 }));
        Refused("resize method 9", () => ClarityTest.Of(set, regions, new() { Trials = [20], Method = (ResizeMethod)9 }));
        Refused("table is empty", () => ClarityTest.Of(set, regions.AwayFromEdge(5000), new() { Trials = [20] }));
        Assert.Throws<OperationCanceledException>(() => { ClarityTest.Of(set, regions, new() { Trials = [20] }, new(canceled: true)); });

        using var other = new SyntheticSet().Add("elsewhere", 30, 30, 40, (new(0, 0, 5, 5), 1));
        Refused("is of image0, which", () => ClarityTest.Of(other.Open(), regions, new() { Trials = [20] }));
        using var unknown = new SyntheticSet().Add("a", 30, 30, null, (new(0, 0, 5, 5), 1));
        Refused("the magnification of ", () => ClarityTest.Of(unknown.Open(), RegionTable.Measure(unknown.Open()), new() { Trials = [20] }));
        File.WriteAllText(Path.Combine(folder.Folder, "image2.png"), "no image");
        Refused("image2.png", () => ClarityTest.Of(set, regions, new() { Trials = [20], Sample = 999 }));
    }
}
