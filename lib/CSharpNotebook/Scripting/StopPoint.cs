using System.Runtime.CompilerServices;

namespace CSharpNotebook;

/// <summary>
/// Calls that are compiled into the loops and functions of a cell, so that it can be stopped. Aborting its thread would be the other way;
/// on Linux that ends the process when the thread happens to be in a small function (.NET 10), and it can pass by finally blocks.
/// </summary>
public static class StopPoint
{
    static int _stopping;

    /// <summary>Each turn of a loop passes here: one read of a field as long as no cell is being stopped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pass()
    {
        if (Volatile.Read(ref _stopping) > 0)
            Leave();
    }

    /// <summary>Each call of a function passes here; endless recursion becomes an exception where it would be the end of the process.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Pass();
    }

    /// <summary>
    /// Whether an exception that nobody has caught is a stop's: a thread, a timer or an async void method of a cell may be at a stop point, and what they throw
    /// ends the process, unless the handler of such exceptions says that it may end the thread alone.
    /// </summary>
    internal static bool IsOfStop(Exception error) => error is OperationCanceledException { CancellationToken.IsCancellationRequested: true };

    internal static void Open() => Interlocked.Increment(ref _stopping);

    internal static void Close() => Interlocked.Decrement(ref _stopping);

    static void Leave()
    {
        if (CurrentCell.Stop.IsCancellationRequested)
            throw new OperationCanceledException("The cell was stopped.", CurrentCell.Stop);
    }
}
