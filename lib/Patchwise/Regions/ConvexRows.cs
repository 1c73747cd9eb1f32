namespace Patchwise;

/// <summary>
/// The convex image of an object as <c>skimage.morphology.convex_hull_image</c> makes it: each pixel counts as the diamond of its four edge middles,
/// and a pixel is in when its middle lies in the convex hull of all diamonds or on its edge. All arithmetic is exact: coordinates are doubled and whole.
/// <code>
///   one side of the hull, rows doubled          Y = 0    2L        the upper middle of the first pixel
///   (L: the first column of a row)              Y = 1    2L - 1    its left middle
///                                               Y = 2    2 min(L, L of the next row)    ...
/// </code>
/// The right side is the left side of the mirrored object.
/// </summary>
readonly struct ConvexRows
{
    readonly int[] _left, _right;

    /// <summary>Number of pixels in the convex image.</summary>
    internal long Pixels { get; }

    internal ConvexRows(RegionRows rows)
    {
        var (left, right) = (new int[rows.Count], new int[rows.Count]);
        for (var y = 0; y < rows.Count; y++)
            (left[y], right[y]) = (rows[y][0].X0, 1 - rows[y][^1].X1);
        (_left, _right) = (Fill(left), Fill(right));
        for (var y = 0; y < rows.Count; y++)
            Pixels += 1L - _right[y] - _left[y];
    }

    /// <summary>
    /// The largest distance between two points of the convex image's outline, which goes through the middles of pixel edges
    /// (skimage takes <c>find_contours</c> of the convex image). The farthest two are corners of the outline's hull.
    /// </summary>
    internal double MaxFeret()
    {
        var corners = Corners(_left);
        foreach (var (x, y) in Corners(_right))
            corners.Add((-x, y));
        var longest = 0L;
        for (var i = 0; i < corners.Count; i++)
            for (var j = 0; j < i; j++)
            {
                var (dx, dy) = (corners[i].X - corners[j].X, corners[i].Y - corners[j].Y);
                longest = Math.Max(longest, dx * dx + dy * dy);
            }
        return Math.Sqrt(longest) / 2;
    }

    /// <summary>The first column of each row whose middle is not left of the hull.</summary>
    static int[] Fill(int[] left)
    {
        var corners = Corners(left);
        var filled = new int[left.Length];
        var next = 1;
        for (var y = 0; y < left.Length; y++)
        {
            var middle = 2L * y + 1;
            while (corners[next].Y < middle)
                next++;
            var ((x0, y0), (x1, y1)) = (corners[next - 1], corners[next]);
            filled[y] = (int)CeilingDivide(x0 * (y1 - y0) + (x1 - x0) * (middle - y0), 2 * (y1 - y0));
        }
        return filled;
    }

    /// <summary>The corners of the left side of the hull, from top to bottom, in doubled coordinates.</summary>
    static List<(long X, long Y)> Corners(int[] left)
    {
        var corners = new List<(long X, long Y)>();
        for (var y = 0; y < left.Length; y++)
        {
            Add(2L * (y == 0 ? left[y] : Math.Min(left[y - 1], left[y])), 2L * y);
            Add(2L * left[y] - 1, 2L * y + 1);
        }
        Add(2L * left[^1], 2L * left.Length);
        return corners;

        void Add(long x, long y)
        {
            while (corners is [.., var before, var last] && (last.Y - before.Y) * (x - before.X) <= (last.X - before.X) * (y - before.Y))
                corners.RemoveAt(corners.Count - 1);
            corners.Add((x, y));
        }
    }

    static long CeilingDivide(long a, long b) => a >= 0 ? (a + b - 1) / b : -(-a / b);
}
