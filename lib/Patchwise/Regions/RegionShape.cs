namespace Patchwise;

/// <summary>What takes an object's outline or moments, in px of the mask it was measured on; <see cref="Region"/> says what each means.</summary>
readonly record struct RegionShape(
    double Perimeter, double Eccentricity, double Major, double Minor, double Orientation, double Solidity, int Euler, double MaxFeret)
{
    /// <param name="runs">The object's, in raster order.</param>
    internal static RegionShape Of(ReadOnlySpan<Run> runs, in RegionBasics basics)
    {
        var rows = new RegionRows(runs);
        var convex = new ConvexRows(rows);
        var (xx, yy, xy) = Moments(runs, basics);
        var spread = Math.Sqrt((xx - yy) * (xx - yy) / 4 + xy * xy);
        var longer = (xx + yy) / 2 + spread;
        // The product of the two is xx * yy - xy * xy, which keeps the digits that their difference loses.
        var shorter = longer > 0 ? Math.Max(0, (xx * yy - xy * xy) / longer) : 0;
        return new(
            Patchwise.Perimeter.Of(rows, basics.Box),
            longer > 0 ? Math.Sqrt(Math.Max(0, 1 - shorter / longer)) : 0,
            4 * Math.Sqrt(longer),
            4 * Math.Sqrt(shorter),
            xx == yy ? (xy > 0 ? -Math.PI / 4 : Math.PI / 4) : 0.5 * Math.Atan2(2 * xy, yy - xx),
            basics.Pixels / (double)convex.Pixels,
            EulerNumber(rows),
            convex.MaxFeret());
    }

    /// <summary>
    /// Variances and covariance of the pixels' columns and rows: n, a sum of squares and the square of a sum are whole, so symmetric objects get exact zeros.
    /// </summary>
    static (double Xx, double Yy, double Xy) Moments(ReadOnlySpan<Run> runs, in RegionBasics basics)
    {
        Int128 x = 0, y = 0, xx = 0, yy = 0, xy = 0;
        foreach (var span in runs)
        {
            // Sums over the run u, u + 1, ... of n columns whose ends add up to e; doubled or twelvefold, which makes them whole.
            var (n, e, v) = (span.Length, span.X0 + span.X1 - 1L - 2L * basics.Box.X0, (long)span.Y - basics.Box.Y0);
            x += n * e;
            y += n * v;
            xx += (Int128)n * (3 * (Int128)e * e + (Int128)n * n - 1);
            yy += (Int128)(n * v) * v;
            xy += (Int128)(n * e) * v;
        }
        Int128 pixels = basics.Pixels;
        var square = (double)basics.Pixels * basics.Pixels;
        return ((double)(pixels * xx - 3 * x * x) / 12 / square, (double)(12 * (pixels * yy - y * y)) / 12 / square, (double)(pixels * xy - x * y)
            / 2 / square);
    }

    /// <summary>Objects less holes, both as 8-connected objects have them: the runs less the pairs that touch from row to row.</summary>
    static int EulerNumber(RegionRows rows)
    {
        var euler = 0;
        for (var y = 0; y < rows.Count; y++)
        {
            var above = rows[y - 1];
            var left = 0;
            foreach (var run in rows[y])
            {
                euler++;
                while (left < above.Length && above[left].X1 < run.X0)
                    left++;
                for (var i = left; i < above.Length && above[i].X0 <= run.X1; i++)
                    euler--;
            }
        }
        return euler;
    }
}
