using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>libdeflate: what zlib does, of data that is whole in memory, in less than half its time.</summary>
static unsafe partial class LibDeflate
{
    static LibDeflate() => NativeLibraries.Register();

    const int Done = 0, NoRoom = 3;

    sealed class Decompressor() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            libdeflate_free_decompressor(handle);
            return true;
        }
    }

    // One a thread: making one costs as much as a small patch, and none may serve two threads at a time.
    static readonly ThreadLocal<Decompressor> OfThread = new(() => libdeflate_alloc_decompressor() is { IsInvalid: false } made ? made
        : throw new PatchwiseException("libdeflate has no memory left: close other programs or work on smaller images"));

    internal enum Outcome { Whole, Damaged, Longer }

    /// <summary>
    /// Unpacks a zlib stream that should give as many bytes as <paramref name="bytes"/> holds, and checks its sum over them.
    /// Damaged: it is no such stream, or gives fewer, or another sum. Longer: it gives more. What follows the stream does not count.
    /// </summary>
    internal static Outcome Unpack(ReadOnlySpan<byte> stream, Span<byte> bytes)
    {
        fixed (byte* from = stream, to = bytes)
            return libdeflate_zlib_decompress(OfThread.Value!, from, (nuint)stream.Length, to, (nuint)bytes.Length, null) switch
            {
                Done => Outcome.Whole,
                NoRoom => Outcome.Longer,
                _ => Outcome.Damaged,
            };
    }

    /// <summary>The CRC-32 of PNG and zip, of bytes that follow those of <paramref name="before"/>.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        // For a null pointer the library begins anew.
        if (bytes.IsEmpty)
            return before;
        fixed (byte* from = bytes)
            return libdeflate_crc32(before, from, (nuint)bytes.Length);
    }

    [LibraryImport(NativeLibraries.Deflate)] private static partial Decompressor libdeflate_alloc_decompressor();
    [LibraryImport(NativeLibraries.Deflate)] private static partial void libdeflate_free_decompressor(nint decompressor);
    [LibraryImport(NativeLibraries.Deflate)] private static partial uint libdeflate_crc32(uint sum, byte* bytes, nuint count);
    [LibraryImport(NativeLibraries.Deflate)]
    private static partial int libdeflate_zlib_decompress(Decompressor decompressor, byte* from, nuint length, byte* to, nuint room, nuint* written);
}
