namespace Patchwise.Tests;

public class GeometryTests
{
    [Fact]
    public void A_box_is_half_open()
    {
        var box = new Box(2, 3, 7, 5);
        Assert.Equal((5, 2, 5), (box.Width, box.Height, box.Side));
        Assert.True(box.Contains(new Box(2, 3, 7, 5)));
        Assert.False(box.Contains(new Box(2, 3, 8, 5)));
        Assert.Equal(new Box(0, 1, 9, 7), box.Grow(2));
        Assert.True(box.Intersect(new Box(7, 0, 9, 9)).IsEmpty);
    }

    [Theory, InlineData(0), InlineData(-1), InlineData(double.NaN), InlineData(double.PositiveInfinity)]
    public void A_magnification_or_mpp_that_is_no_positive_number_is_refused(double value)
    {
        Assert.Contains("magnification", Assert.Throws<BadInputException>(() => new Magnification(value)).Message, StringComparison.Ordinal);
        Assert.Contains("microns", Assert.Throws<BadInputException>(() => new Mpp(value)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Halving_the_magnification_halves_the_pixels() => Assert.Equal(0.5, new Magnification(40).ScaleTo(20));
}
