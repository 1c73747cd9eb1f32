using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Runner;

/// <summary>
/// Executes a notebook from its first cell to its last, and keeps the file with the outputs up to date: after each cell, and however the run ends.
/// </summary>
sealed class NotebookRun : IDisposable
{
    const int FailedCode = 1, InterruptedCode = 130, TerminatedCode = 143;

    readonly NotebookFile _notebook;
    readonly string _output;
    readonly TimeSpan? _limit;
    readonly ScriptSession _session;
    readonly TextWriter _messages;
    readonly Progress _progress;
    readonly PapermillRecord _record;
    readonly Lock _lock = new();
    readonly Dictionary<string, List<JsonObject>> _shown = [];
    readonly List<CellOutputs> _outputs = [];
    readonly CancellationTokenSource _stop = new();
    PosixSignal? _signal;
    bool _ended;

    internal NotebookRun(NotebookFile notebook, ScriptSession session, string output, TimeSpan? limit, TextWriter messages, bool terminal,
        PapermillRecord record)
    {
        (_notebook, _output, _limit, _messages, _record) = (notebook, output, limit, messages, record);
        _session = session;
        _progress = new Progress(messages, terminal, notebook.CodeCells.Count());
    }

    /// <returns>The exit code.</returns>
    internal async Task<int> RunAsync()
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => EndEarly("the process was ended by the notebook itself");
        AppDomain.CurrentDomain.UnhandledException += (_, crash) => EndEarly($"an exception outside any cell ended the process: {crash.ExceptionObject}");
        _record.Start(_notebook);
        Save();
        // The compiler's start counts to no cell's time limit.
        await _session.Warm.ConfigureAwait(false);
        var titles = _notebook.Titles();
        var (number, code) = (0, 0);
        foreach (var cell in _notebook.CodeCells.ToArray())
        {
            number++;
            _progress.Start(number, titles[cell]);
            var clock = Stopwatch.StartNew();
            if (cell.HasTag("skip-execution") || string.IsNullOrWhiteSpace(cell.Source))
            {
                _progress.End(clock.Elapsed, "skipped");
                continue;
            }
            var (result, error) = await RunAsync(cell, number).ConfigureAwait(false);
            var expected = result.Status == CellStatus.Failed && cell.HasTag("raises-exception");
            _progress.End(clock.Elapsed, error is null ? null
                : expected ? "failed, as its tag raises-exception allows" : result.Status == CellStatus.Failed ? "failed" : "stopped");
            if (error is not null && !expected)
            {
                foreach (var line in error.Trace)
                    _messages.WriteLine(line);
                code = _signal switch { null => FailedCode, PosixSignal.SIGINT => InterruptedCode, _ => TerminatedCode };
                break;
            }
            if (_signal is { } signal)
            {
                _messages.WriteLine($"csnb: stopped by {signal} after cell {number}");
                code = signal == PosixSignal.SIGINT ? InterruptedCode : TerminatedCode;
                break;
            }
        }
        lock (_lock)
        {
            _record.End(_notebook, code != 0);
            Save();
            _ended = true;
        }
        return code;
    }

    async Task<(CellResult Result, CellError? Error)> RunAsync(NotebookCell cell, int number)
    {
        var outputs = new CellOutputs(cell, number, _shown, _lock);
        lock (_lock)
        {
            _outputs.Add(outputs);
            cell.Json["execution_count"] = number;
            _record.Start(cell);
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        if (_limit is { } time)
            limit.CancelAfter(time);
        var result = await _session.RunAsync(cell.Code, number, outputs, limit.Token).ConfigureAwait(false);
        var error = result.Status == CellStatus.Stopped ? Stopped(number, result.StillRunning) : result.Error;
        if (error is not null)
            outputs.Fail(error);
        outputs.End();
        lock (_lock)
        {
            _record.End(cell, error);
            Save();
        }
        return (result, error);
    }

    CellError Stopped(int number, bool stillRunning)
    {
        var why = _signal is { } signal ? $"stopped by {signal}"
            : string.Create(CultureInfo.InvariantCulture, $"stopped after {_limit!.Value.TotalSeconds:0.###} s, the limit set by --timeout");
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
        lock (_lock)
        {
            if (_ended)
                return;
            _ended = true;
            if (_outputs.LastOrDefault() is { } last)
            {
                last.Fail(new("ProcessEnded", why));
                last.End();
            }
            _record.End(_notebook, failed: true);
            try
            {
                Save();
            }
            catch (NotebookException error)
            {
                // There is nobody left to catch it.
                why += "; " + error.Message;
            }
            _messages.WriteLine($"csnb: {why}");
        }
    }

    /// <summary>All outputs, for threads left behind by an earlier cell write on into theirs.</summary>
    void Save()
    {
        lock (_lock)
        {
            foreach (var outputs in _outputs)
                outputs.Flush();
            try
            {
                _notebook.Save(_output);
            }
            catch (NotebookException)
            {
                _ended = true;
                throw;
            }
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
    }
}
