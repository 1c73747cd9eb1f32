using System.Buffers.Binary;

namespace Patchwise;

/// <summary>
/// The versions of other libraries that a library for Linux asks for. TorchSharp's asks for a version of libstdc++ of 2023 and takes no symbol from it, so that
/// where that is optional, it loads with those of 2022, too.
/// </summary>
static class ElfVersions
{
    const byte Weak = 2;

    /// <summary>
    /// Marks a version as one that may be missing. False, and nothing is changed, where the file does not ask for it. Each version asked for has, in
    /// .gnu.version_r, its hash (4 bytes), flags (2), number (2), name (4) and the way to the next (4), which follows or is none.
    /// </summary>
    internal static bool MakeOptional(Span<byte> elf, string version)
    {
        Span<byte> hash = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(hash, Hash(version));
        for (var at = 0; elf[at..].IndexOf(hash) is >= 0 and var next; at++)
        {
            at += next;
            if (at % 4 == 0 && at <= elf.Length - 16 && BinaryPrimitives.ReadUInt16LittleEndian(elf[(at + 4)..]) is 0 or Weak
                && BinaryPrimitives.ReadUInt32LittleEndian(elf[(at + 12)..]) is 0 or 16)
            {
                elf[at + 4] |= Weak;
                return true;
            }
        }
        return false;
    }

    /// <summary>As ELF hashes names.</summary>
    static uint Hash(string name)
    {
        var hash = 0u;
        foreach (var letter in Encoding.ASCII.GetBytes(name))
        {
            hash = (hash << 4) + letter;
            var high = hash & 0xf0000000;
            hash = (hash ^ high >> 24) & ~high;
        }
        return hash;
    }
}
