namespace CSharpNotebook.Tests.Scripting;

/// <summary>What the genuine kernels bring: values that cross from one to another, imported files, extensions of packages.</summary>
public sealed class KernelsTests : IClassFixture<ScriptSessionTests.Shared>
{
    readonly Cells _cells;

    public KernelsTests(ScriptSessionTests.Shared shared) => _cells = shared.Cells;

    [Fact]
    public async Task Values_are_set_and_shared_between_kernels_and_kept()
    {
        await _cells.ShowAsync("#!set --name given --value 42");
        await _cells.ShowAsync("#!value --name stored\nhello");
        await _cells.ShowAsync("#!share --from value stored");
        Assert.Equal([("result", "hello42")], await _cells.ShowAsync("stored + given"));
        await _cells.ShowAsync("var later = 1;");
        Assert.Equal([("result", "hello421")], await _cells.ShowAsync("stored + given + later"));
    }

    [Fact]
    public async Task A_file_is_imported_with_what_it_declares()
    {
        using var folder = new Folder();
        var script = folder.Write("part.csx", "int Thrice(int x) => 3 * x;");
        var notebook = folder.Write("part.dib",
            "#!meta\n\n{\"kernelInfo\":{\"defaultKernelName\":\"csharp\",\"items\":[{\"name\":\"csharp\"}]}}\n\n#!csharp\n\nvar imported = "
                + "7;\n\n#!markdown\n\n# Words\n");
        await _cells.ShowAsync($"#!import \"{script}\"");
        await _cells.ShowAsync($"#!import \"{notebook}\"");
        Assert.Equal([("result", "21")], await _cells.ShowAsync("Thrice(imported)"));
    }

    /// <summary>.NET Interactive says nothing of it.</summary>
    [Theory, InlineData("throw new FormatException(\"odd\");", "FormatException"), InlineData("int x = nothing;", "CompilationErrorException")]
    public async Task What_fails_in_an_imported_file_fails_the_cell(string code, string error)
    {
        using var folder = new Folder();
        var notebook = folder.Write("part.dib",
            $"#!meta\n\n{{\"kernelInfo\":{{\"defaultKernelName\":\"csharp\",\"items\":[{{\"name\":\"csharp\"}}]}}}}\n\n#!csharp\n\n{code}\n");
        Assert.Equal(error, (await _cells.FailAsync($"#!import \"{notebook}\"")).Name);
        Assert.Equal([("result", "3")], await _cells.ShowAsync("1 + 2"));
    }

    [Fact]
    public async Task An_extension_that_a_package_brings_changes_the_kernel_and_packages_made_with_FSharp_work()
    {
        using var cells = new Cells();
        await cells.ShowAsync("#r \"nuget: Plotly.NET.Interactive, 6.0.0\"\n#r \"nuget: Plotly.NET.CSharp, 0.14.0\"");
        // Cells that declare nothing are forgotten, but not what they were given.
        await cells.ShowAsync("Console.Write(1);");
        await cells.FailAsync("missing");
        await cells.ShowAsync("Plotly.NET.CSharp.Chart.Point<int, int, string>(x: new[] { 1, 3 }, y: new[] { 2, 4 })");
        Assert.Contains("\"y\":[2,4]", cells.Bundles[^1].Data["text/html"], StringComparison.Ordinal);
        Assert.Contains("plotly", cells.Bundles[^1].Data["text/html"], StringComparison.Ordinal);
        Assert.Equal([("result", "2")], await cells.ShowAsync("1 + 1"));
    }

    [Fact]
    public async Task A_script_goes_to_the_page_by_its_command()
    {
        await _cells.ShowAsync("#!js\ngo();");
        Assert.Contains("go();", _cells.Bundles[0].Data["text/html"], StringComparison.Ordinal);
    }
}
