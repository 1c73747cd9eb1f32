using Microsoft.CodeAnalysis.CSharp;

namespace CSharpNotebook.Scripting;

/// <summary>
/// How deep square brackets lie in each other: the compiler's parser takes the square of it, half a minute for 4,000, and does not stop when asked.
/// </summary>
static class Nesting
{
    internal const int Most = 100;

    internal static bool IsTooDeep(string code) =>
        Deepest(code.Select(character => character switch { '[' => SyntaxKind.OpenBracketToken, ']' => SyntaxKind.CloseBracketToken, _ => SyntaxKind.None }))
        > Most
        // Those in texts and comments do not count.
        && Deepest(SyntaxFactory.ParseTokens(code, options: ScriptSession.Script).Select(token => token.Kind())) > Most;

    static int Deepest(IEnumerable<SyntaxKind> tokens)
    {
        var (depth, deepest) = (0, 0);
        foreach (var token in tokens)
        {
            depth = token switch { SyntaxKind.OpenBracketToken => depth + 1, SyntaxKind.CloseBracketToken => Math.Max(0, depth - 1), _ => depth };
            deepest = Math.Max(deepest, depth);
        }
        return deepest;
    }
}
