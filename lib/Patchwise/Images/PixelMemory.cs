namespace Patchwise;

/// <summary>
/// The arrays behind rasters. Touching fresh memory costs more than resizing into it: the system fills it with zeros, page by page. So a large array
/// that its owner gives back is kept for the next raster of the same length.
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
        if (length < Large || TakeGiven(length) is not { } bytes)
            return clear ? new byte[length] : GC.AllocateUninitializedArray<byte>(length);
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
}
