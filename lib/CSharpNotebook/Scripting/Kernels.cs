using System.Diagnostics;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Directives;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;
using Microsoft.DotNet.Interactive.PackageManagement;

namespace CSharpNotebook.Scripting;

/// <summary>The genuine kernels of .NET Interactive, put together as its own tool does, and what that tool adds to its packages.</summary>
static class Kernels
{
    internal static string Version { get; } = typeof(Kernels).Assembly.GetName().Version!.ToString(3);

    /// <summary>What cells may call without a name before it; and the compiler gets warm.</summary>
    internal const string FirstCell = """
        using static Microsoft.DotNet.Interactive.Kernel;
        using static CSharpNotebook.CellFunctions;
        new[] { 1 }.Select(one => one + 1).ToArray()
        """;

    internal static (CompositeKernel Root, CSharpKernel CSharp) Make()
    {
        var csharp = Inside.Make().UseWho().UseValueSharing().UseNugetDirective((kernel, found) =>
        {
            kernel.AddAssemblyReferences(found.SelectMany(package => package.AssemblyPaths));
            return Task.CompletedTask;
        });
        var root = new CompositeKernel { FrontendEnvironment = new Page() };
        root.Add(csharp, ["c#", "C#"]);
        root.Add(new HtmlKernel());
        root.Add(new JavaScriptKernel(), ["js"]);
        root.Add(new KeyValueStoreKernel().UseWho());
        root.Add(new Markdown(), ["md"]);
        root.DefaultKernelName = csharp.Name;
        root.UseImportMagicCommand();
        root.AddDirective(new KernelActionDirective("#!time") { Description = "Shows how long the cell took." }, (_, context) =>
        {
            var clock = Stopwatch.StartNew();
            context.OnComplete(whole => Show(whole, PlainTextFormatter.MimeType,
                string.Create(CultureInfo.InvariantCulture, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.####}ms")));
            return Task.CompletedTask;
        });
        root.UsePackageExtensions();
        root.RegisterCommandHandler<RequestInput>(AskAsync);
        root.SetDefaultTargetKernelNameForCommand(typeof(RequestInput), root.Name);
        return (root, csharp);
    }

    /// <summary>The names of all magic commands.</summary>
    internal static IEnumerable<string> Commands(CompositeKernel root) =>
        root.ChildKernels.Append(root).SelectMany(kernel => kernel.KernelInfo.SupportedDirectives).Select(directive => directive.Name);

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

    static void Show(KernelInvocationContext context, string mimeType, string text) =>
        context.Publish(new DisplayedValueProduced(text, context.Command, [new(mimeType, text)]));

    sealed class Page : FrontendEnvironment;

    sealed class Markdown : Microsoft.DotNet.Interactive.Kernel, IKernelCommandHandler<SubmitCode>
    {
        internal Markdown() : base("markdown") => KernelInfo.LanguageName = "Markdown";

        Task IKernelCommandHandler<SubmitCode>.HandleAsync(SubmitCode command, KernelInvocationContext context)
        {
            Show(context, "text/markdown", command.Code);
            return Task.CompletedTask;
        }
    }
}
