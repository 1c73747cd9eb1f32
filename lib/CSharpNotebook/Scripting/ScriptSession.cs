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

namespace CSharpNotebook.Scripting;

/// <summary>Runs cells one after the other; what one declares, the next ones see. One cell at a time.</summary>
/// <param name="folder">Relative paths of <c>#r</c> and <c>#load</c> start here: the notebook's folder.</param>
sealed class ScriptSession(string folder)
{
    static readonly string[] Imports =
    [
        "System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq",
        "Microsoft.DotNet.Interactive.Kernel", // the ambient display, HTML, ...
    ];

    static ScriptSession() => LibrarySlots.Fill();

    internal string Folder => folder;

    readonly CellLoader _loader = new();
    readonly PackageReferences _packages = new();
    readonly ConcurrentDictionary<string, string> _sources = [];
    /// <summary>Held while code is bound to its references: two threads at it would each read the types of a new reference for themselves.</summary>
    readonly Lock _binding = new();
    volatile ScriptOptions? _options;
    volatile Submission? _last;
    /// <summary>The variables of the last cell, where it has nothing else that later ones could use.</summary>
    HashSet<string>? _replaceable;

    internal IEnumerable<Variable> Variables => _last is null ? [] : _last.Variables.DistinctBy(variable => variable.Name).OrderBy(variable => variable.Name, StringComparer.Ordinal);

    /// <summary>A cell as it was written, by its path in traces.</summary>
    internal string? Source(string path) => _sources.GetValueOrDefault(path);

    /// <summary>The value of a variable in one line; null where there is no such variable, or where only running its code would tell.</summary>
    internal string? Value(string variable) =>
        _last?.Variables.FirstOrDefault(each => each.Name == variable) is not { } found || !ShortValue.IsSafe(found.Value) ? null : ShortValue.Of(found.Value);

    static ScriptOptions Base => ScriptOptions.Default.WithReferences(References.All).WithImports(Imports).WithMetadataResolver(new ReferenceResolver(Path.GetTempPath()))
        .WithLanguageVersion(LanguageVersion.CSharp14).WithAllowUnsafe(true).WithOptimizationLevel(OptimizationLevel.Release)
        .WithEmitDebugInformation(true).WithFileEncoding(Encoding.UTF8);

    /// <summary>For cells after the first: references pass on from cell to cell. Named again in each, they would be kept by each for all before it, a gigabyte after 400 cells.</summary>
    internal static ScriptOptions Options(string folder) => Base.WithReferences(Array.Empty<MetadataReference>())
        .WithMetadataResolver(new ReferenceResolver(folder)).WithSourceResolver(new SourceFileResolver([], folder));

    /// <summary>
    /// The empty cell that all sessions begin with, and a cell after it that nobody sees: it takes the compiler half a second to get going, which
    /// may pass while a file is read. All compiling waits for it: scripts that start at the same time would each read .NET's types for
    /// themselves, and a later cell that met both would find everything ambiguous.
    /// </summary>
    internal static Task<Submission> WarmUp => Warm.Value;

    static readonly Lazy<Task<Submission>> Warm = new(() => Task.Run(async () =>
    {
        // The formatter has a start of its own, on the other core.
        var formatter = Task.Run(() => Bundles.Of(new[] { 1 }));
        var first = Submission.First(CSharpScript.Create<object>("", Base));
        var options = Options(Path.GetTempPath());
        var second = Submission.Compile(first, first.Script.ContinueWith<object>("var warm = 1; new[] { warm }.Select(one => one + 1).ToArray()", options), new(), CancellationToken.None).Made!;
        await second.RunAsync().ConfigureAwait(false);
        await formatter.ConfigureAwait(false);
        return first;
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
        var (cell, errors) = Compile(text, path, stop);
        if (cell is null)
            return new(CellStatus.Failed, errors);

        using var stoppable = new Stoppable(stop);
        var (ended, stillRunning, run) = await stoppable.RunAsync(() => RunAsync(cell)).ConfigureAwait(false);
        if (!ended)
            return new(CellStatus.Stopped, StillRunning: stillRunning);
        // A cell that failed or was stopped keeps what it had assigned until then.
        if (CellSource.Declares(cell.Compilation, path))
            Keep(cell, path);
        if (stop.IsCancellationRequested)
            return new(CellStatus.Stopped);
        if (run.Thrown is { } thrown)
            return new(CellStatus.Failed, Traces.Of(thrown, _sources));
        var value = run.Value;
        if (value is Microsoft.DotNet.Interactive.DisplayedValue || (value is null && !CellSource.EndsInValue(cell.Compilation, path)))
            return CellResult.Done;
        return await FormatAsync(stoppable, value, bundle =>
        {
            if (last)
                host.Result(bundle);
            else
                host.Show(bundle, Guid.NewGuid().ToString("N"));
        }, stop).ConfigureAwait(false);
    }

    (Submission? Cell, CellError? Errors) Compile(string text, string path, CancellationToken stop)
    {
        lock (_binding)
        {
            var before = Before(text);
            Script<object> Next(string code) => before.Script.ContinueWith<object>(code, _options!.WithFilePath(path));
            if (Submission.Compile(before, Next(Instrumented.Of(text)), _loader, stop).Made is { } cell)
                return (cell, null);
            // Errors are told about the code as it was written.
            var plain = Next(text);
            var (made, found) = Submission.Compile(before, plain, _loader, stop);
            return (made, made is null ? CompileErrors.Of(found, plain.GetCompilation(), path, folder) : null);
        }
    }

    /// <summary>
    /// The cell that code goes on from: the last one. Where the code declares anew all that the last one has, which is how it is when a cell is
    /// run again, it takes the last one's place, so that a session does not grow with each run.
    /// </summary>
    Submission Before(string code)
    {
        var last = _last ?? WarmUp.Result;
        return _replaceable is { } names && names.IsSubsetOf(CellSource.Variables(code)) ? last.Before! : last;
    }

    void Keep(Submission cell, string path)
    {
        lock (_binding)
        {
            if (cell.Assembly is { } made)
                _loader.Keep(made);
            if (cell.Before != _last && _last?.Assembly is { } replaced)
                _loader.Forget(replaced);
            (_last, _options) = (cell, _options!.WithReferences(Array.Empty<MetadataReference>()));
            _replaceable = CellSource.OnlyVariables(cell.Compilation, path) is { Count: > 0 } names ? [.. names] : null;
        }
    }

    static async Task<(object? Value, Exception? Thrown)> RunAsync(Submission cell)
    {
        try
        {
            return (await cell.RunAsync().ConfigureAwait(false), null);
        }
        catch (Exception thrown)
        {
            return (null, thrown);
        }
    }

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
            var (cell, errors) = Compile(expression, Path, stop);
            if (cell is null)
                return new(null, errors);
            using var stoppable = new Stoppable(stop);
            var (ended, _, run) = await stoppable.RunAsync(() => RunAsync(cell)).ConfigureAwait(false);
            if (!ended || stop.IsCancellationRequested)
                return Stopped();
            if (run.Thrown is { } thrown)
                return new(null, Traces.Of(thrown, _sources));
            MimeBundle? made = null;
            var shown = await FormatAsync(stoppable, run.Value, bundle => made = bundle, stop).ConfigureAwait(false);
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
            var compilation = (_last ?? WarmUp.Result).Script.ContinueWith<object>(code, (_options ?? Options(folder)).WithFilePath("")).GetCompilation();
            // Reads the references now, under the lock.
            _ = compilation.Assembly;
            return compilation;
        }
    }

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
}
