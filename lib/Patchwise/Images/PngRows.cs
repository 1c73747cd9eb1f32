using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// The rows of a PNG that is not interlaced, as they are stored: its IDAT chunks hold one zlib stream, in which a byte before each row names the row's filter.
/// libspng takes three times as long for them; it reads all other files, and says what is wrong with those that are damaged.
/// </summary>
static class PngRows
{
    /// <summary>More bytes are left to libspng, which does not hold them twice.</summary>
    const int Most = 1 << 25;

    /// <param name="file">Its first IDAT chunk begins at <paramref name="at"/>.</param>
    /// <param name="pixel">Bytes of a pixel, or 1.</param>
    /// <param name="rows">All of them, with nothing between.</param>
    /// <returns>Longer: the file holds more than these rows, or too much for this way.</returns>
    internal static unsafe LibDeflate.Outcome Read(ReadOnlySpan<byte> file, int at, int height, int pixel, Span<byte> rows)
    {
        var (rowBytes, toJoin) = (rows.Length / height, ToJoin(file, at));
        if (rows.Length + (long)height > Most || toJoin > Most)
            return LibDeflate.Outcome.Longer;
        // Given back at once: a pool would keep one of the largest for each thread.
        var memory = (byte*)NativeMemory.Alloc((nuint)(rows.Length + height + rowBytes + toJoin));
        try
        {
            var filtered = new Span<byte>(memory, rows.Length + height);
            var above = new Span<byte>(memory + filtered.Length, rowBytes);
            if (LibDeflate.Unpack(Stream(file, at, new(memory + filtered.Length + rowBytes, toJoin)), filtered) is not LibDeflate.Outcome.Whole and var outcome)
                return outcome;
            above.Clear();
            return Undo(filtered, above, pixel, rows) ? LibDeflate.Outcome.Whole : LibDeflate.Outcome.Damaged;
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    /// <returns>False where a row has a filter that does not exist.</returns>
    static bool Undo(ReadOnlySpan<byte> filtered, ReadOnlySpan<byte> above, int pixel, Span<byte> rows)
    {
        for (var rowBytes = above.Length; !rows.IsEmpty; filtered = filtered[(rowBytes + 1)..], rows = rows[rowBytes..])
        {
            if (filtered[0] > PngFilters.Highest)
                return false;
            PngFilters.Undo(filtered[0], filtered[1..(rowBytes + 1)], above, pixel, rows[..rowBytes]);
            above = rows[..rowBytes];
        }
        return true;
    }

    /// <summary>Bytes to join the zlib stream in: none where it lies in one chunk.</summary>
    static int ToJoin(ReadOnlySpan<byte> file, int at)
    {
        var (length, count) = (0, 0);
        for (var chunks = new PngChunks(file, at); chunks.Next() && chunks.Is("IDAT"u8); count++)
            length += chunks.Data.Length;
        return count > 1 ? length : 0;
    }

    /// <summary>The zlib stream: what the IDAT chunks hold.</summary>
    /// <param name="joined">As long as they are together; empty for one.</param>
    static ReadOnlySpan<byte> Stream(ReadOnlySpan<byte> file, int at, Span<byte> joined)
    {
        var chunks = new PngChunks(file, at);
        if (joined.IsEmpty)
            return chunks.Next() ? chunks.Data : default;
        for (var to = joined; chunks.Next() && chunks.Is("IDAT"u8); to = to[chunks.Data.Length..])
            chunks.Data.CopyTo(to);
        return joined;
    }
}
