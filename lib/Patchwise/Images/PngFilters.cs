using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Patchwise;

/// <summary>
/// The filters of PNG's rows (part 9 of the specification): each byte was stored less a guess from the bytes a pixel before it (a), above it (b), and before
/// that (c).
/// <code>
///   0 nothing    1 a    2 b    3 (a + b) / 2    4 (Paeth) that of a, b, c which is nearest a + b - c, the first where several are
/// </code>
/// </summary>
static class PngFilters
{
    internal const int FromAbove = 2, Highest = 4;

    /// <summary>Stores a row less the one above it.</summary>
    // Here and below: compiled for speed at the first call, as one image takes a few hundred.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Apply(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> stored)
    {
        var i = 0;
        for (; i + Vector256<byte>.Count <= row.Length; i += Vector256<byte>.Count)
            (Vector256.Create(row[i..]) - Vector256.Create(above[i..])).CopyTo(stored[i..]);
        for (; i < row.Length; i++)
            stored[i] = (byte)(row[i] - above[i]);
    }

    /// <param name="row">As stored, without the byte that names the filter.</param>
    /// <param name="above">The row before, undone; zeros above the first.</param>
    /// <param name="pixel">Bytes of a pixel; 1 where there are several pixels in a byte.</param>
    /// <param name="undone">As long as the row.</param>
    internal static void Undo(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int pixel, Span<byte> undone)
    {
        switch (filter)
        {
            case 0: row.CopyTo(undone); break;
            case 1: Sub(row, pixel, undone); break;
            case 2: Up(row, above, undone); break;
            case 3: Average(row, above, pixel, undone); break;
            case Highest: Paeth(row, above, pixel, undone); break;
            default: throw new ArgumentOutOfRangeException(nameof(filter));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Sub(ReadOnlySpan<byte> row, int pixel, Span<byte> undone)
    {
        for (var i = 0; i < row.Length; i++)
            undone[i] = (byte)(row[i] + (i < pixel ? 0 : undone[i - pixel]));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Up(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> undone)
    {
        var i = 0;
        for (; i + Vector256<byte>.Count <= row.Length; i += Vector256<byte>.Count)
            (Vector256.Create(row[i..]) + Vector256.Create(above[i..])).CopyTo(undone[i..]);
        for (; i < row.Length; i++)
            undone[i] = (byte)(row[i] + above[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Average(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int pixel, Span<byte> undone)
    {
        var i = 0;
        if (pixel is 3 or 4)
        {
            // A pixel at a time, its channels side by side; a fourth byte belongs to the next pixel and is written again.
            var a = Vector128<short>.Zero;
            for (; i + 4 <= row.Length; i += pixel)
            {
                a = (Wide(row[i..]) + ((a + Wide(above[i..])) >> 1)) & Vector128.Create((short)255);
                Store(a, undone[i..]);
            }
        }
        for (; i < row.Length; i++)
            undone[i] = (byte)(row[i] + ((i < pixel ? 0 : undone[i - pixel]) + above[i]) / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Paeth(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int pixel, Span<byte> undone)
    {
        var i = 0;
        if (pixel is 3 or 4)
        {
            Vector128<short> a = default, c = default;
            for (; i + 4 <= row.Length; i += pixel)
            {
                var b = Wide(above[i..]);
                var (fromA, fromB) = (b - c, a - c);
                var (offA, offB, offC) = (Vector128.Abs(fromA), Vector128.Abs(fromB), Vector128.Abs(fromA + fromB));
                var least = Vector128.Min(offA, Vector128.Min(offB, offC));
                var guess = Vector128.ConditionalSelect(Vector128.Equals(least, offA), a, Vector128.ConditionalSelect(Vector128.Equals(least, offB), b, c));
                a = (Wide(row[i..]) + guess) & Vector128.Create((short)255);
                Store(a, undone[i..]);
                c = b;
            }
        }
        for (; i < row.Length; i++)
        {
            var (a, b, c) = i < pixel ? (0, above[i], 0) : (undone[i - pixel], above[i], above[i - pixel]);
            var (offA, offB, offC) = (Math.Abs(b - c), Math.Abs(a - c), Math.Abs(a + b - 2 * c));
            undone[i] = (byte)(row[i] + (offA <= offB && offA <= offC ? a : offB <= offC ? b : c));
        }
    }

    /// <summary>Four bytes as numbers that may be added and compared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<short> Wide(ReadOnlySpan<byte> bytes) => Vector128.WidenLower(Vector128.CreateScalar(MemoryMarshal.Read<uint>(bytes)).AsByte()).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Vector128<short> values, Span<byte> bytes) =>
        MemoryMarshal.Write(bytes, Vector128.Narrow(values.AsUInt16(), values.AsUInt16()).AsUInt32().ToScalar());
}
