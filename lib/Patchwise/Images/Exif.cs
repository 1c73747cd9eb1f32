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

/// <summary>
/// Microns per pixel from the resolution tags of a file. Most writers put a screen or print default there (72 to 1200 dots per inch,
/// 353 to 21 microns), which says nothing of the specimen, so only 0.01 to 20 microns count, and only where x and y differ less than fourfold.
/// </summary>
static class PixelSpacing
{
    const double Least = 0.01, Most = 20, MostAspect = 4;

    internal const double MicronsPerCentimetre = 10_000, MicronsPerMetre = 1_000_000;

    /// <summary>The unit as TIFF and EXIF number it: 2 is an inch, 3 a centimetre.</summary>
    internal static Mpp? OfUnit(double perUnitX, double perUnitY, int unit) =>
        unit is 2 or 3 ? Of(perUnitX, perUnitY, unit == 2 ? 25_400 : MicronsPerCentimetre) : null;

    /// <summary>From pixels per unit of length along x and y; null where that is no plausible pixel size.</summary>
    internal static Mpp? Of(double perUnitX, double perUnitY, double micronsPerUnit) => OfMicrons(micronsPerUnit / perUnitX, micronsPerUnit / perUnitY);

    internal static Mpp? OfMicrons(double x, double y) =>
        x is >= Least and <= Most && y is >= Least and <= Most && x / y is > 1 / MostAspect and < MostAspect ? new Mpp(x, y) : null;
}
