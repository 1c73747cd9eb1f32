using System.Buffers.Binary;
using System.Text;

namespace Patchwise;

/// <summary>
/// Where each entry of a zip lies, for reading it in place: the standard reader hands out streams only. Entries that are compressed, which
/// torch.save never does with weights, have a null place; sizes beyond 4 GiB are read from the zip64 fields.
/// </summary>
/// <remarks>Layout: PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16 and 4.5.3.</remarks>
static class ZipDirectory
{
    const int EndBytes = 22, EntryBytes = 46, HeaderBytes = 30, MostDirectoryBytes = 64 << 20;
    const uint EndMark = 0x06054b50, End64Mark = 0x06064b50, Locator64Mark = 0x07064b50, EntryMark = 0x02014b50, HeaderMark = 0x04034b50;

    internal static OrderedDictionary<string, (long Offset, long Bytes)?> Read(MappedFile file)
    {
        var entries = new OrderedDictionary<string, (long, long)?>(StringComparer.Ordinal);
        ReadOnlySpan<byte> directory = Directory(file);
        while (directory.Length >= EntryBytes && U32(directory, 0) == EntryMark)
        {
            var (method, name, extra, comment) = (U16(directory, 10), U16(directory, 28), U16(directory, 30), U16(directory, 32));
            if (directory.Length < EntryBytes + name + extra + comment)
                throw Damaged(file, "an entry of its directory is cut off");
            var text = Encoding.UTF8.GetString(directory.Slice(EntryBytes, name));
            var (stored, full, header) = Sizes(file, directory, directory.Slice(EntryBytes + name, extra));
            directory = directory[(EntryBytes + name + extra + comment)..];
            if (text.Contains('\\', StringComparison.Ordinal) || text.Split('/').Any(part => part is ".." or "") && !text.EndsWith('/'))
                throw new BadInputException($"{file.Path} has an entry named {text}, which points outside it: it was made to do harm; nothing was read");
            var fixedPart = file.Read(header, HeaderBytes);
            if (U32(fixedPart, 0) != HeaderMark)
                throw Damaged(file, $"the entry {text} is not where the directory says");
            var offset = header + HeaderBytes + U16(fixedPart, 26) + U16(fixedPart, 28);
            if (offset > file.Length - stored)
                throw Damaged(file, $"the entry {text} reaches beyond its end");
            if (!entries.TryAdd(text, method == 0 && stored == full ? (offset, stored) : null))
                throw Damaged(file, $"it has two entries named {text}");
        }
        return entries;
    }

    static byte[] Directory(MappedFile file)
    {
        var tailBytes = (int)Math.Min(file.Length, EndBytes + ushort.MaxValue);
        var tail = file.Read(file.Length - tailBytes, tailBytes);
        var end = tail.Length - EndBytes;
        while (end >= 0 && U32(tail, end) != EndMark)
            end--;
        if (end < 0)
            throw Damaged(file, "it ends without a directory, so it is truncated");
        long bytes = U32(tail, end + 12), offset = U32(tail, end + 16);
        if ((bytes == uint.MaxValue || offset == uint.MaxValue || U16(tail, end + 10) == ushort.MaxValue) && end >= 20 && U32(tail, end - 20) == Locator64Mark)
        {
            var end64 = file.Read(Signed(file, BinaryPrimitives.ReadUInt64LittleEndian(tail.AsSpan(end - 12))), 56);
            if (U32(end64, 0) != End64Mark)
                throw Damaged(file, "its zip64 directory is not where it says");
            (bytes, offset) = (Signed(file, U64(end64, 40)), Signed(file, U64(end64, 48)));
        }
        if (bytes > MostDirectoryBytes)
            throw Damaged(file, $"its directory takes {bytes} bytes");
        return file.Read(offset, (int)bytes);
    }

    /// <summary>Stored size, full size and place of the header; those that are 2^32 - 1 stand in the zip64 extra field, in this order.</summary>
    static (long Stored, long Full, long Header) Sizes(MappedFile file, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra)
    {
        long stored = U32(entry, 20), full = U32(entry, 24), header = U32(entry, 42);
        while (extra.Length >= 4)
        {
            var (kind, length) = (U16(extra, 0), U16(extra, 2));
            if (length > extra.Length - 4)
                break;
            var values = extra.Slice(4, length);
            if (kind == 1)
            {
                Span<long> sizes = [full, stored, header];
                foreach (ref var size in sizes)
                    if (size == uint.MaxValue && values.Length >= 8)
                    {
                        size = Signed(file, U64(values, 0));
                        values = values[8..];
                    }
                (full, stored, header) = (sizes[0], sizes[1], sizes[2]);
            }
            extra = extra[(4 + length)..];
        }
        return (stored, full, header);
    }

    static long Signed(MappedFile file, ulong value) => value <= long.MaxValue / 2 ? (long)value : throw Damaged(file, "a size in its directory is absurd");

    static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
    static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
    static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    static BadInputException Damaged(MappedFile file, string what) => new($"{file.Path} is a damaged zip: {what}; fetch or copy it again");
}
