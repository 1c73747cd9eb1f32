using System.Diagnostics;
using Xunit.Abstractions;

namespace Patchwise.Tests;

public class PatchLayerTests(ITestOutputHelper output)
{
    static PatchLayer Layer(PredictionTable table, Box box, int halvings) => new(table, new(table), box, halvings);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void At_full_size_the_classes_are_those_of_the_map_also_where_patches_overlap(int seed)
    {
        var random = new Random(seed);
        var table = MadeUp.Random(random, 60, 5, new(300, 260));
        foreach (var one in (PredictionTable[])[table, MadeUp.Bare(table)])
        {
            var map = PredictionMap.Of(one, new(), CancellationToken.None);
            foreach (var box in (Box[])[new(0, 0, 256, 256), new(256, 0, 300, 256), new(256, 256, 300, 260), new(17, 30, 60, 31)])
            {
                var classes = Layer(one, box, 0).Classes(PatchFilter.All);
                for (var y = 0; y < box.Height; y++)
                    for (var x = 0; x < box.Width; x++)
                        Assert.Equal(map.Pixels[box.X0 + x, box.Y0 + y], classes[y * box.Width + x]);
            }
        }
    }

    [Fact]
    public void Halved_the_classes_are_those_of_a_map_of_that_resolution_where_no_patch_vanishes()
    {
        var table = MadeUp.Grid(MadeUp.Frame(1024, 768), 32, 16, MadeUp.Classes(9), seed: 4);
        for (var halvings = 1; halvings < 4; halvings++)
        {
            var map = PredictionMap.Of(table, new() { At = Resolution.Baseline(1.0 / (1 << halvings)) }, CancellationToken.None);
            var box = Box.Of(map.Size).Intersect(new(100, 60, 356, 316));
            var classes = Layer(table, box, halvings).Classes(PatchFilter.All);
            for (var i = 0; i < classes.Length; i++)
                Assert.Equal(map.Pixels[box.X0 + i % box.Width, box.Y0 + i / box.Width], classes[i]);
        }
    }

    [Fact]
    public void Probabilities_are_those_of_the_map()
    {
        var table = MadeUp.Random(new(9), 50, 4, new(200, 200));
        var map = ProbabilityMap.Of(table, "c2", new(), CancellationToken.None);
        var means = Layer(table, new(0, 0, 200, 200), 0).Probability(2);
        foreach (var (i, mean) in means.Index())
            Assert.True(float.IsNaN(mean) ? float.IsNaN(map.Values[i]) : Math.Abs(mean - map.Values[i]) < 1e-5, $"px {i}: {mean}, {map.Values[i]}");
    }

    [Fact]
    public void Only_what_the_filter_takes_is_drawn_and_a_patch_smaller_than_a_px_is_still_seen()
    {
        var classes = MadeUp.Classes(3);
        var table = new PredictionTable("made-up", classes, [new("tile.png", MadeUp.Frame(100_000, 100_000))],
        [
            new(0, new(0, 0, 64, 64), new(0, 0, 64, 64), 0, 0.9f, 0), new(0, new(64, 0, 128, 64), new(64, 0, 128, 64), 1, 0.6f, 2),
            new(0, new(70_000, 70_000, 70_064, 70_064), new(70_000, 70_000, 70_064, 70_064), 2, 0.5f),
        ], null);
        int[] Seen(int halvings, Box box, PatchFilter filter) => [.. Layer(table, box, halvings).Classes(filter).Distinct().Order()];
        var (near, whole) = (new Box(0, 0, 128, 64), new Box(0, 0, 196, 196));
        Assert.Equal([1, 2], Seen(0, near, PatchFilter.All));
        Assert.Equal([0, 2], Seen(0, near, PatchFilter.All with { Wrong = true }));
        Assert.Equal([0, 1], Seen(0, near, PatchFilter.All with { From = 0.7 }));
        Assert.Equal([0, 2], Seen(0, near, PatchFilter.All with { To = 0.7 }));
        Assert.Equal([0, 2], Seen(0, near, new(new HashSet<int> { 0 })));
        Assert.Equal([0, 2], Seen(0, near, PatchFilter.All with { Label = 2 }));
        Assert.Equal([0, 3], Seen(9, whole, PatchFilter.All with { Class = 2 }));
        Assert.Equal([0, 2], Seen(9, whole, PatchFilter.All with { Wrong = true }));
    }

