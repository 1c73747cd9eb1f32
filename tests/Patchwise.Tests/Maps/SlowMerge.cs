namespace Patchwise.Tests;

/// <summary>The plain twin of <see cref="PredictionMap"/>: every patch added to every pixel that it covers.</summary>
static class SlowMerge
{
    /// <summary>For each px of the map and class the mean probability; NaN where nothing was predicted.</summary>
    internal static double[,,] Means(PredictionTable table, PixelSize size, MapRule rule = MapRule.Plain)
    {
        var predicted = table.Sources[0].Frame!.Size;
        double fx = size.Width / (double)predicted.Width, fy = size.Height / (double)predicted.Height;
        if (rule == MapRule.Toolbox14)
            (fx, fy) = (fy, fx);
        var classes = table.Classes.Count;
        var sums = new double[size.Height, size.Width, classes];
        var counts = new int[size.Height, size.Width];
        for (var row = 0; row < table.Count; row++)
        {
            var box = table[row].Box;
            for (var y = 0; y < size.Height; y++)
                for (var x = 0; x < size.Width; x++)
                    if (x >= Math.Ceiling(box.X0 * fx) && x < Math.Ceiling(box.X1 * fx) && y >= Math.Ceiling(box.Y0 * fy) && y < Math.Ceiling(box.Y1 * fy))
                    {
                        counts[y, x]++;
                        for (var c = 0; c < classes; c++)
                            sums[y, x, c] += table.HasProbabilities ? table.Probabilities(row)[c] : table[row].Class == c ? 1 : 0;
                    }
        }
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
                for (var c = 0; c < classes; c++)
                    sums[y, x, c] = counts[y, x] == 0 ? double.NaN : sums[y, x, c] / counts[y, x];
        return sums;
    }

    internal static int[,] Map(PredictionTable table, PixelSize size, MapRule rule = MapRule.Plain)
    {
        var means = Means(table, size, rule);
        var map = new int[size.Height, size.Width];
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
                for (var (c, best) = (0, double.NegativeInfinity); c < table.Classes.Count; c++)
                    if (means[y, x, c] > best)
                        (best, map[y, x]) = (means[y, x, c], c + 1);
        return map;
    }

    internal static int[,] Numbers(Raster pixels)
    {
        var map = new int[pixels.Height, pixels.Width];
        for (var y = 0; y < pixels.Height; y++)
            for (var x = 0; x < pixels.Width; x++)
                map[y, x] = pixels[x, y];
        return map;
    }
}
