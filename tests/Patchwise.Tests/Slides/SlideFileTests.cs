namespace Patchwise.Tests;

/// <summary>What files state, what they leave out, and files that are none.</summary>
public sealed class SlideFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_aperio_slide_states_what_it_is()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        Assert.Equal(("aperio", new PixelSize(2220, 2967), new Mpp(0.499), new Magnification(20)), (slide.Vendor, slide.Size, slide.Mpp, slide.Magnification));
        Assert.Equal(("openslide.mpp-x and -y", "openslide.objective-power"), (slide.MppFrom, slide.MagnificationFrom));
        Assert.Equal("20", slide.Properties["aperio.AppMag"]);
        Assert.Equal(["label", "macro", "thumbnail"], slide.AssociatedNames);
        Assert.Equal(new PixelSize(574, 768), slide.ReadAssociated("thumbnail").Size);
        Assert.Null(slide.Bounds);
    }

    [Fact]
    public void A_plain_image_states_what_its_tags_say()
    {
        var path = _folder.At("with a scale.png");
        var pixels = ImageFiles.Slope(40, 30, 3);
        pixels.Mpp = 0.25;
        pixels.Save(path);
        using var slide = Slide.Open(path);
        Assert.Equal(("plain image", "the tags of the PNG file", null, ""), (slide.Vendor, slide.MppFrom, slide.Magnification, slide.MagnificationFrom));
        Assert.Equal(0.25, slide.Mpp!.Value.X, 1e-3);
    }

    [Fact]
    public void What_a_file_does_not_state_is_given_or_guessed_on_request_only()
    {
        var path = _folder.At("plain.png");
        ImageFiles.Slope(40, 30, 3).Save(path);
        using (var silent = Slide.Open(path, guess: true))
        {
            Assert.Equal((null, null), (silent.Mpp, silent.Magnification));
            Assert.Contains("mpp: 0.25", Assert.Throws<BadInputException>(() => silent.At(Resolution.Mpp(0.5))).Message, StringComparison.Ordinal);
            Assert.Contains("magnification: 40", Assert.Throws<BadInputException>(() => silent.Thumbnail(Resolution.Power(5))).Message,
                StringComparison.Ordinal);
            Assert.Equal(new PixelSize(20, 15), silent.At(Resolution.Baseline(0.5)).Size);
        }
        using (var given = Slide.Open(path, mpp: 0.24))
            Assert.Equal((new Mpp(0.24), "given", null), (given.Mpp, given.MppFrom, given.Magnification));
        using (var guessed = Slide.Open(path, mpp: 0.24, guess: true))
            Assert.Equal((new Magnification(40), "a guess: the common power nearest 10 / 0.24 microns per pixel"),
                (guessed.Magnification, guessed.MagnificationFrom));
        using (var guessed = Slide.Open(path, magnification: 20, guess: true))
            Assert.Equal((new Mpp(0.5), "a guess: 10 / 20x"), (guessed.Mpp, guessed.MppFrom));
        using var overruled = Slide.Open(SlideFiles.Aperio, mpp: 0.3, magnification: 30);
        Assert.Equal((new Mpp(0.3), new Magnification(30)), (overruled.Mpp, overruled.Magnification));
    }

    [Fact]
    public void An_image_is_turned_as_a_slide_as_it_is_elsewhere()
    {
        var image = ImageFiles.Slope(300, 200, 3);
        foreach (var orientation in (int[])[1, 3, 6])
        {
            var path = _folder.Write("turned.tif", TiffMaker.Tiles(image, new(128, 128), orientation: orientation));
            using var slide = Slide.Open(path);
            var shown = Orientation.Apply(image, orientation);
            Assert.Equal(shown.Size, slide.Size);
            Assert.Equal(shown.AsBytes(), slide.Read(Box.Of(shown.Size), Resolution.Baseline(1)).AsBytes());
            Assert.Equal(shown.AsBytes(), Raster.Load(path).AsBytes());
            Assert.Equal(orientation == 1 ? [] : [$"turned, as its orientation {orientation} asks: masks and outlines are taken to be of it as it is shown"],
                slide.Notes);
        }
        // A pyramid keeps its levels.
        var pyramid = _folder.Write("pyramid.tif", TiffMaker.Pyramid([image, image.Resize(new(150, 100), ResizeMethod.Area)], new(128, 128), orientation: 3));
        using var stored = Slide.Open(pyramid);
        Assert.Equal((2, image.Size), (stored.Levels.Count, stored.Size));
        Assert.Contains("shown as it is stored", Assert.Single(stored.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_that_is_larger_than_the_first_is_not_passed_over()
    {
        var (small, large) = (ImageFiles.Slope(150, 100, 3), ImageFiles.Slope(600, 400, 3));
        var path = _folder.Write("macro first.tif", TiffMaker.Pages(new(128, 128), small, large));
        Assert.Contains("a TIFF of 2 pages (0, 1): choose one", Assert.Throws<BadInputException>(() => Slide.Open(path)).Message, StringComparison.Ordinal);
        using var chosen = Slide.Of(Raster.Load(path, page: 1));
        Assert.Equal(large.Size, chosen.Size);
        // A small one behind it, as scanners write them, is none to choose.
        using var usual = Slide.Open(_folder.Write("macro last.tif", TiffMaker.Pages(new(128, 128), large, small)));
        Assert.Equal(large.Size, usual.Size);
    }

    /// <summary>OpenSlide takes a tiled picture of the glass or the label for a level, where it is marked as a smaller copy.</summary>
    [Fact]
    public void A_page_of_another_shape_is_no_level()
    {
        var whole = ImageFiles.Slope(600, 600, 3);
        var (half, quarter) = (whole.Resize(new(300, 300), ResizeMethod.Area), whole.Resize(new(150, 150), ResizeMethod.Area));
        using var slide = Slide.Open(_folder.Write("glass.tif", TiffMaker.Levels(new(128, 128), whole, half, new Raster(200, 300, 3), quarter)));
        Assert.Equal([whole.Size, half.Size, quarter.Size], slide.Levels.Select(level => level.Size));
        Assert.Equal("no level, since the whole slide has another shape: 200 x 300 px", Assert.Single(slide.Notes));
        // What is read is the level that OpenSlide counts fourth, from decoded tiles and by OpenSlide itself, which reads beyond the border.
        Assert.Equal(quarter.AsBytes(), slide.Read(Box.Of(quarter.Size), Resolution.Level(2)).AsBytes());
        Assert.Equal(quarter.AsBytes(), slide.Read(new(0, 0, 160, 150), Resolution.Level(2)).Crop(Box.Of(quarter.Size)).AsBytes());
        Assert.Contains("another shape", slide.ToTable().ToString(), StringComparison.Ordinal);
        // A side is rounded either way, also of small levels.
        using var small = Slide.Open(_folder.Write("small.tif", TiffMaker.Levels(new(128, 128), ImageFiles.Slope(900, 70, 3), ImageFiles.Slope(225, 18, 3),
            ImageFiles.Slope(56, 4, 3))));
        Assert.Equal((3, 0), (small.Levels.Count, small.Notes.Count));
    }

    [Fact]
    public void A_page_of_the_size_of_a_level_is_not_read_as_that()
    {
        var (whole, half) = (ImageFiles.Slope(600, 400, 3), ImageFiles.Slope(600, 400, 3).Resize(new(300, 200), ResizeMethod.Area));
        var like = Raster.FromSamples(300, 200, 3, half.AsBytes());
        like.Data[..3000].Clear();
        using var slide = Slide.Open(_folder.Write("like.tif", TiffMaker.Levels(new(128, 128), [whole, like, half], isReduced: image => image == half)));
        Assert.Equal(half.AsBytes(), slide.Read(Box.Of(half.Size), Resolution.Level(1)).AsBytes());
    }

    [Fact]
    public void Numbers_and_colors_of_no_picture_are_refused_in_pyramids_as_in_images()
    {
        var image = ImageFiles.Slope(300, 200, 3);
        foreach (var (tag, value, words) in ((int, ushort, string)[])[(339, 2, "signed"), (339, 3, "real numbers"), (262, 5, "CMYK")])
        {
            var path = _folder.Write("odd.tif", TiffMaker.Levels(new(128, 128), [image, image.Resize(new(150, 100), ResizeMethod.Area)],
                with: (tag, value)));
            var message = Assert.Throws<BadInputException>(() => Slide.Open(path)).Message;
            Assert.Contains(words, message, StringComparison.Ordinal);
            Assert.DoesNotContain("damaged", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Pixels_that_are_not_square_are_told_with_what_comes_of_them()
    {
        using var slide = Slide.Of(ImageFiles.Slope(300, 200, 3), mpp: new Mpp(0.25, 0.5));
        Assert.Contains("square in microns", Assert.Single(slide.Notes), StringComparison.Ordinal);
        Assert.Contains("0.25 x 0.5 microns per pixel", slide.ToTable().ToString().Split('\n').Single(line => line.Contains("level 0")),
            StringComparison.Ordinal);
        Assert.Equal(new PixelSize(150, 200), slide.At(Resolution.Mpp(0.5)).Size);
    }

    /// <summary>OpenSlide takes it for opacity: where it is 0 the slide would be white.</summary>
    [Fact]
    public void A_fourth_sample_that_nobody_calls_opacity_is_left_out_or_refused()
    {
        var image = ImageFiles.Slope(300, 200, 3);
        var four = new Raster(300, 200, 4);
        for (var i = 0; i < 300 * 200; i++)
            image.Data.Slice(3 * i, 3).CopyTo(four.Data[(4 * i)..]);
        using var slide = Slide.Open(_folder.Write("four.tif", TiffMaker.Tiles(four, new(128, 128))));
        Assert.Equal(image.AsBytes(), slide.Read(Box.Of(image.Size), Resolution.Baseline(1)).AsBytes());
        var levels = _folder.Write("levels.tif", TiffMaker.Levels(new(128, 128), four, four.Resize(new(150, 100), ResizeMethod.Nearest)));
        Assert.Contains("a fourth sample a pixel", Assert.Throws<BadInputException>(() => Slide.Open(levels)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_slide_is_refused_by_its_name()
    {
        var png = ImageFiles.Slope(90, 80, 3).ToPng();
        foreach (var (path, word) in ((string, string)[])[
            (_folder.At("none.svs"), "does not exist"),
            (_folder.Path, "is a folder"),
            (_folder.Write("täxt.svs", "This is no slide."), "is text"),
            (_folder.Write("empty.svs", ""), "is empty"),
            (_folder.Write("cut.svs", File.ReadAllBytes(SlideFiles.Aperio)[..400_000]), "damaged or cut short"),
            (_folder.Write("head.png", png[..20]), "head.png"),
            (" ", "no slide was named")])
        {
            var error = Assert.Throws<BadInputException>(() => Slide.Open(path));
            Assert.Contains(word, error.Message, StringComparison.Ordinal);
            Assert.Contains(path.Trim(), error.Message, StringComparison.Ordinal);
        }
        Assert.Contains("no slide was named", Assert.Throws<BadInputException>(() => Slide.Open(null!)).Message, StringComparison.Ordinal);
        using var cut = Slide.Open(_folder.Write("cut.png", png[..(png.Length / 2)]));
        Assert.Contains("cut.png", Assert.Throws<BadInputException>(() => cut.Thumbnail()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_this_openslide_lacks_is_not_called_damage()
    {
        // Tiles compressed by a method that libtiff may not have, and by one that nobody has.
        var bytes = TiffMaker.Tiles(ImageFiles.Slope(100, 80, 3), new(64, 48));
        var at = bytes.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[3, 1, 3, 0, 1, 0, 0, 0, 8, 0]);
        foreach (var method in (int[])[34926, 50003])
        {
            (bytes[at + 8], bytes[at + 9]) = ((byte)method, (byte)(method >> 8));
            var message = Assert.Throws<BadInputException>(() => Slide.Open(_folder.Write("jp2k.tif", bytes))).Message;
            Assert.Contains($"{method}", message, StringComparison.Ordinal);
            Assert.Contains("jp2k.tif: a slide that OpenSlide", message, StringComparison.Ordinal);
            Assert.DoesNotContain("damaged", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Dicom_is_named_with_the_openslide_that_reads_it()
    {
        foreach (var length in (int[])[132, 5000])
        {
            var bytes = new byte[length];
            "DICM"u8.CopyTo(bytes.AsSpan(128));
            var message = Assert.Throws<BadInputException>(() => Slide.Open(_folder.Write("slide.dcm", bytes))).Message;
            Assert.Contains("slide.dcm is DICOM, which OpenSlide 4 reads and this OpenSlide 3", message, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("DICOM", Assert.Throws<BadInputException>(() => Slide.Open(_folder.Write("short", new byte[131]))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slide.mrxs", "jpeg", false, "slide, where expected is Slidedat.ini")]
    [InlineData("slide.MRXS", "jpeg", true, "slide, which OpenSlide cannot read")]
    [InlineData("slide.vsi", "strips", false, "_slide_, which OpenSlide does not read")]
    [InlineData("slide.vsi", "tiles", true, "_slide_, which OpenSlide does not read")]
    public void The_overview_of_a_slide_whose_pixels_lie_beside_it_is_no_slide(string name, string kind, bool isThere, string expected)
    {
        var image = ImageFiles.Slope(96, 64, 3);
        var path = _folder.Write(name, kind switch
        {
            "jpeg" => image.ToJpeg(80),
            "tiles" => TiffMaker.Tiles(image, new(32, 32)),
            _ => TiffMaker.Strips(image, 8),
        });
        if (isThere)
            _folder.Write(Path.Combine("slide", "Slidedat.ini"), "[GENERAL]\nSLIDE_VERSION = 01.02\n");
        var message = Assert.Throws<BadInputException>(() => Slide.Open(path)).Message;
        Assert.StartsWith($"{path} is at most an overview of its slide: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slide_with_damaged_tiles_opens_and_refuses_to_be_read()
    {
        var bytes = File.ReadAllBytes(SlideFiles.Aperio);
        bytes.AsSpan(1000, 600_000).Clear();
        using var slide = Slide.Open(_folder.Write("broken.svs", bytes));
        for (var again = 0; again < 2; again++)
            Assert.Contains("broken.svs: a slide that is damaged", Assert.Throws<BadInputException>(() => slide.Thumbnail()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_transparent_is_white_without_a_seam()
    {
        // Black under no opacity, black half opaque, red opaque; as PNG and in OpenSlide's premultiplied numbers.
        var image = new Raster(60, 40, 4);
        var argb = new uint[60 * 40];
        for (var i = 0; i < argb.Length; i++)
        {
            image.Samples8[4 * i] = i % 60 < 40 ? (byte)0 : (byte)200;
            image.Samples8[4 * i + 3] = (i % 60 / 20) switch { 0 => 0, 1 => 128, _ => 255 };
            argb[i] = (i % 60 / 20) switch { 0 => 0u, 1 => 0x80_00_00_00, _ => 0xFF_C8_00_00 };
        }
        image.Save(_folder.At("clear.png"));
        using var slide = Slide.Open(_folder.At("clear.png"));
        foreach (var read in (Raster[])[slide.Read(new(0, 0, 60, 40), Resolution.Level(0)), ArgbPixels.ToRaster(argb, new(60, 40)).OnWhite()])
        {
            Assert.Equal((255, 255, 255), (read[5, 5, 0], read[5, 5, 1], read[5, 5, 2]));
            Assert.Equal((127, 127, 127), (read[30, 5, 0], read[30, 5, 1], read[30, 5, 2]));
            Assert.Equal((200, 0, 0), (read[50, 5, 0], read[50, 5, 1], read[50, 5, 2]));
        }
        // The edge between white and grey lies at px 20: between pixels at a quarter, in the middle of one at an eighth.
        var small = slide.Read(new(0, 0, 15, 10), Resolution.Baseline(0.25));
        Assert.Equal([255, 255, 127, 127], ((int[])[3, 4, 5, 6]).Select(x => small[x, 4]));
        Assert.Equal(191, slide.Read(new(0, 0, 12, 8), Resolution.Baseline(1 / 8.0))[2, 2], 1.0);
    }

    [Fact]
    public void Background_and_scanned_part_are_stated_where_the_format_knows_them()
    {
        using var slide = new Slide("made up", new Stating(new()
        {
            ["openslide.background-color"] = "F4F5F6",
            ["openslide.bounds-x"] = "10",
            ["openslide.bounds-y"] = "20",
            ["openslide.bounds-width"] = "100",
            ["openslide.bounds-height"] = "50"
        }));
        Assert.Equal(("#f4f5f6", new Box(10, 20, 110, 70)), (slide.Background, slide.Bounds));
        Assert.Contains("#f4f5f6", slide.Describe(), StringComparison.Ordinal);
        using var wrong = new Slide("made up", new Stating(new()
        {
            ["openslide.bounds-x"] = "10",
            ["openslide.bounds-y"] = "",
            ["openslide.bounds-width"] = "99999999999",
            ["openslide.bounds-height"] = "50"
        }));
        Assert.Null(wrong.Bounds);
    }

    sealed class Stating(Dictionary<string, string> properties) : SlideSource
    {
        internal override IReadOnlyList<SlideLevel> Levels { get; } = [new(new(400, 300), 1)];
        internal override string Vendor => "test";
        internal override IReadOnlyDictionary<string, string> Properties => properties;
        internal override (Mpp?, string, Magnification?, string) ReadResolution() => (null, "", null, "");
        internal override Raster Read(int level, long x, long y, Box box) => throw new NotSupportedException();
    }

    [Fact]
    public void Resolution_tags_of_a_tiled_tiff_are_read_by_way_of_openslide()
    {
        var path = _folder.Write("tags.tif", TiffMaker.Tiles(ImageFiles.Slope(100, 80, 3), new(64, 48), micronsPerPixel: 0.25));
        using var slide = Slide.Open(path);
        Assert.Equal(("generic-tiff", 0.25, null), (slide.Vendor, Math.Round(slide.Mpp!.Value.X, 4), slide.Magnification));
        Assert.Equal(new PixelSize(50, 40), slide.At(Resolution.Mpp(0.5)).Size);
    }

    [Fact]
    public void Strips_give_the_pixels_of_the_whole()
    {
        foreach (var (width, height, size) in ((int, int, PixelSize)[])[(301, 997, new(83, 271)), (301, 997, new(700, 1500)), (300, 400, new(150, 200)),
            (64, 5, new(64, 5)), (33, 900, new(20, 2))])
            foreach (var method in (ResizeMethod[])[ResizeMethod.Area, ResizeMethod.Cubic])
            {
                var image = RasterResizeTests.RandomRaster(new Random(width), width, height, 3, 8);
                var strips = new Raster(size.Width, size.Height, 3);
                var (most, at) = (0, 0);
                Resampling.InStrips(image.Size, size, method, 50 * width, (y0, y1) =>
                {
                    most = Math.Max(most, y1 - y0);
                    return image.Crop(new(0, y0, width, y1));
                }, part =>
                {
                    Assert.InRange(part.Size.Area, 1, Math.Max(50 * width, size.Width));
                    part.Data.CopyTo(strips.Data[at..]);
                    at += part.Data.Length;
                });
                RasterResizeTests.AssertNear(image.Resize(size, method), strips, 1, $"{width} x {height} to {size} by {method}");
                Assert.InRange(most, 1, Math.Max(50, height / size.Height + 2));
                Assert.Equal(strips.Data.Length, at);
            }
    }

    [Fact]
    public void A_slide_of_any_size_becomes_a_thumbnail_in_strips_of_bounded_size()
    {
        using var slide = new Slide("huge", new HugeSource());
        var thumbnail = slide.Thumbnail(Resolution.Baseline(0.01));
        Assert.Equal(new PixelSize(400, 40), thumbnail.Size);
        for (var y = 0; y < 40; y++)
            Assert.Equal((y * 100 + 49) / 256, thumbnail[17, y], 1.0);
        Assert.InRange(HugeSource.Largest, 1, Slide.StripPixels);
    }

    /// <summary>40,000 x 4,000 px, each row of one grey.</summary>
    sealed class HugeSource : SlideSource
    {
        internal static long Largest;

        internal override IReadOnlyList<SlideLevel> Levels { get; } = [new(new(40_000, 4_000), 1)];
        internal override string Vendor => "test";
        internal override (Mpp?, string, Magnification?, string) ReadResolution() => (null, "", null, "");

        internal override Raster Read(int level, long x, long y, Box box)
        {
            Assert.Equal((x, y), (box.X0, box.Y0));
            Largest = Math.Max(Largest, box.Size.Area);
            var raster = new Raster(box.Width, box.Height, 3, clear: false);
            for (var row = 0; row < box.Height; row++)
                raster.Samples8.Slice(row * raster.Stride, raster.Stride).Fill((byte)((box.Y0 + row) / 256));
            return raster;
        }
    }
}
