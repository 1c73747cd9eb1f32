namespace Patchwise;

/// <summary>
/// A tile laid out of labelled patches, so that it is known what each place shows: areas of one class each, filled with patches of that class, turned and
/// mirrored. It is no tissue: classes meet along straight seams, and each place shows one class only.
/// </summary>
public sealed class PatchMosaic
{
    const int AreaSide = 5;

    readonly int _side, _columns;
    readonly int[] _labels;
    readonly LabelledPatches _patches;

    /// <summary>8-bit RGB.</summary>
    public Raster Image { get; }

    PatchMosaic(LabelledPatches patches, Raster image, int side, int[] labels) =>
        (_patches, Image, _side, _columns, _labels) = (patches, image, side, (image.Width + side - 1) / side, labels);

    /// <summary>
    /// Lays out a tile. Each patch is decoded once; the same patch comes more than once where the tile has more places than there are patches.
    /// </summary>
    /// <param name="width">Of the tile, px; patches at the right and bottom edge are cut where they do not fit.</param>
    /// <param name="seed">Decides areas, patches and how they are turned.</param>
    /// <exception cref="BadInputException">The patches are of several sizes or not square, or the tile is smaller than one.</exception>
    public static PatchMosaic Of(LabelledPatches patches, int width = 5000, int height = 5000, int seed = 7)
    {
        var pixels = patches.Files.Select(file => (File: file, Pixels: Raster.Load(file).OnWhite())).ToArray();
        var side = pixels[0].Pixels.Width;
        if (pixels.FirstOrDefault(one => one.Pixels.Size != new PixelSize(side, side)) is { File: not null } other)
            throw new BadInputException($"{other.File} is {other.Pixels.Size} px: expected {side} x {side} px, as {pixels[0].File} and all others are");
        if (width < side || height < side)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"a tile of {width} x {height} px of patches of {side} px: expected room for at least one"));
        int columns = (width + side - 1) / side, rows = (height + side - 1) / side;

        if (seed < 0)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: expected 0 or more"));
        var random = new Random(seed); // one with a seed gives the same numbers on every machine
        var present = patches.Labels.Distinct().Order().ToArray();
        var centres = Enumerable.Range(0, Math.Max(present.Length, columns * rows / (AreaSide * AreaSide)))
            .Select(i => (X: random.Next(columns), Y: random.Next(rows), Class: present[i % present.Length])).ToArray();
        var byClass = present.ToDictionary(label => label, label => Enumerable.Range(0, patches.Count).Where(i => patches.Labels[i] == label).ToArray());

        var image = new Raster(columns * side, rows * side, 3) { Mpp = patches.Mpp };
        var labels = new int[columns * rows];
        for (var cell = 0; cell < labels.Length; cell++)
        {
            var (column, row) = (cell % columns, cell / columns);
            labels[cell] = centres.MinBy(centre => (centre.X - column) * (centre.X - column) + (centre.Y - row) * (centre.Y - row)).Class;
            var choice = byClass[labels[cell]];
            var patch = Orientation.Apply(pixels[choice[random.Next(choice.Length)]].Pixels, 1 + random.Next(8));
            for (var y = 0; y < side; y++)
                patch.Data.Slice(y * patch.Stride, patch.Stride).CopyTo(image.Data[((row * side + y) * image.Stride + column * patch.Stride)..]);
        }
        return new(patches, image.Crop(new(0, 0, width, height)), side, labels);
    }

    /// <summary>The class at a place, px of the tile; null outside.</summary>
    public int? ClassAt(int x, int y) => x >= 0 && y >= 0 && x < Image.Width && y < Image.Height ? _labels[y / _side * _columns + x / _side] : null;

    /// <summary>What is known of the tile as a table of certain predictions, a row a place: for a map of the truth.</summary>
    public PredictionTable Truth
    {
        get
        {
            using var slide = Slide.Of(Image, "mosaic");
            var frame = slide.At(Resolution.Baseline(1));
            return new("truth", _patches.Classes, [new("mosaic", frame)], [.. _labels.Select((label, cell) =>
            {
                var box = new Box(0, 0, _side, _side).Shift(cell % _columns * _side, cell / _columns * _side);
                return new Prediction(0, box, box, label, 1, label);
            })], null);
        }
    }

    /// <summary>Predictions on this tile, each labelled with the class at the middle of its part on the tile, so that they can be evaluated.</summary>
    /// <exception cref="BadInputException">The model tells other classes.</exception>
    public PredictionTable Label(PredictionTable predictions)
    {
        var places = PlacesIn(predictions.Classes);
        return predictions.WithLabels(row => row.Level0.Intersect(Image.Bounds) is { IsEmpty: false } box
            && ClassAt((box.X0 + box.X1) / 2, (box.Y0 + box.Y1) / 2) is { } label ? places[label] : null);
    }

    /// <summary>Of each class of the patches its number among a model's; -1 of one without patches that the model lacks.</summary>
    internal int[] PlacesIn(IReadOnlyList<ClassInfo> classes)
    {
        _ = _patches.As(classes); // refuses other classes
        return [.. _patches.Classes.Select(one => classes.Index().Where(other => other.Item.Name == one.Name).Select(other => other.Index)
            .DefaultIfEmpty(-1).First())];
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Tile of {Image.Size} px laid out of {_patches.Count} patches of {_side} px: {_labels.Length} places, {_labels.Distinct().Count()} classes");
}
