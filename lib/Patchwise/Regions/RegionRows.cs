namespace Patchwise;

/// <summary>
/// The runs of one object by row, counted from the top of its box. An object is connected, so every row from 0 to Count - 1 has a run; rows outside have none.
/// </summary>
readonly ref struct RegionRows
{
    readonly ReadOnlySpan<RegionSpan> _spans;
    readonly int[] _starts;

    /// <param name="spans">In raster order.</param>
    internal RegionRows(ReadOnlySpan<RegionSpan> spans)
    {
        _spans = spans;
        Count = spans[^1].Y - spans[0].Y + 1;
        _starts = new int[Count + 1];
        foreach (var span in spans)
            _starts[span.Y - spans[0].Y + 1]++;
        for (var y = 0; y < Count; y++)
            _starts[y + 1] += _starts[y];
    }

    internal int Count { get; }

    internal ReadOnlySpan<RegionSpan> this[int y] => (uint)y < (uint)Count ? _spans[_starts[y].._starts[y + 1]] : [];
}
