using System.Globalization;

namespace Patchwise;

/// <summary>The objects that patch sizes cut off, see <see cref="SizeTest.CutOff(ImageSet, int, int, int, bool, ResizeMethod, CancellationToken)"/>.</summary>
static class CutOffGallery
{
    /// <summary>An object to show in a column: its place there and the side of the square around it, px at the table's frame.</summary>
    sealed record Pick(int Column, int Row, Region Region, int Shown);

    internal static Gallery Of(SizeTest test, ObjectImages images, int seed, int examples, int padding, bool mask, ResizeMethod method, CancellationToken cancel)
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
                picks.Add(new(column, row, test.Regions[index], shown));
        }

        var sides = new double[test.Marked.Count, examples];
        foreach (var pick in picks)
            sides[pick.Column, pick.Row] = pick.Region.Side;
        var cells = new Raster?[test.Marked.Count, examples];
        EachImage.Do(images, picks, pick => pick.Region.Image, (from, group) =>
        {
            var image = from.Open();
            var labels = mask ? image.LoadMask() : null;
            foreach (var pick in group)
            {
                cancel.ThrowIfCancellationRequested();
                var box = ObjectCrop.Around(ObjectCrop.OnImage(pick.Region, from), Math.Max(1, (int)Math.Round(pick.Shown / pick.Region.Scale * from.PerMaskPixel)));
                var size = new PixelSize(pick.Shown, pick.Shown);
                if (labels is null)
                    cells[pick.Column, pick.Row] = image.Read(box, size, method);
                else
                {
                    var crop = image.Read(box, box.Size, method);
                    ObjectCrop.HideOthers(crop, box, labels, pick.Region);
                    cells[pick.Column, pick.Row] = crop.Resize(size, method);
                }
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
