using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
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
    /// <summary>Of the signature; and of a chunk's length, kind and checksum.</summary>
    const int Signature = 8, Around = 12;

    /// <param name="pixel">Bytes of a pixel.</param>
    /// <param name="rows">All of them, with nothing between; 16-bit samples come in the file's byte order.</param>
    /// <returns>False where anything is not as it should be: libspng then says what.</returns>
    internal static bool Read(ReadOnlySpan<byte> file, int height, int pixel, Span<byte> rows)
    {
        var packed = new List<(int From, int Length)>();
        var at = Signature;
        for (var end = false; !end; at += Around)
        {
            if (file.Length - at < Around || BinaryPrimitives.ReadUInt32BigEndian(file[at..]) is var length && length > file.Length - at - Around)
                return false;
            var kind = file.Slice(at + 4, 4);
            var data = file.Slice(at + 8, (int)length);
            if (Crc32.HashToUInt32(file.Slice(at + 4, 4 + data.Length)) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + data.Length)..]))
                return false;
            end = kind.SequenceEqual("IEND"u8);
            if (kind.SequenceEqual("IDAT"u8) && (packed is [] || packed[^1] is var (before, bytes) && before + bytes + 4 == at))
                packed.Add((at + 8, data.Length));
            // What comes behind the first of them and is needed (a capital letter) is the end alone.
            else if (packed.Count > 0 && !end && (kind[0] & 0x20) == 0)
                return false;
            at += data.Length;
        }
        fixed (byte* bytes = file)
            try
            {
                // One after the other they are one stream.
                using var joined = new MemoryStream();
                foreach (var (from, length) in packed.Count > 1 ? packed : [])
                    joined.Write(file.Slice(from, length));
                joined.Position = 0;
                using var only = packed.Count == 1 ? new UnmanagedMemoryStream(bytes + packed[0].From, packed[0].Length) : null;
                using var stored = new ZLibStream(only ?? (Stream)joined, CompressionMode.Decompress);
                return Undo(stored, rows, new byte[1 + rows.Length / height], pixel) && stored.ReadByte() < 0;
            }
            catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
            {
                return false;
            }
    }

    static bool Undo(ZLibStream stored, Span<byte> rows, byte[] row, int pixel)
    {
        ReadOnlySpan<byte> above = new byte[row.Length - 1];
        for (; !rows.IsEmpty; rows = rows[above.Length..])
        {
            stored.ReadExactly(row);
            var from = row.AsSpan(1);
            var to = rows[..above.Length];
            switch (row[0])
            {
                case 0: from.CopyTo(to); break;
                case 1: Sub(from, pixel, to); break;
                case 2: Up(from, above, to); break;
                case 3: Average(from, above, pixel, to); break;
                case 4: Paeth(from, above, pixel, to); break;
                default: return false;
            }
            above = to;
        }
        return true;
    }

    // Here and below: compiled for speed at the first call, as one image takes a few hundred.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Sub(ReadOnlySpan<byte> row, int pixel, Span<byte> undone)
    {
        row[..Math.Min(pixel, row.Length)].CopyTo(undone);
        for (var i = pixel; i < row.Length; i++)
            undone[i] = (byte)(row[i] + undone[i - pixel]);
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
        for (var i = 0; i < row.Length; i++)
            undone[i] = (byte)(row[i] + ((i < pixel ? 0 : undone[i - pixel]) + above[i]) / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Paeth(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int pixel, Span<byte> undone)
    {
        var i = 0;
        if (pixel is 3 or 4)
        {
            // A pixel at a time, its channels side by side; a fourth byte belongs to the next pixel and is written again.
            Vector128<short> a = default, c = default;
            for (; i + 4 <= row.Length; i += pixel)
            {
                var b = Wide(above[i..]);
                var (fromA, fromB) = (b - c, a - c);
                var (offA, offB, offC) = (Vector128.Abs(fromA), Vector128.Abs(fromB), Vector128.Abs(fromA + fromB));
                var least = Vector128.Min(offA, Vector128.Min(offB, offC));
                var guess = Vector128.ConditionalSelect(Vector128.Equals(least, offA), a, Vector128.ConditionalSelect(Vector128.Equals(least, offB), b, c));
                a = (Wide(row[i..]) + guess) & Vector128.Create((short)255);
                MemoryMarshal.Write(undone[i..], Vector128.Narrow(a.AsUInt16(), a.AsUInt16()).AsUInt32().ToScalar());
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
}
