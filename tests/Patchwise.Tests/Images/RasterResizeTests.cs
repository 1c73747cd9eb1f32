using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

public class RasterResizeTests
{
    static readonly ResizeMethod[] Methods = Enum.GetValues<ResizeMethod>();
    static readonly int[] Sides = [1, 2, 3, 5, 7, 8, 13, 16, 31, 47, 64, 100];

    public static TheoryData<ResizeMethod> EachMethod => new(Methods);

    [Theory, MemberData(nameof(EachMethod))]
    public void Every_kind_of_image_and_scale_equals_the_slow_twin(ResizeMethod method)
    {
        var random = new Random(11);
        for (var i = 0; i < 100; i++)
        {
            var source = RandomRaster(random, Pick(Sides), Pick(Sides), Pick([1, 3, 4]), Pick([8, 16]));
            var size = (i % 5) switch
            {
                0 => new PixelSize(Math.Max(1, source.Width / 2), Math.Max(1, source.Height / 2)),
                1 => new PixelSize(source.Width * 2, source.Height),
                2 => new PixelSize(source.Width + 1, Math.Max(1, source.Height - 1)),
                _ => new PixelSize(Pick(Sides), Pick(Sides)),
            };
            AssertNear(SlowResize.Run(source, size, method), source.Resize(size, method), method == ResizeMethod.Nearest ? 0 : 1, $"{source} to {size}");
        }

        T Pick<T>(T[] of) => of[random.Next(of.Length)];
    }

    /// <summary>Large enough for several bands on several threads, and for more taps than one group.</summary>
    [Theory, MemberData(nameof(EachMethod))]
    public void A_large_image_in_bands_equals_the_slow_twin(ResizeMethod method)
    {
        var random = new Random(12);
        foreach (var (source, size) in new[]
        {
            (RandomRaster(random, 403, 301, 3, 8), new PixelSize(149, 113)),
            (RandomRaster(random, 402, 202, 3, 8), new PixelSize(201, 101)),
            (RandomRaster(random, 602, 202, 1, 16), new PixelSize(301, 101)),
            (RandomRaster(random, 111, 67, 3, 8), new PixelSize(200, 207)),
            (RandomRaster(random, 1900, 150, 4, 8), new PixelSize(11, 3)),
            (RandomRaster(random, 300, 300, 1, 8), new PixelSize(600, 50)),
        })
            AssertNear(SlowResize.Run(source, size, method), source.Resize(size, method), method == ResizeMethod.Nearest ? 0 : 1, $"{source} to {size}");
    }

