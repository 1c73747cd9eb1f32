namespace Patchwise.Tests;

public sealed class PatchCostsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_network_that_is_not_here_is_counted_by_its_layers()
    {
        // ResNet-18 for nine classes: a convolution and a pool, four groups of four convolutions and two sums, of which three begin with one more convolution.
        static long Values(int side) => 64 * Pixels(side / 2) + 7 * 64 * Pixels(side / 4) + 7 * (128 * Pixels(side / 8) + 256 * Pixels(side / 16)
            + 512 * Pixels(side / 32)) + 512 + 9;
        static long Pixels(int side) => (long)side * side;
        var costs = Model.Costs("resnet18-kather100k", [512, 64, 224, 64]);
        Assert.Equal([64, 224, 512], costs.Select(row => row.Size));
        Assert.All(costs, row => Assert.Equal(Values(row.Size), row.Values));
        Assert.All(costs, row => Assert.Equal(4 * row.Values, row.Bytes));
        // As published for 1000 classes 1.814 billion, of which the last layer has 512 * 991 more.
        Assert.Equal(1_814_073_344 - 512 * 991, costs[1].MultiplyAdds);
        Assert.InRange(costs[2].MultiplyAdds / (double)costs[0].MultiplyAdds, 63.9, 64.1);
    }

    [Fact]
    public void The_table_says_how_many_patches_a_memory_holds()
    {
        var costs = Model.Costs("mobilenet_v2-imagenet", [64, 128]);
        var rows = costs.ToTable().Rows;
        Assert.Equal(["64", "1"], rows[0].Take(2));
        Assert.Equal(["128", "4"], rows[1].Take(2));
        Assert.Equal((8_000_000_000 / costs[0].Bytes).ToString("#,0", System.Globalization.CultureInfo.InvariantCulture), rows[0][4]);
        Assert.InRange(costs[1].Bytes / (double)costs[0].Bytes, 3.9, 4.1);
    }

    [Fact]
    public void What_cannot_be_counted_is_refused()
    {
        void Refused(string words, string model, params int[] sizes) =>
            Assert.Contains(words, Assert.Throws<BadInputException>(() => Model.Costs(model, sizes)).Message, StringComparison.Ordinal);
        Refused("no patch sizes", "resnet18-kather100k");
        Refused("a patch size of 0 px: expected 1 to 8192", "resnet18-kather100k", 64, 0);
        Refused("takes no patches of 16 px", "alexnet-kather100k", 16);
        using (var model = Model.Open("mobilenet_v2-imagenet"))
            model.ExportOnnx(_folder.At("own.onnx"));
        Refused("brings a program of its own", _folder.At("own.onnx"), 64);
    }
}
