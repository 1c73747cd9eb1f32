using System.Composition.Hosting;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive.CSharp;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Private members of the genuine C# kernel and of what it stands on, whose versions are pinned: with them cells run beside the kernel's own handler, and its
/// editor, which takes half of its start, is made when it is asked first.
/// </summary>
static class Inside
{
    /// <summary>Of the thousand parts of the compiler's services, those without which no editor can be made.</summary>
    static readonly string[] Needed = ["Host.TaskSchedulerProvider", "Host.WorkspaceAsynchronousOperationListenerProvider",
        "Options.LegacyGlobalOptionService+WorkspaceService", "Options.LegacyGlobalOptionService", "Options.GlobalOptionService",
        "Shared.TestHooks.AsynchronousOperationListenerProvider"];

    static readonly FieldInfo Editor = typeof(CSharpKernel).GetField("_workspace", BindingFlags.NonPublic | BindingFlags.Instance)!;

    static readonly FieldInfo Packages = Editor.FieldType.GetField("_packageManagerReferences", BindingFlags.NonPublic | BindingFlags.Instance)!;

    /// <summary>With an editor that can do nothing.</summary>
    internal static CSharpKernel Make()
    {
        var parts = Needed.Select(name => typeof(MefHostServices).Assembly.GetType("Microsoft.CodeAnalysis." + name, throwOnError: true)!);
        lock (Needed)
            try
            {
                SetHost(null, MefHostServices.Create(new ContainerConfiguration().WithParts(parts).CreateContainer()));
                return new();
            }
            finally
            {
                SetHost(null, null);
            }
    }

    internal static void MakeEditor(CSharpKernel kernel)
    {
        lock (Needed)
        {
            var made = Activator.CreateInstance(Editor.FieldType, nonPublic: true)!;
            Packages.SetValue(made, Packages.GetValue(Editor.GetValue(kernel)));
            Editor.SetValue(kernel, made);
        }
    }

    /// <summary>Tells the editor of a cell that has run.</summary>
    internal static Task EditAsync(CSharpKernel kernel, Script script) =>
        (Task)Editor.FieldType.GetMethod("UpdateWorkspaceAsync")!.Invoke(Editor.GetValue(kernel), [State.Invoke([null, script, null, null])])!;

    static readonly ConstructorInfo State = typeof(ScriptState<object>).GetConstructors(BindingFlags.NonPublic | BindingFlags.Instance)[0];

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

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "set_DefaultHost")]
    static extern void SetHost(MefHostServices? type, MefHostServices? host);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_scriptOptions")]
    internal static extern ref ScriptOptions Options(CSharpKernel kernel);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_workingDirectory")]
    static extern ref string? Directory(CSharpKernel kernel);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_ScriptState")]
    internal static extern void SetState(CSharpKernel kernel, ScriptState? state);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "HasReturnValue")]
    internal static extern bool HasReturnValue(Script script);
}
