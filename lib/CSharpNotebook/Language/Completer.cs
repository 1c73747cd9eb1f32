using System.Text.RegularExpressions;
using CSharpNotebook.Kernel;
using CSharpNotebook.Scripting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Language;

/// <summary>What may stand at a place in unfinished code.</summary>
static partial class Completer
{
    /// <summary>Nearest first: what belongs to this place, then what cells have declared, then the rest of the world.</summary>
    enum Rank { Here, Member, Cells, Extension, World, Keyword }

    internal static Completions At(ScriptSession session, string code, int position)
    {
        var line = code[..position][(code.LastIndexOf('\n', Math.Max(0, position - 1), position) + 1)..];
        if (MagicCommand().Match(line) is { Success: true } magic)
            return new(position - magic.Length, WordEnd(code, position), [.. Segment.Magics.Where(known => Starts("#!" + known.Key, magic.Value)).Select(known => new Completion("#!" + known.Key, "keyword", known.Value))]);
        if (PathDirective().Match(line) is { Success: true } path)
            return Paths.Of(session.Folder, path.Groups[2].Value, position, path.Groups[1].Value == "r" ? [".dll", ".exe"] : [".csx", ".cs"]);
        if (Directive().Match(line) is { Success: true } directive)
            return new(position - directive.Groups[1].Length, WordEnd(code, position), [.. Directives.Where(known => Starts(known, directive.Groups[1].Value)).Select(known => new Completion(known, "keyword"))]);

        var start = position;
        while (start > 0 && SyntaxFacts.IsIdentifierPartCharacter(code[start - 1]))
            start--;
        var (prefix, end) = (code[start..position], WordEnd(code, position));
        var view = CellView.Of(session, code);
        if (!Segment.IsCSharp(code, position) || view.IsWords(position) || (prefix.Length > 0 && char.IsDigit(prefix[0])))
            return new(position, position, []);
        var items = Found(view, start, prefix)
            .GroupBy(found => found.Item.Text, StringComparer.Ordinal)
            .Select(group => (Item: Merged([.. group]), Rank: group.Min(found => found.Rank)))
            .OrderByDescending(found => found.Item.Text.StartsWith(prefix, StringComparison.Ordinal)).ThenBy(found => found.Rank)
            .ThenBy(found => found.Item.Text, StringComparer.OrdinalIgnoreCase).ThenBy(found => found.Item.Text, StringComparer.Ordinal);
        return new(start, end, [.. items.Select(found => found.Item)]);
    }

    static IEnumerable<(Completion Item, Rank Rank)> Found(CellView view, int start, string prefix)
    {
        var before = view.TokenBefore(start);
        // The word itself, or blanks after an earlier token.
        if (before.SpanStart >= start)
            before = before.GetPreviousToken();
        var names = view.Model;
        if (before.Kind() is SyntaxKind.DotToken or SyntaxKind.MinusGreaterThanToken or SyntaxKind.ColonColonToken)
        {
            var (container, isStatic, isBoth) = view.Before(before);
            if (container is null)
                return [];
            var found = names.LookupSymbols(start, container, includeReducedExtensionMethods: !isStatic)
                .Where(symbol => container is INamespaceSymbol || isBoth || (symbol is ITypeSymbol or { IsStatic: true }) == isStatic || (symbol is IMethodSymbol { MethodKind: MethodKind.ReducedExtension }));
            return Symbols(found, prefix, symbol => symbol is IMethodSymbol { IsExtensionMethod: true } ? Rank.Extension : Rank.Member);
        }
        // A name alone looks like the element of a collection.
        if (before.Parent is InitializerExpressionSyntax { Parent: BaseObjectCreationExpressionSyntax or WithExpressionSyntax } initializer && before.Kind() is SyntaxKind.OpenBraceToken or SyntaxKind.CommaToken
            && names.GetTypeInfo(initializer.Parent!).Type is { } made && (!initializer.IsKind(SyntaxKind.CollectionInitializerExpression) || made.AllInterfaces.All(face => face.SpecialType != SpecialType.System_Collections_IEnumerable)))
        {
            var set = initializer.Expressions.OfType<AssignmentExpressionSyntax>().Select(one => one.Left.ToString()).ToHashSet();
            return Symbols(names.LookupSymbols(start, made).Where(symbol => !symbol.IsStatic && !set.Contains(symbol.Name)
                && symbol is IFieldSymbol { IsReadOnly: false } or IPropertySymbol { IsIndexer: false, SetMethod: not null }), prefix, _ => Rank.Member);
        }

        var onlyTypes = before.IsKind(SyntaxKind.NewKeyword) || before.Parent?.FirstAncestorOrSelf<UsingDirectiveSyntax>() is { } directive && start <= directive.Span.End && !before.IsKind(SyntaxKind.SemicolonToken);
        (IEnumerable<ISymbol> All, Rank Rank)[] scopes = [(Scope.Here(view, start, prefix), Rank.Here), (Scope.Cells(view), Rank.Cells), (Scope.World(view), Rank.World)];
        var inScope = scopes.SelectMany(scope => Symbols(scope.All.Where(symbol => !onlyTypes || symbol is INamespaceOrTypeSymbol or IAliasSymbol), prefix, _ => scope.Rank));
        var keywords = prefix.Length == 0 || onlyTypes ? [] : Keywords.Where(word => Starts(word, prefix)).Select(word => (new Completion(word, "keyword"), Rank.Keyword));
        return [.. inScope, .. Arguments(view, before, prefix), .. keywords];
    }

