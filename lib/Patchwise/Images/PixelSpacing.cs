namespace Patchwise;

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
