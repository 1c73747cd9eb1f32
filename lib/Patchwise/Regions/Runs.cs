namespace Patchwise;

/// <summary>A horizontal stretch of pixels of one value, not 0: columns X0 up to, not including, X1. Its row is known from where it is stored.</summary>
/// <param name="Id">Which runs belong together; -1 until that is looked into.</param>
record struct Run(int X0, int X1, int Value, int Id = -1);

/// <summary>The runs of some rows of a mask, in raster order.</summary>
struct RunList()
{
    Run[] _runs = new Run[256];

    internal int Count { get; private set; }

    internal readonly Span<Run> this[Range range] => _runs.AsSpan(0, Count)[range];

    /// <summary>Appends the runs of one row, from left to right.</summary>
    internal void AddRow<T>(ReadOnlySpan<T> row) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        for (var x = 0; x < row.Length;)
        {
            var value = row[x];
            var start = x++;
            // Noise has many runs of a pixel, for which a search costs more than a look.
            if (x < row.Length && row[x] == value)
                x = row[x..].IndexOfAnyExcept(value) is >= 0 and var length ? x + length : row.Length;
            if (value == T.Zero)
                continue;
            if (Count == _runs.Length)
                Array.Resize(ref _runs, (int)Math.Min(_runs.Length * 2L, Array.MaxLength));
            _runs[Count++] = new(start, x, int.CreateTruncating(value));
        }
    }
}
