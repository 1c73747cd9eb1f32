using System.Globalization;

namespace Patchwise;

/// <summary>The objects that patch sizes cut off, see <see cref="SizeTest.CutOff"/>.</summary>
static class CutOffGallery
{
    /// <summary>An object to show in a column: its place there and the square to cut from its image, px of the image.</summary>
    sealed record Pick(int Column, int Row, Region Region, Box Box, int Shown);

    internal static Gallery Of(SizeTest test, ImageSet set, int seed, int examples, int padding, bool mask, ResizeMethod method, CancellationToken cancel)
    {
        var order = SeededOrder.Of(seed, test.Regions.Count);
        List<Pick> picks = [];
        var found = new int[test.Marked.Count];
        foreach (var (column, marked) in test.Marked.Index())
        {
            var candidates = test.CutOffBy(column).ToHashSet();
            found[column] = candidates.Count;
            var shown = marked.Size + 2 * padding;
            foreach (var (row, index) in order.Where(candidates.Contains).Take(examples).Index())
            {
                var region = test.Regions[index];
                picks.Add(new(column, row, region, ObjectCrop.Around(region.SourceBox, Math.Max(1, (int)Math.Round(shown / region.Scale))), shown));
            }
        }

        var sides = new double[test.Marked.Count, examples];
        foreach (var pick in picks)
            sides[pick.Column, pick.Row] = pick.Region.Side;
        var cells = new Raster?[test.Marked.Count, examples];
        EachImage.Do(set, picks, pick => pick.Region.Image, (from, group) =>
        {
            var image = from.LoadImage();
            var labels = mask ? from.LoadMask() : null;
            foreach (var pick in group)
            {
                cancel.ThrowIfCancellationRequested();
                var crop = ObjectCrop.Of(image, pick.Box);
                if (labels is not null)
                    ObjectCrop.HideOthers(crop, pick.Box, labels, pick.Region);
                cells[pick.Column, pick.Row] = crop.Resize(new(pick.Shown, pick.Shown), method);
            }
        }, cancel);

        var gallery = new Gallery($"Objects that do not fit, {test.Unit}", [.. test.Marked.Select((marked, i) => $"larger than {marked.Size} px{(i > 0 ? $", at most {test.Marked[i - 1].Size}" : "")}: {found[i]}")]);
        for (var row = 0; row < examples; row++)
            gallery = gallery.Row("", [.. test.Marked.Select((marked, column) => cells[column, row] is { } image
                ? new GalleryCell(image, string.Create(CultureInfo.InvariantCulture, $"{sides[column, row]:0.#} px long")) { Boxes = Nested(test, column, image.Width) }
                : GalleryCell.Empty(found[column] == 0 ? "no such object" : $"no more: {found[column]} in all"))]);
        return gallery;
    }

    /// <summary>The squares of the column's size and of all smaller ones, in the middle of an image.</summary>
    static GalleryBox[] Nested(SizeTest test, int column, int side) =>
        [.. test.Marked.Skip(column).Select(marked => new GalleryBox(ObjectCrop.Around(new(0, 0, side, side), marked.Size), marked.Color, $"{marked.Size} px"))];
}
