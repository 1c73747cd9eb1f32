namespace Patchwise.Tests;

/// <summary>
/// The obvious resampling: for each output sample the sum over all source pixels by the formulas of OpenCV's documentation, in double precision.
/// </summary>
static class SlowResize
{
    internal static Raster Run(Raster source, PixelSize size, ResizeMethod method)
    {
        var result = new Raster(size.Width, size.Height, source.Channels, source.Bits);
        var covers = size.Width <= source.Width && size.Height <= source.Height;
        var columns = Enumerable.Range(0, size.Width).Select(x => Weights(method, source.Width, size.Width, x, covers)).ToArray();
        for (var y = 0; y < size.Height; y++)
        {
            var down = Weights(method, source.Height, size.Height, y, covers);
            for (var x = 0; x < size.Width; x++)
                for (var c = 0; c < source.Channels; c++)
                {
                    var sum = 0.0;
                    foreach (var (sy, wy) in down)
                        foreach (var (sx, wx) in columns[x])
                            sum += wy * wx * source[Math.Clamp(sx, 0, source.Width - 1), Math.Clamp(sy, 0, source.Height - 1), c];
                    var index = (y * size.Width + x) * source.Channels + c;
                    if (source.Bits == 8)
                        result.Samples8[index] = (byte)Math.Clamp(Math.Round(sum), 0, 255);
                    else
                        result.Samples16[index] = (ushort)Math.Clamp(Math.Round(sum), 0, 65535);
                }
        }
        return result;
    }

    static List<(int Pixel, double Weight)> Weights(ResizeMethod method, int from, int to, int i, bool covers)
    {
        var scale = 1 / ((double)to / from);
        var centre = (double)(float)((i + 0.5) * scale - 0.5);
        switch (method)
        {
            case ResizeMethod.Nearest:
                return [((int)Math.Floor(i * scale), 1)];
            case ResizeMethod.Area when covers:
                var exact = (double)from / to;
                return [.. from s in Enumerable.Range(0, @from)
                        let share = Math.Min(s + 1, (i + 1) * exact) - Math.Max(s, i * exact)
                        where share > 1e-9
                        select (s, share / exact)];
            case ResizeMethod.Area:
                var pixel = (int)Math.Floor(i * scale);
                var reach = i + 1 - (pixel + 1) * ((double)to / from);
                var blend = reach <= 1e-9 ? 0 : reach - Math.Floor(reach);
                return [(pixel, 1 - blend), (pixel + 1, blend)];
            case ResizeMethod.Linear:
                return Around(centre, 1, t => 1 - t);
            case ResizeMethod.Cubic:
                return Around(centre, 2, t => t <= 1 ? 1.25 * t * t * t - 2.25 * t * t + 1 : -0.75 * (t * t * t - 5 * t * t + 8 * t - 4));
            default:
                return Around(centre, 4, t => t == 0 ? 1 : Math.Sin(Math.PI * t) / (Math.PI * t) * Math.Sin(Math.PI * t / 4) / (Math.PI * t / 4));
        }
    }

    static List<(int, double)> Around(double centre, int reach, Func<double, double> kernel)
    {
        var taps = new List<(int Pixel, double Weight)>();
        for (var s = (int)Math.Floor(centre) - reach + 1; s <= (int)Math.Floor(centre) + reach; s++)
            taps.Add((s, kernel(Math.Abs(s - centre))));
        var sum = taps.Sum(t => t.Weight);
        return [.. taps.Select(t => (t.Pixel, t.Weight / sum))];
    }
}