    [Fact]
    public void An_image_of_one_color_keeps_it() => Prop.ForAll(Cases(), c =>
    {
        var (width, height, to, channels, bits, method, seed) = c;
        var color = RandomRaster(new Random(seed), 1, 1, channels, bits);
        var result = color.Resize(new(width, height), ResizeMethod.Nearest).Resize(to, method);
        for (var y = 0; y < to.Height; y++)
            for (var x = 0; x < to.Width; x++)
                for (var k = 0; k < channels; k++)
                    if (result[x, y, k] != color[0, 0, k])
                        return false;
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Thousands_of_taps_keep_a_color_in_16_bits()
    {
        foreach (var value in new ushort[] { 65535, 65534, 40001, 12347, 1 })
        {
            var samples = new ushort[9001 * 3];
            Array.Fill(samples, value);
            Assert.Equal(value, Raster.FromSamples(9001, 3, 1, samples).Resize(new(1, 1), ResizeMethod.Area)[0, 0]);
            Assert.Equal(value, Raster.FromSamples(1, 9001, 3, samples).Resize(new(1, 2), ResizeMethod.Area)[0, 0]);
        }
    }

    [Fact]
    public void Resizing_to_the_same_size_copies() => Prop.ForAll(Cases(), c =>
    {
        var source = RandomRaster(new Random(c.Seed), c.Width, c.Height, c.Channels, c.Bits);
        return source.Resize(source.Size, c.Method).Data.SequenceEqual(source.Data);
    }).QuickCheckThrowOnFailure();

    /// <summary>Nearest takes the left pixel of two, and area takes it when growing: those two are not symmetric.</summary>
    [Fact]
    public void A_mirrored_image_gives_the_mirrored_result() => Prop.ForAll(Cases(), c =>
    {
        var source = RandomRaster(new Random(c.Seed), c.Width, c.Height, c.Channels, c.Bits);
        var shrinks = c.To.Width <= c.Width && c.To.Height <= c.Height;
        if (c.Method == ResizeMethod.Nearest || c.Method == ResizeMethod.Area && !shrinks)
            return true;
        return Distance(Mirror(source.Resize(c.To, c.Method)), Mirror(source).Resize(c.To, c.Method)) <= 1;
    }).QuickCheckThrowOnFailure();

    [Theory, MemberData(nameof(EachMethod))]
    public void Values_stay_in_range_at_hard_edges(ResizeMethod method)
    {
        // Cubic and lanczos overshoot here: a wrapped value would be dark on the bright side.
        var samples = Enumerable.Range(0, 40 * 40).Select(i => (byte)(i % 40 < 20 ? 0 : 255)).ToArray();
        var result = Raster.FromSamples(40, 40, 1, samples).Resize(new(97, 33), method);
        Assert.All(Enumerable.Range(0, 33), y => Assert.Equal((0, 255), (result[10, y], result[90, y])));
        Assert.All(Enumerable.Range(0, 97), x => Assert.True(x < 43 ? result[x, 5] < 60 : x <= 53 || result[x, 5] > 195));
    }

    [Fact]
    public void Microns_per_pixel_follow_the_scale()
    {
        var source = Raster.FromSamples(4, 4, 1, new byte[16]);
        Assert.Null(source.Resize(new(2, 2), ResizeMethod.Area).Mpp);
        var scaled = new Raster(40, 20, 1) { Mpp = 0.25 }.Resize(new(20, 5), ResizeMethod.Area);
        Assert.Equal(new Mpp(0.5, 1), scaled.Mpp);
    }

    [Theory, InlineData(0, 5), InlineData(5, 0), InlineData(-3, 5)]
    public void A_size_without_pixels_is_refused(int width, int height) =>
        Assert.Contains($"{width} x {height}",
        Assert.Throws<BadInputException>(() => new Raster(4, 4, 1).Resize(new(width, height), ResizeMethod.Area)).Message, StringComparison.Ordinal);

    [Theory, InlineData(int.MaxValue, int.MaxValue), InlineData(100_000, 100_000), InlineData(int.MaxValue, 1), InlineData(1, int.MaxValue)]
    public void A_size_beyond_memory_is_refused(int width, int height)
    {
        foreach (var method in Methods)
            Assert.Throws<BadInputException>(() => new Raster(4, 4, 3).Resize(new(width, height), method));
    }

    [Fact]
    public void An_unknown_method_is_refused_with_the_list_of_known_ones() =>
        Assert.Contains("Lanczos", Assert.Throws<BadInputException>(() => new Raster(4, 4, 1).Resize(new(2, 2), (ResizeMethod)9)).Message,
        StringComparison.Ordinal);

    internal static Raster RandomRaster(Random random, int width, int height, int channels, int bits)
    {
        var raster = new Raster(width, height, channels, bits);
        random.NextBytes(raster.Data);
        return raster;
    }

    internal static void AssertNear(Raster expected, Raster found, int tolerance, string what)
    {
        Assert.Equal((expected.Size, expected.Channels, expected.Bits), (found.Size, found.Channels, found.Bits));
        var distance = Distance(expected, found);
        Assert.True(distance <= tolerance, $"{what}: differs by {distance}, expected at most {tolerance}");
    }

    static int Distance(Raster a, Raster b)
    {
        var most = 0;
        if (a.Bits == 8)
            for (var i = 0; i < a.Data.Length; i++)
                most = Math.Max(most, Math.Abs(a.Data[i] - b.Data[i]));
        else
            for (var i = 0; i < a.Samples16.Length; i++)
                most = Math.Max(most, Math.Abs(a.Samples16[i] - b.Samples16[i]));
        return most;
    }

    static Raster Mirror(Raster source)
    {
        var result = new Raster(source.Width, source.Height, source.Channels, source.Bits);
        var pixel = source.Channels * source.Bits / 8;
        for (var i = 0; i < source.Width * source.Height; i++)
        {
            var x = i % source.Width;
            source.Data.Slice(i * pixel, pixel).CopyTo(result.Data[((i - x + source.Width - 1 - x) * pixel)..]);
        }
        return result;
    }

    sealed record Case(int Width, int Height, PixelSize To, int Channels, int Bits, ResizeMethod Method, int Seed);

    static Arbitrary<Case> Cases() =>
        (from sides in Gen.Choose(1, 70).ArrayOf(4)
         from channels in Gen.Elements(1, 3, 4)
         from bits in Gen.Elements(8, 16)
         from method in Gen.Elements(Methods)
         from seed in Gen.Choose(0, 1 << 20)
         select new Case(sides[0], sides[1], new(sides[2], sides[3]), channels, bits, method, seed)).ToArbitrary();
}
