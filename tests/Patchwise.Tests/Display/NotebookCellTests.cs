namespace Patchwise.Tests;

/// <summary>The slots that a notebook's program fills: here with what this test's own flow of control has.</summary>
public sealed class NotebookCellTests
{
    static readonly AsyncLocal<CancellationToken> Stop = new();
    static readonly AsyncLocal<List<object>?> Shown = new();

    static NotebookCellTests()
    {
        AppContext.SetData("Notebook.Stop", () => Stop.Value);
        AppContext.SetData("Notebook.Show", (Func<object, Action<object>>)(first =>
        {
            var shown = Shown.Value ?? [];
            shown.Add(first);
            return shown.Add;
        }));
    }

    [Fact]
    public void Long_work_ends_with_the_cell_that_was_stopped()
    {
        using var files = SyntheticSet.Varied(7);
        var set = files.Open();
        using var slide = Slide.Open(SlideFiles.Aperio);
        var grid = PatchGrid.Over(slide, 100, Resolution.Mpp(0.8));
        var table = RegionTable.Measure(set);
        using var folder = new TemporaryFolder();
        using var predictor = new PatchPredictor(Model.Open(SmallModel.Write(folder)));
        Raster[] patches = [SmallModel.Patch(new Random(7))];
        Stop.Value = new(canceled: true);

        Assert.Throws<OperationCanceledException>(() => predictor.Predict(patches));
        Assert.Throws<OperationCanceledException>(() => RegionTable.Measure(set));
        Assert.Throws<OperationCanceledException>(() => RegionTable.Measure(set.Images[0].LoadMask()));
        Assert.Throws<OperationCanceledException>(() => ClarityTest.Of(set, table, new() { Trials = [20] }));
        Assert.Throws<OperationCanceledException>(() => slide.Read(grid).First());
    }

    [Fact]
    public void A_token_that_is_given_counts_instead()
    {
        using var own = new CancellationTokenSource();
        Stop.Value = new(canceled: true);
        using var files = SyntheticSet.Varied(7);

        Assert.NotEmpty(RegionTable.Measure(files.Open(), cancel: own.Token));
    }

    [Fact]
    public void Progress_is_shown_once_the_work_has_lasted_and_then_in_its_place()
    {
        List<object> shown = Shown.Value = [];
        var progress = NotebookCell.Progress<Raster>()!;
        var state = Raster.FromSamples(1, 1, 1, (ReadOnlySpan<byte>)[0]);

        progress(state);
        Assert.Empty(shown);
        Thread.Sleep(600);
        progress(state);
        progress(state);
        Assert.Equal(2, shown.Count);
    }
}
