using System.Runtime;

namespace CSharpNotebook.Scripting;

/// <summary>
/// Runs code so that it can be stopped in the middle of an endless loop, even one that catches everything. Each piece between two awaits
/// runs inside <see cref="ControlledExecution"/>; the waits between them are outside, because a thread that blocks inside cannot be told to end.
/// Pieces run on any pool thread, so that a cell which blocks on its own task does not wait for itself.
/// </summary>
sealed class Stoppable : SynchronizationContext, IDisposable
{
    /// <summary>How long a stopped cell may take to unwind (its finally blocks run) before it counts as one that cannot be stopped.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    readonly CancellationTokenSource _abort = new();
    readonly TaskCompletionSource _stopAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly CancellationTokenRegistration _registration;
    int _running;

    internal Stoppable(CancellationToken stop) => _registration = stop.Register(() =>
    {
        // Cancel waits until every piece has unwound, so whoever asks for the stop must not be the one to call it.
        ThreadPool.UnsafeQueueUserWorkItem(abort => abort.Cancel(), _abort, preferLocal: false);
        _stopAsked.TrySetResult();
    });

    /// <summary>The result, or <c>Ended</c> false when the code was stopped and gave none; <c>StillRunning</c> when it could not be stopped.</summary>
    internal async Task<(bool Ended, bool StillRunning, T? Value)> RunAsync<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ =>
        {
            // The work may be torn away here at any moment; then done stays open and the stop below ends the wait.
            work().ContinueWith(task => done.TrySetFromTask(task), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }, null);
        if (await Task.WhenAny(done.Task, _stopAsked.Task).ConfigureAwait(false) != done.Task)
        {
            var quiet = 0;
            for (var waited = TimeSpan.Zero; waited < Grace && quiet < 5 && !done.Task.IsCompleted; waited += TimeSpan.FromMilliseconds(10))
            {
                await Task.Delay(10, CancellationToken.None).ConfigureAwait(false);
                quiet = Volatile.Read(ref _running) == 0 ? quiet + 1 : 0;
            }
            if (!done.Task.IsCompleted)
                return (false, Volatile.Read(ref _running) > 0, default);
        }
        return (true, false, await done.Task.ConfigureAwait(false));
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        Interlocked.Increment(ref _running);
        ThreadPool.QueueUserWorkItem(_ => Piece(d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    void Piece(SendOrPostCallback work, object? state)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
#pragma warning disable SYSLIB0046 // Its warning is that an abort may leave shared state torn: that is what a stop button on a cell means.
            ControlledExecution.Run(() => work(state), _abort.Token);
#pragma warning restore SYSLIB0046
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
        }
        finally
        {
            SetSynchronizationContext(before);
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>The token of a cell that ended stays usable: tasks it left behind may still post to it.</summary>
    public void Dispose() => _registration.Dispose();
}
