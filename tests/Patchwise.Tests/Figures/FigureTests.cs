namespace Patchwise.Tests;

public class FigureTests
{
    [Fact]
    public void A_figure_is_a_value_that_drawing_does_not_change()
    {
        var bare = new Figure("Areas");
        var drawn = bare.Histogram([1, 2, 3], bins: 3);
        Assert.DoesNotContain("histogram", bare.ToString(), StringComparison.Ordinal);
        Assert.Contains("histogram: 3 values", drawn.ToString(), StringComparison.Ordinal);
        Assert.Equal(drawn.ToSvg(), drawn.ToSvg());
    }
}
