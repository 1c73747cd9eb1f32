using System.Globalization;

namespace Patchwise;

/// <summary>The objects that patch sizes cut off, see <see cref="SizeTest.CutOff(ImageSet, CutOffOptions, CancellationToken)"/>.</summary>
static class CutOffGallery
{
    /// <summary>An object to show in a column: its place there and the side of the square around it, px at the table's frame.</summary>
    sealed record Pick(int Column, int Row, Region Region, int Shown);

    internal static Gallery Of(SizeTest test, ObjectSlides slides, CutOffOptions options, bool mask, CancellationToken cancel)
    {
        options.Check();
        var examples = options.Examples;
        var order = SeededOrder.Of(options.Seed, test.Regions.Count);
        List<Pick> picks = [];
        var found = new int[test.Marked.Count];
        foreach (var (column, marked) in test.Marked.Index())
        {
            var candidates = test.CutOffBy(column).ToHashSet();
            found[column] = candidates.Count;
            var shown = marked.Size + 2 * options.Padding;
            foreach (var (row, index) in order.Where(candidates.Contains).Take(examples).Index())
                picks.Add(new(column, row, test.Regions[index], shown));
        }

        var sides = new double[test.Marked.Count, examples];
        foreach (var pick in picks)
            sides[pick.Column, pick.Row] = pick.Region.CentredSide;
        var cells = new Raster?[test.Marked.Count, examples];
        slides.Visit(picks, pick => pick.Region.Image, (slide, pixels, group) =>
        {
            var labels = mask ? slide.LoadMask() : null;
            foreach (var pick in group)
            {
                cancel.ThrowIfCancellationRequested();
                var box = slide.Around(pick.Region, Math.Max(1, (int)Math.Round(pick.Shown / pick.Region.Scale * slide.PerMaskPixel)));
                var size = new PixelSize(pick.Shown, pick.Shown);
                if (labels is null)
                    cells[pick.Column, pick.Row] = slide.Crop(pixels, box, size, options.Method);
                else
                {
                    var crop = slide.Crop(pixels, box, box.Size, options.Method);
                    ObjectSlide.HideOthers(crop, box, labels, pick.Region);
                    cells[pick.Column, pick.Row] = crop.Resize(size, options.Method);
                }
            }
        }, cancel);

        var gallery = new Gallery($"Objects that do not fit, {test.Unit}",
            [.. test.Marked.Select((marked, i) => $"larger than {marked.Size} px{(i > 0 ? $", at most {test.Marked[i - 1].Size}" : "")}: {found[i]}")]);
        for (var row = 0; row < examples; row++)
            gallery = gallery.Row("", [.. test.Marked.Select((marked, column) => cells[column, row] is { } image
                ? new GalleryCell(image, string.Create(CultureInfo.InvariantCulture,
                $"needs {sides[column, row]:0.#} px")) { Boxes = Nested(test, column, image.Width) }
                : GalleryCell.Empty(found[column] == 0 ? "no such object" : $"no more: {found[column]} in all"))]);
        return gallery;
    }

    /// <summary>The squares of the column's size and of all smaller ones, in the middle of an image.</summary>
    static GalleryBox[] Nested(SizeTest test, int column, int side) =>
        [.. test.Marked.Skip(column).Select(marked => new GalleryBox(new Box(0, 0, side, side).Around(marked.Size), marked.Color, $"{marked.Size} px"))];
}
