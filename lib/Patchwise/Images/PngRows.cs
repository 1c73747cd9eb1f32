using System.Buffers;
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
static class PngRows
{
    /// <summary>Of the signature; and of a chunk's length, kind and checksum.</summary>
    const int Signature = 8, Around = 12;

    /// <summary>What is larger libspng unpacks piece by piece.</summary>
    const int Most = 1 << 24;

    /// <summary>Bytes that are unpacked at once, which a processor's cache holds.</summary>
    const int Several = 1 << 16;

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
        // One after the other they are one stream. Fresh memory of its own would cost as much as the unpacking.
        var together = packed.Sum(one => (long)one.Length);
        if (together > Most)
            return false;
        var joined = ArrayPool<byte>.Shared.Rent((int)together);
        try
        {
            var count = 0;
            foreach (var (from, length) in packed)
            {
                file.Slice(from, length).CopyTo(joined.AsSpan(count));
                count += length;
            }
            using var stored = new ZLibStream(new MemoryStream(joined, 0, count), CompressionMode.Decompress);
            return Undo(stored, height, pixel, rows) && stored.ReadByte() < 0;
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(joined);
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
