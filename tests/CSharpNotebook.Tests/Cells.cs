using System.Runtime.CompilerServices;
using CSharpNotebook.Display;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests;

/// <summary>A session with a memory of what its cells showed.</summary>
sealed class Cells : ICellHost, IDisposable
{
    readonly ScriptSession _session;
    readonly List<(string Kind, string Key, MimeBundle? Bundle)> _outputs = [];
    int _number;

    internal Cells(string? folder = null)
    {
        _session = new(folder ?? Path.GetTempPath());
    }

    /// <summary>Kind (stdout, stderr, display, update, result) and plain text, in order; text of one stream in a row is one.</summary>
    internal IReadOnlyList<(string Kind, string Text)> Outputs
    {
        get
        {
            List<(string Kind, string Text)> merged = [];
            lock (_outputs)
                foreach (var (kind, key, bundle) in _outputs)
                    if (bundle is null && merged is [.., var last] && last.Kind == kind)
                        merged[^1] = (kind, last.Text + key);
                    else
                        merged.Add((kind, bundle?.Data[MimeBundle.Text] ?? key));
            return merged;
        }
    }

    internal IReadOnlyList<MimeBundle> Bundles => [.. _outputs.Where(output => output.Bundle is not null).Select(output => output.Bundle!)];

    internal bool NobodyAnswers { get; init; }

    internal string DisplayId(int index) => _outputs[index].Key;

    /// <summary>Completes when a cell has written this to the console.</summary>
    internal TaskCompletionSource Started { get; private set; } = new();

    internal async Task<CellResult> RunAsync(string code, CancellationToken stop = default)
    {
        lock (_outputs)
            _outputs.Clear();
        Started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return await _session.RunAsync(code, ++_number, this, stop);
    }

    /// <summary>Runs a cell that must not fail.</summary>
    internal async Task<IReadOnlyList<(string Kind, string Text)>> ShowAsync(string code, [CallerLineNumber] int line = 0)
    {
        var result = await RunAsync(code);
        Assert.True(result.Status == CellStatus.Done, $"line {line}: {string.Join('\n', result.Error?.Trace ?? [])}");
        return Outputs;
    }

    /// <summary>Runs a cell that must fail.</summary>
    internal async Task<CellError> FailAsync(string code)
    {
        var result = await RunAsync(code);
        Assert.Equal(CellStatus.Failed, result.Status);
        return result.Error!;
    }

    /// <summary>Runs a cell that prints "started" and would then never end, and stops it there.</summary>
    internal async Task<CellResult> StopAsync(string code)
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync(code, stop.Token);
        if (await Task.WhenAny(running, Started.Task) == running)
            Assert.Fail($"the cell ended by itself: {string.Join('\n', (await running).Error?.Trace ?? [])}");
        await stop.CancelAsync();
        return await running;
    }

    public void Write(string stream, string text)
    {
        lock (_outputs)
            _outputs.Add((stream, text, null));
        if (text.Contains("started", StringComparison.Ordinal))
            Started.TrySetResult();
    }

    public void Show(MimeBundle bundle, string displayId) => Add("display", displayId, bundle);

    public void Update(MimeBundle bundle, string displayId) => Add("update", displayId, bundle);

    public void Result(MimeBundle bundle) => Add("result", "", bundle);

    public void Clear(bool wait)
    {
        lock (_outputs)
            _outputs.Clear();
    }

    public Task<string> AskAsync(string prompt, bool secret) =>
        NobodyAnswers ? throw new NotSupportedException("nobody answers") : Task.FromResult($"{prompt} {(secret ? "secret" : "open")}");

    void Add(string kind, string key, MimeBundle bundle)
    {
        lock (_outputs)
            _outputs.Add((kind, key, bundle));
    }

    public void Dispose() => _session.Dispose();
}
