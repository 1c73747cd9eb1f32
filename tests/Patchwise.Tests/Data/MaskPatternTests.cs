namespace Patchwise.Tests;

/// <summary>Images and masks under the names that programs and data sets give them.</summary>
public sealed class MaskPatternTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    void Write(params string[] names)
    {
        foreach (var name in names)
            _folder.Write(name, new Raster(8, 8, 1).ToPng());
    }

    ImageSet Open(string? maskPattern = null, string below = "") => ImageSet.OpenWith(null, Path.Combine(_folder.Path, below), maskPattern: maskPattern);

    string[] Pairs(ImageSet set) => [.. set.Images.Select(image => $"{SetFiles.Relative(_folder.Path, image.ImagePath)} {SetFiles.Relative(_folder.Path,
        image.MaskPath!)}")];

    string Refusal(string? maskPattern = null) => Assert.Throws<BadInputException>(() => Open(maskPattern)).Message;

    [Theory, InlineData("A", 2), InlineData("B", 2), InlineData("C", 2), InlineData("E", 2), InlineData("F", 4), InlineData("G", 2), InlineData("I", 2),
        InlineData("K", 2), InlineData("K/tiles", 2), InlineData("F/train/images", 2)]
    public void Names_of_the_field_are_found_by_themselves(string set, int images)
    {
        var found = ImageSet.OpenWith(null, Path.Combine(Repository.Root, "tests", "data", "field", "07-mask-names", set), magnification: 40);
        Assert.Equal(images, found.Images.Count);
        Assert.Equal(2 * images, RegionTable.Measure(found).Count);
        Assert.Empty(found.Report.Problems);
    }

    [Theory]
    [InlineData("a/images/x.png", "a/masks/x.png")]
    [InlineData("images/p1/x.png", "masks/p1/x.png")]
    [InlineData("images/p1/x.png", "masks/p1/x_mask.png")]
    [InlineData("images/p1/x.png", "masks/x.png")]
    [InlineData("x.png", "GT/x.png")]
    [InlineData("train/x.png", "train_masks/x_mask.png")]
    [InlineData("train/x.png", "train_masks/x.png")]
    [InlineData("x-1.png", "x-1-mask.png")]
    [InlineData("x.png", "x.png.mask.png")]
    [InlineData("x.png", "x.mask.png")]
    [InlineData("image1.png", "mask1.png")]
    [InlineData("x_image.png", "x_mask.png")]
    [InlineData("x_raw.png", "x_segmentation.png")]
    [InlineData("p1/image.png", "p1/mask.png")]
    [InlineData("p1/img.png", "p1/label.png")]
    [InlineData("x.png", "MASK_x.png")]
    [InlineData("x.png", "x_ground_truth.png")]
    public void So_are_others_of_the_kind(string image, string mask)
    {
        Write(image, mask);
        Assert.Equal($"{image} {mask}", Assert.Single(Pairs(Open())));
    }

    [Theory]
    [InlineData("masks", "images/x.png", "masks/x.png")]
    [InlineData("annotations/labels", "images/x.png", "masks/x.png")]
    [InlineData("masks/p1", "x.png", "x_mask.png")]
    [InlineData("images", "x.png", "masks/x.png")]
    [InlineData("masks", "x.png", "x_mask.png")]
    public void What_the_folders_above_a_set_are_called_says_nothing(string above, string image, string mask)
    {
        Write($"{above}/{image}", $"{above}/{mask}");
        Assert.Equal($"{above}/{image} {above}/{mask}", Assert.Single(Pairs(Open(below: above))));
    }

    [Fact]
    public void A_folder_for_each_sample_keeps_its_own()
    {
        Write("p1/image.png", "p1/mask.png", "p2/image.png", "p2/mask.png", "p3/image.png");
        var set = Open();
        Assert.Equal(["p1/image p1/mask", "p2/image p2/mask"], Pairs(set).Select(pair => pair.Replace(".png", "", StringComparison.Ordinal)));
        Assert.Equal(["p1/image", "p2/image"], set.Images.Select(image => image.Name));
        Assert.Equal("p3/image.png: no mask", Assert.Single(set.Report.Problems, problem => problem.Excluded) is var one ? $"{one.File}: {one.What}" : "");
    }

    [Theory]
    [InlineData("{name}_mask", "{name}_label", "x.png", "x_mask.png", "x_label.png")]
    [InlineData("masks/{name}", "labels/{name}", "images/x.png", "masks/x.png", "labels/x.png")]
    [InlineData("{name}_mask", "gt/{name}", "x.png", "x_mask.png", "gt/x.png")]
    [InlineData("mask_{name}", "{name}_seg", "img_x.png", "mask_x.png", "x_seg.png")]
    public void Two_readings_are_named_and_one_is_chosen_by_maskPattern(string one, string other, string image, string first, string second)
    {
        Write(image, first, second);
        var message = Refusal();
        Assert.All((string[])[$"'{one}'", $"'{other}'", "maskPattern: \"", first, second], word => Assert.Contains(word, message, StringComparison.Ordinal));
        Assert.Equal($"{image} {first}", Assert.Single(Pairs(Open(one))));
        Assert.Equal($"{image} {second}", Assert.Single(Pairs(Open(other))));
    }

    [Fact]
    public void Readings_of_different_images_are_all_taken()
    {
        Write("train/a.png", "train_masks/a.png", "val/b.png", "val_masks/b.png", "val/c.png", "more/d.png", "more/d_label.png");
        var set = Open();
        Assert.Equal(["more/d.png more/d_label.png", "train/a.png train_masks/a.png", "val/b.png val_masks/b.png"], Pairs(set));
        Assert.Equal("val/c.png", Assert.Single(set.Report.Problems, problem => problem.Excluded).File);
    }

    [Fact]
    public void A_pattern_for_both_sides_takes_any_names()
    {
        Write("x_HE.png", "x_objects.png", "y_HE.png", "y_objects.png");
        Assert.Contains("maskPattern: \"{name}_objects\"", Refusal(), StringComparison.Ordinal);
        Assert.Equal(["x_HE.png x_objects.png", "y_HE.png y_objects.png"], Pairs(Open("{name}_HE:{name}_objects")));
        Assert.Equal(["x_HE.png x_objects.png", "y_HE.png y_objects.png"], Pairs(Open("{name}_he:{name}_Objects")));
    }

    [Fact]
    public void Names_are_compared_in_one_form_of_Unicode_and_their_case_counts()
    {
        Write("Gew\u00e4chs.png", "Gewa\u0308chs_mask.png", "b.png", "B_mask.png");
        var set = Open();
        Assert.Equal("Gew\u00e4chs.png", Path.GetFileName(Assert.Single(set.Images).ImagePath));
        Assert.Equal(["b.png", "B_mask.png"], set.Report.Problems.Where(problem => problem.Excluded).Select(problem => problem.File));
    }

    [Fact]
    public void Arrays_are_masks_but_no_images_and_what_Cellpose_keeps_for_itself_is_neither()
    {
        Write("x.png", "x_cp_masks.png", "y.png");
        _folder.Write("x_seg.npy", "python objects");
        _folder.Write("notes.npy", "numbers");
        var set = Open();
        Assert.Equal("x.png x_cp_masks.png", Assert.Single(Pairs(set)));
        Assert.Equal(["y.png"], set.Report.Problems.Where(problem => problem.Excluded).Select(problem => problem.File));
    }

    [Fact]
    public void Threshold_page_and_channel_reach_every_mask()
    {
        _folder.Write("x.png", new Raster(4, 4, 3).ToPng());
        _folder.Write("x_mask.png", Raster.FromSamples(4, 4, 3, [.. Enumerable.Range(0, 48).Select(i => (byte)(i % 3 == 1 ? 5 * i : 7))]).ToPng());
        Assert.Contains("channel: 0", Assert.Single(Open().Report.Problems).What, StringComparison.Ordinal);
        var set = ImageSet.OpenWith(null, _folder.Path, masks: new(Threshold: 100, Channel: 1));
        Assert.Empty(set.Report.Problems);
        Assert.Equal(9, RegionTable.Measure(set).Sum(region => region.Area));
        Assert.Equal(16, RegionTable.Measure(ImageSet.OpenWith(null, _folder.Path, masks: new(Threshold: 0, Channel: 1))).Sum(region => region.Area));
    }

    [Fact]
    public void A_pattern_beside_an_index_is_refused_rather_than_passed_over()
    {
        Write("x.png", "x_mask.png");
        _folder.Write("index.csv", "image,mask\nx.png,x_mask.png\n");
        Assert.Contains("leave maskPattern out", Refusal("{name}_mask"), StringComparison.Ordinal);
        Assert.Single(Open().Images);
    }
}
