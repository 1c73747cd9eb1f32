using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Writes a call of <see cref="StopPoint"/> into each loop, function and lambda of a cell, on the line where it begins, so that lines in
/// traces stay right. What it writes may rarely not compile (a lambda that becomes an expression tree); then the cell runs as it was written.
/// </summary>
static class Instrumented
{
    const string Pass = "global::CSharpNotebook.StopPoint.Pass();", Enter = "global::CSharpNotebook.StopPoint.Enter();";

    internal static string Of(string code)
    {
        var root = SyntaxFactory.ParseCompilationUnit(code, options: ScriptSession.Script);
        if (root.ContainsDiagnostics)
            return code;
        var made = new StringBuilder(code);
        // From the end to the start, so that places stay right. At one place stand no two that differ.
        foreach (var (at, remove, insert) in root.DescendantNodes().SelectMany(Edits).OrderByDescending(edit => edit.At))
            made.Remove(at, remove).Insert(at, insert);
        return made.ToString();
    }

    static IEnumerable<(int At, int Remove, string Insert)> Edits(SyntaxNode node) => node switch
    {
        WhileStatementSyntax loop => Loop(loop.Statement),
        DoStatementSyntax loop => Loop(loop.Statement),
        ForStatementSyntax loop => Loop(loop.Statement),
        CommonForEachStatementSyntax loop => Loop(loop.Statement),
        MethodDeclarationSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, IsVoid(one.ReturnType, one.Modifiers)),
        LocalFunctionStatementSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, IsVoid(one.ReturnType, one.Modifiers)),
        AnonymousFunctionExpressionSyntax { Block: { } block } => [(block.OpenBraceToken.Span.End, 0, Pass)],
        // A lambda with an expression gets a block where it surely has a value: a call may be one that returns nothing.
        LambdaExpressionSyntax { ExpressionBody: { } value } when value is not (InvocationExpressionSyntax or AssignmentExpressionSyntax
            or AwaitExpressionSyntax or ThrowExpressionSyntax or BaseObjectCreationExpressionSyntax or PostfixUnaryExpressionSyntax
            or PrefixUnaryExpressionSyntax or ConditionalAccessExpressionSyntax) => [(value.SpanStart, 0, "{" + Pass + "return "), (value.Span.End, 0, ";}")],
        _ => [],
    };

    static (int, int, string)[] Loop(StatementSyntax body) => body is BlockSyntax block ? [(block.OpenBraceToken.Span.End, 0, Pass)]
        : [(body.SpanStart, 0, "{" + Pass), (body.Span.End, 0, "}")];

    static (int, int, string)[] Function(BlockSyntax? body, ArrowExpressionClauseSyntax? arrow, SyntaxToken semicolon, bool isVoid) =>
        body is not null ? [(body.OpenBraceToken.Span.End, 0, Enter)]
        : arrow is null || semicolon.IsMissing ? []
        : [(arrow.ArrowToken.SpanStart, arrow.ArrowToken.Span.Length, "{" + Enter + (isVoid || arrow.Expression is ThrowExpressionSyntax ? "" : "return ")),
            (semicolon.Span.End, 0, "}")];

    static bool IsVoid(TypeSyntax type, SyntaxTokenList modifiers) =>
        type.ToString() == "void" || (modifiers.Any(SyntaxKind.AsyncKeyword) && type.ToString().Split('.')[^1] is "Task" or "ValueTask");
}
