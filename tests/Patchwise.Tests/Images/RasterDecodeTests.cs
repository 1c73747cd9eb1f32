namespace Patchwise.Tests;

public class RasterDecodeTests
{
    [Theory, MemberData(nameof(ImageFiles.Readable), MemberType = typeof(ImageFiles))]
    public void Every_pixel_is_as_other_programs_read_it(string name)
    {
        var expected = ImageFiles.Of(name);
        foreach (var raster in (Raster[])[Raster.Load(ImageFiles.At(name)), Raster.Decode(ImageFiles.Bytes(name))])
        {
            Assert.Equal((expected.Width, expected.Height, expected.Channels, expected.Bits), (raster.Width, raster.Height, raster.Channels, raster.Bits));
            Assert.Equal(expected.Sha256, ImageFiles.Digest(raster));
        }
    }

    [Theory, MemberData(nameof(ImageFiles.Readable), MemberType = typeof(ImageFiles))]
    public void What_a_file_says_of_itself_is_what_loading_gives(string name)
    {
        var (expected, info, raster) = (ImageFiles.Of(name), Raster.ReadInfo(ImageFiles.At(name)), Raster.Load(ImageFiles.At(name)));
        Assert.Equal((raster.Size, raster.Channels, raster.Bits, raster.Mpp), (info.Size, info.Channels, info.Bits, info.Mpp));
        Assert.Equal(expected.Mpp is null, info.Mpp is null);
        if (expected.Mpp is [var x, var y])
            Assert.Equal((x, y), (info.Mpp!.Value.X, info.Mpp.Value.Y), (a, b) => Math.Abs(a.Item1 / b.Item1 - 1) + Math.Abs(a.Item2 / b.Item2 - 1) < 1e-6);
        Assert.Equal(expected.Magnification, info.Magnification?.Power);
        Assert.Equal(Path.GetExtension(name) switch
        {
            ".png" => ImageFormat.Png,
            ".jpg" => ImageFormat.Jpeg,
            ".bmp" => ImageFormat.Bmp,
            ".webp" => ImageFormat.WebP,
            ".jp2" => ImageFormat.Jpeg2000,
            _ => ImageFormat.Tiff,
        }, info.Format);
    }

    [Theory, MemberData(nameof(ImageFiles.Refused), MemberType = typeof(ImageFiles))]
    public void What_cannot_be_read_is_refused_with_its_name_and_kind(string name, string word)
    {
        foreach (var read in (Action[])[() => Raster.Load(ImageFiles.At(name)), () => Raster.ReadInfo(ImageFiles.At(name)),
            () => Raster.Decode(ImageFiles.Bytes(name), name)])
        {
            var message = Assert.Throws<BadInputException>(read).Message;
            Assert.Contains(name, message, StringComparison.Ordinal);
            Assert.Contains(word, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_bytes_decide_the_format_not_the_name()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("really a tiff.png", ImageFiles.Bytes("rgb-lzw.tif"));
        Assert.Equal(ImageFormat.Tiff, Raster.ReadInfo(path).Format);
        Assert.Equal(ImageFiles.Of("rgb-lzw.tif").Sha256, ImageFiles.Digest(Raster.Load(path)));
    }

    [Theory, MemberData(nameof(ImageFiles.Readable), MemberType = typeof(ImageFiles))]
    public void The_stored_numbers_of_a_palette_and_of_few_bits_are_not_those_of_the_picture(string name)
    {
        var (picture, stored) = (Raster.Load(ImageFiles.At(name)), Raster.Load(ImageFiles.At(name), new Reading(1 << 20, Stored: true)));
        Assert.Equal(ImageFiles.Of(name).MaskSha256 is not null, picture.FromPalette);
        if (ImageFiles.Of(name).MaskSha256 is { } indices)
            Assert.Equal((1, indices), (stored.Channels, ImageFiles.Digest(stored)));
        else if (name.Contains("white-is-zero", StringComparison.Ordinal))
            Assert.Equal(picture.Data.ToArray(), stored.Data.ToArray().Select(value => (byte)~value));
        else if (picture.Channels == stored.Channels && !picture.Data.SequenceEqual(stored.Data))
        {
            var scale = name.Contains("grey2", StringComparison.Ordinal) ? 85 : name.Contains("grey4", StringComparison.Ordinal) ? 17 : 255;
            Assert.Equal(picture.Data.ToArray(), stored.Data.ToArray().Select(value => (byte)(scale * value)));
        }
    }

    [Fact]
    public void Threads_decode_side_by_side()
    {
        string[] names = ["rgb16-interlaced.png", "yuv420.jpg", "orientation8.jpg", "rgb-lzw.tif", "ycbcr-jpeg-tiles.tif", "cmyk.jpg"];
        Parallel.For(0, 600, i =>
        {
            var name = names[i % names.Length];
            if (name == "cmyk.jpg")
                Assert.Contains("CMYK", Assert.Throws<BadInputException>(() => Raster.Load(ImageFiles.At(name))).Message, StringComparison.Ordinal);
            else
                Assert.Equal(ImageFiles.Of(name).Sha256, ImageFiles.Digest(Raster.Load(ImageFiles.At(name))));
        });
    }
}
