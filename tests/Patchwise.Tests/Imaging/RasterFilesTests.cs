using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

public sealed class RasterFilesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("patchwise é ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Png_keeps_every_sample_of_any_size_depth_and_number_of_channels() =>
        Prop.ForAll(Gen.Choose(1, 40).Four().ToArbitrary(), numbers =>
        {
            var (width, height, kind, seed) = numbers;
            var raster = Noise(width, height, (kind % 3) switch { 0 => 1, 1 => 3, _ => 4 }, kind % 2 == 0 ? 8 : 16, seed);
            var back = Raster.Decode(raster.ToPng());
            return back.Size == raster.Size && back.Channels == raster.Channels && back.Bits == raster.Bits && back.Data.SequenceEqual(raster.Data);
        }).QuickCheckThrowOnFailure();

    internal static Raster Noise(int width, int height, int channels, int bits, int seed)
    {
        var raster = new Raster(width, height, channels, bits);
        new Random(seed).NextBytes(raster.Data);
        return raster;
    }
}
