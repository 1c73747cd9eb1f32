using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Markdig;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Directives;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Scripting;

/// <summary>The magic commands that .NET Interactive's tool adds to its packages.</summary>
static partial class Magics
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
        root.AddDirective(new KernelActionDirective("#!about") { Description = "Shows the versions of csnb, the kernel and .NET." }, (_, context) =>
            Show(context, PlainTextFormatter.MimeType,
            $"csnb {Version}, .NET Interactive {typeof(CompositeKernel).Assembly.GetName().Version!.ToString(3)}, {RuntimeInformation.FrameworkDescription}, "
                + $"{RuntimeInformation.RuntimeIdentifier}"));
        root.AddDirective(new KernelActionDirective("#!lsmagic") { Description = "Lists the magic commands." }, (_, context) =>
            Show(context, PlainTextFormatter.MimeType, string.Join('\n', All(root).Select(magic => $"{magic.Name,-14}{magic.Description}".TrimEnd()))));
    }

    internal static IEnumerable<KernelDirective> All(CompositeKernel root) =>
        root.ChildKernels.Append(root).SelectMany(kernel => kernel.KernelInfo.SupportedDirectives)
        .Where(directive => !directive.Hidden).DistinctBy(directive => directive.Name).OrderBy(directive => directive.Name, StringComparer.Ordinal);

    static Task Show(KernelInvocationContext context, string mimeType, string text)
    {
        context.Publish(new DisplayedValueProduced(text, context.Command, [new(mimeType, text)]));
        return Task.CompletedTask;
    }

    /// <summary>Lines of Markdown become a piece of the page.</summary>
    sealed class Markdown : Microsoft.DotNet.Interactive.Kernel, IKernelCommandHandler<SubmitCode>
    {
        static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UseAdvancedExtensions().Build();

        internal Markdown() : base("markdown") => KernelInfo.LanguageName = "Markdown";

        Task IKernelCommandHandler<SubmitCode>.HandleAsync(SubmitCode command, KernelInvocationContext context)
        {
            context.Publish(new DisplayedValueProduced(command.Code, command,
                [new(HtmlFormatter.MimeType, Markdig.Markdown.ToHtml(command.Code, Pipeline)), new(PlainTextFormatter.MimeType, command.Code)]));
            return Task.CompletedTask;
        }
    }
}
