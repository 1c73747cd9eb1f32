using System.Buffers;
using System.Drawing;

namespace Patchwise;

/// <summary>Colors for classes and for values, that people with any color vision can tell apart.</summary>
public static class Palette
{
    /// <summary>
    /// Dark blue to yellow, for a value laid over an image: a straight line in the color space OKLab (Ottosson 2020), so that steps look even. Lightness rises
    /// along it, and blue and yellow stay apart for those who confuse red and green.
    /// </summary>
    internal static readonly string[] Heat = ["#0a2a6b", "#254470", "#415c74", "#5e7376", "#7c8a75", "#9ca172", "#bcb86b", "#ddd05f", "#ffe84a"];

    static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The color of a probability: see <see cref="Overlay.Scale"/>.</summary>
    public static string HeatAt(double share)
    {
        var place = Math.Clamp(share, 0, 1) * (Heat.Length - 1);
        var low = Math.Min((int)place, Heat.Length - 2);
        var (a, b, t) = (Rgb(Heat[low]), Rgb(Heat[low + 1]), place - low);
        int Mix(int from, int to) => (int)Math.Round(from + (to - from) * t);
        return $"#{Mix(a.R, b.R):x2}{Mix(a.G, b.G):x2}{Mix(a.B, b.B):x2}";
    }

    /// <summary>
    /// Found by search: distances in OKLab as normal, protan, deutan and tritan eyes see them (Machado, Oliveira, Fernandes 2009), as they are and half over
    /// the mean stain of H&amp;E. The least of any two is 0.16 (0.08 over stain) among the first nine, 0.10 (0.045) among twelve, 0.05 (0.025) among all.
    /// </summary>
    static readonly string[] Apart =
    [
        "#c41400", "#6289ff", "#89ff00", "#2700eb", "#ffb1ff", "#d88914", "#4e1462", "#894e89", "#000000",
        "#62d876", "#890014", "#ff14c4", "#00009d", "#628962", "#623b62", "#624eff", "#27003b", "#c46214",
        "#c4d8b1", "#4e624e", "#9d00b1", "#ffb13b", "#76b162", "#004e3b", "#14273b", "#c414d8", "#9d6289",
        "#4e3b89", "#eb4eff", "#4e0000", "#76eb76", "#d800b1",
    ];

    /// <summary>Colors for classes: 32 that people with any color vision tell apart, then hues a golden angle apart; none comes twice.</summary>
    public static string Distinct(int index)
    {
        if (index < Apart.Length)
            return Apart[index];
        var hue = index * 137.50776 % 360 / 60;
        int Part(double shift)
        {
            var x = (shift + hue) % 6;
            return (int)Math.Round(255 * (0.85 - 0.6 * Math.Clamp(Math.Min(x, 4 - x), 0, 1)));
        }
        return string.Create(CultureInfo.InvariantCulture, $"#{Part(5):x2}{Part(3):x2}{Part(1):x2}");
    }

    /// <summary>A color as #rrggbb; null stays null.</summary>
    /// <exception cref="BadInputException">Not a color as CSS writes them: #rrggbb, #rgb or a name.</exception>
    public static string? Checked(string? color) => color switch
    {
        null => null,
        ['#', _, _, _, _, _, _] when color.AsSpan(1).ContainsAnyExcept(Hex) is false => color.ToLowerInvariant(),
        ['#', var r, var g, var b] when color.AsSpan(1).ContainsAnyExcept(Hex) is false => $"#{r}{r}{g}{g}{b}{b}".ToLowerInvariant(),
        _ when Color.FromName(color) is { IsKnownColor: true, IsSystemColor: false, A: 255 } known => $"#{known.R:x2}{known.G:x2}{known.B:x2}",
        _ => throw new BadInputException($"the color '{color}': expected #rrggbb or a name such as orange"),
    };

    internal static (int R, int G, int B) Rgb(string hex)
    {
        int Part(int at) => int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (Part(1), Part(3), Part(5));
    }
}
