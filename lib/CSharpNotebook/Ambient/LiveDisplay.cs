using System.Diagnostics;
using CSharpNotebook.Scripting;
using Microsoft.DotNet.Interactive;

namespace CSharpNotebook;

/// <summary>Something shown that changes often: the page gets at most five states a second, and always the last one.</summary>
sealed class LiveDisplay
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    readonly Lock _one = new();
    readonly DisplayedValue _shown;
    readonly Stopwatch _since = Stopwatch.StartNew();
    object? _waiting;

    internal LiveDisplay(object value)
    {
        _shown = DisplayedValue.Show(value, []);
        CurrentCell.AtEnd(Flush);
    }

    internal void Update(object value)
    {
        lock (_one)
        {
            _waiting = value;
            if (_since.Elapsed >= Pause)
                Flush();
        }
    }

    void Flush()
    {
        lock (_one)
        {
            if (_waiting is null)
                return;
            _shown.Update(_waiting);
            _waiting = null;
            _since.Restart();
        }
    }
}
