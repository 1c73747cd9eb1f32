using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Writes a call of <see cref="StopPoint"/> into each loop, function, property and lambda of a cell, on the line where it begins, so that lines in traces stay
/// right. What it writes in lambdas may not compile (one that becomes an expression tree); then the cell runs without those.
/// </summary>
static class Instrumented
{
    const string Pass = "global::CSharpNotebook.StopPoint.Pass();", Enter = "global::CSharpNotebook.StopPoint.Enter();";

    /// <param name="lambdas">Whether into lambdas as well.</param>
    internal static string Of(string code, bool lambdas = true)
    {
        var root = SyntaxFactory.ParseCompilationUnit(code, options: ScriptSession.Script);
        if (root.ContainsDiagnostics)
            return code;
        var made = new StringBuilder(code);
        // From the end to the start, so that places stay right. At one place stand no two that differ.
        foreach (var (at, remove, insert) in root.DescendantNodes().SelectMany(node => Edits(node, lambdas)).OrderByDescending(edit => edit.At))
            made.Remove(at, remove).Insert(at, insert);
        return made.ToString();
    }

    static (int At, int Remove, string Insert)[] Edits(SyntaxNode node, bool lambdas) => node switch
    {
        WhileStatementSyntax loop => Loop(loop.Statement),
        DoStatementSyntax loop => Loop(loop.Statement),
        ForStatementSyntax loop => Loop(loop.Statement),
        CommonForEachStatementSyntax loop => Loop(loop.Statement),
        MethodDeclarationSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, IsVoid(one.ReturnType, one.Modifiers)),
        LocalFunctionStatementSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, IsVoid(one.ReturnType, one.Modifiers)),
        ConstructorDeclarationSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, isVoid: true),
        OperatorDeclarationSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, isVoid: false),
        ConversionOperatorDeclarationSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, isVoid: false),
        AccessorDeclarationSyntax one => Function(one.Body, one.ExpressionBody, one.SemicolonToken, !one.IsKind(SyntaxKind.GetAccessorDeclaration)),
        PropertyDeclarationSyntax { ExpressionBody: { } value } one => Getter(value, one.SemicolonToken),
        IndexerDeclarationSyntax { ExpressionBody: { } value } one => Getter(value, one.SemicolonToken),
        AnonymousFunctionExpressionSyntax or LambdaExpressionSyntax when !lambdas => [],
        AnonymousFunctionExpressionSyntax { Block: { } block } => [(block.OpenBraceToken.Span.End, 0, Enter)],
        // A lambda with an expression gets a block where it surely has a value: a call may be one that returns nothing.
        LambdaExpressionSyntax { ExpressionBody: { } value } when value is not (InvocationExpressionSyntax or AssignmentExpressionSyntax
            or AwaitExpressionSyntax or ThrowExpressionSyntax or BaseObjectCreationExpressionSyntax or PostfixUnaryExpressionSyntax
            or PrefixUnaryExpressionSyntax or ConditionalAccessExpressionSyntax) => [(value.SpanStart, 0, "{" + Enter + "return "), (value.Span.End, 0, ";}")],
        _ => [],
    };

    static (int, int, string)[] Getter(ArrowExpressionClauseSyntax value, SyntaxToken semicolon) => semicolon.IsMissing ? []
        : [(value.ArrowToken.SpanStart, value.ArrowToken.Span.Length, "{get{" + Enter + (value.Expression is ThrowExpressionSyntax ? "" : "return ")),
            (semicolon.Span.End, 0, "}}")];

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
