using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

/// <summary>What every slide does, be it a pyramid or a plain image.</summary>
public sealed class SlideContractTests : IDisposable
{
    public enum Kind { Aperio, Hamamatsu, Png, Jpeg, TiffStrips, TiffTiles, Memory }

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    Slide Open(Kind kind)
    {
        switch (kind)
        {
            case Kind.Aperio: return Slide.Open(SlideFiles.Aperio);
            case Kind.Hamamatsu: return Slide.Open(SlideFiles.Hamamatsu);
            case Kind.Memory: return Slide.Of(ImageFiles.Slope(301, 199, 1), mpp: 0.5, magnification: 20);
        }
        var path = _folder.At(kind switch { Kind.Png => "a png.png", Kind.Jpeg => "ä jpeg.jpg", _ => $"a {kind}.tif" });
        var image = ImageFiles.Slope(301, 199, 3);
        if (!File.Exists(path) && kind is Kind.Png or Kind.Jpeg)
            image.Save(path);
        else if (!File.Exists(path))
            _folder.Write(path, kind == Kind.TiffStrips ? TiffMaker.Strips(image, rows: 16) : TiffMaker.Tiles(image, new(64, 48)));
        return Slide.Open(path, mpp: 0.5, magnification: 20);
    }

    public static TheoryData<Kind> Kinds => [.. Enum.GetValues<Kind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void Level_0_is_the_largest_and_downsamples_grow(Kind kind)
    {
        using var slide = Open(kind);
        Assert.Equal(1, slide.Levels[0].Downsample);
        Assert.Equal(slide.Levels[0].Size, slide.Size);
        Assert.Equal(slide.Levels.Select(level => level.Downsample).Order(), slide.Levels.Select(level => level.Downsample));
        Assert.NotNull(slide.Mpp);
        Assert.NotNull(slide.Magnification);
        Assert.All(slide.Levels, (level, i) => Assert.Equal(level.Size, slide.At(Resolution.Level(i)).Size));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_box_read_at_level_0_is_part_of_a_larger_one(Kind kind)
    {
        using var slide = Open(kind);
        var (large, small) = (new Box(20, 30, 150, 160), new Box(60, 50, 90, 133));
        var whole = slide.Read(large, Resolution.Baseline(1));
        Assert.Equal((130, 130, 3, 8), (whole.Width, whole.Height, whole.Channels, whole.Bits));
        Assert.Equal(whole.Crop(small.Shift(-large.X0, -large.Y0)).AsBytes(), slide.Read(small, Resolution.Baseline(1)).AsBytes());
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Outside_is_white_however_far(Kind kind)
    {
        using var slide = Open(kind);
        var (width, height) = (slide.Size.Width, slide.Size.Height);
        foreach (var at in (Resolution[])[Resolution.Baseline(1), Resolution.Baseline(0.3)])
            foreach (var rule in Enum.GetValues<ReadRule>())
                foreach (var (x, y) in ((int, int)[])[(width, 0), (0, height), (-50, -50), (500_000_000, -500_000_000), (-50, 500_000_000)])
                    Assert.DoesNotContain(slide.Read(new(x, y, x + 40, y + 40), at, rule).AsBytes().ToArray(), sample => sample != 255);
        var corner = slide.Read(new(width - 10, height - 10, width + 10, height + 10), Resolution.Baseline(1));
        Assert.Equal(slide.Read(new(width - 10, height - 10, width, height), Resolution.Baseline(1)).AsBytes(), corner.Crop(new(0, 0, 10, 10)).AsBytes());
        Assert.DoesNotContain(corner.Crop(new(10, 0, 20, 20)).AsBytes().ToArray(), sample => sample != 255);
        Assert.DoesNotContain(corner.Crop(new(0, 10, 20, 20)).AsBytes().ToArray(), sample => sample != 255);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Eight_threads_read_what_one_reads(Kind kind)
    {
        using var slide = Open(kind);
        var random = new Random(11);
        var boxes = Enumerable.Range(0, 48).Select(_ => (X: random.Next(-20, slide.Size.Width / 2), Y: random.Next(-20, slide.Size.Height / 2)))
            .Select(corner => new Box(corner.X, corner.Y, corner.X + 50, corner.Y + 61)).ToArray();
        var expected = boxes.Select(box => slide.Read(box, Resolution.Power(9)).AsBytes().ToArray()).ToArray();
        var read = new byte[boxes.Length][];
        var next = -1;
        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < boxes.Length;)
                read[i] = slide.Read(boxes[i], Resolution.Power(9)).AsBytes().ToArray();
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(expected, read);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_cannot_be_read_is_refused_with_a_reason(Kind kind)
    {
        using var slide = Open(kind);
        var at = Resolution.Mpp(1);
        foreach (var (box, word) in ((Box, string)[])[(new(5, 5, 5, 9), "at least 1 px"), (new(9, 9, 5, 12), "at least 1 px"),
            (new(0, 0, 50_000, 50_000), "above the limit"), (new(int.MinValue, 0, int.MaxValue, 1), "at most"),
                (new(2_000_000_000, 0, 2_000_000_001, 1), "too far")])
            Assert.Contains(word, Assert.Throws<BadInputException>(() => slide.Read(box, at)).Message, StringComparison.Ordinal);
        Assert.Contains($"expected 0 to {slide.Levels.Count - 1}",
            Assert.Throws<BadInputException>(() => slide.At(Resolution.Level(slide.Levels.Count))).Message, StringComparison.Ordinal);
        Assert.Contains("would have 0 x 0 px", Assert.Throws<BadInputException>(() => slide.At(Resolution.Baseline(1e-6))).Message, StringComparison.Ordinal);
        Assert.Contains("without a value", Assert.Throws<BadInputException>(() => slide.At(default)).Message, StringComparison.Ordinal);
        Assert.Contains("no image named 'x'", Assert.Throws<BadInputException>(() => slide.ReadAssociated("x")).Message, StringComparison.Ordinal);
        Assert.Contains("above the limit of 100", Assert.Throws<BadInputException>(() => slide.Thumbnail(at, maxPixels: 100)).Message,
            StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_closed_slide_refuses_reads_and_may_be_closed_again(Kind kind)
    {
        var slide = Open(kind);
        slide.Dispose();
        slide.Dispose();
        Assert.Contains("open it again", Assert.Throws<ObjectDisposedException>(() => slide.Read(new(0, 0, 5, 5), Resolution.Level(0))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => slide.Thumbnail());
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_thumbnail_has_the_size_and_resolution_that_were_asked(Kind kind)
    {
        using var slide = Open(kind);
        var at = Resolution.Mpp(5);
        var thumbnail = slide.Thumbnail(at);
        Assert.Equal(slide.At(at).Size, thumbnail.Size);
        Assert.Equal(5, thumbnail.Mpp!.Value.X, 1e-9);
        Assert.InRange(slide.Thumbnail().Bounds.Side, Math.Min(1024, Math.Max(slide.Size.Width, slide.Size.Height)), 1024);
        // Level 0 in pieces gives the same picture as the level that is read, or nearly: pyramids are made by other programs.
        Assert.Equal(Mean(slide.Read(Box.Of(slide.At(Resolution.Mpp(5)).Size), at)), Mean(thumbnail), 3.0);
    }

    static double Mean(Raster raster)
    {
        var sum = 0.0;
        foreach (var sample in raster.AsBytes())
            sum += sample;
        return sum / raster.AsBytes().Length;
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Boxes_agree_between_the_resolution_and_level_0(Kind kind)
    {
        using var slide = Open(kind);
        Prop.ForAll(Gen.Choose(0, 1000).Three().ToArbitrary(), given =>
        {
            var frame = slide.At(Resolution.Mpp(0.2 + given.Item1 / 200.0));
            var (x, y) = (given.Item2 % frame.Size.Width, given.Item3 % frame.Size.Height);
            var level0 = frame.ToLevel0(new(x, y, x + 7, y + 5));
            // Rounded up by less than a pixel, and a box on the right begins where rounding lets it: no gap of a pixel or more.
            return level0.X0 - x * frame.UpX is >= 0 and < 1 && level0.Width - 7 * frame.UpX is >= 0 and < 1 && level0.Height - 5 * frame.UpY is >= 0 and < 1
                && frame.ToLevel0(new(x + 7, y, x + 14, y + 5)).X0 <= level0.X1 && frame.Size.Width * frame.UpX - slide.Size.Width is var rest
                && Math.Abs(rest) < frame.UpX + frame.Downsample;
        }).QuickCheckThrowOnFailure();
    }
}
