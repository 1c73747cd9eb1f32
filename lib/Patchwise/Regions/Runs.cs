using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
    internal void AddRow<T>(ReadOnlySpan<T> row) where T : unmanaged, IBinaryInteger<T>
    {
        ref var first = ref MemoryMarshal.GetReference(row);
        var (start, value) = (0, int.CreateTruncating(first));
        var x = 1;
        if (Vector128.IsHardwareAccelerated)
            for (; x <= row.Length - 64; x += 64)
            {
                var changes = ChangesIn64(ref Unsafe.Add(ref first, x));
                if (changes == 0)
                    continue;
                Reserve(64);
                for (; changes != 0; changes &= changes - 1)
                    Change(x + BitOperations.TrailingZeroCount(changes), row, ref start, ref value);
            }
        Reserve(row.Length - x + 1);
        for (; x < row.Length; x++)
            if (row[x] != row[x - 1])
                Change(x, row, ref start, ref value);
        if (value != 0)
            _runs[Count++] = new(start, row.Length, value);
    }

    /// <summary>Ends the run that is open at <paramref name="x"/> and opens the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void Change<T>(int x, ReadOnlySpan<T> row, ref int start, ref int value) where T : unmanaged, IBinaryInteger<T>
    {
        if (value != 0)
            _runs[Count++] = new(start, x, value);
        (start, value) = (x, int.CreateTruncating(row[x]));
    }

    void Reserve(int more)
    {
        if (_runs.Length - Count < more)
            Array.Resize(ref _runs, Math.Max(Count + more, (int)Math.Min(_runs.Length * 2L, Array.MaxLength)));
    }

    /// <summary>Bit i tells that pixel i from <paramref name="pixel"/> on differs from the one before it. Masks are mostly flat, so mostly this is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong ChangesIn64<T>(ref T pixel) where T : unmanaged, IBinaryInteger<T>
    {
        var same = 0UL;
        ref var before = ref Unsafe.Subtract(ref pixel, 1);
        if (Vector512.IsHardwareAccelerated)
            for (nuint i = 0; i < 64; i += (nuint)Vector512<T>.Count)
                same |= Vector512.Equals(Vector512.LoadUnsafe(ref pixel, i), Vector512.LoadUnsafe(ref before, i)).ExtractMostSignificantBits() << (int)i;
        else if (Vector256.IsHardwareAccelerated)
            for (nuint i = 0; i < 64; i += (nuint)Vector256<T>.Count)
                same |= (ulong)Vector256.Equals(Vector256.LoadUnsafe(ref pixel, i), Vector256.LoadUnsafe(ref before, i)).ExtractMostSignificantBits() << (int)i;
        else
            for (nuint i = 0; i < 64; i += (nuint)Vector128<T>.Count)
                same |= (ulong)Vector128.Equals(Vector128.LoadUnsafe(ref pixel, i), Vector128.LoadUnsafe(ref before, i)).ExtractMostSignificantBits() << (int)i;
        return ~same;
    }
}
