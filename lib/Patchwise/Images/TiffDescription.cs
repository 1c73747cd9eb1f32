using System.Text.RegularExpressions;

namespace Patchwise;

/// <summary>The resolution that microscopes and their programs write into the description of a TIFF file.</summary>
static partial class TiffDescription
{
    /// <summary>
    /// Aperio: <c>|AppMag = 20|MPP = 0.499</c>. OME: <c>PhysicalSizeX="0.25"</c>, in microns unless it states another unit.
    /// ImageJ: <c>unit=micron</c>, which makes the resolution tags pixels per micron; also nm and mm, as of OME.
    /// </summary>
    internal static (Mpp? Mpp, Magnification? Magnification) Read(string description, double perUnitX, double perUnitY)
    {
        if (description.StartsWith("Aperio", StringComparison.Ordinal))
        {
            double mpp = Number(AperioMpp(), description), power = Number(AperioPower(), description);
            return (PixelSpacing.OfMicrons(mpp, mpp), power is >= 0.1 and <= 1000 ? new Magnification(power) : null);
        }
        if (description.StartsWith("ImageJ", StringComparison.Ordinal))
            return (Microns(ImageJUnit().Match(description).Groups[1].Value) is { } each ? PixelSpacing.Of(perUnitX, perUnitY, each) : null, null);
        if (description.Contains("<OME", StringComparison.Ordinal) && Microns(OmeUnitX().Match(description)) is { } x
            && Microns(OmeUnitY().Match(description)) is { } y)
            return (PixelSpacing.OfMicrons(x * Number(OmeX(), description), y * Number(OmeY(), description)), null);
        return (null, null);
    }

    /// <summary>Microns are what OME means without a unit.</summary>
    static double? Microns(Match stated) => stated.Success ? Microns(stated.Groups[1].Value) : 1;

    /// <summary>Microns of a unit; null where it is none of length, or one that is told elsewhere (ImageJ's inch and cm).</summary>
    static double? Microns(string unit) => unit switch
    {
        "micron" or "um" or "µm" or "\u03BCm" or "\\u00B5m" or "&#181;m" or "&#xB5;m" => 1,
        "nm" => 1e-3,
        "mm" => 1e3,
        _ => null,
    };

    /// <summary>How many images ImageJ says that it has put into the file; 1 where it says nothing.</summary>
    internal static int Images(string description) => description.StartsWith("ImageJ", StringComparison.Ordinal)
        && int.TryParse(ImageJImages().Match(description).Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 1;

    /// <summary>The names of an OME file's channels, or of one page of a QPTIFF.</summary>
    internal static string[] ChannelNames(string description) =>
        [.. (description.Contains("<OME", StringComparison.Ordinal) ? OmeChannel() : PageName()).Matches(description).Select(match => match.Groups[1].Value)];

    static double Number(Regex pattern, string text) =>
        double.TryParse(pattern.Match(text).Groups[1].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    [GeneratedRegex(@"\|\s*MPP\s*=\s*([0-9.]+)(?=[\s|]|$)")] private static partial Regex AperioMpp();
    [GeneratedRegex(@"\|\s*AppMag\s*=\s*([0-9.]+)(?=[\s|]|$)")] private static partial Regex AperioPower();
    [GeneratedRegex(@"^unit=(\S+)\s*$", RegexOptions.Multiline)] private static partial Regex ImageJUnit();
    [GeneratedRegex(@"^images=([0-9]+)\s*$", RegexOptions.Multiline)] private static partial Regex ImageJImages();
    [GeneratedRegex(@"<Channel\s[^>]*\bName=""([^""]*)""")] private static partial Regex OmeChannel();
    [GeneratedRegex(@"<Name>([^<]*)</Name>")] private static partial Regex PageName();
    [GeneratedRegex(@"\sPhysicalSizeX=""([0-9.eE+-]+)""")] private static partial Regex OmeX();
    [GeneratedRegex(@"\sPhysicalSizeY=""([0-9.eE+-]+)""")] private static partial Regex OmeY();
    [GeneratedRegex(@"\sPhysicalSizeXUnit=""([^""]*)""")] private static partial Regex OmeUnitX();
    [GeneratedRegex(@"\sPhysicalSizeYUnit=""([^""]*)""")] private static partial Regex OmeUnitY();
}
