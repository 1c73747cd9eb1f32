using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace CSharpNotebook.Scripting;

/// <summary>Cells in the genuine kernels of .NET Interactive, one after the other; what one declares, the next ones see.</summary>
sealed partial class ScriptSession : IKernelLanguage
{
    readonly ConcurrentDictionary<string, string> _sources = [];
    readonly string? _folder;
    readonly Task<(CompositeKernel Root, CSharpKernel CSharp)> _kernels;

    /// <summary>How many run or wait to.</summary>
    int _cells;

    /// <summary>The libraries that cells have referred to.</summary>
    internal InteractiveAssemblyLoader Libraries { get; }

    /// <param name="folder">Relative paths of <c>#r</c> and <c>#load</c> start here; null is the working folder of the process.</param>
    /// <param name="libraries">
    /// Of another session: what both refer to is loaded once, static members with it; the runtime uses the code that was compiled ahead of time for one copy
    /// only.
    /// </param>
    internal ScriptSession(string? folder = null, InteractiveAssemblyLoader? libraries = null)
    {
        Libraries = libraries ?? new();
        // A page reads the same wherever it was made.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture =
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        _folder = folder;
        _kernels = Task.Run(MakeAsync);
        _editor = new(() => Task.Run(() => Inside.MakeEditor(_kernels.Result.CSharp)));
        CellConsole.Install();
    }

    /// <summary>Somebody may ask the editor: it is made behind the first cell.</summary>
    internal bool IsInteractive { get; set; }

    /// <summary>The kernels are ready, and the first cell waits for nothing more.</summary>
    internal Task Warm => _kernels;

    async Task<(CompositeKernel, CSharpKernel)> MakeAsync()
    {
        // The compiler gets going on the other core.
        var first = Task.Run(() => CSharpScript.Create(Kernels.FirstCell, References.Options(Folder), assemblyLoader: Libraries).RunAsync());
        Formats.Register();
        var (root, csharp) = Kernels.Make();
        root.KernelEvents.Subscribe(OnEvent);
        csharp.AddMiddleware(async (command, context, next) =>
        {
            if (command is SubmitCode submission && CurrentCell.Run is { } run)
            {
                await RunAsync(csharp, submission, run, context).ConfigureAwait(false);
                return;
            }
            if (command is LanguageServiceCommand or SendValue)
                await UpdateEditorAsync(csharp).ConfigureAwait(false);
            await next(command, context).ConfigureAwait(false);
        });
        Inside.Options(csharp) = References.Options(Folder).WithReferences(Array.Empty<Microsoft.CodeAnalysis.MetadataReference>());
        Keep(csharp, await first.ConfigureAwait(false));
        return (root, csharp);
    }

    string Folder => _folder ?? Environment.CurrentDirectory;

    /// <summary>What is shown goes to the output of the cell whose code shows it.</summary>
    static void OnEvent(KernelEvent happened)
    {
        if (CurrentCell.Output is not { } output)
            return;
        switch (happened)
        {
            case DisplayedValueUpdated updated:
                output.Update(Formats.Bundle(updated), DisplayIds.Of(updated));
                break;
            case ReturnValueProduced { Value: DisplayedValue }:
                break;
            case ReturnValueProduced value:
                output.Result(Formats.Bundle(value));
                break;
            case StandardOutputValueProduced text:
                output.Write("stdout", text.FormattedValues.First().Value);
                break;
            case StandardErrorValueProduced text:
                output.Write("stderr", text.FormattedValues.First().Value);
                break;
            case DisplayedValueProduced shown:
                output.Show(Formats.Bundle(shown), DisplayIds.Of(shown));
                break;
        }
    }

    public Task<CellResult> RunAsync(string code, int number, CellOutput output, CancellationToken stop) => Task.Run(async () =>
    {
        var (root, _) = await _kernels.ConfigureAwait(false);
        if (Segment.IsTooDeep(code))
            return new(CellStatus.Failed, new(nameof(NotebookException),
                $"more than {Segment.MostBrackets} square brackets lie in each other: take the inner ones out into variables"));
        var run = new CellRun($"Cell [{number}]", code.ReplaceLineEndings("\n"));
        CurrentCell.Enter(output, run, stop);
        _sources[run.Path] = run.Code;
        Interlocked.Increment(ref _cells);
        try
        {
            var result = await root.SendAsync(new SubmitCode(run.Code), CancellationToken.None).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
                return new(CellStatus.Stopped, StillRunning: run.StillRunning);
            return result.Events.OfType<CommandFailed>().LastOrDefault() is { } failed ? new(CellStatus.Failed, ErrorOf(failed, run))
                : run is { Imports: true, Error: { } imported } ? new(CellStatus.Failed, imported) : CellResult.Done;
        }
        finally
        {
            Interlocked.Decrement(ref _cells);
            CellConsole.Install();
            if (IsInteractive)
                _ = _editor.Value;
        }
    }, CancellationToken.None);

    CellError ErrorOf(CommandFailed failed, CellRun run) => run.Error
        ?? (failed.Exception is { } error ? Traces.Of(error, _sources)
        : new(nameof(NotebookException), NuGetErrors().Matches(failed.Message) is { Count: > 0 } reasons
            ? $"The packages could not be restored: {string.Join("; ", reasons.Select(reason => reason.Groups[1].Value.Trim()).Distinct())}"
            : failed.Message.Contains("DNI101", StringComparison.Ordinal) ? $"{failed.Message.TrimEnd()}\nLanguages here: "
                + $"{string.Join(", ", _kernels.Result.Root.ChildKernels.Select(one => one.Name))}; .NET Interactive itself (kernel .net-csharp) has others"
            : failed.Message));

    [GeneratedRegex(@"error (NU\d+: .*?)(?: \[/.*\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex NuGetErrors();

    public void Dispose()
    {
        if (_kernels.IsCompletedSuccessfully)
            _kernels.Result.Root.Dispose();
    }
}
