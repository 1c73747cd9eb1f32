namespace Patchwise;

/// <summary>
/// Magnification and patch size in two figures of a slide, for who chooses them the first time. Nothing in them is enlarged: a magnification that the slide
/// was not scanned at is refused, a lower one has the pixels that a scanner at that power would show.
/// </summary>
public static class Concepts
{
    const int Smallest = 4, Largest = 2048, MostColumns = 6;

    /// <summary>Of the page, for all cells of a figure together.</summary>
    const int Width = 1000;

    /// <summary>
    /// A patch of one size in px at several magnifications, around one place: the lower the magnification, the more tissue and the less detail. Frames are what
    /// the patches before it show.
    /// </summary>
    /// <param name="magnifications">Highest first; null: the slide's own, half and a quarter of it.</param>
    /// <param name="patch">Side of the patch, px.</param>
    /// <param name="centre">Px of level 0; null: where the patches hold most tissue.</param>
    /// <exception cref="BadInputException">
    /// The slide states no magnification or a lower one than is asked for, or the patch does not lie on the slide.
    /// </exception>
    public static Gallery SameSize(Slide slide, IReadOnlyList<double>? magnifications = null, int patch = 256, (double X, double Y)? centre = null)
    {
        var views = Views(slide, magnifications, centre, (_, _) => patch);
        return Figure($"One patch of {patch} x {patch} px around one place: a lower magnification shows more tissue, less finely", slide, views,
            (view, first) => view == first ? "" : $"{Times(view.Field * view.Field / (first.Field * first.Field))} the tissue",
            view => views.TakeWhile(other => other != view).Index().Select(other => new GalleryBox(
                Around(patch / 2.0, patch / 2.0, (int)Math.Round(other.Item.Field / view.Up)), Style.Color(other.Index + 1),
                $"what {other.Item.Power} shows")));
    }

    /// <summary>
    /// One field of tissue in ever fewer px: as a patch of the side that is given at the highest magnification, and of as much smaller ones at the lower. All
    /// are drawn equally large, so that each px can be seen.
    /// </summary>
    /// <param name="magnifications">Highest first; null: the slide's own, half and a quarter of it.</param>
    /// <param name="patch">Side of the patch at the highest magnification, px.</param>
    /// <param name="centre">Px of level 0; null: where the field holds most tissue.</param>
    /// <exception cref="BadInputException">As for <see cref="SameSize"/>, or at the lowest magnification less than 4 px remain.</exception>
    public static Gallery SameField(Slide slide, IReadOnlyList<double>? magnifications = null, int patch = 256, (double X, double Y)? centre = null)
    {
        var views = Views(slide, magnifications, centre, (power, highest) => (int)Math.Round(patch * power / highest));
        return Figure("One field of tissue in ever fewer pixels: a lower magnification shows the same, less finely, at less cost", slide, views,
            (view, first) => view == first ? "" : $"{Share((double)view.Side * view.Side / ((double)first.Side * first.Side))} of the pixels", _ => []);
    }

    /// <summary>A patch to read.</summary>
    /// <param name="Side">Px of the patch.</param>
    /// <param name="Field">What it shows, px of level 0.</param>
    sealed record View(Magnification Power, int Side, double Field, SlideFrame Frame, Box Box)
    {
        internal double Up => Field / Side;
    }

