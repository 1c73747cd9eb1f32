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

    /// <summary>
    /// References are read as <see cref="References"/> does; the kernel makes its own options anew where the process's folder is another than it knows.
    /// </summary>
    /// <param name="folder">Paths start here; null is the process's folder.</param>
    internal static void UseFolder(CSharpKernel kernel, string? folder)
    {
        if (Folder(kernel) == Environment.CurrentDirectory)
            return;
        Folder(kernel) = Environment.CurrentDirectory;
        folder ??= Environment.CurrentDirectory;
        Options(kernel) = Options(kernel).WithMetadataResolver(new References(folder))
            .WithSourceResolver(new Microsoft.CodeAnalysis.SourceFileResolver([], folder));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ScriptState")]
    internal static extern void SetState(CSharpKernel kernel, ScriptState? state);
}
