using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using CSharpNotebook.Display;
using CSharpNotebook.Kernel;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace CSharpNotebook.Scripting;

/// <summary>Runs cells one after the other; what one declares, the next ones see. One cell at a time.</summary>
/// <param name="folder">Relative paths of <c>#r</c> and <c>#load</c> start here: the notebook's folder.</param>
sealed class ScriptSession(string folder) : IDisposable
{
    static readonly string[] Imports =
    [
        "System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq",
        "Microsoft.DotNet.Interactive.Kernel", // the ambient display, HTML, ...
    ];

    static ScriptSession() => LibrarySlots.Fill();

    internal string Folder => folder;

    readonly InteractiveAssemblyLoader _loader = new();
    readonly PackageReferences _packages = new();
    readonly ConcurrentDictionary<string, string> _sources = [];
    /// <summary>Held while code is bound to its references: two threads at it would each read the types of a new reference for themselves.</summary>
    readonly Lock _binding = new();
    volatile ScriptOptions? _options;
    volatile ScriptState<object>? _state;

    internal IEnumerable<ScriptVariable> Variables => _state is null ? [] : _state.Variables.Reverse().DistinctBy(variable => variable.Name).OrderBy(variable => variable.Name, StringComparer.Ordinal);

    /// <summary>A cell as it was written, by its path in traces.</summary>
    internal string? Source(string path) => _sources.GetValueOrDefault(path);

    /// <summary>The value of a variable in one line; null where there is no such variable, or where only running its code would tell.</summary>
    internal string? Value(string variable) =>
        _state?.GetVariable(variable) is not { } found || !ShortValue.IsSafe(found.Value) ? null : ShortValue.Of(found.Value);

    static ScriptOptions Base => ScriptOptions.Default.WithReferences(References.All).WithImports(Imports).WithMetadataResolver(new ReferenceResolver(Path.GetTempPath()))
        .WithLanguageVersion(LanguageVersion.CSharp14).WithAllowUnsafe(true).WithOptimizationLevel(OptimizationLevel.Release)
        .WithEmitDebugInformation(true).WithFileEncoding(Encoding.UTF8);

    internal static ScriptOptions Options(string folder) => WarmUp.Result.Script.Options
        .WithMetadataResolver(new ReferenceResolver(folder)).WithSourceResolver(new SourceFileResolver([], folder));

    /// <summary>
    /// A first cell of a session nobody sees: it takes the compiler half a second to get going, which may pass while a file is read.
    /// All compiling waits for it, and it is kept: scripts that start at the same time would each read .NET's types for themselves, and
    /// a later cell that met both would find everything ambiguous.
    /// </summary>
    internal static Task<ScriptState<object>> WarmUp => Warm.Value;

    static readonly Lazy<Task<ScriptState<object>>> Warm = new(() => Task.Run(async () =>
    {
        // The formatter has a start of its own, on the other core.
        var formatter = Task.Run(() => Bundles.Of(new[] { 1 }));
        var state = await CSharpScript.RunAsync<object>("var warm = 1; new[] { warm }.Select(one => one + 1).ToArray()", Base).ConfigureAwait(false);
        await formatter.ConfigureAwait(false);
        return state;
    }));

    /// <summary>Runs one cell. What it shows goes to <paramref name="host"/>; its failure is in the result and never thrown.</summary>
    /// <param name="number">Names the cell in traces: <c>Cell [3], line 2</c>.</param>
    internal Task<CellResult> RunAsync(string code, int number, ICellHost host, CancellationToken stop) => Task.Run(async () =>
    {
        CurrentCell.Enter(host, stop);
        // A page reads the same wherever it was made.
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        var clock = Stopwatch.StartNew();
        try
        {
            var segments = Segment.Split(code);
            foreach (var segment in segments)
            {
                var result = segment.Kind == Segment.CSharp
                    ? await RunScriptAsync(segment, number, host, ReferenceEquals(segment, segments[^1]), stop).ConfigureAwait(false)
                    : RunMagic(segment, host);
                if (result.Status != CellStatus.Done)
                    return result;
            }
            if (segments.Any(segment => segment.Kind == "time"))
                host.Show(MimeBundle.Plain(string.Create(CultureInfo.InvariantCulture, $"Wall time: {clock.Elapsed.TotalMilliseconds:0.####}ms")), Guid.NewGuid().ToString("N"));
            return CellResult.Done;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new(CellStatus.Stopped);
        }
        catch (NotebookException error)
        {
            return new(CellStatus.Failed, new(error.GetType().Name, error.Message));
        }
        finally
        {
            CurrentCell.End();
        }
    }, CancellationToken.None);

    async Task<CellResult> RunScriptAsync(Segment segment, int number, ICellHost host, bool last, CancellationToken stop)
    {
        var text = await _packages.TakeFromAsync(segment.Text, stop).ConfigureAwait(false);
        var path = $"Cell [{number}]";
        _sources[path] = text;
        _options = (_options ?? Options(folder)).AddReferences(_packages.TakeNew());
        var (script, errors) = Compile(text, path, stop);
        if (errors is not null)
            return new(CellStatus.Failed, errors);

        using var stoppable = new Stoppable(stop);
        var run = await stoppable.RunAsync(() => Run(script)).ConfigureAwait(false);
        if (!run.Ended)
            return new(CellStatus.Stopped, StillRunning: run.StillRunning);
        // A cell that failed or was stopped keeps what it had assigned until then.
        if (CellSource.Declares(script.GetCompilation(), path))
            Keep(run.Value!);
        if (stop.IsCancellationRequested)
            return new(CellStatus.Stopped);
        if (run.Value!.Exception is { } thrown)
            return new(CellStatus.Failed, Traces.Of(thrown, _sources));
        var value = run.Value.ReturnValue;
        if (value is Microsoft.DotNet.Interactive.DisplayedValue || (value is null && !CellSource.EndsInValue(script.GetCompilation(), path)))
            return CellResult.Done;
        return await FormatAsync(stoppable, value, bundle =>
        {
            if (last)
                host.Result(bundle);
            else
                host.Show(bundle, Guid.NewGuid().ToString("N"));
        }, stop).ConfigureAwait(false);
    }

