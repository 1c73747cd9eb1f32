namespace CSharpNotebook.Tests.Runner;

/// <summary>What the notebooks of the project take for their parameters, and what is refused before anything runs: in this process, since each start of a
/// program of its own costs more than a second.</summary>
public sealed class ProjectNotebooksTests : IDisposable
{
    readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    (int Code, string Error) Run(string number, string parameter)
    {
        var notebook = Directory.GetFiles(Path.Combine(Repository.Root, "notebooks"), $"{number}-*.ipynb").Single();
        var (code, output, error) = RunTests.Command("run", notebook, "-o", _folder.At("out.ipynb"), "-p", parameter, "-p", $"output={_folder.Path}");
        Assert.Empty(output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        return (code, error);
    }

    [Theory]
    [InlineData("02")]
    [InlineData("03")]
    [InlineData("04")]
    [InlineData("06")]
    [InlineData("07")]
    public void A_kind_of_figures_that_there_is_not_is_refused_before_anything_runs(string number)
    {
        var (code, error) = Run(number, "figures=bmp");
        Assert.Equal(2, code);
        Assert.StartsWith("csnb: -p figures=bmp: expected html, png or svg (kind of the figures that are kept", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("edge=wide", "edge", "int")]
    [InlineData("trials=20;x", "trials", "double[]")]
    [InlineData("color=red", "color", "magnification")]
    public void A_parameter_that_is_unknown_or_of_the_wrong_type_is_refused_with_the_list(string parameter, string named, string listed)
    {
        var (code, error) = Run("02", parameter);
        Assert.Equal(2, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.Contains(listed, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01", "edge=-3"), InlineData("02", "trials=400"), InlineData("02", "threshold=0"), InlineData("03", "chosen=0"), InlineData("03", "sizes=16,0")]
    [InlineData("01", "patch=2"), InlineData("01", "patchSizes=0"), InlineData("05", "minTissue=2"), InlineData("05", "trials=0")]
    [InlineData("04", "stride=0"), InlineData("04", "tile=10"), InlineData("04", "batch=0"), InlineData("04", "mapMpp=-4")]
    [InlineData("06", "tile=10"), InlineData("06", "batch=0")]
    [InlineData("07", "side=0"), InlineData("07", "tolerance=0"), InlineData("07", "factors=1,2"), InlineData("07", "inputs=8"), InlineData("07", "sample=20")]
    public void Impossible_values_are_refused_before_any_work(string number, string parameter)
    {
        var (code, error) = Run(number, parameter);
        Assert.Equal(2, code);
        Assert.StartsWith($"csnb: -p {parameter}: expected ", error, StringComparison.Ordinal);
    }
}
