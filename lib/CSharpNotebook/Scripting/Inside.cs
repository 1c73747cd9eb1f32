using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.CSharp;

namespace CSharpNotebook.Scripting;

/// <summary>Private members of the genuine C# kernel, and of a script, whose versions are pinned: with them cells run beside the kernel's own handler.</summary>
static class Inside
{
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_scriptOptions")]
    internal static extern ref ScriptOptions Options(CSharpKernel kernel);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_workingDirectory")]
    static extern ref string? Directory(CSharpKernel kernel);

    /// <summary>The kernel makes its options anew where the process's folder is another than it knows.</summary>
    /// <param name="folder">Paths start here.</param>
    internal static void UseFolder(CSharpKernel kernel, string folder)
    {
        if (Directory(kernel) == Environment.CurrentDirectory)
            return;
        Directory(kernel) = Environment.CurrentDirectory;
        Options(kernel) = Options(kernel).WithMetadataResolver(new References(folder))
            .WithSourceResolver(new Microsoft.CodeAnalysis.SourceFileResolver([], folder));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ScriptState")]
    internal static extern void SetState(CSharpKernel kernel, ScriptState? state);

    /// <summary>Tells the editor of a cell that has run.</summary>
    internal static Task EditAsync(CSharpKernel kernel, ScriptState state) => (Task)Update.Invoke(Workspace.GetValue(kernel), [state])!;

    static readonly FieldInfo Workspace = typeof(CSharpKernel).GetField("_workspace", BindingFlags.NonPublic | BindingFlags.Instance)!;

    static readonly MethodInfo Update = Workspace.FieldType.GetMethod("UpdateWorkspaceAsync")!;

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "HasReturnValue")]
    internal static extern bool HasReturnValue(Script script);
}
