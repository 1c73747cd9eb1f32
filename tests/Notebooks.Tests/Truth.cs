using System.Globalization;
using Patchwise;

namespace Notebooks.Tests;

/// <summary>An object of a mask, in px of the mask.</summary>
sealed record TrueObject(string Image, int Width, int Height, int Area, int X0, int Y0, int X1, int Y1, double Cx, double Cy)
{
    internal int Side => Math.Max(X1 - X0, Y1 - Y0);

    /// <summary>Side of the smallest square around the centroid that holds the box.</summary>
    internal double Needs => 2 * Math.Max(Math.Max(Cx + 0.5 - X0, X1 - Cx - 0.5), Math.Max(Cy + 0.5 - Y0, Y1 - Cy - 0.5)) - 1e-9;

    internal bool IsAwayFromEdge(double px) => X0 >= px && X1 <= Width - px && Y0 >= px && Y1 <= Height - px;
}

/// <summary>The objects of the embedded masks, found by filling them pixel by pixel: nothing of the library's measuring is used.</summary>
static class Truth
{
    internal static string Data { get; } = Repository.Path("notebooks", "data", "dsb2018-nuclei");

    /// <summary>Name of the image, its files, and the number of objects that its annotators drew.</summary>
    internal static (string Name, string Image, string Mask, int Instances)[] Index { get; } =
        [.. File.ReadLines(Path.Combine(Data, "index.csv")).Skip(1).Select(line => line.Split(',')).Select(f =>
            (Path.GetFileNameWithoutExtension(f[0]), Path.Combine(Data, f[0]), Path.Combine(Data, f[1]), int.Parse(f[5], CultureInfo.InvariantCulture)))];

    internal static IReadOnlyList<TrueObject> Objects { get; } = [.. Index.SelectMany(entry => Of(entry.Name, entry.Mask))];

    internal static TrueObject[] AwayFromEdge(double px) => [.. Objects.Where(o => o.IsAwayFromEdge(px))];

    internal static IEnumerable<TrueObject> Of(string name, string maskFile)
    {
        var mask = Raster.Load(maskFile);
        var seen = new bool[mask.Width, mask.Height];
        for (var y = 0; y < mask.Height; y++)
            for (var x = 0; x < mask.Width; x++)
                if (!seen[x, y] && mask[x, y] != 0)
                    yield return Fill(name, mask, seen, x, y);
    }

    static TrueObject Fill(string name, Raster mask, bool[,] seen, int x, int y)
    {
        var value = mask[x, y];
        List<(int X, int Y)> pixels = [(x, y)];
        seen[x, y] = true;
        for (var i = 0; i < pixels.Count; i++)
            for (var dy = -1; dy <= 1; dy++)
                for (var dx = -1; dx <= 1; dx++)
                {
                    var (nx, ny) = (pixels[i].X + dx, pixels[i].Y + dy);
                    if (nx < 0 || ny < 0 || nx >= mask.Width || ny >= mask.Height || seen[nx, ny] || mask[nx, ny] != value)
                        continue;
                    seen[nx, ny] = true;
                    pixels.Add((nx, ny));
                }
        return new(name, mask.Width, mask.Height, pixels.Count, pixels.Min(p => p.X), pixels.Min(p => p.Y), pixels.Max(p => p.X) + 1, pixels.Max(p => p.Y) + 1,
            pixels.Average(p => p.X), pixels.Average(p => p.Y));
    }

    /// <summary>Interpolated between neighbours, as numpy's default.</summary>
    internal static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToArray();
        var at = percent / 100 * (sorted.Length - 1);
        var (low, high) = (sorted[(int)Math.Floor(at)], sorted[(int)Math.Ceiling(at)]);
        return low + (high - low) * (at - Math.Floor(at));
    }
}
