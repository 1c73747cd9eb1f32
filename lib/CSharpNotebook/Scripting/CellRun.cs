using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Events;

namespace CSharpNotebook.Scripting;

/// <summary>
/// The C# of a cell. The kernel's own handler would compile it three times, keep each cell for its editor before it answers, and know neither a stop nor lines.
/// </summary>
sealed partial class ScriptSession
{
    internal static readonly CSharpParseOptions Script = new(LanguageVersion.Latest, DocumentationMode.None, SourceCodeKind.Script);

    /// <summary>What the editor does not know yet.</summary>
    readonly ConcurrentQueue<Script> _unedited = new();

    async Task RunAsync(CSharpKernel csharp, SubmitCode submission, CellRun run, KernelInvocationContext context)
    {
        CellConsole.Install();
        var (code, stop) = (run.InPlace(submission.Code), CurrentCell.Stop);
        var from = csharp.ScriptState;
        Inside.UseFolder(csharp, Folder);
        var options = Inside.Options(csharp).WithFilePath(run.Path);
        Script<object> script = null!;

        // This ends the command at once, and with it the token of the kernel's context; what is shown from now on is lost.
        await using var failing = stop.Register(() => context.Fail(context.Command, new OperationCanceledException("The cell was stopped.", stop)));
        Task<(bool, bool, ScriptState<object>?)> Run(string text) => new Stoppable().RunAsync(async () =>
        {
            LibraryFolders.Add(script = from.Script.ContinueWith<object>(text, options));
            return await script.RunFromAsync(from, _ => true, stop).ConfigureAwait(false);
        }, stop);
        // What is told of errors is told of the code as it was written, which comes last.
        IEnumerable<string> Texts()
        {
            yield return Instrumented.Of(code);
            yield return Instrumented.Of(code, lambdas: false);
            yield return code;
        }
        (bool Ended, bool StillRunning, ScriptState<object>? State) done = default;
        try
        {
            foreach (var text in Texts().Distinct())
                try
                {
                    done = await Run(text).ConfigureAwait(false);
                    break;
                }
                catch (CompilationErrorException) when (text != code)
                {
                }
        }
        catch (CompilationErrorException wrong)
        {
            run.Error = CompileErrors.Of(wrong.Diagnostics, script.GetCompilation(), run.Path, Environment.CurrentDirectory);
            context.Fail(submission, wrong);
            return;
        }
        run.StillRunning |= done is { Ended: false, StillRunning: true };
        // What was given up, and ends later, is nothing that later cells know of.
        if (done is not { Ended: true, State: { } state })
            return;

        // A cell that declares nothing is none that later ones could tell from none; one that is kept makes all after it slower and larger.
        if (options.MetadataReferences.Length > 0 || Declares(script.GetCompilation()))
        {
            Keep(csharp, state);
            // References pass on from cell to cell. Named again in each, they would be kept by each.
            Inside.Options(csharp) = options.WithReferences(Array.Empty<MetadataReference>());
        }
        if (stop.IsCancellationRequested)
            return;
        if (state.Exception is { } error)
        {
            if (run.Imports)
                run.Error ??= Traces.Of(error, _sources);
            context.Fail(submission, error);
        }
        else if (Inside.HasReturnValue(script))
            context.Publish(new ReturnValueProduced(state.ReturnValue, submission, Formats.Of(state.ReturnValue)));
    }

    void Keep(CSharpKernel csharp, ScriptState state)
    {
        Inside.SetState(csharp, state);
        _unedited.Enqueue(state.Script);
    }

    /// <summary>Anything that later cells could use.</summary>
    static bool Declares(Compilation compilation) => compilation.ScriptClass!.GetMembers().Any(member => member.CanBeReferencedByName)
        || compilation.SyntaxTrees.Skip(1).Any() || compilation.SyntaxTrees.First().GetRoot() is CompilationUnitSyntax root
        && (root.Usings.Count > 0 || root.Externs.Count > 0 || root.GetReferenceDirectives().Count > 0 || root.GetLoadDirectives().Count > 0);
}
