using System.Globalization;

namespace Patchwise.Tests;

/// <summary>Squares of two classes on images of their own: coarse and fine stripes, which few pixels cannot tell apart, and a table of their centres.</summary>
sealed class SignalSubject : IDisposable
{
    const int Side = 16, Pitch = 48, Across = 5;
    readonly TemporaryFolder _folder = new();

    /// <param name="mpp">Of the images; null: not known.</param>
    internal SignalSubject(string coarse = "coarse", double? mpp = null, int images = 8)
    {
        var (random, quoted) = (new Random(4), $"\"{coarse.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        var table = new List<string> { "image,x,y,class" };
        for (var i = 0; i < images; i++)
        {
            var image = new Raster(Pitch * Across, Pitch * Across, 3) { Mpp = mpp is { } known ? new Mpp(known) : null };
            image.Samples8.Fill(120);
            for (var place = 0; place < Across * Across; place++)
            {
                var (x0, y0, fine) = (place % Across * Pitch + 16, place / Across * Pitch + 16, place % 2 == 0);
                for (var y = 0; y < Side; y++)
                    for (var x = 0; x < Side; x++)
                        for (var c = 0; c < 3; c++)
                            image.Samples8[((y0 + y) * image.Width + x0 + x) * 3 + c] = (byte)((x / (fine ? 1 : 4) % 2 == 0 ? 200 : 60) + random.Next(-30, 30));
                table.Add(string.Create(CultureInfo.InvariantCulture, $"{i}.png,{x0 + 8},{y0 + 8},{(fine ? "fine" : quoted)}"));
            }
            _folder.Write(FormattableString.Invariant($"{i}.png"), image.ToPng());
        }
        _folder.Write("cells.csv", string.Join('\n', table));
    }

    internal string Folder => _folder.Path;

    internal ImageSet Open(double? magnification = 40) => ImageSet.OpenObjectsWith(null, _folder.Path, new(Side: Side), magnification);

    internal SignalTest Test(double? magnification = 40, Func<SignalOptions, SignalOptions>? change = null)
    {
        var set = Open(magnification);
        var options = new SignalOptions { Factors = [1, 0.5, 0.25], Fields = [16, 24, 32], Inputs = [16, 32], Reference = 48, Objects = 100, Repeats = 2 };
        return SignalTest.Of(SignalObjects.Of(set, RegionTable.Measure(set)), new Stripes(), change?.Invoke(options) ?? options, CancellationToken.None);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Means and differences of neighbours, in place of a network.</summary>
    sealed class Stripes : ISignalFeatures
    {
        public string Name => "stripes";

        public string Digest => "stripes 1";

        public IReadOnlyList<int> Inputs(IReadOnlyList<int> asked) => asked;

        public IReadOnlyList<int> Parts(int input) => [3];

        public float[][] Of(IReadOnlyList<Raster> patches, CancellationToken cancel) => [.. patches.Select(patch =>
        {
            double Apart(int by) => Enumerable.Range(0, patch.Height).Average(y => Enumerable.Range(0, patch.Width - by)
                .Average(x => Math.Abs(patch[x, y] - patch[x + by, y])));
            return (float[])[(float)Apart(1), (float)Apart(2), (float)Apart(4)];
        })];

        public long? MultiplyAdds(int input) => 1_000_000L * input * input;
    }
}
