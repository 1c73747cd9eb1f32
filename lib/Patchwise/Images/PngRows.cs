using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Patchwise;

/// <summary>
/// The rows of a usual PNG, half as fast again as by libspng: its IDAT chunks hold one zlib stream, in which a byte before each row names the row's filter.
/// Each byte was stored less a guess from the bytes a pixel before it (a), above it (b), and before that (c); part 9 of the specification:
/// <code>
///   0 nothing    1 a    2 b    3 (a + b) / 2    4 (Paeth) that of a, b, c which is nearest a + b - c, the first where several are
/// </code>
/// </summary>
static unsafe class PngRows
{
    /// <summary>Bytes that are unpacked at once, which a processor's cache holds.</summary>
    const int Several = 1 << 16;

    /// <param name="pixel">Bytes of a pixel.</param>
    /// <param name="rows">All of them, with nothing between; 16-bit samples come in the file's byte order.</param>
    /// <returns>False where anything is not as it should be: libspng then says what.</returns>
    internal static bool Read(ReadOnlySpan<byte> file, int height, int pixel, Span<byte> rows)
    {
        fixed (byte* bytes = file)
            try
            {
                using var packed = new PngStream(bytes, file.Length);
                if (!packed.IsSound)
                    return false;
                using var stored = packed.Unpacked();
                // Behind the last row is nothing but the stream's end.
                return Undo(stored, height, pixel, rows) && stored.ReadByte() < 0 && packed.IsWhole(stored);
            }
            catch (Exception error) when (PngStream.IsDamage(error))
            {
                return false;
            }
    }

    /// <summary>Whether the rows of a PNG that libspng has read are those that were stored: it does not always come to their checksum.</summary>
    internal static bool AreStored(ReadOnlySpan<byte> file)
    {
        fixed (byte* bytes = file)
            try
            {
                using var packed = new PngStream(bytes, file.Length);
                using var stored = packed.Unpacked();
                return packed.IsWhole(stored);
            }
            catch (Exception error) when (PngStream.IsDamage(error))
            {
                return false;
            }
    }

    static bool Undo(ZLibStream stored, int height, int pixel, Span<byte> rows)
    {
        var length = 1 + rows.Length / height;
        ReadOnlySpan<byte> above = new byte[length - 1];
        // Many rows at a time: the end of what is asked for is unpacked byte by byte.
        var several = new byte[Math.Clamp(Several / length, 1, height) * length];
        for (var block = new Span<byte>(); !rows.IsEmpty; block = block[length..], rows = rows[above.Length..])
        {
            if (block.IsEmpty)
                stored.ReadExactly(block = several.AsSpan(0, (int)Math.Min(several.Length, (long)rows.Length / above.Length * length)));
            var from = block[1..length];
            var to = rows[..above.Length];
            switch (block[0])
            {
                case 0: from.CopyTo(to); break;
                case 1: Undo<Before>(from, above, pixel, to); break;
                case 2: Up(from, above, to); break;
                case 3: Undo<Mean>(from, above, pixel, to); break;
                case 4: Undo<Paeth>(from, above, pixel, to); break;
                default: return false;
            }
            above = to;
        }
        return true;
    }

    // Here and below: compiled for speed at the first call, as one image takes a few hundred.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Up(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, Span<byte> undone)
    {
        var i = 0;
        for (; i + Vector256<byte>.Count <= row.Length; i += Vector256<byte>.Count)
            (Vector256.Create(row[i..]) + Vector256.Create(above[i..])).CopyTo(undone[i..]);
        for (; i < row.Length; i++)
            undone[i] = (byte)(row[i] + above[i]);
    }

    /// <summary>Of the channels of a pixel, side by side.</summary>
    interface IGuess
    {
        static abstract Vector128<short> Of(Vector128<short> a, Vector128<short> b, Vector128<short> c);
    }

    readonly struct Before : IGuess
    {
        public static Vector128<short> Of(Vector128<short> a, Vector128<short> b, Vector128<short> c) => a;
    }

    readonly struct Mean : IGuess
    {
        public static Vector128<short> Of(Vector128<short> a, Vector128<short> b, Vector128<short> c) => (a + b) >> 1;
    }

    readonly struct Paeth : IGuess
    {
        public static Vector128<short> Of(Vector128<short> a, Vector128<short> b, Vector128<short> c)
        {
            var (fromA, fromB) = (b - c, a - c);
            var (offA, offB, offC) = (Vector128.Abs(fromA), Vector128.Abs(fromB), Vector128.Abs(fromA + fromB));
            var least = Vector128.Min(offA, Vector128.Min(offB, offC));
            return Vector128.ConditionalSelect(Vector128.Equals(least, offA), a, Vector128.ConditionalSelect(Vector128.Equals(least, offB), b, c));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Undo<TGuess>(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int pixel, Span<byte> undone) where TGuess : IGuess
    {
        ref var from = ref MemoryMarshal.GetReference(row);
        ref var over = ref MemoryMarshal.GetReference(above[..row.Length]);
        ref var to = ref MemoryMarshal.GetReference(undone[..row.Length]);
        Vector128<short> a = default, c = default;
        var i = 0;
        // What is read and written beyond the pixel the next one covers.
        for (; i <= row.Length - sizeof(ulong); i += pixel)
        {
            var b = Wide(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref over, i)));
            a = (Wide(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, i))) + TGuess.Of(a, b, c)) & Vector128.Create((short)255);
            c = b;
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i), Vector128.Narrow(a.AsUInt16(), a.AsUInt16()).AsUInt64().ToScalar());
        }
        for (; i < row.Length; i += pixel)
        {
            var b = Wide(Pixel(above[i..], pixel));
            a = (Wide(Pixel(row[i..], pixel)) + TGuess.Of(a, b, c)) & Vector128.Create((short)255);
            c = b;
            for (var k = 0; k < pixel; k++)
                undone[i + k] = (byte)a[k];
        }
    }

    static ulong Pixel(ReadOnlySpan<byte> from, int pixel)
    {
        ulong bytes = 0;
        from[..pixel].CopyTo(MemoryMarshal.AsBytes(new Span<ulong>(ref bytes)));
        return bytes;
    }

    /// <summary>Bytes as numbers that may be added and compared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<short> Wide(ulong bytes) => Vector128.WidenLower(Vector128.CreateScalar(bytes).AsByte()).AsInt16();
}
