namespace Patchwise;

/// <summary>What one pass over the runs tells of an object, in px of the mask it was measured on.</summary>
/// <param name="FirstX">Column of the first pixel in raster order; its row is the box's Y0.</param>
/// <param name="Cx">Mean of the pixels' columns, counted from 0 at the middle of the first.</param>
readonly record struct RegionBasics(long Value, long Pixels, Box Box, int? FirstX, double Cx, double Cy)
{
    internal static RegionBasics Of(ReadOnlySpan<Run> runs)
    {
        var (first, pixels, x0, x1, y) = (runs[0], 0L, int.MaxValue, 0, 0L);
        // Columns are summed doubled, which keeps them whole: a run's sum is its length times the mean of its ends.
        Int128 twiceX = 0;
        foreach (var run in runs)
        {
            pixels += run.Length;
            (x0, x1) = (Math.Min(x0, run.X0), Math.Max(x1, run.X1));
            twiceX += (long)run.Length * (run.X0 + run.X1 - 1L);
            y += (long)run.Length * run.Y;
        }
        return new(first.Value, pixels, new(x0, first.Y, x1, runs[^1].Y + 1), first.X0, (double)twiceX / 2 / pixels, (double)y / pixels);
    }
}
