using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

public class RasterEncodeTests
{
    [Fact]
    public void Png_keeps_every_sample_of_any_size_depth_and_number_of_channels() =>
        Prop.ForAll(Gen.Choose(1, 40).Four().ToArbitrary(), numbers =>
        {
            var (width, height, kind, seed) = numbers;
            var raster = ImageFiles.Noise(width, height, (kind % 3) switch { 0 => 1, 1 => 3, _ => 4 }, kind % 2 == 0 ? 8 : 16, seed);
            var back = Raster.Decode(raster.ToPng());
            return back.Size == raster.Size && back.Channels == raster.Channels && back.Bits == raster.Bits && back.Data.SequenceEqual(raster.Data);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Jpeg_of_the_best_quality_keeps_samples_of_any_size_nearly() =>
        Prop.ForAll(Gen.Choose(1, 40).Three().ToArbitrary(), numbers =>
        {
            var (width, height, kind) = numbers;
            var raster = ImageFiles.Slope(width, height, kind % 2 == 0 ? 1 : 3);
            var back = Raster.Decode(raster.ToJpeg(100));
            return back.Size == raster.Size && back.Channels == raster.Channels && Difference(raster, back) <= 4;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_jpeg_of_lower_quality_is_smaller_and_further_off()
    {
        var raster = Raster.Load(ImageFiles.At("yuv444.jpg"));
        byte[] good = raster.ToJpeg(95), poor = raster.ToJpeg(20);
        Assert.True(poor.Length < good.Length / 2);
        Assert.InRange(Difference(raster, Raster.Decode(good)), 0, Difference(raster, Raster.Decode(poor)) - 1);
    }

    [Fact]
    public void A_jpeg_of_rgba_leaves_the_opacity_out()
    {
        var raster = ImageFiles.Slope(20, 10, 4);
        var back = Raster.Decode(raster.ToJpeg(100));
        Assert.Equal(3, back.Channels);
        Assert.InRange(Math.Abs(raster[7, 5, 2] - back[7, 5, 2]), 0, 4);
    }

    [Theory, InlineData(0), InlineData(101)]
    public void A_jpeg_quality_out_of_range_is_refused(int quality) =>
        Assert.Contains("1 (small) to 100", Assert.Throws<BadInputException>(() => ImageFiles.Slope(4, 4, 3).ToJpeg(quality)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_jpeg_of_16_bits_is_refused_with_the_cure() =>
        Assert.Contains("To8Bit", Assert.Throws<BadInputException>(() => ImageFiles.Noise(4, 4, 1, 16, 1).ToJpeg()).Message, StringComparison.Ordinal);

    [Theory, InlineData(0.25, 0.25), InlineData(0.499, 0.5)]
    public void Microns_per_pixel_travel_with_the_file(double x, double y)
    {
        var raster = new Raster(8, 8, 3) { Mpp = new Mpp(x, y) };
        foreach (var file in (byte[][])[raster.ToPng(), raster.ToJpeg()])
        {
            var back = Raster.Decode(file).Mpp!.Value;
            Assert.InRange(Math.Abs(back.X / x - 1) + Math.Abs(back.Y / y - 1), 0, 5e-5);
        }
    }

    [Fact]
    public void Without_microns_per_pixel_none_are_written()
    {
        var raster = ImageFiles.Slope(8, 8, 3);
        Assert.Null(Raster.Decode(raster.ToPng()).Mpp);
        Assert.Null(Raster.Decode(raster.ToJpeg()).Mpp);
    }

    [Fact]
    public void The_ending_of_the_name_chooses_the_format()
    {
        using var folder = new TemporaryFolder();
        var raster = ImageFiles.Slope(20, 10, 3);
        foreach (var (name, format) in ((string, ImageFormat)[])[("new/one.PNG", ImageFormat.Png), ("two.jpg", ImageFormat.Jpeg),
            ("three.jpeg", ImageFormat.Jpeg)])
        {
            raster.Save(folder.At(name));
            Assert.Equal(format, Raster.ReadInfo(folder.At(name)).Format);
        }
        var message = Assert.Throws<BadInputException>(() => raster.Save(folder.At("four.tif"))).Message;
        Assert.Contains("not as .TIF", message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(3, Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Sixteen_bits_become_eight_by_rounding()
    {
        var wide = Raster.FromSamples(6, 1, 1, (ReadOnlySpan<ushort>)[0, 128, 129, 257, 65_406, 65_535]);
        Assert.Equal([0, 0, 1, 1, 254, 255], wide.To8Bit().AsBytes().ToArray());
        var narrow = wide.To8Bit();
        Assert.Same(narrow, narrow.To8Bit());
    }

    [Theory, InlineData(8), InlineData(16)]
    public void A_channel_is_a_grey_image(int bits)
    {
        var raster = ImageFiles.Noise(7, 5, 4, bits, 2);
        var third = raster.Channel(2);
        Assert.Equal((1, bits), (third.Channels, third.Bits));
        for (var y = 0; y < 5; y++)
            for (var x = 0; x < 7; x++)
                Assert.Equal(raster[x, y, 2], third[x, y]);
        Assert.Contains("expected 0 to 3", Assert.Throws<BadInputException>(() => raster.Channel(4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_shows_an_image_with_its_scale_and_text()
    {
        var raster = ImageFiles.Slope(20, 10, 3);
        raster.Mpp = new(0.5);
        var html = Shown.Html(raster);
        var bytes = html.Split("data:image/png;base64,")[1].Split('"')[0];
        Assert.Equal(ImageFiles.Digest(raster), ImageFiles.Digest(Raster.Decode(Convert.FromBase64String(bytes))));
        Assert.Contains("µm", html, StringComparison.Ordinal);
        Assert.Contains("20 x 10", Shown.Text(raster), StringComparison.Ordinal);
        Assert.Equal(["text/html", "text/plain"], Shown.Types(raster));
    }

    static int Difference(Raster a, Raster b)
    {
        var most = 0;
        for (var i = 0; i < a.Data.Length; i++)
            most = Math.Max(most, Math.Abs(a.Data[i] - b.Data[i]));
        return most;
    }
}
