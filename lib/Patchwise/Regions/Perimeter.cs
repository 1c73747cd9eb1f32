namespace Patchwise;

/// <summary>
/// The perimeter as <c>skimage.measure.perimeter</c> with 4 neighbours estimates it (after Benkrid and Crookes): border pixels, those with a side
/// neighbour outside the object, are weighed by how the border runs through their 3 x 3 surroundings. It underestimates thin objects:
/// one pixel or a line of two has perimeter 0.
/// </summary>
static class Perimeter
{
    /// <summary>A border pixel's weight by 2 for each border pixel beside it, above or below, and 10 for each at a corner. Other sums weigh nothing.</summary>
    static double Weight(int sum) => sum switch
    {
        4 or 6 or 14 or 16 or 24 or 26 => 1,
        20 or 32 => Math.Sqrt(2),
        12 or 22 => (1 + Math.Sqrt(2)) / 2,
        _ => 0,
    };

    internal static double Of(RegionRows rows, Box box)
    {
        var counts = new int[4 * 2 + 4 * 10 + 1];
        // Each row has a pixel more on both sides; 1 is inside, or of the border.
        byte[] empty = new byte[box.Width + 2], inside = Inside(rows, 0, box), next = Inside(rows, 1, box);
        byte[] above = empty, border = Border(empty, inside, next);
        for (var y = 0; y < rows.Count; y++)
        {
            var after = Inside(rows, y + 2, box);
            var below = Border(inside, next, after);
            for (var x = 1; x <= box.Width; x++)
                if (border[x] != 0)
                    counts[2 * (border[x - 1] + border[x + 1] + above[x] + below[x])
                        + 10 * (above[x - 1] + above[x + 1] + below[x - 1] + below[x + 1])]++;
            (above, border, inside, next) = (border, below, next, after);
        }
        return counts.Index().Sum(one => one.Item * Weight(one.Index));
    }

    static byte[] Inside(RegionRows rows, int y, Box box)
    {
        var row = new byte[box.Width + 2];
        foreach (var run in rows[y])
            row.AsSpan(run.X0 - box.X0 + 1, run.Length).Fill(1);
        return row;
    }

    static byte[] Border(byte[] above, byte[] row, byte[] below)
    {
        var border = new byte[row.Length];
        for (var x = 1; x < row.Length - 1; x++)
            border[x] = (byte)(row[x] & ~(row[x - 1] & row[x + 1] & above[x] & below[x]));
        return border;
    }
}
