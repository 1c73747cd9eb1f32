using System.Globalization;
using System.Text.RegularExpressions;

namespace Notebooks.Tests;

/// <summary>
/// Numbers in the text of a notebook come from its run: each stands in one of its outputs, with its unit, or among its parameters; or the sentence says that it
/// is published, reported, assumed or measured elsewhere, a rule, a definition, or an example.
/// </summary>
static partial class Prose
{
    /// <summary>Of the text as it is read: without code, the targets of links, the numbers of headings and lists, and names of notebooks.</summary>
    [GeneratedRegex(@"```.*?```|`[^`]*`|(?<=\])\([^)]*\)|<[^>]*>|^#+ \d+|^\s*\d+\.(?= )|\bnotebooks? \d+(?:(?:, | and | or | to )\d+)*",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    static partial Regex NotRead { get; }

    [GeneratedRegex(@"(?<![\w.,/-])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:st|nd|rd|th)?(?:(?:\s|-)?(%|px|x(?!\w)|µm|microns|mm|MB|GB|points))?")]
    static partial Regex Number { get; }

    [GeneratedRegex(@"\b(?:published|reported|assumed?|measured elsewhere|as a rule|by definition|such as|for example|example:)(?!\w)",
        RegexOptions.IgnoreCase)]
    static partial Regex Marked { get; }

    internal static string[] Sentences(string markdown) => [.. Regex.Split(NotRead.Replace(markdown, " "), @"(?<=[.?!])\**\s+|\n\s*\n|\n\s*[*-] |\n\|")];

    /// <summary>Numbers that have no place in any output or parameter, each with its sentence.</summary>
    internal static string[] Unsupported(string markdown, IReadOnlyList<string> outputs, string parameters)
    {
        List<string> found = [];
        foreach (var sentence in Sentences(markdown).Where(sentence => !Marked.IsMatch(sentence)))
            foreach (Match number in Number.Matches(sentence))
            {
                var (value, unit) = (Value(number), number.Groups[3].Value);
                bool In(string text) => Number.Matches(text).Any(other => Value(other) == value) && (text.Contains(unit, StringComparison.Ordinal)
                    || unit == "%" && Regex.IsMatch(text, @"\bpercent\b"));
                var given = Number.Matches(parameters).Select(Value).Any(other => other == value || unit == "%" && 100 * other == value);
                if (!given && !outputs.Any(In))
                    found.Add($"{number.Value}: {Regex.Replace(sentence.Trim(), @"\s+", " ")}");
            }
        return [.. found];
    }

    static decimal Value(Match number) =>
        decimal.Parse(number.Groups[1].Value.Replace(",", "", StringComparison.Ordinal) + number.Groups[2].Value, CultureInfo.InvariantCulture);

    /// <summary>Whether texts have the same words, and numbers that differ by no more than two percent and one in the last digit.</summary>
    internal static bool Alike(string one, string other)
    {
        const string Numbers = @"\d[\d,]*(?:\.\d+)?";
        static string Words(string text) => Regex.Replace(Regex.Replace(text, Numbers, "#"), @"\s+", " ");
        static (double Value, double Last)[] Values(string text) => [.. Regex.Matches(text, Numbers)
            .Select(match => match.Value.Replace(",", "", StringComparison.Ordinal).TrimEnd('.'))
            .Where(text => text is not "").Select(text => (double.Parse(text, CultureInfo.InvariantCulture),
            Math.Pow(10, -(text.Contains('.', StringComparison.Ordinal) ? text.Length - 1 - text.IndexOf('.', StringComparison.Ordinal) : 0))))];
        // One in the last digit, such as one object of thirty that another processor tells otherwise.
        return Words(one) == Words(other) && Values(one).Zip(Values(other)).All(pair =>
            Math.Abs(pair.First.Value - pair.Second.Value) <= 0.02 * Math.Max(pair.First.Value, pair.Second.Value)
                + 1.1 * Math.Max(pair.First.Last, pair.Second.Last));
    }
}
