namespace Patchwise;

/// <summary>
/// The runs of one object by row, counted from the top of its box. An object is connected, so every row from 0 to Count - 1 has a run; rows outside have none.
/// </summary>
readonly ref struct RegionRows
{
    readonly ReadOnlySpan<Run> _runs;
    readonly int[] _starts;

    /// <param name="runs">In raster order.</param>
    internal RegionRows(ReadOnlySpan<Run> runs)
    {
        _runs = runs;
        Count = runs[^1].Y - runs[0].Y + 1;
        _starts = new int[Count + 1];
        foreach (var run in runs)
            _starts[run.Y - runs[0].Y + 1]++;
        for (var y = 0; y < Count; y++)
            _starts[y + 1] += _starts[y];
    }

    internal int Count { get; }

    internal ReadOnlySpan<Run> this[int y] => (uint)y < (uint)Count ? _runs[_starts[y].._starts[y + 1]] : [];
}
