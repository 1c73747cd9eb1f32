using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
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
        var own = new[] { typeof(References), typeof(Formatter), typeof(IHtmlContent) }.Select(type => type.Assembly.Location);
        var all = platform.Split(Path.PathSeparator).Where(path => Path.GetDirectoryName(path) == framework).Concat(own).Distinct().ToDictionary(path => Path.GetFileNameWithoutExtension(path), Read);
        return [.. Needed(all).Select(name => AssemblyMetadata.Create(all[name].Module).GetReference(filePath: all[name].Path))];
    });

    /// <summary>
    /// The assemblies that have types, and those that they refer to. Others of .NET only say where types have gone to, for libraries that were made
    /// for older versions; where one refers to them the compiler asks for them. Each cell takes the longer the more there are.
    /// </summary>
    static HashSet<string> Needed(Dictionary<string, (string Path, ModuleMetadata Module)> all)
    {
        HashSet<string> needed = [];
        Stack<string> found = new(all.Where(each => HasTypes(each.Value.Module.GetMetadataReader())).Select(each => each.Key));
        while (found.TryPop(out var name))
        {
            if (!all.TryGetValue(name, out var file) || !needed.Add(name))
                continue;
            var metadata = file.Module.GetMetadataReader();
            foreach (var reference in metadata.AssemblyReferences)
                found.Push(metadata.GetString(metadata.GetAssemblyReference(reference).Name));
        }
        return needed;
    }

    static bool HasTypes(MetadataReader metadata) =>
        metadata.TypeDefinitions.Any(type => (metadata.GetTypeDefinition(type).Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public);

    internal static IReadOnlyList<MetadataReference> All => Made.Value;

    /// <summary>Only the metadata is read: method bodies would cost three times the memory.</summary>
    static (string Path, ModuleMetadata Module) Read(string path)
    {
        using var file = File.OpenRead(path);
        return (path, ModuleMetadata.CreateFromStream(file, PEStreamOptions.PrefetchMetadata));
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
