using System.Runtime.InteropServices;

namespace Patchwise.Tests;

/// <summary>
/// What native code holds. The resident set is no measure of that: a runtime that gives back the heap of earlier tests meanwhile moves it by gigabytes.
/// </summary>
static partial class NativeHeap
{
    /// <summary>Bytes allocated and not freed, in all arenas and in mappings of their own.</summary>
    public static long InUse()
    {
        var state = mallinfo2();
        return (long)(state.InArenas + state.InMappings);
    }

    [LibraryImport("libc.so.6")]
    private static partial MallInfo mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    struct MallInfo
    {
        readonly nuint arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;

        public readonly nuint InArenas => uordblks;
        public readonly nuint InMappings => hblkhd;
    }
}