    (Script<object> Script, CellError? Errors) Compile(string text, string path, CancellationToken stop)
    {
        lock (_binding)
        {
            var script = Next(Instrumented.Of(text), path);
            if (!HasErrors(script.Compile(stop)))
                return (script, null);
            // Errors are told about the code as it was written.
            script = Next(text, path);
            var compiled = script.Compile(stop);
            return (script, HasErrors(compiled) ? CompileErrors.Of(compiled, script.GetCompilation(), path, folder) : null);
        }
    }

    /// <summary>References pass on from cell to cell. Named again in each, they would be kept by each for all before it: a gigabyte after 400 cells.</summary>
    void Keep(ScriptState<object> state)
    {
        lock (_binding)
            (_state, _options) = (state, _options!.WithReferences(Array.Empty<MetadataReference>()));
    }

    Task<ScriptState<object>> Run(Script<object> script) =>
        _state is { } before ? script.RunFromAsync(before, _ => true, CancellationToken.None) : script.RunAsync(null, _ => true, CancellationToken.None);

    /// <summary>The value of one expression. Cells that run later know nothing of it.</summary>
    internal Task<ExpressionResult> EvaluateAsync(string expression, ICellHost host, CancellationToken stop) => Task.Run(async () =>
    {
        const string Path = "Expression";
        CurrentCell.Enter(host, stop);
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        if (!CellSource.IsExpression(expression))
            return new(null, new(nameof(NotebookException), $"\"{expression}\" is not an expression: one value is expected, with no statement and no semicolon"));
        try
        {
            await WarmUp.ConfigureAwait(false);
            _options ??= Options(folder);
            _sources[Path] = expression;
            var (script, errors) = Compile(expression, Path, stop);
            if (errors is not null)
                return new(null, errors);
            using var stoppable = new Stoppable(stop);
            var run = await stoppable.RunAsync(() => Run(script)).ConfigureAwait(false);
            if (!run.Ended || stop.IsCancellationRequested)
                return Stopped();
            if (run.Value!.Exception is { } thrown)
                return new(null, Traces.Of(thrown, _sources));
            MimeBundle? made = null;
            var shown = await FormatAsync(stoppable, run.Value.ReturnValue, bundle => made = bundle, stop).ConfigureAwait(false);
            return shown.Status == CellStatus.Stopped ? Stopped() : new(made, shown.Error);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Stopped();
        }

        static ExpressionResult Stopped() => new(null, new(nameof(OperationCanceledException), "The expression was stopped."));
    }, CancellationToken.None);

    /// <summary>How code would be understood as the next cell; from any thread, also while a cell runs.</summary>
    internal Compilation Preview(string code)
    {
        WarmUp.Wait();
        lock (_binding)
        {
            var script = _state is { } state ? state.Script.ContinueWith<object>(code, (_options ?? Options(folder)).WithFilePath(""))
                : CSharpScript.Create<object>(code, (_options ?? Options(folder)).WithFilePath(""), null, _loader);
            var compilation = script.GetCompilation();
            // Reads the references now, under the lock.
            _ = compilation.Assembly;
            return compilation;
        }
    }

    Script<object> Next(string code, string path)
    {
        var options = _options!.WithFilePath(path);
        return _state is null ? CSharpScript.Create<object>(code, options, null, _loader) : _state.Script.ContinueWith<object>(code, options);
    }

    static bool HasErrors(ImmutableArray<Diagnostic> diagnostics) => diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>Formatting runs code of the notebook too (lazy sequences, its own formatters), so it must be as stoppable as the cell.</summary>
    async Task<CellResult> FormatAsync(Stoppable stoppable, object? value, Action<MimeBundle> show, CancellationToken stop)
    {
        try
        {
            var made = await stoppable.RunAsync(() =>
            {
                try
                {
                    return Task.FromResult(Bundles.Of(value));
                }
                catch (Exception error)
                {
                    return Task.FromException<MimeBundle>(error);
                }
            }).ConfigureAwait(false);
            if (!made.Ended)
                return new(CellStatus.Stopped, StillRunning: made.StillRunning);
            show(made.Value!);
            return CellResult.Done;
        }
        catch (Exception error)
        {
            return stop.IsCancellationRequested ? new(CellStatus.Stopped) : new(CellStatus.Failed, Traces.Of(error, _sources));
        }
    }

    CellResult RunMagic(Segment segment, ICellHost host)
    {
        var bundle = segment.Kind switch
        {
            "html" => Bundles.Raw(segment.Text, MimeBundle.Html),
            "javascript" => Bundles.Raw(segment.Text, MimeBundle.Script),
            "markdown" => MagicCommands.Markdown(segment.Text),
            "who" => MagicCommands.Who(Variables),
            "whos" => MagicCommands.Whos(Variables),
            "lsmagic" => MagicCommands.List(),
            "about" => MagicCommands.About(),
            _ => null,
        };
        if (bundle is not null)
            host.Show(bundle, Guid.NewGuid().ToString("N"));
        return CellResult.Done;
    }

    public void Dispose() => _loader.Dispose();
}
