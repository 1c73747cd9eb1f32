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

    /// <summary>
    /// What is odd about the size that a description states; null: nothing. Programs that save a smaller copy often keep the larger one's description, with
    /// its power and microns. A part that was cut out has other proportions, and its scale is as stated.
    /// <code>
    ///   Aperio Image Library v10.0.51  46920x33014 [0,100 46000x32914] (240x240) JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990
    /// </code>
    /// </summary>
    internal static string? OddSize(string description, PixelSize size)
    {
        var stated = (description.StartsWith("Aperio", StringComparison.Ordinal) ? AperioSize().Matches(description.Split('|')[0])
            : OmeSize().Matches(description)).Select(match => (Width: Whole(match.Groups["w"]), Height: Whole(match.Groups["h"]))).ToList();
        if (stated.Exists(one => one == (size.Width, size.Height)))
            return null;
        foreach (var (width, height) in stated)
        {
            var (across, down) = ((double)width / size.Width, (double)height / size.Height);
            if (across is > 1.1 or < 1 / 1.1 && Math.Abs(across - down) < 0.01 * across)
                return FormattableString.Invariant($"its description is of {width} x {height} px, and it has {size}, as a copy made ")
                    + FormattableString.Invariant($"{(across > 1 ? across : 1 / across):0.##} times {(across > 1 ? "smaller" : "larger")}: ")
                    + "power and microns may be those of the other; if so, give its own (mpp, magnification)";
        }
        return null;

        static int Whole(Group digits) => int.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    /// <summary>Microns are what OME means without a unit.</summary>
    static double? Microns(Match stated) => stated.Success ? Microns(stated.Groups[1].Value) : 1;

    /// <summary>Microns of a unit; null where it is none of length, or one that is told elsewhere (ImageJ's inch and cm).</summary>
    static double? Microns(string unit) => unit switch
    {
        "micron" or "microns" or "micrometer" or "micrometers" or "micrometre" or "micrometres" => 1,
        "um" or "µm" or "\u03BCm" or "\\u00B5m" or "&#181;m" or "&#xB5;m" => 1,
        "nm" or "nanometer" => 1e-3,
        "mm" or "millimeter" => 1e3,
        _ => null,
    };

    /// <summary>How many images ImageJ or tifffile say that they have put into the file; 1 where they say nothing.</summary>
    /// <param name="samples">Of a pixel of the first: with it, height and width the shape ends that tifffile writes as {"shape": [5, 480, 640]}.</param>
    internal static int Images(string description, PixelSize size, int samples)
    {
        if (description.StartsWith("ImageJ", StringComparison.Ordinal))
            return int.TryParse(ImageJImages().Match(description).Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var stated)
                ? stated : 1;
        double all = 1;
        foreach (var side in Shape().Match(description).Groups[1].Captures)
            all *= double.Parse(side.ToString()!, NumberStyles.None, CultureInfo.InvariantCulture);
        return all / ((double)size.Width * size.Height * samples) is > 1 and < int.MaxValue and var images ? (int)images : 1;
    }

    /// <summary>The names of an OME file's channels, or of one page of a QPTIFF.</summary>
    internal static string[] ChannelNames(string description) =>
        [.. (description.Contains("<OME", StringComparison.Ordinal) ? OmeChannel() : PageName()).Matches(description).Select(match => match.Groups[1].Value)];

    static double Number(Regex pattern, string text) =>
        double.TryParse(pattern.Match(text).Groups[1].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;

    [GeneratedRegex(@"\|\s*MPP\s*=\s*([0-9.]+)(?=[\s|]|$)")] private static partial Regex AperioMpp();
    [GeneratedRegex(@"\|\s*AppMag\s*=\s*([0-9.]+)(?=[\s|]|$)")] private static partial Regex AperioPower();
    [GeneratedRegex(@"(?<![(0-9]|->\s*)\b(?<w>\d+)x(?<h>\d+)\b")] private static partial Regex AperioSize();
    [GeneratedRegex(@"\sSizeX=""(?<w>\d+)""[^>]*?\sSizeY=""(?<h>\d+)""|\sSizeY=""(?<h>\d+)""[^>]*?\sSizeX=""(?<w>\d+)""")]
    private static partial Regex OmeSize();
    [GeneratedRegex(@"^unit=(\S+)\s*$", RegexOptions.Multiline)] private static partial Regex ImageJUnit();
    [GeneratedRegex(@"^images=([0-9]+)\s*$", RegexOptions.Multiline)] private static partial Regex ImageJImages();
    [GeneratedRegex(@"^\{[^\[]*""shape"":\s*\[\s*(?:([0-9]+)\s*,?\s*)+\]")] private static partial Regex Shape();
    [GeneratedRegex(@"<Channel\s[^>]*\bName=""([^""]*)""")] private static partial Regex OmeChannel();
    [GeneratedRegex(@"<Name>([^<]*)</Name>")] private static partial Regex PageName();
    [GeneratedRegex(@"\sPhysicalSizeX=""([0-9.eE+-]+)""")] private static partial Regex OmeX();
    [GeneratedRegex(@"\sPhysicalSizeY=""([0-9.eE+-]+)""")] private static partial Regex OmeY();
    [GeneratedRegex(@"\sPhysicalSizeXUnit=""([^""]*)""")] private static partial Regex OmeUnitX();
    [GeneratedRegex(@"\sPhysicalSizeYUnit=""([^""]*)""")] private static partial Regex OmeUnitY();
}
