using System.Diagnostics;
using System.Globalization;

namespace Patchwise.Tests;

/// <summary>The memory of the command line as a process of its own, at its highest.</summary>
public sealed class SlideMemoryTests : IDisposable
{
    const int LimitMiB = 200;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Raster Tissue(int width, int height)
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        var tissue = new Raster(width, height, 3);
        var piece = slide.Read(new(400, 1000, 400 + Math.Min(width, 1500), 1000 + height), Resolution.Level(0));
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x += piece.Width)
                piece.Data.Slice(y * piece.Stride, Math.Min(piece.Width, width - x) * 3).CopyTo(tissue.Data[((y * width + x) * 3)..]);
        return tissue;
    }

    [Fact]
    public void A_slide_of_40000_by_40000_px_becomes_a_thumbnail_in_bounded_memory()
    {
        var slide = _folder.Write("large.tif", TiffMaker.RepeatedTiles(Tissue(256, 256), new(40_000, 40_000)));
        using (var opened = Slide.Open(slide))
            Assert.Equal(("generic-tiff", new PixelSize(40_000, 40_000)), (opened.Vendor, opened.Size));
        Assert.InRange(PeakMiB(slide, _folder.At("small.png"), "--resolution", "0.15", "--units", "baseline"), 20, LimitMiB);
        Assert.Equal(new PixelSize(6000, 6000), Raster.ReadInfo(_folder.At("small.png")).Size);
    }

    [Fact]
    public void A_plain_image_in_strips_is_never_in_memory_as_a_whole()
    {
        // 1.2 GB of pixels, above the limit for images that are decoded whole.
        var image = _folder.Write("large.tif", TiffMaker.RepeatedStrips(Tissue(40_000, 8), new(40_000, 10_000)));
        using (var opened = Slide.Open(image))
            Assert.Equal(("plain image", new PixelSize(40_000, 10_000)), (opened.Vendor, opened.Size));
        Assert.InRange(PeakMiB(image, _folder.At("small.png"), "--resolution", "0.1", "--units", "baseline"), 20, LimitMiB);
        Assert.Equal(new PixelSize(4000, 1000), Raster.ReadInfo(_folder.At("small.png")).Size);
    }

    /// <summary>Peak resident memory of <c>patchwise thumbnail</c>, as the system counts it for a process that has ended.</summary>
    static double PeakMiB(params string[] arguments)
    {
        const string Program =
            "import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], check=True)\nprint(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3",
            ["-c", Program, .. Cli.Command, "thumbnail", .. arguments])
        { RedirectStandardOutput = true })!;
        var kib = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return double.Parse(kib, CultureInfo.InvariantCulture) / 1024;
    }
}