    /// <summary>The parameters of the calls that may be meant, as <c>name:</c>.</summary>
    static IEnumerable<(Completion Item, Rank Rank)> Arguments(CellView view, SyntaxToken before, string prefix)
    {
        if (before.Parent is not ArgumentListSyntax arguments || before.Kind() is not (SyntaxKind.OpenParenToken or SyntaxKind.CommaToken))
            return [];
        var given = arguments.Arguments.Select(argument => argument.NameColon?.Name.Identifier.Text).ToHashSet();
        return Call.Candidates(view, arguments).SelectMany(method => method.Parameters).Where(parameter => !given.Contains(parameter.Name) && Starts(parameter.Name, prefix))
            .DistinctBy(parameter => parameter.Name).Select(parameter => (new Completion(parameter.Name + ":", "variable", parameter.ToDisplayString(SymbolText.Short)), Rank.Here));
    }

    static IEnumerable<(Completion Item, Rank Rank)> Symbols(IEnumerable<ISymbol> symbols, string prefix, Func<ISymbol, Rank> rank) =>
        from symbol in symbols
        where Starts(symbol.Name, prefix) && IsOffered(symbol)
        select (new Completion(SyntaxFacts.GetKeywordKind(symbol.Name) == SyntaxKind.None ? symbol.Name : "@" + symbol.Name, SymbolText.Kind(symbol), symbol.ToDisplayString(SymbolText.Short)), rank(symbol));

    /// <summary>Overloads are one item that says how many there are.</summary>
    static Completion Merged(IReadOnlyList<(Completion Item, Rank Rank)> same)
    {
        var first = same.MinBy(found => found.Rank).Item;
        var count = same.Count(found => found.Item.Kind == first.Kind);
        return count == 1 || first.Kind is not ("method" or "function") ? first : first with { Signature = $"{first.Signature} (+ {count - 1})" };
    }

    /// <summary>What can be written by its name and is meant for people.</summary>
    static bool IsOffered(ISymbol symbol) => symbol.CanBeReferencedByName && symbol is not INamespaceSymbol { Name: "CSharpNotebook", ContainingNamespace.IsGlobalNamespace: true }
        && symbol is not IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.UserDefinedOperator or MethodKind.Conversion or MethodKind.Destructor }
        && !symbol.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "EditorBrowsableAttribute" && attribute.ConstructorArguments is [{ Value: 1 }]);

    static bool Starts(string name, string prefix) => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);

    static int WordEnd(string code, int position)
    {
        while (position < code.Length && SyntaxFacts.IsIdentifierPartCharacter(code[position]))
            position++;
        return position;
    }

    static readonly IReadOnlyList<string> Keywords =
    [
        .. SyntaxFacts.GetReservedKeywordKinds().Select(SyntaxFacts.GetText).Where(word => !word.StartsWith("__", StringComparison.Ordinal)),
        "and", "async", "await", "dynamic", "get", "init", "nameof", "not", "or", "record", "required", "set", "var", "when", "where", "with", "yield",
    ];

    static readonly IReadOnlyList<string> Directives = ["r", "load", "if", "elif", "else", "endif", "define", "nullable", "region", "endregion", "pragma", "warning", "error"];

    [GeneratedRegex(@"^#![\w#]*$")]
    private static partial Regex MagicCommand();

    [GeneratedRegex("""^\s*#(r|load)\s+"([^"]*)$""")]
    private static partial Regex PathDirective();

    [GeneratedRegex(@"^\s*#(\w*)$")]
    private static partial Regex Directive();
}
