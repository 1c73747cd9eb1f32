namespace Patchwise.Tests;

/// <summary>Counts by a second way, and intervals that hold the truth where neighbours are alike.</summary>
public class SlideSummaryTests
{
    static readonly ClassInfo[] Two = MadeUp.Classes(2);

    /// <summary>Square patches of 10 px side by side; the class is 1 where <paramref name="isOne"/> says so.</summary>
    static PredictionTable Field(int side, Func<int, int, bool> isOne) => MadeUp.Table(MadeUp.Frame(side * 10, side * 10), Two,
        [.. Enumerable.Range(0, side * side).Select(i => (i % side, i / side)).Select(at =>
            (Box.Of(new PixelSize(10, 10)).Shift(at.Item1 * 10, at.Item2 * 10), isOne(at.Item1, at.Item2) ? (float[])[0.2f, 0.8f] : [0.7f, 0.3f]))]);

    /// <summary>Tissue that is alike over about so many patches: waves in all directions, of which the share above a height is known, 30 %.</summary>
    static Func<int, int, bool> Patchy(int seed, double alike)
    {
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        (double X, double Y, double Phase)[] waves = [.. Enumerable.Range(0, 100).Select(_ =>
            (Normal() / alike, Normal() / alike, 2 * Math.PI * random.NextDouble()))];
        return (x, y) => waves.Sum(one => Math.Cos(one.X * x + one.Y * y + one.Phase)) > 0.5244 * Math.Sqrt(waves.Length / 2.0);
    }

    [Fact]
    public void A_probability_is_not_below_itself()
    {
        var half = Field(10, (x, _) => x < 5);
        Assert.Equal([0, 0, 0.5, 0.5, 1], ((double[])[0.3, 0.7, 0.71, 0.8, 0.81]).Select(limit => SlideSummary.Of(half, limit).LowConfidence));
    }

    [Fact]
    public void The_numbers_are_those_of_the_patches_inside()
    {
        var table = MadeUp.Random(new Random(4), 300, 4, new(2000, 1500));
        var summary = SlideSummary.Of(table, 0.6);
        var inside = Enumerable.Range(0, 300).Where(row => table.IsInside(table[row])).ToArray();
        Assert.InRange(inside.Length, 50, 250);
        Assert.Equal((inside.Length, 300 - inside.Length), (summary.Count, summary.OverEdge));
        foreach (var (k, one) in summary.Classes.Index())
        {
            Assert.Equal(inside.Count(row => table[row].Class == k), one.Count);
            Assert.Equal((double)one.Count / inside.Length, one.Share.Value, 1e-12);
            Assert.Equal(inside.Average(row => (double)table.Probabilities(row)[k]), one.MeanProbability, 1e-9);
            Assert.InRange(one.Share.Value, one.Share.Low, one.Share.High);
        }
        Assert.Equal(inside.Average(row => (double)table[row].Probability), summary.MeanConfidence, 1e-9);
        Assert.Equal((double)inside.Count(row => table[row].Probability < 0.6) / inside.Length, summary.LowConfidence, 1e-12);
        Assert.InRange(summary.Blocks, 4, 12);
        Assert.True(double.IsNaN(SlideSummary.Of(MadeUp.Bare(table), 0.6).Classes[0].MeanProbability));
    }

    [Theory]
    [InlineData(4, 0.88)]
    [InlineData(8, 0.8)]
    public void Where_neighbours_are_alike_the_interval_still_holds_the_truth(double alike, double least)
    {
        var (held, naive) = (0, 0);
        for (var seed = 0; seed < 100; seed++)
        {
            var one = SlideSummary.Of(Field(60, Patchy(seed, alike)), 0.5).Classes[1];
            held += one.Share.Low <= 0.3 && 0.3 <= one.Share.High ? 1 : 0;
            naive += Estimate.OfShare(one.Count, 3600) is var wilson && wilson.Low <= 0.3 && 0.3 <= wilson.High ? 1 : 0;
        }
        Assert.InRange(held / 100.0, least, 1);
        Assert.InRange(naive / 100.0, 0, 0.4);
    }

    [Fact]
    public void Where_neighbours_are_independent_the_interval_is_little_wider_than_that_of_single_patches()
    {
        var random = new Random(8);
        var share = SlideSummary.Of(Field(60, (_, _) => random.NextDouble() < 0.3), 0.5).Classes[1].Share;
        var wilson = Estimate.OfShare((int)Math.Round(3600 * share.Value), 3600);
        Assert.InRange((share.High - share.Low) / (wilson.High - wilson.Low), 0.6, 1.9);
    }

    [Fact]
    public void Nowhere_and_everywhere_have_an_interval_of_blocks()
    {
        var summary = SlideSummary.Of(Field(30, (_, _) => true), 0.5);
        Assert.Equal((0, 900, 0.0), (summary.Classes[0].Count, summary.Classes[1].Count, summary.LowConfidence));
        // Of blocks with unequal numbers of patches, so a little wider.
        Assert.InRange(summary.Classes[0].Share.High, Estimate.OfShare(0, summary.Blocks).High, Estimate.OfShare(0, summary.Blocks - 1).High);
        Assert.Equal(1 - summary.Classes[0].Share.High, summary.Classes[1].Share.Low, 1e-12);
        var single = SlideSummary.Of(Field(1, (_, _) => true), 0.9);
        Assert.Equal((1, 1, 1.0, Estimate.OfShare(1, 1)), (single.Count, single.Blocks, single.LowConfidence, single.Classes[1].Share));
        Assert.InRange(SlideSummary.Of(Field(2, (x, y) => x + y == 0), 0.5).Classes[1].Share.High, 0.5, 1);
    }

    [Fact]
    public void Of_no_patch_nothing_is_known()
    {
        var nothing = SlideSummary.Of(MadeUp.Table(MadeUp.Frame(100, 100), Two), 0.5);
        Assert.Equal((0, 0, double.NaN, double.NaN, double.NaN), (nothing.Count, nothing.Blocks, nothing.MeanConfidence, nothing.Classes[0].Share.Value,
            nothing.Classes[0].MeanProbability));
        Assert.Contains("not known", nothing.ToString(), StringComparison.Ordinal);
        var over = SlideSummary.Of(MadeUp.Table(MadeUp.Frame(100, 100), Two, (new(90, 0, 110, 20), [1, 0])), 0.5);
        Assert.Equal((0, 1), (over.Count, over.OverEdge));
        Assert.Contains("1 over the edge left out", over.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_slide_or_no_probability_is_refused()
    {
        var table = Field(4, (_, _) => true);
        Assert.Contains("lowConfidence: 50", Assert.Throws<BadInputException>(() => SlideSummary.Of(table, 50)).Message, StringComparison.Ordinal);
        Assert.Contains("of one slide", Assert.Throws<BadInputException>(() => SlideSummary.Of(MadeUp.Table(null, Two), 0.5)).Message,
            StringComparison.Ordinal);
        var damaged = new PredictionTable("made-up", Two, table.Sources,
            [.. table.Select((row, i) => i == 3 ? row with { Probability = float.NaN } : row)], null);
        Assert.Contains("row 3", Assert.Throws<BadInputException>(() => SlideSummary.Of(damaged, 0.5)).Message, StringComparison.Ordinal);
    }
}
