namespace Patchwise.Tests;

public class SpectralShareTests
{
    static readonly double[] Scales = [0.0625, 0.125, 0.2, 0.25, 0.5, 0.75, 1, 2];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(16, 16)]
    [InlineData(17, 9)]
    [InlineData(5, 33)]
    public void Equals_the_sum_written_out(int width, int height)
    {
        var image = new byte[width * height];
        new Random(width + height).NextBytes(image);
        var shares = new double[Scales.Length];
        bool[] counts = [.. image.Select((value, i) => value > 90 || i == image.Length / 2)];
        SpectralShare.Of(image, counts, width, height, Scales, shares);
        var plain = Plain(image, counts, width, height);
        for (var i = 0; i < shares.Length; i++)
            Assert.Equal(plain[i], shares[i], 1e-9);
    }

    [Fact]
    public void Never_falls_with_the_scale_and_is_whole_at_one()
    {
        var random = new Random(4);
        var scales = Enumerable.Range(1, 60).Select(i => i / 50.0).ToArray();
        var shares = new double[scales.Length];
        for (var trial = 0; trial < 20; trial++)
        {
            var (width, height) = (random.Next(1, 90), random.Next(1, 90));
            var image = new byte[width * height];
            random.NextBytes(image);
            bool[] counts = [.. image.Select((value, i) => value > 20 || i == 0)];
            SpectralShare.Of(image, counts, width, height, scales, shares);
            Assert.All(shares.Zip(shares.Skip(1)), pair => Assert.True(pair.First <= pair.Second + 1e-12));
            Assert.All(shares, share => Assert.InRange(share, 0, 1));
            Assert.Equal(1, shares[49], 1e-12);
        }
    }

    /// <summary>A slide of 20x and a file of it that states 0.499 microns per pixel, 20.04x, are of the same sharpness.</summary>
    [Theory, InlineData(9), InlineData(12), InlineData(17), InlineData(33)]
    public void A_hairs_breadth_of_scale_changes_little_also_of_small_objects(int side)
    {
        var random = new Random(side);
        var image = new byte[side * side];
        random.NextBytes(image);
        for (var i = side + 1; i < image.Length; i++)
            image[i] = (byte)((image[i] + image[i - 1] + image[i - side] + image[i - side - 1]) / 4);
        var shares = new double[4];
        SpectralShare.Of(image, Array.ConvertAll(image, _ => true), side, side, [0.2499, 0.25, 0.4999, 0.5], shares);
        Assert.InRange(shares[1] - shares[0], 0, 0.001);
        Assert.InRange(shares[3] - shares[2], 0, 0.001);
        Assert.InRange(shares[0], 0.05, 0.95);
    }

    [Fact]
    public void An_even_image_loses_nothing()
    {
        var shares = new double[2];
        SpectralShare.Of([.. Enumerable.Repeat((byte)201, 37 * 21)], [.. Enumerable.Repeat(true, 37 * 21)], 37, 21, [0.1, 0.5], shares);
        Assert.Equal([1, 1], shares);
    }

    [Theory]
    [InlineData(0.10, 0.5, 1)]
    [InlineData(0.40, 0.5, 0)]
    public void A_wave_is_kept_when_the_grid_is_fine_enough_for_it(double cyclesPerPixel, double scale, double expected)
    {
        var image = Enumerable.Range(0, 64 * 64).Select(i => (byte)(128 + 100 * Math.Cos(2 * Math.PI * cyclesPerPixel * (i % 64)))).ToArray();
        var shares = new double[1];
        SpectralShare.Of(image, Array.ConvertAll(image, _ => true), 64, 64, [scale], shares);
        Assert.Equal(expected, shares[0], 0.01);
    }

    [Fact]
    public void What_surrounds_the_object_does_not_count()
    {
        var random = new Random(8);
        var image = new byte[40 * 30];
        random.NextBytes(image);
        bool[] counts = [.. Enumerable.Range(0, image.Length).Select(i => Math.Pow((i % 40 - 20) / 12.0, 2) + Math.Pow((i / 40 - 15) / 8.0, 2) < 1)];
        double[] Shares()
        {
            var shares = new double[Scales.Length];
            SpectralShare.Of(image, counts, 40, 30, Scales, shares);
            return shares;
        }
        var before = Shares();
        for (var i = 0; i < image.Length; i++)
            if (!counts[i])
                image[i] = (byte)random.Next(256);
        Assert.Equal(before, Shares());
    }

    static double[] Plain(byte[] image, bool[] counts, int width, int height)
    {
        bool Counts(int x, int y) => x >= 0 && y >= 0 && x < width && y < height && counts[y * width + x];
        var places = Enumerable.Range(0, height).SelectMany(y => Enumerable.Range(0, width).Select(x => (x, y))).ToArray();
        (int X, int Y)[] others = [.. from y in Enumerable.Range(-1, height + 2) from x in Enumerable.Range(-1, width + 2) where !Counts(x, y) select (x, y)];
        var distances = places.ToDictionary(p => p, p => Math.Sqrt(others.Min(o => (o.X - p.x) * (o.X - p.x) + (o.Y - p.y) * (o.Y - p.y))));
        var largest = distances.Values.Max();
        var weights = places.ToDictionary(p => p, p => Counts(p.x, p.y) ? Math.Pow(Math.Sin(Math.PI / 2 * (distances[p] - 0.5) / largest), 2) : 0);
        double Weight(int x, int y) => weights[(x, y)];
        var mean = places.Sum(p => Weight(p.x, p.y) * image[p.y * width + p.x]) / places.Sum(p => Weight(p.x, p.y));
        double Value(int x, int y) => Weight(x, y) * (image[y * width + x] - mean);
        var total = places.Sum(p => Value(p.x, p.y) * Value(p.x, p.y));
        // The integral over the frequencies of |sum|² is a sum over all pairs of pixels.
        return [.. Scales.Select(scale =>
        {
            double Kept(int d) => d == 0 ? scale : Math.Sin(Math.PI * scale * d) / (Math.PI * d);
            return total < 1e-9 || scale >= 1 ? 1
                : places.Sum(p => places.Sum(q => Value(p.x, p.y) * Value(q.x, q.y) * Kept(p.x - q.x) * Kept(p.y - q.y))) / total;
        })];
    }
}
