using System.Buffers.Binary;

namespace Patchwise.Attack;

/// <summary>
/// Damages a good file: flips, cuts, splices and lengths set to extremes. Seed and number decide everything, so that a find can be made again.
/// </summary>
static class Mutation
{
    /// <summary>Headers are short and decide much: half of all changes fall into the first bytes.</summary>
    const int Head = 512;

    static readonly ulong[] Extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x7fff_ffff_ffff_ffff,
        0xffff_ffff_ffff_ffff];

    static readonly string[] Words = ["null", "-1", "1e999", "NaN", "{}", "[]", "\"\"", "\\u0000", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
        "&e;", "99999999999999999999", "../../x", "<script>alert(1)</script>", "true", "\ud83d"];

    /// <param name="others">Good files of the same format, to take pieces from.</param>
    internal static byte[] Of(IReadOnlyList<byte[]> others, bool text, int seed, int number)
    {
        var random = new Random(HashCode(seed, number));
        var bytes = new List<byte>(others[random.Next(others.Count)]);
        for (var changes = random.Next(2) == 0 ? 1 : 1 << random.Next(5); changes > 0 && bytes.Count > 0; changes--)
            Change(bytes, others, text, random);
        byte[] damaged = [.. bytes];
        // Behind its checksums a PNG would see little of the damage.
        if (number % 2 == 0 && damaged.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']))
            RepairChecksums(damaged);
        return damaged;
    }

    /// <summary>The same in every process, which System.HashCode is not.</summary>
    static int HashCode(int seed, int number) => unchecked((int)(((uint)seed * 2654435761u) ^ ((uint)number * 2246822519u)));

    static void Change(List<byte> bytes, IReadOnlyList<byte[]> others, bool text, Random random)
    {
        var at = random.Next(random.Next(2) == 0 ? Math.Min(Head, bytes.Count) : bytes.Count);
        var length = Math.Min(1 << random.Next(12), bytes.Count - at);
        switch (random.Next(text ? 9 : 7))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2:
                var cut = random.Next(4) == 0 ? random.Next(bytes.Count) : length;
                bytes.RemoveRange(bytes.Count - cut, cut);
                break;
            case 3: bytes.RemoveRange(at, length); break;
            case 4:
                var other = others[random.Next(others.Count)];
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)).ToArray());
                break;
            case 5 or 6: SetNumber(bytes, at, random); break;
            case 7:
                bytes.InsertRange(at, System.Text.Encoding.UTF8.GetBytes(Words[random.Next(Words.Length)]));
                break;
            default:
                // Nesting without end.
                bytes.InsertRange(at, Enumerable.Repeat((byte)"[{<(\""[random.Next(5)], 1 << random.Next(14)));
                break;
        }
    }

    /// <summary>Those of a PNG's chunks, as far as their lengths make sense.</summary>
    static void RepairChecksums(Span<byte> png)
    {
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - 12)
                return;
            var crc = uint.MaxValue;
            foreach (var value in png.Slice(at + 4, (int)length + 4))
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                    crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
            }
            BinaryPrimitives.WriteUInt32BigEndian(png[(at + 8 + (int)length)..], ~crc);
            at += 12 + (int)length;
        }
    }

    /// <summary>A whole number of 2, 4 or 8 bytes, in one of both orders, becomes an extreme or is changed a little.</summary>
    static void SetNumber(List<byte> bytes, int at, Random random)
    {
        var width = 2 << random.Next(3);
        if (at + width > bytes.Count)
            return;
        Span<byte> number = stackalloc byte[8];
        number.Clear();
        var big = random.Next(2) == 0;
        for (var i = 0; i < width; i++)
            number[big ? 8 - width + i : i] = bytes[at + i];
        var value = big ? BinaryPrimitives.ReadUInt64BigEndian(number) : BinaryPrimitives.ReadUInt64LittleEndian(number);
        value = random.Next(3) == 0 ? value + (ulong)(random.Next(33) - 16) : Extremes[random.Next(Extremes.Length)];
        if (big)
            BinaryPrimitives.WriteUInt64BigEndian(number, value);
        else
            BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        for (var i = 0; i < width; i++)
            bytes[at + i] = number[big ? 8 - width + i : i];
    }
}
