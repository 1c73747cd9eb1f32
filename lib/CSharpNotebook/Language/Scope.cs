using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace CSharpNotebook.Language;

/// <summary>
/// The names that mean something by themselves at a place. The compiler's own list goes through all imports once for each earlier cell, five
/// seconds after a thousand; this one goes through them once.
/// </summary>
static class Scope
{
    /// <summary>What this cell declares and may be used here; nearer declarations hide others, as the compiler says.</summary>
    internal static IEnumerable<ISymbol> Here(CellView view, int position, string prefix)
    {
        var written = view.Root.DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken) && token.Parent is not SimpleNameSyntax && token.ValueText.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(token => token.ValueText).Distinct().SelectMany(name => view.Model.LookupSymbols(position, name: name)).Where(symbol => symbol.DeclaringSyntaxReferences.Any(place => place.SyntaxTree == view.Root.SyntaxTree));
        var inside = view.Model.GetEnclosingSymbol(position);
        while (inside is not null and not INamedTypeSymbol)
            inside = inside.ContainingSymbol;
        return inside is INamedTypeSymbol { IsScriptClass: false } type ? written.Concat(view.Model.LookupSymbols(position, type)) : written;
    }

    /// <summary>What earlier cells have declared, the latest of a name.</summary>
    internal static IEnumerable<ISymbol> Cells(CellView view)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var cell in Chain(view).Skip(1))
        {
            var members = cell.ScriptClass?.GetMembers().Where(member => member.CanBeReferencedByName && !seen.Contains(member.Name)).ToArray() ?? [];
            foreach (var member in members)
                yield return member;
            seen.UnionWith(members.Select(member => member.Name));
        }
    }

    /// <summary>Types and namespaces: of the global namespace, of all that this cell and earlier ones import.</summary>
    internal static IEnumerable<ISymbol> World(CellView view)
    {
        HashSet<INamespaceOrTypeSymbol> imported = new(SymbolEqualityComparer.Default) { view.Compilation.GlobalNamespace };
        List<ISymbol> aliases = [];
        foreach (var name in view.Compilation.Options is CSharpCompilationOptions options ? options.Usings : [])
            Add(name.Split('.').Aggregate<string, INamespaceOrTypeSymbol?>(view.Compilation.GlobalNamespace, (above, part) => above?.GetMembers(part).OfType<INamespaceOrTypeSymbol>().FirstOrDefault()));
        foreach (var cell in Chain(view))
            foreach (var tree in cell.SyntaxTrees)
                foreach (var directive in ((CompilationUnitSyntax)tree.GetRoot()).Usings)
                    if (directive.Alias is { } alias)
                    {
                        if (cell.GetSemanticModel(tree).GetDeclaredSymbol(directive) is { } named && aliases.TrueForAll(other => other.Name != named.Name))
                            aliases.Add(named);
                    }
                    else if (directive.NamespaceOrType is { } import)
                        Add(cell.GetSemanticModel(tree).GetSymbolInfo(import).Symbol as INamespaceOrTypeSymbol);
        return imported.SelectMany(Members).Concat(aliases);

        void Add(INamespaceOrTypeSymbol? space)
        {
            if (space is not null)
                imported.Add(space);
        }

        // Of a namespace its types, of the global one the namespaces too; of a static class what it offers.
        IEnumerable<ISymbol> Members(INamespaceOrTypeSymbol container) => container.GetMembers().Where(member =>
            member.DeclaredAccessibility == Accessibility.Public && (container is INamespaceSymbol { IsGlobalNamespace: true } || member is INamedTypeSymbol || container is INamedTypeSymbol && member.IsStatic));
    }

    static IEnumerable<Compilation> Chain(CellView view)
    {
        for (var cell = view.Compilation; cell is not null; cell = cell.ScriptCompilationInfo?.PreviousScriptCompilation)
            yield return cell;
    }
}
