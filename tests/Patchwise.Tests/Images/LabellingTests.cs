using Patchwise.Tests.Regions;

namespace Patchwise.Tests;

public class LabellingTests
{
    public static TheoryData<int, int, int, double> Cases => new()
    {
        { 1, 1, 8, 0.5 }, { 1, 1, 8, 1 }, { 1, 97, 8, 0.6 }, { 131, 1, 8, 0.6 }, { 1, 200, 16, 0.6 }, { 64, 3, 8, 0.9 }, { 65, 66, 8, 0.3 },
            { 127, 41, 16, 0.4 },
        { 193, 77, 8, 0 }, { 300, 201, 16, 0 }, { 129, 129, 8, 0.5 }, { 63, 257, 16, 1 }, { 257, 63, 8, 0.05 }, { 400, 31, 8, 1 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Objects_are_those_of_a_flood_fill(int width, int height, int bits, double noise)
    {
        for (var seed = 0; seed < 4; seed++)
        {
            var mask = Masks.Random(seed, width, height, bits, noise, values: seed == 0 ? 1 : 3);
            var expected = Masks.Flood(mask);
            var objects = new Labelling(mask);
            Assert.Equal(expected.Max(), objects.Count);
            var labels = new int[width * height];
            for (var i = 0; i < objects.Count; i++)
                foreach (var run in objects[i])
                    labels.AsSpan(run.Y * width + run.X0, run.Length).Fill(i + 1);
            Assert.True(labels.AsSpan().SequenceEqual(expected), $"seed {seed}");
        }
    }

    [Fact]
    public void Every_value_but_0_is_an_object_of_its_own()
    {
        var all = Raster.FromSamples(256, 1, 1, (byte[])[.. Enumerable.Range(0, 256).Select(v => (byte)v)]);
        Assert.Equal(Enumerable.Range(1, 255).Select(v => (long)v), RegionTable.Measure(all).Select(row => row.Value));
        var words = Raster.FromSamples(1, 65536, 1, (ushort[])[.. Enumerable.Range(0, 65536).Select(v => (ushort)v)]);
        Assert.Equal(Enumerable.Range(1, 65535).Select(v => (long)v), RegionTable.Measure(words).Select(row => row.Value));
    }

    [Fact]
    public void Pixels_that_touch_by_a_corner_belong_together_and_other_values_do_not()
    {
        var table = RegionTable.Measure(Masks.Of(
            "1..22",
            ".1.2.",
            "..1.3",
            ".1..3"));
        Assert.Equal([(1, 1, 4.0), (2, 2, 3.0), (3, 3, 2.0)], table.Select(row => (row.Label, row.Value, row.Area)));
    }

    [Fact]
    public void Arms_that_meet_below_take_the_number_of_the_first()
    {
        var table = RegionTable.Measure(Masks.Of(
            "...1.1",
            "1..1.1",
            "1.21.1",
            "111111"));
        Assert.Equal([(1, 1, 3, 0), (2, 2, 2, 2)], table.Select(row => (row.Label, row.Value, row.FirstX, row.FirstY)));
    }

    [Fact]
    public void Equal_channels_count_as_one_and_colors_are_refused()
    {
        var mask = Raster.FromSamples(3, 1, 3, (byte[])[5, 5, 5, 5, 5, 5, 0, 0, 0]);
        Assert.Equal([(5, 2.0)], RegionTable.Measure(mask).Select(row => (row.Value, row.Area)));
        var colors = Raster.FromSamples(3, 1, 3, (byte[])[5, 0, 0, 5, 9, 0, 0, 7, 7]);
        Assert.Contains("in color", Assert.Throws<BadInputException>(() => RegionTable.Measure(colors)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_stops_when_asked()
    {
        var mask = Masks.Random(1, 50, 50);
        Assert.Throws<OperationCanceledException>(() => RegionTable.Measure(mask, "mask", null, RegionProperties.Basic, new(canceled: true)));
    }

    [Fact]
    public void An_object_is_cut_out_alone()
    {
        var mask = Masks.Of(
            "1111..2",
            "1..1..2",
            "1.1..1.",
            "1....11");
        var table = RegionTable.Measure(mask);
        var ring = table[0].MaskFrom(mask);
        Assert.Equal("255 255 255 255 255 0 0 255 255 0 255 0 255 0 0 0", string.Join(' ', ring.AsBytes().ToArray()));
        Assert.Equal("255 0 255 255", string.Join(' ', table[2].MaskFrom(mask).AsBytes().ToArray()));
        var error = Assert.Throws<BadInputException>(() => table[2].MaskFrom(Masks.Of("11", "11")));
        Assert.Contains("object 3 of mask", error.Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => table[0].MaskFrom(Masks.Of("1111..2", "1111...", ".......", ".......")));
    }

    [Fact]
    public void Every_object_cut_out_of_a_crowd_has_its_own_pixels_only()
    {
        var mask = Masks.Random(3, 90, 70, noise: 0.4, values: 2);
        var labels = Masks.Flood(mask);
        foreach (var row in RegionTable.Measure(mask))
        {
            var alone = row.MaskFrom(mask);
            for (var y = 0; y < alone.Height; y++)
                for (var x = 0; x < alone.Width; x++)
                    Assert.Equal(labels[(row.SourceBox.Y0 + y) * mask.Width + row.SourceBox.X0 + x] == row.Label, alone[x, y] == 255);
        }
    }
}
