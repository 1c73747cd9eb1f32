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
        var state = State();
        return (long)(state.InArenas + state.InMappings);
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static partial Allocated State();

    /// <summary>The fields hblkhd and uordblks of glibc's struct mallinfo2, which has ten of 8 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    struct Allocated
    {
        [FieldOffset(32)] public readonly nuint InMappings;
        [FieldOffset(56)] public readonly nuint InArenas;
    }
}
