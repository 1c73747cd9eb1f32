using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Language;

/// <summary>The call whose arguments are being written.</summary>
static class Call
{
    /// <summary>All overloads that may be meant, the chosen one first where the arguments decide already.</summary>
    internal static IReadOnlyList<IMethodSymbol> Candidates(CellView view, BaseArgumentListSyntax arguments)
    {
        if (arguments.Parent is not { } call)
            return [];
        var chosen = view.Model.GetSymbolInfo(call).Symbol as IMethodSymbol;
        var all = call switch
        {
            InvocationExpressionSyntax invocation => Invoked(view, invocation.Expression),
            BaseObjectCreationExpressionSyntax creation => view.Model.GetTypeInfo(creation).Type is INamedTypeSymbol made
                ? made.InstanceConstructors.Where(constructor => view.Model.IsAccessible(arguments.SpanStart, constructor)) : [],
            ConstructorInitializerSyntax => view.Model.GetMemberGroup(call).OfType<IMethodSymbol>(),
            _ => [],
        };
        return [.. (chosen is null ? [] : new[] { chosen }).Concat(all).DistinctBy(method => method.ToDisplayString(SymbolText.Short))];
    }

    static IEnumerable<IMethodSymbol> Invoked(CellView view, ExpressionSyntax called)
    {
        var group = view.Model.GetMemberGroup(called).OfType<IMethodSymbol>().ToArray();
        return group.Length > 0 ? group
            : view.Model.GetTypeInfo(called).Type is INamedTypeSymbol { DelegateInvokeMethod: { } invoke } ? [invoke] : view.Model.GetSymbolInfo(called).CandidateSymbols.OfType<IMethodSymbol>();
    }

    /// <summary>The arguments that the position stands in, without those of calls around it; null outside any.</summary>
    internal static BaseArgumentListSyntax? Around(CellView view, int position)
    {
        for (var node = view.TokenBefore(position).Parent; node is not null and not StatementSyntax and not AnonymousFunctionExpressionSyntax { Body: BlockSyntax }; node = node.Parent)
            if (node is ArgumentListSyntax list && position >= list.OpenParenToken.Span.End && (list.CloseParenToken.IsMissing || position <= list.CloseParenToken.SpanStart))
                return list;
        return null;
    }
}
