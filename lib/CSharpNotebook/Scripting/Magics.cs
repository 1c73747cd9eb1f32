using System.Diagnostics;
using System.Globalization;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Directives;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Scripting;

/// <summary>What .NET Interactive's tool adds to its packages: <c>#!time</c> and lines of Markdown.</summary>
static class Magics
{
    internal static string Version { get; } = typeof(Magics).Assembly.GetName().Version!.ToString(3);

    internal static void UseMagicCommands(this CompositeKernel root)
    {
        root.Add(new Markdown(), ["md"]);
        root.AddDirective(new KernelActionDirective("#!time") { Description = "Shows how long the cell took." }, (_, context) =>
        {
            var clock = Stopwatch.StartNew();
            context.OnComplete(whole => Show(whole, PlainTextFormatter.MimeType,
                string.Create(CultureInfo.InvariantCulture, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.####}ms")));
            return Task.CompletedTask;
        });
    }

    /// <summary>The names of all magic commands.</summary>
    internal static IEnumerable<string> Names(CompositeKernel root) =>
        root.ChildKernels.Append(root).SelectMany(kernel => kernel.KernelInfo.SupportedDirectives).Select(directive => directive.Name);

    static void Show(KernelInvocationContext context, string mimeType, string text) =>
        context.Publish(new DisplayedValueProduced(text, context.Command, [new(mimeType, text)]));

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