    static View[] Views(Slide slide, IReadOnlyList<double>? magnifications, (double X, double Y)? centre, Func<double, double, int> sideAt)
    {
        var own = slide.Magnification ?? throw new BadInputException($"{slide.Path} does not state at what magnification it was scanned, from which lower ones "
            + "follow: state it when opening it (Slide.Open(path, magnification: 40), in a notebook slideMagnification)");
        double[] powers = [.. magnifications ?? [own.Power, own.Power / 2, own.Power / 4]];
        if (powers.Length is 0 or > MostColumns || powers.Any(power => !(power > 0)) || !powers.SequenceEqual(powers.Distinct().OrderDescending()))
            throw new BadInputException($"magnifications [{string.Join(", ", powers.Select(Number))}]: expected 1 to {MostColumns} different ones, "
                + "highest first");
        if (powers[0] > own.Power * 1.001)
            throw new BadInputException($"{Number(powers[0])}x is not in {slide.Path}, which was scanned at {own}: expected at most {own}, since more "
                + "would only enlarge its pixels");

        var sizes = powers.Select(power => (Power: power, Side: sideAt(power, powers[0]), Frame: slide.At(Resolution.Power(power)))).ToList();
        if (sizes.FirstOrDefault(one => one.Side is < Smallest or > Largest) is { Frame: not null } odd)
            throw new BadInputException($"a patch of {odd.Side} px at {Number(odd.Power)}x: expected {Smallest} to {Largest}");
        var widest = sizes.Max(one => one.Side * own.Power / one.Power);
        if (widest > Math.Min(slide.Size.Width, slide.Size.Height))
            throw new BadInputException($"the patches show up to {widest:0} px of level 0, {slide.Path} has {slide.Size} px: expected a smaller patch, or "
                + "higher magnifications");
        // Of both figures the same place: chosen by what one size of patch shows at the lowest magnification.
        var (x, y) = centre ?? MostTissue(slide, Math.Min(sizes[0].Side * own.Power / powers[^1], Math.Min(slide.Size.Width, slide.Size.Height)), widest);
        if (!(x >= widest / 2 && y >= widest / 2 && x <= slide.Size.Width - widest / 2 && y <= slide.Size.Height - widest / 2))
            throw new BadInputException($"centre ({Number(x)}, {Number(y)}): a field of {widest:0} px around it reaches over the edge of {slide.Path}, "
                + $"expected {Math.Ceiling(widest / 2):0} px or more from each edge of its {slide.Size} px");
        return [.. sizes.Select(one => new View(new(one.Power), one.Side, one.Side * own.Power / one.Power, one.Frame,
            Around(x * one.Power / own.Power, y * one.Power / own.Power, one.Side)))];
    }

    /// <summary>The middle of the square that holds most tissue; of equally full ones the one with most detail.</summary>
    /// <param name="side">Of the square, px of level 0.</param>
    /// <param name="room">Px of level 0 that must lie around the middle.</param>
    static (double X, double Y) MostTissue(Slide slide, double side, double room)
    {
        var (small, tissue) = (slide.Thumbnail(), TissueMask.Of(slide).Pixels);
        var scale = small.Width / (double)slide.Size.Width;
        int length = Math.Max(1, (int)(side * scale)), step = Math.Max(1, Math.Max(length / 4, Math.Max(small.Width, small.Height) / 64));
        var best = (Score: -1.0, X: slide.Size.Width / 2.0, Y: slide.Size.Height / 2.0);
        foreach (var y in Enumerable.Range(0, small.Height).Where(y => y % step == 0 && y + length <= small.Height))
            foreach (var x in Enumerable.Range(0, small.Width).Where(x => x % step == 0 && x + length <= small.Width))
            {
                var pixels = small.Crop(new(x, y, x + length, y + length)).Channel(0).AsBytes().ToArray();
                double mean = pixels.Average(value => value), deviation = Math.Sqrt(pixels.Average(value => (value - mean) * (value - mean)));
                double full = Enumerable.Range(0, length * length).Count(i => tissue[(int)((x + i % length + 0.5) * tissue.Width / small.Width),
                    (int)((y + i / length + 0.5) * tissue.Height / small.Height)] > 0) / (double)(length * length);
                if (Math.Round(full, 2) + deviation / 1e5 is var score && score > best.Score)
                    best = (score, (x + length / 2.0) / scale, (y + length / 2.0) / scale);
            }
        // Rounding of the thumbnail may have moved it over the edge.
        return (Math.Clamp(best.X, room / 2, slide.Size.Width - room / 2), Math.Clamp(best.Y, room / 2, slide.Size.Height - room / 2));
    }

    static Gallery Figure(string title, Slide slide, View[] views, Func<View, View, string> beside, Func<View, IEnumerable<GalleryBox>> boxes)
    {
        var columns = views.Select(view => $"{view.Power}{(beside(view, views[0]) is { Length: > 0 } words ? $": {words}" : "")}");
        return new Gallery(title, [.. columns], Math.Min(320, Width / views.Length)).Row("", [.. views.Select(view => new GalleryCell(
            slide.Read(view.Box, view.Frame.Resolution), view.Frame.Mpp is { } mpp
                ? string.Create(CultureInfo.InvariantCulture, $"{view.Side * mpp.X:0} x {view.Side * mpp.Y:0} µm of tissue") : "")
            { Boxes = [.. boxes(view)] })]);
    }

    static Box Around(double x, double y, int side) =>
        new((int)Math.Round(x - side / 2.0), (int)Math.Round(y - side / 2.0), (int)Math.Round(x - side / 2.0) + side, (int)Math.Round(y - side / 2.0) + side);

    static string Times(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.#} times");

    static string Share(double share) => 1 / share is var times && Math.Abs(times - Math.Round(times)) < 0.02 * times
        ? string.Create(CultureInfo.InvariantCulture, $"1/{times:0}") : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %");

    static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
