namespace Patchwise.Tests;

public class SeededOrderTests
{
    [Fact]
    public void Is_the_order_of_the_generators_published_outputs()
    {
        // The first outputs of SplitMix64 from 1234567, as its reference program prints them, ranked.
        ulong[] outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        var ranked = Enumerable.Range(0, 5).OrderBy(i => outputs[i]).ToArray();
        Assert.Equal(ranked, SeededOrder.Of(1234567, 5));
    }

    [Fact]
    public void Holds_every_index_once_and_follows_the_seed()
    {
        var order = SeededOrder.Of(7, 1000);
        Assert.Equal(Enumerable.Range(0, 1000), order.Order());
        Assert.Equal(order, SeededOrder.Of(7, 1000));
        Assert.NotEqual(order, SeededOrder.Of(8, 1000));
        Assert.Empty(SeededOrder.Of(7, 0));
        Assert.Throws<BadInputException>(() => SeededOrder.Of(-1, 3));
    }
}
