using System.Diagnostics;

namespace Patchwise;

/// <summary>
/// What the notebook cell that calls offers to long work, found without a reference to the notebook's program or from it: csnb puts delegates of
/// plain types into data slots of the process. Where a slot is empty, as in other hosts, nothing is offered.
/// </summary>
static class NotebookCell
{
    /// <summary>Work that takes less shows nothing.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    /// <summary>The token that was given, or else the one that a stop of the cell cancels.</summary>
    internal static CancellationToken StopOr(CancellationToken given) =>
        given.CanBeCanceled ? given : (AppContext.GetData("Notebook.Stop") as Func<CancellationToken>)?.Invoke() ?? default;

    /// <summary>Shows how far work is, each call in the place of the last; null where nobody would see it. For one thread at a time.</summary>
    internal static Action<T>? Progress<T>() where T : class, INotebookView
    {
        if (AppContext.GetData("Notebook.Show") is not Func<object, Action<object>> show)
            return null;
        var clock = Stopwatch.StartNew();
        Action<object>? update = null;
        return state =>
        {
            if (update is not null)
                update(state);
            else if (clock.Elapsed >= Patience)
                update = show(state);
        };
    }
}
