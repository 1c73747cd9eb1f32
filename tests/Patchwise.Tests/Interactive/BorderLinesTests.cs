namespace Patchwise.Tests;

public class BorderLinesTests
{
    static (double X0, double Y0, double X1, double Y1)[] Lines(BorderLines outline)
    {
        var (x, y) = outline.Lines();
        Assert.Equal(x.Length, y.Length);
        Assert.All(Enumerable.Range(0, x.Length), i => Assert.Equal(i % 3 == 2, x[i] is null && y[i] is null));
        return [.. Enumerable.Range(0, x.Length / 3).Select(i => (x[3 * i]!.Value, y[3 * i]!.Value, x[3 * i + 1]!.Value, y[3 * i + 1]!.Value)).Order()];
    }

    [Fact]
    public void Each_patch_has_all_four_lines_and_lines_that_go_on_are_one()
    {
        Assert.Equal([(0, 0, 0, 5), (0, 0, 9, 0), (0, 5, 9, 5), (9, 0, 9, 5)], Lines(new BorderLines().Box(0, 0, 9, 5)));
        // Two by two that touch, and one apart.
        var grid = new BorderLines();
        foreach (var (x, y) in ((int, int)[])[(0, 0), (10, 0), (0, 10), (10, 10), (40, 0)])
            grid.Box(x, y, x + 10, y + 10);
        Assert.Equal([(0, 0, 0, 20), (0, 0, 20, 0), (0, 10, 20, 10), (0, 20, 20, 20), (10, 0, 10, 20), (20, 0, 20, 20), (40, 0, 40, 10), (40, 0, 50, 0),
            (40, 10, 50, 10), (50, 0, 50, 10)], Lines(grid));
    }

    [Fact]
    public void What_is_inside_is_parted_from_what_is_not_on_every_edge_and_nowhere_else()
    {
        var random = new Random(5);
        var inside = new bool[7, 9];
        for (var i = 0; i < 63; i++)
            inside[i / 9, i % 9] = random.Next(2) == 0;
        bool At(int x, int y) => x is >= 0 and < 9 && y is >= 0 and < 7 && inside[y, x];
        double[] xs = [.. Enumerable.Range(0, 10).Select(i => 2.0 * i)], ys = [.. Enumerable.Range(0, 8).Select(i => 3.0 * i)];
        var lines = Lines(BorderLines.Around(xs, ys, (x, y) => inside[y, x]));
        for (var y = 0; y <= 7; y++)
            for (var x = 0; x <= 9; x++)
            {
                double left = 2 * x, top = 3 * y;
                Assert.Equal(x < 9 && At(x, y) != At(x, y - 1) ? 1 : 0,
                    lines.Count(line => line.Y0 == top && line.Y1 == top && line.X0 <= left && line.X1 >= left + 2));
                Assert.Equal(y < 7 && At(x, y) != At(x - 1, y) ? 1 : 0,
                    lines.Count(line => line.X0 == left && line.X1 == left && line.Y0 <= top && line.Y1 >= top + 3));
            }
    }

    [Fact]
    public void A_grid_of_very_many_patches_stays_small() =>
        Assert.Equal(2 * (301 + 301), Enumerable.Range(0, 90_000).Aggregate(new BorderLines(), (outline, i) =>
            outline.Box(i % 300, i / 300, i % 300 + 1, i / 300 + 1)).Lines().X.Count(value => value is not null));
}
