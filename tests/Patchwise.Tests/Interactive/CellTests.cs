using System.Collections.Concurrent;
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
        Raster[] patches = [SmallModel.Patch(new Random(7))];
        using var checkedAll = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(() =>
        {
            stop.Cancel();
            SpinWait.SpinUntil(() => KernelInvocationContext.Current!.CancellationToken.IsCancellationRequested, 5000);
            Assert.ThrowsAny<OperationCanceledException>(() => predictor.Predict(patches));
            Assert.ThrowsAny<OperationCanceledException>(() => RegionTable.Measure(set));
            Assert.ThrowsAny<OperationCanceledException>(() => RegionTable.Measure(set.Images[0].LoadMask()));
            Assert.ThrowsAny<OperationCanceledException>(() => ClarityTest.Of(set, table, new() { Trials = [20] }));
            Assert.ThrowsAny<OperationCanceledException>(() => slide.Read(grid).First());
            Assert.ThrowsAny<OperationCanceledException>(() => table.Examples(set));
            checkedAll.Set();
        }, stop.Token));
        Assert.True(checkedAll.Wait(TimeSpan.FromSeconds(30)));
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
