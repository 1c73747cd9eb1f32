using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// The arrays behind rasters. Touching fresh memory costs more than resizing into it: the system fills it with zeros, page by page. So a large array
/// that its owner gives back is kept for the next raster of the same length, and where memory must be fresh, Linux is asked for pages of 2 MB.
/// </summary>
static partial class PixelMemory
{
    const int Large = 1 << 20, HugePage = 2 << 20, Spares = 4, MadvHugepage = 14;

    /// <summary>Held weakly: what nobody takes up, the garbage collector frees as if it had never been given back.</summary>
    static readonly WeakReference<byte[]>?[] Given = new WeakReference<byte[]>?[Spares];

    static int _next;

    /// <param name="clear">Black, or else whatever the memory holds.</param>
    internal static byte[] Take(int length, bool clear)
    {
        if (length < Large)
            return clear ? new byte[length] : GC.AllocateUninitializedArray<byte>(length);
        if (TakeGiven(length) is not { } bytes)
            return Fresh(length, clear);
        if (clear)
            Array.Clear(bytes);
        return bytes;
    }

    /// <param name="bytes">Not used by the giver from now on.</param>
    internal static void Give(byte[] bytes)
    {
        if (bytes.Length < Large)
            return;
        lock (Given)
            Given[_next++ % Spares] = new(bytes);
    }

    static byte[]? TakeGiven(int length)
    {
        lock (Given)
            for (var i = 0; i < Spares; i++)
                if (Given[i] is { } given && given.TryGetTarget(out var bytes) && bytes.Length == length)
                {
                    Given[i] = null;
                    return bytes;
                }
        return null;
    }

    static byte[] Fresh(int length, bool clear)
    {
        var bytes = clear ? new byte[length] : GC.AllocateUninitializedArray<byte>(length);
        if (length >= 2 * HugePage && OperatingSystem.IsLinux())
            AdviseHugePages(bytes);
        return bytes;
    }

    /// <summary>
    /// Advice only: nothing depends on whether it is taken. Large arrays do not move; if this one did, the advice would lie on other memory, where it does
    /// no harm either. It begins at a multiple of 64 KB, with what the garbage collector keeps before the array, or the first 2 MB would come as small pages.
    /// </summary>
    static unsafe void AdviseHugePages(byte[] array)
    {
        var page = (nuint)Environment.SystemPageSize;
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        var (first, end) = (start & ~(nuint)0xffff, (start + (nuint)array.Length) & ~(page - 1));
        _ = MAdvise(first, end - first, MadvHugepage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(nuint address, nuint length, int advice);
}
