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
            Assert.Equal(raster.Data.ToArray(), Raster.Decode(file.ToArray()).Data.ToArray());
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
