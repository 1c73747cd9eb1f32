using CSharpNotebook.Display;
using CSharpNotebook.Scripting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Language;

/// <summary>What is known of the name at a place in unfinished code, and of the call around it.</summary>
static class Inspector
{
    const int MostOverloads = 20, MostEnumMembers = 40;

    internal static MimeBundle? At(ScriptSession session, string code, int position, int detail)
    {
        if (Magic(code, position) is { } magic)
            return magic.ToBundle();
        var view = CellView.Of(session, code);
        if (view.IsWords(position))
            return null;
        var help = new HelpText();
        var symbols = SymbolsAt(view, position);
        if (symbols.Count > 0)
            Describe(help, symbols, null, view, session, detail);
        if (Call.Around(view, position) is { } arguments && Call.Candidates(view, arguments) is { Count: > 0 } called
            && !called.Any(method => symbols.Contains(method, SymbolEqualityComparer.Default)))
        {
            if (symbols.Count > 0)
                help.Heading("in a call of");
            // While it is not clear which one is meant, one that has a parameter for this argument.
            called = [.. called.OrderBy(method => ParameterAt(arguments, method, position) is null && arguments.Arguments.Count > 0)];
            Describe(help, called, ParameterAt(arguments, called[0], position), view, session, symbols.Count > 0 ? 0 : detail);
        }
        return help.IsEmpty ? null : help.ToBundle();
    }

    static HelpText? Magic(string code, int position)
    {
        var start = position == 0 ? 0 : code.LastIndexOf('\n', position - 1) + 1;
        var end = code.IndexOf('\n', start) is >= 0 and var found ? found : code.Length;
        var word = code[start..end].TrimEnd().Split(' ')[0];
        if (!word.StartsWith("#!", StringComparison.Ordinal) || !Segment.Magics.TryGetValue(word[2..], out var about))
            return null;
        var help = new HelpText();
        help.Signature(word);
        help.Paragraph(about);
        return help;
    }

    /// <summary>The name that the place touches: what it means, or all it may mean.</summary>
    static IReadOnlyList<ISymbol> SymbolsAt(CellView view, int position)
    {
        var after = view.Root.FindToken(position);
        var token = after.Span.Start <= position && IsName(after) ? after : view.TokenBefore(position);
        if (token == default || !IsName(token) || position < token.SpanStart || position > token.Span.End || token.Parent is not { } node)
            return [];
        if (node is not (SimpleNameSyntax or PredefinedTypeSyntax or ThisExpressionSyntax or BaseExpressionSyntax))
            return view.Model.GetDeclaredSymbol(node) is { } declared ? [declared] : [];
        // A name after a dot is bound with what stands before it.
        var found = view.Model.GetSymbolInfo(node);
        var group = view.Model.GetMemberGroup(node);
        var chosen = found.Symbol is { } one ? [one] : found.CandidateSymbols;
        return [.. chosen.Concat(group).Select(symbol => symbol is IAliasSymbol alias ? alias.Target : symbol).Where(symbol => symbol is not IErrorTypeSymbol)
            .DistinctBy(symbol => symbol.ToDisplayString(SymbolText.Full))];
    }

    static bool IsName(SyntaxToken token) => token.IsKind(SyntaxKind.IdentifierToken) || token.Parent is PredefinedTypeSyntax or ThisExpressionSyntax or BaseExpressionSyntax;

    /// <summary>The first of the symbols in full, the others by their signatures.</summary>
    static void Describe(HelpText help, IReadOnlyList<ISymbol> symbols, IParameterSymbol? at, CellView view, ScriptSession session, int detail)
    {
        var symbol = symbols[0];
        help.Signature(SymbolText.Of(symbol));
        if (symbol is INamedTypeSymbol { TypeKind: TypeKind.Enum } names)
            help.Paragraph(string.Join(", ", names.GetMembers().OfType<IFieldSymbol>().Select(member => member.Name).Take(MostEnumMembers)) + (names.GetMembers().OfType<IFieldSymbol>().Count() > MostEnumMembers ? ", …" : ""));
        if (symbol is IFieldSymbol { ContainingType.IsScriptClass: true } && session.Value(symbol.Name) is { } value)
            help.Pair("value", value);
        if (Documentation.Of(symbol, view.Compilation) is { } written)
            help.Documentation(written, at?.Name);
        else if (at is not null)
            help.Pair("argument", at.ToDisplayString(SymbolText.Short));
        // The documentation of a variable is that of its type.
        if (symbol is ILocalSymbol or IParameterSymbol or IFieldSymbol && TypeOf(symbol) is INamedTypeSymbol { SpecialType: SpecialType.None } type && Documentation.Of(type, view.Compilation)?.Element("summary") is { } summary)
            help.Pair(type.ToDisplayString(SymbolText.Short), HelpText.Words(summary));

        var others = symbol is INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct, IsStatic: false } made
            ? made.InstanceConstructors.Where(one => !one.IsImplicitlyDeclared && one.DeclaredAccessibility == Accessibility.Public).Cast<ISymbol>().ToArray() : [.. symbols.Skip(1)];
        if (others.Length > 0)
        {
            help.Heading(symbol is INamedTypeSymbol ? "made by" : others.Length == 1 ? "another overload" : $"{others.Length} other overloads");
            foreach (var other in others.Take(MostOverloads))
                help.Signature(SymbolText.Of(other));
        }
        if (detail > 0 && Source(symbol, session) is { } source)
        {
            help.Heading("source");
            help.Code(source);
        }
    }

    static ITypeSymbol? TypeOf(ISymbol symbol) => symbol switch
    {
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        IFieldSymbol field => field.Type,
        _ => null,
    };

    static IParameterSymbol? ParameterAt(BaseArgumentListSyntax arguments, IMethodSymbol method, int position)
    {
        var index = arguments.Arguments.GetSeparators().Count(comma => comma.Span.End <= position);
        if (index < arguments.Arguments.Count && arguments.Arguments[index].NameColon is { } name)
            return method.Parameters.FirstOrDefault(parameter => parameter.Name == name.Name.Identifier.Text);
        return index < method.Parameters.Length ? method.Parameters[index] : method.Parameters is [.., { IsParams: true } rest] ? rest : null;
    }

    /// <summary>Whole lines of the cell as it was written: what ran has the calls that make it stoppable in the same lines.</summary>
    static string? Source(ISymbol symbol, ScriptSession session)
    {
        if (symbol.DeclaringSyntaxReferences is not [var place, ..] || session.Source(place.SyntaxTree.FilePath) is not { } text)
            return null;
        var node = place.GetSyntax();
        if (node is VariableDeclaratorSyntax)
            node = node.FirstAncestorOrSelf<StatementSyntax>() ?? node.FirstAncestorOrSelf<MemberDeclarationSyntax>() ?? node;
        var lines = place.SyntaxTree.GetLineSpan(node.Span);
        return string.Join('\n', text.ReplaceLineEndings("\n").Split('\n')[lines.StartLinePosition.Line..(lines.EndLinePosition.Line + 1)]);
    }
}
