namespace Patchwise.Tests;

public class SsimTests
{
    [Theory]
    [InlineData(11, 11)]
    [InlineData(12, 31)]
    [InlineData(43, 17)]
    [InlineData(64, 65)]
    [InlineData(7, 20)]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public void Equals_the_formula_written_out_window_by_window(int width, int height)
    {
        var random = new Random(width * 100 + height);
        var (a, b) = Pair(random, width, height);
        var counts = Array.ConvertAll(a, _ => random.Next(3) > 0);
        counts[random.Next(counts.Length)] = true;
        Assert.Equal(Plain(a, b, counts, width, height), Ssim.Of(a, b, counts, width, height), 1e-9);
    }

    [Fact]
    public void An_image_is_wholly_similar_to_itself_and_similarity_is_symmetric()
    {
        var (a, b) = Pair(new Random(1), 30, 20);
        var all = Array.ConvertAll(a, _ => true);
        Assert.Equal(1, Ssim.Of(a, a, all, 30, 20), 1e-12);
        Assert.Equal(Ssim.Of(a, b, all, 30, 20), Ssim.Of(b, a, all, 30, 20), 1e-12);
        Assert.Equal(1, Ssim.Of(new byte[600], new byte[600], all, 30, 20), 1e-12);
    }

    static (byte[], byte[]) Pair(Random random, int width, int height)
    {
        var a = new byte[width * height];
        random.NextBytes(a);
        return (a, [.. a.Select(value => (byte)Math.Clamp(value * 0.8 + random.Next(-40, 60), 0, 255))]);
    }

    /// <summary>The definition, with no separable sums: every window that counts apart, images going on by reflection.</summary>
    static double Plain(byte[] a, byte[] b, bool[] counts, int width, int height)
    {
        double sum = 0;
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                if (!counts[y * width + x])
                    continue;
                double weights = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
                for (var dy = -5; dy <= 5; dy++)
                    for (var dx = -5; dx <= 5; dx++)
                    {
                        var at = Inside(y + dy, height) * width + Inside(x + dx, width);
                        var weight = Math.Exp(-(dx * dx + dy * dy) / 4.5);
                        weights += weight;
                        ma += weight * a[at];
                        mb += weight * b[at];
                        aa += weight * a[at] * a[at];
                        bb += weight * b[at] * b[at];
                        ab += weight * a[at] * b[at];
                    }
                (ma, mb) = (ma / weights, mb / weights);
                var (va, vb, cov) = (aa / weights - ma * ma, bb / weights - mb * mb, ab / weights - ma * mb);
                sum += (2 * ma * mb + 6.5025) * (2 * cov + 58.5225) / ((ma * ma + mb * mb + 6.5025) * (va + vb + 58.5225));
            }
        return sum / counts.Count(one => one);

        static int Inside(int at, int length)
        {
            while (at < 0 || at >= length)
                at = at < 0 ? -1 - at : 2 * length - 1 - at;
            return at;
        }
    }
}
