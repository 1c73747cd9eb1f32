namespace Patchwise;

/// <summary>
/// The predicted classes of a tile or slide as an image of it: 0 where nothing was predicted, class k is k + 1. Where patches overlap, the class is that of the
/// highest mean probability, of equal ones the first; in a table without probabilities each patch counts as certain of its class.
/// </summary>
public sealed class PredictionMap : ITabular
{
    internal PlacedPatches Patches { get; }

    /// <summary>The tile or slide.</summary>
    public string Source => Patches.Source.Name;

    public string Model => Patches.Table.Model;

    public IReadOnlyList<ClassInfo> Classes => Patches.Table.Classes;

    /// <summary>The tile or slide at the map's resolution.</summary>
    public SlideFrame Frame => Patches.Frame;

    public PixelSize Size => Frame.Size;

    /// <summary>One channel of 8 bits, of 16 for more than 254 classes.</summary>
    public Raster Pixels { get; }

    /// <summary>What to look at: each class in its color, white where nothing was predicted. Made anew each time.</summary>
    public Raster Colors
    {
        get
        {
            (int R, int G, int B)[] colors = [(255, 255, 255), .. Classes.Select(one => Palette.Rgb(Palette.Checked(one.Color)!))];
            var picture = new Raster(Size.Width, Size.Height, 3, clear: false) { Mpp = Pixels.Mpp };
            for (var i = 0; i < Size.Area; i++)
            {
                var (r, g, b) = colors[Pixels.Bits == 8 ? Pixels.Samples8[i] : Pixels.Samples16[i]];
                (picture.Samples8[3 * i], picture.Samples8[3 * i + 1], picture.Samples8[3 * i + 2]) = ((byte)r, (byte)g, (byte)b);
            }
            return picture;
        }
    }

    /// <summary>How much of the map each class takes, of what patches show that lie wholly inside.</summary>
    public ClassShares Shares { get; }

    /// <summary>The same of all patches, those over the edge included, whose class may be that of the padding.</summary>
    public ClassShares SharesWithEdge => ClassShares.Of(Patches, Pixels, overEdge: true, CancellationToken.None);

    PredictionMap(PlacedPatches patches, Raster pixels, CancellationToken cancel) =>
        (Patches, Pixels, Shares) = (patches, pixels, ClassShares.Of(patches, pixels, overEdge: false, cancel));

    /// <summary>
    /// Merges predictions into a map. Memory: the map, 16 bytes a patch, 4 more for each stretch of rows that it lies in, and for each thread 8
    /// bytes a class and a column of the map.
    /// </summary>
    /// <param name="predictions">Of one tile or slide.</param>
    /// <exception cref="BadInputException">
    /// Several sources, or one that is a patch by itself; a resolution that the slide cannot be seen at; a map above the limit; probabilities that are none.
    /// </exception>
    public static PredictionMap Of(PredictionTable predictions, MapOptions options, CancellationToken cancel)
    {
        var patches = PlacedPatches.On(predictions, options, cancel);
        var pixels = new Raster(patches.Frame.Size.Width, patches.Frame.Size.Height, 1, predictions.Classes.Count < 256 ? 8 : 16) { Mpp = patches.Frame.Mpp };
        var axes = patches.Axes();
        new Averages(patches, axes.X, axes.Y, 0, predictions.Classes.Count).ForEachRow((row, best, _) =>
        {
            if (pixels.Bits == 8)
                axes.Fill(pixels.Samples8, row, best, number => (byte)(number + 1));
            else
                axes.Fill(pixels.Samples16, row, best, number => (ushort)(number + 1));
        }, cancel);
        return new(patches, pixels, cancel);
    }

    /// <summary>The share of a tile's px whose predicted class is what is there; of what was not predicted none is.</summary>
    /// <exception cref="BadInputException">The tile is of another size, or of other classes.</exception>
    public double ShareRight(PatchMosaic tile)
    {
        if (Size != tile.Image.Size)
            throw new BadInputException($"a map of {Size} px of a tile of {tile.Image.Size} px: expected a map of it at its own resolution");
        var places = tile.PlacesIn(Classes);
        return Enumerable.Range(0, Size.Height).Sum(y => (long)Enumerable.Range(0, Size.Width)
            .Count(x => Pixels[x, y] == 1 + places[tile.ClassAt(x, y)!.Value])) / (double)Size.Area;
    }

    /// <summary>Writes the map as a PNG: the classes' numbers with their colors as palette, or grey of 16 bits for more than 254 classes.</summary>
    public void Save(string path)
    {
        if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"{path}: a map is saved as .png; change the name");
        var file = Pixels.Bits == 8 ? PngFile.EncodeIndexed(Pixels, ["#ffffff", .. Classes.Select(one => Palette.Checked(one.Color)!)]) : Pixels.ToPng();
        WholeFile.Write(path, stream => stream.Write(file));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"Map of {System.IO.Path.GetFileName(Source)} by {Model}: {Size} px at {Frame.Resolution}, "
        + $"{Patches.Table.Count:N0} patches over {100 * Shares.Predicted:0.#} % of it");

    public TextTable ToTable() => Shares.ToTable();
}
