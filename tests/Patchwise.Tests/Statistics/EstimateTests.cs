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

    /// <summary>Patients whose own share varies, with very unequal numbers of patches: how often the interval holds the share of all patients.</summary>
    [Theory]
    [InlineData(6, 0.9, 0.2, 0.88), InlineData(10, 0.9, 0.05, 0.92), InlineData(20, 0.9, 0.2, 0.90), InlineData(50, 0.6, 0.2, 0.92),
     InlineData(20, 0.97, 0.2, 0.80)]
    public void An_interval_of_patients_holds_the_truth_as_often_as_it_should(int patients, double share, double alike, double least)
    {
        var random = new Random(17);
        var own = new MathNet.Numerics.Distributions.Beta(share * (1 / alike - 1), (1 - share) * (1 / alike - 1), random);
        var sizes = new MathNet.Numerics.Distributions.LogNormal(Math.Log(50), 1, random);
        var (held, ofSinglePatches) = (0, 0);
        const int Sets = 400;
        for (var set = 0; set < Sets; set++)
        {
            int[] of = [.. Enumerable.Range(0, patients).Select(_ => Math.Max(1, (int)sizes.Sample()))];
            int[] parts = Array.ConvertAll(of, size => MathNet.Numerics.Distributions.Binomial.Sample(random, own.Sample(), size));
            bool Holds(Estimate one) => one.Low <= share && share <= one.High;
            held += Holds(Estimate.OfClusters(parts, of)) ? 1 : 0;
            ofSinglePatches += Holds(Estimate.OfShare(parts.Sum(), of.Sum())) ? 1 : 0;
        }
        Assert.True(held / (double)Sets >= least, $"{held} of {Sets}, of single patches {ofSinglePatches}");
        Assert.True(ofSinglePatches < 0.8 * held);
    }

    [Theory]
    [InlineData(new[] { 3, 4, 2 }, new[] { 5, 5, 5 }), InlineData(new[] { 30, 1, 2 }, new[] { 50, 2, 5 })]
    public void The_variance_between_patients_is_that_of_leaving_out_each(int[] parts, int[] sizes)
    {
        double n = sizes.Length, share = parts.Sum() / (double)sizes.Sum();
        var variance = (n - 1) / n * Enumerable.Range(0, sizes.Length).Sum(i =>
            Math.Pow((parts.Sum() - parts[i]) / (double)(sizes.Sum() - sizes[i]) - share, 2));
        var equal = Math.Pow(sizes.Sum(), 2) / sizes.Sum(size => (double)size * size);
        var t = MathNet.Numerics.Distributions.StudentT.InvCDF(0, 1, Math.Max(equal - 1, 1), 0.975);
        var expected = Estimate.OfCases(share, Math.Clamp(share * (1 - share) / variance * Math.Pow(Estimate.Z / t, 2), 1, sizes.Sum()));
        Assert.Equal(expected.Low, Estimate.OfClusters(parts, sizes).Low, 1e-12);
        Assert.Equal(expected.High, Estimate.OfClusters(parts, sizes).High, 1e-12);
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
