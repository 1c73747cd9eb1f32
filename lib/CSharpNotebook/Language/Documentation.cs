using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace CSharpNotebook.Language;

/// <summary>What is written about symbols: of cells in their comments, of libraries in the file beside the assembly, of .NET in the SDK where one is installed.</summary>
static class Documentation
{
    /// <summary>Null where there is none.</summary>
    internal static XElement? Of(ISymbol symbol, Compilation compilation)
    {
        symbol = (symbol as IMethodSymbol)?.ReducedFrom ?? symbol.OriginalDefinition;
        var own = Written(symbol, compilation);
        if (own is not null && own.Element("inheritdoc") is null)
            return own;
        // An override or an implementation says no more than what it stands for; a property of a record is told with its parameters.
        return Bases(symbol).Select(above => Of(above, compilation)).FirstOrDefault(found => found is not null)
            ?? (symbol is IPropertySymbol { ContainingType.IsRecord: true } && Written(symbol.ContainingType, compilation)?.Elements("param").FirstOrDefault(one => (string?)one.Attribute("name") == symbol.Name) is { } parameter
                ? new XElement("member", new XElement("summary", parameter.Nodes())) : own);
    }

    static XElement? Written(ISymbol symbol, Compilation compilation)
    {
        try
        {
            if (symbol.DeclaringSyntaxReferences.Length > 0)
                return symbol.GetDocumentationCommentXml() is { Length: > 0 } comment ? XElement.Parse(comment, LoadOptions.PreserveWhitespace) : null;
            return symbol.GetDocumentationCommentId() is { } id && symbol.ContainingAssembly is { } assembly && compilation.GetMetadataReference(assembly) is PortableExecutableReference { FilePath: { } path }
                ? Files(path, symbol).Select(file => Find(file, id)).FirstOrDefault(found => found is not null) : null;
        }
        catch (Exception error) when (error is XmlException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static IEnumerable<ISymbol> Bases(ISymbol symbol)
    {
        ISymbol? above = symbol switch
        {
            IMethodSymbol method => method.OverriddenMethod,
            IPropertySymbol property => property.OverriddenProperty,
            IEventSymbol one => one.OverriddenEvent,
            INamedTypeSymbol { BaseType.SpecialType: not SpecialType.System_Object } type => type.BaseType,
            _ => null,
        };
        if (above is not null)
            yield return above;
        if (symbol is INamedTypeSymbol derived)
            foreach (var face in derived.Interfaces)
                yield return face;
        else if (symbol.ContainingType is { } type)
            foreach (var member in type.AllInterfaces.SelectMany(face => face.GetMembers(symbol.Name)).Where(member => symbol.Equals(type.FindImplementationForInterfaceMember(member), SymbolEqualityComparer.Default)))
                yield return member;
    }

    /// <summary>The likely one first.</summary>
    static IEnumerable<string> Files(string assembly, ISymbol symbol)
    {
        var beside = Path.ChangeExtension(assembly, ".xml");
        if (Path.GetDirectoryName(assembly) != Framework)
            return File.Exists(beside) ? [beside] : [];
        var space = symbol.ContainingNamespace?.ToDisplayString() ?? "";
        // .NET's own parts are documented by the assemblies that a project references, where the types appear to be.
        return OfFramework.Value.OrderByDescending(file => Path.GetFileName(file) == Path.GetFileName(beside)).ThenByDescending(file => Path.GetFileName(file) == "System.Runtime.xml")
            .ThenByDescending(file => space.StartsWith(Path.GetFileNameWithoutExtension(file), StringComparison.Ordinal));
    }

    static readonly string Framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    static readonly Lazy<IReadOnlyList<string>> OfFramework = new(() =>
    {
        var packs = Path.Combine(Framework, "..", "..", "..", "packs", "Microsoft.NETCore.App.Ref");
        var folders = Directory.Exists(packs) ? Directory.GetDirectories(packs, $"{Environment.Version.Major}.*") : [];
        return folders.Length == 0 ? [] : Directory.GetFiles(folders.Max(StringComparer.Ordinal)!, "*.xml", SearchOption.AllDirectories);
    });

    /// <summary>A search through the bytes: .NET's files have 31 MB, and reading them as XML takes a hundred times as long.</summary>
    static XElement? Find(string file, string id)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(file);
        var at = bytes.IndexOf(Encoding.UTF8.GetBytes($"<member name=\"{id}\""));
        if (at < 0)
            return null;
        bytes = bytes[at..];
        var end = bytes.IndexOf("</member>"u8);
        return end < 0 ? null : XElement.Parse(Encoding.UTF8.GetString(bytes[..(end + "</member>".Length)]), LoadOptions.PreserveWhitespace);
    }
}
