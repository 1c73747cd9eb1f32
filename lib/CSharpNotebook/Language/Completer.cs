using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.DotNet.Interactive.Events;

namespace CSharpNotebook.Language;

/// <summary>
/// The kernel's completions as Jupyter wants them: of all names that may stand there, those that go on from what is written; without brackets.
/// </summary>
static partial class Completer
{
    internal static Completions Of(string code, int position, IEnumerable<CompletionItem> all)
    {
        var line = code[..position][(code.LastIndexOf('\n', Math.Max(0, position - 1), position) + 1)..];
        // A magic command or the path of a file goes on to the next blank, quote or slash.
        var start = line.StartsWith('#') ? position - Word().Match(line).Length : Start(code, position);
        var (prefix, end) = (code[start..position], WordEnd(code, position));
        var items = all.Where(item => item.Kind != "Snippet" && Text(item).StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .GroupBy(Text).Select(same => (Item: same.First(), Text: same.Key))
            .OrderByDescending(found => found.Text.StartsWith(prefix, StringComparison.Ordinal)).ThenBy(found => Rank(found.Item.Kind))
            .ThenBy(found => found.Text, StringComparer.OrdinalIgnoreCase).ThenBy(found => found.Text, StringComparer.Ordinal);
        return new(start, end, [.. items.Select(found => new Completion(found.Text, Kind(found.Item.Kind), found.Item.Documentation ?? ""))]);
    }

    internal static string WordAt(string code, int position) => code[Start(code, position)..WordEnd(code, position)];

    static int Start(string code, int position)
    {
        var start = position;
        while (start > 0 && SyntaxFacts.IsIdentifierPartCharacter(code[start - 1]))
            start--;
        return start;
    }

    static int WordEnd(string code, int position)
    {
        while (position < code.Length && SyntaxFacts.IsIdentifierPartCharacter(code[position]))
            position++;
        return position;
    }

    /// <summary>What is inserted is a snippet with places to fill in, which the clients of Jupyter would show as they are.</summary>
    static string Text(CompletionItem item) => item.InsertTextFormat == InsertTextFormat.Snippet ? item.FilterText ?? item.DisplayText
        : item.InsertText ?? item.DisplayText;

    /// <summary>Nearest first.</summary>
    static int Rank(string? kind) => kind switch
    {
        "Local" or "Parameter" or "RangeVariable" or "Field" => 0,
        "Property" or "Method" or "EnumMember" or "Constant" => 1,
        "Keyword" => 3,
        _ => 2
    };

    /// <summary>As Jupyter clients name the kinds of names.</summary>
    static string Kind(string? kind) => kind switch
    {
        "Namespace" or "Module" => "module",
        "Structure" => "struct",
        "Interface" => "interface",
        "Enum" => "enum",
        "Class" or "Delegate" or "TypeParameter" => "class",
        "Method" or "ExtensionMethod" or "Operator" => "method",
        "Property" => "property",
        "Event" => "event",
        "Field" or "EnumMember" or "Constant" => "field",
        "Keyword" or "Intrinsic" => "keyword",
        "Reference" => "path",
        _ => "variable",
    };

    [GeneratedRegex("""[^\s"/\\]*$""")]
    private static partial Regex Word();
}
