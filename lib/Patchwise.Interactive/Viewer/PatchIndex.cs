namespace Patchwise;

/// <summary>
/// Where the patches of one slide lie, so that those in a box are found without looking at all: cells of a raster hold the patches whose corner lies in
/// them, row by row of cells, so that what a box needs of a row of cells is one stretch. Memory: 24 bytes a patch, 4 a cell.
/// </summary>
sealed class PatchIndex
{
    const int MostCellsASide = 2048;

    readonly PredictionTable _table;
    readonly int _x0, _y0, _cell, _across, _down;
    readonly int[] _starts, _rows;
    readonly Mark[] _marks;

    /// <summary>What a patch is where it is no larger than a px: its middle, and what filters ask. Label -1: not known.</summary>
    internal readonly record struct Mark(int X, int Y, int Class, float Probability, int Label);

    /// <summary>The rows of patches in the order of cells.</summary>
    internal ReadOnlySpan<int> Rows => _rows;

    /// <summary>In the order of <see cref="Rows"/>.</summary>
    internal ReadOnlySpan<Mark> Marks => _marks;

    /// <summary>The largest patch, in px of level 0.</summary>
    internal PixelSize Largest { get; }

    internal PatchIndex(PredictionTable table)
    {
        (_table, _x0, _y0) = (table, int.MaxValue, int.MaxValue);
        var (x1, y1, width, height) = (int.MinValue, int.MinValue, 1, 1);
        foreach (var patch in table)
        {
            var box = patch.Level0;
            (_x0, _y0, x1, y1) = (Math.Min(_x0, box.X0), Math.Min(_y0, box.Y0), Math.Max(x1, box.X0), Math.Max(y1, box.Y0));
            (width, height) = (Math.Max(width, box.Width), Math.Max(height, box.Height));
        }
        Largest = new(width, height);
        if (table.Count == 0)
            (_x0, _y0, x1, y1) = (0, 0, 0, 0);
        _cell = (int)Math.Max(Math.Max(width, height), Math.Max((long)x1 - _x0, (long)y1 - _y0) / MostCellsASide + 1);
        (_across, _down) = ((int)(((long)x1 - _x0) / _cell) + 1, (int)(((long)y1 - _y0) / _cell) + 1);
        (_starts, _rows, _marks) = (new int[_across * _down + 1], new int[table.Count], new Mark[table.Count]);
        foreach (var patch in table)
            _starts[CellOf(patch.Level0) + 1]++;
        for (var i = 1; i < _starts.Length; i++)
            _starts[i] += _starts[i - 1];
        var next = _starts[..^1];
        for (var row = 0; row < table.Count; row++)
        {
            var (patch, place) = (table[row], next[CellOf(table[row].Level0)]++);
            var (middleX, middleY) = (((long)patch.Level0.X0 + patch.Level0.X1) / 2, ((long)patch.Level0.Y0 + patch.Level0.Y1) / 2);
            (_rows[place], _marks[place]) = (row, new((int)middleX, (int)middleY, patch.Class, patch.Probability, patch.Label ?? -1));
        }
    }

    int CellOf(Box box) => (int)(((long)box.Y0 - _y0) / _cell) * _across + (int)(((long)box.X0 - _x0) / _cell);

    /// <summary>The rows of patches that have a px in common with the box, in px of level 0.</summary>
    internal IEnumerable<int> In(long x0, long y0, long x1, long y1)
    {
        foreach (var (from, to) in Stretches(x0, y0, x1, y1))
            for (var i = from; i < to; i++)
                if (_table[_rows[i]].Level0 is var box && box.X0 < x1 && box.X1 > x0 && box.Y0 < y1 && box.Y1 > y0)
                    yield return _rows[i];
    }

    /// <summary>Where in <see cref="Rows"/> all patches stand that have a px in common with the box, and some beside it.</summary>
    internal IEnumerable<(int From, int To)> Stretches(long x0, long y0, long x1, long y1)
    {
        var (left, right) = (Cell(x0 - Largest.Width + 1 - _x0, _across), Cell(x1 - 1 - _x0, _across));
        for (int y = Cell(y0 - Largest.Height + 1 - _y0, _down), bottom = Cell(y1 - 1 - _y0, _down); y <= bottom; y++)
            yield return (_starts[y * _across + left], _starts[y * _across + right + 1]);
    }

    int Cell(long place, int count) => (int)Math.Clamp(place / _cell, 0, count - 1);

    /// <summary>The patch at a point in px of level 0: of several the one whose middle is nearest, of equal ones the first; null where there is none.</summary>
    internal int? At(double x, double y)
    {
        if (!(Math.Abs(x) <= int.MaxValue && Math.Abs(y) <= int.MaxValue))
            return null;
        var (px, py) = ((long)Math.Floor(x), (long)Math.Floor(y));
        return In(px, py, px + 1, py + 1).Select(row => (int?)row).OrderBy(row => _table[row!.Value].Level0 is var box
            ? Square(x - (box.X0 + (double)box.X1) / 2) + Square(y - (box.Y0 + (double)box.Y1) / 2) : 0).ThenBy(row => row).FirstOrDefault();
    }

    static double Square(double value) => value * value;
}
