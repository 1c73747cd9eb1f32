using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.PackageManagement;

namespace CSharpNotebook.Scripting;

/// <summary>The genuine kernels of .NET Interactive, put together as its own tool does, and what a cell may call besides.</summary>
static class Kernels
{
    internal static (CompositeKernel Root, CSharpKernel CSharp) Make(string? folder)
    {
        var csharp = new CSharpKernel();
        ref var options = ref Inside.Options(csharp);
        // For traces with the lines of cells; the functions below are in this program's own assembly.
        options = options.WithEmitDebugInformation(true).WithFileEncoding(System.Text.Encoding.UTF8)
            .WithReferences(options.MetadataReferences.OfType<PortableExecutableReference>()
            .Select(reference => reference.FilePath).Append(typeof(StopPoint).Assembly.Location).OfType<string>().Distinct().Select(References.Of));
        Inside.UseFolder(csharp, folder);
        csharp.UseKernelHelpers().UseWho().UseValueSharing().UseNugetDirective((kernel, found) =>
        {
            kernel.AddAssemblyReferences(found.SelectMany(package => package.AssemblyPaths));
            return Task.CompletedTask;
        });
        csharp.DeferCommand(new SubmitCode($"using static {typeof(CellFunctions).FullName};"));

        var root = new CompositeKernel { FrontendEnvironment = new Page() };
        root.Add(csharp, ["c#", "C#"]);
        root.Add(new HtmlKernel());
        root.Add(new JavaScriptKernel(), ["js"]);
        root.Add(new KeyValueStoreKernel().UseWho());
        root.DefaultKernelName = csharp.Name;
        root.UseImportMagicCommand();
        root.UseMagicCommands();
        root.UsePackageExtensions();
        root.RegisterCommandHandler<RequestInput>(AskAsync);
        root.SetDefaultTargetKernelNameForCommand(typeof(RequestInput), root.Name);
        return (root, csharp);
    }

    static async Task AskAsync(RequestInput question, KernelInvocationContext context)
    {
        try
        {
            context.Publish(new InputProduced(await CurrentCell.Required.AskAsync(question.Prompt, question.IsPassword).ConfigureAwait(false), question));
        }
        catch (NotSupportedException nobody)
        {
            context.Fail(question, message: nobody.Message);
        }
    }

    sealed class Page : FrontendEnvironment;
}
