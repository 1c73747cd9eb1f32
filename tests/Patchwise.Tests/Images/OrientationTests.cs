namespace Patchwise.Tests;

public class OrientationTests
{
    [Theory]
    [InlineData(7, 5, 3), InlineData(6, 6, 1), InlineData(1, 9, 4), InlineData(64, 33, 3)]
    public void A_digest_is_that_of_all_eight_orientations_and_of_no_other_image(int width, int height, int channels)
    {
        var image = RasterResizeTests.RandomRaster(new Random(3), width, height, channels, 8);
        var digest = Orientation.Digest(image);
        Assert.All(Enumerable.Range(1, 8), orientation => Assert.Equal(digest, Orientation.Digest(Orientation.Apply(image, orientation))));
        Raster With(Action<byte[]> change)
        {
            var samples = image.AsBytes().ToArray();
            change(samples);
            return Raster.FromSamples(width, height, channels, samples);
        }
        Assert.NotEqual(digest, Orientation.Digest(With(samples => samples[^1] ^= 1)));
        // One pixel in the place of its mirror image and back: the same colors at the same distances from the edges.
        if (width > 1)
            Assert.NotEqual(digest, Orientation.Digest(With(samples =>
            {
                var (first, last) = (samples[..channels], samples[((width - 1) * channels)..(width * channels)]);
                last.CopyTo(samples, 0);
                first.CopyTo(samples, (width - 1) * channels);
            })));
    }

    /// <summary>An EXIF block that states nothing but an orientation.</summary>
    static byte[] Stating(int orientation) => [.. "II*\0\b\0\0\0\u0001\0"u8, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    [Theory]
    [InlineData("grey8.png"), InlineData("grey4.png"), InlineData("palette4.png"), InlineData("grey-alpha16.png"), InlineData("rgb16-interlaced.png"),
     InlineData("webp.webp")]
    public void What_a_png_or_webp_states_is_applied(string name)
    {
        using var folder = new TemporaryFolder();
        var plain = ImageFiles.Bytes(name);
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            var turned = folder.Write($"{orientation}{Path.GetExtension(name)}", name.EndsWith(".png", StringComparison.Ordinal)
                ? [.. plain[..33], .. SlowPng.Chunk("eXIf", Stating(orientation)), .. plain[33..]] // after the header
                : WithExif(plain, Stating(orientation)));
            var (expected, found) = (Orientation.Apply(Raster.Decode(plain), orientation), Raster.Load(turned));
            Assert.Equal((expected.Size, expected.Size), (found.Size, Raster.ReadInfo(turned).Size));
            Assert.Equal(ImageFiles.Digest(expected), ImageFiles.Digest(found));
            if (name == "palette4.png")
                Assert.Equal(Orientation.Apply(Mask.Load(ImageFiles.At(name)).Pixels, orientation).AsBytes(), Mask.Load(turned).Pixels.AsBytes());
        }

        static byte[] WithExif(byte[] webp, byte[] block)
        {
            byte[] file = [.. webp, .. "EXIF"u8, (byte)block.Length, 0, 0, 0, .. block];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
            return file;
        }
    }
}
