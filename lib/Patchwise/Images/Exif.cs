using System.Buffers.Binary;

namespace Patchwise;

/// <summary>The few tags of an EXIF block that matter here. A block that is damaged anywhere counts as absent there: it never stops an image.</summary>
/// <param name="Orientation">1 to 8 as in TIFF; 1 where absent or out of range.</param>
readonly record struct Exif(int Orientation, Mpp? Mpp)
{
    internal static Exif None => new(1, null);

    const int OrientationTag = 0x112, XResolutionTag = 0x11A, YResolutionTag = 0x11B, UnitTag = 0x128;

    /// <summary>Reads the first directory of a TIFF structure: <paramref name="block"/> begins with its byte order, II or MM.</summary>
    internal static Exif Read(ReadOnlySpan<byte> block)
    {
        var reader = new Reader(block);
        if (!reader.IsTiff)
            return None;
        int orientation = 1, unit = 2;
        double x = 0, y = 0;
        var directory = reader.UInt32(4);
        var count = reader.UInt16(directory);
        for (var i = 0; i < count; i++)
        {
            var entry = directory + 2 + 12L * i;
            switch (reader.UInt16(entry))
            {
                case OrientationTag: orientation = reader.UInt16(entry + 8); break;
                case UnitTag: unit = reader.UInt16(entry + 8); break;
                case XResolutionTag: x = reader.Rational(reader.UInt32(entry + 8)); break;
                case YResolutionTag: y = reader.Rational(reader.UInt32(entry + 8)); break;
            }
        }
        return new(orientation is >= 1 and <= 8 ? orientation : 1, PixelSpacing.OfUnit(x, y, unit));
    }

    /// <summary>Numbers at an offset in the block's byte order; 0 where the offset lies outside.</summary>
    readonly ref struct Reader(ReadOnlySpan<byte> block)
    {
        readonly ReadOnlySpan<byte> _block = block;
        readonly bool _bigEndian = block.StartsWith("MM"u8);

        internal bool IsTiff => (_bigEndian || _block.StartsWith("II"u8)) && UInt16(2) == 42;

        internal int UInt16(long at) => at < 0 || at > _block.Length - 2 ? 0
            : _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(_block[(int)at..]) : BinaryPrimitives.ReadUInt16LittleEndian(_block[(int)at..]);

        internal long UInt32(long at) => at < 0 || at > _block.Length - 4 ? 0
            : _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(_block[(int)at..]) : BinaryPrimitives.ReadUInt32LittleEndian(_block[(int)at..]);

        internal double Rational(long at) => UInt32(at) / (double)UInt32(at + 4);
    }
}
