namespace Patchwise.Tests;

/// <summary>The figures of magnification and patch size, beside pixels and lengths found by hand.</summary>
public sealed class ConceptsTests
{
    const int Width = 600, Height = 480;

    /// <summary>Every pixel differs from its neighbours, in all channels.</summary>
    static readonly Raster Image = Raster.FromSamples(Width, Height, 3,
        [.. Enumerable.Range(0, Width * Height).SelectMany(i => new[] { (byte)(i * 7), (byte)(i / Width * 5), (byte)(i % Width * 3) })]);

    static Slide Made(double? magnification = 40) =>
        Slide.Of(Image, "made.png", 0.25, magnification is { } power ? new Magnification(power) : null);

    static Slide Embedded() => Slide.Open(SlideFiles.Aperio);

    static Box Around(int x, int y, int side) => new(x - side / 2, y - side / 2, x + side / 2, y + side / 2);

    static void IsMeanOf(Raster expected, Raster shrunk, int factor)
    {
        for (var y = 0; y < shrunk.Height; y++)
            for (var x = 0; x < shrunk.Width; x++)
                for (var c = 0; c < 3; c++)
                {
                    var mean = Enumerable.Range(0, factor * factor).Average(i => expected[x * factor + i % factor, y * factor + i / factor, c]);
                    Assert.InRange(shrunk[x, y, c], mean - 1, mean + 1);
                }
    }

    [Fact]
    public void One_size_of_patch_shows_more_tissue_at_a_lower_magnification_and_frames_what_the_higher_one_shows()
    {
        using var slide = Made();
        var figure = Concepts.SameSize(slide, [40, 20, 10], 100, (300, 240));
        Assert.Equal(["40x", "20x: 4 times the tissue", "10x: 16 times the tissue"], figure.Columns);
        var cells = Assert.Single(figure.Rows).Cells;
        Assert.All(cells, cell => Assert.Equal(new PixelSize(100, 100), cell.Image!.Size));
        Assert.Equal(Image.Crop(Around(300, 240, 100)).AsBytes().ToArray(), cells[0].Image!.AsBytes().ToArray());
        IsMeanOf(Image.Crop(Around(300, 240, 200)), cells[1].Image!, 2);
        IsMeanOf(Image.Crop(Around(300, 240, 400)), cells[2].Image!, 4);
        Assert.Equal([0.25, 0.5, 1], cells.Select(cell => cell.Image!.Mpp!.Value.X));
        Assert.Equal(["25 x 25 µm of tissue", "50 x 50 µm of tissue", "100 x 100 µm of tissue"], cells.Select(cell => cell.Caption));
        Assert.Empty(cells[0].Boxes);
        Assert.Equal([(Around(50, 50, 50), "what 40x shows")], cells[1].Boxes.Select(box => (box.Box, box.Name)));
        Assert.Equal([(new Box(38, 38, 63, 63), "what 40x shows"), (Around(50, 50, 50), "what 20x shows")], cells[2].Boxes.Select(box => (box.Box, box.Name)));
    }

    [Fact]
    public void One_field_has_fewer_pixels_at_a_lower_magnification()
    {
        using var slide = Made();
        var figure = Concepts.SameField(slide, [40, 10], 256, (300, 240));
        Assert.Equal(["40x", "10x: 1/16 of the pixels"], figure.Columns);
        var (high, low) = (figure.Rows[0].Cells[0], figure.Rows[0].Cells[1]);
        Assert.Equal(Image.Crop(Around(300, 240, 256)).AsBytes().ToArray(), high.Image!.AsBytes().ToArray());
        Assert.Equal(new PixelSize(64, 64), low.Image!.Size);
        IsMeanOf(Image.Crop(Around(300, 240, 256)), low.Image!, 4);
        Assert.Equal("64 x 64 µm of tissue", high.Caption);
        Assert.Equal(high.Caption, low.Caption);
    }

    [Fact]
    public void Both_show_the_same_place_of_a_slide_where_there_is_tissue_at_its_own_magnification_first()
    {
        using var slide = Embedded();
        var (size, field) = (Concepts.SameSize(slide), Concepts.SameField(slide));
        Assert.Equal(["20x", "10x: 4 times the tissue", "5x: 16 times the tissue"], size.Columns);
        Assert.Equal(["20x", "10x: 1/4 of the pixels", "5x: 1/16 of the pixels"], field.Columns);
        Assert.Equal(size.Rows[0].Cells[0].Image!.AsBytes().ToArray(), field.Rows[0].Cells[0].Image!.AsBytes().ToArray());
        Assert.Equal([256, 128, 64], field.Rows[0].Cells.Select(cell => cell.Image!.Width));
        var wide = size.Rows[0].Cells[2].Image!.AsBytes().ToArray().Chunk(3);
        Assert.InRange(wide.Count(pixel => pixel.Min() < 200), 0.85 * 256 * 256, 256 * 256);
    }

    [Fact]
    public void Where_microns_are_not_known_none_are_said()
    {
        using var slide = Slide.Of(Image, "made.png", magnification: new Magnification(40));
        Assert.Equal(["", ""], Concepts.SameSize(slide, [40, 20], 64).Rows[0].Cells.Select(cell => cell.Caption));
    }

    [Fact]
    public void What_the_slide_does_not_hold_is_refused_by_name()
    {
        using var slide = Made();
        void Refused(string words, Func<Gallery> figure) =>
            Assert.Contains(words, Assert.Throws<BadInputException>(() => figure()).Message, StringComparison.Ordinal);
        Refused("60x is not in made.png, which was scanned at 40x: expected at most 40x", () => Concepts.SameSize(slide, [60, 20]));
        Refused("magnifications [10, 20]: expected 1 to 6 different ones, highest first", () => Concepts.SameSize(slide, [10, 20]));
        Refused("magnifications []", () => Concepts.SameField(slide, []));
        Refused("magnifications [20, 0]", () => Concepts.SameField(slide, [20, 0]));
        Refused("the patches show up to 512 px of level 0, made.png has 600 x 480 px", () => Concepts.SameSize(slide, [40, 20], 256));
        Refused("a patch of 2 px at 1x: expected 4 to 2048", () => Concepts.SameField(slide, [40, 1], 64));
        Refused("centre (30, 240): a field of 200 px around it reaches over the edge", () => Concepts.SameSize(slide, [40, 20], 100, (30, 240)));
        using var unknown = Made(null);
        Refused("slideMagnification", () => Concepts.SameSize(unknown));
    }
}
