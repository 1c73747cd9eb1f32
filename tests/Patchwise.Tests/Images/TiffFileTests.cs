namespace Patchwise.Tests;

/// <summary>Images of several pages or of channels that are no colors: none is ever taken without being chosen.</summary>
public class TiffFileTests
{
    static string At(string name) => Path.Combine(Repository.Golden("field/images"), name);

    static string Refusal(Action read) => Assert.Throws<BadInputException>(read).Message;

    [Theory, InlineData("fluorescence.tif", 3), InlineData("hyperstack.tif", 6), InlineData("ome.tif", 3), InlineData("qptiff.tif", 3)]
    public void A_page_is_chosen_and_the_message_counts_them(string name, int pages)
    {
        Assert.Equal(pages, Raster.ReadInfo(At(name)).Pages);
        foreach (var read in (Action[])[() => Raster.Load(At(name)), () => Raster.Decode(File.ReadAllBytes(At(name)), name), () => Slide.Open(At(name))])
        {
            Assert.Contains($"{pages} pages", Refusal(read), StringComparison.Ordinal);
            Assert.Contains("page: 0", Refusal(read), StringComparison.Ordinal);
        }
        for (var page = 0; page < pages; page++)
            Assert.Equal((30, page * 20 + 1), (Raster.Load(At(name), page: page).Height, Raster.Load(At(name), page: page)[2, 1]));
        Assert.Contains("none of number 40", Refusal(() => Raster.Load(At(name), page: 40)), StringComparison.Ordinal);
        Assert.Contains("none of number -1", Refusal(() => Raster.Load(At(name), page: -1)), StringComparison.Ordinal);
        using var slide = Slide.Of(Raster.Load(At(name), page: 2), name);
        Assert.Equal(41, slide.Read(new(0, 0, 4, 4), Resolution.Level(0))[2, 1]);
    }

    [Fact]
    public void A_page_that_shows_the_first_in_fewer_pixels_has_larger_ones()
    {
        var whole = Raster.Load(SlideFiles.Aperio, page: 0);
        var small = Raster.Load(SlideFiles.Aperio, page: 1);
        Assert.Equal((2220, 574, 0.499), (whole.Width, small.Width, whole.Mpp!.Value.X));
        Assert.Equal(0.499 * 2220 / 574, small.Mpp!.Value.X, 1e-9);
        Assert.Equal(0.499 * 2967 / 768, small.Mpp!.Value.Y, 1e-9);
        using var slide = Slide.Of(small);
        Assert.Equal(whole.Height * whole.Mpp!.Value.Y, slide.Size.Height * slide.Mpp!.Value.Y, 1e-6);
    }

    [Fact]
    public void Channels_are_named_where_the_file_names_them()
    {
        foreach (var name in (string[])["ome.tif", "qptiff.tif"])
            Assert.Contains("0 DAPI, 1 FITC, 2 Cy5", Refusal(() => Raster.Load(At(name))), StringComparison.Ordinal);
    }

    [Fact]
    public void Smaller_copies_and_thumbnails_are_no_choice()
    {
        Assert.Equal(1, Raster.ReadInfo(At("with-thumbnail.tif")).Pages);
        Assert.Equal(new PixelSize(40, 30), Raster.Load(At("with-thumbnail.tif")).Size);
        Assert.Equal(new PixelSize(20, 15), Raster.Load(At("with-thumbnail.tif"), page: 1).Size);
    }

    [Theory, InlineData("channels-planes.tif"), InlineData("channels.tif")]
    public void A_channel_is_chosen(string name)
    {
        Assert.Contains("5 channels", Refusal(() => Raster.Load(At(name))), StringComparison.Ordinal);
        Assert.Contains("channel: 0", Refusal(() => Slide.Open(At(name))), StringComparison.Ordinal);
        for (var channel = 0; channel < 5; channel++)
        {
            var one = Raster.Load(At(name), channel: channel);
            Assert.Equal((1, channel * 20 + 1), (one.Channels, one[2, 1]));
        }
        Assert.Contains("0 to 4", Refusal(() => Raster.Load(At(name), channel: 5)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_of_any_format_is_that_of_the_whole_picture()
    {
        foreach (var name in (string[])["rgb8.png", "yuv420.jpg", "rgb-lzw.tif", "ycbcr-jpeg-tiles.tif", "ycbcr-raw.tif", "rgba16-planes-strips.tif", "bmp.bmp",
            "webp.webp", "jp2.jp2"])
            if (ImageFiles.IsReadable(name))
                for (var channel = 0; channel < 3; channel++)
                    Assert.Equal(Raster.Load(ImageFiles.At(name)).Channel(channel).Data, Raster.Load(ImageFiles.At(name), channel: channel).Data);
        Assert.Contains("one page", Refusal(() => Raster.Load(ImageFiles.At("rgb8.png"), page: 1)), StringComparison.Ordinal);
    }
}
