namespace Patchwise.Tests;

/// <summary>Where OpenSlide is not installed. Files of its names that are no libraries stand before the system's own.</summary>
public sealed class OpenSlideMissingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    (int Code, string Output, string Error) Run(params string[] arguments)
    {
        foreach (var name in (string[])["libopenslide.so.1", "libopenslide.so.0"])
            _folder.Write(Path.Combine("empty", name), "");
        return Cli.RunForOutput(arguments, ("LD_LIBRARY_PATH", _folder.At("empty")));
    }

    [Fact]
    public void Slides_are_refused_with_the_advice_to_install_it()
    {
        var (code, output, error) = Run("slide", SlideFiles.Aperio);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("apt-get install libopenslide0", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Png_and_jpeg_images_open_without_it()
    {
        ImageFiles.Slope(50, 40, 3).Save(_folder.At("plain.png"));
        var (code, output, error) = Run("slide", _folder.At("plain.png"));
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("50 x 40 px", output, StringComparison.Ordinal);
    }
}
