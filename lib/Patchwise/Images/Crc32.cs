namespace Patchwise;

/// <summary>The checksum of zip and PNG.</summary>
public static class Crc32
{
    /// <param name="before">The checksum of the bytes that these follow.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0) => LibDeflate.Checksum(bytes, before);
}
