using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Loads what cells are compiled to, each into a context of its own that goes when nothing of the cell is in use any more; and the libraries
/// that cells refer to, which stay.
/// </summary>
sealed class CellLoader
{
    readonly ConcurrentDictionary<string, Assembly> _cells = [];
    readonly HashSet<MetadataReference> _known = [.. References.All];
    readonly Libraries _libraries = new();

    /// <summary>Makes the libraries known that a cell, or one before it, refers to by its file.</summary>
    internal void Know(Compilation compilation)
    {
        foreach (var reference in compilation.References)
            if (_known.Add(reference) && reference is PortableExecutableReference { FilePath: { } path } && compilation.GetAssemblyOrModuleSymbol(reference) is IAssemblySymbol library)
                _libraries.Know(library.Identity.Name, path);
    }

    /// <param name="lasts">
    /// It declares functions or types. Such a cell stays loaded where it can, which needs that all it refers to does: code that is made at run time
    /// (a proxy) may not use types that go, and functions become faster as they are used.
    /// </param>
    internal (AssemblyLoadContext Context, Assembly Cell) Load(MemoryStream code, MemoryStream symbols, bool lasts)
    {
        KeepFrames(code);
        var context = new AssemblyLoadContext(null, isCollectible: !lasts || UsesWhatGoes(code));
        context.Resolving += (_, name) => _cells.GetValueOrDefault(name.Name!) ?? _libraries.LoadFromAssemblyName(name);
        (code.Position, symbols.Position) = (0, 0);
        return (context, context.LoadFromStream(code, symbols));
    }

    /// <summary>Later cells may refer to it.</summary>
    internal void Keep(Assembly cell) => _cells[cell.GetName().Name!] = cell;

    internal void Forget(Assembly cell) => _cells.TryRemove(cell.GetName().Name!, out _);

    bool UsesWhatGoes(MemoryStream code)
    {
        using var file = Open(code);
        var metadata = file.GetMetadataReader();
        return metadata.AssemblyReferences.Any(used => _cells.TryGetValue(metadata.GetString(metadata.GetAssemblyReference(used).Name), out var cell) && cell.IsCollectible);
    }

    /// <summary>
    /// What goes is optimised at once, and functions that it calls and that became part of it would be missing from traces. Each method of a cell
    /// says that it wants to stay one, in the second column of its row, behind the four bytes of the first.
    /// </summary>
    static void KeepFrames(MemoryStream code)
    {
        using var file = Open(code);
        var metadata = file.GetMetadataReader();
        var (first, length) = (file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.MethodDef), metadata.GetTableRowSize(TableIndex.MethodDef));
        for (var row = 0; row < metadata.GetTableRowCount(TableIndex.MethodDef); row++)
            code.GetBuffer()[first + row * length + 4] |= (byte)MethodImplAttributes.NoInlining;
    }

    static PEReader Open(MemoryStream code)
    {
        code.Position = 0;
        return new(code, PEStreamOptions.LeaveOpen | PEStreamOptions.PrefetchMetadata);
    }

    /// <summary>By their names, and those that lie beside them.</summary>
    sealed class Libraries : AssemblyLoadContext
    {
        readonly ConcurrentDictionary<string, string> _paths = new(StringComparer.OrdinalIgnoreCase);

        internal Libraries() : base("notebook") => Resolving += (_, name) => Find(name.Name!) is { } path ? LoadFromAssemblyPath(path) : null;

        internal void Know(string name, string path) => _paths.TryAdd(name, Path.GetFullPath(path));

        string? Find(string name) => _paths.GetValueOrDefault(name)
            ?? _paths.Values.Select(path => Path.Combine(Path.GetDirectoryName(path)!, name + ".dll")).FirstOrDefault(File.Exists);
    }
}
