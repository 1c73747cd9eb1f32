using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Patchwise;

/// <summary>Patches that go through an engine together.</summary>
sealed class PatchBatch(int patches, int patchBytes, int classes)
{
    internal byte[] Rgb { get; } = new byte[patches * patchBytes];
    readonly float[] _outputs = new float[patches * classes];

    /// <summary>Why a patch could not be read; null where it could.</summary>
    internal string?[] Faults { get; } = new string?[patches];

    /// <summary>Place of its first patch among those that are run.</summary>
    internal int Start { get; set; }
    internal int Count { get; set; }

    /// <summary>Patches that have to be read yet.</summary>
    internal int Missing;

    /// <summary>A row a patch: what the network gives for each class; of one with a fault, anything.</summary>
    internal Span<float> Outputs => _outputs.AsSpan(0, Count * classes);
}

/// <summary>
/// Reads ahead while the engine works:
/// <code>
///   readers, one a core  =full batch=>  runs, as many as the engine takes at once  =outputs=>  the caller's thread, in order
///           '================================= empty batch ================================='
/// </code>
/// Memory: one batch for each run and two more, whatever the number of patches; readers wait for an empty one.
/// </summary>
sealed class PredictionPipeline(PatchFeed feed, IInferenceEngine engine, int batchSize, int readers) : IDisposable
{
    readonly BlockingCollection<PatchBatch> _empty = [], _full = [], _done = [];
    readonly CancellationTokenSource _stop = new();
    readonly Lock _next = new();
    readonly int _patchBytes = checked(3 * feed.Size.Width * feed.Size.Height);
    PatchBatch? _filling;
    /// <summary>Threads may still use what is here: waiting for them was interrupted, as a notebook does that is stopped while native code works.</summary>
    bool _atWork;
    ExceptionDispatchInfo? _failure;
    IReadOnlyList<int> _patches = [];
    int _position;

    /// <summary>Runs these patches of the feed.</summary>
    /// <param name="take">Called for each batch, on this thread and in the order of the patches.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> says so; what was taken until then is a beginning without gaps.</exception>
    internal void Run(IReadOnlyList<int> patches, Action<PatchBatch> take, Action<PredictionProgress>? progress, CancellationToken cancel)
    {
        if (engine.PatchSize is { } only && only != feed.Size)
            throw new BadInputException($"{feed.Name}: patches of {feed.Size} px for a network that takes {only} px only; give patches of that size");
        if (patches.Count == 0)
            return;
        var size = Math.Min(batchSize, patches.Count);
        if ((long)size * _patchBytes > Array.MaxLength)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture,
                $"batches of {size} patches of {feed.Size} px take {(long)size * _patchBytes:N0} bytes: "
                + $"expected at most {Array.MaxLength:N0}; take smaller batches"));
        for (var i = 0; i < engine.Parallel + 2; i++)
            _empty.Add(new(size, _patchBytes, engine.Classes), CancellationToken.None);
        _patches = patches;
        using var linked = cancel.Register(_stop.Cancel);
        Thread[] threads = [.. Enumerable.Range(0, readers).Select(i => Start($"reader {i}", Read)),
            .. Enumerable.Range(0, engine.Parallel).Select(i => Start($"run {i}", RunBatches))];
        try
        {
            Take(take, progress);
        }
        catch (OperationCanceledException) when (_failure is not null || cancel.IsCancellationRequested)
        {
        }
        finally
        {
            _stop.Cancel();
            _atWork = true;
            foreach (var thread in threads)
                thread.Join();
            _atWork = false;
        }
        _failure?.Throw();
        cancel.ThrowIfCancellationRequested();
    }

    Thread Start(string name, Action work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(error), null);
                _stop.Cancel();
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    void Read()
    {
        while (!_stop.IsCancellationRequested)
        {
            PatchBatch batch;
            int index;
            lock (_next)
            {
                if (_position == _patches.Count)
                    return;
                if (_filling is null || _position == _filling.Start + _filling.Count)
                {
                    _filling = _empty.Take(_stop.Token);
                    _filling.Start = _position;
                    _filling.Count = _filling.Missing = Math.Min(batchSize, _patches.Count - _position);
                }
                (batch, index) = (_filling, _position++);
            }
            var place = index - batch.Start;
            batch.Faults[place] = feed.Read(_patches[index], batch.Rgb.AsMemory(place * _patchBytes, _patchBytes));
            if (Interlocked.Decrement(ref batch.Missing) == 0)
                _full.Add(batch);
        }
    }

    void RunBatches()
    {
        while (true)
        {
            var batch = _full.Take(_stop.Token);
            if (batch.Faults.AsSpan(0, batch.Count).Contains(null))
                engine.Run(batch.Rgb.AsSpan(0, batch.Count * _patchBytes), batch.Count, feed.Size, batch.Outputs, [], _stop.Token);
            _done.Add(batch);
        }
    }

    void Take(Action<PatchBatch> take, Action<PredictionProgress>? progress)
    {
        var clock = Stopwatch.StartNew();
        var told = TimeSpan.Zero;
        Dictionary<int, PatchBatch> waiting = [];
        for (var next = 0; next < _patches.Count;)
        {
            if (_done.TryTake(out var done, 250, _stop.Token))
                waiting.Add(done.Start, done);
            while (waiting.Remove(next, out var batch))
            {
                take(batch);
                next += batch.Count;
                _empty.Add(batch);
            }
            if (next < _patches.Count && clock.Elapsed - told < TimeSpan.FromMilliseconds(100))
                continue;
            told = clock.Elapsed;
            progress?.Invoke(new(feed.Name, feed.Count - _patches.Count + next, feed.Count, next / clock.Elapsed.TotalSeconds));
        }
    }

    public void Dispose()
    {
        if (_atWork)
            return;
        _stop.Dispose();
        foreach (var queue in (BlockingCollection<PatchBatch>[])[_empty, _full, _done])
            queue.Dispose();
    }
}
