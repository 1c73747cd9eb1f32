using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Scripting;

/// <summary>
/// The C# of a cell whose lines may be of several languages and commands, for those who only read it; the kernel's own parser splits what is run.
/// </summary>
static partial class Segment
{
    /// <summary>With everything else blank, so that each place stays where it is. Brackets without end are not read.</summary>
    internal static string OnlyCSharp(string code)
    {
        if (IsTooDeep(code))
            return new(' ', code.Length);
        var kept = code.ToCharArray();
        var isCSharp = true;
        for (int start = 0, end; start < code.Length; start = end + 1)
        {
            end = code.IndexOf('\n', start) is >= 0 and var found ? found : code.Length;
            var line = code[start..end].TrimEnd('\r');
            var magic = Magic().Match(line);
            if (magic.Success && !Commands.Contains(magic.Groups[1].Value))
                isCSharp = magic.Groups[1].Value is "csharp" or "c#" or "C#";
            if (magic.Success || !isCSharp || Package().IsMatch(line))
                kept.AsSpan(start, end - start).Fill(' ');
        }
        return new(kept);
    }

    internal const int MostBrackets = 100;

    /// <summary>
    /// Whether square brackets lie in each other so deep that the compiler's parser, which takes the square of it, would need minutes and not stop when asked.
    /// </summary>
    internal static bool IsTooDeep(string code) => IsDeep(code.Select(letter => letter switch { '[' => 1, ']' => -1, _ => 0 }))
        // Those in texts and comments do not count.
        && IsDeep(SyntaxFactory.ParseTokens(code, options: ScriptSession.Script)
            .Select(token => token.Kind() switch { SyntaxKind.OpenBracketToken => 1, SyntaxKind.CloseBracketToken => -1, _ => 0 }));

    static bool IsDeep(IEnumerable<int> steps)
    {
        var depth = 0;
        return steps.Any(step => (depth = Math.Max(0, depth + step)) > MostBrackets);
    }

    /// <summary>The names of the magic commands, with #!.</summary>
    internal static IEnumerable<string> MagicsOf(string code) =>
        code.Split('\n').Select(line => Magic().Match(line.TrimEnd('\r'))).Where(magic => magic.Success).Select(magic => "#!" + magic.Groups[1].Value);

    /// <summary>After these the language goes on.</summary>
    static readonly HashSet<string> Commands = ["time", "who", "whos", "lsmagic", "about", "set", "share", "import"];

    [GeneratedRegex(@"^#!([A-Za-z][\w#-]*)(\s.*)?$")]
    private static partial Regex Magic();

    [GeneratedRegex("""^[ \t]*#[ri][ \t]+"nuget:""")]
    private static partial Regex Package();
}
