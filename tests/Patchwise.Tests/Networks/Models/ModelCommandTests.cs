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

    /// <summary>It would go before the card that is written into the file.</summary>
    [Fact]
    public void A_card_of_another_model_beside_the_file_to_write_is_refused()
    {
        using var folder = new TemporaryFolder();
        var (model, target) = (SmallModel.Write(folder, mpp: 0.5), folder.At("out.onnx"));
        foreach (var card in (string[])["""{"mpp":0.25}""", """{"classes":[{"name":"A"},{"name":"B"}]}""", "no card"])
        {
            folder.Write("out.json", card);
            foreach (var arguments in (string[][])[["export", "mobilenet_v2-imagenet", target], ["quantize", model, target, "--calibrate", "nct-crc-he"]])
            {
                var (code, error) = Cli.Run(["model", .. arguments]);
                Assert.Equal(2, code);
                Assert.Contains("out.json is there, and what it states would go before", error, StringComparison.Ordinal);
                Assert.False(File.Exists(target));
            }
        }
        folder.Write("out.json", "{}");
        Assert.Equal((0, ""), Cli.Run("model", "export", "mobilenet_v2-imagenet", target));
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
