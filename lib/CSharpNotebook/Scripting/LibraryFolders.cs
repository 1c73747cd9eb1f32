using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace CSharpNotebook.Scripting;

/// <summary>
/// What libraries need themselves is loaded once. Asked by several threads at the same time, the compiler's own loader loads it several times, and a type of
/// one copy is none of the other: a method that is there is then not found. Where notebooks run side by side, one is asked here after the other, before that
/// loader.
/// </summary>
static class LibraryFolders
{
    /// <summary>In which files that cells refer to by their paths lie.</summary>
    static readonly ConcurrentDictionary<string, bool> Known = [];

    static readonly Lock OneAtATime = new();

    /// <summary>Null: each session loads by itself.</summary>
    static volatile InteractiveAssemblyLoader? _loader;

    /// <summary>From now on, and for all sessions, which have this loader.</summary>
    internal static void Use(InteractiveAssemblyLoader loader) => _loader = loader;

    internal static void Add(Script cell)
    {
        if (_loader is null)
            return;
        foreach (var file in cell.GetCompilation().DirectiveReferences.OfType<PortableExecutableReference>().Select(one => one.FilePath).OfType<string>())
            Known.TryAdd(Path.GetDirectoryName(file)!, true);
        // Behind all others: packages are loaded by who restored them, which also knows where their native parts lie.
        lock (OneAtATime)
        {
            AssemblyLoadContext.Default.Resolving -= Find;
            AssemblyLoadContext.Default.Resolving += Find;
        }
    }

    static Assembly? Find(AssemblyLoadContext context, AssemblyName name)
    {
        lock (OneAtATime)
            // Where it lies in several, the loader takes the one beside who asks, which is not known here.
            return Known.Keys.Where(folder => File.Exists(Path.Combine(folder, name.Name + ".dll"))).ToArray() is [var only]
                && AssemblyIdentity.TryParseDisplayName(name.FullName, out var identity) ? Resolve(_loader!, identity, only) : null;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ResolveAssembly")]
    static extern Assembly? Resolve(InteractiveAssemblyLoader loader, AssemblyIdentity identity, string? folder);
}
