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
}
