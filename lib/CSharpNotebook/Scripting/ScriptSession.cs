using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using CSharpNotebook.Display;
using CSharpNotebook.Kernel;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
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
    /// <summary>After the last cell that counts, and before it.</summary>
    ScriptState? _last, _before;
    /// <summary>The variables of the last cell, where it has nothing else that later ones could use.</summary>
    HashSet<string>? _replaceable;

    /// <param name="folder">Relative paths of <c>#r</c> and <c>#load</c> start here; null is the working folder of the process.</param>
    internal ScriptSession(string? folder = null)
    {
        // A page reads the same wherever it was made.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture =
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        _folder = folder;
        _kernels = Task.Run(MakeAsync);
        // The compiler gets going on the other core.
        Warm = Task.WhenAll(_kernels, Compiling.Value);
        ConsoleCapture.Install();
    }

    /// <summary>The kernels are ready, and the first cell waits for nothing more.</summary>
    internal Task Warm { get; }

    static readonly Lazy<Task> Compiling = new(() => Task.Run(() =>
        CSharpScript.RunAsync("var warm = 1; new[] { warm }.Select(one => one + 1).ToArray()", References.Options(Environment.CurrentDirectory))));

    async Task<(CompositeKernel, CSharpKernel)> MakeAsync()
    {
        Formats.Register();
        var (root, csharp) = Kernels.Make(_folder);
        root.KernelEvents.Subscribe(OnEvent);
        csharp.AddMiddleware((command, context, next) => command is SubmitCode submission && CurrentCell.Run is { } run
            ? RunAsync(csharp, submission, run, context, next) : next(command, context));
        await root.SendAsync(new SubmitCode("_ = 1;")).ConfigureAwait(false);
        Inside.Options(csharp) = Inside.Options(csharp).WithReferences(Array.Empty<Microsoft.CodeAnalysis.MetadataReference>());
        _last = csharp.ScriptState;
        return (root, csharp);
    }

    /// <summary>What is shown goes to the host of the cell whose code shows it.</summary>
    static void OnEvent(KernelEvent happened)
    {
        if (CurrentCell.Host is not { } host)
            return;
        switch (happened)
        {
            case DisplayedValueUpdated updated:
                host.Update(Formats.Bundle(updated), DisplayIds.Of(updated));
                break;
            case ReturnValueProduced { Value: DisplayedValue }:
                break;
            case ReturnValueProduced value:
                host.Result(Formats.Bundle(value));
                break;
            case StandardOutputValueProduced text:
                host.Write("stdout", text.FormattedValues.First().Value);
                break;
            case StandardErrorValueProduced text:
                host.Write("stderr", text.FormattedValues.First().Value);
                break;
            case DisplayedValueProduced shown:
                host.Show(Formats.Bundle(shown), DisplayIds.Of(shown));
                break;
        }
    }

    public Task<CellResult> RunAsync(string code, int number, ICellHost host, CancellationToken stop) => Task.Run(async () =>
    {
        var (root, _) = await _kernels.ConfigureAwait(false);
        await Warm.ConfigureAwait(false);
        if (Nesting.IsTooDeep(code))
            return new(CellStatus.Failed, new(nameof(NotebookException),
                $"more than {Nesting.Most} square brackets lie in each other: take the inner ones out into variables"));
        var run = new CellRun($"Cell [{number}]", code.ReplaceLineEndings("\n"));
        CurrentCell.Enter(host, run, stop);
        _sources[run.Path] = run.Code;
        try
        {
            var result = await root.SendAsync(new SubmitCode(run.Code), CancellationToken.None).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
                return new(CellStatus.Stopped, StillRunning: run.StillRunning);
            return result.Events.OfType<CommandFailed>().LastOrDefault() is { } failed ? new(CellStatus.Failed, ErrorOf(failed, run)) : CellResult.Done;
        }
        finally
        {
            ConsoleCapture.Install();
        }
    }, CancellationToken.None);

    CellError ErrorOf(CommandFailed failed, CellRun run) => failed.Exception switch
    {
        CodeSubmissionCompilationErrorException { InnerException: CompilationErrorException wrong } =>
            CompileErrors.Of(wrong.Diagnostics, run.Compilation!, run.Path, Environment.CurrentDirectory),
        { } error => Traces.Of(error, _sources),
        null => new(nameof(NotebookException), NuGetErrors().Matches(failed.Message) is { Count: > 0 } reasons
            ? $"The packages could not be restored: {string.Join("; ", reasons.Select(reason => reason.Groups[1].Value.Trim()).Distinct())}" : failed.Message),
    };

    /// <summary>The value of one expression. Cells that run later know nothing of it.</summary>
    public async Task<ExpressionResult> EvaluateAsync(string expression, ICellHost host, CancellationToken stop)
    {
        if (!IsExpression(expression))
            return new(null, new(nameof(NotebookException),
                $"\"{expression}\" is not an expression: one value is expected, with no statement and no semicolon"));
        var (_, csharp) = await _kernels.ConfigureAwait(false);
        var (last, before, replaceable) = (_last, _before, _replaceable);
        var value = new Value(host);
        var result = await RunAsync(expression, -1, value, stop).ConfigureAwait(false);
        (_last, _before, _replaceable) = (last, before, replaceable);
        Inside.SetState(csharp, last);
        return result.Status switch
        {
            CellStatus.Stopped => new(null, new(nameof(OperationCanceledException), "The expression was stopped.")),
            CellStatus.Failed => new(null, result.Error),
            _ => new(value.Bundle ?? MimeBundle.Plain(""), null),
        };
    }

    /// <summary>Keeps the value instead of showing it.</summary>
    sealed class Value(ICellHost host) : ICellHost
    {
        internal MimeBundle? Bundle { get; private set; }

        public void Result(MimeBundle bundle) => Bundle = bundle;

        public void Write(string stream, string text) => host.Write(stream, text);

        public void Show(MimeBundle bundle, string displayId) => host.Show(bundle, displayId);

        public void Update(MimeBundle bundle, string displayId) => host.Update(bundle, displayId);

        public void Clear(bool wait) => host.Clear(wait);

        public Task<string> AskAsync(string prompt, bool secret) => host.AskAsync(prompt, secret);
    }

    [GeneratedRegex(@"error (NU\d+: .*?)(?: \[/.*\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex NuGetErrors();

    public void Dispose()
    {
        if (_kernels.IsCompletedSuccessfully)
            _kernels.Result.Root.Dispose();
    }
}
