using System.Runtime.InteropServices;
using OpenCvSharp;

namespace Patchwise.Tests;

public class MatConversionTests
{
    public MatConversionTests() => OpenCv.Load(); // before the Mats that the tests make themselves

    public static TheoryData<int, int> Kinds => new() { { 8, 1 }, { 8, 3 }, { 8, 4 }, { 16, 1 }, { 16, 3 }, { 16, 4 } };

    static Raster Noise(int width, int height, int channels, int bits, int seed)
    {
        var bytes = new byte[width * height * channels * (bits / 8)];
        new Random(seed).NextBytes(bytes);
        return bits == 8
            ? Raster.FromSamples(width, height, channels, bytes)
            : Raster.FromSamples(width, height, channels, MemoryMarshal.Cast<byte, ushort>(bytes));
    }

    static void AssertEqual(Raster expected, Raster found)
    {
        Assert.Equal(expected.ToString(), found.ToString());
        if (expected.Bits == 8)
            Assert.True(expected.AsBytes().SequenceEqual(found.AsBytes()));
        else
            Assert.True(expected.AsWords().SequenceEqual(found.AsWords()));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void There_and_back_no_sample_changes(int bits, int channels)
    {
        foreach (var (width, height) in ((int, int)[])[(1, 1), (1, 7), (13, 1), (17, 31), (640, 479)])
        {
            var image = Noise(width, height, channels, bits, seed: width);
            using var mat = image.ToMat();
            Assert.Equal((height, width), (mat.Rows, mat.Cols));
            Assert.Equal(MatType.MakeType(bits == 8 ? MatType.CV_8U : MatType.CV_16U, channels), mat.Type());
            AssertEqual(image, mat.ToRaster());
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_mat_has_blue_first(int bits, int channels)
    {
        var image = Noise(5, 4, channels, bits, seed: 1);
        using var mat = image.ToMat();
        Cv2.Split(mat, out var planes);
        int[] order = channels switch { 1 => [0], 3 => [2, 1, 0], _ => [2, 1, 0, 3] };
        for (var c = 0; c < channels; c++)
            for (var y = 0; y < 4; y++)
                for (var x = 0; x < 5; x++)
                    Assert.Equal(image[x, y, order[c]], bits == 8 ? planes[c].At<byte>(y, x) : planes[c].At<ushort>(y, x));
    }

    /// <summary>Luma as OpenCV's documentation states it: 0.299 R + 0.587 G + 0.114 B. With red and blue exchanged red would be 29.</summary>
    [Fact]
    public void OpenCvs_own_functions_see_red_as_red()
    {
        using var mat = Raster.FromSamples(4, 1, 3, (ReadOnlySpan<byte>)[255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255]).ToMat();
        using var grey = mat.CvtColor(ColorConversionCodes.BGR2GRAY);
        Assert.Equal([76, 150, 29, 255], grey.ToRaster().AsBytes().ToArray());

        using var bright = grey.Threshold(100, 255, ThresholdTypes.Binary);
        Assert.Equal([0, 255, 0, 255], bright.ToRaster().AsBytes().ToArray());

        using var hue = mat.CvtColor(ColorConversionCodes.BGR2HSV); // half degrees; green has 120 degrees, blue 240
        using var hues = hue.ExtractChannel(0);
        Assert.Equal([0, 60, 120, 0], hues.ToRaster().AsBytes().ToArray());
    }

    [Fact]
    public void A_mat_of_OpenCv_comes_out_as_rgb()
    {
        using var orange = new Mat(2, 3, MatType.CV_8UC3, new Scalar(0, 128, 255));
        var image = orange.ToRaster();
        Assert.Equal((255, 128, 0), (image[2, 1, 0], image[2, 1, 1], image[2, 1, 2]));
        Assert.Null(image.Mpp);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_part_of_a_mat_is_as_the_crop(int bits, int channels)
    {
        var image = Noise(40, 30, channels, bits, seed: 2);
        using var mat = image.ToMat();
        using var part = mat[new Rect(7, 5, 20, 11)];
        Assert.False(part.IsContinuous());
        AssertEqual(image.Crop(new Box(7, 5, 27, 16)), part.ToRaster());
        using var turned = part.Transpose();
        using var back = turned.Transpose();
        AssertEqual(part.ToRaster(), back.ToRaster());
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Neither_changes_with_the_other(int bits, int channels)
    {
        var image = Noise(9, 8, channels, bits, seed: 3);
        using var mat = image.ToMat();
        var copy = mat.ToRaster();
        mat.SetTo(Scalar.All(7));
        AssertEqual(Noise(9, 8, channels, bits, seed: 3), image);
        AssertEqual(image, copy);

        var sevens = mat.ToRaster();
        Assert.Equal((7, 7), (sevens[0, 0], sevens[8, 7, channels == 4 ? 3 : 0]));
    }

    public static TheoryData<int, int, string> Others => new()
    {
        { MatType.CV_8S, 1, "a Mat of CV_8SC1: expected samples of 8 or 16 bits without a sign" },
        { MatType.CV_16S, 3, "a Mat of CV_16SC3: expected samples of 8 or 16 bits without a sign" },
        { MatType.CV_32S, 1, "a Mat of CV_32SC1: expected samples of 8 or 16 bits without a sign" },
        { MatType.CV_32F, 3, "a Mat of CV_32FC3: expected samples of 8 or 16 bits without a sign" },
        { MatType.CV_64F, 4, "a Mat of CV_64FC4: expected samples of 8 or 16 bits without a sign" },
        { MatType.CV_8U, 2, "a Mat with 2 channels: expected 1 (grey), 3 (BGR) or 4 (BGRA)" },
        { MatType.CV_16U, 5, "a Mat with 5 channels: expected 1 (grey), 3 (BGR) or 4 (BGRA)" },
    };

    [Theory, MemberData(nameof(Others))]
    public void Other_mats_are_refused(int depth, int channels, string message)
    {
        using var mat = new Mat(2, 2, MatType.MakeType(depth, channels));
        Assert.Contains(message, Assert.Throws<BadInputException>(() => mat.ToRaster()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mat_without_pixels_with_more_dimensions_or_too_large_is_refused()
    {
        using var empty = new Mat();
        Assert.Contains("a Mat without pixels", Assert.Throws<BadInputException>(() => empty.ToRaster()).Message, StringComparison.Ordinal);
        using var cube = new Mat([2, 3, 4], MatType.CV_8UC1);
        Assert.Contains("a Mat of 3 dimensions: expected 2", Assert.Throws<BadInputException>(() => cube.ToRaster()).Message, StringComparison.Ordinal);
        using var pixel = new Mat(1, 1, MatType.CV_8UC1);
        using var huge = Mat.FromPixelData(50_000, 50_000, MatType.CV_8UC1, pixel.Data); // no pixel of it is read
        Assert.Contains("a Mat of 50000 x 50000 px takes 2,500,000,000 bytes",
            Assert.Throws<BadInputException>(() => huge.ToRaster()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_null_or_disposed_of_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => ((Raster)null!).ToMat());
        Assert.Throws<ArgumentNullException>(() => ((Mat)null!).ToRaster());
        var mat = Noise(2, 2, 3, 8, seed: 5).ToMat();
        mat.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mat.ToRaster());
    }
}
