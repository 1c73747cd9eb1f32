using System.Diagnostics;

namespace Patchwise.Tests;

/// <summary>Each order in which OpenCV's library and those of slides and images can be loaded, in a process of its own.</summary>
public class OpenCvTests
{
    const string Files = "svs ndpi tiff jpeg png";

    static readonly Lazy<(int Code, string[] Lines)> Alone = new(() => Run(Files));

    [Theory]
    [InlineData("load svs ndpi tiff jpeg png mat")]
    [InlineData("mat png jpeg tiff ndpi svs")]
    [InlineData("svs ndpi tiff jpeg png load mat")]
    [InlineData("tiff mat svs ndpi jpeg png")]
    [InlineData("jpeg load raw ndpi svs tiff mat png")]
    [InlineData("svs raw mat ndpi tiff jpeg png")] // the slide has loaded all that must come first
    public void Slides_and_images_open_before_and_after_with_the_same_pixels(string steps)
    {
        var (alone, expected) = Alone.Value;
        var (with, found) = Run(steps);
        Assert.Equal((0, 0), (alone, with));
        Assert.Equal(Files.Split(' ').Length, expected.Length);
        Assert.Equal(steps.Split(' '), found.Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]));
        foreach (var line in expected)
            Assert.Contains(line, found);
    }

    /// <summary>Should this fail one day, since the process lives on, then the guard has nothing left to guard.</summary>
    [Theory, InlineData("raw svs"), InlineData("raw ndpi"), InlineData("raw tiff")]
    public void Without_the_guard_the_next_slide_ends_the_process(string steps)
    {
        var (code, lines) = Run(steps);
        Assert.Equal(128 + 11, code);
        Assert.Single(lines);
    }

    [Theory, InlineData("raw mat"), InlineData("raw load"), InlineData("jpeg raw load")]
    public void Too_late_is_said(string steps)
    {
        var (code, lines) = Run(steps);
        Assert.Equal(1, code);
        Assert.Contains("OpenCV's library was loaded before lib", lines[^1], StringComparison.Ordinal);
        Assert.Contains("call OpenCv.Load() before anything else of OpenCvSharp", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_library_is_said()
    {
        var (code, lines) = Run("missing mat");
        Assert.Equal(1, code);
        Assert.Contains("OpenCV's library could not be loaded: expected the package OpenCvSharp4.official.", lines[^1], StringComparison.Ordinal);
        Assert.Contains("/nowhere/libOpenCvSharpExtern.so", lines[^1], StringComparison.Ordinal);
    }

    static (int Code, string[] Lines) Run(string steps)
    {
        var program = Path.ChangeExtension(typeof(Program).Assembly.Location, null);
        var start = new ProcessStartInfo(program, steps.Split(' ')) { RedirectStandardOutput = true };
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0"; // some are meant to end badly
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
