namespace Patchwise;

/// <summary>
/// The borders of places as horizontal and vertical lines, those that go on in one another as one: a grid of a million patches has some thousand, and none is
/// drawn twice, however many patches share it.
/// </summary>
sealed class BorderLines
{
    readonly Dictionary<double, List<(double From, double To)>> _rows = [], _columns = [];

    internal bool IsEmpty => _rows.Count + _columns.Count == 0;

    internal BorderLines Box(double x0, double y0, double x1, double y1)
    {
        Add(_rows, y0, x0, x1);
        Add(_rows, y1, x0, x1);
        Add(_columns, x0, y0, y1);
        Add(_columns, x1, y0, y1);
        return this;
    }

    /// <summary>Around the cells that are inside; <paramref name="x"/> and <paramref name="y"/> are the edges between cells, one more than there are.</summary>
    internal static BorderLines Around(double[] x, double[] y, Func<int, int, bool> inside)
    {
        var outline = new BorderLines();
        bool Inside(int column, int row) => column >= 0 && row >= 0 && column < x.Length - 1 && row < y.Length - 1 && inside(column, row);
        for (var row = 0; row < y.Length; row++)
            for (var column = 0; column < x.Length; column++)
            {
                if (column < x.Length - 1 && Inside(column, row) != Inside(column, row - 1))
                    Add(outline._rows, y[row], x[column], x[column + 1]);
                if (row < y.Length - 1 && Inside(column, row) != Inside(column - 1, row))
                    Add(outline._columns, x[column], y[row], y[row + 1]);
            }
        return outline;
    }

    static void Add(Dictionary<double, List<(double, double)>> lines, double at, double from, double to)
    {
        if (!lines.TryGetValue(at, out var parts))
            lines[at] = parts = [];
        parts.Add((from, to));
    }

    /// <summary>From end to end, with a null after each line.</summary>
    internal (double?[] X, double?[] Y) Lines()
    {
        List<double?> x = [], y = [];
        foreach (var (lines, along, across) in new[] { (_rows, x, y), (_columns, y, x) })
            foreach (var (at, parts) in lines)
                foreach (var (from, to) in Joined(parts))
                {
                    along.AddRange([from, to, null]);
                    across.AddRange([at, at, null]);
                }
        return ([.. x], [.. y]);
    }

    static IEnumerable<(double From, double To)> Joined(List<(double From, double To)> parts)
    {
        var current = (From: double.NaN, To: double.NaN);
        foreach (var part in parts.Order())
            if (part.From <= current.To)
                current.To = Math.Max(current.To, part.To);
            else
            {
                if (!double.IsNaN(current.To))
                    yield return current;
                current = part;
            }
        yield return current;
    }
}
