namespace Patchwise;

/// <summary>Exact Euclidean distances on a pixel grid, in two passes over whole numbers (Meijster, Roerdink and Hesselink 2000).</summary>
static class Distances
{
    /// <summary>
    /// The squared distance of each pixel that is inside to the nearest that is not, 0 for these. What lies beyond the raster is neither: with no pixel outside
    /// at all, distances mean nothing.
    /// </summary>
    internal static long[] Squared(ReadOnlySpan<bool> inside, int width, int height)
    {
        var far = (long)width + height;
        var down = new long[inside.Length];
        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++)
                down[y * width + x] = !inside[y * width + x] ? 0 : y == 0 ? far : Math.Min(far, down[(y - 1) * width + x] + 1);
            for (var y = height - 2; y >= 0; y--)
                down[y * width + x] = Math.Min(down[y * width + x], down[(y + 1) * width + x] + 1);
        }
        // Along each row the lower envelope of the parabolas (x - at)² + down(at)²: which of them is lowest, and from where on.
        var (result, lowest, from) = (new long[inside.Length], new int[width], new int[width]);
        for (var row = 0; row < height; row++)
        {
            var g = down.AsSpan(row * width, width);
            var last = -1;
            for (var at = 0; at < width; at++)
            {
                while (last >= 0 && Parabola(g, lowest[last], from[last]) > Parabola(g, at, from[last]))
                    last--;
                var start = last < 0 ? 0
                    : 1 + ((long)at * at - (long)lowest[last] * lowest[last] + g[at] * g[at] - g[lowest[last]] * g[lowest[last]]) / (2L * (at - lowest[last]));
                if (start < width)
                    (lowest[++last], from[last]) = (at, (int)start);
            }
            for (var x = width - 1; x >= 0; x--)
            {
                result[row * width + x] = Parabola(g, lowest[last], x);
                if (x == from[last])
                    last--;
            }
        }
        return result;

        static long Parabola(ReadOnlySpan<long> g, int at, int x) => (long)(x - at) * (x - at) + g[at] * g[at];
    }
}
