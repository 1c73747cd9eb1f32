using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>tests/data/maps/maps.json, made by numpy and OpenCV after the reference's rules.</summary>
public class PredictionMapGoldenTests
{
    sealed record Golden(Merge[] Merges, Laid[] Overlays);

    sealed record Merge(int Width, int Height, double Share, int Classes, int[][] Boxes, float[][] Probabilities, int[][] Plain, int[][] Toolbox)
    {
        [System.Text.Json.Serialization.JsonPropertyName("plain class 0")] public double[][] PlainMeans { get; init; } = [];
        [System.Text.Json.Serialization.JsonPropertyName("toolbox class 0")] public double[][] ToolboxMeans { get; init; } = [];
    }

    sealed record Laid(double Alpha, string[] Colors, int[] Image, int[] Numbers)
    {
        [System.Text.Json.Serialization.JsonPropertyName("laid")] public int[] Expected { get; init; } = [];
    }

    static readonly JsonSerializerOptions Names = new() { PropertyNameCaseInsensitive = true };

    static readonly Golden Goldens = JsonSerializer.Deserialize<Golden>(File.ReadAllText(Path.Combine(Repository.Golden("maps"), "maps.json")), Names)!;

    [Fact]
    public void Merges_are_those_of_numpy_by_either_rule()
    {
        Assert.NotEmpty(Goldens.Merges);
        foreach (var golden in Goldens.Merges)
        {
            var table = MadeUp.Table(MadeUp.Frame(golden.Width, golden.Height), MadeUp.Classes(golden.Classes),
                [.. golden.Boxes.Zip(golden.Probabilities, (box, probabilities) => (new Box(box[0], box[1], box[2], box[3]), probabilities))]);
            foreach (var (rule, numbers, means) in ((MapRule, int[][], double[][])[])[(MapRule.Plain, golden.Plain, golden.PlainMeans),
                (MapRule.Toolbox14, golden.Toolbox, golden.ToolboxMeans)])
            {
                var map = PredictionMap.Of(table, Resolution.Baseline(golden.Share), rule);
                Assert.Equal(new PixelSize(numbers[0].Length, numbers.Length), map.Size);
                Assert.Equal(numbers.SelectMany(row => row), map.Pixels.AsBytes().ToArray().Select(value => (int)value));
                // Where nothing was predicted the reference has 0.
                Assert.Equal(means.SelectMany(row => row), ProbabilityMap.Of(table, "c0", Resolution.Baseline(golden.Share), rule).Values.ToArray()
                    .Select(value => float.IsNaN(value) ? 0.0 : value), (a, b) => Math.Abs(a - b) < 2e-6);
            }
        }
    }

    [Fact]
    public void Colors_over_an_image_are_those_of_OpenCV()
    {
        Assert.NotEmpty(Goldens.Overlays);
        foreach (var golden in Goldens.Overlays)
        {
            var image = Raster.FromSamples(8, 6, 3, (byte[])[.. golden.Image.Select(value => (byte)value)]);
            var numbers = Raster.FromSamples(8, 6, 1, (byte[])[.. golden.Numbers.Select(value => (byte)value)]);
            Assert.Equal(golden.Expected, Blending.Lay(image, numbers, golden.Colors, golden.Alpha).AsBytes().ToArray().Select(value => (int)value));
        }
    }
}