    [Fact]
    public void The_grid_is_at_the_edges_of_patches_and_not_drawn_where_it_would_hide_them()
    {
        var table = MadeUp.Grid(MadeUp.Frame(512, 512), 64, 64, MadeUp.Classes(3));
        var lines = Layer(table, new(256, 0, 512, 256), 0).Grid(4);
        for (var i = 0; i < lines.Length; i++)
            Assert.Equal(i % 256 % 64 == 0 || i / 256 % 64 == 0, lines[i] == 1);
        Assert.DoesNotContain(1, Layer(table, new(0, 0, 16, 16), 5).Grid(4));
    }

    [Fact]
    public void The_patch_at_a_point_is_that_whose_middle_is_nearest()
    {
        var random = new Random(3);
        var table = MadeUp.Random(random, 300, 3, new(1000, 900));
        var index = new PatchIndex(table);
        for (var i = 0; i < 400; i++)
        {
            double x = random.NextDouble() * 1600 - 300, y = random.NextDouble() * 1600 - 300;
            var expected = Enumerable.Range(0, table.Count).Where(row => table[row].Level0 is var box && x >= box.X0 && x < box.X1 && y >= box.Y0 && y < box.Y1)
                .OrderBy(row => Math.Pow(x - (table[row].Level0.X0 + table[row].Level0.X1) / 2.0, 2)
                    + Math.Pow(y - (table[row].Level0.Y0 + table[row].Level0.Y1) / 2.0, 2)).Select(row => (int?)row).FirstOrDefault();
            Assert.Equal(expected, index.At(x, y));
        }
        Assert.Null(index.At(double.NaN, 0));
        Assert.Null(index.At(1e300, 0));
        Assert.Null(new PatchIndex(new("none", [], [], [], null)).At(0, 0));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(32)]
    public void Tiles_of_a_million_patches_take_little_memory(int stride)
    {
        var side = 1000 * stride;
        var random = new Random(1);
        var probabilities = new float[9_000_000];
        var rows = new Prediction[1_000_000];
        for (var row = 0; row < rows.Length; row++)
        {
            var box = new Box(0, 0, 64, 64).Shift(row % 1000 * stride, row / 1000 * stride);
            var best = random.Next(9);
            for (var c = 0; c < 9; c++)
                probabilities[9 * row + c] = c == best ? 0.6f : 0.05f;
            rows[row] = new(0, box, box, best, 0.6f, random.Next(9));
        }
        var table = new PredictionTable("made-up", MadeUp.Classes(9), [new("tile.png", MadeUp.Frame(side + 64, side + 64))], rows, probabilities);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var index = new PatchIndex(table);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"stride {stride}: index in {clock.Elapsed.TotalMilliseconds:0} ms");
        var zoom = new DeepZoom(new(side + 64, side + 64));
        for (var level = zoom.Last; level >= zoom.First; level--)
        {
            var box = zoom.TileAt(level, 0, 0)!.Value;
            var layer = new PatchLayer(table, index, box, zoom.Halvings(level));
            string Time(Action draw)
            {
                draw();
                var held = GC.GetAllocatedBytesForCurrentThread();
                var began = Stopwatch.GetTimestamp();
                draw();
                held = GC.GetAllocatedBytesForCurrentThread() - held;
                Assert.True(held < 16 << 20, $"level {level}: {held:N0} bytes");
                return $"{Stopwatch.GetElapsedTime(began).TotalMilliseconds:0.0}";
            }
            output.WriteLine($"level {level}: classes {Time(() => layer.Classes(PatchFilter.All))} ms, "
                + $"wrong {Time(() => layer.Classes(PatchFilter.All with { Wrong = true }))}, "
                + $"probability {Time(() => layer.Probability(3))} ms, grid {Time(() => layer.Grid(4))} ms");
        }
        Assert.True(taken < 40 << 20, $"{taken:N0} bytes");
    }
}
