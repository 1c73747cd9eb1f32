using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Finds <c>#r</c> and what referenced libraries need themselves. Of each file only the metadata is read: the kernel's own way reads them whole,
/// and the files of this program, compiled ahead of time, have 150 MB. What this program itself needs is no business of scripts.
/// </summary>
sealed class References(string folder) : MetadataReferenceResolver
{
    static readonly string Own = Path.GetDirectoryName(typeof(References).Assembly.Location)!;

    /// <summary>By their names: .NET's own, and this program's.</summary>
    static readonly Dictionary<string, string> Platform =
        ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .GroupBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase).ToDictionary(same => same.Key, same => same.First(),
        StringComparer.OrdinalIgnoreCase);

    static readonly ConcurrentDictionary<string, PortableExecutableReference> Read = [];

    readonly string _folder = folder;

    internal static PortableExecutableReference Of(string path) => Read.GetOrAdd(path, static path =>
    {
        using var file = File.OpenRead(path);
        var module = ModuleMetadata.CreateFromStream(file, PEStreamOptions.PrefetchMetadata);
        return AssemblyMetadata.Create(module).GetReference(XmlDocumentationProvider.CreateFromFile(Path.ChangeExtension(path, ".xml")), filePath: path);
    });

    /// <summary>What a first cell sees, with symbols: traces have the lines of cells.</summary>
    /// <param name="folder">Paths start here.</param>
    internal static ScriptOptions Options(string folder) => ScriptOptions.Default
        .AddImports("System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq")
        .WithReferences(((Type[])[typeof(Enumerable), typeof(object), typeof(Microsoft.DotNet.Interactive.Kernel), typeof(CSharpKernel), typeof(PocketView),
            typeof(StopPoint)]).Select(type => Of(type.Assembly.Location)))
        .WithLanguageVersion(LanguageVersion.Latest).WithEmitDebugInformation(true).WithFileEncoding(Encoding.UTF8)
        .WithMetadataResolver(new References(folder)).WithSourceResolver(new SourceFileResolver([], folder));

    public override bool ResolveMissingAssemblies => true;

    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity)
    {
        var asking = (definition as PortableExecutableReference)?.FilePath;
        var beside = Path.Combine(Path.GetDirectoryName(asking) ?? "", referenceIdentity.Name + ".dll");
        var path = Platform.GetValueOrDefault(referenceIdentity.Name) ?? (asking is not null && File.Exists(beside) ? beside : null);
        return path is null || (IsOwn(path) && asking is not null && IsOwn(asking)
            && !referenceIdentity.Name.StartsWith("Microsoft.DotNet.Interactive", StringComparison.Ordinal)) ? null : Of(path);
    }

    static bool IsOwn(string path) => Path.GetDirectoryName(path) == Own;

    /// <param name="reference">A path, or the name of an assembly of .NET.</param>
    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        var script = Path.IsPathRooted(baseFilePath) ? Path.GetDirectoryName(baseFilePath)! : _folder;
        var path = ((string[])[Path.Combine(script, reference), Path.Combine(_folder, reference)]).FirstOrDefault(File.Exists)
            ?? Platform.GetValueOrDefault(reference.Split(',')[0]);
        return path is null ? [] : [Of(Path.GetFullPath(path)).WithProperties(properties)];
    }

    public override bool Equals(object? other) => other is References same && same._folder == _folder;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_folder);
}
