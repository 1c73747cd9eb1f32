using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Language;

/// <summary>Whether Enter should run the code or begin another line of it, by its syntax alone: the kernel has no command that asks this.</summary>
static class Unfinished
{
    const string Step = "    ", EndOfLineInText = "CS1010";

    /// <summary>Texts, comments and blocks of the preprocessor that go on over lines and have no end yet.</summary>
    static readonly HashSet<string> Open = ["CS1035", "CS1039", "CS8997", "CS1027", "CS1038"];

    internal static Completeness Of(string code)
    {
        if (Segment.IsTooDeep(code))
            return new(CompletenessStatus.Invalid);
        var csharp = Segment.OnlyCSharp(code);
        var tree = SyntaxFactory.ParseSyntaxTree(csharp, ScriptSession.Script);
        var root = (CompilationUnitSyntax)tree.GetRoot();
        var errors = tree.GetDiagnostics().Where(error => error.Severity == DiagnosticSeverity.Error).ToArray();
        if (errors.Any(error => error.Id == EndOfLineInText))
            return new(CompletenessStatus.Invalid);
        if (errors.Any(error => Open.Contains(error.Id)))
            return new(CompletenessStatus.Incomplete, errors.Any(error => error.Id is "CS1027" or "CS1038") ? Indent(root) : "");
        if (!SyntaxFactory.IsCompleteSubmission(tree))
            return new(CompletenessStatus.Incomplete, Indent(root));
        return new(errors.Length > 0 ? CompletenessStatus.Invalid : CompletenessStatus.Complete);
    }

    /// <summary>One step further in than the line with the innermost bracket that is still open, or than a line that ends in the middle.</summary>
    static string Indent(CompilationUnitSyntax root)
    {
        var text = root.GetText();
        Stack<SyntaxToken> open = [];
        SyntaxToken last = default;
        foreach (var token in root.DescendantTokens().Where(token => !token.IsMissing && !token.IsKind(SyntaxKind.EndOfFileToken)))
        {
            last = token;
            if (token.Kind() is SyntaxKind.OpenBraceToken or SyntaxKind.OpenParenToken or SyntaxKind.OpenBracketToken)
                open.Push(token);
            else if (token.Kind() is SyntaxKind.CloseBraceToken or SyntaxKind.CloseParenToken or SyntaxKind.CloseBracketToken)
                open.TryPop(out _);
        }
        if (last == default)
            return "";
        var line = text.Lines.GetLineFromPosition((open.TryPeek(out var inner) ? inner : last).SpanStart).ToString();
        var own = line[..^line.TrimStart().Length];
        return open.Count == 0 && last.Kind() is SyntaxKind.SemicolonToken or SyntaxKind.CloseBraceToken or SyntaxKind.CloseBracketToken ? own : own + Step;
    }
}
