namespace Patchwise;

/// <summary>A slide of the viewer's list with all that is made of it when it is first looked at.</summary>
sealed class ViewerSlide
{
    /// <summary>Sides of patches below which their grid would hide what is below it.</summary>
    const int LeastGrid = 4;

    /// <summary>Shades of a probability, as overlays in notebooks have them.</summary>
    const int Shades = 200;

    static readonly uint[] Heat = [.. Enumerable.Range(0, Shades + 1).Select(step => OverlayTile.Color(Palette.HeatAt(step / (double)Shades)))];
    static readonly uint[] TissueColor = [OverlayTile.Color("#0072b2")], GridColor = [OverlayTile.Color("#000000", 150)],
        DisagreementColor = [OverlayTile.Color("#d55e00")];

    readonly Lazy<Raster> _tissue;

    internal Slide Slide { get; }
    internal SlideTiles Tiles { get; }
    internal AnnotationSet? Annotations { get; }
    internal IReadOnlyList<ViewedPrediction> Predictions { get; }

    DeepZoom Zoom => Tiles.Zoom;

    internal ViewerSlide(ViewedSlide viewed)
    {
        (Slide, Tiles, Annotations) = (viewed.Slide, new(viewed.Slide), viewed.Annotations?.On(viewed.Slide));
        var tables = viewed.Predictions.Select(table => ViewedSlide.RowsOf(table, Slide) ?? throw new BadInputException(
            $"predictions by {table.Model} of {(table.Sources is [{ Frame.Level0: var size } one, ..] ? $"{one.Name} of {size} px" : "no tile or slide")} over "
            + $"{Slide.Path} of {Slide.Size} px: expected those of this slide")).ToList();
        Predictions = [.. tables.Select((table, i) => new ViewedPrediction(
            tables.Count(other => other.Model == table.Model) == 1 ? table.Model : $"{table.Model} ({i + 1})", table))];
        _tissue = new(() => TissueMask.Of(Slide, new TissueOptions(), CancellationToken.None).Pixels, LazyThreadSafetyMode.PublicationOnly);
    }

    internal object Described(int id) => new
    {
        id,
        name = Path.GetFileName(Slide.Path),
        width = Slide.Size.Width,
        height = Slide.Size.Height,
        mpp = Slide.Mpp is { } mpp ? (double[])[mpp.X, mpp.Y] : null,
        power = Slide.Magnification?.Power,
        tileSize = Zoom.Tile,
        minLevel = Zoom.First,
        maxLevel = Zoom.Last,
        thumbnail = $"api/slides/{id}/thumbnail.jpg",
        annotations = Annotations is not null,
        predictions = Predictions.Select((one, p) => one.Described(p)),
    };

    internal byte[] Tissue(int level, Box box)
    {
        var (mask, wide, size) = (_tissue.Value, box.Grow(OverlayTile.Line), Zoom.Size(level));
        var numbers = new int[wide.Size.Area];
        for (var y = 0; y < wide.Height; y++)
            for (var x = 0; x < wide.Width; x++)
                if (mask[At(wide.X0 + x, size.Width, mask.Width), At(wide.Y0 + y, size.Height, mask.Height)] > 0)
                    numbers[y * wide.Width + x] = 1;
        return OverlayTile.Png(box.Size, OverlayTile.Outlined(box.Size, numbers), TissueColor);

        // The mask covers all of the slide; beyond it the last pixel goes on, so that the slide's edge is no outline.
        static int At(int place, int length, int of) => (int)Math.Clamp((place + 0.5) * of / length, 0, of - 1);
    }

    internal byte[] Grid(int p, int level, Box box) => OverlayTile.Png(box.Size, Layer(p, level, box).Grid(LeastGrid), GridColor);

    internal byte[] Map(int p, int level, Box box, PatchFilter filter, bool outline)
    {
        var numbers = Layer(p, level, outline ? box.Grow(OverlayTile.Line) : box).Classes(filter);
        return OverlayTile.Png(box.Size, outline ? OverlayTile.Outlined(box.Size, numbers) : numbers, Predictions[p].Colors);
    }

    internal byte[] Probability(int p, int of, int level, Box box, double from) => OverlayTile.Png(box.Size,
        Array.ConvertAll(Layer(p, level, box).Probability(of), mean => mean >= from ? 1 + (int)Math.Round(Math.Min(mean, 1) * Shades) : 0), Heat);

    /// <summary>Where both predict, and not the same; classes are the same that have one name.</summary>
    internal byte[] Disagreement(int p, int q, int level, Box box)
    {
        var wide = box.Grow(OverlayTile.Line);
        int[] one = Layer(p, level, wide).Classes(PatchFilter.All), other = Layer(q, level, wide).Classes(PatchFilter.All);
        IReadOnlyList<ClassInfo> names = Predictions[p].Table.Classes, others = Predictions[q].Table.Classes;
        int[] differ = [.. one.Zip(other, (a, b) => a > 0 && b > 0 && names[a - 1].Name != others[b - 1].Name ? 1 : 0)];
        return OverlayTile.Png(box.Size, OverlayTile.Outlined(box.Size, differ, filled: true), DisagreementColor);
    }

    PatchLayer Layer(int p, int level, Box box) => new(Predictions[p].Table, Predictions[p].Index, box, Zoom.Halvings(level));

    internal object Outlines() => new
    {
        features = (Annotations ?? Enumerable.Empty<Annotation>()).Select(one => new
        {
            name = one.Name,
            @class = one.Class,
            color = one.Color,
            polygons = one.Polygons.Select(rings => rings.Select(ring => ring.Select(point => (double[])[point.X, point.Y]))),
        }),
    };
}
