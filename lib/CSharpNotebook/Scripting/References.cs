using System.Collections.Immutable;
using System.Reflection.PortableExecutable;
using Microsoft.AspNetCore.Html;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Scripting;

/// <summary>What every script is compiled against: .NET itself, the formatter and this program's ambient names. Shared by all sessions.</summary>
static class References
{
    static readonly Lazy<IReadOnlyList<MetadataReference>> Made = new(() =>
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var platform = (string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "";
        return [
            .. platform.Split(Path.PathSeparator).Where(path => Path.GetDirectoryName(path) == framework).Select(Reference),
            .. new[] { typeof(References), typeof(Formatter), typeof(IHtmlContent) }.Select(type => Reference(type.Assembly.Location)),
        ];
    });

    internal static IReadOnlyList<MetadataReference> All => Made.Value;

    /// <summary>Only the metadata is read: method bodies would cost three times the memory.</summary>
    static MetadataReference Reference(string path)
    {
        using var file = File.OpenRead(path);
        var module = ModuleMetadata.CreateFromStream(file, PEStreamOptions.PrefetchMetadata);
        return AssemblyMetadata.Create(module).GetReference(filePath: path);
    }
}

/// <summary>
/// Finds <c>#r</c> and what referenced libraries need themselves. What this program needs is no business of scripts: the compiler
/// would read itself, 28 MB, for each cell.
/// </summary>
sealed class ReferenceResolver(string folder) : MetadataReferenceResolver
{
    readonly ScriptMetadataResolver _files = ScriptMetadataResolver.Default.WithBaseDirectory(folder);

    public override bool ResolveMissingAssemblies => true;

    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity) =>
        References.All.Contains(definition) ? null : _files.ResolveMissingAssembly(definition, referenceIdentity);

    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties) =>
        _files.ResolveReference(reference, baseFilePath, properties);

    public override bool Equals(object? other) => other is ReferenceResolver same && same._files.Equals(_files);

    public override int GetHashCode() => _files.GetHashCode();
}
