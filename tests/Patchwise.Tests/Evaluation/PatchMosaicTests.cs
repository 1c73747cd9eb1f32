namespace Patchwise.Tests;

public class PatchMosaicTests
{
    static readonly LabelledPatches Patches = LabelledPatches.Open("nct-crc-he");

    [Fact]
    public void Every_place_shows_a_patch_of_the_class_that_it_is_said_to_show()
    {
        var mosaic = PatchMosaic.Of(Patches, 1200, 1000, seed: 3);
        var known = Patches.Files.Zip(Patches.Labels, (file, label) => (Label: label, Pixels: Raster.Load(file).OnWhite()))
            .SelectMany(patch => Enumerable.Range(1, 8).Select(turn => (patch.Label, Bytes: Convert.ToHexString(Orientation.Apply(patch.Pixels, turn).Data))))
            .ToArray();
        for (var y = 0; y + 224 <= 1000; y += 224)
            for (var x = 0; x + 224 <= 1200; x += 224)
            {
                var shown = Convert.ToHexString(mosaic.Image.Crop(new(x, y, x + 224, y + 224)).Data);
                Assert.Contains(known, patch => patch.Label == mosaic.ClassAt(x + 100, y + 100) && patch.Bytes == shown);
            }
        Assert.Null(mosaic.ClassAt(1200, 0));
        Assert.Null(mosaic.ClassAt(0, -1));
    }

    [Fact]
    public void The_tile_has_the_asked_size_all_classes_and_the_seed_decides_it()
    {
        var mosaic = PatchMosaic.Of(Patches, 5000, 5000, seed: 7);
        Assert.Equal(new PixelSize(5000, 5000), mosaic.Image.Size);
        Assert.Equal(529, mosaic.Truth.Count);
        Assert.Equal(Patches.Labels.Distinct().Order(), mosaic.Truth.Select(row => row.Class).Distinct().Order());
        Assert.Equal(mosaic.Image.Data, PatchMosaic.Of(Patches, 5000, 5000, seed: 7).Image.Data);
        Assert.NotEqual(mosaic.Truth.Select(row => row.Class), PatchMosaic.Of(Patches, 5000, 5000, seed: 8).Truth.Select(row => row.Class));
    }

    [Fact]
    public void Predictions_are_labelled_by_the_middle_of_their_part_on_the_tile()
    {
        var mosaic = PatchMosaic.Of(Patches, 1000, 600, seed: 1);
        var grid = PatchGrid.Over(Slide.Of(mosaic.Image), 224, Resolution.Baseline(1), new() { Stride = 100 });
        var classes = Patches.Classes.Reverse().ToArray();
        var table = new PredictionTable("model", classes, [new("tile", grid.Frame)],
            [.. grid.Select(patch => new Prediction(0, patch.Box, patch.Level0, 0, 1))], null);
        foreach (var row in mosaic.Label(table))
        {
            var (x, y) = ((row.Level0.X0 + Math.Min(row.Level0.X1, 1000)) / 2, (row.Level0.Y0 + Math.Min(row.Level0.Y1, 600)) / 2);
            Assert.Equal(Patches.Classes[mosaic.ClassAt(x, y)!.Value].Name, classes[row.Label!.Value].Name);
        }
    }

    [Theory, InlineData(224), InlineData(150)]
    public void The_share_that_is_right_is_that_of_the_tiles_pixels(int stride)
    {
        var mosaic = PatchMosaic.Of(Patches, 672, 500, seed: 2);
        var random = new Random(stride);
        var classes = Patches.Classes.Reverse().ToArray();
        var grid = PatchGrid.Over(Slide.Of(mosaic.Image), 224, Resolution.Baseline(1), new() { Stride = stride, Edge = EdgePolicy.Whole });
        // Half of the patches are predicted as what is in their middle.
        var map = PredictionMap.Of(new("model", classes, [new("tile", grid.Frame)], [.. grid.Select(patch => new Prediction(0, patch.Box, patch.Level0,
            random.Next(2) == 0 ? random.Next(9) : 8 - mosaic.ClassAt(patch.Box.X0 + 112, patch.Box.Y0 + 112)!.Value, 1))], null), new(), default);
        var right = 0;
        for (var y = 0; y < 500; y++)
            for (var x = 0; x < 672; x++)
                if (map.Pixels[x, y] is > 0 and var seen && classes[seen - 1].Name == Patches.Classes[mosaic.ClassAt(x, y)!.Value].Name)
                    right++;
        Assert.InRange(right, 1, 672 * 500 - 1);
        Assert.Equal(right / (672.0 * 500), map.ShareRight(mosaic), 1e-12);
        Assert.Equal(1, PredictionMap.Of(mosaic.Truth, new(), default).ShareRight(mosaic));
        Assert.Contains("of a tile of 672 x 500 px", Assert.Throws<BadInputException>(() =>
            PredictionMap.Of(mosaic.Truth, new() { At = Resolution.Baseline(0.5) }, default).ShareRight(mosaic)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patches_of_several_sizes_and_tiles_smaller_than_one_are_refused()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, side) in ((string, int)[])[("a", 20), ("b", 30)])
            folder.Write($"{name}/one.png", new Raster(side, side, 3).ToPng());
        Assert.Contains("30 x 30 px: expected 20 x 20 px", Assert.Throws<BadInputException>(() => PatchMosaic.Of(LabelledPatches.Open(folder.Path))).Message);
        Assert.Contains("room for at least one", Assert.Throws<BadInputException>(() => PatchMosaic.Of(Patches, 200, 500)).Message);
    }
}
