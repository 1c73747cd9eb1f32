namespace Patchwise.Tests;

/// <summary>What holds for all commands.</summary>
[Collection("networks of commands")]
public sealed class CommandsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void No_command_writes_over_what_it_reads()
    {
        var (image, model, cells) = (_folder.Write("in.png", new Raster(40, 40, 1).ToPng()), SmallModel.Write(_folder),
            _folder.Write("cells.csv", "image,x,y,class\nin.png,20,20,a\n"));
        var link = File.CreateSymbolicLink(_folder.At("link.png"), image).FullName;
        var before = Files();
        foreach (var (file, arguments) in ((string, string[])[])[
            ("in.png", ["resize", image, image, "--width", "5", "--height", "5"]),
            ("link.png", ["resize", image, link, "--width", "5", "--height", "5"]),
            ("in.png", ["thumbnail", link, image]),
            ("in.png", ["regions", _folder.Path, "--csv", Path.Combine(_folder.Path, ".", "in.png")]),
            ("colors.onnx", ["model", "export", model, model]),
            ("colors.onnx", ["model", "quantize", model, model, "--calibrate", _folder.Path]),
            ("cells.csv", ["signal", _folder.Path, "--objects", cells, "--side", "8", "--head", cells, "--force"])])
        {
            var (code, error) = Cli.Run(arguments);
            Assert.Equal(2, code);
            Assert.Contains($"{file} is what is read, and would be lost: name another file to write", error, StringComparison.Ordinal);
        }
        Assert.Equal(before, Files());
    }

    /// <summary>A mistyped option is no input that is missing, after the others were predicted.</summary>
    [Fact]
    public void What_is_no_option_here_is_not_taken_for_an_input()
    {
        var image = _folder.Write("in.png", new Raster(40, 40, 1).ToPng());
        foreach (var arguments in (string[][])[["regions", image, "--edges"], ["predict", image, "--model", SmallModel.Write(_folder), "--overwrite"]])
        {
            var (code, output, error) = Cli.RunForOutput(arguments);
            Assert.Equal((2, ""), (code, output));
            Assert.Equal($"patchwise: there is no option '{arguments[^1]}' here; see 'patchwise {arguments[0]} --help'\n", error);
        }
    }

    string[] Files() => [.. Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetFileName(file)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}")];
}
