namespace Patchwise.Tests;

public class RsvgTests
{
    [Fact]
    public void A_png_shows_the_drawing_at_the_scale_asked_for()
    {
        var png = Raster.Decode(Rsvg.ToPng("""<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="#ffffff"/><rect x="10" y="5" width="10" height="10" fill="#d55e00"/></svg>""", 3));
        Assert.Equal(new PixelSize(90, 60), png.Size);
        for (var y = 0; y < 60; y++)
            for (var x = 0; x < 90; x++)
                Assert.Equal(x is >= 30 and < 60 && y is >= 15 and < 45 ? (0xd5, 0x5e, 0x00) : (255, 255, 255), (png[x, y, 0], png[x, y, 1], png[x, y, 2]));
    }

    [Fact]
    public void A_drawing_too_large_for_the_scale_is_drawn_at_a_lower_one()
    {
        var png = Raster.Decode(Rsvg.ToPng("""<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="2"/>""", 2));
        Assert.Equal(32_000, png.Width);
    }

    [Fact]
    public void A_drawing_of_many_megabytes_is_drawn()
    {
        // libxml2 refuses values above 10 MB unless told otherwise; an image of a gallery may be larger.
        var svg = $"""<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><desc>{new string('a', 11_000_000)}</desc><rect width="2" height="2" fill="#0072b2"/></svg>""";
        Assert.Equal(0x72, Raster.Decode(Rsvg.ToPng(svg, 1))[1, 1, 1]);
    }

    [Fact]
    public void What_a_drawing_leaves_open_is_white_and_what_shines_through_lies_over_it()
    {
        var png = Raster.Decode(Rsvg.ToPng("""<svg xmlns="http://www.w3.org/2000/svg" width="4" height="1"><rect width="2" height="1" fill="#ff0000" fill-opacity="0.5"/></svg>""", 1));
        Assert.Equal(3, png.Channels);
        Assert.Equal([255, 255, 255], png.AsBytes()[9..].ToArray());
        Assert.Equal(255, png[0, 0, 0]);
        Assert.InRange(png[0, 0, 1], 126, 129);
    }

    [Theory, InlineData("<svg"), InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"><a></svg>"), InlineData("")]
    public void A_broken_drawing_fails_with_the_librarys_words(string svg) =>
        Assert.Contains("librsvg says", Assert.Throws<PatchwiseException>(() => Rsvg.ToPng(svg, 1)).Message, StringComparison.Ordinal);
}
