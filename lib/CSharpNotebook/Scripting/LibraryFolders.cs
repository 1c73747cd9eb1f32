using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace CSharpNotebook.Scripting;

/// <summary>
/// What libraries need themselves is loaded once. Asked by several threads at the same time, the compiler's own loader loads it several times, and a type of
/// one copy is none of the other: a method that is there is then not found. Where notebooks run side by side, one is asked here after the other, before that
/// loader.
/// </summary>
static class LibraryFolders
{
    /// <summary>In which files that cells refer to by their paths lie, and who loads them; nobody where several do.</summary>
    static readonly ConcurrentDictionary<string, InteractiveAssemblyLoader?> Known = [];

    static readonly Lock OneAtATime = new();

    static volatile bool _used;

    /// <summary>From now on; all sessions have one loader.</summary>
    internal static void Use() => _used = true;

    internal static void Add(Compilation cell, InteractiveAssemblyLoader loader)
    {
        if (!_used)
            return;
        foreach (var file in cell.DirectiveReferences.OfType<PortableExecutableReference>().Select(one => one.FilePath).OfType<string>())
            Known.AddOrUpdate(Path.GetDirectoryName(file)!, loader, (_, known) => known == loader ? known : null);
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
            return Known.Where(known => File.Exists(Path.Combine(known.Key, name.Name + ".dll"))).ToArray() is [(var folder, { } loader)]
                && AssemblyIdentity.TryParseDisplayName(name.FullName, out var identity) ? Resolve(loader, identity, folder) : null;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ResolveAssembly")]
    static extern Assembly? Resolve(InteractiveAssemblyLoader loader, AssemblyIdentity identity, string? folder);
}
