namespace Patchwise.Tests;

[Collection(AloneInTheProcess.Name)]
public class PredictionMapMemoryTests
{
    [Fact]
    public void A_map_takes_its_pixels_forty_bytes_a_patch_and_a_row_for_each_thread()
    {
        // 40,000 patches that overlap at odd places, 60 million px: sums of nine classes for each px would take 4 GB.
        const int Side = 200, Stride = 113, Patch = 226, Whole = (Side - 1) * Stride + Patch, Classes = 9, Bands = 64;
        var frame = MadeUp.Frame(Whole, Whole);
        var random = new Random(3);
        var rows = Enumerable.Range(0, Side * Side).Select(i =>
        {
            int x = i % Side * Stride + random.Next(-20, 20), y = i / Side * Stride + random.Next(-20, 20);
            return new Prediction(0, new(x, y, x + Patch, y + Patch), default, i % Classes, 1);
        }).ToArray();
        var probabilities = new float[rows.Length * Classes];
        for (var i = 0; i < rows.Length; i++)
            probabilities[i * Classes + rows[i].Class] = 1;
        PredictionTable table = new("m", MadeUp.Classes(Classes), [new("slide", frame)], rows, probabilities);
        PredictionMap.Of(table, Resolution.Baseline(0.01));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var map = PredictionMap.Of(table, Resolution.Baseline(1 / 2.92));
        var taken = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.InRange(map.Size.Area, 59_000_000, 61_000_000);
        Assert.InRange(taken, map.Size.Area, map.Size.Area + 40 * rows.Length + Bands * 8 * (Classes + 3) * map.Size.Width + 4_000_000);
        Assert.True(map.Shares.Predicted > 0.99);
    }
}
