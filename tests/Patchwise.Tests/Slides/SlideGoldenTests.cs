using System.Text.Json;
using System.Text.Json.Serialization;

namespace Patchwise.Tests;

/// <summary>Against sizes and pixels that OpenSlide and OpenCV gave.</summary>
public class SlideGoldenTests
{
    sealed record Golden(string Slide, double Resolution, string Units, [property: JsonPropertyName("read_level")]
        int ReadLevel, double[] Scale, int[] Size, Patch[] Reads);

    sealed record Patch(int[] Box, string Rule, string File);

    static readonly Golden[] All = JsonSerializer.Deserialize<Golden[]>(File.ReadAllText(Path.Combine(SlideFiles.Goldens, "slides.json")),
        JsonSerializerOptions.Web)!;

    [Fact]
    public void Levels_scales_and_sizes_at_every_resolution_are_those_of_the_reference()
    {
        Assert.NotEmpty(All);
        foreach (var golden in All)
        {
            using var slide = Slide.Open(SlideFiles.At(golden.Slide));
            var frame = slide.At(Resolution.Of(golden.Resolution, golden.Units));
            Assert.Equal((golden.ReadLevel, golden.Scale[0], golden.Scale[1], new PixelSize(golden.Size[0], golden.Size[1])),
                (frame.Level, frame.ScaleX, frame.ScaleY, frame.Size));
        }
    }

    [Theory, InlineData(ReadRule.Plain), InlineData(ReadRule.Toolbox)]
    public void Pixels_at_every_resolution_are_those_of_the_reference(ReadRule rule)
    {
        foreach (var golden in All)
        {
            using var slide = Slide.Open(SlideFiles.At(golden.Slide));
            var at = Resolution.Of(golden.Resolution, golden.Units);
            var shrinks = slide.At(at).ScaleX < 1;
            foreach (var patch in golden.Reads.Where(patch => string.Equals(patch.Rule, rule.ToString(), StringComparison.OrdinalIgnoreCase)))
                RasterResizeTests.AssertNear(Raster.Load(Path.Combine(SlideFiles.Goldens, patch.File)),
                    slide.Read(new(patch.Box[0], patch.Box[1], patch.Box[2], patch.Box[3]), at, rule),
                    shrinks == (rule == ReadRule.Plain) ? 1 : 2, patch.File);
        }
    }
}
