using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>The clarity and size tests on a slide: from outlines or a mask over it to crops that are read from it.</summary>
public sealed class ObjectSlideTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly Slide _slide = Slide.Open(SlideFiles.Aperio);

    public void Dispose()
    {
        _slide.Dispose();
        _folder.Dispose();
    }

    /// <summary>Rectangles on the slide in raster order, none touching another; whole pixels also of a mask a quarter as wide.</summary>
    static Box[] Boxes()
    {
        var random = new Random(9);
        return [.. from y in Enumerable.Range(0, 6) from x in Enumerable.Range(0, 5)
            let size = (Width: 4 * random.Next(4, 60), Height: 4 * random.Next(4, 60))
            select new Box(100 + 400 * x, 120 + 460 * y, 100 + 400 * x + size.Width, 120 + 460 * y + size.Height)];
    }

    AnnotationSet GeoJson(IEnumerable<Box> boxes) => GeoJson(boxes, box => [[box.X0, box.Y0], [box.X1, box.Y0], [box.X1, box.Y1], [box.X0, box.Y1],
        [box.X0, box.Y0]]);

    AnnotationSet GeoJson(IEnumerable<Box> boxes, Func<Box, int[][]> ring) => AnnotationSet.Load(_folder.Write("regions.geojson", JsonSerializer.Serialize(new
    {
        type = "FeatureCollection",
        features = boxes.Select(box => new
        {
            type = "Feature",
            geometry = new
            {
                type = "Polygon",
                coordinates = (int[][][])[ring(box)]
            },
            properties = new { classification = new { name = "gland" } },
        }),
    })));

    AnnotationSet Xml(IEnumerable<Box> boxes) => AnnotationSet.Load(_folder.Write("regions.xml", "<Annotations><Annotation Name=\"gland\"><Regions>" +
        string.Concat(
            boxes.Select((box,
                i) => $"<Region Id=\"{i}\" Type=\"1\"><Vertices><Vertex X=\"{box.X0}\" Y=\"{box.Y0}\"/><Vertex X=\"{box.X1}\" "
                + $"Y=\"{box.Y1}\"/></Vertices></Region>")) +
        "</Regions></Annotation></Annotations>"));

    static Raster Mask(PixelSize size, int shrink)
    {
        var mask = new Raster(size.Width, size.Height, 1);
        foreach (var box in Boxes())
            for (var y = box.Y0 / shrink; y < box.Y1 / shrink; y++)
                mask.Samples8.Slice(y * size.Width + box.X0 / shrink, box.Width / shrink).Fill(1);
        return mask;
    }

    [Fact]
    public void Clarity_on_a_slide_is_that_of_the_same_pixels_as_an_image()
    {
        var name = Path.GetFileNameWithoutExtension(SlideFiles.Aperio);
        _slide.SaveThumbnail(_folder.At(Path.Combine("set", $"{name}.png")), Resolution.Level(0));
        Mask(_slide.Size, 1).Save(_folder.At(Path.Combine("set", $"{name}_mask.png")));
        var set = ImageSet.Open(_folder.At("set"), magnification: 20);
        var expected = ClarityTest.Of(set, RegionTable.Measure(set), new() { Trials = [10, 5, 2.5] });
        Assert.Equal(9, expected.Table.Count);
        foreach (var regions in (RegionTable[])[RegionTable.Of(GeoJson(Boxes()), _slide), RegionTable.Of(Xml(Boxes()), _slide),
            RegionTable.Measure(Mask(new(555, 742), 4), _slide)])
        {
            var found = ClarityTest.Of(_slide, regions, new() { Trials = [10, 5, 2.5] });
            Assert.Equal(expected.Table, found.Table);
            Assert.Equal(expected.Suggestion, found.Suggestion);
            Assert.Equal(expected.Notes, found.Notes);
            foreach (var (row, same) in found.Gallery.Rows.Zip(expected.Gallery.Rows))
            {
                Assert.Equal((same.Label, same.Cells[0].Image!.Size), (row.Label, row.Cells[0].Image!.Size));
                Assert.Equal(same.Cells[0].Image!.AsBytes(), row.Cells[0].Image!.AsBytes());
                Assert.Equal(same.Cells.Select(cell => cell.Image!.Size), row.Cells.Select(cell => cell.Image!.Size));
            }
        }
    }

    [Fact]
    public void On_a_slide_the_objects_own_pixels_are_measured_and_outlined()
    {
        // The letter L in each box: three quarters of its pixels are not the object's.
        static int[][] Ring(Box box) => [[box.X0, box.Y0], [box.X0 + box.Width / 4 / 4 * 4, box.Y0], [box.X0 + box.Width / 4 / 4 * 4, box.Y1 - 4],
            [box.X1, box.Y1 - 4], [box.X1, box.Y1], [box.X0, box.Y1], [box.X0, box.Y0]];
        var outlined = GeoJson(Boxes(), Ring);
        var painted = TissueMask.Of(outlined, _slide, Resolution.Level(0)).Pixels;
        var name = Path.GetFileNameWithoutExtension(SlideFiles.Aperio);
        _slide.SaveThumbnail(_folder.At(Path.Combine("set", $"{name}.png")), Resolution.Level(0));
        painted.Save(_folder.At(Path.Combine("set", $"{name}_mask.png")));
        var set = ImageSet.Open(_folder.At("set"), magnification: 20);
        ClarityOptions options = new() { Trials = [10, 5], Padding = 4 };
        var expected = ClarityTest.Of(set, RegionTable.Measure(set), options);
        var boxes = ClarityTest.Of(_slide, RegionTable.Of(GeoJson(Boxes()), _slide), options);
        var coarse = painted.Resize(new(_slide.Size.Width / 4, _slide.Size.Height / 4), ResizeMethod.Nearest);
        foreach (var regions in (RegionTable[])[RegionTable.Of(outlined, _slide), RegionTable.Measure(coarse, _slide)])
        {
            var found = ClarityTest.Of(_slide, regions, options);
            Assert.Equal(expected.Table, found.Table);
            Assert.NotEqual(boxes.Table, found.Table);
            foreach (var (row, same) in found.Gallery.Rows.Zip(expected.Gallery.Rows))
                Assert.Equal(same.Cells[0].Object!.AsBytes(), row.Cells[0].Object!.AsBytes());
            var alone = ClarityTest.Of(_slide, regions, options with { Mask = true }).Gallery.Rows[0].Cells[0].Image!;
            Assert.Equal(expected.Gallery.Rows[0].Cells[0].Object!.AsBytes().Count((byte)0), Enumerable.Range(0, (int)alone.Size.Area)
                .Count(i => alone.AsBytes().Slice(3 * i, 3).IndexOfAnyExcept((byte)0) < 0));
            Assert.Equal(0.499 / 1, alone.Mpp!.Value.X, 1e-3);
        }
    }

    [Fact]
    public void What_patches_cut_off_is_read_at_the_magnification_of_the_table()
    {
        foreach (var regions in (RegionTable[])[RegionTable.Of(GeoJson(Boxes()), _slide), RegionTable.Measure(Mask(new(555, 742), 4), _slide)])
        {
            var test = SizeTest.Of(regions.At(10), [96, 64]);
            Assert.Equal(Boxes().Count(box => box.Side / 2.0 <= 64), test.Fit[0].Fits);
            var images = test.CutOff(_slide, new() { Examples = 4, Padding = 20 }).Rows.SelectMany(row => row.Cells.Select((cell, column) => (cell, column)))
                .Where(item => item.cell.Image is not null).ToArray();
            Assert.Equal(8, images.Length);
            foreach (var (cell, column) in images)
            {
                var shown = column == 0 ? 136 : 104;
                Assert.Equal(new PixelSize(shown, shown), cell.Image!.Size);
                Assert.Contains(Boxes(), box =>
                {
                    var (x, y) = ((int)Math.Round(((box.X0 + box.X1 - 2 * shown) >> 1) / 2.0), (int)Math.Round(((box.Y0 + box.Y1 - 2 * shown) >> 1) / 2.0));
                    return box.Side > (column == 0 ? 192 : 128) && _slide.Read(new(x, y, x + shown, y + shown), Resolution.Power(10)).AsBytes()
                        .SequenceEqual(cell.Image.AsBytes());
                });
            }
        }
    }

    [Fact]
    public void Of_a_region_as_large_as_the_slide_the_middle_is_looked_at()
    {
        var whole = RegionTable.Of(GeoJson([new(-5, -5, 2230, 2970), new(50, 50, 90, 90), new(500, 500, 560, 570)]), _slide);
        var images = ClarityTest.Of(_slide, whole, new() { Trials = [5] }).Gallery.Rows.Select(row => row.Cells[0].Image!.Width).ToArray();
        Assert.Equal((1024, 60), (images.Max(), images.Min()));
    }

    [Fact]
    public void What_does_not_belong_together_is_refused()
    {
        var regions = RegionTable.Of(GeoJson(Boxes()), _slide);
        using var other = Slide.Open(SlideFiles.Hamamatsu);
        Assert.Contains("does not hold", Assert.Throws<BadInputException>(() => ClarityTest.Of(other, regions, new() { Trials = [5] })).Message,
            StringComparison.Ordinal);
        Assert.Contains("does not hold", Assert.Throws<BadInputException>(() => SizeTest.Of(regions, [64]).CutOff(other)).Message, StringComparison.Ordinal);
        regions.SaveCsv(_folder.At("regions.csv"));
        var file = RegionTable.LoadCsv(_folder.At("regions.csv"));
        Assert.Contains(ClarityTest.Of(_slide, file, new() { Trials = [5] }).Notes, note => note.Contains("over their whole boxes", StringComparison.Ordinal));
        Assert.Contains("shown alone", Assert.Throws<BadInputException>(() => ClarityTest.Of(_slide, file, new() { Trials = [5], Mask = true })).Message,
            StringComparison.Ordinal);
        Assert.Contains("shown alone", Assert.Throws<BadInputException>(() => SizeTest.Of(file, [64]).CutOff(_slide, new() { Mask = true })).Message,
            StringComparison.Ordinal);
        using var silent = Slide.Of(new Raster(300, 300, 3), name: "silent");
        var unknown = RegionTable.Of(GeoJson([new(10, 10, 50, 60)]), silent);
        Assert.Contains("magnification: 20", Assert.Throws<BadInputException>(() => ClarityTest.Of(silent, unknown, new() { Trials = [5] })).Message,
            StringComparison.Ordinal);
        var outside = RegionTable.Of(GeoJson([new(10, 10, 50, 60), new(5000, 5000, 5100, 5100)]), _slide);
        Assert.Contains("outside of the slide, and left out: 1", Assert.Single(outside.Notes), StringComparison.Ordinal);
        Assert.Contains(outside.Notes[0], ClarityTest.Of(_slide, outside, new() { Trials = [5] }).Notes);
        Assert.Equal(new Box(10, 10, 50, 60), Assert.Single(outside).SourceBox);
        // A table of another slide of this name.
        using var wide = Slide.Of(new Raster(9100, 100, 3), _slide.Path, magnification: _slide.Magnification);
        var moved = RegionTable.Of(GeoJson([new(9010, 10, 9050, 60)]), wide);
        Assert.Contains("is it of another slide", Assert.Throws<BadInputException>(() => ClarityTest.Of(_slide, moved, new() { Trials = [5] })).Message,
            StringComparison.Ordinal);
        Assert.Contains("is it of another slide", Assert.Throws<BadInputException>(() => SizeTest.Of(moved, [64]).CutOff(_slide)).Message,
            StringComparison.Ordinal);
    }
}
