using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Patchwise.Tests;

/// <summary>Galleries as a browser draws them.</summary>
public sealed class GalleryPageTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Raster Grey(int width, int height) => Raster.FromSamples(width, height, 1, [.. Enumerable.Range(0, width * height).Select(i => (byte)(i * 37))]);

    XElement Drawn(Gallery gallery)
    {
        gallery.Save(_folder.At("gallery.svg"));
        return XDocument.Load(_folder.At("gallery.svg")).Root!;
    }

    static XElement[] All(XElement svg, string name) => [.. svg.Descendants(XName.Get(name, "http://www.w3.org/2000/svg"))];

    static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, System.Globalization.CultureInfo.InvariantCulture);

    static XElement Text(XElement svg, string text) => All(svg, "text").Single(element => element.Value.Trim() == text);

    [Fact]
    public void Cells_stand_under_their_column_and_beside_their_row()
    {
        var svg = Drawn(new Gallery("Nuclei", ["original", "20x"]).Row("small", [new(Grey(9, 9), "area 40 px²"), new(Grey(5, 5))]).Row("large",
            [new(Grey(60, 60)), GalleryCell.Empty()]));
        var images = All(svg, "image");
        Assert.Equal(3, images.Length);
        Assert.Equal(Number(images[0], "x"), Number(images[2], "x"), 0.1);
        Assert.InRange(Number(Text(svg, "20x"), "x"), Number(images[1], "x"), Number(images[1], "x") + Number(images[1], "width"));
        Assert.InRange(Number(Text(svg, "large"), "y"), Number(images[2], "y"), Number(images[2], "y") + Number(images[2], "height"));
        Assert.All((string[])["Nuclei", "area 40 px²", "9 x 9 px", "5 x 5 px", "60 x 60 px", "none left"], text => Text(svg, text));
        Assert.True(Number(Text(svg, "area 40 px²"), "y") < Number(Text(svg, "9 x 9 px"), "y"));
    }

    [Fact]
    public void Images_of_any_size_are_drawn_equally_large_and_never_stretched()
    {
        var images = All(Drawn(new Gallery(cellSize: 120).Row("", [new(Grey(3, 3)), new(Grey(7, 21)), new(Grey(400, 100)), new(Grey(1, 1))])), "image");
        Assert.Equal([(120, 120), (40, 120), (120, 30), (120, 120)], images.Select(image => (Number(image, "width"), Number(image, "height"))));
        // Crisp where enlarged, smooth where reduced.
        Assert.Equal([true, true, false, true], images.Select(image => image.Attribute("style")!.Value.Contains("pixelated", StringComparison.Ordinal)));
    }

    [Fact]
    public void Boxes_are_in_px_of_their_image_and_cut_at_its_edge()
    {
        GalleryCell cell = new(Grey(60, 30))
        {
            Boxes = [new(new(10, 5, 40, 25), "#d55e00", "64 px"), new(new(50, -10, 90, 90), "red", "128 px"),
            new(new(70, 0, 90, 9), "#0072b2")]
        };
        var svg = Drawn(new Gallery(cellSize: 120).Row("row", [cell, cell]));
        var (image, boxes) = (All(svg, "image")[0], All(svg, "rect").Where(rect => rect.Attribute("fill")!.Value == "none" && Number(rect, "width") > 15)
            .ToArray());
        Assert.Equal(4, boxes.Length);
        void At(XElement box, double x, double y, double width, double height)
        {
            // The line of 2 px lies inside the box.
            Assert.Equal((Number(image, "x") + x + 1, Number(image, "y") + y + 1), (Number(box, "x"), Number(box, "y")),
                (a, b) => Math.Abs(a.Item1 - b.Item1) < 0.2 && Math.Abs(a.Item2 - b.Item2) < 0.2);
            Assert.Equal((width - 2, height - 2), (Number(box, "width"), Number(box, "height")),
                (a, b) => Math.Abs(a.Item1 - b.Item1) < 0.2 && Math.Abs(a.Item2 - b.Item2) < 0.2);
        }
        At(boxes[0], 20, 10, 60, 40);
        At(boxes[1], 100, 0, 20, 60);
        Assert.Equal(["64 px", "128 px"], All(svg, "text").Select(text => text.Value.Trim()).Where(text => text is "64 px" or "128 px"));
    }

    [Theory, InlineData(0.25, 20, 1), InlineData(0.25, 60, 5), InlineData(0.5, 224, 20), InlineData(4, 277, 200), InlineData(0.3, 17, 1), InlineData(1, 3, 1)]
    public void A_scale_bar_has_a_round_length_of_at_most_a_third_of_the_image(double mpp, int width, double microns)
    {
        var image = Grey(width, width);
        image.Mpp = mpp;
        var svg = Drawn(new Gallery(cellSize: 300).Row("", [new(image), new(Grey(width, width))]));
        Text(svg, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{width} x {width} px, bar {microns} µm"));
        var bar = Assert.Single(All(svg, "rect"), rect => rect.Attribute("fill")!.Value == "rgb(0, 0, 0)");
        // The rectangle's line of 1 px lies inside of it.
        Assert.Equal(300 * microns / (mpp * width), Number(bar, "width") + 1, 0.1);
        var at = All(svg, "image")[0];
        Assert.InRange(Number(bar, "x"), Number(at, "x"), Number(at, "x") + 300 - Number(bar, "width"));
    }

    [Fact]
    public void An_object_is_outlined_along_the_edges_of_its_pixels()
    {
        var (image, thing) = (Grey(30, 20), new Raster(30, 20, 1));
        for (var y = 5; y < 9; y++)
            thing.Samples8.Slice(y * 30 + 10, 7).Fill(255);
        var svg = Drawn(new Gallery(cellSize: 90).Row("", [new(image) { Object = thing }]));
        var inner = Assert.Single(All(svg, "svg"));
        var at = All(svg, "image").Single();
        Assert.Equal((Number(at, "x"), Number(at, "y"), 90.0, 60.0, "0 0 30 20"), (Number(inner, "x"), Number(inner, "y"), Number(inner, "width"),
            Number(inner, "height"), inner.Attribute("viewBox")!.Value));
        Assert.All(All(inner, "path"), path => Assert.Equal(["M10,5 L17,5 ", "M10,9 L17,9 ", "M10,5 L10,9 ", "M17,5 L17,9 "],
            path.Attribute("d")!.Value.Split('M', StringSplitOptions.RemoveEmptyEntries).Select(line => "M" + line)));
        Assert.Contains("expected equal sizes", Assert.Throws<BadInputException>(() => new Gallery().Row("a", [new(Grey(3, 3)) { Object = thing }])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_rows_of_five_fit_a_page()
    {
        var gallery = new Gallery("Ten objects", ["original 40x", "30x", "20x", "10x", "5x"]);
        for (var row = 0; row < 10; row++)
            gallery = gallery.Row($"{row * 10} % of area (smallest)",
                [.. Enumerable.Range(1, 5).Select(i => new GalleryCell(Grey(i * 9, i * 9), "SSIM 0.93"))]);
        var svg = Drawn(gallery);
        Assert.InRange(Number(svg, "width"), 800, 1120);
        Assert.InRange(All(svg, "image").Min(image => Number(image, "width")), 120, 200);
        Assert.All(All(svg, "text"), text => Assert.InRange(Number(text, "y"), 0, Number(svg, "height")));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Assert.Contains("row 'a': 2 cells in a gallery of 1 columns",
            Assert.Throws<BadInputException>(() => new Gallery(columns: ["x"]).Row("a", [GalleryCell.Empty(), GalleryCell.Empty()])).Message,
                StringComparison.Ordinal);
        Assert.Contains("the color 'blu'",
            Assert.Throws<BadInputException>(() => new Gallery().Row("a", [new(Grey(1, 1)) { Boxes = [new(new(0, 0, 1, 1), "blu")] }])).Message,
                StringComparison.Ordinal);
        Assert.Contains("cells of 5 px", Assert.Throws<BadInputException>(() => new Gallery(cellSize: 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gallery_shows_without_scripts_and_in_words()
    {
        var gallery = new Gallery("<b>Nuclei</b>", ["<i>", "b"]).Row("\"r\" & s", [new(Grey(2, 2), "</svg>"), GalleryCell.Empty("none <left>")]);
        var html = Shown.Html(gallery);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(html, "<img src=\"data:image/png;base64,"));
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        var svg = Drawn(gallery);
        Assert.All((string[])["<b>Nuclei</b>", "<i>", "\"r\" & s", "</svg>", "none <left>"], text => Text(svg, text));
        Assert.Equal("Gallery \"<b>Nuclei</b>\": 1 rows, 1 images\n  columns: <i> | b\n  \"r\" & s: </svg> 2 x 2 px | none <left>", Shown.Text(gallery));
        Assert.Contains("no images", Shown.Html(new Gallery("none")), StringComparison.Ordinal);
    }

    [Fact]
    public void Enlarged_pixels_stay_crisp_in_a_png()
    {
        // Black and white checks of one pixel: any smoothing would make greys.
        var checks = Raster.FromSamples(5, 5, 1, [.. Enumerable.Range(0, 25).Select(i => (byte)(i % 2 * 255))]);
        var gallery = new Gallery(cellSize: 100).Row("", [new(checks)]);
        gallery.Save(_folder.At("gallery.png"));
        var at = All(Drawn(gallery), "image").Single();
        var png = Raster.Load(_folder.At("gallery.png"));
        var (left, top) = ((int)Math.Round(2 * Number(at, "x")), (int)Math.Round(2 * Number(at, "y")));
        for (var y = 1; y < 199; y++)
            for (var x = 1; x < 199; x++)
                Assert.Equal((x / 40 + y / 40 * 5) % 2 * 255, png[left + x, top + y]);
    }
}
