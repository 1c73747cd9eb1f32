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
            var side = marked.Size + 2 * options.Padding;
            foreach (var (row, index) in order.Where(candidates.Contains).Take(examples).Index())
                picks.Add(new(column, row, test.Regions[index], side));
        }

        var cells = new GalleryCell?[test.Marked.Count, examples];
        slides.Visit(picks, pick => pick.Region.Image, (slide, pixels, group) =>
        {
            if (mask)
                slide.RequireObjects();
            var labels = slide.LoadMask();
            foreach (var pick in group)
            {
                cancel.ThrowIfCancellationRequested();
                var box = slide.Around(pick.Region, Math.Max(1, (int)Math.Round(pick.Shown / pick.Region.Scale * slide.PerMaskPixel)));
                var alone = slide.Alone(pick.Region, box, new(pick.Shown, pick.Shown), labels);
                // The centroid of a large ring lies far from it: a panel without the object would say nothing.
                if (alone?.Samples8.Contains((byte)255) != false)
                    cells[pick.Column, pick.Row] = new(slide.Crop(pixels, box, new(pick.Shown, pick.Shown), options.Method, mask ? alone : null),
                        string.Create(CultureInfo.InvariantCulture, $"needs {pick.Region.CentredSide:0.#} px"))
                    { Object = mask ? null : alone, Boxes = Nested(test, pick.Column, pick.Shown) };
            }
        }, cancel);

        // Each column has one scale; those without an object are only named.
        int[] shown = [.. Enumerable.Range(0, found.Length).Where(column => found[column] > 0)];
        var none = test.Marked.Where((_, column) => found[column] == 0).Select(Range).ToArray();
        var gallery = new Gallery($"Objects that do not fit, {test.Unit}{(none.Length > 0 ? $"; none is {string.Join("; none is ", none)}" : "")}",
            [.. shown.Select(column => $"{Range(test.Marked[column])}: {found[column]}")]);
        var panels = shown.Select(column => Enumerable.Range(0, examples).Select(row => cells[column, row]).OfType<GalleryCell>().ToArray()).ToArray();
        for (var row = 0; row < panels.Select(column => column.Length).DefaultIfEmpty(0).Max(); row++)
            gallery = gallery.Row("", [.. panels.Select(column => row < column.Length ? column[row] : GalleryCell.Empty(""))]);
        return gallery;

        string Range(MarkedSize marked) => $"larger than {marked.Size} px"
            + (test.Marked.Index().First(one => one.Item == marked).Index is > 0 and var i ? $", at most {test.Marked[i - 1].Size}" : "");
    }

    /// <summary>The squares of the column's size and of all smaller ones, in the middle of an image.</summary>
    static GalleryBox[] Nested(SizeTest test, int column, int side) =>
        [.. test.Marked.Skip(column).Select(marked => new GalleryBox(new Box(0, 0, side, side).Around(marked.Size), marked.Color, $"{marked.Size} px"))];
}
