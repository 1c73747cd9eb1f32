using System.Diagnostics;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Runs the code of a cell so that it can be stopped: loops see it at their <see cref="StopPoint"/>, blocking waits are interrupted, and
/// endless awaits are left behind. Continuations run on any pool thread, so that a cell which blocks on its own task does not wait for itself.
/// </summary>
sealed class Stoppable : SynchronizationContext
{
    /// <summary>
    /// How long a stopped cell may take to unwind before it counts as one that cannot be stopped; when its waits are interrupted, and those that follow while
    /// it unwinds.
    /// </summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromMilliseconds(50), Again = TimeSpan.FromMilliseconds(100),
        Step = TimeSpan.FromMilliseconds(5);

    /// <summary>Threads that run a piece of the cell now, and how long after the stop they were interrupted last.</summary>
    readonly Dictionary<Thread, TimeSpan?> _running = [];

    /// <summary>The result, or <c>Ended</c> false when the code was stopped and gave none; <c>StillRunning</c> when it could not be stopped.</summary>
    internal async Task<(bool Ended, bool StillRunning, T? Value)> RunAsync<T>(Func<Task<T>> work, CancellationToken stop)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new TaskCompletionSource();
        Post(_ =>
        {
            started.SetResult();
            work().ContinueWith(task => done.TrySetFromTask(task), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }, null);
        await started.Task.ConfigureAwait(false);
        if (await Task.WhenAny(done.Task, Task.Delay(Timeout.Infinite, stop)).ConfigureAwait(false) == done.Task)
            return (true, false, await done.Task.ConfigureAwait(false));

        StopPoint.Open();
        var waited = Stopwatch.StartNew();
        for (var quiet = 0; waited.Elapsed < Grace && quiet < 10 && !done.Task.IsCompleted;)
        {
            await Task.Delay(Step, CancellationToken.None).ConfigureAwait(false);
            // When no piece runs for a while, the cell awaits something that may never come.
            lock (_running)
                quiet = _running.Count == 0 ? quiet + 1 : 0;
            if (waited.Elapsed >= Patience)
                InterruptWaits(waited.Elapsed);
        }
        if (done.Task.IsCompleted)
        {
            StopPoint.Close();
            return (true, false, await done.Task.ConfigureAwait(false));
        }
        // The stop points stay open for what is left of the cell, should it come to one.
        lock (_running)
            return (false, _running.Count > 0, default);
    }

    public override void Post(SendOrPostCallback d, object? state) => ThreadPool.QueueUserWorkItem(_ => Piece(d, state));

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    void Piece(SendOrPostCallback work, object? state)
    {
        var before = Current;
        SetSynchronizationContext(this);
        lock (_running)
            _running[Thread.CurrentThread] = null;
        try
        {
            work(state);
        }
        finally
        {
            if (Leave() is not null)
                Forget();
            SetSynchronizationContext(before);
        }
    }

    /// <summary>The thread has done its piece; when it was interrupted last.</summary>
    TimeSpan? Leave()
    {
        while (true)
            try
            {
                lock (_running)
                {
                    _running.Remove(Thread.CurrentThread, out var interrupted);
                    return interrupted;
                }
            }
            catch (ThreadInterruptedException)
            {
                // It met the wait for the lock, where nothing is left to stop: unhandled on a thread of the pool it would end the process.
            }
    }

    /// <summary>Wakes Thread.Sleep, Task.Wait and locks; what waits again while it unwinds (a finally block for native code) is given a while.</summary>
    void InterruptWaits(TimeSpan now)
    {
        lock (_running)
            foreach (var thread in _running.Where(entry => entry.Value is not { } last || now - last >= Again).Select(entry => entry.Key).ToArray())
            {
                _running[thread] = now;
                thread.Interrupt();
            }
    }

    /// <summary>An interrupt that met no wait must not hit the next user of this pool thread.</summary>
    static void Forget()
    {
        try
        {
            Thread.Sleep(1);
        }
        catch (ThreadInterruptedException)
        {
        }
    }
}
