namespace Patchwise;

/// <summary>
/// The arrays behind rasters. A large one that a reader of strips gives back is used for the next of its length, so that memory does not grow with the number
/// of strips until the garbage collector looks.
/// </summary>
static class PixelMemory
{
    const int Large = 1 << 20, Spares = 4;

    /// <summary>Held weakly: what nobody takes up, the garbage collector frees as if it had never been given back.</summary>
    static readonly WeakReference<byte[]>?[] Given = new WeakReference<byte[]>?[Spares];

    static int _next;

    /// <param name="clear">Black, or else whatever the memory holds.</param>
    internal static byte[] Take(int length, bool clear)
    {
        if (length >= Large)
            lock (Given)
                for (var i = 0; i < Spares; i++)
                    if (Given[i] is { } given && given.TryGetTarget(out var bytes) && bytes.Length == length)
                    {
                        Given[i] = null;
                        if (clear)
                            Array.Clear(bytes);
                        return bytes;
                    }
        return clear ? new byte[length] : GC.AllocateUninitializedArray<byte>(length);
    }

    /// <param name="bytes">Not used by the giver from now on.</param>
    internal static void Give(byte[] bytes)
    {
        if (bytes.Length >= Large)
            lock (Given)
                Given[_next = (_next + 1) % Spares] = new(bytes);
    }
}
