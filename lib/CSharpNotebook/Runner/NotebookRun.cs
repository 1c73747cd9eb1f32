using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace CSharpNotebook.Runner;

/// <summary>
/// Executes a notebook from its first cell to its last, and keeps the file with the outputs up to date: after each cell, and however the run ends.
/// </summary>
/// <param name="limit">Of each cell.</param>
sealed class NotebookRun(NotebookFile notebook, ScriptSession session, RunOutput output, RunRecord record, TimeSpan? limit, TextWriter messages,
    Progress progress) : IDisposable
{
    const int FailedCode = 1, InterruptedCode = 130, TerminatedCode = 143;

    readonly CellOutputs _shown = new(progress.Tell);
    readonly List<CellOutput> _outputs = [];
    readonly CancellationTokenSource _stop = new();
    PosixSignal? _signal;
    int _ended;

    /// <returns>The exit code.</returns>
    internal async Task<int> RunAsync()
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndEarly(_outputs.Count == 0 || CurrentCell.Output is { } output && _outputs.Contains(output)
            ? "the process was ended by the notebook itself" : "the process was ended by another notebook that ran beside it");
        AppDomain.CurrentDomain.UnhandledException += (_, crash) => EndEarly($"an exception outside any cell ended the process: {crash.ExceptionObject}");
        Save(() => record.Start(notebook));
        var earlier = Task.Run(() => RunRecord.Durations(output.Place));
        // The compiler's start counts to no cell's time limit.
        await session.Warm.ConfigureAwait(false);
        var (titles, durations, cells) = (notebook.Titles(), await earlier.ConfigureAwait(false), notebook.CodeCells.ToArray());
        CellError? failed = null;
        var number = 0;
        while (number < cells.Length && failed is null && _signal is null)
        {
            var cell = cells[number++];
            progress.Start(number, titles[cell], durations.Count == 0 ? null
                : cells.Skip(number - 1).Aggregate(TimeSpan.Zero, (sum, next) => sum + durations.GetValueOrDefault(next.Source)));
            if (cell.HasTag("skip-execution") || string.IsNullOrWhiteSpace(cell.Source))
            {
                progress.End("skipped");
                continue;
            }
            var (result, error) = await RunAsync(cell, number).ConfigureAwait(false);
            var expected = result.Status == CellStatus.Failed && cell.HasTag("raises-exception");
            progress.End(error is null ? null
                : expected ? "failed, as its tag raises-exception allows" : result.Status == CellStatus.Failed ? "failed" : "stopped");
            failed = expected ? null : error;
        }
        foreach (var line in failed?.Trace ?? [])
            messages.WriteLine(line);
        var code = _signal switch
        {
            null => failed is null ? 0 : FailedCode,
            PosixSignal.SIGINT => InterruptedCode,
            _ => TerminatedCode,
        };
        End(code == 0 ? null : _signal is { } signal ? $"stopped by {signal} in cell {number} of {cells.Length}" : $"cell {number} of {cells.Length} failed");
        return code;
    }

    /// <param name="why">Null where the run has ended well.</param>
    void End(string? why)
    {
        Save(() => record.End(notebook, why is not null));
        _ended = 1;
        var place = output.End(why is null);
        if (why is not null)
            messages.WriteLine($"csnb: the run failed: {why}; what it gave is in {place}"
                + (File.Exists(output.Place) ? $", and {Path.GetFileName(output.Place)} is still that of an earlier run" : ""));
    }

    async Task<(CellResult Result, CellError? Error)> RunAsync(NotebookCell cell, int number)
    {
        var outputs = new CellOutput(number, (type, content) => _shown.Take(cell, type, content), (prompt, _) => throw new NotSupportedException(
            $"The notebook asks \"{prompt}\", but csnb run has nobody to ask: make it a parameter, and give it with -p NAME=VALUE."));
        lock (_shown.Lock)
        {
            _outputs.Add(outputs);
            cell.Json["execution_count"] = number;
            record.Start(cell);
        }
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (limit is { } time)
            stop.CancelAfter(time);
        var result = await session.RunAsync(cell.Code, number, outputs, stop.Token).ConfigureAwait(false);
        var error = result.Status == CellStatus.Stopped ? Stopped(number, result.StillRunning) : Told(result.Error, cell.Source);
        outputs.End(error);
        Save(() => record.End(cell, error));
        return (result, error);
    }

    /// <summary>
    /// What a message asks to be given to a call, as the notebook takes it: by the parameter of that name, where the cell uses it, or else by the only one
    /// whose name ends so (slideMpp for mpp: 0.25).
    /// </summary>
    CellError? Told(CellError? error, string source)
    {
        if (error is null)
            return error;
        string[] all = [.. Parameter.Names(notebook)];
        string? Of(string argument, bool ofSlide)
        {
            var longer = char.ToUpperInvariant(argument[0]) + argument[1..];
            return all.Contains(argument) ? Regex.IsMatch(source, $@"\b{argument}\b") ? argument : null
                : ofSlide && all.Contains($"slide{longer}") ? $"slide{longer}"
                : Array.FindAll(all, name => name.EndsWith(longer, StringComparison.Ordinal)) is [var only] ? only : null;
        }
        // A value is a literal and ends there; a word behind a colon, or a number before more of them, is prose.
        const string Argument = @"\b([a-z]\w*): (\d[\w.]*|\w+\.\w+|true|false)(?=[),;]|$)";
        var call = new Regex($@"\b[A-Z]\w*(?:\.\w+)*\((?:[^()]*, )?{Argument}[^()]*\)|{Argument}");
        string In(string text) => call.Replace(text, found =>
        {
            var at = found.Groups[1].Success ? 1 : 3;
            var (argument, value) = (found.Groups[at].Value, found.Groups[at + 1].Value);
            return Of(argument, found.Value.StartsWith("Slide.", StringComparison.Ordinal)) is { } known ? $"-p {known}={value}" : found.Value;
        });
        // The trace has lines of code beside the message.
        string[] trace = [.. error.Trace.Select(line => line.Contains(error.Message, StringComparison.Ordinal) ? In(line) : line)];
        return error with { Message = In(error.Message), Trace = trace };
    }

    CellError Stopped(int number, bool stillRunning)
    {
        var why = _signal is { } signal ? $"stopped by {signal}"
            : string.Create(CultureInfo.InvariantCulture, $"stopped after {limit!.Value.TotalSeconds:0.###} s, the limit set by --timeout");
        var rest = stillRunning ? "; native code or a blocking wait in it could not be ended and goes with the process" : "";
        return new(_signal is null ? nameof(TimeoutException) : nameof(OperationCanceledException), $"Cell [{number}] was {why}{rest}");
    }

    void OnSignal(PosixSignalContext context)
    {
        // The second one ends the process at once: the default action.
        if (_signal is not null)
            return;
        context.Cancel = true;
        _signal = context.Signal;
        _stop.Cancel();
    }

    /// <summary>A cell called Environment.Exit, or a thread of the notebook crashed: what there is, is written.</summary>
    void EndEarly(string why)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        Environment.ExitCode = FailedCode;
        _outputs.LastOrDefault()?.End(new("ProcessEnded", why));
        try
        {
            End(why);
        }
        catch (NotebookException error)
        {
            // There is nobody left to catch it.
            messages.WriteLine($"csnb: the run failed: {why}; {error.Message}");
        }
    }

    /// <summary>With all outputs, for threads left behind by an earlier cell write on into theirs.</summary>
    void Save(Action record)
    {
        foreach (var outputs in _outputs.ToArray())
            outputs.End();
        lock (_shown.Lock)
            try
            {
                record();
                output.Save(notebook);
            }
            catch (NotebookException)
            {
                _ended = 1;
                output.End(good: false);
                throw;
            }
    }

    public void Dispose()
    {
        _stop.Dispose();
        progress.Dispose();
    }
}
