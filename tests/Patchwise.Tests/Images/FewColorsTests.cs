namespace Patchwise.Tests;

/// <summary>PNGs of few colors, as figures are stored.</summary>
public class FewColorsTests
{
    static Raster Rgb(int width, int height, Func<int, int, (int R, int G, int B)> color) => Raster.FromSamples(width, height, 3,
        [.. Enumerable.Range(0, width * height).SelectMany(i => color(i % width, i / width) is var c ? (byte[])[(byte)c.R, (byte)c.G, (byte)c.B] : [])]);

    [Theory, InlineData(2), InlineData(16), InlineData(256)]
    public void An_image_of_no_more_colors_stays_as_it_is(int colors)
    {
        var image = Rgb(64, 40, (x, y) => ((x + 64 * y) % colors, (x + 64 * y) % colors * 7 % 256, 255 - (x + 64 * y) % colors));
        Assert.True(Raster.Decode(image.ToPng(colors)).AsBytes().SequenceEqual(image.AsBytes()));
    }

    [Fact]
    public void Of_more_colors_as_many_are_left_as_were_asked_for_and_each_is_near_the_one_it_stands_for()
    {
        // The colors of a stain: from white to violet, with noise; and a line of black in it.
        var random = new Random(2);
        var image = Rgb(300, 200, (x, y) => y == 100 ? (0, 0, 0) : (250 - x / 3 + random.Next(5), 250 - x / 2 + random.Next(5), 250 - x / 5 + random.Next(5)));
        double before = double.MaxValue;
        foreach (var colors in (int[])[8, 32, 128, 256])
        {
            var png = image.ToPng(colors);
            var found = Raster.Decode(png);
            var error = image.AsBytes().ToArray().Zip(found.AsBytes().ToArray(), (a, b) => Math.Abs(a - b)).Average();
            var distinct = found.AsBytes().ToArray().Chunk(3).Select(c => (c[0], c[1], c[2])).Distinct().Count();
            Assert.InRange(distinct, 2, colors);
            Assert.True(error <= before, $"{colors} colors: {error}");
            Assert.True(png.Length < 0.7 * image.ToPng().Length, $"{png.Length} of {image.ToPng().Length} bytes");
            before = error;
        }
        Assert.InRange(before, 0, 2);
        Assert.InRange(Raster.Decode(image.ToPng(128))[150, 100, 0], 0, 30);
    }

    [Fact]
    public void Grey_opacity_and_16_bits_become_color_on_white()
    {
        Assert.Equal([9, 9, 9], Raster.Decode(Raster.FromSamples(1, 1, 1, [9]).ToPng(2)).AsBytes().ToArray());
        Assert.Equal([255, 255, 255], Raster.Decode(Raster.FromSamples(1, 1, 4, [9, 9, 9, 0]).ToPng(2)).AsBytes().ToArray());
        Assert.All((int[])[1, 257], colors => Assert.Contains("expected 2 to 256",
            Assert.Throws<BadInputException>(() => new Raster(2, 2, 3).ToPng(colors)).Message, StringComparison.Ordinal));
    }
}
