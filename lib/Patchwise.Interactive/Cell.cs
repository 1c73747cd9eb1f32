using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;

namespace Patchwise;

/// <summary>
/// The cell of a notebook that calls: its stop, and a place to show how far work is. Outside a notebook there is neither, nor the assembly of Microsoft that
/// knows them: what names its types stands in methods that are not called then.
/// </summary>
static class Cell
{
    /// <summary>Work that takes less shows nothing.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    static bool IsThere => Notebook.Loaded("Microsoft.DotNet.Interactive") is not null;

    /// <summary>Cancelled when the cell is stopped.</summary>
    internal static CancellationToken Stop => IsThere ? OfContext() : default;

    /// <summary>What stands for the notebook that the calling code belongs to: a process may run several. Outside of any, the same for all.</summary>
    internal static object OfNotebook => IsThere ? RootKernel() : Nowhere;

    static readonly object Nowhere = new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    static object RootKernel() => KernelInvocationContext.Current is { HandlingKernel.RootKernel: { } root } ? root : Nowhere;

    /// <summary>Shows how far work is, each call in the place of the last; null where nobody would see it, or
    /// where what is shown is to be kept. For one thread at a time.</summary>
    internal static Action<T>? Progress<T>() where T : class => !Stills.Asked && IsThere && HasContext() ? Shown<T>() : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    static CancellationToken OfContext()
    {
        try
        {
            return KernelInvocationContext.Current?.CancellationToken ?? default;
        }
        catch (ObjectDisposedException)
        {
            return default; // work that a cell left behind, which has ended
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static bool HasContext() => KernelInvocationContext.Current is not null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    static Action<T> Shown<T>() where T : class
    {
        var (context, clock) = (KernelInvocationContext.Current!, Stopwatch.StartNew());
        DisplayedValue? shown = null;
        return state =>
        {
            if (shown is not null)
                shown.Update(state);
            else if (clock.Elapsed >= Patience)
                shown = context.Display(state);
        };
    }
}
