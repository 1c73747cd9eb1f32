using FsCheck;
using FsCheck.Fluent;

namespace Patchwise.Tests;

public sealed class BmpFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bmp_of_any_bits_and_size_gives_back_what_was_put_in() =>
        Prop.ForAll(Gen.Choose(1, 40).Three().ToArbitrary(), numbers =>
        {
            var (width, height, seed) = numbers;
            var random = new Random(seed);
            foreach (var (bits, fromTop) in ((int, bool)[])[(1, false), (4, true), (8, false), (24, false), (24, true), (32, false)])
            {
                var (samples, file) = AnyBmp(random, width, height, bits, fromTop);
                var stored = Raster.Load(_folder.Write("a.bmp", file), new Reading(1 << 20, Stored: true));
                if (!samples.AsSpan().SequenceEqual(stored.Data))
                    return false;
                if (Raster.Decode(file).Size != new PixelSize(width, height))
                    return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();

    static (byte[] Samples, byte[] File) AnyBmp(Random random, int width, int height, int bits, bool fromTop)
    {
        var (rowBytes, colors) = ((width * bits + 31) / 32 * 4, bits <= 8 ? 1 << bits : 0);
        var file = new byte[54 + 4 * colors + rowBytes * height];
        random.NextBytes(file.AsSpan(54));
        "BM"u8.CopyTo(file);
        foreach (var (at, value) in ((int, int)[])[(2, file.Length), (6, 0), (10, 54 + 4 * colors), (14, 40), (18, width), (22, fromTop ? -height : height),
            (26, 1 | bits << 16)])
            BitConverter.TryWriteBytes(file.AsSpan(at), value);
        var samples = new List<byte>();
        for (var y = 0; y < height; y++)
        {
            var row = file.AsSpan(54 + 4 * colors + (fromTop ? y : height - 1 - y) * rowBytes, rowBytes);
            for (var x = 0; x < width; x++)
                if (bits <= 8)
                    samples.Add((byte)(row[x * bits / 8] >> (8 - bits - x * bits % 8) & ((1 << bits) - 1)));
                else
                    samples.AddRange([row[x * bits / 8 + 2], row[x * bits / 8 + 1], row[x * bits / 8]]);
        }
        return ([.. samples], file);
    }
}
