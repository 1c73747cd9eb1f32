namespace Patchwise.Tests;

public class ModelCommandTests
{
    [Fact]
    public void A_model_is_described_and_exported_from_the_command_line()
    {
        using var folder = new TemporaryFolder();
        var target = folder.At("new/out.onnx");
        Assert.Equal((0, ""), Cli.Run("model", "info", "densenet121-kather100k"));
        Assert.Equal((0, ""), Cli.Run("model", "export", "mobilenet_v2-imagenet", target));
        using var model = Model.Open(target);
        Assert.Equal((1001, "Apache-2.0"), (model.Card.Classes.Count, model.Card.Licence));
    }

    [Fact]
    public void A_model_that_is_missing_or_hostile_ends_with_one_line_and_code_2_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        var target = folder.At("out.onnx");
        foreach (var source in (string[])["no-such-model", folder.At("none.pth"), Path.Combine(Repository.Golden("checkpoints"), "hostile_system.pth")])
        {
            var (code, error) = Cli.Run("model", "export", source, target);
            Assert.Equal(2, code);
            Assert.Single(error.TrimEnd('\n').Split('\n'));
            Assert.False(File.Exists(target));
        }
        var (verbose, trace) = Cli.Run("model", "info", "no-such-model", "--verbose");
        Assert.Equal(2, verbose);
        Assert.Contains("   at Patchwise.Model", trace, StringComparison.Ordinal);
    }
}
