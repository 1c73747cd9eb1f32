using System.Text.Json;

namespace Patchwise.Tests;

/// <summary>Against images that OpenCV resized.</summary>
public class ResizeMethodGoldenTests
{
    sealed record Golden(string Source, string Method, int Width, int Height, string File);

    static readonly string Folder = Repository.Golden("resample");

    [Theory, InlineData("nearest", 0), InlineData("linear", 1), InlineData("area", 1), InlineData("cubic", 2), InlineData("lanczos4", 2)]
    public void Every_size_equals_opencv(string method, int tolerance)
    {
        var cases = JsonSerializer.Deserialize<Golden[]>(File.ReadAllText(Path.Combine(Folder, "resample.json")), JsonSerializerOptions.Web)!
            .Where(g => g.Method == method).ToArray();
        Assert.NotEmpty(cases);
        var named = Enum.Parse<ResizeMethod>(method.TrimEnd('4'), ignoreCase: true);
        foreach (var golden in cases)
        {
            var result = Raster.Load(Path.Combine(Folder, golden.Source)).Resize(new(golden.Width, golden.Height), named);
            RasterResizeTests.AssertNear(Raster.Load(Path.Combine(Folder, golden.File)), result, tolerance, golden.File);
        }
    }
}
