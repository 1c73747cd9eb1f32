using System.Text;

namespace Patchwise;

/// <summary>How wide text gets, without a font at hand: the advances of DejaVu Sans, wider than the usual sans-serif fonts, so that nothing is cut off.</summary>
static class TextWidth
{
    // Percent of the font size, from space to tilde.
    static readonly byte[] Ascii =
    [
        32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53,
        100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50,
        50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
    ];

    /// <summary>Pixels at a font size; bold is a tenth wider.</summary>
    internal static double Of(string text, double size, bool bold = false)
    {
        var sum = 0;
        foreach (var rune in text.EnumerateRunes())
            sum += rune.Value switch
            {
                >= 32 and < 127 => Ascii[rune.Value - 32],
                < 0x2000 => 66,
                >= 0x2e80 => 130,
                _ => 84,
            };
        return sum / 100.0 * size * (bold ? 1.12 : 1);
    }

    /// <summary>Lines no wider than <paramref name="width"/>, broken at spaces; a word wider than that is cut and ends in an ellipsis.</summary>
    internal static string[] Wrap(string text, double width, double size, bool bold = false)
    {
        List<string> lines = [];
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split('\n'))
        {
            var line = "";
            foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Cut(word, width, size, bold)))
            {
                if (line is not "" && Of($"{line} {word}", size, bold) > width)
                    (line, _) = (word, Add(line));
                else
                    line = line is "" ? word : $"{line} {word}";
            }
            Add(line);
        }
        return [.. lines];

        bool Add(string line)
        {
            lines.Add(line);
            return true;
        }
    }

    /// <summary>The text, or as much of its beginning as fits, with an ellipsis.</summary>
    internal static string Cut(string text, double width, double size, bool bold = false)
    {
        if (Of(text, size, bold) <= width)
            return text;
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Of($"{kept}{rune}…", size, bold) > width)
                break;
            kept.Append(rune);
        }
        return $"{kept}…";
    }
}
