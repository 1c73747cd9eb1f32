namespace Patchwise.Tests;

public class PngWriterTests
{
    [Fact]
    public void Libspng_reads_back_every_sample_of_any_size_depth_and_number_of_channels()
    {
        var random = new Random(21);
        for (var trial = 0; trial < 300; trial++)
        {
            var (channels, bits) = (((int[])[1, 3, 4])[random.Next(3)], 8 << random.Next(2));
            var raster = trial % 2 == 0 ? ImageFiles.Noise(random.Next(1, 200), random.Next(1, 30), channels, bits, trial)
                : ImageFiles.Slope(random.Next(1, 200), random.Next(1, 30), channels);
            using var file = new MemoryStream();
            using (var png = new PngWriter(file, raster.Size, raster.Channels, raster.Bits, null))
            {
                for (var y = 0; y < raster.Height;)
                {
                    var rows = random.Next(raster.Height - y + 1);
                    png.Write(raster.Data.Slice(y * raster.Stride, rows * raster.Stride));
                    y += rows;
                }
                png.End();
            }
            var back = new byte[raster.Data.Length];
            Assert.Null(Spng.Decode(file.ToArray(), back, (raster.Channels, raster.Bits) switch
            {
                (1, 8) => Spng.Grey8,
                (3, 8) => Spng.Rgb8,
                (4, 8) => Spng.Rgba8,
                (4, _) => Spng.Rgba16,
                _ => Spng.AsStored
            }, 0));
            Assert.Equal(raster.Data.ToArray(), back);
        }
    }

    [Fact]
    public void Filters_store_what_undoing_them_gives_back_and_the_one_nearer_0_is_taken()
    {
        var random = new Random(22);
        for (var trial = 0; trial < 2000; trial++)
        {
            var (pixel, length, depth) = (random.Next(1, 9), trial == 0 ? 20_000 : random.Next(1, 200), 1 << random.Next(9));
            byte[] row = [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(depth))],
                above = [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next(depth))];
            if (trial == 0)
                (row, above) = ([.. row.Select((_, i) => (byte)(i / pixel % 2 * 128))], new byte[length]);
            byte[] sub = new byte[length], up = new byte[length];
            var taken = PngFilters.Apply(row, above, pixel, sub, up);
            Assert.Equal(row, SlowPng.Undo(1, sub, above, pixel));
            Assert.Equal(row, SlowPng.Undo(2, up, above, pixel));
            static int Size(byte[] stored) => stored.Sum(value => Math.Abs((int)(sbyte)value));
            Assert.Equal(Size(sub) <= Size(up) ? PngFilters.FromLeft : PngFilters.FromAbove, taken);
        }
    }

    [Fact]
    public void Rows_too_few_or_too_many_are_refused()
    {
        using var file = new MemoryStream();
        using var png = new PngWriter(file, new(5, 4), 1, 8, null);
        png.Write(new byte[15]);
        Assert.Contains("1 rows are missing", Assert.Throws<PatchwiseException>(png.End).Message, StringComparison.Ordinal);
        Assert.Contains("more rows than it has", Assert.Throws<PatchwiseException>(() => png.Write(new byte[10])).Message, StringComparison.Ordinal);
    }
}
