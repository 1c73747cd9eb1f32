namespace Patchwise.Tests.Regions;

/// <summary>Masks to measure, and the plain way to do it.</summary>
static class Masks
{
    /// <summary>Discs, lines and single pixels of a few values over noise of the given density.</summary>
    internal static Raster Random(int seed, int width, int height, int bits = 8, double noise = 0.1, int values = 3)
    {
        var random = new Random(seed);
        var samples = new ushort[width * height];
        var scale = bits == 8 ? 255 / values : 65535 / values;
        for (var i = 0; i < samples.Length; i++)
            samples[i] = random.NextDouble() < noise ? (ushort)(random.Next(1, values + 1) * scale) : (ushort)0;
        for (var n = width * height / 400; n > 0; n--)
        {
            var (cx, cy, rx, ry) = (random.Next(width), random.Next(height), 1 + random.NextDouble() * 12, 1 + random.NextDouble() * 12);
            var value = (ushort)(random.Next(0, values + 1) * scale);
            for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++)
                    if ((x - cx) * (x - cx) / rx / rx + (y - cy) * (y - cy) / ry / ry < 1)
                        samples[y * width + x] = value;
        }
        return bits == 8
            ? Raster.FromSamples(width, height, 1, Array.ConvertAll(samples, value => (byte)value))
            : Raster.FromSamples(width, height, 1, samples);
    }

    /// <summary>From rows of digits; other characters are background.</summary>
    internal static Raster Of(params string[] rows) =>
        Raster.FromSamples(rows[0].Length, rows.Length, 1, (byte[])[.. rows.SelectMany(row => row.Select(c => char.IsDigit(c) ? (byte)(c - '0') : (byte)0))]);

    internal static Raster Map(Raster mask, int width, int height, Func<int, int, int> value)
    {
        var samples = new ushort[width * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                samples[y * width + x] = (ushort)value(x, y);
        return mask.Bits == 8 ? Raster.FromSamples(width, height, 1, Array.ConvertAll(samples, v => (byte)v)) : Raster.FromSamples(width, height, 1, samples);
    }

    internal static Raster Transpose(Raster mask) => Map(mask, mask.Height, mask.Width, (x, y) => mask[y, x]);

    /// <summary>The pixels of each object, in raster order, by flood fill.</summary>
    internal static List<List<(int X, int Y)>> Flood(Raster mask)
    {
        var seen = new bool[mask.Width, mask.Height];
        var objects = new List<List<(int X, int Y)>>();
        for (var y = 0; y < mask.Height; y++)
            for (var x = 0; x < mask.Width; x++)
            {
                if (seen[x, y] || mask[x, y] == 0)
                    continue;
                var pixels = new List<(int X, int Y)>();
                var open = new Stack<(int X, int Y)>([(x, y)]);
                seen[x, y] = true;
                while (open.TryPop(out var at))
                {
                    pixels.Add(at);
                    for (var ny = Math.Max(0, at.Y - 1); ny <= Math.Min(mask.Height - 1, at.Y + 1); ny++)
                        for (var nx = Math.Max(0, at.X - 1); nx <= Math.Min(mask.Width - 1, at.X + 1); nx++)
                            if (!seen[nx, ny] && mask[nx, ny] == mask[x, y])
                            {
                                seen[nx, ny] = true;
                                open.Push((nx, ny));
                            }
                }
                objects.Add([.. pixels.OrderBy(p => p.Y).ThenBy(p => p.X)]);
            }
        return objects;
    }
}
