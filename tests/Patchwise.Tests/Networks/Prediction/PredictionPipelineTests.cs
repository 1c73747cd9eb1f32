using System.Diagnostics;

namespace Patchwise.Tests;

[Collection("networks")]
public sealed class PredictionPipelineTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly OnnxEngine _engine;
    readonly Raster[] _patches;

    public PredictionPipelineTests()
    {
        using var model = Model.Open(SmallModel.Write(_folder));
        _engine = OnnxEngine.Of(model, new(Threads: 1));
        var random = new Random(6);
        _patches = [.. Enumerable.Range(0, 333).Select(_ => SmallModel.Patch(random))];
    }

    public void Dispose()
    {
        _engine.Dispose();
        _folder.Dispose();
    }

    /// <summary>The real engine behind a gate that a test opens, running several batches at once as one on a GPU does.</summary>
    sealed class Gated : InferenceEngine
    {
        readonly InferenceEngine _inner;
        readonly Action _before;

        internal Gated(InferenceEngine inner, int parallel, Action before) : base("gated") =>
            (_inner, _before, Parallel, Classes) = (inner, before, parallel, inner.Classes);

        internal override string Place => _inner.Place;
        internal override int Parallel { get; }

        internal override void Run(ReadOnlySpan<byte> rgb, int count, PixelSize size, Span<float> logits, Span<float> features, CancellationToken stop)
        {
            _before();
            _inner.Run(rgb, count, size, logits, features, stop);
        }

        protected override void Free() { }
    }

    static readonly ModelCard Card = new("colors", [], 32, 32, null, [0, 0, 0], [1, 1, 1]);

    RasterFeed Feed() => new(_patches, null, new(Card, new()));

    static int[] From(int first) => [.. Enumerable.Range(first, 333 - first)];

    float[] Outputs(PatchFeed feed, InferenceEngine engine, int batch, int readers, int first = 0)
    {
        var pipeline = new PredictionPipeline(feed, engine, batch, readers);
        var (found, next) = (new List<float>(), 0);
        pipeline.Run(From(first), taken =>
        {
            Assert.Equal(next, taken.Start);
            next += taken.Count;
            found.AddRange(taken.Outputs);
        }, null, default);
        Assert.Equal(feed.Count - first, next);
        return [.. found];
    }

    [Theory, InlineData(1, 1, 1), InlineData(8, 3, 10), InlineData(3, 2, 333), InlineData(8, 1, 1000)]
    public void The_order_holds_whatever_the_threads(int readers, int parallel, int batch)
    {
        var feed = Feed();
        var expected = new float[4 * 333];
        foreach (var (i, patch) in _patches.Index())
            _engine.Run(patch.AsBytes(), 1, patch.Size, expected.AsSpan(4 * i, 4), []);
        var slow = new WatchedFeed(feed, _ => Thread.SpinWait(Random.Shared.Next(2000)));
        var found = Outputs(slow, new Gated(_engine, parallel, () => Thread.Sleep(Random.Shared.Next(3))), batch, readers);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.Equal(found[800..], Outputs(feed, _engine, batch, readers, first: 200), new Near());
        Assert.Empty(Outputs(feed, _engine, batch, readers, first: 333));
    }

    sealed class Near : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) < 1e-4;
        public int GetHashCode(float obj) => 0;
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Reading_runs_ahead_while_the_engine_works_but_not_further_than_its_memory(int parallel)
    {
        using var gate = new ManualResetEventSlim();
        var feed = new WatchedFeed(Feed(), _ => { });
        var work = Task.Run(() => Outputs(feed, new Gated(_engine, parallel, gate.Wait), 10, 4));
        var room = (parallel + 2) * 10;
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref feed.Begun) == room, TimeSpan.FromMinutes(3)),
            $"{feed.Begun} patches were read while the engine had none to give back, expected {room}");
        await Task.Delay(50);
        Assert.Equal(room, feed.Begun);
        gate.Set();
        Assert.Equal(4 * 333, (await work).Length);
    }

    [Fact]
    public void Cancelling_ends_it_with_a_beginning_without_gaps_and_no_thread_left_at_work()
    {
        using var cancel = new CancellationTokenSource();
        var feed = new WatchedFeed(Feed(), _ => { });
        var pipeline = new PredictionPipeline(feed, new Gated(_engine, 2, () => Thread.Sleep(1)), 10, 8);
        var next = 0;
        Assert.Throws<OperationCanceledException>(() => pipeline.Run(From(0), batch =>
        {
            Assert.Equal(next, batch.Start);
            next += batch.Count;
            if (next == 50)
                cancel.Cancel();
        }, null, cancel.Token));
        Assert.InRange(next, 50, 90);
        var begun = feed.Begun;
        Thread.Sleep(50);
        Assert.Equal(begun, feed.Begun);
    }

    [Fact]
    public void What_goes_wrong_on_any_thread_ends_it_with_that_error()
    {
        var feed = Feed();
        Assert.Equal("read",
            Assert.Throws<PatchwiseException>(() => Outputs(new WatchedFeed(feed, index => { if (index == 170) throw new PatchwiseException("read"); }),
                _engine, 10, 8)).Message);
        var runs = 0;
        Assert.Equal("run",
            Assert.Throws<PatchwiseException>(() => Outputs(feed,
                new Gated(_engine, 3, () => { if (Interlocked.Increment(ref runs) == 7) throw new PatchwiseException("run"); }), 10, 8)).Message);
        var pipeline = new PredictionPipeline(feed, _engine, 10, 2);
        Assert.Equal("take",
            Assert.Throws<PatchwiseException>(() => pipeline.Run(From(0), batch => { if (batch.Start == 30) throw new PatchwiseException("take"); }, null,
                default)).Message);
        var told = new PredictionPipeline(feed, _engine, 10, 2);
        Assert.Throws<OperationCanceledException>(() =>
            told.Run(From(0), _ => { }, _ => throw new OperationCanceledException("a notebook's cell was stopped"), default));
    }

    [Fact]
    public void Progress_rises_to_the_end()
    {
        List<PredictionProgress> told = [];
        var pipeline = new PredictionPipeline(Feed(), new Gated(_engine, 1, () => Thread.Sleep(30)), 20, 2);
        var clock = Stopwatch.StartNew();
        pipeline.Run(From(33), _ => { }, told.Add, default);
        // Ten a second at most, and the last.
        Assert.InRange(told.Count, 2, 2 + (int)(10 * clock.Elapsed.TotalSeconds));
        Assert.Equal(told.OrderBy(one => one.Done), told);
        Assert.Equal((333, 333, TimeSpan.Zero), (told[^1].Done, told[^1].Total, told[^1].Left));
        Assert.All(told, one => Assert.InRange(one.Rate, 0, 100_000));
        Assert.InRange(told[^1].Rate, 1, 100_000);
        Assert.Contains("333 of 333 patches", told[^1].ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// What is slow sleeps longer with each trial: how long the machine takes to wake a thread, where all else runs, then matters less and less.
    /// </summary>
    [Theory, InlineData(50, 0), InlineData(0, 5)]
    public void What_waited_for_what_is_told(int run, int read)
    {
        var (slow, quick) = (1.0, 0.0);
        for (var times = 1; times <= 16 && slow > quick; times *= 2)
        {
            PredictionProgress? told = null;
            var feed = new WatchedFeed(Feed(), _ => Thread.Sleep(times * read));
            new PredictionPipeline(feed, new Gated(_engine, 1, () => Thread.Sleep(times * run)), 20, 2).Run(From(0), _ => { }, one => told = one, default);
            // 17 batches of 50 ms, or 333 patches of 5 ms by two readers: what waits for them waits long.
            (slow, quick) = run > 0 ? (told!.NetworkWaited!.Value, told.ReadersWaited!.Value) : (told!.ReadersWaited!.Value, told.NetworkWaited!.Value);
        }
        Assert.InRange(quick, 0.05, 1);
        Assert.InRange(slow, 0, quick);
    }

    [Fact]
    public void An_interrupted_wait_leaves_its_threads_what_they_use()
    {
        using ManualResetEventSlim begun = new(), go = new();
        var pipeline = new PredictionPipeline(Feed(), new Gated(_engine, 1, () => { begun.Set(); go.Wait(); }), 10, 1);
        Exception? seen = null;
        using var stop = new CancellationTokenSource();
        var caller = new Thread(() => seen = Record.Exception(() => pipeline.Run(From(0), _ => { }, null, stop.Token)));
        caller.Start();
        begun.Wait();
        stop.Cancel();
        while (!caller.Join(20))
            caller.Interrupt();
        Assert.IsType<ThreadInterruptedException>(seen);
        // The engine comes back to what would be the end of the process, were it gone.
        go.Set();
        Thread.Sleep(200);
    }
}
