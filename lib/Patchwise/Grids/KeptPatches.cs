using System.Numerics;

namespace Patchwise;

/// <summary>Which patches of a grid a mask kept, a bit each, and how to find the n-th of them.</summary>
sealed class KeptPatches
{
    readonly ulong[] _bits;
    readonly int _wordsPerRow;

    /// <summary>How many are kept in the rows above; one entry more than rows.</summary>
    readonly int[] _above;

    internal int Count => _above[^1];

    internal KeptPatches(int columns, int rows, Func<int, int, bool> keep)
    {
        _wordsPerRow = (columns + 63) / 64;
        _bits = new ulong[(long)_wordsPerRow * rows];
        _above = new int[rows + 1];
        Parallel.For(0, rows, row =>
        {
            for (var column = 0; column < columns; column++)
                if (keep(column, row))
                {
                    _bits[row * (long)_wordsPerRow + column / 64] |= 1UL << column % 64;
                    _above[row + 1]++;
                }
        });
        for (var row = 0; row < rows; row++)
            _above[row + 1] = checked(_above[row] + _above[row + 1]);
    }

    internal (int Column, int Row) this[int index]
    {
        get
        {
            // The last row with no more than index above it is the one that holds it: rows that keep none have an equal successor.
            int low = 0, high = _above.Length - 1;
            while (high - low > 1)
                if (_above[(low + high) / 2] <= index)
                    low = (low + high) / 2;
                else
                    high = (low + high) / 2;
            var left = index - _above[low];
            var word = low * (long)_wordsPerRow;
            for (int count; left >= (count = BitOperations.PopCount(_bits[word])); word++)
                left -= count;
            var bits = _bits[word];
            for (; left > 0; left--)
                bits &= bits - 1;
            return ((int)(word - low * (long)_wordsPerRow) * 64 + BitOperations.TrailingZeroCount(bits), low);
        }
    }
}
