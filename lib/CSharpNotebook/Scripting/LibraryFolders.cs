using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace CSharpNotebook.Scripting;

/// <summary>
/// What libraries need themselves is loaded once. Asked by several threads at the same time, the compiler's own loader loads it several times, and a type of one
/// copy is none of the other: a method that is there is then not found. Here one is asked after the other, and this is asked first.
/// </summary>
static class LibraryFolders
{
    /// <summary>In which files that cells refer to lie.</summary>
    static readonly ConcurrentDictionary<string, bool> Known = [];

    static readonly Lock OneAtATime = new();

    internal static void Add(Compilation cell)
    {
        foreach (var file in cell.References.OfType<PortableExecutableReference>().Select(one => one.FilePath).OfType<string>())
            Known.TryAdd(Path.GetDirectoryName(file)!, true);
    }

    /// <summary>For all sessions of this process, which load by that loader.</summary>
    internal static void LoadBy(InteractiveAssemblyLoader loader) => AssemblyLoadContext.Default.Resolving += (_, name) =>
    {
        lock (OneAtATime)
            // Where it lies in several, the loader takes the one beside who asks, which is not known here.
            return Known.Keys.Where(folder => File.Exists(Path.Combine(folder, name.Name + ".dll"))).ToArray() is [var only]
                && AssemblyIdentity.TryParseDisplayName(name.FullName, out var identity) ? Resolve(loader, identity, only) : null;
    };

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ResolveAssembly")]
    static extern Assembly? Resolve(InteractiveAssemblyLoader loader, AssemblyIdentity identity, string? folder);
}
