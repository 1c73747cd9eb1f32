using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Patchwise;

/// <summary>
/// Threads on which all work of an engine runs. libtorch keeps for each thread what it has prepared there: on a device the plan of every convolution, which
/// takes as long as thousands of patches, on the CPU the threads that help it. On a new thread for each batch it would prepare that for each batch.
/// </summary>
sealed class EngineThreads : IDisposable
{
    readonly BlockingCollection<Action> _work = [];

    /// <param name="count">Works that run at once.</param>
    internal EngineThreads(int count)
    {
        // They know the work and not this, so that the finalizer finds what nobody uses any more.
        var work = _work;
        for (var i = 0; i < count; i++)
            new Thread(() =>
            {
                foreach (var action in work.GetConsumingEnumerable())
                    action();
            })
            { IsBackground = true, Name = "Patchwise network" }.Start();
    }

    ~EngineThreads() => _work.CompleteAdding();

    /// <summary>Runs it there and throws what it throws. It has ended when this returns, also where this thread is interrupted meanwhile.</summary>
    internal void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        ThreadInterruptedException? interrupted = null;
        var context = ExecutionContext.Capture();
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                if (context is null)
                    action();
                else
                    ExecutionContext.Run(context, _ => action(), null);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
            finally
            {
                done.Set();
            }
        });
        while (!done.IsSet)
            try
            {
                done.Wait();
            }
            catch (ThreadInterruptedException error)
            {
                interrupted = error;
            }
        failure?.Throw();
        if (interrupted is not null)
            throw interrupted;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        GC.SuppressFinalize(this);
    }
}
