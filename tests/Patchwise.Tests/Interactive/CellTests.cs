using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;

namespace Patchwise.Tests;

/// <summary>Work that a cell of a genuine kernel calls: here the code is a function of the test.</summary>
public sealed class CellTests
{
    sealed class Calls(Action work) : Kernel("calls"), IKernelCommandHandler<SubmitCode>
    {
        public Task HandleAsync(SubmitCode command, KernelInvocationContext context) => Task.Run(work);
    }

    static async Task<IReadOnlyList<KernelEvent>> Run(Action work, CancellationToken cancel = default)
    {
        ConcurrentQueue<KernelEvent> events = [];
        using var kernel = new Calls(work);
        using (kernel.KernelEvents.Subscribe(new Each(events.Enqueue)))
            await kernel.SendAsync(new SubmitCode("work"), cancel);
        return [.. events];
    }

    sealed class Each(Action<KernelEvent> take) : IObserver<KernelEvent>
    {
        public void OnNext(KernelEvent value) => take(value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    [Fact]
    public async Task Long_work_ends_with_the_cell_that_was_stopped()
    {
        using var files = SyntheticSet.Varied(7);
        var set = files.Open();
        using var slide = Slide.Open(SlideFiles.Aperio);
        var grid = PatchGrid.Over(slide, 100, Resolution.Mpp(0.8));
        var table = RegionTable.Measure(set);
        using var folder = new TemporaryFolder();
        using var model = Model.Open(SmallModel.Write(folder));
        using var predictor = new PatchPredictor(model);
        var placed = MadeUp.Random(new Random(7), 9, 3, new(30, 20));
        var textures = TextureModel.Striped(folder, 7);
        using var texture = TextureModel.Open(folder);
        var head = LinearHead.Train(texture, textures);
        Raster[] patches = [SmallModel.Patch(new Random(7))];
        using var checkedAll = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(() =>
        {
            stop.Cancel();
            SpinWait.SpinUntil(() => KernelInvocationContext.Current!.CancellationToken.IsCancellationRequested, TimeSpan.FromMinutes(3));
            Assert.ThrowsAny<OperationCanceledException>(() => predictor.Predict(patches));
            Assert.ThrowsAny<OperationCanceledException>(() => RegionTable.Measure(set));
            Assert.ThrowsAny<OperationCanceledException>(() => RegionTable.Measure(set.Images[0].LoadMask()));
            Assert.ThrowsAny<OperationCanceledException>(() => ClarityTest.Of(set, table, new() { Trials = [20] }));
            Assert.ThrowsAny<OperationCanceledException>(() => slide.Read(grid).First());
            Assert.ThrowsAny<OperationCanceledException>(() => table.Examples(set));
            Assert.ThrowsAny<OperationCanceledException>(() => TissueMask.Of(slide));
            Assert.ThrowsAny<OperationCanceledException>(() => PredictionMap.Of(placed));
            Assert.ThrowsAny<OperationCanceledException>(() => ProbabilityMap.Of(placed, "c1"));
            Assert.ThrowsAny<OperationCanceledException>(() => head.CrossValidated);
            Assert.ThrowsAny<OperationCanceledException>(() => LinearHead.Train(texture, textures));
            checkedAll.Set();
        }, stop.Token));
        Assert.True(checkedAll.Wait(TimeSpan.FromMinutes(3)));
    }

    /// <summary>
    /// Work of several seconds, stopped after a part of one. It is stopped up to five times: where all else that runs leaves it little of a processor one stop
    /// may take longer, but work that asks too seldom whether it is to end takes longer each time.
    /// </summary>
    static void EndsWithinASecond(Action<CancellationToken> work)
    {
        var clock = new Stopwatch();
        for (var trial = 0; trial < 5 && (trial == 0 || clock.Elapsed.TotalSeconds > 1); trial++)
        {
            clock.Reset();
            using var stop = new CancellationTokenSource();
            stop.Token.Register(clock.Start);
            stop.CancelAfter(TimeSpan.FromSeconds(0.3));
            Assert.ThrowsAny<OperationCanceledException>(() => work(stop.Token));
            clock.Stop();
        }
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 1);
    }

    [Fact]
    public void A_map_of_very_many_cells_ends_within_a_second_of_its_stop()
    {
        var table = MadeUp.Random(new Random(3), 5000, 200, new(5000, 5000));
        EndsWithinASecond(stop => PredictionMap.Of(table, new(), stop));
    }

    [Fact]
    public void Looking_for_tissue_on_a_large_thumbnail_ends_within_a_second_of_its_stop()
    {
        var noise = new byte[4000 * 4000 * 3];
        new Random(3).NextBytes(noise);
        using var slide = Slide.Of(Raster.FromSamples(4000, 4000, 3, noise), mpp: 1);
        EndsWithinASecond(stop => TissueMask.Of(slide, new() { At = Resolution.Mpp(1) }, stop));
    }

    [Fact]
    public void Cross_validation_of_large_parts_ends_within_a_second_of_its_stop()
    {
        using var folder = new TemporaryFolder();
        using var model = TextureModel.Open(folder);
        var head = LinearHead.Train(model, TextureModel.Striped(folder, 3, each: 300), eight: false);
        EndsWithinASecond(stop => head.CrossValidate(stop));
        // What was not finished is not kept; asked again, as here a quicker one is, it is whole.
        var stopped = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => head.CrossValidate(stopped));
        using var few = new TemporaryFolder();
        var quick = LinearHead.Train(model, TextureModel.Striped(few, 3, each: 30), eight: false);
        Assert.ThrowsAny<OperationCanceledException>(() => quick.CrossValidate(stopped));
        Assert.Equal(90, quick.CrossValidated.Count);
    }

    [Fact]
    public void Outside_a_notebook_nothing_is_stopped_or_shown()
    {
        Assert.False(Cell.Stop.CanBeCanceled);
        Assert.Null(Cell.Progress<PredictionProgress>());
    }

    [Fact]
    public async Task Progress_is_shown_once_the_work_has_lasted_and_then_in_its_place()
    {
        Notebook.Start();
        var events = await Run(() =>
        {
            var progress = Cell.Progress<PredictionProgress>()!;
            progress(new("a slide", 1, 9, 1));
            Thread.Sleep(600);
            progress(new("a slide", 2, 9, 1));
            progress(new("a slide", 3, 9, 1));
        });
        var shown = Assert.Single(events.OfType<DisplayedValueProduced>());
        Assert.Contains(shown.FormattedValues, value => value.MimeType == "text/html"
            && value.Value.Contains("<progress max=\"9\" value=\"2\">", StringComparison.Ordinal));
        var updated = Assert.Single(events.OfType<DisplayedValueUpdated>());
        Assert.Equal(shown.ValueId, updated.ValueId);
        Assert.Contains(updated.FormattedValues, value => value.Value.Contains("value=\"3\"", StringComparison.Ordinal));
    }
}
