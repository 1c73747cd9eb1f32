namespace Patchwise;

/// <summary>
/// The mean probability of one class over a tile or slide, as an image of it; shown from dark blue for 0 to yellow for 1, white where nothing was predicted.
/// </summary>
public sealed class ProbabilityMap
{
    readonly float[] _values;

    internal PlacedPatches Patches { get; }

    internal int Index { get; }

    public ClassInfo Class => Patches.Table.Classes[Index];

    /// <summary>The tile or slide.</summary>
    public string Source => Patches.Source.Name;

    /// <summary>The tile or slide at the map's resolution.</summary>
    public SlideFrame Frame => Patches.Frame;

    public PixelSize Size => Frame.Size;

    /// <summary>0 to 1, row by row; NaN where nothing was predicted.</summary>
    public ReadOnlySpan<float> Values => _values;

    public float this[int x, int y] => (uint)x < (uint)Size.Width && (uint)y < (uint)Size.Height ? _values[y * Size.Width + x]
        : throw new ArgumentOutOfRangeException(nameof(x), $"({x}, {y}) lies outside a map of {Size} px");

    ProbabilityMap(PlacedPatches patches, int index, float[] values) => (Patches, Index, _values) = (patches, index, values);

    /// <summary>As <see cref="PredictionMap.Of"/>; the map takes 4 bytes a px.</summary>
    /// <param name="name">Of the class.</param>
    /// <exception cref="BadInputException">Also: no class of that name, or a table without probabilities.</exception>
    public static ProbabilityMap Of(PredictionTable predictions, string name, MapOptions options, CancellationToken cancel)
    {
        var index = predictions.Classes.Index().Where(one => one.Item.Name == name).Select(one => one.Index).DefaultIfEmpty(-1).First();
        if (index < 0)
            throw new BadInputException(
                $"no class '{name}' in {predictions.Model}: expected "
                    + $"{string.Join(", ", predictions.Classes.Take(20).Select(one => one.Name))}{(predictions.Classes.Count > 20 ? ", ..." : "")}");
        if (!predictions.HasProbabilities)
            throw new BadInputException($"a map of the probability of {name} from predictions without probabilities: predict again and keep them");
        var patches = PlacedPatches.On(predictions, options, cancel);
        var size = patches.Frame.Size;
        if (size.Area > Array.MaxLength)
            throw new BadInputException(FormattableString.Invariant(
                $"a map of {size} px: expected at most {Array.MaxLength:N0} px; ask for a coarser resolution"));
        var values = new float[size.Area];
        var axes = patches.Axes();
        new Averages(patches, axes.X, axes.Y, index, 1).ForEachRow((row, _, mean) => axes.Fill(values.AsSpan(), row, mean, value => value), cancel);
        return new(patches, index, values);
    }

    /// <summary>Writes the map as a grey PNG of 16 bits: 0 where nothing was predicted, else 1 + 65534 times the probability, rounded.</summary>
    public void Save(string path)
    {
        if (!path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"{path}: a map is saved as .png; change the name");
        var grey = new Raster(Size.Width, Size.Height, 1, 16) { Mpp = Frame.Mpp };
        var samples = grey.Samples16;
        for (var i = 0; i < samples.Length; i++)
            samples[i] = float.IsNaN(_values[i]) ? (ushort)0 : (ushort)(1 + Math.Round(65534.0 * Math.Min(_values[i], 1)));
        grey.Save(path);
    }

    /// <summary>The map in its colors, from dark blue for 0 to yellow for 1, white where nothing was predicted.</summary>
    public byte[] ToPng() => PngFile.EncodeIndexed(InSteps(), ["#ffffff", .. StepColors]);

    /// <summary>Shades in which a map is shown, finer than a screen's 256 tell apart over an image.</summary>
    const int Steps = 200;

    /// <summary>The colors of <see cref="InSteps"/>, but for its 0.</summary>
    internal static IEnumerable<string> StepColors => Enumerable.Range(0, Steps + 1).Select(step => Palette.HeatAt(step / (double)Steps));

    /// <summary>0 where nothing was predicted, else one more than the probability in steps.</summary>
    internal Raster InSteps()
    {
        var steps = new Raster(Size.Width, Size.Height, 1) { Mpp = Frame.Mpp };
        var samples = steps.Samples8;
        for (var i = 0; i < samples.Length; i++)
            samples[i] = float.IsNaN(_values[i]) ? (byte)0 : (byte)(1 + Math.Round(Math.Min(_values[i], 1) * Steps));
        return steps;
    }

    public override string ToString() => FormattableString.Invariant(
        $"Probability of {Class.Name} on {System.IO.Path.GetFileName(Source)} by {Patches.Table.Model}: {Size} px at {Frame.Resolution}");
}
