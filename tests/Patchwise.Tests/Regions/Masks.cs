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

    /// <summary>The label of each pixel, row by row, by flood fill; 0 is background.</summary>
    internal static int[] Flood(Raster mask)
    {
        var labels = new int[mask.Width * mask.Height];
        var count = 0;
        for (var y = 0; y < mask.Height; y++)
            for (var x = 0; x < mask.Width; x++)
            {
                if (labels[y * mask.Width + x] != 0 || mask[x, y] == 0)
                    continue;
                var open = new Stack<(int X, int Y)>([(x, y)]);
                labels[y * mask.Width + x] = ++count;
                while (open.TryPop(out var at))
                    for (var ny = Math.Max(0, at.Y - 1); ny <= Math.Min(mask.Height - 1, at.Y + 1); ny++)
                        for (var nx = Math.Max(0, at.X - 1); nx <= Math.Min(mask.Width - 1, at.X + 1); nx++)
                            if (labels[ny * mask.Width + nx] == 0 && mask[nx, ny] == mask[x, y])
                            {
                                labels[ny * mask.Width + nx] = count;
                                open.Push((nx, ny));
                            }
            }
        return labels;
    }
}
