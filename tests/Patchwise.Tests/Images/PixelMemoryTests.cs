namespace Patchwise.Tests;

public class PixelMemoryTests
{
    /// <summary>Of a length that no other test uses.</summary>
    static readonly PixelSize Large = new(1201, 1103);

    static Raster Photo() => RasterResizeTests.RandomRaster(new Random(3), Large.Width, Large.Height, 1, 8);

    /// <summary>Tests beside this one may fill the few places in between: then it is looked at again.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void What_is_given_back_is_used_again_and_an_image_that_starts_black_is_black(bool clear)
    {
        Assert.Contains(true, Enumerable.Range(0, 100).Select(_ => IsReused()));

        bool IsReused()
        {
            var given = Photo();
            var bytes = given.Data;
            bytes.Fill(7);
            given.Dispose();
            using var taken = new Raster(Large.Width, Large.Height, 1, clear: clear);
            Assert.True(!clear || !taken.AsBytes().ContainsAnyExcept((byte)0));
            return bytes.Overlaps(taken.Data);
        }
    }

    [Fact]
    public void Memory_in_use_is_never_given_twice()
    {
        var one = Photo();
        one.Dispose();
        one.Dispose();
        using var two = new Raster(Large.Width, Large.Height, 1, clear: false);
        using var three = new Raster(Large.Width, Large.Height, 1, clear: false);
        Assert.False(two.Data.Overlaps(three.Data));
    }

    [Fact]
    public void Results_do_not_depend_on_what_the_memory_held()
    {
        using var photo = Photo();
        foreach (var method in Enum.GetValues<ResizeMethod>())
        {
            var size = new PixelSize(1151, 1009);
            var fresh = photo.Resize(size, method).AsBytes().ToArray();
            var used = new Raster(size.Width, size.Height, 1);
            used.Data.Fill(0xAB);
            used.Dispose();
            using var again = photo.Resize(size, method);
            Assert.Equal(fresh, again.AsBytes().ToArray());
        }
    }

    [Fact]
    public void An_image_used_after_its_end_says_so()
    {
        var photo = Photo();
        photo.Dispose();
        var error = Assert.Throws<ObjectDisposedException>(() => photo.Resize(new(5, 5), ResizeMethod.Area));
        Assert.Contains("1201 x 1103 px was used after it was disposed", error.Message, StringComparison.Ordinal);
        Assert.Throws<ObjectDisposedException>(() => photo[0, 0]);
    }

    [Fact]
    public void From_many_threads_each_has_memory_of_its_own() => Parallel.For(0, 200, i =>
    {
        using var mine = new Raster(Large.Width, Large.Height, 1, clear: false);
        mine.Data.Fill((byte)i);
        Thread.Yield();
        Assert.False(mine.AsBytes().ContainsAnyExcept((byte)i));
    });
}
