using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Writes a call of <see cref="StopPoint"/> into each loop, function and lambda of a cell, on the line where it begins, so that lines in
/// traces stay right. What it writes may rarely not compile (a lambda that becomes an expression tree); then the cell runs as it was written.
/// </summary>
sealed class Instrumented : CSharpSyntaxWalker
{
    const string Pass = "global::CSharpNotebook.StopPoint.Pass();", Enter = "global::CSharpNotebook.StopPoint.Enter();";

    readonly List<(int At, int Remove, string Insert)> _edits = [];

    internal static string Of(string code)
    {
        var root = SyntaxFactory.ParseCompilationUnit(code, options: ScriptSession.Script);
        if (root.ContainsDiagnostics)
            return code;
        var walker = new Instrumented();
        walker.Visit(root);
        var made = new StringBuilder(code);
        // From the end to the start, so that places stay right; edits of one place keep the order in which they were found.
        foreach (var (at, remove, insert) in walker._edits.Index().OrderByDescending(edit => edit.Item.At).ThenByDescending(edit => edit.Index)
            .Select(edit => edit.Item))
            made.Remove(at, remove).Insert(at, insert);
        return made.ToString();
    }

    public override void VisitWhileStatement(WhileStatementSyntax node) => Loop(node.Statement, () => base.VisitWhileStatement(node));

    public override void VisitDoStatement(DoStatementSyntax node) => Loop(node.Statement, () => base.VisitDoStatement(node));

    public override void VisitForStatement(ForStatementSyntax node) => Loop(node.Statement, () => base.VisitForStatement(node));

    public override void VisitForEachStatement(ForEachStatementSyntax node) => Loop(node.Statement, () => base.VisitForEachStatement(node));

    public override void VisitForEachVariableStatement(ForEachVariableStatementSyntax node) =>
        Loop(node.Statement, () => base.VisitForEachVariableStatement(node));

    public override void VisitMethodDeclaration(MethodDeclarationSyntax node)
    {
        Function(node.Body, node.ExpressionBody, node.SemicolonToken, IsVoid(node.ReturnType, node.Modifiers));
        base.VisitMethodDeclaration(node);
        CloseArrow(node.ExpressionBody, node.SemicolonToken);
    }

    public override void VisitLocalFunctionStatement(LocalFunctionStatementSyntax node)
    {
        Function(node.Body, node.ExpressionBody, node.SemicolonToken, IsVoid(node.ReturnType, node.Modifiers));
        base.VisitLocalFunctionStatement(node);
        CloseArrow(node.ExpressionBody, node.SemicolonToken);
    }

    public override void VisitSimpleLambdaExpression(SimpleLambdaExpressionSyntax node) => Lambda(node, () => base.VisitSimpleLambdaExpression(node));

    public override void VisitParenthesizedLambdaExpression(ParenthesizedLambdaExpressionSyntax node) =>
        Lambda(node, () => base.VisitParenthesizedLambdaExpression(node));

    public override void VisitAnonymousMethodExpression(AnonymousMethodExpressionSyntax node)
    {
        Insert(node.Block.OpenBraceToken.Span.End, Pass);
        base.VisitAnonymousMethodExpression(node);
    }

    void Loop(StatementSyntax body, Action inside)
    {
        if (body is BlockSyntax block)
        {
            Insert(block.OpenBraceToken.Span.End, Pass);
            inside();
            return;
        }
        Insert(body.SpanStart, "{" + Pass);
        inside();
        Insert(body.Span.End, "}");
    }

    void Function(BlockSyntax? body, ArrowExpressionClauseSyntax? arrow, SyntaxToken semicolon, bool isVoid)
    {
        if (body is not null)
            Insert(body.OpenBraceToken.Span.End, Enter);
        else if (arrow is not null && !semicolon.IsMissing)
            _edits.Add((arrow.ArrowToken.SpanStart, arrow.ArrowToken.Span.Length, "{" + Enter
                + (isVoid || arrow.Expression is ThrowExpressionSyntax ? "" : "return ")));
    }

    void CloseArrow(ArrowExpressionClauseSyntax? arrow, SyntaxToken semicolon)
    {
        if (arrow is not null && !semicolon.IsMissing)
            Insert(semicolon.Span.End, "}");
    }

    /// <summary>A lambda with an expression gets a block where it surely has a value: a call may be one that returns nothing.</summary>
    void Lambda(LambdaExpressionSyntax node, Action inside)
    {
        if (node.Block is { } block)
            Insert(block.OpenBraceToken.Span.End, Pass);
        var wrap = node.ExpressionBody is not (null or InvocationExpressionSyntax or AssignmentExpressionSyntax or AwaitExpressionSyntax
            or ThrowExpressionSyntax
            or BaseObjectCreationExpressionSyntax or PostfixUnaryExpressionSyntax or PrefixUnaryExpressionSyntax or ConditionalAccessExpressionSyntax);
        if (wrap)
            Insert(node.ExpressionBody!.SpanStart, "{" + Pass + "return ");
        inside();
        if (wrap)
            Insert(node.ExpressionBody!.Span.End, ";}");
    }

    static bool IsVoid(TypeSyntax type, SyntaxTokenList modifiers) =>
        type.ToString() == "void" || (modifiers.Any(SyntaxKind.AsyncKeyword) && type.ToString().Split('.')[^1] is "Task" or "ValueTask");

    void Insert(int at, string text) => _edits.Add((at, 0, text));
}
