using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using CSharpNotebook.Display;
using CSharpNotebook.Scripting;

namespace CSharpNotebook.Tests;

/// <summary>A session with a memory of what its cells showed.</summary>
sealed class Cells : IDisposable
{
    readonly ScriptSession _session;
    readonly List<(string Kind, JsonObject Content)> _outputs = [];
    readonly List<CellOutput> _made = [];
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
                foreach (var (kind, content) in _outputs)
                    if (content["text"] is { } text && merged is [.., var last] && last.Kind == kind)
                        merged[^1] = (kind, last.Text + (string?)text);
                    else
                        merged.Add((kind, (string?)content["text"] ?? (string)content["data"]!["text/plain"]!));
            return merged;
        }
    }

    internal IReadOnlyList<MimeBundle> Bundles => [.. _outputs.Select(output => output.Content["data"]).OfType<JsonObject>().Select(data =>
        new MimeBundle(data.ToDictionary(form => form.Key, form => form.Value is JsonValue text ? text.ToString() : form.Value!.ToJsonString())))];

    internal bool NobodyAnswers { get; init; }

    internal string DisplayId(int index) => (string)_outputs[index].Content["transient"]!["display_id"]!;

    /// <summary>Completes when a cell has written this to the console.</summary>
    internal TaskCompletionSource Started { get; private set; } = new();

    internal async Task<CellResult> RunAsync(string code, CancellationToken stop = default)
    {
        lock (_outputs)
            _outputs.Clear();
        Started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _made.Add(Output());
        var result = await _session.RunAsync(code, ++_number, _made[^1], stop);
        foreach (var output in _made)
            output.End();
        return result;
    }

    internal CellOutput Output() => new(_number, Take, (prompt, secret) =>
        NobodyAnswers ? throw new NotSupportedException("nobody answers") : Task.FromResult($"{prompt} {(secret ? "secret" : "open")}"));

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

    void Take(string type, JsonObject content)
    {
        lock (_outputs)
            if (type == "clear_output")
                _outputs.Clear();
            else
                _outputs.Add((type switch
                {
                    "stream" => (string)content["name"]!,
                    "display_data" => "display",
                    "update_display_data" => "update",
                    _ => "result",
                }, content));
        if ((string?)content["text"] is { } text && text.Contains("started", StringComparison.Ordinal))
            Started.TrySetResult();
    }

    public void Dispose() => _session.Dispose();
}
