using System.Text.Json;

namespace Patchwise.Tests;

public sealed class SlideCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_slide_is_described_for_people_and_for_programs()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        var text = slide.Describe();
        foreach (var word in (string[])["aperio", "2220 x 2967 px, 1.11 x 1.48 mm", "0.499 microns per pixel (openslide.mpp-x and -y)",
            "20x (openslide.objective-power)", "label, macro, thumbnail"])
            Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.InRange(text.Split('\n').Length, 5, 24);
        using var json = JsonDocument.Parse(slide.ToJson());
        Assert.Equal((2220, 0.499, 20.0), (json.RootElement.GetProperty("width").GetInt32(), json.RootElement.GetProperty("mpp")[0]
            .GetDouble(), json.RootElement.GetProperty("magnification").GetDouble()));
        Assert.Equal("20", json.RootElement.GetProperty("properties").GetProperty("aperio.AppMag").GetString());
        Assert.Contains("&lt;b&gt;", Shown.Html(Slide.Of(new Raster(5, 5, 3), "<b>")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_prints_what_the_library_says()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        Assert.Equal((0, slide.Describe().TrimEnd(), ""),
            Cli.RunForOutput("slide", SlideFiles.Aperio) is var (code, output, error) ? (code, output.TrimEnd(), error) : default);
        Assert.Equal(slide.ToJson().TrimEnd(), Cli.RunForOutput("slide", SlideFiles.Aperio, "--json").Output.TrimEnd());
        ImageFiles.Slope(50, 40, 3).Save(_folder.At("plain.png"));
        var given = Cli.RunForOutput("slide", _folder.At("plain.png"), "--mpp", "0.24", "--guess").Output;
        Assert.Contains("0.24 microns per pixel (given)", given, StringComparison.Ordinal);
        Assert.Contains("40x (a guess: the common power nearest 10 / 0.24 microns per pixel)", given, StringComparison.Ordinal);
    }

    [Fact]
    public void A_thumbnail_is_written_at_the_resolution_that_was_asked()
    {
        Assert.Equal((0, ""), Cli.Run("thumbnail", SlideFiles.Aperio, _folder.At("small.png"), "--resolution", "4", "--units", "mpp"));
        using var slide = Slide.Open(SlideFiles.Aperio);
        Assert.Equal(slide.Thumbnail(Resolution.Mpp(4)).AsBytes(), Raster.Load(_folder.At("small.png")).AsBytes());
    }

    [Fact]
    public void Of_a_slide_that_breaks_half_way_no_thumbnail_is_left()
    {
        var bytes = File.ReadAllBytes(SlideFiles.Aperio);
        bytes.AsSpan(500_000, 100_000).Clear();
        _folder.Write("broken.svs", bytes);
        var (code, error) = Cli.Run("thumbnail", _folder.At("broken.svs"), _folder.At("out.png"), "--resolution", "1");
        Assert.Equal(2, code);
        Assert.Contains("broken.svs: a slide that is damaged", error, StringComparison.Ordinal);
        Assert.Equal(["broken.svs"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Bad_input_is_one_line_with_exit_code_2()
    {
        ImageFiles.Slope(50, 40, 3).Save(_folder.At("plain.png"));
        foreach (var (expected, arguments) in ((string, string[])[])[
            ("--mpp 0.25", ["thumbnail", _folder.At("plain.png"), _folder.At("out.png"), "--resolution", "4"]),
            ("--units: Argument 'um' not recognized. Must be one of: 'mpp'",
                ["thumbnail", SlideFiles.Aperio, _folder.At("out.png"), "--resolution", "4", "--units", "um"]),
            ("--max-pixels", ["thumbnail", SlideFiles.Aperio, _folder.At("out.png"), "--resolution", "1", "--max-pixels", "1000"]),
            ("is a folder", ["slide", _folder.Path])])
        {
            var (code, error) = Cli.Run(arguments);
            Assert.Equal(2, code);
            Assert.Contains(expected, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
        Assert.False(File.Exists(_folder.At("out.png")));
    }
}
