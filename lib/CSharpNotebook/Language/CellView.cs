using CSharpNotebook.Scripting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Language;

/// <summary>Unfinished code as the compiler understands it after all earlier cells. Positions are those of the code as it was written.</summary>
sealed class CellView
{
    CellView(SyntaxTree tree, Compilation compilation)
    {
        (Root, Compilation, Model) = ((CompilationUnitSyntax)tree.GetRoot(), compilation, compilation.GetSemanticModel(tree));
    }

    internal CompilationUnitSyntax Root { get; }

    internal Compilation Compilation { get; }

    internal SemanticModel Model { get; }

    internal static CellView Of(ScriptSession session, string code)
    {
        var compilation = session.Preview(PackageReferences.Without(Segment.OnlyCSharp(code)));
        return new(compilation.SyntaxTrees.First(tree => tree.FilePath.Length == 0), compilation);
    }

    /// <summary>The token that ends at the position or goes on there.</summary>
    internal SyntaxToken TokenBefore(int position) => position == 0 ? default : Root.FindToken(position - 1);

    /// <summary>Where words are not names: comments, texts, numbers, and code left out by the preprocessor.</summary>
    internal bool IsWords(int position)
    {
        if (position == 0)
            return false;
        var trivia = Root.FindTrivia(position - 1);
        if (trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.DisabledTextTrivia) || SyntaxFacts.IsDocumentationCommentTrivia(trivia.Kind()))
            return true;
        if (trivia.IsKind(SyntaxKind.MultiLineCommentTrivia))
            return position < trivia.Span.End || trivia.ContainsDiagnostics;
        var token = TokenBefore(position);
        if (position <= token.SpanStart || position > token.Span.End)
            return false;
        return token.Kind() switch
        {
            SyntaxKind.InterpolatedStringTextToken => true,
            SyntaxKind.NumericLiteralToken => true,
            SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
                or SyntaxKind.Utf8StringLiteralToken => position < token.Span.End || token.ContainsDiagnostics,
            _ => false,
        };
    }

    /// <summary>The type or the namespace that stands before a dot, or the type of the value there; null where neither is known.</summary>
    internal (INamespaceOrTypeSymbol? Container, bool IsStatic, bool IsBoth) Before(SyntaxToken dot)
    {
        var left = dot.Parent switch
        {
            MemberAccessExpressionSyntax access => access.Expression,
            // What follows on the next line can make a name with a dot look like the type of a declaration.
            QualifiedNameSyntax name => SyntaxFactory.ParseExpression(name.Left.ToString()),
            AliasQualifiedNameSyntax { Alias: var alias } => alias,
            MemberBindingExpressionSyntax binding => binding.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>(access => access.OperatorToken.SpanStart < dot.SpanStart)?.Expression,
            _ => null,
        };
        if (left is null)
            return default;
        var written = left.SyntaxTree == Root.SyntaxTree;
        if (dot.IsKind(SyntaxKind.ColonColonToken))
            return (left.ToString() == "global" ? Compilation.GlobalNamespace : (Model.GetAliasInfo((IdentifierNameSyntax)left)?.Target as INamespaceOrTypeSymbol), true, false);
        var found = written ? Model.GetSymbolInfo(left) : Model.GetSpeculativeSymbolInfo(dot.SpanStart, left, SpeculativeBindingOption.BindAsExpression);
        var symbol = found.Symbol ?? found.CandidateSymbols.FirstOrDefault();
        if (!written && symbol is null)
            symbol = Model.GetSpeculativeSymbolInfo(dot.SpanStart, left, SpeculativeBindingOption.BindAsTypeOrNamespace).Symbol;
        if (symbol is INamespaceOrTypeSymbol container && left is not BaseExpressionSyntax and not ThisExpressionSyntax)
            return (container, true, false);
        var type = (written ? Model.GetTypeInfo(left) : Model.GetSpeculativeTypeInfo(dot.SpanStart, left, SpeculativeBindingOption.BindAsExpression)).Type;
        if (dot.Parent is MemberBindingExpressionSyntax && type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
            type = nullable.TypeArguments[0];
        if (type is IPointerTypeSymbol pointer)
            type = dot.Parent.IsKind(SyntaxKind.PointerMemberAccessExpression) ? pointer.PointedAtType : null;
        if (type is null or IErrorTypeSymbol || type.SpecialType == SpecialType.System_Void)
            return default;
        // A property that has the name of its type stands for both.
        return (type, false, symbol is not null && symbol.Name == type.Name && left is IdentifierNameSyntax);
    }
}
