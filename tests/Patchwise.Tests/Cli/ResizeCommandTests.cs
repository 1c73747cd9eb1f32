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
        Assert.Equal((0, ""), Cli.Run("resize", At("in.png"), At("out.png"), "--width", "16", "--height", "40", "--method", "cubic"));
        Assert.Equal(image.Resize(new(16, 40), ResizeMethod.Cubic).AsBytes(), Raster.Load(At("out.png")).AsBytes());
    }

    [Theory]
    [InlineData("linear", 15, true), InlineData("cubic", 15, true), InlineData("lanczos", 15, true), InlineData("linear", 16, false)]
    [InlineData("area", 4, false), InlineData("nearest", 4, false)]
    public void A_method_that_passes_over_pixels_is_told(string method, int height, bool isTold)
    {
        new Raster(32, 32, 3).Save(At("in.png"));
        var (code, error) = Cli.Run("resize", At("in.png"), At("out.png"), "--width", "32", "--height", $"{height}", "--method", method);
        Assert.Equal((0, isTold), (code, error.Contains("--method area takes all", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("palette.png", true), InlineData("palette.bmp", true), InlineData("palette.tif", true), InlineData("bits.png", false)]
    [InlineData("group4.tif", false), InlineData("uint8.tif", false), InlineData("uint16.tif", false), InlineData("wide-int32.tif", false)]
    [InlineData("stardist.tif", false), InlineData("be-i2.npy", false), InlineData("uint8.npy", false), InlineData("bool.npy", false)]
    public void A_mask_keeps_its_numbers(string name, bool isTold)
    {
        var path = Path.Combine(Repository.Golden("field/masks"), name);
        var mask = Mask.Load(path);
        var size = new PixelSize(2 * mask.Size.Width, 2 * mask.Size.Height);
        var (code, error) = Cli.Run("resize", path, At("out.png"), "--width", $"{size.Width}", "--height", $"{size.Height}", "--method", "nearest");
        Assert.Equal((0, isTold), (code, error.Contains("the numbers of its palette are kept", StringComparison.Ordinal)));
        var resized = Mask.Load(At("out.png"));
        Assert.Equal(size, resized.Size);
        for (var y = 0; y < size.Height; y++)
            for (var x = 0; x < size.Width; x++)
                Assert.Equal(mask[x / 2, y / 2], resized[x, y]);
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
