using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

public class PatchGridTests
{
    static PatchGrid Grid(PixelSize image, PixelSize patch, PixelSize? stride = null, EdgePolicy edge = EdgePolicy.Pad, GridRule rule = GridRule.Inside)
    {
        using var slide = new Slide("made up", new SizeOnly(image));
        return PatchGrid.Over(slide.At(Resolution.Level(0)), patch, stride, new() { Edge = edge, Rule = rule });
    }

    sealed class SizeOnly(PixelSize size) : SlideSource
    {
        internal override IReadOnlyList<SlideLevel> Levels { get; } = [new(size, 1)];
        internal override string Vendor => "test";
        internal override (Mpp?, string, Magnification?, string) ReadResolution() => (null, "", null, "");
        internal override Raster Read(int level, long x, long y, Box box) => throw new NotSupportedException();
    }

    [Fact]
    public void The_cases_of_the_reference_give_its_boxes()
    {
        static Box[] Boxes(PatchGrid grid) => [.. grid.Select(patch => patch.Box)];
        var image = new PixelSize(9, 6);
        Assert.Equal([new(0, 0, 4, 4), new(4, 0, 8, 4)], Boxes(Grid(image, new(4, 4), edge: EdgePolicy.Whole)));
        Assert.Equal([new(0, 0, 4, 4), new(4, 0, 8, 4), new(8, 0, 12, 4), new(0, 4, 4, 8), new(4, 4, 8, 8), new(8, 4, 12, 8)], Boxes(Grid(image, new(4, 4))));
        Assert.Equal([new(0, 0, 9, 9)], Boxes(Grid(image, new(9, 9))));
        Assert.Empty(Grid(image, new(9, 9), edge: EdgePolicy.Whole));
        Assert.Equal(5, Grid(image, new(4, 6), new(2, 6)).Count);
    }

    [Theory]
    [InlineData(5000, 224, 112, 46, 5040, 45, 4928)]
    [InlineData(9, 4, 2, 6, 10, 5, 8)]
    [InlineData(300, 224, 400, 2, 400, 1, 0)]
    [InlineData(5000, 224, 224, 23, 4928, 23, 4928)]
    public void Version_1_4_starts_beyond_the_edge_where_the_stride_is_not_the_patch(int length, int patch, int stride, int count14, int last14,
    int count, int last)
    {
        foreach (var (rule, expected, end) in ((GridRule, int, int)[])[(GridRule.Toolbox14, count14, last14), (GridRule.Inside, count, last)])
        {
            var grid = Grid(new(length, patch), new(patch, patch), new(stride, patch), rule: rule);
            Assert.Equal((expected, end), (grid.Columns, grid[^1].Box.X0));
        }
    }

    [Fact]
    public void Patches_of_their_own_size_tile_the_slide_and_starts_lie_inside() =>
        Prop.ForAll(Gen.Choose(1, 300).Four().ToArbitrary(), given =>
        {
            var (image, patch, stride) = (new PixelSize(given.Item1, given.Item2), new PixelSize(given.Item3 % 40 + 1,
                given.Item4 % 40 + 1), (given.Item1 + given.Item3) % 40 + 1);
            var covered = new int[image.Width * image.Height];
            foreach (var tile in Grid(image, patch))
            {
                var inside = tile.Box.Intersect(Box.Of(image));
                for (var y = inside.Y0; y < inside.Y1; y++)
                    for (var x = inside.X0; x < inside.X1; x++)
                        covered[y * image.Width + x]++;
            }
            return covered.All(times => times == 1)
                && Grid(image, patch, new(stride, stride)).All(p => p.Box.X0 < image.Width && p.Box.Y0 < image.Height)
                && Grid(image, patch, new(stride, stride), EdgePolicy.Whole).All(p => Box.Of(image).Contains(p.Box));
        }).QuickCheckThrowOnFailure();

    [Theory, InlineData(GridRule.Inside), InlineData(GridRule.Toolbox14)]
    public void A_mask_keeps_the_patches_that_its_slow_twin_keeps(GridRule rule)
    {
        var random = new Random(8);
        using var slide = new Slide("made up", new SizeOnly(new(2531, 1177)));
        for (var round = 0; round < 30; round++)
        {
            var part = 0.0005 + 0.15 * random.NextDouble();
            var pixels = new Raster((int)Math.Round(2531 * part), (int)Math.Ceiling(1177 * part), 1);
            var density = random.NextDouble();
            foreach (ref var value in pixels.Samples8)
                value = random.NextDouble() < density * density ? (byte)255 : (byte)0;
            var (size, stride, least) = (random.Next(1, 200), random.Next(3, 90), (double[])[0, 0.25, 0.5, 1]);
            var frame = slide.At(Resolution.Baseline(0.3 + random.NextDouble()));
            foreach (var share in least)
            {
                var all = PatchGrid.Over(frame, new(size, size), new(stride, stride), new() { Rule = rule });
                var kept = PatchGrid.Over(frame, new(size, size), new(stride, stride), new() { Mask = TissueMask.Of(pixels), MinTissue = share, Rule = rule });
                var expected = all.Select(patch => patch.Box).Where(box => Keep(box, frame.Size, pixels, share, rule)).ToArray();
                Assert.Equal(expected, kept.Select(patch => patch.Box));
                Assert.Equal(Enumerable.Range(0, expected.Length), kept.Select(patch => patch.Index));
            }
        }
    }

