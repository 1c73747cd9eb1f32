namespace Patchwise;

/// <summary>
/// Images that are dark all over: most often numbers of 10 to 14 bits of a camera, or of 8, in a file of 16, which are taken for shares of 65,535. Networks and
/// SSIM were made for the whole range, and tell little of them.
/// </summary>
public static class Darkness
{
    /// <summary>Of 255: what 14 bits give.</summary>
    const int Most = 63;

    /// <summary>The largest of 8-bit samples; of bright ones 255 stands for it.</summary>
    public static int Brightest(ReadOnlySpan<byte> samples)
    {
        if (samples.ContainsAnyInRange((byte)(Most + 1), byte.MaxValue))
            return byte.MaxValue;
        var most = 0;
        foreach (var sample in samples)
            most = Math.Max(most, sample);
        return most;
    }

    /// <summary>What to say where nothing is brighter than this, of 255; null: nothing.</summary>
    public static string? Of(int brightest) => brightest > Most ? null
        : Invariant($"nothing is brighter than {brightest} of 255: if these are numbers of 8 to 14 bits in a file of 16, scale them to its range; ")
            + "what is measured and predicted here was made for bright images";
}
