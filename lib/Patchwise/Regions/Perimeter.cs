namespace Patchwise;

/// <summary>
/// The perimeter as <c>skimage.measure.perimeter</c> with 4 neighbours estimates it (after Benkrid and Crookes): border pixels, those with a side
/// neighbour outside the object, are weighed by how the border runs through their 3 x 3 surroundings. It underestimates thin objects:
/// one pixel or a line of two has perimeter 0.
/// </summary>
static class Perimeter
{
    /// <summary>A border pixel's weight by 2 for each border pixel beside it, above or below, and 10 for each at a corner. Other sums weigh nothing.</summary>
    static readonly double[] Weights = MakeWeights();

    internal static double Of(RegionRows rows)
    {
        var counts = new int[Weights.Length];
        List<int> above = [], row = [], below = [];
        AddBorder(rows, 0, row);
        for (var y = 0; y < rows.Count; y++)
        {
            below.Clear();
            AddBorder(rows, y + 1, below);
            var (a, b) = (0, 0);
            for (var i = 0; i < row.Count; i++)
            {
                var x = row[i];
                var sum = Beside(above, ref a, x) + Beside(below, ref b, x);
                if (i > 0 && row[i - 1] == x - 1)
                    sum += 2;
                if (i + 1 < row.Count && row[i + 1] == x + 1)
                    sum += 2;
                counts[sum]++;
            }
            (above, row, below) = (row, below, above);
        }
        var total = 0.0;
        for (var sum = 0; sum < counts.Length; sum++)
            total += counts[sum] * Weights[sum];
        return total;
    }

    /// <summary>
    /// What the border pixels of a neighbouring row add to the sum of the pixel at <paramref name="x"/>; <paramref name="at"/> moves along that row.
    /// </summary>
    static int Beside(List<int> border, ref int at, int x)
    {
        while (at < border.Count && border[at] < x - 1)
            at++;
        var sum = 0;
        for (var i = at; i < border.Count && border[i] <= x + 1; i++)
            sum += border[i] == x ? 2 : 10;
        return sum;
    }

    /// <summary>
    /// Adds the columns of row <paramref name="y"/> that have a neighbour outside: all but the columns inside a run that runs above and below cover too.
    /// </summary>
    static void AddBorder(RegionRows rows, int y, List<int> border)
    {
        var above = rows[y - 1];
        var below = rows[y + 1];
        var (a, b) = (0, 0);
        foreach (var run in rows[y])
        {
            var x = run.X0;
            while (x < run.X1)
            {
                while (a < above.Length && above[a].X1 <= x)
                    a++;
                while (b < below.Length && below[b].X1 <= x)
                    b++;
                var (covered, end) = a < above.Length && b < below.Length
                    ? (Math.Max(above[a].X0, below[b].X0), Math.Min(Math.Min(above[a].X1, below[b].X1), run.X1 - 1))
                    : (int.MaxValue, 0);
                if (x > run.X0 && covered <= x && x < end)
                    x = end;
                else
                    border.Add(x++);
            }
        }
    }

    static double[] MakeWeights()
    {
        var weights = new double[4 * 2 + 4 * 10 + 1];
        foreach (var straight in (int[])[4, 6, 14, 16, 24, 26])
            weights[straight] = 1;
        foreach (var diagonal in (int[])[20, 32])
            weights[diagonal] = Math.Sqrt(2);
        foreach (var corner in (int[])[12, 22])
            weights[corner] = (1 + Math.Sqrt(2)) / 2;
        return weights;
    }
}
