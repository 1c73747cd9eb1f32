using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests.Regions;

public class RegionShapeTests
{
    static readonly Gen<Raster> AnyMask =
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from width in Gen.Frequency((1, Gen.Constant(1)), (6, Gen.Choose(1, 90)))
        from height in Gen.Frequency((1, Gen.Constant(1)), (6, Gen.Choose(1, 60)))
        from noise in Gen.Choose(0, 10)
        from bits in Gen.Elements(8, 16)
        select Masks.Random(seed, width, height, bits, noise / 10.0, values: 1 + seed % 3);

    static void Holds(Func<Raster, bool> property) => Prop.ForAll(AnyMask.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    static RegionTable Measure(Raster mask) => RegionTable.Measure(mask, properties: RegionProperties.All);

    [Fact]
    public void Areas_add_up_to_the_pixels_that_are_not_background() =>
        Holds(mask => Measure(mask).Sum(row => row.Area) == Count(mask));

    [Fact]
    public void Moving_a_mask_moves_positions_and_nothing_else() => Holds(mask =>
    {
        var (dx, dy) = (70, 3);
        var moved = Masks.Map(mask, mask.Width + dx + 5, mask.Height + dy + 1,
            (x, y) => mask.Bounds.Contains(new(x - dx, y - dy, x - dx + 1, y - dy + 1)) ? mask[x - dx, y - dy] : 0);
        return Measure(mask).Zip(Measure(moved)).All(pair =>
            pair.First.SourceBox.Shift(dx, dy) == pair.Second.SourceBox && pair.First.Shape == pair.Second.Shape && pair.First.FirstX + dx == pair.Second.FirstX
            && Math.Abs(pair.First.Cx + dx - pair.Second.Cx) < 1e-9 && Math.Abs(pair.First.Cy + dy - pair.Second.Cy) < 1e-9);
    });

    [Fact]
    public void Exchanging_x_and_y_exchanges_them_in_the_table_and_keeps_the_shapes() => Holds(mask =>
    {
        var turned = Measure(Masks.Transpose(mask)).ToDictionary(row => (row.Y0, row.X0, row.Y1, row.X1, row.Cy, row.Cx, row.Area, row.Value));
        return Measure(mask).All(row => turned.TryGetValue((row.X0, row.Y0, row.X1, row.Y1, row.Cx, row.Cy, row.Area, row.Value), out var twin)
            && Near(row.Perimeter, twin.Perimeter) && Near(row.Solidity, twin.Solidity) && Near(row.Feret, twin.Feret) && row.Euler == twin.Euler
            && Near(row.Eccentricity, twin.Eccentricity) && Near(row.Major, twin.Major) && Near(row.Minor, twin.Minor)
            && (Near(row.Orientation + twin.Orientation, Math.PI / 2) || Near(row.Orientation + twin.Orientation, -Math.PI / 2)
            || row.Orientation == twin.Orientation));
    });

    [Fact]
    public void The_Euler_number_is_one_less_the_holes() => Holds(mask => Measure(mask).All(row =>
    {
        // Holes are the 4-connected parts of the background that do not reach a margin put around the object.
        var alone = row.MaskFrom(mask);
        var open = new bool[alone.Width + 2, alone.Height + 2];
        for (var y = 0; y < alone.Height + 2; y++)
            for (var x = 0; x < alone.Width + 2; x++)
                open[x, y] = !alone.Bounds.Contains(new(x - 1, y - 1, x, y)) || alone[x - 1, y - 1] == 0;
        var parts = 0;
        for (var y = 0; y < alone.Height + 2; y++)
            for (var x = 0; x < alone.Width + 2; x++)
                if (open[x, y])
                {
                    parts++;
                    Fill(x, y);
                }
        return row.Euler == 1 - (parts - 1);

        void Fill(int x, int y)
        {
            var next = new Stack<(int X, int Y)>([(x, y)]);
            while (next.TryPop(out var at))
                if (at.X >= 0 && at.Y >= 0 && at.X < alone.Width + 2 && at.Y < alone.Height + 2 && open[at.X, at.Y])
                {
                    open[at.X, at.Y] = false;
                    foreach (var (dx, dy) in ((int, int)[])[(1, 0), (-1, 0), (0, 1), (0, -1)])
                        next.Push((at.X + dx, at.Y + dy));
                }
        }
    }));

    [Fact]
    public void Shapes_known_by_hand_have_their_values()
    {
        var rows = Measure(Masks.Of(
            "1.222.33333",
            "......3...3",
            "44....33333"));
        Assert.Equal([0.0, 1, 8 + 4.0, 0], rows.Select(row => row.Perimeter!.Value), Within(1e-12));
        Assert.Equal([1, 1, 0, 1], rows.Select(row => row.Euler!.Value));
        Assert.Equal([1, Math.Sqrt(9), Math.Sqrt(5 * 5 + 2 * 2), 2], rows.Select(row => row.Feret!.Value), Within(1e-12));
        Assert.Equal([1.0, 1, 12 / 15.0, 1], rows.Select(row => row.Solidity!.Value), Within(1e-12));
        Assert.Equal(Math.PI / 2, rows[1].Orientation);
        Assert.Equal(4 * Math.Sqrt(2 / 3.0), rows[1].Major!.Value, 12);
        Assert.Equal(0.0, rows[1].Minor);
        Assert.All(RegionTable.Measure(Masks.Of("11")), row => Assert.Null(row.Perimeter ?? row.Solidity ?? row.Feret ?? row.Orientation));
    }

    static EqualityComparer<double> Within(double tolerance) => EqualityComparer<double>.Create((a, b) => Math.Abs(a - b) <= tolerance, _ => 0);

    static bool Near(double? a, double? b) => Math.Abs(a!.Value - b!.Value) <= 1e-9 * Math.Max(1, Math.Abs(b.Value));

    static int Count(Raster mask)
    {
        var count = 0;
        for (var y = 0; y < mask.Height; y++)
            for (var x = 0; x < mask.Width; x++)
                count += mask[x, y] != 0 ? 1 : 0;
        return count;
    }
}
