using System.Buffers;

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
    internal static LibDeflate.Outcome Read(ReadOnlySpan<byte> file, int at, int height, int pixel, Span<byte> rows)
    {
        var rowBytes = rows.Length / height;
        if (rows.Length + (long)height > Most)
            return LibDeflate.Outcome.Longer;
        var filtered = ArrayPool<byte>.Shared.Rent(rows.Length + height + rowBytes);
        var stream = Stream(file, at, out var joined);
        try
        {
            if (LibDeflate.Unpack(stream, filtered.AsSpan(0, rows.Length + height)) is not LibDeflate.Outcome.Whole and var outcome)
                return outcome;
            ReadOnlySpan<byte> above = filtered.AsSpan(rows.Length + height, rowBytes);
            filtered.AsSpan(rows.Length + height, rowBytes).Clear();
            for (var y = 0; y < height; y++)
            {
                var row = filtered.AsSpan(y * (rowBytes + 1), rowBytes + 1);
                var undone = rows.Slice(y * rowBytes, rowBytes);
                if (row[0] > PngFilters.Highest)
                    return LibDeflate.Outcome.Damaged;
                PngFilters.Undo(row[0], row[1..], above, pixel, undone);
                above = undone;
            }
            return LibDeflate.Outcome.Whole;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(filtered);
            if (joined is not null)
                ArrayPool<byte>.Shared.Return(joined);
        }
    }

    /// <summary>The zlib stream; where it lies in several chunks these are joined in an array to give back.</summary>
    static ReadOnlySpan<byte> Stream(ReadOnlySpan<byte> file, int at, out byte[]? joined)
    {
        joined = null;
        var chunks = new PngChunks(file, at);
        if (!chunks.Next())
            return default;
        var first = chunks.Data;
        if (!chunks.PixelsAreNext)
            return first;
        joined = ArrayPool<byte>.Shared.Rent(file.Length - at);
        first.CopyTo(joined);
        var length = first.Length;
        for (; chunks.Next() && chunks.Is("IDAT"u8); length += chunks.Data.Length)
            chunks.Data.CopyTo(joined.AsSpan(length));
        return joined.AsSpan(0, length);
    }
}
