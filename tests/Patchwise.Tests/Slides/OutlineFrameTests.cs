using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Outlines in and predictions out meet a slide of which only a box was scanned.</summary>
public sealed class OutlineFrameTests : IDisposable
{
    static readonly string Folder = Path.Combine(Repository.Root, "tests", "data", "field", "09-qupath-bounds");

    internal static readonly string Scn = Path.Combine(Folder, "slide.scn"), QuPath = Path.Combine(Folder, "qupath.geojson");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_outline_of_qupath_lies_around_what_was_outlined()
    {
        using var slide = Slide.Open(Scn);
        Assert.Equal(new Box(1000, 600, 2280, 1368), slide.Bounds);
        var box = AnnotationSet.Load(QuPath).On(slide)[0].Box;
        Assert.Equal(new Box(1300, 850, 1500, 1050), box);
        var pixels = slide.Read(box, Resolution.Level(0)).AsBytes().ToArray();
        Assert.Equal([(150, 60, 140)], pixels.Chunk(3).Select(pixel => ((int)pixel[0], (int)pixel[1], (int)pixel[2])).Distinct());
        Assert.Equal("1 region of Tumor (1); moved by (1000, 600), the corner of the scanned part", AnnotationSet.Load(QuPath).On(slide).ToString());
        // The same by way of what takes annotations and slide together; and once is enough.
        var set = AnnotationSet.Load(QuPath);
        Assert.Equal(box, RegionTable.Of(set, slide)[0].SourceBox);
        Assert.Equal(RegionTable.Of(set, slide)[0], RegionTable.Of(set.On(slide).On(slide), slide)[0]);
        var mask = TissueMask.Of(set.OfClass("Tumor"), slide, Resolution.Baseline(0.1)).Pixels;
        Assert.Equal((255, 0, 400), (mask[140, 95], mask[40, 35], mask.AsBytes().Count((byte)255)));
        Assert.All(PatchGrid.Over(slide, 50, Resolution.Level(0), new() { Mask = TissueMask.Of(set, slide, Resolution.Baseline(1)) }),
            patch => Assert.True(box.Contains(patch.Box)));
    }

    [Fact]
    public void An_outline_has_no_box_before_it_is_known_where_it_counts_from()
    {
        var message = Assert.Throws<BadInputException>(() => AnnotationSet.Load(QuPath)[0].Box).Message;
        Assert.Contains("annotations.On(slide)", message, StringComparison.Ordinal);
        Assert.Equal(new Box(300, 250, 500, 450), AnnotationSet.Load(QuPath, OutlineFrame.Level0)[0].Box);
    }

    [Fact]
    public void The_frame_can_be_told()
    {
        using var slide = Slide.Open(Scn);
        Assert.Equal(new Box(300, 250, 500, 450), RegionTable.Of(AnnotationSet.Load(QuPath, OutlineFrame.Level0), slide)[0].SourceBox);
        var xml = _folder.Write("a.xml", """
            <Annotations><Annotation Name="a"><Regions><Region Type="1"><Vertices><Vertex X="1300" Y="850"/><Vertex X="1500" Y="1050"/></Vertices></Region>
            </Regions></Annotation></Annotations>
            """);
        Assert.Equal(new Box(1300, 850, 1500, 1050), RegionTable.Of(AnnotationSet.Load(xml), slide)[0].SourceBox);
        Assert.Equal(new Box(2300, 1450, 2500, 1650), RegionTable.Of(AnnotationSet.Load(xml, OutlineFrame.ScannedPart), slide)[0].SourceBox);
    }

    [Fact]
    public void Outlines_beside_the_slide_are_refused_or_named()
    {
        using var small = Slide.Of(new Raster(320, 260, 3));
        using var smaller = Slide.Of(new Raster(100, 100, 3), "other.png");
        Assert.Equal(new Box(300, 250, 320, 260), AnnotationSet.Load(QuPath).On(small)[0].Box);
        foreach (var set in (AnnotationSet[])[AnnotationSet.Load(QuPath), AnnotationSet.Load(QuPath, OutlineFrame.Level0)])
        {
            var message = Assert.Throws<BadInputException>(() => TissueMask.Of(set, smaller)).Message;
            Assert.Contains("none of 1 region of Tumor (1) lies on other.png of 100 x 100 px", message, StringComparison.Ordinal);
        }
        var two = AnnotationSet.Load(_folder.Write("two.json", """
            [{"type":"Polygon","coordinates":[[[10,10],[30,10],[30,30]]]},{"type":"Polygon","coordinates":[[[510,10],[530,10],[530,30]]]}]
            """));
        Assert.Equal((1, "outside of the slide, and left out: 1"), (two.On(smaller).Count, Assert.Single(two.On(smaller).Notes)));
    }

    PredictionTable Predicted(Slide slide)
    {
        var grid = PatchGrid.Over(slide, 128, Resolution.Mpp(1));
        return new("net", MadeUp.Classes(2), [new(slide.Path, grid.Frame)],
            [.. grid.Where(patch => slide.Bounds!.Value.Contains(patch.Level0))
                .Select(patch => new Prediction(0, patch.Box, patch.Level0, patch.Index % 2, 0.9f))], null);
    }

    static Box[] BoxesIn(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. json.RootElement.GetProperty("features").EnumerateArray().Select(feature =>
        {
            var ring = feature.GetProperty("geometry").GetProperty("coordinates")[0].EnumerateArray()
                .Select(point => (X: point[0].GetInt32(), Y: point[1].GetInt32())).ToArray();
            return new Box(ring.Min(p => p.X), ring.Min(p => p.Y), ring.Max(p => p.X), ring.Max(p => p.Y));
        })];
    }

    [Fact]
    public void Predictions_lie_in_qupath_where_the_patches_were_and_are_read_back_there()
    {
        using var slide = Slide.Open(Scn, mpp: 0.5);
        var table = Predicted(slide);
        Assert.True(table.Count > 4);
        // A table that went through a file knows the scanned part, too.
        table.Save(_folder.At("a.sqlite"));
        foreach (var known in (PredictionTable[])[table, PredictionTable.Load(_folder.At("a.sqlite"))])
        {
            known.Save(_folder.At("a.geojson"));
            Assert.Equal(table.Select(row => row.Level0.Shift(-1000, -600)), BoxesIn(_folder.At("a.geojson")));
            Assert.Equal(table.Select(row => row.Level0), AnnotationSet.Load(_folder.At("a.geojson")).On(slide).Select(one => one.Box));
            known.SaveGeoJson(_folder.At("b.geojson"), frame: OutlineFrame.Level0);
            Assert.Equal(table.Select(row => row.Level0), BoxesIn(_folder.At("b.geojson")));
            known.SaveGeoJson(_folder.At("c.geojson"), merged: true);
            Assert.Equal(table.Min(row => row.Level0.X0) - 1000, BoxesIn(_folder.At("c.geojson")).Min(box => box.X0));
        }
    }

    [Fact]
    public void Predictions_of_a_slide_that_was_scanned_whole_stay_where_they_are()
    {
        using var slide = Slide.Of(new Raster(300, 300, 3), mpp: 1);
        var grid = PatchGrid.Over(slide, 100, Resolution.Mpp(1));
        var table = new PredictionTable("net", MadeUp.Classes(1), [new("a", grid.Frame)],
            [.. grid.Select(patch => new Prediction(0, patch.Box, patch.Level0, 0, 1))], null);
        table.Save(_folder.At("a.geojson"));
        Assert.Equal(table.Select(row => row.Level0), BoxesIn(_folder.At("a.geojson")));
    }
}
