using System.Text.RegularExpressions;

namespace Patchwise.Tests;

public class GalleryTests
{
    static Raster Grey(int width, int height) => Raster.FromSamples(width, height, 1, [.. Enumerable.Range(0, width * height).Select(i => (byte)(i * 37))]);

    static void Near(IEnumerable<double> expected, IEnumerable<double> found) => Assert.Equal(expected, found, (a, b) => Math.Abs(a - b) < 0.02);

    [Fact]
    public void Cells_stand_under_their_column_and_beside_their_row()
    {
        var gallery = new Gallery("Nuclei", ["original", "20x"]).Row("small", [new(Grey(9, 9), "area 40 px²"), new(Grey(5, 5))]).Row("large", [new(Grey(60, 60)), GalleryCell.Empty()]);
        var svg = Drawing.Of(gallery.ToSvg());
        var images = svg.All("image").Select(image => (X: image.Number("x") + image.Number("width") / 2, Y: image.Number("y") + image.Number("height") / 2)).ToArray();
        Assert.Equal(3, images.Length);
        Near([svg.Text("original").Number("x"), svg.Text("20x").Number("x"), svg.Text("original").Number("x")], images.Select(image => image.X));
        Near([svg.Text("small").Number("y"), svg.Text("large").Number("y")], [images[0].Y + 4.5, images[2].Y + 4.5]);
        Assert.Equal(svg.Text("none left").Number("x"), images[1].X, 0.01);
        Assert.All((string[])["Nuclei", "area 40 px²", "9 x 9 px", "5 x 5 px", "60 x 60 px"], text => Assert.Contains(text, svg.Texts()));
        Assert.True(svg.Text("area 40 px²").Number("y") < svg.Text("9 x 9 px").Number("y"));
    }

    [Fact]
    public void Images_of_any_size_are_drawn_equally_large_and_never_stretched()
    {
        var svg = Drawing.Of(new Gallery(cellSize: 120).Row("", [new(Grey(3, 3)), new(Grey(7, 21)), new(Grey(400, 100)), new(Grey(1, 1))]).ToSvg());
        Assert.Equal([(120, 120), (40, 120), (120, 30), (120, 120)], svg.All("image").Select(image => (image.Number("width"), image.Number("height"))));
        // Crisp where enlarged, smooth where reduced.
        Assert.Equal(["pixelated", "pixelated", null, "pixelated"], svg.All("image").Select(image => image.Say("image-rendering")));
    }

    [Fact]
    public void Boxes_are_in_px_of_their_image_and_cut_at_its_edge()
    {
        GalleryCell cell = new(Grey(60, 30)) { Boxes = [new(new(10, 5, 40, 25), "#d55e00", "64 px"), new(new(50, -10, 90, 90), "red", "128 px"), new(new(70, 0, 90, 9), "#0072b2")] };
        var svg = Drawing.Of(new Gallery(cellSize: 120).Row("row", [cell, cell]).ToSvg());
        var image = svg.All("image")[0];
        var boxes = svg.All("rect").Where(rect => rect.Say("stroke-width") is "2").ToArray();
        Assert.Equal(4, boxes.Length);
        Near([image.Number("x") + 20, image.Number("y") + 10, 60, 40], ((string[])["x", "y", "width", "height"]).Select(boxes[0].Number));
        Near([image.Number("x") + 100, image.Number("y"), 20, 60], ((string[])["x", "y", "width", "height"]).Select(boxes[1].Number));
        Assert.Equal(["64 px", "128 px"], svg.Texts().Where(text => text is "64 px" or "128 px"));
    }

    [Fact]
    public void Ten_rows_of_five_fit_a_page()
    {
        var gallery = new Gallery("Ten objects", ["original 40x", "30x", "20x", "10x", "5x"]);
        for (var row = 0; row < 10; row++)
            gallery = gallery.Row($"{row * 10} % of area (smallest)", [.. Enumerable.Range(1, 5).Select(i => new GalleryCell(Grey(i * 9, i * 9), "SSIM 0.93"))]);
        var svg = Drawing.Of(gallery.ToSvg());
        Assert.InRange(svg.Number("width"), 800, 1120);
        Assert.InRange(svg.All("image").Min(image => image.Number("width")), 120, 200);
        Assert.All(svg.All("text"), text =>
        {
            var (x0, y0, x1, y1) = text.Extent();
            Assert.True(x0 >= 0 && y0 >= 0 && x1 <= svg.Number("width") && y1 <= svg.Number("height"), text.Value);
        });
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Assert.Contains("row 'a': 2 cells in a gallery of 1 columns", Assert.Throws<BadInputException>(() => new Gallery(columns: ["x"]).Row("a", [GalleryCell.Empty(), GalleryCell.Empty()])).Message, StringComparison.Ordinal);
        Assert.Contains("the color 'blu'", Assert.Throws<BadInputException>(() => new Gallery().Row("a", [new(Grey(1, 1)) { Boxes = [new(new(0, 0, 1, 1), "blu")] }])).Message, StringComparison.Ordinal);
        Assert.Contains("cells of 5 px", Assert.Throws<BadInputException>(() => new Gallery(cellSize: 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gallery_shows_without_scripts_and_in_words()
    {
        var gallery = new Gallery("<b>Nuclei</b>", ["<i>", "b"]).Row("\"r\" & s", [new(Grey(2, 2), "</svg>"), GalleryCell.Empty("none <left>")]);
        INotebookView view = gallery;
        var html = view.ToMime(NotebookFormatters.Html)!;
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(html, "<img src=\"data:image/svg\\+xml;base64,"));
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.All((string[])["<b>Nuclei</b>", "<i>", "\"r\" & s", "</svg>", "none <left>"], text => Assert.Contains(text, Drawing.Of(gallery.ToSvg()).Texts()));
        Assert.Equal("Gallery \"<b>Nuclei</b>\": 1 rows, 1 images\n  columns: <i> | b\n  \"r\" & s: </svg> 2 x 2 px | none <left>", gallery.ToString());
        Assert.Contains("no images", Drawing.Of(new Gallery("none").ToSvg()).Texts());
    }

    [Fact]
    public void Enlarged_pixels_stay_crisp_in_a_png()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "gallery.png");
        try
        {
            // Black and white checks of one pixel: any smoothing would make greys.
            var checks = Raster.FromSamples(5, 5, 1, [.. Enumerable.Range(0, 25).Select(i => (byte)(i % 2 * 255))]);
            var gallery = new Gallery(cellSize: 100).Row("", [new(checks)]);
            gallery.Save(path);
            var at = Drawing.Of(gallery.ToSvg()).All("image").Single();
            var png = Raster.Load(path);
            for (var y = 1; y < 199; y++)
                for (var x = 1; x < 199; x++)
                    Assert.Equal((x / 40 + y / 40 * 5) % 2 * 255, png[(int)at.Number("x") * 2 + x, (int)at.Number("y") * 2 + y]);
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }
}
