using System.Diagnostics;

namespace Patchwise;

/// <summary>Patches that go through an engine together.</summary>
/// <param name="novelty">Whether the network gives one.</param>
sealed class PatchBatch(int patches, int patchBytes, int values, bool novelty)
{
    readonly float[] _outputs = new float[patches * values], _novelty = new float[novelty ? patches : 0];

    internal byte[] Rgb { get; } = new byte[patches * patchBytes];

    /// <summary>Why a patch could not be read; null where it could.</summary>
    internal string?[] Faults { get; } = new string?[patches];

    /// <summary>Place of its first patch among those that are run.</summary>
    internal int Start { get; set; }
    internal int Count { get; set; }

    /// <summary>A row a patch: what the network gives for it; of one with a fault, anything.</summary>
    internal Span<float> Outputs => _outputs.AsSpan(0, Count * values);

    /// <summary>Of each patch; empty where the network gives none.</summary>
    internal Span<float> Novelty => novelty ? _novelty.AsSpan(0, Count) : [];
}

/// <summary>How long none of some workers had anything to do, up to the last time that one began.</summary>
sealed class IdleTime(Stopwatch clock)
{
    readonly Lock _lock = new();
    TimeSpan _since, _idle;
    int _busy;

    /// <summary>Of all the time by the clock.</summary>
    internal double Share
    {
        get
        {
            lock (_lock)
                return _idle / clock.Elapsed;
        }
    }

    internal void During(Action work)
    {
        lock (_lock)
            if (_busy++ == 0)
                _idle += clock.Elapsed - _since;
        try
        {
            work();
        }
        finally
        {
            lock (_lock)
                if (--_busy == 0)
                    _since = clock.Elapsed;
        }
    }
}

/// <summary>
/// Reads ahead while the engine works: a few batches are under way at once, each of which is read, patch by patch, and then run. They are taken in order.
/// Memory: one batch for each run that the engine does at once and two more, whatever the number of patches.
/// </summary>
/// <param name="readers">Patches that are read at once.</param>
/// <param name="novelty">Whether the engine gives one in the place of features.</param>
sealed class PredictionPipeline(PatchFeed feed, InferenceEngine engine, int batchSize, int readers, bool novelty = false)
{
    readonly TaskFactory _reading = new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, readers).ConcurrentScheduler);
    readonly SemaphoreSlim _running = new(engine.Parallel);
    readonly int _patchBytes = checked(3 * feed.Size.Width * feed.Size.Height);

    /// <summary>Runs these patches of the feed.</summary>
    /// <param name="take">Called for each batch, on this thread and in the order of the patches: when it ends early, for a beginning without gaps.</param>
    internal void Run(IReadOnlyList<int> patches, Action<PatchBatch> take, Action<PredictionProgress>? progress, CancellationToken cancel)
    {
        if (engine.PatchSize is { } only && only != feed.Size)
            throw new BadInputException($"{feed.Name}: patches of {feed.Size} px for a network that takes {only} px only; give patches of that size");
        var size = Math.Min(batchSize, patches.Count);
        if ((long)size * _patchBytes > Array.MaxLength)
            throw new BadInputException($"batches of {size} patches of {feed.Size} px take {(long)size * _patchBytes} bytes: expected at most "
                + $"{Array.MaxLength}; take smaller batches");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var (clock, told, begun, done) = (Stopwatch.StartNew(), TimeSpan.Zero, 0, 0);
        var (ahead, empty, reading, running) = (new Queue<Task<PatchBatch>>(), new Stack<PatchBatch>(), new IdleTime(clock), new IdleTime(clock));
        try
        {
            while (done < patches.Count)
            {
                for (; begun < patches.Count && ahead.Count < engine.Parallel + 2; begun += size)
                {
                    var batch = empty.TryPop(out var used) ? used : new(size, _patchBytes, engine.Classes, novelty);
                    (batch.Start, batch.Count) = (begun, Math.Min(size, patches.Count - begun));
                    ahead.Enqueue(RunAsync(batch, patches, reading, running, stop.Token));
                }
                if (Task.WaitAny([ahead.Peek()], 250, cancel) == 0)
                {
                    cancel.ThrowIfCancellationRequested();
                    var batch = ahead.Dequeue().GetAwaiter().GetResult();
                    take(batch);
                    done += batch.Count;
                    empty.Push(batch);
                }
                if (done < patches.Count && clock.Elapsed - told < TimeSpan.FromMilliseconds(100))
                    continue;
                told = clock.Elapsed;
                progress?.Invoke(new(feed.Name, feed.Count - patches.Count + done, feed.Count, done / told.TotalSeconds)
                {
                    NetworkWaited = running.Share,
                    ReadersWaited = reading.Share,
                });
            }
        }
        finally
        {
            // What still reads or runs uses the slide and the network, which are closed after this.
            stop.Cancel();
            ((Task)Task.WhenAll(ahead)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        }
    }

    async Task<PatchBatch> RunAsync(PatchBatch batch, IReadOnlyList<int> patches, IdleTime reading, IdleTime running, CancellationToken stop)
    {
        await Task.WhenAll(Enumerable.Range(0, batch.Count).Select(place => _reading.StartNew(() => reading.During(() =>
            batch.Faults[place] = feed.ReadSeen(patches[batch.Start + place], batch.Rgb.AsMemory(place * _patchBytes, _patchBytes))), stop)));
        if (!batch.Faults.AsSpan(0, batch.Count).Contains(null))
            return batch;
        await _running.WaitAsync(stop);
        try
        {
            // On a thread of its own, so that all of the pool is left to read.
            await Task.Factory.StartNew(() => running.During(() =>
                engine.Run(batch.Rgb.AsSpan(0, batch.Count * _patchBytes), batch.Count, feed.Size, batch.Outputs, batch.Novelty, stop)), stop,
                TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return batch;
        }
        finally
        {
            _running.Release();
        }
    }
}
