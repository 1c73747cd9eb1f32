namespace Patchwise.Tests;

public class PredictionTableGalleryTests
{
    static readonly LabelledPatches Patches = LabelledPatches.Open("nct-crc-he");

    static PredictionTable Table(Func<int, (int Class, int? Label)> of) =>
        new("net", Patches.Classes, [.. Patches.Files.Select(file => new PredictionSource(file))],
        [.. Enumerable.Range(0, Patches.Count).Select(i => new Prediction(i, new(0, 0, 224, 224), new(0, 0, 224, 224), of(i).Class, 0.75f, of(i).Label))],
            null);

    [Fact]
    public void All_errors_come_first_framed_then_some_that_are_right()
    {
        var wrong = Patches.Labels[0];
        bool Errs(int i) => Patches.Labels[i] == wrong || i % 7 == 0;
        int Predicted(int i) => Errs(i) ? (Patches.Labels[i] + 1) % 9 : Patches.Labels[i];
        var gallery = Table(i => (Predicted(i), Patches.Labels[i])).Gallery(each: 3, seed: 1);
        var errors = Enumerable.Range(0, Patches.Count).Where(Errs).ToArray();
        Assert.StartsWith($"All {errors.Length} wrong predictions of {Patches.Count}", gallery.Title, StringComparison.Ordinal);
        var cells = gallery.Rows.SelectMany(row => row.Cells).ToArray();
        Assert.Equal(errors.Select(i => $"{Patches.Classes[Patches.Labels[i]].Name} taken for {Patches.Classes[Predicted(i)].Name} 75%, row {i}"),
            cells.Take(errors.Length).Select(cell => cell.Caption.Replace(" %", "%")));
        Assert.All(cells.Index(), cell => Assert.Equal(cell.Index < errors.Length ? 1 : 0, cell.Item.Boxes.Count));
        Assert.All(gallery.Rows, row => Assert.InRange(row.Cells.Length, 1, 3));
        string[] names = [.. gallery.Rows.Select(row => row.Label).Where(label => label is not "")];
        Assert.Equal(["wrong", .. Enumerable.Range(0, 9).Where(k => k != wrong).Select(k => Patches.Classes[k].Name)], names);
    }

    [Fact]
    public void Without_known_classes_there_is_a_row_for_each_class_that_was_predicted()
    {
        var gallery = Table(i => (i % 2, null)).Gallery(each: 4);
        Assert.Equal(Patches.Classes.Take(2).Select(one => one.Name), gallery.Rows.Select(row => row.Label));
        Assert.DoesNotContain(gallery.Rows, row => row.Cells.Any(cell => cell.Boxes.Count > 0));
    }

    [Fact]
    public void Random_patches_of_a_tile_are_shown_as_they_lie_there()
    {
        var mosaic = PatchMosaic.Of(Patches, 1000, 700, seed: 3);
        using var tile = Slide.Of(mosaic.Image, "my tile");
        var gallery = mosaic.Truth.Gallery(tile, examples: 4, seed: 5);
        Assert.Equal("4 of 12 patches of my tile, drawn at random", gallery.Title);
        Assert.Equal(4, gallery.Rows.Single().Cells.Length);
        foreach (var cell in gallery.Rows.Single().Cells)
        {
            var row = mosaic.Truth[int.Parse(cell.Caption.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)];
            Assert.Equal(mosaic.Image.Crop(row.Box).AsBytes(), cell.Image!.AsBytes());
        }
        Assert.NotEqual(gallery.Rows.Single().Cells.Select(cell => cell.Caption),
            mosaic.Truth.Gallery(tile, 4, seed: 6).Rows.Single().Cells.Select(cell => cell.Caption));
        using var other = Slide.Of(mosaic.Image.Crop(new(0, 0, 500, 500)), "other");
        Assert.Contains("expected the slide that was predicted",
            Assert.Throws<BadInputException>(() => mosaic.Truth.Gallery(other)).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => mosaic.Truth.Gallery(tile, examples: 0));
        Assert.Throws<BadInputException>(() => Table(i => (0, null)).Gallery(tile));
    }

    [Fact]
    public void Patches_of_a_slide_have_no_gallery_and_counts_are_checked()
    {
        var frame = Slide.Of(new Raster(20, 20, 3)).At(Resolution.Baseline(1));
        var slide = new PredictionTable("net", Patches.Classes, [new("slide", frame)], [new(0, new(0, 0, 9, 9), new(0, 0, 9, 9), 0, 1)], null);
        Assert.Contains("Overlay.Of", Assert.Throws<BadInputException>(() => slide.Gallery()).Message);
        Assert.Contains("expected 1 to 100", Assert.Throws<BadInputException>(() => Table(_ => (0, null)).Gallery(0)).Message);
    }
}
