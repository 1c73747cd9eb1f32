using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Patchwise;

/// <summary>
/// Asks Linux to back a large array with 2 MB pages before it is first touched, as numpy does for its arrays:
/// touching fresh memory in 4 KB pages costs more than resizing into it. Advice only: nothing depends on whether it is taken.
/// </summary>
static partial class HugePages
{
    const int WorthIt = 4 << 20, MadvHugepage = 14;

    internal static unsafe void Advise(byte[] array)
    {
        if (array.Length < WorthIt || !OperatingSystem.IsLinux())
            return;
        // Large arrays do not move; if this one did, the advice would lie on other memory, where it does no harm either.
        var page = (nuint)Environment.SystemPageSize;
        var start = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        var (first, end) = ((start + page - 1) & ~(page - 1), (start + (nuint)array.Length) & ~(page - 1));
        _ = MAdvise(first, end - first, MadvHugepage);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(nuint address, nuint length, int advice);
}
