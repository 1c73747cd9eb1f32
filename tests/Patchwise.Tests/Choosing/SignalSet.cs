namespace Patchwise.Tests;

/// <summary>
/// Made-up images for the signal test, in memory: each of 4 x 3 cells with an object in its middle, whose class decides how the cell is painted.
/// </summary>
static class SignalSet
{
    internal const int Columns = 4, Rows = 3;

    /// <param name="paint">For a class, the brightness (0..255) at x and y from the middle of the cell; noise comes on top.</param>
    internal static SignalObjects Of(int images, int cell, Func<int, Random, Func<int, int, double>> paint, int classes = 2, double noise = 20,
        double magnification = 40)
    {
        var (made, objects) = (new List<SignalImage>(), new List<SignalObject>());
        for (var image = 0; image < images; image++)
        {
            var random = new Random(1000 * classes + image);
            var (width, height, name) = (Columns * cell, Rows * cell, $"image{image}");
            var samples = new byte[width * height * 3];
            for (var at = 0; at < Columns * Rows; at++)
            {
                var (left, top, label) = (at % Columns * cell, at / Columns * cell, (at + image) % classes);
                var painted = paint(label, random);
                for (var y = 0; y < cell; y++)
                    for (var x = 0; x < cell; x++)
                        samples.AsSpan(((top + y) * width + left + x) * 3, 3)
                            .Fill((byte)Math.Clamp(painted(x - cell / 2, y - cell / 2) + noise * (random.NextDouble() - 0.5), 0, 255));
                objects.Add(new(name, left + cell / 2 - 0.5, top + cell / 2 - 0.5, 16, $"class{label}", name) { IsCentre = true });
            }
            var raster = Raster.FromSamples(width, height, 3, samples);
            made.Add(new(name, raster.Size, new(magnification), null, () => Slide.Of(raster, name), false));
        }
        return new("made up", made, objects);
    }

    /// <summary>Upright stripes and lying ones, of a period in px.</summary>
    /// <param name="degrees">Their phase in the middle of the cell; null: any.</param>
    internal static SignalObjects Stripes(int images, double period, int cell = 32, double? degrees = null) => Of(images, cell, (label, random) =>
    {
        var phase = 2 * Math.PI * (degrees / 360 ?? random.NextDouble());
        return (x, y) => 128 + 80 * Math.Sin(2 * Math.PI * (label == 0 ? x : y) / period + phase);
    });
}

/// <summary>The mean of a patch and how much neighbours at several distances differ, over all of it and its middle: a network of four filters.</summary>
sealed class FilterBank : ISignalFeatures
{
    static readonly int[] Lags = [1, 2, 4];
    int _patches;

    internal int Patches => _patches;
    internal Action<int> Called { get; init; } = _ => { };
    public string Name => "filter bank";
    public string Digest { get; init; } = "filters 1";
    public IReadOnlyList<int> Inputs(IReadOnlyList<int> asked) => asked;
    public IReadOnlyList<int> Parts(int input) => [1 + 2 * Lags.Length, 1 + 2 * Lags.Length];
    public long? MultiplyAdds(int input) => 10L * input * input;

    public float[][] Of(IReadOnlyList<Raster> patches, CancellationToken cancel)
    {
        Called(Interlocked.Add(ref _patches, patches.Count));
        cancel.ThrowIfCancellationRequested();
        return [.. patches.Select(patch => (float[])[.. Of(patch, 0), .. Of(patch, patch.Width / 4)])];
    }

    static IEnumerable<float> Of(Raster patch, int margin)
    {
        var (bytes, side) = (patch.AsBytes().ToArray(), patch.Width);
        double Mean(int dx, int dy, Func<int, int, double> of)
        {
            var (sum, count) = (0.0, 0);
            for (var y = margin; y < side - margin - dy; y++)
                for (var x = margin; x < side - margin - dx; x++, count++)
                    sum += of(bytes[(y * side + x) * 3], bytes[((y + dy) * side + x + dx) * 3]);
            return count == 0 ? 0 : sum / count;
        }
        yield return (float)Mean(0, 0, (one, _) => one);
        foreach (var lag in Lags)
        {
            yield return (float)Mean(lag, 0, (one, other) => Math.Abs(one - other));
            yield return (float)Mean(0, lag, (one, other) => Math.Abs(one - other));
        }
    }
}
