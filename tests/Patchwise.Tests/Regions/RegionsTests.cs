using System.Globalization;

namespace Patchwise.Tests.Regions;

/// <summary>Touching objects taken apart; tests/data/split/split.py made the goldens with scikit-image.</summary>
public class RegionsTests
{
    [Fact]
    public void Parts_are_those_of_scikit_image()
    {
        var folder = Repository.Golden("split");
        var goldens = Directory.GetFiles(folder, "*-*.png");
        Assert.True(goldens.Length >= 18);
        foreach (var file in goldens)
        {
            var parts = Path.GetFileNameWithoutExtension(file).Split('-');
            var mask = Raster.Load(Path.Combine(folder, $"{parts[0]}.png"));
            var found = Patchwise.Regions.Split(mask, double.Parse(parts[1], CultureInfo.InvariantCulture));
            var expected = Raster.Load(file);
            Assert.Equal(expected.Size, found.Size);
            for (var y = 0; y < found.Size.Height; y++)
                for (var x = 0; x < found.Size.Width; x++)
                    Assert.True(expected[x, y] == found[x, y], $"{file} at {x}, {y}: {expected[x, y]} and {found[x, y]}");
        }
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Parts_cover_the_mask_and_none_reaches_over_two_objects(int seed)
    {
        var values = Masks.Random(seed, 150, 110);
        var mask = Masks.Map(values, 150, 110, (x, y) => values[x, y] > 0 ? 255 : 0);
        var split = RegionTable.Measure(Patchwise.Regions.Split(mask));
        var whole = RegionTable.Measure(mask);
        Assert.Equal(whole.Sum(row => row.Area), split.Sum(row => row.Area));
        Assert.True(split.Count >= whole.Count);
        Assert.All(split, part => Assert.Contains(whole, row => row.SourceBox.Contains(part.SourceBox)));
    }

    [Fact]
    public void The_nuclei_of_the_sample_are_found_again_after_their_numbers_are_forgotten()
    {
        var (drawn, merged, found) = (0, 0, 0);
        foreach (var image in ImageSet.Open("dsb2018-nuclei").Images)
        {
            var mask = image.LoadMask();
            var binary = Masks.Map(mask.Pixels, mask.Size.Width, mask.Size.Height, (x, y) => mask[x, y] > 0 ? 255 : 0);
            drawn += RegionTable.Measure(mask).Count;
            merged += RegionTable.Measure(binary).Count;
            found += RegionTable.Measure(Patchwise.Regions.Split(binary)).Count;
        }
        Assert.True(merged < 0.8 * drawn, $"{merged} of {drawn}");
        Assert.InRange(found, 0.9 * drawn, 1.02 * drawn);
    }

    [Fact]
    public void A_mask_whose_values_tell_objects_apart_and_a_depth_of_nothing_are_refused()
    {
        Assert.Contains("2 values", Assert.Throws<BadInputException>(() => Patchwise.Regions.Split(Masks.Of("1.2"))).Message, StringComparison.Ordinal);
        Assert.Contains("depth of 0", Assert.Throws<BadInputException>(() => Patchwise.Regions.Split(Masks.Of("1"), 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_is_split_when_asked_and_its_objects_are_found_in_its_masks()
    {
        using var folder = new SyntheticSet().Add("a", 120, 60, 40, (new(5, 10, 35, 40), 1), (new(35, 20, 40, 30), 1), (new(40, 10, 70, 40), 1));
        var set = folder.Open();
        Assert.Single(RegionTable.Measure(set));
        var split = Patchwise.Regions.Split(set);
        var regions = RegionTable.Measure(split, cacheFolder: folder.Folder);
        Assert.Equal(2, regions.Count);
        Assert.Single(RegionTable.Measure(set, cacheFolder: folder.Folder));
        Assert.Contains("taken apart", split.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, ClarityTest.Of(split, regions, new() { Trials = [20], Sample = 3 }).Measured);
    }
}