    static bool Keep(Box box, PixelSize whole, Raster mask, double share, GridRule rule)
    {
        int x0, x1, y0, y1;
        if (rule == GridRule.Toolbox14)
        {
            float fx = (float)((double)mask.Width / whole.Width), fy = (float)((double)mask.Height / whole.Height);
            (x0, x1) = ((int)Math.Min(Math.Max(box.X0 * fx, 0), mask.Width), (int)Math.Min(Math.Max(box.X1 * fx, 0), mask.Width));
            (y0, y1) = ((int)Math.Min(Math.Max(box.Y0 * fy, 0), mask.Height), (int)Math.Min(Math.Max(box.Y1 * fy, 0), mask.Height));
        }
        else
        {
            var inside = box.Intersect(Box.Of(whole));
            (x0, y0) = ((int)Math.Floor((decimal)inside.X0 * mask.Width / whole.Width), (int)Math.Floor((decimal)inside.Y0 * mask.Height / whole.Height));
            x1 = Math.Max(x0 + 1, (int)Math.Floor((decimal)inside.X1 * mask.Width / whole.Width));
            y1 = Math.Max(y0 + 1, (int)Math.Floor((decimal)inside.Y1 * mask.Height / whole.Height));
        }
        var (tissue, area) = (0, 0);
        for (var y = y0; y < y1; y++)
            for (var x = x0; x < x1; x++, area++)
                tissue += mask[x, y] > 0 ? 1 : 0;
        return tissue > 0 && (tissue == area || (rule == GridRule.Inside ? tissue >= share * area : tissue > share * area));
    }

    [Fact]
    public void Boxes_are_given_in_both_frames()
    {
        using var slide = Slide.Open(SlideFiles.Aperio);
        var grid = PatchGrid.Over(slide, size: 224, at: Resolution.Mpp(1), new() { Stride = 100 });
        Assert.Equal((new PixelSize(1108, 1481), 12, 15, 180), (grid.Frame.Size, grid.Columns, grid.Rows, grid.Count));
        var patch = grid[13];
        Assert.Equal((13, new Box(100, 100, 324, 324), new Box(201, 201, 650, 650)), (patch.Index, patch.Box, patch.Level0));
        Assert.Equal(slide.Read(patch.Box, Resolution.Mpp(1)).Size, grid.Size);
    }

    [Fact]
    public void A_grid_of_many_millions_takes_next_to_no_memory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var grid = Grid(new(100_000, 100_000), new(224, 224), new(16, 16));
        Assert.Equal(6250 * 6250, grid.Count);
        Assert.Equal(new Box(99_984, 99_984, 100_208, 100_208), grid[^1].Box);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Parameters_out_of_range_are_refused()
    {
        using var slide = Slide.Of(new Raster(50, 40, 3));
        foreach (var (word, make) in ((string, Func<PatchGrid>)[])[
            ("patches of 0 x 0", () => PatchGrid.Over(slide, 0, Resolution.Baseline(1))),
            ("a stride of -3", () => PatchGrid.Over(slide, 5, Resolution.Baseline(1), new() { Stride = -3 })),
            ("a tissue share of 1.5", () => PatchGrid.Over(slide, 5, Resolution.Baseline(1), new() { MinTissue = 1.5 })),
            ("mpp", () => PatchGrid.Over(slide, 5, Resolution.Mpp(1)))])
            Assert.Contains(word, Assert.Throws<BadInputException>(make).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => PatchGrid.Over(slide, 5, Resolution.Baseline(1))[80]);
    }

    [Fact]
    public void The_picture_of_a_grid_marks_its_patches_and_nothing_else()
    {
        var mask = new Raster(2, 1, 1);
        mask.Samples8[1] = 1;
        using var slide = Slide.Of(new Raster(100, 50, 3));
        var grid = PatchGrid.Over(slide, 50, Resolution.Baseline(1), new() { Mask = TissueMask.Of(mask) });
        Assert.Equal([new(50, 0, 100, 50)], grid.Select(patch => patch.Box));
        // A light line in a dark one.
        var drawn = Shown.Traces(grid.Show(slide), "scatter");
        Assert.Equal([("#000000", 3.5, false), ("#ffcf00", 1.5, true)], drawn.Select(trace => ((string)trace["line"]!["color"]!,
            (double)trace["line"]!["width"]!, (bool)trace["showlegend"]!)));
        var lines = drawn[1];
        Assert.Equal(Shown.Numbers(lines["x"]), Shown.Numbers(drawn[0]["x"]));
        Assert.Equal([50, 100, double.NaN, 50, 100, double.NaN, 50, 50, double.NaN, 100, 100, double.NaN], Shown.Numbers(lines["x"]));
        Assert.Equal([0, 0, double.NaN, 50, 50, double.NaN, 0, 50, double.NaN, 0, 50, double.NaN], Shown.Numbers(lines["y"]));
        Assert.Contains("1 patches of 50 x 50 px", Shown.Text(grid.Show(slide)), StringComparison.Ordinal);
        // Where microns per pixel are known, in mm.
        using var known = Slide.Of(new Raster(100, 50, 3), mpp: 2);
        var small = PatchGrid.Over(known, 25, Resolution.Mpp(4), new() { Mask = TissueMask.Of(mask) }).Show(known);
        Assert.Contains("1 patches of 25 x 25 px, 100 microns wide", Shown.Text(small), StringComparison.Ordinal);
        Assert.Equal("x (mm)", (string)Shown.Json(small)["layout"]!["xaxis"]!["title"]!["text"]!);
        Assert.Equal([0.1, 0.2], Shown.Numbers(Shown.Traces(small, "scatter")[0]["x"]).Where(double.IsFinite).Distinct().Order());
        var outline = Shown.Traces(TissueMask.Of(mask).Show(slide), "scatter")[1];
        Assert.Equal(Shown.Numbers(lines["x"]).Order(), Shown.Numbers(outline["x"]).Order());
    }
}
