using System.Buffers.Binary;
using System.Text;

namespace Patchwise;

/// <summary>
/// The versions of other libraries that a library for Linux asks for. TorchSharp's asks for a version of libstdc++ of 2023 and takes no symbol from it, so that
/// where that is optional, it loads with those of 2022, too.
/// </summary>
/// <remarks>Layout: System V ABI, ELF-64; the section .gnu.version_r as the Linux Standard Base describes it.</remarks>
static class ElfVersions
{
    const uint VersionNeeds = 0x6ffffffe;
    const byte Weak = 2;
    const int Section = 64, Need = 16, Auxiliary = 16;

    /// <summary>Marks a version as one that may be missing. False, and nothing is changed, where the file is no such library or does not ask for it.</summary>
    internal static bool MakeOptional(Span<byte> elf, string version)
    {
        if (elf.Length < Section || !elf.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            return false;
        var (sections, size, count) = (U64(elf, 0x28), U16(elf, 0x3a), U16(elf, 0x3c));
        for (var i = 0L; i < count; i++)
            if (sections + i * size is var section && Holds(elf, section, Section) && U32(elf, section + 4) == VersionNeeds)
                return MakeOptional(elf, U64(elf, section + 0x18), U32(elf, section + 0x2c), Hash(version));
        return false;
    }

    static bool MakeOptional(Span<byte> elf, long need, uint libraries, uint version)
    {
        for (; libraries > 0 && Holds(elf, need, Need); libraries--, need += U32(elf, need + 12))
        {
            var auxiliary = need + U32(elf, need + 8);
            for (var left = U16(elf, need + 2); left > 0 && Holds(elf, auxiliary, Auxiliary); left--, auxiliary += U32(elf, auxiliary + 12))
                if (U32(elf, auxiliary) == version)
                {
                    elf[(int)auxiliary + 4] |= Weak;
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

    static bool Holds(ReadOnlySpan<byte> elf, long at, int bytes) => at >= 0 && at <= elf.Length - bytes;
    static ushort U16(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt16LittleEndian(elf[(int)at..]);
    static uint U32(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadUInt32LittleEndian(elf[(int)at..]);
    static long U64(ReadOnlySpan<byte> elf, long at) => BinaryPrimitives.ReadInt64LittleEndian(elf[(int)at..]);
}
