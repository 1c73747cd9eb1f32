namespace Patchwise.Tests;

public sealed class ImageSetTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    void Image(string name, int width = 20, int height = 10, byte value = 200, int channels = 3, Mpp? mpp = null)
    {
        var raster = Raster.FromSamples(width, height, channels, [.. Enumerable.Repeat(value, width * height * channels)]);
        var source = mpp is null ? raster : new Raster(width, height, channels) { Mpp = mpp };
        _folder.Write(name, name.EndsWith(".jpg", StringComparison.Ordinal) ? source.ToJpeg() : source.ToPng());
    }

    void Pair(string name, int width = 20, int height = 10)
    {
        Image($"{name}.png", width, height);
        Image($"{name}_mask.png", width, height, 1, 1);
    }

    ImageSet Open(double? magnification = null, double? mpp = null, string? maskPattern = null) =>
        ImageSet.OpenWith(null, _folder.Path, magnification, mpp, maskPattern);

    [Fact]
    public void The_embedded_nuclei_are_24_pairs_at_an_assumed_40x()
    {
        var set = ImageSet.Open("dsb2018-nuclei");
        Assert.Equal(24, set.Images.Count);
        Assert.All(set.Images, i => Assert.Equal(new PixelSize(320, 256), i.Size));
        Assert.All(set.Images, image =>
        {
            Assert.Equal((40.0, MagnificationSource.Manifest), (image.Magnification!.Value.Power, image.MagnificationSource));
            Assert.EndsWith($"masks/{image.Name}_mask.png", image.MaskPath, StringComparison.Ordinal);
        });
        Assert.Empty(set.Report.Problems);
        Assert.Contains("assumed: BBBC038 states none", set.ToString(), StringComparison.Ordinal);
        Assert.Contains("CC0-1.0", set.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_masks_of_the_nuclei_hold_as_many_objects_as_their_index_says()
    {
        var set = ImageSet.Open("dsb2018-nuclei");
        var counts = File.ReadLines(Path.Combine(set.Folder, "index.csv")).Skip(1).Select(l => l.Split(','))
            .ToDictionary(c => Path.GetFileNameWithoutExtension(c[0]), c => int.Parse(c[5], System.Globalization.CultureInfo.InvariantCulture));
        foreach (var image in set.Images.Take(5))
        {
            var mask = image.LoadMask();
            Assert.Equal(counts[image.Name], Enumerable.Range(0, mask.Size.Height).SelectMany(y => Enumerable.Range(0, mask.Size.Width).Select(x => mask[x, y]))
                .Where(value => value != 0).Distinct().Count());
        }
    }

    [Fact]
    public void A_parameter_goes_before_the_manifest()
    {
        var set = ImageSet.Open("dsb2018-nuclei", magnification: 20);
        Assert.Equal(20, set.Magnification!.Value.Power);
        Assert.All(set.Images, i => Assert.Equal((MagnificationSource.Parameter, null), (i.MagnificationSource, i.MagnificationNote)));
    }

    [Theory, InlineData("", ""), InlineData("images/", "masks/"), InlineData("PAS/", "mask/"), InlineData("", "masks/"), InlineData("p1/a/", "p1/b/")]
    public void Masks_lie_beside_below_or_in_a_folder_beside(string images, string masks)
    {
        foreach (var name in (string[])["b", "a", "B"])
        {
            Image($"{images}{name}.png");
            Image($"{masks}{name}_mask.png", value: 1, channels: 1);
        }
        var set = Open();
        Assert.Equal(["B", "a", "b"], set.Images.Select(i => i.Name));
        Assert.All(set.Images, i => Assert.Equal(_folder.At($"{masks}{i.Name}_mask.png"), i.MaskPath));
        Assert.Empty(set.Report.Problems);
    }

    [Fact]
    public void Opening_the_folder_of_the_images_alone_finds_the_masks_in_the_folder_beside()
    {
        Image("Tubules/PAS/1.png");
        Image("Tubules/mask/1_mask.png", value: 1, channels: 1);
        var set = ImageSet.OpenWith(null, _folder.At("Tubules/PAS/"));
        Assert.Equal(_folder.At("Tubules/mask/1_mask.png"), Assert.Single(set.Images).MaskPath);
        Assert.Equal("PAS", set.Name);
    }

    [Fact]
    public void A_pattern_may_name_a_folder_of_masks_called_as_their_images()
    {
        Image("images/x.jpg");
        Image("gt/x.png", value: 3, channels: 1);
        Assert.Equal(_folder.At("gt/x.png"), Assert.Single(Open(maskPattern: "gt/{name}").Images).MaskPath);
    }

    [Theory, InlineData("{name}"), InlineData("_mask"), InlineData(""), InlineData("../{name}"), InlineData("{name}{name}"), InlineData("/m/{name}"),
        InlineData("{name}:{name}"), InlineData("a:b:{name}"), InlineData("x/{name}:{name}_mask"), InlineData("img:img")]
    public void A_pattern_without_a_name_or_out_of_the_folder_is_refused(string pattern)
    {
        Pair("a");
        Assert.Contains("mask pattern", Assert.Throws<BadInputException>(() => Open(maskPattern: pattern)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_no_partner_is_named_and_left_out()
    {
        Pair("a");
        Image("alone.png");
        Image("orphan_mask.png", channels: 1);
        Image("big.png", 30, 10);
        Image("big_mask.png", 20, 10, 1, 1);
        _folder.Write("broken.png", "not an image");
        Image("broken_mask.png", channels: 1);
        Image("empty.png");
        Image("empty_mask.png", value: 0, channels: 1);
        _folder.Write("notes.txt", "passed over");
        _folder.Write(".hidden.png", "passed over");
        var set = Open();
        Assert.Equal(["a", "empty"], set.Images.Select(i => i.Name));
        var problems = set.Report.Problems.ToDictionary(p => p.File);
        Assert.Equal(["alone.png", "big_mask.png", "broken.png", "empty_mask.png", "orphan_mask.png"], problems.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("no mask", true), (problems["alone.png"].What, problems["alone.png"].Excluded));
        Assert.Equal("20 x 10 px, but its image big.png is 30 x 10 px", problems["big_mask.png"].What);
        Assert.Equal(("a mask without objects", false), (problems["empty_mask.png"].What, problems["empty_mask.png"].Excluded));
        Assert.Equal(("a mask without an image", true), (problems["orphan_mask.png"].What, problems["orphan_mask.png"].Excluded));
        Assert.Contains("2 images used, 5 problems", set.Report.ToString(), StringComparison.Ordinal);
        Assert.Contains("<td style=\"text-align:left\">orphan_mask.png</td>", Shown.Html(set.Report), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_masks_of_an_image_and_two_images_of_a_mask_are_named_and_left_out()
    {
        Pair("ok");
        Pair("two");
        Image("two_mask.jpg", value: 1, channels: 1);
        Image("twin.png");
        Image("twin.jpg");
        Image("twin_mask.png", value: 1, channels: 1);
        var set = Open();
        Assert.Equal("ok", Assert.Single(set.Images).Name);
        Assert.Equal(["two.png: 2 masks: two_mask.jpg, two_mask.png; expected one", "twin_mask.png: the mask of 2 images: twin.jpg, twin.png; expected one"],
            set.Report.Problems.Select(p => $"{p.File}: {p.What}"));
    }

    [Fact]
    public void Equal_names_in_two_folders_are_told_apart_by_the_folder()
    {
        Pair("p1/x");
        Pair("p2/x");
        Pair("p2/y");
        Assert.Equal(["p1/x", "p2/x", "y"], Open().Images.Select(i => i.Name));
    }

    [Fact]
    public void Folders_behind_links_are_read_and_a_circle_of_links_ends()
    {
        Pair("far/a");
        Directory.CreateDirectory(_folder.At("set"));
        Directory.CreateSymbolicLink(_folder.At("set/near"), _folder.At("far"));
        Directory.CreateSymbolicLink(_folder.At("set/circle"), _folder.At("set"));
        File.CreateSymbolicLink(_folder.At("set/gone.png"), _folder.At("nowhere.png"));
        var set = ImageSet.OpenWith(null, _folder.At("set"));
        Assert.Equal(_folder.At("set/near/a.png"), Assert.Single(set.Images).ImagePath);
        Assert.Equal(("gone.png", true), Assert.Single(set.Report.Problems) is var p ? (p.File, p.Excluded) : default);
    }

    [Fact]
    public void A_mask_of_several_channels_counts_where_they_are_equal()
    {
        Image("a.png", 2, 1);
        _folder.Write("a_mask.png", Raster.FromSamples(2, 1, 3, (byte[])[5, 5, 5, 0, 0, 0]).ToPng());
        var mask = Open().Images[0].LoadMask();
        Assert.Equal((5, 0), (mask[0, 0], mask[1, 0]));
        _folder.Write("a_mask.png", Raster.FromSamples(2, 1, 3, (byte[])[5, 6, 7, 0, 9, 9]).ToPng());
        Assert.Contains("in color", Assert.Throws<BadInputException>(Open().Images[0].LoadMask).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_no_folder_and_a_folder_without_pairs_are_refused()
    {
        Assert.Contains("it is empty", Assert.Throws<BadInputException>(() => Open()).Message, StringComparison.Ordinal);
        _folder.Write("slide.xyz", "");
        Assert.Contains("found 1 .xyz", Assert.Throws<BadInputException>(() => Open()).Message, StringComparison.Ordinal);
        Image("a.png");
        var none = Assert.Throws<BadInputException>(() => Open()).Message;
        Assert.Contains("no image with a mask", none, StringComparison.Ordinal);
        Assert.Contains("a.png: no mask", none, StringComparison.Ordinal);
        var missing = Assert.Throws<BadInputException>(() => ImageSet.Open(_folder.At("none"))).Message;
        Assert.Contains("dsb2018-nuclei", missing, StringComparison.Ordinal);
        Assert.Contains("was given", Assert.Throws<BadInputException>(() => ImageSet.Open("")).Message, StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Throws<BadInputException>(() => ImageSet.Open(_folder.At("a.png"))).Message, StringComparison.Ordinal);
        Assert.Contains("kind: model", Assert.Throws<BadInputException>(() => ImageSet.Open("mobilenet_v2-imagenet")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Magnification_comes_from_the_index_or_the_file_and_says_so()
    {
        Image("a.png", mpp: 0.25);
        Image("a_mask.png", value: 1, channels: 1);
        var fromFile = Assert.Single(Open().Images);
        Assert.Equal((MagnificationSource.File, "10 / 0.25 microns per pixel"), (fromFile.MagnificationSource, fromFile.MagnificationNote));
        Assert.Equal(40, fromFile.Magnification!.Value.Power, 3);
        _folder.Write("index.csv", "image,mask,magnification,mpp\na.png,a_mask.png,,0.5\n");
        var fromIndex = Assert.Single(Open().Images);
        Assert.Equal((MagnificationSource.Index, 20.0, 0.5), (fromIndex.MagnificationSource, fromIndex.Magnification!.Value.Power, fromIndex.Mpp!.Value.X));
        var given = Assert.Single(Open(mpp: 1).Images);
        Assert.Equal((MagnificationSource.Parameter, 10.0), (given.MagnificationSource, given.Magnification!.Value.Power));
    }

    [Fact]
    public void The_columns_of_the_index_may_have_capitals_and_a_mask_is_that_of_one_image()
    {
        Pair("a");
        Pair("b");
        _folder.Write("index.csv", "Image,Mask,Magnification,MPP\na.png,a_mask.png,40,0.25\nb.png,a_mask.png,40,0.25\n");
        var set = Open();
        Assert.Equal((40.0, 0.25), (Assert.Single(set.Images).Magnification!.Value.Power, set.Images[0].Mpp!.Value.X));
        Assert.Contains("its mask a_mask.png is that of a.png in the index", Assert.Single(set.Report.Problems).What);
    }

    [Fact]
    public void A_power_that_does_not_fit_the_microns_is_told()
    {
        Image("a.png", mpp: 0.5);
        Image("a_mask.png", value: 1, channels: 1);
        Assert.Equal("40x, but 0.5 microns per pixel, which is usual at 20x: one of the two is wrong, or the scanner unusual",
            Assert.Single(Open(magnification: 40).Report.Problems, problem => problem.What.Contains("usual")).What);
        Assert.DoesNotContain(Open(magnification: 20).Report.Problems, problem => problem.What.Contains("usual"));
        Assert.DoesNotContain(Open(magnification: 30).Report.Problems, problem => problem.What.Contains("usual"));
        // Microns that are given are held against those that the file states, too.
        Assert.Equal("0.25 microns per pixel given, but the file states 0.5 microns per pixel: one of the two is wrong",
            Assert.Single(Open(mpp: 0.25).Report.Problems, problem => problem.What.Contains("the file states")).What);
        Assert.DoesNotContain(Open(mpp: 0.51).Report.Problems, problem => problem.What.Contains("the file states"));
        // What is measured says so, too, also from what was kept, and the tests that are made of it.
        _folder.Write("b.png", [1, 2, 3]);
        _folder.Write("c.png", [1, 2, 3]);
        for (var run = 0; run < 2; run++)
        {
            var regions = RegionTable.Measure(Open(magnification: 40), RegionProperties.Basic, _folder.At("kept"));
            Assert.Equal(3, regions.Notes.Count); // and that the object covers all
            Assert.StartsWith("2 files are left out of ", regions.Notes[0], StringComparison.Ordinal);
            Assert.Contains("which is usual at 20x", regions.Notes[1], StringComparison.Ordinal);
            Assert.All(regions.Notes, note => Assert.Contains(note, SizeTest.Of(regions).Notes));
            Assert.All(regions.Notes, note => Assert.Contains(note, SignalObjects.Of(Open(magnification: 40), regions).Notes));
        }
    }

    [Fact]
    public void Columns_of_an_index_that_look_like_a_scale_are_told_and_images_without_one_are_not_pooled_with_others()
    {
        Pair("a");
        Pair("b");
        _folder.Write("index.csv", "image,mask,objects,power\na.png,a_mask.png,3,40\nb.png,b_mask.png,3,40\n");
        Assert.Equal("not read, though it looks like a scale: power; expected image, mask, name, magnification, mpp",
            Assert.Single(Open().Report.Problems, problem => problem.File == "index.csv").What);
        _folder.Write("index.csv", "image,mask,magnification\na.png,a_mask.png,40\nb.png,b_mask.png,\n");
        Assert.DoesNotContain(Open().Report.Problems, problem => problem.File == "index.csv");
        var regions = RegionTable.Measure(Open());
        Assert.Contains("the magnification of a is known (40x), that of b is not", Assert.Throws<BadInputException>(() => SizeTest.Of(regions)).Message);
        // What is stated of microns stays in a table that is saved.
        _folder.Write("index.csv", "image,mask,magnification,mpp\na.png,a_mask.png,40,0.23\nb.png,b_mask.png,40,0.23\n");
        var stated = RegionTable.Measure(Open());
        stated.SaveCsv(_folder.At("t.csv"));
        Assert.Equal([0.23, 0.23], RegionTable.LoadCsv(_folder.At("t.csv")).Microns!);
    }

    [Fact]
    public void Pixels_that_are_not_square_are_told_of_images_and_slides()
    {
        Image("a.png", mpp: 0.5);
        Image("a_mask.png", value: 1, channels: 1);
        using var square = Slide.Of(new Raster(20, 20, 3), "s", new Mpp(0.5, 0.505), 20.0);
        Assert.Empty(square.Notes);
        using var oblong = Slide.Of(new Raster(20, 20, 3), "s", new Mpp(0.25, 0.5), 40.0);
        Assert.StartsWith("its pixels are not square, 0.25 x 0.5 microns per pixel", Assert.Single(oblong.Notes), StringComparison.Ordinal);
        Assert.Contains("not square", oblong.Describe(), StringComparison.Ordinal);
        Assert.Contains("not square", oblong.ToJson(), StringComparison.Ordinal);
        // A scanner that is far from the usual says both itself; here one is given.
        using var odd = Slide.Of(new Raster(20, 20, 3), "s", 0.25, 20.0);
        Assert.Contains("20x, but 0.25 microns per pixel, which is usual at 40x", Assert.Single(odd.Notes), StringComparison.Ordinal);
        var mask = new Raster(20, 20, 1);
        mask.Samples8[5] = 1;
        Assert.Equal("s: " + odd.Notes[0], Assert.Single(RegionTable.Measure(mask, odd, RegionProperties.Basic, default).Notes));
    }

    [Fact]
    public void An_image_that_is_turned_while_its_mask_is_not_is_told()
    {
        Image("a.jpg");
        Image("a_mask.png", value: 1, channels: 1);
        Assert.Empty(Open().Report.Problems);
        var jpeg = File.ReadAllBytes(_folder.At("a.jpg"));
        // A block of EXIF with one entry: orientation (0x112), a short, 3.
        byte[] exif = [.. "Exif\0\0"u8, .. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0];
        _folder.Write("a.jpg", [.. jpeg[..2], 0xff, 0xe1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]]);
        Assert.Equal("turned, as its orientation 3 asks, while its mask stays as it is: look whether they fit", Assert.Single(Open().Report.Problems).What);
    }

    [Fact]
    public void Where_no_source_states_a_magnification_it_is_null_and_the_error_says_how_to_give_it()
    {
        Pair("a");
        var set = Open();
        Assert.Equal((null, MagnificationSource.Unknown), (set.Images[0].Magnification, set.Images[0].MagnificationSource));
        Assert.Null(set.Magnification);
        Assert.Contains("ImageSet.Open(folder, magnification: 40)", Assert.Throws<BadInputException>(() => set.Images[0].RequireMagnification()).Message,
            StringComparison.Ordinal);
        Assert.Contains("not known", set.ToString(), StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => Open(magnification: 0));
        Assert.Throws<BadInputException>(() => Open(mpp: double.NaN));
    }

    [Theory]
    [InlineData("picture,mask\na.png,a_mask.png\n", "no column 'image' (found picture, mask)")]
    [InlineData("", "no column 'image'")]
    [InlineData("image,mask\n,a_mask.png\n", "line 2: the column 'image' is empty")]
    [InlineData("image,mask\n../a.png,a_mask.png\n", "line 2: the path '../a.png' has the part '..'")]
    [InlineData("image,mask\n/etc/a.png,a_mask.png\n", "line 2: the path '/etc/a.png' is absolute")]
    [InlineData("image,mask,magnification\na.png,a_mask.png,forty\n", "line 2: magnification 'forty': expected a number above 0")]
    public void A_bad_index_is_refused_with_its_line(string index, string expected)
    {
        Pair("a");
        _folder.Write("index.csv", index);
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_of_another_encoding_is_refused_since_letters_of_its_names_would_be_lost()
    {
        Pair("a");
        _folder.Write("index.csv", [.. "image,mask,name\na.png,a_mask.png,M"u8, 0xFC, .. "ller\n"u8]);
        Assert.Contains("is no text in UTF-8", Assert.Throws<BadInputException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_the_index_without_files_are_named()
    {
        Pair("a");
        _folder.Write("index.csv", "image,mask,name\r\na.png,a_mask.png,First\r\ngone.png,a_mask.png,\r\na.png,gone_mask.png,\r\na.png,,\r\n");
        var set = Open();
        Assert.Equal("First", Assert.Single(set.Images).Name);
        Assert.Equal(["gone.png", "gone_mask.png", "a.png"], set.Report.Problems.Select(p => p.File));
    }
}
