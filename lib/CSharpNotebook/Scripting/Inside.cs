using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.CSharp;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Three private members of the genuine C# kernel, whose version is pinned: its options, for without the name of a cell and its symbols no trace
/// has lines; the folder that these were made for; and its state, so that a cell which could not be stopped does not take back what later ones declared.
/// </summary>
static class Inside
{
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_scriptOptions")]
    internal static extern ref ScriptOptions Options(CSharpKernel kernel);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_workingDirectory")]
    static extern ref string? Folder(CSharpKernel kernel);

    /// <summary>Paths start at the process's folder, and references are read as <see cref="References"/> does.</summary>
    internal static void UseFolder(CSharpKernel kernel)
    {
        var folder = Environment.CurrentDirectory;
        if (Folder(kernel) == folder)
            return;
        Folder(kernel) = folder;
        Options(kernel) = Options(kernel).WithMetadataResolver(new References(folder)).WithSourceResolver(new Microsoft.CodeAnalysis.SourceFileResolver([], folder));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ScriptState")]
    internal static extern void SetState(CSharpKernel kernel, ScriptState? state);
}
