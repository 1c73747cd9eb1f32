namespace Patchwise.Tests;

public class EstimateTests
{
    [Theory]
    [InlineData(1, 1, 0.207, 1)] // reckoned by hand: 1 / (1 + z²)
    [InlineData(61, 61, 0.941, 1)]
    [InlineData(0, 10, 0, 0.278)]
    [InlineData(52, 61, 0.743, 0.920)] // R: prop.test(52, 61, correct = FALSE)
    [InlineData(15, 20, 0.531, 0.888)]
    public void A_share_has_the_interval_of_Wilson(int part, int of, double low, double high)
    {
        var found = Estimate.OfShare(part, of);
        Assert.Equal((double)part / of, found.Value, 1e-12);
        Assert.Equal(low, found.Low, 6e-4);
        Assert.Equal(high, found.High, 6e-4);
    }

    [Fact]
    public void The_ends_are_the_shares_from_which_the_count_is_a_z_test_away()
    {
        // Wilson's interval holds the p with |share - p| <= z sqrt(p (1 - p) / n): its ends solve that equation.
        var random = new Random(2);
        for (var i = 0; i < 500; i++)
        {
            var of = random.Next(1, 2000);
            var part = random.Next(of + 1);
            var found = Estimate.OfShare(part, of);
            Assert.True(found.Low < found.High && found.Low <= found.Value && found.Value <= found.High && found.Low >= 0 && found.High <= 1);
            foreach (var (p, atEnd) in new[] { (found.Low, part == 0), (found.High, part == of) })
                if (!atEnd)
                    Assert.Equal(1.959963984540054 * Math.Sqrt(p * (1 - p) / of), Math.Abs(found.Value - p), 1e-9);
        }
    }

    [Fact]
    public void A_share_of_nothing_is_refused() => Assert.Contains("0 in 0", Assert.Throws<BadInputException>(() => Estimate.OfShare(0, 0)).Message);

    [Theory]
    [InlineData(40, 11)]
    [InlineData(400, 12)]
    public void A_bootstrap_interval_of_a_mean_is_that_of_the_binomial_distribution(int rows, int seed)
    {
        var random = new Random(seed);
        int[] bits = [.. Enumerable.Range(0, rows).Select(_ => random.Next(3) > 0 ? 1 : 0)];
        var found = Bootstrap.Of(rows, 1, (weights, result) =>
        {
            var sum = 0.0;
            for (var i = 0; i < rows; i++)
                sum += weights[i] * bits[i];
            result[0] = sum / rows;
        }, 4000, seed)[0]!.Value;
        var deviation = Math.Sqrt(found.Value * (1 - found.Value) / rows);
        Assert.InRange(found.Low, found.Value - 2.16 * deviation - 1.0 / rows, found.Value - 1.76 * deviation + 1.0 / rows);
        Assert.InRange(found.High, found.Value + 1.76 * deviation - 1.0 / rows, found.Value + 2.16 * deviation + 1.0 / rows);
    }

    [Fact]
    public void Where_no_resample_differs_there_is_no_interval()
    {
        var found = Bootstrap.Of(30, 1, (_, result) => result[0] = 1, 100, 0)[0]!.Value;
        Assert.Equal((1, false, "1.000 (no interval)"), (found.Value, found.HasInterval, found.ToString()));
        // Nor do rounding and a few resamples of another kind make one.
        var rounded = Bootstrap.Of(30, 1, (weights, result) => result[0] = weights[0] > 5 ? 0.9 : 0.5 + weights[0] * 1e-16, 1000, 0)[0]!.Value;
        Assert.Equal("0.500 (no interval)", rounded.ToString());
    }
}
