namespace Patchwise.Tests;

public sealed class ResizeCommandTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("resize \u00e9 ").FullName;

    string At(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_image_is_written_at_another_size()
    {
        var image = RasterResizeTests.RandomRaster(new Random(5), 31, 17, 3, 8);
        image.Save(At("in.png"));
        Assert.Equal((0, ""), Cli.Run("resize", At("in.png"), At("out.png"), "--width", "12", "--height", "40", "--method", "cubic"));
        Assert.Equal(image.Resize(new(12, 40), ResizeMethod.Cubic).AsBytes(), Raster.Load(At("out.png")).AsBytes());
    }

    [Fact]
    public void Bad_input_is_one_line_with_exit_code_2_and_writes_nothing()
    {
        new Raster(4, 4, 1).Save(At("in.png"));
        foreach (var (expected, arguments) in new (string, string[])[]
        {
            ("0 x 5", [At("in.png"), At("out.png"), "--width", "0", "--height", "5"]),
            ("lanczos", [At("in.png"), At("out.png"), "--width", "5", "--height", "5", "--method", "sharp"]),
            ("--height", [At("in.png"), At("out.png"), "--width", "5"]),
            ("none.png", [At("none.png"), At("out.png"), "--width", "5", "--height", "5"]),
            (".webp", [At("in.png"), At("out.webp"), "--width", "5", "--height", "5"]),
        })
        {
            var (code, error) = Cli.Run(["resize", .. arguments]);
            Assert.Equal(2, code);
            Assert.Contains(expected, error, StringComparison.Ordinal);
            Assert.StartsWith("patchwise: ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
        Assert.Equal([At("in.png")], Directory.GetFiles(_folder));
    }
}
