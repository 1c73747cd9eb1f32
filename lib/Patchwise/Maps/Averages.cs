namespace Patchwise;

/// <summary>
/// Means of the probabilities of overlapping patches, row by row of a map's cells:
/// <code>
///   a patch of columns 1 to 3 adds  p at 1 and takes it away at 4     0  p  0  0 -p
///   running along the row gives its part of each cell                 0  p  p  p  0
/// </code>
/// A row takes the time of its patches' ends and its cells, not of the patches' areas. The sums are whole numbers, so that they are the same in whatever order
/// and bands they are made: probabilities in units of 2^-32, which single precision keeps exactly from 1/256 up.
/// </summary>
sealed class Averages
{
    const double Unit = 1L << 32;

    readonly PredictionTable _table;
    readonly MapAxis _x, _y;
    readonly int _first, _classes;
    readonly (int X0, int X1, int Y0, int Y1)[] _cells;

    /// <summary>Patches by the row where they begin and by the row before which they end.</summary>
    readonly (int[] Offsets, int[] Patches) _begin, _end;

    /// <param name="row">Of cells.</param>
    /// <param name="best">For each column the class of the highest mean, of equal ones the first; -1 where nothing was predicted.</param>
    /// <param name="mean">The mean probability of that class.</param>
    internal delegate void Row(int row, ReadOnlySpan<int> best, ReadOnlySpan<float> mean);

    int Stride => _classes + 1;

    /// <param name="first">The first of <paramref name="classes"/> classes that are looked at.</param>
    internal Averages(PlacedPatches patches, MapAxis x, MapAxis y, int first, int classes)
    {
        (_table, _x, _y, _first, _classes) = (patches.Table, x, y, first, classes);
        int[] xs = x.CountsBefore(), ys = y.CountsBefore();
        _cells = Array.ConvertAll(patches.Boxes, box => (xs[box.X0], xs[box.X1], ys[box.Y0], ys[box.Y1]));
        _begin = ByRow(cell => cell.Y0);
        _end = ByRow(cell => cell.Y1);
    }

    (int[] Offsets, int[] Patches) ByRow(Func<(int X0, int X1, int Y0, int Y1), int> row)
    {
        var offsets = new int[_y.Count + 2];
        foreach (var cell in _cells)
            offsets[row(cell) + 1]++;
        for (var i = 1; i < offsets.Length; i++)
            offsets[i] += offsets[i - 1];
        var (patches, next) = (new int[_cells.Length], offsets[..^1]);
        for (var i = 0; i < _cells.Length; i++)
            patches[next[row(_cells[i])]++] = i;
        return (offsets, patches);
    }

    /// <summary>Calls <paramref name="visit"/> for each row, by several threads, each of which takes a band of rows from top to bottom.</summary>
    /// <param name="band">Rows in a band; 0: a few bands a thread.</param>
    internal void ForEachRow(Row visit, int band = 0, CancellationToken cancel = default)
    {
        if (band == 0)
            band = Math.Max(1, _y.Count / (4 * Environment.ProcessorCount));
        Parallel.For(0, (_y.Count + band - 1) / band, new ParallelOptions { CancellationToken = cancel },
            () => (Changes: new long[(_x.Count + 1) * (long)Stride], Sums: new long[Stride], Best: new int[_x.Count], Mean: new float[_x.Count]),
            (number, _, buffers) =>
            {
                var from = number * band;
                Array.Clear(buffers.Changes);
                foreach (var patch in _begin.Patches.AsSpan(0, _begin.Offsets[from]))
                    if (_cells[patch].Y1 >= from)
                    {
                        cancel.ThrowIfCancellationRequested();
                        Change(buffers.Changes, patch, 1);
                    }
                for (var row = from; row < Math.Min(from + band, _y.Count); row++)
                {
                    cancel.ThrowIfCancellationRequested();
                    foreach (var patch in Of(_begin, row))
                        Change(buffers.Changes, patch, 1);
                    // One that rounding left without a row comes and goes at once.
                    foreach (var patch in Of(_end, row))
                        Change(buffers.Changes, patch, -1);
                    Judge(buffers.Changes, buffers.Sums, buffers.Best, buffers.Mean);
                    visit(row, buffers.Best, buffers.Mean);
                }
                return buffers;
            }, _ => { });
    }

    static ReadOnlySpan<int> Of((int[] Offsets, int[] Patches) rows, int row) => rows.Patches.AsSpan(rows.Offsets[row]..rows.Offsets[row + 1]);

    void Change(long[] changes, int patch, int sign)
    {
        var (x0, x1, _, _) = _cells[patch];
        Span<long> begin = changes.AsSpan(x0 * Stride, Stride), end = changes.AsSpan(x1 * Stride, Stride);
        if (_table.HasProbabilities)
        {
            var values = _table.Probabilities(patch).Slice(_first, _classes);
            for (var c = 0; c < values.Length; c++)
            {
                var value = sign * (long)(values[c] * Unit);
                begin[c] += value;
                end[c] -= value;
            }
        }
        // Where probabilities were not kept, each patch is certain of its class.
        else if (_table[patch].Class - _first is >= 0 and var c && c < _classes)
        {
            begin[c] += sign * (long)Unit;
            end[c] -= sign * (long)Unit;
        }
        begin[_classes] += sign * (long)Unit;
        end[_classes] -= sign * (long)Unit;
    }

    static void Judge(ReadOnlySpan<long> changes, Span<long> sums, Span<int> best, Span<float> mean)
    {
        sums.Clear();
        for (var x = 0; x < best.Length; x++)
        {
            var (highest, most) = (0, long.MinValue);
            var change = changes.Slice(x * sums.Length, sums.Length);
            for (var c = 0; c < change.Length; c++)
            {
                var sum = sums[c] += change[c];
                if (sum > most && c < change.Length - 1)
                    (highest, most) = (c, sum);
            }
            var patches = sums[^1];
            (best[x], mean[x]) = patches == 0 ? (-1, float.NaN) : (highest, (float)(most / (double)patches));
        }
    }
}
