using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Against scikit-image and numpy: tests/data/selection/measures.py made the numbers.</summary>
public class ClarityMeasureGoldenTests
{
    [Fact]
    public void Similarity_and_detail_equal_the_reference()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Golden("selection"), "measures.json")));
        var scales = golden.RootElement.GetProperty("scales").Deserialize<double[]>()!;
        var cases = golden.RootElement.GetProperty("cases").EnumerateArray().ToArray();
        Assert.NotEmpty(cases);
        foreach (var known in cases)
        {
            var (width, height) = (known.GetProperty("width").GetInt32(), known.GetProperty("height").GetInt32());
            var (a, b) = (known.GetProperty("a").GetBytesFromBase64(), known.GetProperty("b").GetBytesFromBase64());
            var own = Array.ConvertAll(known.GetProperty("own").GetBytesFromBase64(), value => value > 0);
            Assert.Equal(known.GetProperty("ssim").GetDouble(), Ssim.Of(a, b, own, width, height), 1e-9);
            var shares = new double[scales.Length];
            SpectralShare.Of(a, own, width, height, scales, shares);
            Assert.All(known.GetProperty("shares").Deserialize<double[]>()!.Zip(shares), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        }
    }

}
