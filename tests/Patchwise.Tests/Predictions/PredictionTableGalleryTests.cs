namespace Patchwise.Tests;

public class PredictionTableGalleryTests
{
    static readonly LabelledPatches Patches = LabelledPatches.Open("nct-crc-he");

    static PredictionTable Table(Func<int, (int Class, int? Label)> of) =>
        new("net", Patches.Classes, [.. Patches.Files.Select(file => new PredictionSource(file))],
        [.. Enumerable.Range(0, Patches.Count).Select(i => new Prediction(i, new(0, 0, 224, 224), new(0, 0, 224, 224), of(i).Class, 0.75f, of(i).Label))],
            null);

    [Fact]
    public void Wrong_patches_are_framed_and_each_row_holds_one_known_class()
    {
        var wrong = Patches.Labels[0];
        var gallery = Table(i => (Patches.Labels[i] == wrong ? (wrong + 1) % 9 : Patches.Labels[i], Patches.Labels[i])).Gallery(each: 3, seed: 1);
        Assert.Equal(Patches.Classes.Select(one => one.Name), gallery.Rows.Select(row => row.Label));
        foreach (var (index, row) in gallery.Rows.Index())
            Assert.All(row.Cells, cell =>
            {
                Assert.Equal($"{Patches.Classes[index == wrong ? (wrong + 1) % 9 : index].Name} 75%", cell.Caption.Replace(" %", "%"));
                Assert.Equal(index == wrong ? 1 : 0, cell.Boxes.Count);
            });
        Assert.All(gallery.Rows, row => Assert.Equal(3, row.Cells.Length));
    }

    [Fact]
    public void Without_known_classes_there_is_a_row_for_each_class_that_was_predicted()
    {
        var gallery = Table(i => (i % 2, null)).Gallery(each: 4);
        Assert.Equal(Patches.Classes.Take(2).Select(one => one.Name), gallery.Rows.Select(row => row.Label));
        Assert.DoesNotContain(gallery.Rows, row => row.Cells.Any(cell => cell.Boxes.Count > 0));
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
