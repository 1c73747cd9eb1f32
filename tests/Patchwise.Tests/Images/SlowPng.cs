using System.Buffers.Binary;
using System.IO.Compression;

namespace Patchwise.Tests;

/// <summary>PNG files made chunk by chunk with any filter in any row, and their rows by the specification's own words, byte after byte.</summary>
static class SlowPng
{
    /// <summary>What a stored row stands for.</summary>
    internal static byte[] Undo(int filter, byte[] row, byte[] above, int pixel)
    {
        var undone = new byte[row.Length];
        for (var i = 0; i < row.Length; i++)
        {
            int a = i < pixel ? 0 : undone[i - pixel], b = above[i], c = i < pixel ? 0 : above[i - pixel];
            undone[i] = (byte)(row[i] + filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => Nearest(a + b - c, a, b, c) });
        }
        return undone;

        static int Nearest(int to, params int[] values) => values.MinBy(value => Math.Abs(value - to));
    }

    /// <param name="color">As in the header: 0 grey, 2 RGB, 3 palette, 6 RGBA.</param>
    /// <param name="rows">With the byte that names the filter before each.</param>
    /// <param name="split">Bytes of an IDAT chunk at most.</param>
    internal static byte[] Of(int width, int height, int bits, int color, byte[] rows, int split = int.MaxValue)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(rows);
        return OfChunks(width, height, bits, color, [.. packed.ToArray().Chunk(Math.Min(split, (int)packed.Length)).Select(part => Chunk("IDAT", part))]);
    }

    internal static byte[] OfChunks(int width, int height, int bits, int color, params byte[][] chunks)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)bits, (byte)color);
        byte[][] colors = color == 3 ? [Chunk("PLTE", [.. Enumerable.Range(0, 3 << bits).Select(i => (byte)(i * 7))])] : [];
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR", header), .. colors.SelectMany(chunk => chunk), .. chunks.SelectMany(chunk => chunk),
            .. Chunk("IEND", [])];
    }

    internal static byte[] Chunk(string kind, byte[] data)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(kind), .. data];
        var (length, sum) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(sum, Checksum(body));
        return [.. length, .. body, .. sum];
    }

    /// <summary>Makes the checksums of a PNG right, so that damage reaches what lies behind them.</summary>
    internal static void RepairChecksums(byte[] png)
    {
        for (long at = 8; at + 12 <= png.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length)
                return;
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan((int)(at + 8 + length)), Checksum(png.AsSpan((int)at + 4, (int)length + 4)));
            at += 12 + length;
        }
    }

    static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var value in bytes)
        {
            sum ^= value;
            for (var i = 0; i < 8; i++)
                sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
        }
        return ~sum;
    }
}
